# Piepowder: make setup | demo | test | check | bench | lock
.POSIX:
.SUFFIXES:
.PHONY: setup demo test check bench lock clean

PYTHON = python3
BIN = .venv/bin
MANAGE = $(BIN)/python manage.py
STAMP = .venv/.installed

setup: $(STAMP)

$(STAMP): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Piepowder needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 setup"; exit 1; }
	@if command -v uv >/dev/null; then \
	  test -x $(BIN)/python || uv venv --quiet --seed --python $(PYTHON) .venv; \
	  uv pip install --quiet --python $(BIN)/python -r requirements.lock; \
	else \
	  test -x $(BIN)/pip || $(PYTHON) -m venv .venv; \
	  $(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock; \
	fi
	@touch $(STAMP)

demo: setup
	$(MANAGE) demo

test: setup
	@CHROMIUM="$$(.ci/find-chromium)" && export CHROMIUM && PIEPOWDER_ENV=test $(BIN)/python -m pytest -n 2

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MANAGE) makemigrations --check --dry-run
	$(MANAGE) rulebook --check
	$(BIN)/python -W error::DeprecationWarning -W error::PendingDeprecationWarning manage.py check --fail-level WARNING

bench: setup
	$(MANAGE) bench

# After a change of the dependencies in pyproject.toml: install the newest that fit, and write them down.
lock: setup
	$(BIN)/python -m pip install --quiet --upgrade --upgrade-strategy eager ".[demo,dev,s3]"
	{ echo '# Exact versions of everything, all extras included. Renewed by `make lock`.'; \
	  $(BIN)/python -m pip freeze --exclude piepowder; } > requirements.lock.new
	mv requirements.lock.new requirements.lock

clean:
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build piepowder.egg-info
