# demo, test, bench, docs. Everything is installed into .venv from pinned lists with hashes; only Python, git and make are needed.
PYTHON ?= python3
VENV   := .venv
RUN    := $(VENV)/bin/python
PIP    := $(RUN) -m pip install --quiet --disable-pip-version-check

.PHONY: demo test prove snapshots bench docs picture tables themes claims commands threshold grid calibration validation body-validation lock clean
.DEFAULT_GOAL := demo

demo: $(VENV)/ready
	$(VENV)/bin/epsom demo

test: $(VENV)/ready-dev
	$(VENV)/bin/ruff check src tests benchmarks docs
	$(RUN) -m pytest -n auto --maxprocesses 4 --dist loadfile $(TESTS)

prove: $(VENV)/ready-dev
	$(RUN) -m pytest -n auto --maxprocesses 4 --dist loadfile -m long

snapshots: $(VENV)/ready-dev
	EPSOM_SNAPSHOTS=renew $(RUN) -m pytest tests/faces/test_snapshots.py tests/faces/test_stored_run.py -k "text or json or body or snapshot"
	git --no-pager diff --stat -- tests/faces/snapshots

bench: $(VENV)/ready-dev
	$(RUN) benchmarks/run.py
	$(RUN) benchmarks/solvers.py
	$(RUN) benchmarks/bodies.py

docs: $(VENV)/ready-docs
	$(RUN) -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

picture: $(VENV)/ready
	$(RUN) docs/picture.py

commands: $(VENV)/ready
	$(RUN) docs/commands.py

tables: $(VENV)/ready
	$(RUN) docs/tables.py

themes: $(VENV)/ready
	$(RUN) docs/theme_tables.py

claims: $(VENV)/ready
	$(RUN) docs/claims_tried.py

threshold: $(VENV)/ready
	$(RUN) docs/threshold_per_volt.py

calibration: $(VENV)/ready
	$(RUN) docs/calibration.py

grid: $(VENV)/ready
	$(RUN) docs/numerical_error.py

validation: $(VENV)/ready
	rm -rf docs/_validation
	$(VENV)/bin/epsom validate --pages docs/_validation
	$(RUN) docs/validation_tables.py docs/_validation/validation.json

body-validation: $(VENV)/ready
	rm -rf docs/_body_validation
	$(VENV)/bin/epsom body validate --pages docs/_body_validation
	$(RUN) docs/body_validation_tables.py docs/_body_validation/validation.json
	$(RUN) docs/exchange.py

$(VENV)/ready: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "epsom needs Python 3.11 or later as '$(PYTHON)'. Install it (Debian: apt install python3 python3-venv),"; \
	  echo "or name another one: make demo PYTHON=/path/to/python3.12"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "This Python lacks venv. Debian and Ubuntu keep it apart: apt install python3-venv, then run make again."; exit 2; }
	@echo "Installing into $(VENV) (a minute or two, once)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/ready-dev: $(VENV)/ready requirements-dev.lock
	@echo "Installing what tests need"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/ready-docs: $(VENV)/ready requirements-docs.lock
	@echo "Installing what the docs need"
	@$(PIP) --require-hashes -r requirements-docs.lock
	@touch $@

LOCK := uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate pyproject.toml requirements-build.in
lock:
	$(LOCK) -o requirements.lock
	$(LOCK) --extra dev -c requirements.lock -o requirements-dev.lock
	$(LOCK) --extra docs -c requirements.lock -c requirements-dev.lock -o requirements-docs.lock

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache docs/_build docs/_generated docs/_validation docs/_body_validation
