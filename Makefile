# You need only Python: each target first installs what else it needs into .venv, or
# into the folder that VENV=... names.

SHELL := /bin/sh
.DEFAULT_GOAL := help
export VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=
ROUNDS ?= 1000
VERSION := $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' incident_bot/__init__.py)
export IMAGE ?= incident-bot:$(VERSION)
ENGINE ?= docker
REVISION := git describe --always --abbrev=40 --exclude '*' --dirty 2>/dev/null

# The first supported Python; PYTHON=... overrides.
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 16))
ifndef PYTHON
PYTHON := $(shell for python in python3 python3.15 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c '$(SUPPORTED)' 2>/dev/null && echo $$python && break; done)
endif

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

run: env ## Try the bot in the browser, with its own Slack workspace, PostgreSQL and Valkey
	@exec $(BIN)/incident-bot dev $(ARGS)

test: env ## Run the tests; ARGS="-k declare -x" is passed to pytest
	@$(BIN)/pytest -n 6 --dist worksteal $(ARGS)

quick: env ## Run the quick tests in a minute: what decides, renders and stores
	@$(BIN)/pytest -n 2 tests $(addprefix --ignore tests/,chaos cli clients commands embedded jobs \
		journeys sandbox store/test_migrations.py test_bench.py test_settings_urls.py web) $(ARGS)

chaos: env ## Test each fault alone, then all at once, in two hours; with ROUNDS=50 in minutes
	@ROUNDS=$(ROUNDS) $(BIN)/pytest -n 3 --timeout 0 --maxschedchunk 1 tests/chaos \
		tests/journeys/test_statuspage_faults.py tests/journeys/test_statuspage_workers.py \
		--ignore tests/chaos/test_combined.py $(ARGS)
	@ROUNDS=$(ROUNDS) $(BIN)/pytest --timeout 0 tests/chaos/test_combined.py $(ARGS)

bench: env ## Measure the bot against its targets, in ten minutes at most; ARGS="--quick"
	@$(BIN)/python -m bench $(ARGS)

bench-growth: env ## Measure the bot with 1,000,000 incidents, in ten minutes and 15 GB; ARGS="--incidents 100000"
	@$(BIN)/python -m bench.growth $(ARGS)

mutants: env ## Put small faults into the code, print those no test notices; ARGS="--only store"
	@$(BIN)/python -m mutants.run $(ARGS)

browser: env ## Run the tests in a browser, Debian's chromium
	@$(BIN)/pytest tests/browser $(ARGS)

pictures: env ## Take the pictures of the documentation anew, with a font that has emoji
	@PICTURES=docs $(BIN)/pytest tests/browser/test_pictures.py tests/browser/test_film.py

check: env lint test ## Run all checks that a change must pass

check-slack: env ## Have Slack judge all messages and forms that the tests render; needs SLACK_BOT_TOKEN
	@$(BIN)/python -m tests.slack_live $(ARGS)

binary: env ## Build dist/incident-bot, the whole bot in one file
	@$(BIN)/python -m binary.build

dist: env ## Make dist/: wheels, source, single file, SBOM, their sums, and the image where an engine runs
	@$(BIN)/python -m binary.dist

sbom: env ## List what the bot is made of, with versions and licences, for a scanner
	@$(BIN)/python -m binary.sbom

image: ## Build the image; IMAGE=registry.example.com/incident-bot:1 is its name and tag
	@command -v $(ENGINE) >/dev/null || \
		{ echo "No $(ENGINE) is on PATH; ENGINE=podman names another engine."; exit 1; }
	@$(ENGINE) build $(ARGS) --tag '$(IMAGE)' --build-arg REVISION="$$($(REVISION))" .

check-deploy: env ## Test each way to deploy that this project ships; installs the tools for it
	@.ci/deploy-tools
	@$(BIN)/pytest -n 2 --dist loadfile tests/deploy $(ARGS)

lint: env ## Check format, style, types and import layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: env ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: env ## Pin the newest dependencies, with hashes
	@$(BIN)/python bootstrap.py --lock

secrets: ## Make what docker-compose.yml needs, once: passwords in secrets/, settings in .env
	@umask 077 && mkdir -p secrets && cd secrets && \
		random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; } && \
		{ test -s metrics_token || random >metrics_token; } && \
		{ test -s postgres_password || random >postgres_password; } && \
		{ test -s database_url || \
			printf 'postgresql://incident_bot:%s@postgres:5432/incident_bot' \
				"$$(cat postgres_password)" >database_url; } && \
		chmod 0444 database_url metrics_token postgres_password
	@test -e .env || (umask 077 && cp .env.example .env)
	@echo "Fill in SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET and SERVICES in .env."

clean: ## Remove the environment, the trial data and all caches
	@if test -L .dev/postgres; then rm -rf -- "$$(readlink .dev/postgres)"; fi
	if test -e '$(VENV)/made-from'; then rm -rf -- '$(VENV)'; fi
	rm -rf .dev build dist *.egg-info .*_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

env:
	@if test -z "$(PYTHON)"; then \
		echo "No Python 3.11 to 3.15 is on PATH; set PYTHON=/path/to/python3."; \
		exit 1; fi
	@$(PYTHON) bootstrap.py

.PHONY: browser pictures help secrets run test quick chaos bench bench-growth mutants check binary dist sbom image check-deploy check-slack lint format lock clean env
