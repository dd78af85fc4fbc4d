# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# make demo, make test: each makes its own virtual environment in .venv on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test lint types unit bench clean

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort

demo: $(VENV)/run ## the main job end to end: real traps to the guest's FAR_EL1
	@$(BIN)/faultinfo demo

test: lint types unit ## everything that must pass, in a few minutes

lint: $(VENV)/dev
	$(BIN)/ruff check

types: $(VENV)/dev
	$(BIN)/mypy

unit: $(VENV)/dev
	$(BIN)/pytest -n $(JOBS)

bench: $(VENV)/dev ## ratios of speed, side by side
	$(BIN)/faultinfo bench

clean: ## remove what make made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or newer is needed; try: make PYTHON=python3.12'; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo 'python3-venv is missing; run: apt-get install python3-venv'; rm -rf $(VENV); exit 1; }

$(VENV)/run: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[ui]'
	@touch $@

$(VENV)/dev: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]'
	@touch $@
