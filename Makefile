.DEFAULT_GOAL := help
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/pullproof
CLUSTER := $(BIN)/python tests/support/cluster/__main__.py
IMAGE ?= pullproof:dev
.PHONY: help setup demo test lint format unit e2e bench image chart wheel cluster-up cluster-down clean

help:  ## show this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

$(BIN)/.made: pyproject.toml
	@echo "==> making the virtual environment $(VENV) (about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Name another: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "the module venv is missing: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'  # 25.1: --group
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[all]' --group dev
	@touch $@

setup: $(BIN)/.made  ## make the virtual environment with everything in it

demo: setup  ## the main job, shown on a real cluster: a denial, and an explained pull failure (2 minutes once cached)
	@$(BIN)/python tests/support/demo.py

test: lint  ## everything: lint, then unit and e2e tests in one run (20 minutes; the first time longer: it builds the cluster's node image)
	$(BIN)/pytest tests core operator webhook

lint: setup  ## style, layers, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

format: setup  ## put the code into the project's format
	-$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

unit: setup  ## the tests that need no cluster
	$(BIN)/pytest -m "not e2e"

e2e: setup  ## the tests on a real cluster (kind; PULLPROOF_TEST_CLUSTER=existing for yours)
	$(BIN)/pytest -m e2e tests/e2e

bench: setup  ## measure against references in the same run; see docs/performance.md
	$(BIN)/python tests/bench/run.py

image: setup  ## build the container image IMAGE (default pullproof:dev) with Docker or Podman
	deploy/build-image.sh $(IMAGE)

chart: setup  ## lint and package the chart into dist/
	$(BIN)/python tests/support/chart_package.py dist

wheel: setup  ## build the wheel and see that every package is in it
	rm -rf dist && $(BIN)/python -m build --wheel --outdir dist . >/dev/null
	@names=$$($(BIN)/python -m zipfile -l dist/*.whl); \
	for p in pullproof pullproof_program pullproof_operator pullproof_webhook pullproof_guardian; do \
	  case "$$names" in *"$$p/__init__.py"*) ;; *) echo "$$p is not in the wheel"; exit 1;; esac; done; ls dist

cluster-up: setup  ## start a kind cluster for development, with test registries; prints its kubeconfig
	$(CLUSTER) up

cluster-down: setup  ## end it, and whatever a crashed run left
	$(CLUSTER) down

clean: cluster-down  ## remove what was built in this checkout (the cache stays: $(CACHE))
	rm -rf $(VENV) dist .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
