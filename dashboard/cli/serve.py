"""`simanta serve`: the dashboard, on loopback unless people sign in."""

import os
import sys
from typing import Annotated

import typer

from dashboard import access
from dashboard.cli.app import QuietOption, StoreOption, app, folder, told
from dashboard.errors import SimantaError
from dashboard.settings import ROOT, settings

# Where each line is an object (`journal`), Streamlit puts nothing before it and greets nobody.
BARE = ("--logger.messageFormat", "%(message)s", "--logger.hideWelcomeMessage", "true")


@app.command(epilog="Example: simanta serve --port 8600")
def serve(
    host: Annotated[str, typer.Option(help="Another address only where people sign in (oidc).")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8501,
    store: StoreOption = None,
    quiet: QuietOption = False,
) -> None:
    """Serves the dashboard: to the single user of this machine, or to those who sign in (docs/administrator.md)."""
    if why := access.refuse_start(settings().access, host, settings().public_url):
        raise SimantaError("NOT_LOOPBACK", why, "See docs/administrator.md.")
    if not quiet:
        told.print(f"Simanta: {settings().public_url or f'http://{host}:{port}'}", highlight=False)
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
        *(word for name in settings().hosts for word in ("--server.allowedHosts", name)),
        *(BARE if settings().log == "json" else ()),
    ]
    environment = os.environ | {"SIMANTA_STORE": str(folder(store).resolve())}
    os.chdir(ROOT)
    os.execve(command[0], command, environment)  # in our place: what stops or watches us, stops and watches the server
