# One command each. Everything lives in .venv and var; nothing else on the machine is touched.
.DEFAULT_GOAL := help
.PHONY: help run test style quick hunt check bench schema pins upgrade audit sbom clean
PYTHON ?= python3
BIN := .venv/bin
OF ?= .venv

help:  ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 10

run: .venv/installed .env  ## start instabot with the sandbox on this machine (PORT=9000 for another port)
	@$(BIN)/python -m sandbox

test: .venv/installed  ## run every test, on SQLite and on PostgreSQL with Redis
	TEST_DATABASE=sqlite $(BIN)/python -m pytest
	TEST_DATABASE=postgresql $(BIN)/python -m pytest -m "not no_database and not once"

style: .venv/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint --check --lint .
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml .
	$(BIN)/mypy .

quick: style  ## check style and types, and run the tests that need no server: under two minutes
	TEST_DATABASE=sqlite $(BIN)/python -m pytest -m "not slow"

hunt: .venv/installed  ## look for inputs that break a property, with new ones each time: five minutes
	TEST_DATABASE=sqlite $(BIN)/python -m pytest -m "not slow" --hypothesis-profile hunt \
		$$(grep -rl "^from hypothesis\|^import hypothesis" tests --include="test_*.py")

check: style  ## check style, types, migrations and deploy settings, then run every test
	$(BIN)/python -m tests.environment manage.py makemigrations --check --dry-run
	$(BIN)/python -m tests.environment --production manage.py check --deploy --fail-level WARNING
	$(MAKE) test

bench: .venv/installed  ## measure how fast it is: see bench/README.md
	$(BIN)/python -m bench

schema: .venv/installed  ## write api/openapi.yaml, the API's description, from the code
	$(BIN)/python -m tests.environment manage.py spectacular --urlconf api.urls \
		--validate --fail-on-warn --file api/openapi.yaml

PIN := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --generate-hashes
pins: .venv/installed  ## pin what is new in requirements*.in, with the hashes of all its files
	$(PIN) $(UPGRADE) requirements.in -o requirements.txt
	$(PIN) $(UPGRADE) requirements-dev.in -o requirements-dev.txt

upgrade: UPGRADE = --upgrade
upgrade: pins  ## pin the newest versions of everything

audit: .venv/installed  ## ask whether anything installed has a known weakness
	@$(BIN)/python -m tests.advisories

sbom: .venv/installed  ## write var/sbom.json: what is installed, as CycloneDX (OF=FOLDER for another environment)
	@mkdir -p var
	@$(BIN)/cyclonedx-py environment --output-reproducible --output-file var/sbom.new.json $(OF)
	@mv var/sbom.new.json var/sbom.json
	@echo "var/sbom.json"

clean:  ## delete the virtual environment (the database under var/ stays)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache

.venv/installed: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "instabot needs Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements-dev.txt
	@touch $@

.env: | .venv/installed
	@$(BIN)/python -m sandbox.dotenv
