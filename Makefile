# The one door: every target sets up the environment that it needs.
#   make demo      release the first assignment, grade a sample class, show where to look
#   make test      the tests that CI runs          make test-all  with the long ones
#   make lint      style                           make bench     speed, side by side
#   make worked    every worked notebook, executed, with an index page
#   make torch     PyTorch, which a2, a3, a3x and `course style` need besides

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check install -q -c constraints.txt

# A process of the tests may want 2 GB, so there are 4 at most; those of a file stay together.
PARALLEL := -n logical --maxprocesses 4 --dist loadfile

.PHONY: demo test test-all lint format bench worked torch clean
.DELETE_ON_ERROR:

demo: $(VENV)/.base
	$(BIN)/python -m autograder.demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest -q $(PARALLEL) -m "not slow"

test-all: $(VENV)/.dev
	$(BIN)/python -m pytest -q $(PARALLEL)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev
	for script in benchmarks/[a-z]*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

worked: $(VENV)/.dev
	$(BIN)/course worked --to worked --jobs 2

torch: $(VENV)/.torch

clean:
	rm -rf $(VENV) demo worked .pytest_cache .ruff_cache .hypothesis

# The stamps: an environment is made once, and again when what it must hold has changed.
$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) -e .
	touch $@

$(VENV)/.torch: $(VENV)/.base
	$(PIP) -e '.[torch]'
	touch $@

$(VENV)/.dev: $(VENV)/.base
	$(PIP) -e '.[torch,cluster,parquet,postgresql,similar,dev]'
	touch $@
