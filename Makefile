# `make help` lists the targets. Everything runs in .venv, made on first use from requirements.txt (hash-locked).
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
TOOLS := $(VENV)/tools
LOOKS = $(shell grep -l snap_compare tests/app/test_*.py)
.DEFAULT_GOAL := help

.PHONY: help demo test test-long test-pythons unit coverage reliability fuzz audit sbom check format pictures same-pictures lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(VENV)/.installed: requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(VENV)/.installed ## the app on a simulated Intercom, no account needed; without a terminal, its steps as commands
	@$(BIN)/ochre-tui demo

test: $(VENV)/.installed ## all tests but the long ones
	$(BIN)/pytest -n 2 --dist worksteal -m "not long"

test-long: $(VENV)/.installed ## every test, the long fault tests included
	$(BIN)/pytest -n 2 --dist worksteal --timeout 3600

test-pythons: ## the unit tests on every other Python from 3.11 to 3.14 that is found, each in an environment of its own
	@for version in 3.11 3.12 3.13 3.14; do \
	  python=$$(command -v python$$version || ls -d "$$(pyenv root 2>/dev/null)"/versions/$$version.*/bin/python 2>/dev/null | tail -n 1); \
	  if [ -z "$$python" ]; then echo "Python $$version: not here"; continue; fi; \
	  if "$$python" -c 'import sys; sys.exit(sys.argv[1] != sys.version)' "$$($(PYTHON) -c 'import sys; print(sys.version)')"; then \
	    echo "Python $$version: the one of make test"; continue; fi; \
	  echo "Python $$version: $$python"; \
	  $(MAKE) --no-print-directory PYTHON="$$python" VENV=.venv-$$version unit || exit 1; \
	done

unit: $(VENV)/.installed # the unit tests alone
	$(BIN)/pytest -n 2 --dist worksteal -m "not long" tests/unit

coverage: $(VENV)/.installed ## which lines no test reaches, by module; child processes are not measured
	$(BIN)/coverage run --parallel-mode -m pytest -n 0 -m "not long"
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

reliability: $(VENV)/.installed ## run all fault tests, plant differences, and write the tables of docs/reliability.md
	$(BIN)/python benchmarks/reliability.py
	$(BIN)/python -m benchmarks.planted_and_found --write docs/reliability.md

fuzz: $(VENV)/.installed ## feed every reader with what nobody expects, each for FUZZ_SECONDS (600)
	FUZZ_SECONDS=$${FUZZ_SECONDS:-600} $(BIN)/pytest -n 2 --timeout 0 tests/fuzz

# In an environment of their own, so that these tools change nothing of what is locked.
$(TOOLS)/.installed: $(VENV)/.installed
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/pip install --quiet --disable-pip-version-check pip-audit cyclonedx-bom
	@touch $@

audit: $(TOOLS)/.installed ## known vulnerabilities of the locked dependencies; needs the internet
	$(TOOLS)/bin/pip-audit --strict --require-hashes --disable-pip --requirement requirements.txt

sbom: $(TOOLS)/.installed ## the locked dependencies as CycloneDX, in sbom.json
	$(TOOLS)/bin/cyclonedx-py requirements --output-reproducible --output-file sbom.json requirements.txt

check: $(VENV)/.installed ## format, lint, strict types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed ## format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

pictures: $(VENV)/.installed ## make the pictures of the README from the snapshots of the screens
	$(BIN)/python tests/app/pictures.py

same-pictures: $(VENV)/.installed ## take every snapshot 20 times: none may differ from run to run
	for run in $$(seq 20); do $(BIN)/pytest -n 5 $(LOOKS) || exit 1; done

lock: $(VENV)/.installed ## resolve the dependencies again into requirements.txt
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes --no-emit-index-url --no-header --output-file requirements.txt --upgrade pyproject.toml

clean: ## remove the environment and caches
	rm -rf $(VENV) .venv-* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
