# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# make demo, make test: each makes its own virtual environment in .venv on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test lint types unit check adequacy packages docs dist bench lab lab-matrix lab-matrix-evidence \
	lab-cold-evidence lab-evidence kernel lab-kernel lab-kernel-cold-evidence lab-kernel-mutants lab-kernel-off \
	lab-kernel-selftests clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort

demo: $(VENV)/run ## the main job end to end: real traps to the guest's FAR_EL1
	@$(BIN)/faultinfo demo

test: lint types unit ## what needs nothing but Python, in a few minutes

lint: $(VENV)/dev
	$(BIN)/ruff check
	$(BIN)/faultinfo generate --check

types: $(VENV)/dev
	$(BIN)/mypy

unit: $(VENV)/dev
	$(BIN)/pytest -n $(JOBS) -m "not check"

check: $(VENV)/dev ## what needs compilers and other tools (make packages) or takes longer, then make test
	$(BIN)/pytest -n $(JOBS) -m check
	@$(MAKE) --no-print-directory test

adequacy: $(VENV)/dev ## how well the vectors decide: mutants of Python, C and Rust (gcc, rustc; some minutes)
	@nice $(BIN)/python -m tests.adequacy

packages: ## the Debian packages that check needs: installed where root may, else the line that does it
	@line="apt-get install -y --no-install-recommends $$(sed 's/#.*//' tests/packages.txt | xargs)"; \
	if dpkg -s $$(sed 's/#.*//' tests/packages.txt) >/dev/null 2>&1; then echo 'all packages are there'; \
	elif [ "$$(id -u)" = 0 ]; then apt-get update -q && $$line; \
	else echo "as root: $$line"; exit 1; fi

docs: $(VENV)/docs ## the specification as HTML, every warning an error
	$(BIN)/sphinx-build -q -W --keep-going -b html spec build/docs
	@echo build/docs/index.html

dist: $(VENV)/dev ## what others can pin, of the last commit: wheel, sdist, vectors, headers, crate, sums (needs cargo)
	@$(BIN)/python -m tests.package.dist dist

bench: $(VENV)/dev ## ratios of speed, side by side
	@$(BIN)/faultinfo bench

lab-matrix: $(VENV)/dev ## the lab's tables on every kernel, QEMU and CPU; about ten minutes
	@$(BIN)/faultinfo lab --matrix

lab-matrix-evidence: $(VENV)/dev ## the same with the QEMU that is installed; what it says goes under spec/evidence
	$(BIN)/faultinfo lab --matrix --qemu qemu-system-aarch64 --evidence spec/evidence/lab-matrix.json
	$(BIN)/python -m tests.lab.excerpt

lab-cold-evidence: $(VENV)/dev ## the lab with an empty cache folder; its times go under spec/evidence
	cold=$$(mktemp -d) && $(BIN)/faultinfo lab --cache $$cold && \
	$(BIN)/python -m tests.lab.excerpt $$cold/evidence.json; done=$$?; rm -rf "$$cold"; exit $$done

lab-evidence: $(VENV)/dev ## run the lab; what it says goes under spec/evidence
	$(BIN)/faultinfo lab --evidence spec/evidence/lab.json
	$(BIN)/python -m tests.lab.excerpt

lab: $(VENV)/dev ## the real KVM of a stock kernel in an emulated machine
	@$(BIN)/faultinfo lab

kernel: $(VENV)/dev ## the patch series of spec/patch on the distribution's kernel source, built
	@$(BIN)/python -m tests.kernel build

lab-kernel: $(VENV)/dev ## the same kernel, booted in the lab as the emitter: the whole table; evidence under spec/evidence
	@$(BIN)/python -m tests.kernel lab
	@$(BIN)/python -m tests.kernel.excerpt

lab-kernel-cold-evidence: $(VENV)/dev ## the same with an empty cache folder, and KVM rebuilt; its times go under spec/evidence
	@$(BIN)/python -m tests.kernel cold
	@$(BIN)/python -m tests.kernel.excerpt

lab-kernel-off: $(VENV)/dev ## that kernel with the capability off: every case as on the distribution's own, or which is not
	@$(BIN)/python -m tests.kernel off
	@$(BIN)/python -m tests.kernel.excerpt

lab-kernel-mutants: $(VENV)/dev ## the series with one thing wrong, thirteen times: the rule by which each is caught; ten minutes
	@nice $(BIN)/python -m tests.kernel mutants
	@$(BIN)/python -m tests.kernel.excerpt

lab-kernel-selftests: $(VENV)/dev ## the tree's KVM selftests on its kernel without the series and with it; an hour
	@nice $(BIN)/python -m tests.kernel selftests
	@$(BIN)/python -m tests.kernel.excerpt

clean: ## remove what make made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .cache build dist

# What needs root is one line, which root runs at once.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo 'Python 3.11 or newer is needed; try: make PYTHON=python3.12'; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); \
	if [ "$$(id -u)" = 0 ]; then apt-get update -q && apt-get install -y python3-venv && $(PYTHON) -m venv $(VENV); \
	else echo 'python3-venv is missing; as root: apt-get install -y python3-venv'; exit 1; fi; }

$(VENV)/run: $(BIN)/python pyproject.toml
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[ui]'
	@touch $@

$(VENV)/dev: $(BIN)/python pyproject.toml
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]'
	@touch $@

$(VENV)/docs: $(BIN)/python pyproject.toml
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[docs]'
	@touch $@
