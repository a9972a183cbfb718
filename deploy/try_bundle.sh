#!/bin/sh
# Installs the bundle where there is no route, loads the sample, serves it and asks it: `make try-bundle`.
# What is printed is the transcript in docs/air-gapped.md.
set -eu
bundle=$(cd "${1:?which folder}" && pwd)
[ -n "${INSIDE:-}" ] || INSIDE=yes exec unshare --user --map-root-user --net -- sh "$0" "$bundle"
ip link set lo up
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
ln -s "$bundle" bundle
export PIP_CONFIG_FILE=/dev/null PIP_NO_INDEX=1 SIMANTA_STORE=$place/store HOME=$place

say() {
    printf '$ %s\n' "$1"
    sh -c "$1" 2>&1 | sed "s#$place/##g; s#$place#.#g"
}

say 'ip route | wc -l'
say 'python3 -c "import socket; socket.create_connection((\"192.0.2.1\", 443), 3)" 2>&1 | tail -n 1'
say 'sh bundle/install.sh simanta'
say 'simanta/.venv/bin/simanta --version'
say 'simanta/.venv/bin/simanta demo'
say 'simanta/.venv/bin/simanta check --deep'
say 'simanta/.venv/bin/simanta hotspots --format csv | cut -d , -f 1-10 | head -n 3'
simanta/.venv/bin/simanta serve --quiet --port 8599 >served 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; sleep 1; rm -rf "$place"' EXIT
cat >ask <<'END'
import sys, time, urllib.request
for attempt in range(120):
    try:
        print(urllib.request.urlopen("http://127.0.0.1:8599" + sys.argv[1], timeout=5).read(40).decode().strip())
        break
    except OSError:
        time.sleep(0.5)
END
printf '$ simanta/.venv/bin/simanta serve --quiet --port 8599 &\n'
say 'python3 ask /healthz'
say 'python3 ask /readyz'
