"""Makes the bundle that installs without a network, out of the last commit and the lock file: `make bundle`."""

import hashlib
import io
import platform
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
# What is run and read there; tests, benchmarks and pictures stay here.
PROGRAM = (
    ".streamlit", "static", "data", "etl", "dashboard", "deploy", "streamlit_app.py", "pyproject.toml", "CHANGELOG.md",
    "docs/administrator.md", "docs/air-gapped.md", "docs/sharing.md", "docs/privacy.md", "docs/data-officer.md",
)  # fmt: skip


def main() -> None:
    """Writes the folder and the tar beside it, and says the hash that is to be compared after it was carried over."""
    folder = make(BUILD / name())
    packed = folder.with_suffix(folder.suffix + ".tar")
    with tarfile.open(packed, "w") as into:
        into.add(folder, folder.name)
    sums = hashlib.sha256((folder / "SHA256SUMS").read_bytes()).hexdigest()
    sys.stdout.write(f"{packed.relative_to(ROOT)}  {packed.stat().st_size / 1e6:,.0f} MB\nSHA256SUMS {sums}\n")


def name() -> str:
    """Release, system, machine and Python: a bundle is for one of each."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    python = f"py{sys.version_info.major}.{sys.version_info.minor}"
    return f"simanta-{version}-{platform.system().lower()}-{platform.machine()}-{python}"


def make(folder: Path) -> Path:
    """The bundle as a folder, anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run("pip", "--disable-pip-version-check", "download", "--quiet", "--only-binary", ":all:", "--require-hashes",
        "--requirement", "requirements.lock", "--dest", folder / "wheels")  # fmt: skip
    run("cyclonedx_py", "requirements", "requirements.lock", "-o", folder / "sbom.json")
    archive = subprocess.run(["git", "archive", "HEAD", *PROGRAM], cwd=ROOT, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as program:
        program.extractall(folder / "program", filter="data")
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    about = f"name={folder.name}\ncommit={commit}python={python}\nmachine={platform.machine()}\n"
    (folder / "BUNDLE").write_text(about, encoding="utf-8")
    for file in ("requirements.lock", "deploy/install.sh"):
        (folder / Path(file).name).write_bytes((ROOT / file).read_bytes())
    (folder / "SHA256SUMS").write_text(sums_of(folder), encoding="utf-8")
    return folder


def run(*words: object) -> None:
    """A module of this environment, in the root."""
    subprocess.run([sys.executable, "-m", *map(str, words)], cwd=ROOT, check=True)


def sums_of(folder: Path) -> str:
    """SHA-256 and name of each file, as sha256sum reads them."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.name != "SHA256SUMS")
    lines = (
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(folder).as_posix()}" for file in files
    )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
