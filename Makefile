# Two commands: `make run` serves the catalogue, `make test` checks everything. Both first prepare .venv, once.
PYTHON ?= python3
BIN := .venv/bin
# What the tests take from npm; where there is no Node, they are skipped.
NODE := $(if $(shell command -v npm),$(patsubst %package-lock.json,%node_modules/.package-lock.json,\
  $(wildcard tests/*/package-lock.json)))

# Of three tests, one waits for something other than a processor.
TESTERS := $(shell $(PYTHON) -c 'import os; print(3 * (os.cpu_count() or 1) // 2)')

# What the reference of territories is built from: packages that are only read, pinned by checksum.
SOURCES := build/reference

# Where Python is told not to keep what it compiles, each of the tests' many processes would compile all of api/ again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup run test soak lint bench audit reference lock clean

help:
	@echo "make run        set up, migrate, seed and serve the catalogue at http://127.0.0.1:8000/docs"
	@echo "make test       set up and run every check, on SQLite and on PostgreSQL"
	@echo "make soak       kill, lock, fill, fuzz and overrun it on both databases (two hours; needs Node and nginx)"
	@echo "make setup      prepare .venv only; then see .venv/bin/territoires --help"
	@echo "make bench      measure what the service does, beside the bare server and others (needs wrk; BENCH='--cases 100000')"
	@echo "make audit      check the dependencies for known vulnerabilities, and list them in build/sbom.cdx.json"
	@echo "make reference  build the file of territories again from its sources (needs Node)"
	@echo "make lock       resolve the dependencies of pyproject.toml again (needs uv)"

setup: .venv/.ready

.venv/.ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@echo "Preparing .venv (half a minute, once) …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Where pip was broken off it has left packages without their programs, which it would take for whole.
.venv/.ready-to-test: requirements-dev.txt .venv/.ready
	@echo "Adding the tools of the tests …"
	@test ! -e $@.begun || echo "(once more: it was broken off)"
	@force=$$(test ! -e $@.begun || echo --force-reinstall) && touch $@.begun && $(BIN)/pip install --quiet \
	  --disable-pip-version-check --require-hashes --no-deps $$force -r requirements-dev.txt
	@mv $@.begun $@

tests/%/node_modules/.package-lock.json: tests/%/package-lock.json
	@echo "Adding what tests/$* takes from npm …"
	@npm ci --prefix tests/$* --silent --no-audit --no-fund

$(SOURCES)/.ready: $(wildcard seed/reference/package*.json) seed/reference/requirements.txt .venv/.ready
	@echo "Adding the sources of the reference …"
	@mkdir -p $(SOURCES)
	@cp seed/reference/package.json seed/reference/package-lock.json seed/reference/.npmrc $(SOURCES)
	@npm ci --prefix $(SOURCES) --silent --no-audit --no-fund
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps --upgrade \
	  --target $(SOURCES)/python -r seed/reference/requirements.txt
	@touch $@

run: setup
	@$(BIN)/territoires migrate
	@$(BIN)/territoires seed
	@$(BIN)/territoires serve

lint: .venv/.ready-to-test
	@echo "Style, types, layers …"
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --quiet --check
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo > .venv/layers.txt || { cat .venv/layers.txt; exit 1; }

test: lint $(NODE)
	@echo "Tests, on SQLite and PostgreSQL …"
	@$(BIN)/pytest -n $(TESTERS) --dist worksteal

# The reference from its sources; any sequence of operations, facets and names by chance, races of sixteen clients for a
# thousand rounds, two hundred kills, a thousand clients at once; four runs of Schemathesis: each engine, without and
# with a moderator's key; then spoilt requests, what befalls a service, an upgrade under load, and nginx before it
# (apt-get install nginx-light faketime iproute2; as root).
soak: .venv/.ready-to-test $(SOURCES)/.ready
	@PYTHONPATH=$(SOURCES)/python $(BIN)/python -m seed.reference --check
	@SOAK=150 $(BIN)/pytest tests/catalogue/test_any_sequence.py tests/catalogue/test_facets.py \
	  tests/catalogue/test_gazetteer.py tests/faults
	@SOAK=150 $(BIN)/pytest --capture=no tests/fuzz
	@$(BIN)/pytest --capture=no tests/soak

bench: .venv/.ready-to-test build/datasette/.ready
	@$(BIN)/python -m tests.bench $(BENCH)

# What the benchmark compares the service with, apart from what the service runs on.
build/datasette/.ready: tests/bench/requirements.txt
	@echo "Adding Datasette, for the benchmark …"
	@$(PYTHON) -m venv build/datasette
	@build/datasette/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

# Known vulnerabilities of the locked packages, and a list of all that the service is made with (CycloneDX).
audit: build/audit/.ready
	@build/audit/bin/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml -o build/sbom.cdx.json \
	  build/audit/service
	@build/audit/bin/pip-audit --strict --require-hashes --disable-pip -r requirements.txt -r requirements-dev.txt

build/audit/.ready: tests/audit/requirements.txt requirements.txt
	@echo "Adding what audits, and the service apart from the tools of the tests …"
	@$(PYTHON) -m venv build/audit && $(PYTHON) -m venv --without-pip build/audit/service
	@build/audit/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@build/audit/bin/pip --python build/audit/service install --quiet --disable-pip-version-check --require-hashes \
	  --no-deps -r requirements.txt
	@touch $@

reference: $(SOURCES)/.ready
	@PYTHONPATH=$(SOURCES)/python $(BIN)/python -m seed.reference

lock:
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	  --group build -o requirements.txt pyproject.toml
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	  --group dev -c requirements.txt -o requirements-dev.txt
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	  -o tests/bench/requirements.txt tests/bench/requirements.in
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	  -o tests/audit/requirements.txt tests/audit/requirements.in

clean:
	rm -rf .venv build *.egg-info
