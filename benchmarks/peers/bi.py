"""Apache Superset over the file of DuckDB by hand: a published tool to make dashboards, in an environment of its own.

`make peers` installs it. Its own metadata are a SQLite file; one process, no cache. The three questions are its virtual
datasets, the dashboard a map of their cells, a chart and a table. What it asks of the network goes unanswered here.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import h3
import httpx
import spatial
from browser import listening, seen
from clock import Clock
from questions import SQL, Rows

TITLE = "Apache Superset on that DuckDB"
NOT_DONE = (
    "Its rows are those of DuckDB by hand, with all that is left out there; no small count is withheld; it has no H3, "
    "so shapes of the cells were put beside the rows. *Opened* is the start of its server. But it has roles, row-level "
    "rules, reports and dozens of charts, and whoever makes a dashboard of it programs nothing."
)
BIN = Path(__file__).resolve().parents[2] / "build" / "peers" / "superset" / "bin"
CONFIG = """
SECRET_KEY = "of a benchmark on loopback, and of nothing else"
SQLALCHEMY_DATABASE_URI = "sqlite:///{place}/superset.db"
TALISMAN_ENABLED = False
WTF_CSRF_ENABLED = False
RATELIMIT_ENABLED = False
ROW_LIMIT = SQL_MAX_ROW = 100_000
"""
ADMIN = {"username": "admin", "password": "admin"}
MOST_ROWS = 100_000
COLUMNS = {
    "hexes": ["cell", "n"],
    "trend": ["adm2", "period", "n"],
    "corridors": ["origin_adm2", "crossing", "destination_country", "n", "n_tip", "n_som", "n_undetermined"],
}
SHAPES = {**SQL, "hexes": f"SELECT * FROM ({SQL['hexes']}) JOIN cell_shape USING (cell)"}  # noqa: S608
SUM = {"expressionType": "SIMPLE", "column": {"column_name": "n"}, "aggregate": "SUM", "label": "detections"}
CHARTS: dict[str, dict[str, Any]] = {
    "hexes": {
        "viz_type": "deck_polygon",
        "line_column": "shape",
        "line_type": "json",
        "metric": SUM,
        "point_radius_fixed": {"type": "fix", "value": 0},
        "color_scheme_type": "linear_palette",
        "linear_color_scheme": "blue_white_yellow",
        "fill_color_picker": {"r": 200, "g": 60, "b": 90, "a": 1},
        "stroke_color_picker": {"r": 60, "g": 60, "b": 60, "a": 1},
        "filled": True,
        "stroked": False,
        "extruded": False,
        "row_limit": MOST_ROWS,
        "autozoom": False,
        "legend_position": None,
        "viewport": {"latitude": 23.7, "longitude": 90.4, "zoom": 6, "bearing": 0, "pitch": 0},
    },
    "trend": {
        "viz_type": "echarts_timeseries_line",
        "x_axis": "period",
        "metrics": [SUM],
        "groupby": ["adm2"],
        "limit": 5,
        "row_limit": MOST_ROWS,
        "truncate_metric": True,
    },
    "corridors": {
        "viz_type": "table",
        "query_mode": "raw",
        "all_columns": COLUMNS["corridors"],
        "order_by_cols": ['["n", false]'],
        "row_limit": 1_000,
    },
}


def load(place: Path, file: Path, clock: Clock) -> dict[str, int]:
    """DuckDB's load is what counts; the shapes of the cells, Superset's set-up and the dashboard are made beside it."""
    told = spatial.load(place, file, clock)
    with duckdb.connect(place / "by_hand.duckdb") as con:
        con.execute("CREATE TABLE cell_shape (cell BIGINT, shape VARCHAR)")
        rings = [[cell, json.dumps(_ring(cell))] for cell, _ in con.sql(SQL["hexes"]).fetchall()]
        con.executemany("INSERT INTO cell_shape VALUES (?, ?)", rings)
    _installed(place)
    with opened(place) as client:
        _dashboard(client, place)
    return told


def _ring(cell: int) -> list[list[float]]:
    corners = h3.cell_to_boundary(h3.int_to_str(cell))
    return [[lon, lat] for lat, lon in (*corners, corners[0])]


def _installed(place: Path) -> None:
    (place / "superset_config.py").write_text(CONFIG.format(place=place))
    person = [f"--{name}={value}" for name, value in ADMIN.items()]
    person += ["--firstname=A", "--lastname=B", "--email=admin@localhost"]
    for words in (["db", "upgrade"], ["fab", "create-admin", *person], ["init"]):
        subprocess.run([BIN / "superset", *words], env=os.environ | _given(place), check=True, capture_output=True)


def _given(place: Path) -> dict[str, str]:
    return {"SUPERSET_CONFIG_PATH": str(place / "superset_config.py"), "SUPERSET_HOME": str(place), "PYTHONPATH": ""}


@contextmanager
def opened(place: Path) -> Iterator[httpx.Client]:
    """Its server, and a line to its API for who has signed in."""
    words: list[str | Path] = [BIN / "gunicorn", "-w", "1", "-k", "gthread", "--threads", "8", "-b", "127.0.0.1:{port}"]
    server = listening([*words, "--timeout", "120", "superset.app:create_app()"], "/health", _given(place))
    with server as address, httpx.Client(base_url=address, timeout=120) as client:
        token = _post(client, "/api/v1/security/login", {**ADMIN, "provider": "db"})["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def _post(client: httpx.Client, path: str, told: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, json=told)
    if answer.is_error:
        raise SystemExit(f"Superset refused {path}: {answer.status_code} {answer.text[:500]}")
    return dict(answer.json())


def _dashboard(client: httpx.Client, place: Path) -> None:
    """A database, three datasets, three charts, one dashboard. The datasets are 1 to 3, as the questions stand."""
    engine = json.dumps({"engine_params": {"connect_args": {"read_only": True}}})
    uri = f"duckdb:///{place / 'by_hand.duckdb'}"
    database = _post(client, "/api/v1/database/", {"database_name": "peer", "sqlalchemy_uri": uri, "extra": engine})
    charts = []
    for question, sql in SHAPES.items():
        given = {"database": database["id"], "schema": "main", "table_name": question, "sql": sql}
        dataset = _post(client, "/api/v1/dataset/", given)["id"]
        params = json.dumps({**CHARTS[question], "datasource": f"{dataset}__table"})
        chart = {"slice_name": question, "viz_type": CHARTS[question]["viz_type"], "params": params}
        charts.append(_post(client, "/api/v1/chart/", {**chart, "datasource_id": dataset, "datasource_type": "table"}))
    placed = json.dumps({"positions": _positions([chart["id"] for chart in charts])})
    dashboard = _post(client, "/api/v1/dashboard/", {"dashboard_title": "Peer", "json_metadata": placed})
    for chart in charts:
        client.put(f"/api/v1/chart/{chart['id']}", json={"dashboards": [dashboard["id"]]}).raise_for_status()


def _positions(charts: list[int]) -> dict[str, Any]:
    """The map over half of the width, the other two beside it."""
    names = [f"CHART-{chart}" for chart in charts]
    parents = ["ROOT_ID", "GRID_ID", "ROW-1"]
    cells = {
        name: {
            "type": "CHART",
            "id": name,
            "children": [],
            "parents": parents,
            "meta": {"chartId": chart, "width": 4, "height": 60},
        }
        for name, chart in zip(names, charts, strict=True)
    }
    return {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": ["ROW-1"], "parents": ["ROOT_ID"]},
        "ROW-1": {
            "type": "ROW",
            "id": "ROW-1",
            "children": names,
            "parents": parents[:2],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        },
        **cells,
    }


def _answered(client: httpx.Client, question: str) -> Rows:
    query = {"columns": COLUMNS[question], "metrics": [], "row_limit": MOST_ROWS}
    source = {"id": list(SQL).index(question) + 1, "type": "table"}
    told = _post(client, "/api/v1/chart/data", {"datasource": source, "queries": [query], "force": True})
    return [[row[name] for name in COLUMNS[question]] for row in told["result"][0]["data"]]


hexes, trend, corridors = (partial(_answered, question=question) for question in SQL)


def first_view(place: Path) -> dict[str, list[float]]:
    """The dashboard, of a server just started, by who has signed in; the page to sign in is not counted."""
    with opened(place) as client:
        address = str(client.base_url)

        def signed_in(page: Any) -> None:
            answer = page.request.post(f"{address}/login/", form=ADMIN)
            if not answer.ok:
                raise SystemExit(f"Superset refused to sign in: {answer.status}.")

        dashboard = f"{address}/superset/dashboard/1/?standalone=1"
        return {"the one dashboard": seen(dashboard, "table tbody tr td", "canvas#deckgl-overlay", signed_in)}


def versions() -> str:
    """Superset's and its driver's."""
    told = subprocess.run([BIN / "pip", "list", "--format=json"], capture_output=True, text=True, check=True).stdout
    found = {each["name"].lower().replace("_", "-"): each["version"] for each in json.loads(told)}
    return ", ".join(f"{name} {found[name]}" for name in ("apache-superset", "duckdb-engine", "duckdb"))
