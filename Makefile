# What can be done here; `make help` lists it.
PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
BIN := .venv/bin
export PORT

.DEFAULT_GOAL := help
.PHONY: help run dev test chaos bench lint format messages clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

.venv/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; choose one: make run PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@echo "Installing into .venv (once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	@echo "Installing the tools for tests (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

run: .venv/installed ## start the demo: web server and worker, on PORT (8000)
	@DEMO=$${DEMO:-1} $(BIN)/python manage.py serve --host $(HOST) --port $(PORT)

dev: .venv/installed-dev ## the same with reload and error pages
	@DEMO=$${DEMO:-1} DEBUG=1 $(BIN)/python manage.py serve --dev --host $(HOST) --port $(PORT)

test: .venv/installed-dev ## the whole suite on SQLite, on PostgreSQL and Redis, and in the browser; coverage
	@$(BIN)/python -m tests

chaos: .venv/installed-dev ## break things under load, on servers of its own; minutes (FAULTS="smtp redis" for some)
	@$(BIN)/python -m tests.chaos $(FAULTS)

bench: .venv/installed-dev ## measure, beside the least that is possible (WHAT=mail for one part)
	@$(BIN)/python -m tests.bench $(WHAT)

lint: .venv/installed-dev ## style, layers, deployment checks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@env -u DEMO -u DEBUG SECRET_KEY=lint-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOP ALLOWED_HOSTS=diemcau.example \
	  SITE_URL=https://diemcau.example EMAIL_URL=smtp://localhost:25 DATABASE_URL= $(BIN)/python manage.py check --deploy --fail-level WARNING

format: .venv/installed-dev ## put the code into its style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

messages: .venv/installed-dev ## bring the Vietnamese catalogue up to date with the sources
	@$(BIN)/python -m tests.catalogue

clean: ## remove the environment and all data of the demo
	@rm -rf .venv var
