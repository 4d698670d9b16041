# Every target works on a fresh machine with make and Python 3.11 or newer: the first makes .venv from requirements.lock.
PYTHON ?= python3
ARGS ?=
# One more than there are processors: tests wait for disks, servers and browsers too.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')
BIN := .venv/bin
STAMP := .venv/installed
# Tests that share fixtures stay on one worker, and the longest begin first (tests/spreading.py).
SPREAD := --numprocesses $(WORKERS) --dist loadgroup
BENCHES := $(wildcard tests/bench_*.py)
# Test workers and the programs that tests start import the same files, and compile them once: into .venv, even where
# the environment says that Python is to leave no bytecode beside the sources.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/.venv/bytecode

.DEFAULT_GOAL := help
.PHONY: help demo serve test drills crawl examples bench lint format lock audit mutation pictures snapshots clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(STAMP) ## load a demonstration firm, serve it and print the sign-in link
	$(BIN)/seatline demo $(ARGS)

serve: $(STAMP) ## serve the firm in the data folder
	$(BIN)/seatline serve $(ARGS)

# Only drills use Schemathesis, and its plugin takes every worker seconds to load.
test: $(STAMP) ## run every test except the drills (ARGS="-k split" runs some)
	$(BIN)/pytest $(SPREAD) -p no:schemathesis -m "not slow" $(ARGS)

drills: $(STAMP) ## run what kills, soaks, fuzzes and crawls
	SEATLINE_MANY_EXAMPLES=true $(BIN)/pytest --numprocesses $(WORKERS) -m "(slow or whole_firms) and not crawl" $(ARGS)

crawl: $(STAMP) ## open every page of the demonstration and of a large firm (takes many minutes)
	$(BIN)/pytest --numprocesses $(WORKERS) -m crawl $(ARGS)

examples: $(STAMP) ## run the property tests with five times the examples, others every time
	SEATLINE_MANY_EXAMPLES=true $(BIN)/pytest $(SPREAD) -m hypothesis $(ARGS)

bench: $(STAMP) ## run the benchmarks, one after the other
	$(if $(BENCHES),$(BIN)/pytest --capture no $(ARGS) $(BENCHES),@echo "There is no tests/bench_*.py yet.")

mutation: $(STAMP) ## list small changes to domain/ that no test notices (ARGS="domain.seats.*" tries one file)
	$(BIN)/mutmut run $(ARGS)
	$(BIN)/mutmut results

lint: $(STAMP) ## check style, formatting, types and imports between rooms
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(STAMP) ## format the code, and fix what can be fixed automatically
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: ## pin the dependencies again in requirements.lock (ARGS=--upgrade takes the newest)
	$(PYTHON) -m venv .venv/locking
	.venv/locking/bin/pip install --quiet --disable-pip-version-check uv
	UV_CUSTOM_COMPILE_COMMAND="make lock" .venv/locking/bin/uv pip compile --quiet --universal --all-extras \
	    --generate-hashes --no-annotate --no-emit-index-url --output-file requirements.lock $(ARGS) pyproject.toml

audit: ## check the locked dependencies for known vulnerabilities (asks the package index)
	$(PYTHON) -m venv .venv/auditing
	.venv/auditing/bin/pip install --quiet --disable-pip-version-check pip-audit
	.venv/auditing/bin/pip-audit --requirement requirements.lock --require-hashes --disable-pip --strict --progress-spinner off $(ARGS)

pictures: $(STAMP) ## take the README's pictures again (needs Chromium)
	$(BIN)/python tests/take_pictures.py

snapshots: $(STAMP) ## draw again the timelines that the tests compare with
	$(BIN)/python tests/timeline_histories.py

clean: ## remove what the other targets made, except data/
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist mutants
	find domain projections api web tests -name __pycache__ -prune -exec rm -rf {} +

# --no-compile: a third faster, and Python compiles what is really imported when it first is.
# --no-build-isolation: the build backend is the locked one; no other is fetched.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Seatline needs Python 3.11 or newer: make PYTHON=python3.13 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
