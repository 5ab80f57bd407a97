# Development commands. Everything stays in this folder: environment, caches, data of servers.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3.11
BIN := .venv/bin
STAMP := .venv/.fresh
PORT ?= 5000

export PREFECT_HOME := $(CURDIR)/.cache/prefect
export MPLCONFIGDIR := $(CURDIR)/.cache/matplotlib
export XDG_CACHE_HOME := $(CURDIR)/.cache
export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup pretrain setup-bench setup-services run week test coverage test-integration test-faults test-browser check format board ui serve clean

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 18

setup: $(STAMP) ## make the virtual environment, with all packages at pinned versions (PYTHON=python3.11)

$(STAMP): pyproject.toml constraints.txt
	@.ci/python "$(PYTHON)"
	"$(PYTHON)" -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

setup-services: ## install PostgreSQL and Chromium for the slower tests (Debian, as root)
	@.ci/services

setup-bench: setup ## install what benchmarks compare with and read, and what the recipes arima, ets and theta need
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,bench]'

pretrain: setup ## train the shipped networks again on simulated markets: ten minutes of one core (QUICK=--quick: one)
	@$(BIN)/python -m morrow.pretraining $(QUICK)

run: setup ## run one night over both shipped universes: ingest, train, judge, promote, export
	@$(BIN)/python -m flows.nightly

week: setup ## play the last ten sessions, one night at a time, in the folder week
	@test -f week/morrow.toml || $(BIN)/morrow init week
	@$(BIN)/morrow replay --last 10 --config week/morrow.toml

test: setup ## run the tests and the examples in docstrings
	@$(BIN)/python -m pytest -n 2 --dist loadfile

coverage: setup ## the same, and at least 90 % of branches covered; tracing takes half as long again
	@$(BIN)/python -m pytest --cov --cov-report=term -n 2 --dist loadfile

test-integration: setup ## run slower tests: flows and a schedule under a real Prefect server, whole nights, a real PostgreSQL
	@$(BIN)/python -m pytest -n 2 --dist loadfile tests/integration

test-faults: setup ## run tests with generated and damaged files, misbehaving servers and kills
	@$(BIN)/python -m pytest -n 2 --dist loadfile tests/faults

test-browser: setup ## test pages in a real Chromium, in light and dark, and on a phone
	@$(BIN)/python -m pytest tests/browser

check: setup ## run all static checks
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

board: setup ## write the pages that people open in the morning to board/, from the tables alone
	@$(BIN)/morrow board

ui: setup ## show MLflow on loopback, to compare runs (PORT=5000)
	@$(BIN)/morrow ui --port $(PORT)

serve: setup ## run a Prefect server and the schedules, on loopback
	@$(BIN)/python -m flows.serve

clean: ## remove everything that can be rebuilt, but not data, runs or exports
	rm -rf .venv .cache week .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
