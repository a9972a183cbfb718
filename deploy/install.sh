#!/bin/sh
# Installs Simanta out of this folder, without a network: sh install.sh [FOLDER], which is /opt/simanta without one.
# Nothing is changed before every file of the bundle was found to be what was packed.
set -eu
umask 022
into=${1:-/opt/simanta}
case $into in /*) ;; *) into=$PWD/$into ;; esac
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}

refuse() {
    printf 'simanta: %s Nothing was installed.\n' "$1" >&2
    exit 1
}

of_bundle() {
    sed -n "s/^$1=//p" "$here/BUNDLE"
}

cd "$here"
[ -s SHA256SUMS ] || refuse "SHA256SUMS is missing: the bundle was not copied whole. Copy it again."
wrong=$(sha256sum --check --strict --quiet SHA256SUMS 2>/dev/null | sed -n 's/: FAILED.*//p') || true
[ -z "$wrong" ] || refuse "$(printf '%s' "$wrong" | head -n 1) is missing or damaged ($(printf '%s\n' "$wrong" | wc -l) in all). Copy the bundle again."
sha256sum --check --strict --status SHA256SUMS 2>/dev/null || refuse "SHA256SUMS itself is damaged. Copy the bundle again."
more=$(find . -type f ! -name SHA256SUMS ! -path '*/__pycache__/*' | sed 's/^\.\///' | while IFS= read -r file; do
    cut -c 67- SHA256SUMS | grep -qxF -- "$file" || { printf '%s' "$file"; break; }
done)
[ -z "$more" ] || refuse "$more is not named in SHA256SUMS: it was added, or that file was cut off. Copy the bundle again."

command -v "$python" >/dev/null || refuse "There is no $python. Install Python $(of_bundle python)."
found=$("$python" -c 'import platform, sys; print("%d.%d" % sys.version_info[:2], platform.machine())')
wanted="$(of_bundle python) $(of_bundle machine)"
[ "$found" = "$wanted" ] || refuse "This is Python $found, and the bundle is for Python $wanted. Name another one: PYTHON=python$(of_bundle python) sh install.sh"
"$python" -c 'import ensurepip, venv' 2>/dev/null || refuse "Python has no venv. Install the package python3-venv of your system."
[ ! -e "$into/.venv" ] || refuse "$into has a Simanta already. Give another folder, and point the units at it: the old one stays the way back."

done=no
mkdir -p "$into"
trap '[ "$done" = yes ] || { rm -rf "$into/.venv"; printf "simanta: the installation was broken off; its environment was removed.\n" >&2; }' EXIT
cp -R program/. "$into/"
"$python" -m venv "$into/.venv"
pip="$into/.venv/bin/python -m pip --disable-pip-version-check --quiet"
$pip install --no-index --find-links wheels --require-hashes --requirement requirements.lock
$pip install --no-index --no-deps --no-build-isolation --editable "$into"
"$into/.venv/bin/python" -m compileall -q "$into/etl" "$into/dashboard"
done=yes
"$into/.venv/bin/simanta" --version
printf 'Next: %s/.venv/bin/simanta demo, then %s/.venv/bin/simanta serve. Units: %s/deploy/systemd.\n' "$into" "$into" "$into"
