# Everything that can be done with the product. Needs Python >= 3.11 and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV ?= uv
POSTGRES_URL := $(if $(TEST_POSTGRES_URL),$(TEST_POSTGRES_URL),postgres://postgres@127.0.0.1:5432/postgres)
# Real processes and browsers run once, on both kinds of services; the rest runs on each database.
SUITE := -m "not live and not browser and not chaos" -n auto --dist loadfile --durations=25

# Real processes and browsers on a busy machine: what fails is walked once more, from a fresh start,
# and stands in the output. Whoever sees that looks for the cause (CONTRIBUTING.md).
WALK = $(BIN)/python -m pytest $(1) || { echo "ONCE MORE: what failed above, from a fresh start."; \
	$(BIN)/python -m pytest $(1) --last-failed --last-failed-no-failures none; }

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.PHONY: help setup run sdk test lint audit types contracts migrations unit unit-postgres live browser \
	pictures contact-sheet bench chaos chaos-small lock messages clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.dev sdk ## Install everything for working on the product
run: $(VENV)/.runtime sdk ## Run the product with its sandbox at http://localhost:8000
	@$(BIN)/python -m invoicebridge.runner

sdk: $(VENV)/.runtime ## Fetch Pipedrive's SDK for our frames, where npm is
	@$(BIN)/python -m invoicebridge.frame_sdk

test: lint audit types contracts migrations unit unit-postgres live chaos-small browser ## Check and test everything
	@echo "All is well."

lint: $(VENV)/.dev ## Look at style, formatting and templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --lint --quiet templates

audit: $(VENV)/.dev ## Ask whether a locked package has a known vulnerability, where that is answered
	$(BIN)/python -m tests.package_audit

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

live: $(VENV)/.dev sdk ## Test the running product, on each kind of services
	$(call WALK,-m "live and not browser and not chaos" -n 2 --dist loadfile)

# A process of its own: Playwright's event loop disturbs Django's checks in later tests.
browser: $(VENV)/.dev sdk ## Walk the pages in a real browser
	$(call WALK,-m browser -n 2 --dist loadfile)

contact-sheet: $(VENV)/.dev sdk ## Walk the pages and keep pictures of them: var/pictures/index.html
	PICTURES=var/pictures $(BIN)/python -m pytest -m browser -n 2 --dist loadfile

chaos-small: $(VENV)/.dev ## Break workers, services and the wire for three minutes
	CHAOS_SIZE=small $(BIN)/python -m pytest -m chaos -n 0

chaos: $(VENV)/.dev ## The same in full, for a quarter of an hour: CHAOS_SEED=… repeats one
	CHAOS_SIZE=full $(BIN)/python -m pytest -m chaos -n 0

pictures: $(VENV)/.dev sdk ## Take the pictures of the README anew, into docs/pictures
	$(BIN)/python -m tests.pictures

bench: $(VENV)/.dev ## Measure the goals of docs/performance.md
	$(BIN)/python -m bench

lock: ## Lock the packages again after a change of requirements*.in
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile --universal --python-version 3.11 \
		--generate-hashes --no-strip-extras --no-emit-index-url --no-emit-find-links \
		--quiet --output-file requirements.txt requirements.in
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile --universal --python-version 3.11 \
		--generate-hashes --no-strip-extras --no-emit-index-url --no-emit-find-links \
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
