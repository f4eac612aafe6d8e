# The commands of this project. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON3 ?= python3
UV := .uv/bin/uv
BIN := .venv/bin
# Tests of separate modules run side by side; the machines that this is made for have two cores.
WORKERS ?= 2
RUN_OPTIONS ?=
PYTEST := $(BIN)/python -m pytest -q
FAST := tests/unit tests/properties tests/rulebook tests/architecture
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-emit-index-url \
	--no-header --constraints requirements-constraints.in

export RASA_TELEMETRY_ENABLED := false

.PHONY: help install install-dev run train check lint types fast test audit screenshots bench soak faults simulate lock clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

install: .venv/.runtime ## Install everything that running needs into this directory (quick when nothing changed)

install-dev: .venv/.dev ## The same, and what the tests need

run: .venv/.runtime ## Start everything with a demo portfolio and print the address of the chat page
	@exec $(BIN)/aldia run $(RUN_OPTIONS)

train: .venv/.runtime ## Train the model if anything that it depends on changed
	@$(BIN)/aldia train

check: lint types fast ## Lint, types, architecture and fast tests: under a minute

lint: .venv/.dev
	@$(BIN)/ruff check .

types: .venv/.dev
	@$(BIN)/mypy

fast: .venv/.dev
	@$(PYTEST) -n $(WORKERS) -m "not stack" -k "not postgresql" $(FAST)

screenshots: .venv/.dev ## Take the pictures in docs/screenshots anew
	@tests/browser/ensure_chromium.sh
	@ALDIA_SCREENSHOTS=1 $(PYTEST) tests/browser

test: lint types ## Everything: also both databases, training, and conversations with the running servers
	@tests/browser/ensure_chromium.sh
	@tests/telemetry/ensure_promtool.sh
	@$(BIN)/aldia train
	@$(PYTEST) -n $(WORKERS) --dist loadfile tests

audit: .venv/.dev ## Look for known vulnerabilities in what is installed that docs/security-findings.yml does not list
	@$(BIN)/python -m tests.support.audit

bench: .venv/.dev ## Measure the running servers: time a turn, throughput, memory, start-up; beside Rasa's starter bot
	@$(BIN)/python -m bench $(BENCH_OPTIONS)
	@$(BIN)/python -m bench.starter

soak: .venv/.dev ## 2,000 conversations at once, 100,000 turns, a million accounts: hours (docs/benchmarks.md)
	@for workers in 1 2 4; do $(BIN)/python -m bench.load --database postgresql --workers $$workers --debtors 60 \
	  --seconds 120 --think 1; done
	@$(BIN)/python -m bench.load --debtors 60 --seconds 120 --think 1
	@$(BIN)/python -m bench.load --database postgresql --workers 2 --debtors 2000 --seconds 600 --think 90
	@$(BIN)/python -m bench.load --debtors 24 --turns 100000 --think 0.1
	@$(BIN)/python -m bench.scale --database postgresql
	@$(BIN)/python -m bench.scale --database sqlite

faults: .venv/.dev ## Kill, hang and restart everything 200 times while people talk (docs/benchmarks.md)
	@$(BIN)/python -m bench.faults --kills 200

lock: $(UV) ## Choose versions anew and write them with their hashes into requirements*.lock
	@$(COMPILE) --upgrade pyproject.toml -o requirements.lock
	@$(COMPILE) --upgrade --constraints requirements.lock --extra dev pyproject.toml -o requirements-dev.lock
	@$(UV) pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-emit-index-url --no-header \
	  --upgrade requirements-audit.in -o requirements-audit.lock

simulate: .venv/.dev ## Hold 10,000 simulated conversations and judge each: no message, word or offer that must not be
	@$(BIN)/python -m bench.simulation --workers $(WORKERS) --conversations 10000 $(SIMULATION_OPTIONS)

clean: ## Remove what was installed, trained and stored here, the demo database too
	rm -rf .venv .uv .tools var models .rasa .pytest_cache .mypy_cache .ruff_cache .hypothesis aldia.egg-info

$(UV): requirements-uv.lock
	@echo "Installing uv into .uv/"
	@$(PYTHON3) -m venv --clear .uv 2>/dev/null || { rm -rf .uv; \
	  echo "error: Python 3 with its venv module is needed to begin (Debian, Ubuntu: apt-get install python3-venv;" \
	       "macOS: xcode-select --install)." >&2; exit 1; }
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
	  -r requirements-uv.lock || { rm -rf .uv; \
	  echo "error: uv could not be installed: is there a connection to the package index?" >&2; exit 1; }
	@touch $(UV)

.venv/bin/python: .python-version | $(UV)
	@echo "Making .venv with CPython $$(cat .python-version)"
	@$(UV) venv --quiet --allow-existing --python "$$(cat .python-version)" .venv || { \
	  echo "error: no CPython $$(cat .python-version) was found, and none could be downloaded: install it" \
	       "(pyenv install $$(cat .python-version), or your system's package) and try again." >&2; exit 1; }
	@touch .venv/bin/python

# Once the tests' tools are there they stay: otherwise `make run` and `make test` would undo each other.
.venv/.runtime: requirements.lock requirements-dev.lock pyproject.toml | .venv/bin/python
	@if [ -e .venv/.dev ]; then lock=requirements-dev.lock; else lock=requirements.lock; fi; $(call INSTALL,$$lock)
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.runtime
	@$(call INSTALL,requirements-dev.lock)
	@touch $@

# The project itself is installed last, from this directory and without the network: syncing removes it.
define INSTALL
	echo "Installing what $(1) lists into .venv/ (the first time: about a gigabyte)"; \
	$(UV) pip sync --quiet --require-hashes --python .venv/bin/python $(1) || { \
	  echo "error: the installation failed; the lines above say why (no connection, no space, or a package without a" \
	       "build for this machine)." >&2; exit 1; }; \
	$(UV) pip install --quiet --offline --no-deps --no-build-isolation --python .venv/bin/python -e .
endef
