"""Container and proxy: settings that there are, no rights that are not needed, headers that the proxy alone may set."""

import ast
import re
import tomllib
from pathlib import Path
from urllib.request import urlopen

import pytest
from typer.main import get_command

from dashboard import access, web
from dashboard.cli import commands
from dashboard.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
RECIPE, COMPOSE, CADDY = (
    (DEPLOY / name).read_text(encoding="utf-8") for name in ("Containerfile", "compose.yaml", "Caddyfile")
)
FIELDS = {f"SIMANTA_{name.upper()}" for name in Settings.model_fields} | {"SIMANTA_ACCESS__ADAPTER"}
FIELDS |= {"SIMANTA_ACCESS__PROXY_SECRET"}
OURS = {"SIMANTA_HOST"}  # of the proxy
KEYS = {
    "name", "services", "volumes", "image", "build", "context", "dockerfile", "env_file", "environment", "user",
    "read_only", "cap_drop", "security_opt", "tmpfs", "ports", "mem_limit", "pids_limit", "restart", "network_mode",
    "depends_on", "condition", "dashboard", "proxy", "store",
}  # fmt: skip


@pytest.mark.parametrize("text", [RECIPE, COMPOSE, CADDY], ids=["Containerfile", "compose.yaml", "Caddyfile"])
def test_each_setting_is_one(text):
    named = set(re.findall(r"SIMANTA_[A-Z_]+", text))
    assert named
    assert named - FIELDS - OURS == set()


def test_the_image_holds_what_runs_and_nothing_of_anybody():
    copied = {word for line in re.findall(r"^COPY (?!--from)(.+)$", RECIPE, re.MULTILINE) for word in line.split()[:-1]}
    assert [name for name in copied if not (ROOT / name).exists()] == []
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {"streamlit_app.py", ".streamlit", "static", "data/contract", "data/reference", "data/sample"} <= copied
    assert {name.rstrip("*") for name in packages} <= copied
    left_out = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {"data/store", "data/store.keys", "simanta.toml", ".streamlit/secrets.toml", ".git"} <= set(left_out)


def test_the_image_runs_as_nobody_in_particular_and_starts_a_command_that_there_is():
    stages = RECIPE.split("\nFROM ")
    assert re.findall(r"^USER (.+)$", stages[-1], re.MULTILINE) == ["10001:10001"]
    assert "--require-hashes" in stages[-2]
    entry, words = (
        ast.literal_eval(re.search(rf"^{name} (\[.+\])$", RECIPE, re.MULTILINE)[1]) for name in ("ENTRYPOINT", "CMD")
    )
    assert entry == ["simanta"]
    get_command(commands()).commands[words[0]].make_context(words[0], words[1:])


def test_the_health_check_is_python_and_asks_an_address_that_there_is():
    check = ast.literal_eval(re.search(r"^  CMD (\[.+\])$", RECIPE, re.MULTILINE)[1])
    (call,) = (n for n in ast.walk(ast.parse(check[2])) if isinstance(n, ast.Call))
    assert call.func.id == urlopen.__name__
    assert call.args[0].value == f"http://127.0.0.1:8501{web.ALIVE}"
    assert check[:2] == ["python", "-c"]


def services():
    """Each service of the compose file to the text of its part."""
    part = COMPOSE.partition("\nservices:\n")[2].partition("\nvolumes:")[0]
    found = re.split(r"^  (\w+):$", part, flags=re.MULTILINE)[1:]
    return dict(zip(found[::2], found[1::2], strict=True))


def test_the_compose_file_has_only_keys_that_there_are():
    named = set(re.findall(r"^ *([a-z_]+):", COMPOSE, re.MULTILINE))
    assert named - KEYS == set()
    assert set(services()) == {"dashboard", "proxy"}


@pytest.mark.parametrize("name", ["dashboard", "proxy"])
def test_each_container_has_a_root_that_is_read_only_and_no_rights(name):
    part = services()[name]
    for line in (
        "read_only: true",
        "cap_drop: [ALL]",
        'security_opt: ["no-new-privileges:true"]',
        'user: "10001:10001"',
    ):
        assert line in part
    assert re.search(r"mem_limit: \d", part)


def test_the_dashboard_is_reached_through_the_proxy_alone():
    assert "network_mode: service:dashboard" in services()["proxy"]  # the dashboard listens on loopback alone
    assert re.findall(r'ports: \["(\d+):(\d+)"\]', COMPOSE) == [("443", "8443")]
    assert re.findall(r"^https://\S+:(\d+) \{$", CADDY, re.MULTILINE) == ["8443"]
    assert "SIMANTA_ACCESS__ADAPTER: proxy" in services()["dashboard"]


def test_the_proxy_sets_every_header_that_names_a_person_and_hides_what_watches():
    set_or_gone = {name.lower() for name in re.findall(r"header_up -?(X-[\w-]+)", CADDY)}
    assert {name.lower() for name in access.NAMING} <= set_or_gone
    assert re.search(rf"path {web.ALIVE} {web.READY}\n\trespond @watched 404", CADDY)
    assert "lb_policy cookie" in CADDY
    assert "http.log.error" in re.search(r"exclude (.+)", CADDY)[1]  # its lines hold whole addresses
