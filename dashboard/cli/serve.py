"""`simanta serve`: the dashboard, on loopback unless told otherwise."""

import os
import subprocess
import sys
from typing import Annotated

import typer

from dashboard.cli.app import StoreOption, app, folder, told
from dashboard.errors import SimantaError
from dashboard.settings import ROOT

LOOPBACK = ("127.0.0.1", "localhost")


@app.command(epilog="Example: simanta serve --port 8600")
def serve(
    host: Annotated[str, typer.Option(help="Loopback only: there is no sign-in yet.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8501,
    store: StoreOption = None,
) -> None:
    """Serves the dashboard to the single user of this machine."""
    if host not in LOOPBACK:
        raise SimantaError("NOT_LOOPBACK", f"{host} is not this machine.", "Without sign-in only 127.0.0.1 is served.")
    told.print(f"Simanta: http://{host}:{port}", highlight=False)
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(ROOT / "dashboard" / "web.py"),
        "--server.address",
        host,
        "--server.port",
        str(port),
    ]
    environment = os.environ | {"SIMANTA_STORE": str(folder(store).resolve())}
    raise typer.Exit(subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode)
