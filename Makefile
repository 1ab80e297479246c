# Kedang: make run starts it, make test tries everything, make help lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# the system's own where it will do: it is a tenth to a sixth quicker than one built without profiles (decision 31)
PYTHON ?= $(or $(shell /usr/bin/python3 -c 'import sys, ensurepip; sys.version_info < (3, 11) or print(sys.executable)' 2>/dev/null),python3)
PORT ?= 8000
KEDANG_HOME ?= $(CURDIR)/var/home
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += --jobs=2
endif
export PORT KEDANG_HOME
export UV_PYTHON_DOWNLOADS = never

BIN := .venv/bin
UV := $(BIN)/uv
INSTALL := $(UV) pip install --quiet --python $(BIN)/python
VENDOR := src/kedang/kits/web/static/vendor/.copied
MO := $(patsubst %.po,%.mo,$(wildcard src/kedang/locale/*/LC_MESSAGES/*.po))
# checks need a key, but no home and no database
QUIET := SECRET_KEY=check KEDANG_HOME=$(CURDIR)/var/check DATABASE_URL=sqlite:///:memory:

.PHONY: help setup base assets run check types lint contracts migrations translations test bench docs openapi lock \
  messages format clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/.dev $(MO) ## make .venv with everything that developing needs

base: .venv/.base $(MO)

.venv/.uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Kedang needs Python 3.11 or later (PYTHON=... names another)" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "python3 cannot make a venv here: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/uv.txt
	@touch $@

.venv/.base: .venv/.uv requirements/base.txt pyproject.toml
	@echo "installing what Kedang runs on"
	@$(INSTALL) --require-hashes -r requirements/base.txt
	@$(INSTALL) --no-deps --editable .
	@touch $@

.venv/.dev: .venv/.base requirements/dev.txt
	@echo "installing what developing needs"
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

.venv/.full: .venv/.dev requirements/full.txt
	@echo "installing the extras"
	@$(INSTALL) --require-hashes -r requirements/full.txt
	@touch $@

%.mo: %.po .venv/.base scripts/catalogues.py
	@$(BIN)/python scripts/catalogues.py compile $<

assets: $(VENDOR) ## fetch the pinned browser libraries and copy what the pages load

$(VENDOR): .venv/.base package.json package-lock.json scripts/assets.py
	@$(BIN)/python scripts/assets.py

run: base assets ## start Kedang with demo data on http://127.0.0.1:$PORT (Ctrl-C stops)
	@exec ./kedang serve --demo

check: setup ## lint, types, import contracts, migrations, translations
	@$(MAKE) --no-print-directory --output-sync=target types lint contracts migrations translations

types:
	@$(QUIET) $(BIN)/mypy

lint:
	@$(BIN)/ruff check --quiet --output-format concise .
	@$(BIN)/ruff format --check .

contracts:
	@$(BIN)/lint-imports --cache-dir var/importlinter

migrations:
	@$(QUIET) $(BIN)/python -m django makemigrations --check --dry-run --settings kedang.project.settings

translations:
	@$(BIN)/python scripts/catalogues.py check

test: setup assets $(if $(FULL),.venv/.full) ## everything, on SQLite and PostgreSQL (FULL=1: Spark and the whole product too)
	@$(MAKE) --no-print-directory check
	@$(BIN)/python scripts/suite.py $(if $(FULL),--full)

bench: base assets ## measure the start and the budgets on both databases (SCALE=1000000 adds the largest size)
	@./kedang bench start
	@$(BIN)/python scripts/bench.py

docs: setup assets ## take the pictures of the documentation from a demo
	@$(BIN)/python scripts/screenshots.py

openapi: setup ## write docs/openapi.json, the API as a reviewed file
	@$(QUIET) DJANGO_SETTINGS_MODULE=kedang.project.settings $(BIN)/python scripts/openapi.py

lock: .venv/.uv ## choose the newest allowed versions and write the lock
	@$(UV) lock --quiet --upgrade
	@for set in "base --no-dev" "dev --group dev" "full --group dev --all-extras"; do set -- $$set; name=$$1; shift; \
	  $(UV) export --quiet --no-emit-project --no-header --no-annotate "$$@" -o requirements/$$name.txt; done

messages: setup ## bring the catalogues up to date; Traditional Chinese is converted from Simplified
	@$(BIN)/python scripts/catalogues.py update

format: setup ## let ruff lay the code out and mend what it can
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

clean: ## remove what setup and runs have made, but not the home folder
	@rm -rf .venv node_modules src/kedang/kits/web/static/vendor var/mypy var/importlinter var/check var/drawn $(MO)
