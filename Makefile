# The one bench of commands; `make help` says what each is for.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PYTHON := .venv/bin/python
QUICK := not postgres and not kafka and not browser

.PHONY: help
help: ## show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## play the 2019 cycle on SQLite and leave the page open (DEMO_SERVE=0: end with a verdict)
	@deploy/setup.sh runtime
	@exec env PYTHONPATH=. $(PYTHON) deploy/demo/play.py

.PHONY: setup
setup: ## make .venv with everything that development needs
	@deploy/setup.sh dev

.PHONY: test
test: setup ## run all tests on real servers, which it installs, starts and stops (ARGS=… for pytest)
	@$(PYTHON) -m deploy.test $(ARGS)

.PHONY: drills
drills: setup ## kill, stop, fill, cut off and damage everything under load (ARGS=… for pytest)
	@$(PYTHON) -m deploy.test tests/drills $(ARGS)

.PHONY: check style types imports browsers quick
check: setup ## lint, types, architecture, unit and contract tests, HTTP on SQLite
	@$(MAKE) -j2 --output-sync=target style types imports browsers quick

style:
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .

types:
	@.venv/bin/mypy

imports:
	@.venv/bin/lint-imports --no-logo

browsers:
	@deploy/browsers/check.sh

quick:
	@$(PYTHON) -m pytest -q tests/unit tests/contract tests/integration/http -m "$(QUICK)"

.PHONY: stack
stack: ## run PostgreSQL, a three-node Kafka and all processes until Ctrl-C
	@deploy/setup.sh runtime
	@$(PYTHON) -m deploy.provision postgres kafka
	@$(PYTHON) -m deploy.stack

.PHONY: bench
bench: setup ## measure each figure beside its floor, three times; writes var/bench.json
	@$(PYTHON) -m deploy.provision postgres
	@$(PYTHON) -m tests.benchmarks

.PHONY: words
words: setup ## bring the English catalogue of the pages up to date, and name what waits for English
	@$(PYTHON) -m deploy.words

.PHONY: counts
counts: setup ## write anew how the pages count, and what LibreOffice, if installed, counts otherwise
	@$(PYTHON) -m deploy.counts

.PHONY: mutants
mutants: setup ## make 300 small faults in the core, and name those no test notices (ARGS="--seed 7 --n 20")
	@$(PYTHON) -m tests.mutants $(ARGS)

.PHONY: lock licences
lock: ## write both lock files anew from pyproject.toml
	@deploy/lock.sh

licences: setup ## write docs/licences.md from what is installed
	@$(PYTHON) -m deploy.licences > docs/licences.md
