# The door for developers. `make demo` and `make test` do all set-up by themselves.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo run test lint check bench faults contracts lock clean

help:  ## show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup  ## the hub at work on the sample municipality, then a report
	@$(RUN) -m sandbox demo

run: setup  ## the same, but keeps running: prints the addresses of console and sandbox
	@$(RUN) -m sandbox demo --keep

test: setup-dev  ## every test, on a real RabbitMQ, PostgreSQL and browser
	@$(RUN) -m pytest -n 2 --dist loadfile --cov --cov-report=term

lint: setup-dev  ## format, lint, types, imports, contracts
	@$(RUN) -m ruff format --check .
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy
	@$(VENV)/bin/lint-imports
	@$(RUN) -m tools.contracts --check

check: lint test  ## everything that must be true before a change lands

bench: setup-dev  ## measurements, as a table and build/bench.json
	$(if $(filter intake,$(or $(SECTION),intake)),@$(PYTHON) deploy/local/prepare.py wrk)
	@$(RUN) -m tests.bench $(if $(SECTION),--section $(SECTION))

faults: setup-dev  ## kill, cut and forge for long, and count; build/faults.json (SIZE=night, ONLY=storm)
	@$(RUN) -m tests.faults $(if $(SIZE),--size $(SIZE)) $(if $(ONLY),--only $(ONLY))

contracts: setup-dev  ## write docs/contracts/ anew
	@$(RUN) -m tools.contracts

lock: setup-dev  ## resolve the dependencies anew, with hashes and without index addresses
	@bash deploy/local/lock.sh

setup: $(VENV)/.runtime
setup-dev: $(VENV)/.dev

# A virtual environment with exactly what is locked; system programs are installed where that is possible.
$(VENV)/.runtime: requirements.txt pyproject.toml
	@$(PYTHON) deploy/local/prepare.py rabbitmq
	@$(PYTHON) -m venv $(VENV) || { echo "Python has no venv. Debian or Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@$(PYTHON) deploy/local/prepare.py rabbitmq postgresql chromium
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime

clean:  ## remove what was built
	rm -rf build .hub .coverage* .mypy_cache .ruff_cache .import_linter_cache
