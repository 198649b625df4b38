# Two commands: `make demo` and `make test`. `make help` shows the others.

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
BIN := .venv/bin
RUNTIME := $(BIN)/python -m mes.runtime
TESTS ?=

.DEFAULT_GOAL := help
.PHONY: help demo demo-fresh services test truth chaos chaos-erp fuzz check lint format types contracts migrations kernels bench bench-erp bench-planning backup restore \
	messages lock browser tidy vendor

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.product ## Run the demo plant until Ctrl-C; goes on with the data of last time
	@$(RUNTIME) demo

demo-fresh: .venv/.product ## The same from nothing, data is deleted first (DAYS=14 of history, DIRTY=1 spoils signals)
	@MES_DEMO_DAYS=$(DAYS) MES_DEMO_DIRTY=$(DIRTY) $(RUNTIME) demo --fresh

services: .venv/.product ## Only the demo's database, broker and MQTT broker, for work by hand
	@$(RUNTIME) services

test: .venv/.tools browser ## All tests, in browsers too; one of them: make test TESTS=tests/orders
	@$(RUNTIME) test-db -- $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not bench" --durations 20 --durations-min 5 --junitxml var/tests.xml $(TESTS)

check: lint format types contracts migrations kernels ## What must pass before a change is offered
	@$(MAKE) --no-print-directory test

lint: .venv/.tools ## Ruff's rules
	@$(BIN)/ruff check .

format: .venv/.tools ## Ruff's format, checked only (make tidy changes files)
	@$(BIN)/ruff format --check .

tidy: .venv/.tools ## Put files into Ruff's format and mend what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: .venv/.tools ## mypy with Django's plug-in
	@$(BIN)/mypy

contracts: .venv/.tools ## Who may import whom
	@$(BIN)/lint-imports

migrations: .venv/.tools ## Models and migrations agree
	@$(RUNTIME) test-db -- env DJANGO_SETTINGS_MODULE=mes.settings.test $(BIN)/python manage.py makemigrations --check --dry-run

kernels: .venv/.tools ## Compile what plans and dates are computed with; tests would wait for it one by one
	@DJANGO_SETTINGS_MODULE=mes.settings.test $(BIN)/python manage.py compile_planning

bench: .venv/.tools ## Measure against a reference; prints a table, judges nothing. PARTS="create report" chooses
	@$(RUNTIME) test-db -- $(BIN)/python -m tests.bench $(PARTS)

truth: .venv/.product ## How far from the truth: the running demo plant, and labelled recordings if they are there
	@$(BIN)/python -m mes.runtime.truth

chaos: .venv/.product ## A day of spoilt signals, killed processes and a crashing database (HOURS=24); then chaos-erp
	@$(BIN)/python -m mes.runtime.simulator.chaos $(HOURS)
	@$(MAKE) --no-print-directory chaos-erp

chaos-erp: .venv/.product ## 100,000 messages of the ERP link (MESSAGES=) while all is killed at random; both books compared
	@$(BIN)/python -m mes.runtime.erp_chaos $(MESSAGES)

bench-erp: .venv/.tools ## The ERP link's figures: order on the terminal, confirmation at the ERP, imports, a real ERP beside
	@$(RUNTIME) test-db -- $(BIN)/python -m tests.bench import items link

fuzz: .venv/.tools ## Feed every format reader with spoilt bytes for MINUTES=10 each (READERS="csv idoc" chooses)
	@$(BIN)/python -m tests.fuzz $(or $(MINUTES),10) $(READERS)

bench-planning: .venv/.tools ## Plans beside baselines and best known ones; judges nothing. PARTS="s3-5000 jsp" SECONDS=10,60 SEEDS=1,2 RESUME=1
	@$(RUNTIME) test-db -- $(BIN)/python -m tests.bench.planning $(PARTS) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEEDS),--seeds $(SEEDS)) $(if $(RESUME),--resume)

backup: .venv/.product ## Write the database to var/backup/, or to FILE=
	@$(RUNTIME) backup $(FILE)

restore: .venv/.product ## Read FILE= into an empty database and check it
	@test -n "$(FILE)" || { echo "Say which file: make restore FILE=var/backup/mes-….dump"; exit 1; }
	@$(RUNTIME) restore $(FILE)

vendor: ## Copy the browser libraries that package.json pins (needs npm)
	@.ci/vendor

messages: .venv/.tools ## Collect and compile translations (needs gettext)
	@command -v msgfmt >/dev/null || { echo "gettext is missing: apt-get install gettext"; exit 1; }
	@DJANGO_SETTINGS_MODULE=mes.settings.test $(BIN)/python manage.py makemessages --all --no-obsolete \
		--ignore .venv --ignore var --ignore tests
	@DJANGO_SETTINGS_MODULE=mes.settings.test $(BIN)/python manage.py compilemessages --ignore .venv

lock: .venv/.tools ## Resolve dependencies anew into requirements/
	@$(BIN)/python requirements/compile.py

# --- What the targets stand on

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer is needed and $(PYTHON) is not: install it, or name it: make demo PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) can't make virtual environments: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/.product: requirements/lock.txt | .venv/bin/python
	@echo "Installing what requirements/lock.txt lists (once)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/.tools: requirements/dev.lock | .venv/bin/python
	@echo "Installing what requirements/dev.lock lists (once)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

browser: .venv/.tools
	@$(BIN)/python -m tests.support.browser
