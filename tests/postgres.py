"""A real PostgreSQL of the tests' own, out of Debian's package: on a socket in a folder of its own, gone at the end."""

import json
import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

BIN = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/bin"))
NUMBERS = count(1)
QUICK = {"fsync": "off", "full_page_writes": "off", "max_connections": "60", "unix_socket_permissions": "0777"}
# One user has a password, everybody else is who they say.
WHO = "local all keeper scram-sha-256\nlocal all all trust\nhost all all 0.0.0.0/0 trust\n"


@dataclass(frozen=True)
class Postgres:
    """folder: where its socket is."""

    folder: Path

    def of(self, database, user="postgres"):
        """How a database of it is reached."""
        return f"host={self.folder} dbname={database} user={user}"

    def database(self):
        """A new, empty database."""
        name = f"t{next(NUMBERS)}"
        with psycopg.connect(self.of("postgres"), autocommit=True) as con:
            con.execute(f"CREATE DATABASE {name}")
        return name

    def made_shared(self, folder, catalogue=None, data=None):
        """Makes a folder that of a shared store, which is new where no other is named."""
        data = data or folder.with_name(f"{folder.name}.data")
        for each in (folder, data):
            each.mkdir(mode=0o700, exist_ok=True)
        told = {"catalogue": catalogue or self.of(self.database()), "data": str(data)}
        (folder / "shared.json").write_text(json.dumps(told))
        return folder

    def run(self, *command):
        """A program of PostgreSQL, by its own account: as root it refuses."""
        as_whom = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
        subprocess.run([*as_whom, BIN / command[0], *command[1:]], check=True, capture_output=True, cwd="/")

    def start(self, listen=""):
        """Starts it, and waits until it answers. listen: an address; without it on its socket alone."""
        options = " ".join(f"-c {name}={value}" for name, value in QUICK.items())
        where = f"-k {self.folder} -c listen_addresses='{listen}' {options}"
        self.run("pg_ctl", "-D", self.folder / "data", "-l", self.folder / "log", "-o", where, "-w", "start")

    def stop(self):
        """Stops it as a machine that goes down would: no connection is waited for."""
        self.run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")


@contextmanager
def running():
    """It runs meanwhile."""
    folder = Path(tempfile.mkdtemp(prefix="simanta-pg-"))
    server = Postgres(folder)
    try:
        if os.geteuid() == 0:
            os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
        folder.chmod(0o755)
        server.run("initdb", "-D", folder / "data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-N")
        (folder / "data" / "pg_hba.conf").write_text(WHO)
        server.start()
        try:
            with psycopg.connect(server.of("postgres"), autocommit=True) as con:
                con.execute("CREATE ROLE keeper LOGIN PASSWORD 'a long one'")
            yield server
        finally:
            if (folder / "data" / "postmaster.pid").exists():  # a test may have stopped it
                server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
