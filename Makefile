# Targets: demo, test, bench, docs. Everything is installed into .venv from requirements.lock (pinned, with hashes).
PYTHON ?= python3
VENV   := .venv
EPSOM  := $(VENV)/bin/epsom

.PHONY: demo test bench docs lock clean
.DEFAULT_GOAL := demo

demo: $(VENV)/ready
	$(EPSOM) demo

test: $(VENV)/ready
	$(VENV)/bin/ruff check src tests benchmarks
	$(VENV)/bin/python -m pytest -n 2 $(TESTS)

bench: $(VENV)/ready
	$(VENV)/bin/python benchmarks/run.py

docs: $(VENV)/ready
	$(VENV)/bin/python docs/build.py

$(VENV)/ready: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "epsom needs Python 3.11 or later as '$(PYTHON)'. Install it (Debian: apt install python3 python3-venv)"; \
	  echo "or name another one: make demo PYTHON=/path/to/python3.12"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "This Python lacks venv. Debian and Ubuntu keep it apart: apt install python3-venv, then run make again."; exit 2; }
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

lock:
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
	  --extra dev pyproject.toml requirements-build.in -o requirements.lock

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache
