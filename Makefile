# archcalc: `make demo` shows it, `make test` proves it. Either sets up .venv first, once.

PYTHON ?= python3
BIN := .venv/bin
GENERATED := generated

.DEFAULT_GOAL := help
.PHONY: help demo test lint types imports tests deep bench gpu docs zoo dist clean

help:  ## what there is
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*## /	/' | expand -t 10

# One environment for everything, made again when what it holds changes. The bytecode of an editable
# install is compiled here, as pip does for any other, so that the first `archcalc` starts as fast as the next.
# torchvision is what the bundled networks are held to; its own requirements would bring another torch.
.venv/ready: pyproject.toml constraints.txt
	@echo "== set-up: .venv with archcalc, torch for the CPU and the tools (a few minutes, once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "archcalc needs Python 3.11 or later: make PYTHON=/path/to/python3.11 …"; exit 1; }
	@$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e ".[dev]"
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps torchvision==0.28.0
	@$(BIN)/python -m compileall -q archcalc
	@touch $@

demo: .venv/ready  ## check AlexNet, write its PyTorch, train two generated networks
	@echo "== 1/5 check: AlexNet against the article it comes from"
	$(BIN)/archcalc check specs/alexnet.yaml
	@echo "== 2/5 generate: PyTorch for AlexNet and LeNet-5"
	$(BIN)/archcalc generate specs/alexnet.yaml --target torch
	$(BIN)/archcalc generate specs/lenet5.yaml --target torch
	@echo "== 3/5 train: the generated LeNet-5 on real digits, to 95 % of those it has not seen"
	$(BIN)/python $(GENERATED)/lenet5/train.py --data digits --threads 1 --expect-accuracy 0.95
	@echo "== 4/5 train: a few steps of the generated AlexNet on the same digits at 227 × 227; its loss must fall"
	$(BIN)/python $(GENERATED)/alexnet/train.py --data digits --batch-size 16 --max-steps 24 --expect-falling-loss
	@echo "== 5/5 done: the code is in $(GENERATED)/, its tests run with $(BIN)/pytest $(GENERATED)/lenet5"

test: lint types imports tests  ## everything that must hold: lint, types, imports, tests

lint: .venv/ready  ## ruff: style and formatting
	@echo "== lint"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .

types: .venv/ready  ## mypy --strict
	@echo "== types"
	@$(BIN)/mypy

imports: .venv/ready  ## import-linter: imports run one way
	@echo "== imports"
	@$(BIN)/lint-imports

# Two processes: each holds torch, and takes seconds to start.
tests: .venv/ready  ## pytest, with coverage
	@echo "== tests"
	@$(BIN)/pytest -n 2 --dist worksteal --cov

deep: .venv/ready  ## the property tests, with a hundred times the examples
	@echo "== deep"
	@ARCHCALC_DEEP=1 $(BIN)/pytest -n 2 --dist worksteal

# What the benchmarks measure beside, which nothing else needs.
.venv/bench: .venv/ready
	@echo "== set-up: what the benchmarks measure beside"
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt -e ".[bench]"
	@touch $@

bench: .venv/bench  ## cold and warm checks, formulas and sweeps, each side by side with what else does it
	@echo "== bench"
	@missed=0; for name in cold_check warm_check laws sweep; do \
	  echo "== $$name"; $(BIN)/python benchmarks/$$name.py || missed=1; done; exit $$missed

gpu: .venv/ready  ## the generated tests of every bundled network and a short training run, on a GPU
	@echo "== gpu"
	@$(BIN)/python benchmarks/gpu.py

docs: .venv/ready  ## the pages that are written from the code
	@echo "== docs"
	@$(BIN)/python docs/write.py

zoo: .venv/ready  ## docs/zoo.md: every bundled network beside torchvision's; goes on where it was interrupted
	@echo "== zoo"
	@nice $(BIN)/python docs/zoo.py

dist: .venv/ready  ## sdist and wheel, in dist/
	@echo "== dist"
	@$(BIN)/python -m build --no-isolation

clean:  ## remove what make made
	rm -rf .venv build dist *.egg-info $(GENERATED) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
