# The one task runner. `make help` lists what it does.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help setup run test fast lint format bench crash-table authorisation reference site sbom bundle try-bundle advisories lock \
  screenshots browser postgres java peers
.DEFAULT_GOAL := help

help: ## What can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.run ## The environment that runs Simanta, from the lock file
run: setup ## Loads the shipped sample if the store is empty, and serves on http://127.0.0.1:8501
	@$(BIN)/simanta demo --if-empty
	@$(BIN)/simanta serve

test: $(VENV)/.test browser postgres java ## Every test, also those in a real browser
	$(BIN)/python -m pytest -n 2 --dist loadfile

fast: $(VENV)/.test ## Every test but those in a browser and the few that last: what to run while writing
	$(BIN)/python -m pytest -n 2 --dist loadfile -q -m "not e2e and not slow"

lint: $(VENV)/.test ## Format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.test ## Rewrites the code in the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.test ## The speed table: 1M generated rows against the floor and the obvious stack
	$(BIN)/python benchmarks/load.py

PEERS := build/peers
peers: $(VENV)/.test browser postgres ## What benchmarks/peers compares with, into build/peers: an extension of DuckDB, PostGIS, Superset (0.9 GB)
	$(PIP) install --quiet --no-deps --upgrade --target $(PEERS)/spatial -r benchmarks/peers/duckdb.txt
	test -x $(PEERS)/superset/bin/python || $(PYTHON) -m venv $(PEERS)/superset
	$(PEERS)/superset/bin/python -m pip --disable-pip-version-check install --quiet -r benchmarks/peers/superset.txt
	@ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1 || { \
	  echo "No PostGIS found: installing 'postgresql-15-postgis-3' with apt-get (about 150 MB)."; \
	  SUDO=$$([ "$$(id -u)" = 0 ] || echo sudo); $$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq postgresql-15-postgis-3; }

crash-table: $(VENV)/.test ## Kills loads, erasures and prunings at many points; what was found into docs/crash-test.md
	SIMANTA_CRASH_TABLE=docs/crash-test.md $(BIN)/python -m pytest tests/etl/test_crash.py -k kill -q

authorisation: $(VENV)/.test ## Tries what each role opens, and writes what was found into docs/authorisation.md
	SIMANTA_WRITE_AUTHORISATION=1 $(BIN)/python -m pytest tests/dashboard/test_scope.py -k paper -q

reference: $(VENV)/.test ## The reference anew from the code: commands, configuration, filters, schema, in docs/
	for page in commands configuration filters schema; do $(BIN)/python docs/make_$$page.py; done

site: $(VENV)/.test ## The papers as one site that needs no network: build/site/index.html
	$(BIN)/python -m sphinx -b html -W --keep-going -q -E -c docs -d build/doctrees . build/site

sbom: $(VENV)/.test ## The bill of materials of what runs, CycloneDX, out of the lock file: build/sbom.json
	@mkdir -p build
	$(BIN)/python -m cyclonedx_py requirements requirements.lock -o build/sbom.json

bundle: $(VENV)/.test ## All that a machine without a network needs, in one file: build/simanta-*.tar
	$(BIN)/python deploy/make_bundle.py

try-bundle: bundle ## Installs it where there is no route, loads the sample and serves it; needs user namespaces
	sh deploy/try_bundle.sh build/simanta-*/

advisories: ## Known faults of what is locked; needs a network and pip-audit, so it is a step of a release and not of CI
	pip-audit --requirement requirements.lock --require-hashes --disable-pip

# A stamp is as new as the lock that it was made from: with nothing changed, nothing is fetched.
$(VENV)/.run: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Simanta needs Python 3.11 or newer: make PYTHON=/path/to/python"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --require-hashes -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements-test.lock
	$(PIP) install --quiet --require-hashes -r requirements-test.lock
	@touch $@

browser: ## Chromium for the browser tests, installed where there is none
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
	  echo "No Chromium found: installing the package 'chromium' with apt-get (about 300 MB)."; \
	  SUDO=$$([ "$$(id -u)" = 0 ] || echo sudo); $$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq chromium; }

postgres: ## PostgreSQL for the tests of the shared store, installed where there is none; the tests start their own
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || { \
	  echo "No PostgreSQL found: installing the package 'postgresql' with apt-get (about 60 MB)."; \
	  SUDO=$$([ "$$(id -u)" = 0 ] || echo sudo); $$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq postgresql; }

java: ## Java for the tests of a load on Spark, installed where there is none
	@command -v java >/dev/null || { \
	  echo "No Java found: installing the package 'openjdk-17-jre-headless' with apt-get (about 200 MB)."; \
	  SUDO=$$([ "$$(id -u)" = 0 ] || echo sudo); $$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq openjdk-17-jre-headless; }

lock: ## Both lock files anew, with hashes, for every Python from 3.11 on
	uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q --upgrade -o requirements.lock
	uv pip compile pyproject.toml --extra build --extra spark --extra test --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q -c requirements.lock -o requirements-test.lock

screenshots: $(VENV)/.test browser ## The pictures in docs/screenshots, from the shipped sample
	$(BIN)/python docs/make_screenshots.py
