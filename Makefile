# `make book` builds the book, `make test` tests it. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help book serve watch test test-fast test-newest bench data-check refresh lint lock clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# The environment: exact versions with hashes, rebuilt when the lock file changes.
$(STAMP): requirements.lock pyproject.toml bookpress/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "This book needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make book PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . --editable ./bookpress
	@touch $@

book: $(STAMP)  ## build the book into _build/html
	$(BIN)/bridgebook build

serve: $(STAMP)  ## serve the built book on http://127.0.0.1:8000
	$(BIN)/bridgebook serve

watch: $(STAMP)  ## rebuild the pages while you edit, and reload the browser
	$(BIN)/bridgebook watch

# The slow lanes run only if something they depend on has changed since they last passed; CI_FULL=1
# forces them. CHAPTER selects one chapter, such as open-models/how-good: its tests take seconds.
SLOW := tests/live/test_firefox.py tests/live/test_notebooks_run.py
NAME := $(notdir $(CHAPTER))

ifdef CHAPTER
test: book
	$(BIN)/python -m pytest -n auto --dist worksteal $(SLOW:%=--ignore=%) --ignore=tests/data \
	  -k "$(NAME) or $(subst -,_,$(NAME))"
else
test: book  ## run all tests, or those of one chapter: make test CHAPTER=open-models/how-good
	$(BIN)/python -m pytest -n auto --dist worksteal --durations=10 $(SLOW:%=--ignore=%)
	$(BIN)/python tests/lanes.py firefox pyodide
endif

test-fast: $(STAMP)  ## run the tests that need no browser
	$(BIN)/python -m pytest -n auto --dist worksteal tests/data tests/package tests/chapters

test-newest: $(STAMP)  ## run all chapters with the newest pandas and matplotlib
	$(BIN)/python tests/lanes.py newest

data-check: $(STAMP)  ## validate every table against its schema
	$(BIN)/python -m bookpress.checks

refresh: $(STAMP)  ## rebuild derived tables: make refresh FROM=folder TABLES="prices" CHECK=--check
	$(BIN)/bridgebook refresh $(TABLES) $(if $(FROM),--from $(FROM)) $(CHECK)

bench: $(STAMP)  ## measure build times, page weights, tables and their loading
	$(BIN)/bridgebook bench

lint: $(STAMP)  ## check style, types, and the import contracts between the packages
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

lock: $(STAMP)  ## rewrite requirements.lock from pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --group book --group browser-match --group test --universal \
	  --native-tls --python-version 3.11 --generate-hashes --quiet --output-file requirements.lock

clean:  ## remove build outputs (keeps the environment)
	rm -rf _build .pytest_cache .ruff_cache .mypy_cache .hypothesis
