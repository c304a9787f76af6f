# One word per task. Each sets up what it needs in .venv, once; `make help` lists them.
PYTHON ?= python3

JOBS ?= 2

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check --no-input

# A stamp is newer than pyproject.toml as long as what it stands for is installed.
DEMO := $(VENV)/.installed-demo
DEV := $(VENV)/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help demo test lint types bench bench-compile bench-transforms bench-eager bench-small clean

help:  ## what can be made
	@sed -n 's/^\([a-z][a-z -]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F '\t' '{ printf "  make %-12s %s\n", $$1, $$2 }'

demo: $(DEMO)  ## run the two examples: the basics, and a network that reads digits
	@echo '$$ wengert run examples/basics.py'
	@$(BIN)/wengert run examples/basics.py
	@echo
	@echo '$$ wengert run examples/digits.py'
	@$(BIN)/wengert run examples/digits.py
	@echo
	@echo 'Both are ordinary PyTorch scripts; PyTorch is not installed here. Where to go next:'
	@echo '  $(BIN)/wengert run YOUR_SCRIPT.py    your own script, unchanged'
	@echo '  README.md                       derivatives of any order, batching and the compiler in one screen'
	@echo '  make test                       the laws that every operation has to keep'

test: $(DEV)  ## run all tests, in two processes (JOBS=0: in one, which a debugger can stop in)
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

lint: $(DEV)  ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(DEV)  ## mypy, strict, on the package
	@$(BIN)/mypy

bench: $(DEV)  ## measure against NumPy, PyTorch and JAX (PEERS_PYTHON=python-that-has-them, ARGS=--write-readme); also bench-eager, -small, -transforms, -compile
	@PYTHONPATH=src "$${PEERS_PYTHON:-$(BIN)/python}" -m benchmarks $(ARGS)

bench-eager bench-small bench-transforms bench-compile: $(DEV)
	@PYTHONPATH=src "$${PEERS_PYTHON:-$(BIN)/python}" -m benchmarks.suites $(@:bench-%=%) $(ARGS)

clean:  ## remove everything that was made
	rm -rf $(VENV) .venv-packages .venv-peers build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "wengert needs Python 3.11 or newer, and '$(PYTHON)' is $$($(PYTHON) --version 2>/dev/null || echo missing)." >&2; \
	  echo "Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "'$(PYTHON) -m venv' failed. Try: apt-get install python3-venv" >&2; exit 1; }

$(DEMO): pyproject.toml | $(BIN)/python
	@echo 'Setting up $(VENV) for the examples; this happens once.'
	@$(PIP) install --editable '.[examples,compile]'
	@touch $@

$(DEV): pyproject.toml | $(BIN)/python
	@echo 'Setting up $(VENV) with what the tests need; this happens once.'
	@$(PIP) install --editable '.[dev]'
	@touch $@ $(DEMO)
