# Everything that can be done with the product. Needs Python >= 3.11 and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV ?= uv
POSTGRES_URL := $(if $(TEST_POSTGRES_URL),$(TEST_POSTGRES_URL),postgres://postgres@127.0.0.1:5432/postgres)
# Real processes and browsers run once, on both kinds of services; the rest runs on each database.
SUITE := -m "not live and not browser" -n auto --dist loadfile

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.PHONY: help setup run test lint types contracts migrations unit unit-postgres live browser bench \
	lock messages clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.dev ## Install everything for working on the product
run: $(VENV)/.runtime ## Run the product with its sandbox at http://localhost:8000
	@$(BIN)/python -m invoicebridge.runner

test: lint types contracts migrations unit unit-postgres live browser ## Check and test everything
	@echo "All is well."

lint: $(VENV)/.dev ## Look at style, formatting and templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --lint --quiet templates

types: $(VENV)/.dev ## Check types
	$(BIN)/mypy

contracts: $(VENV)/.dev ## Check who imports whom
	$(BIN)/lint-imports

migrations: $(VENV)/.dev ## Check that the migrations are complete
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py makemigrations --check --dry-run

unit: $(VENV)/.dev ## Test on the embedded database
	$(BIN)/python -m pytest $(SUITE)

unit-postgres: $(VENV)/.dev ## Test the apps again on PostgreSQL, where one answers
	@if $(BIN)/python -m tests.needs; then \
		DATABASE_URL=$(POSTGRES_URL) $(BIN)/python -m pytest $(SUITE) \
			invoicebridge connections mappings invoices; \
	else \
		echo "LEFT OUT: the suite on PostgreSQL, because none answered."; \
		test -z "$(CI)"; \
	fi

live: $(VENV)/.dev ## Test the running product, on each kind of services
	$(BIN)/python -m pytest -m "live and not browser"

# A process of its own: Playwright's event loop disturbs Django's checks in later tests.
browser: $(VENV)/.dev ## Walk the pages in a real browser
	$(BIN)/python -m pytest -m browser

bench: $(VENV)/.dev ## Measure the goals of docs/performance.md
	$(BIN)/python -m bench

lock: ## Lock the packages again after a change of requirements*.in
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links \
		--quiet --output-file requirements.txt requirements.in
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links \
		--quiet --output-file requirements-dev.txt requirements-dev.in

messages: $(VENV)/.dev ## Collect the texts to translate, and compile the translations
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py makemessages --locale tr \
		--ignore "sandbox/*" --ignore "tests/*" --no-location --no-wrap --no-obsolete
	$(BIN)/pybabel compile --domain django --directory locale

clean: ## Remove everything that can be made again, the demo's data too
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.runtime: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=python3.11 ..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "On Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@
