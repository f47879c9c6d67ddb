# archcalc: `make demo` shows it, `make test` proves it. Either sets up .venv first, once.

PYTHON ?= python3
BIN := .venv/bin
GENERATED := generated
DEMO_RUNS := $(GENERATED)/lenet5/runs/demo
DEMO_TEXT := $(GENERATED)/gpt2_bytes/runs/demo
INSTALL := python -m pip install --disable-pip-version-check
TEX := texlive-latex-recommended texlive-latex-extra
LOWEST := .venv-lowest/constraints.txt
NEEDS_311 = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
  || { echo "archcalc needs Python 3.11 or later: make PYTHON=/path/to/python3.11 …"; exit 1; }

.DEFAULT_GOAL := help
.PHONY: help demo test lint types imports tests coverage test-lowest deep bench limits networks prove mutants model-mutants
.PHONY: gpu docs zoo pictures look lock dist clean

help:  ## what there is
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /	/' | expand -t 14

# One environment for everything, made again when what it holds changes. constraints.txt has the version of all of it:
# pip and setuptools come first, so that they, too, are those which it names. The bytecode of an editable
# install is compiled here, as pip does for any other, so that the first `archcalc` starts as fast as the next.
# torchvision is what the bundled networks are held to; its own requirements would bring another torch.
.venv/ready: pyproject.toml constraints.txt
	@echo "== set-up: .venv with archcalc, torch for the CPU and the tools (a few minutes, once)"
	@$(NEEDS_311)
	@$(PYTHON) -m venv .venv
	$(BIN)/$(INSTALL) -c constraints.txt pip setuptools
	$(BIN)/$(INSTALL) -c constraints.txt --no-build-isolation -e ".[dev]"
	$(BIN)/$(INSTALL) -c constraints.txt --no-deps torchvision
	@$(BIN)/python -m compileall -q archcalc
	@touch $@

# The same with the lowest versions that pyproject.toml states, and without the import-linter, which no test needs.
.venv-lowest/ready: pyproject.toml constraints.txt .ci/pins.py
	@echo "== set-up: .venv-lowest with the lowest versions that are promised"
	@$(NEEDS_311)
	@$(PYTHON) -m venv --clear .venv-lowest
	@$(PYTHON) .ci/pins.py lowest >$(LOWEST)
	.venv-lowest/bin/$(INSTALL) -c $(LOWEST) pip setuptools
	.venv-lowest/bin/$(INSTALL) -c $(LOWEST) --no-build-isolation -e ".[test]"
	.venv-lowest/bin/$(INSTALL) -c $(LOWEST) --no-deps torchvision
	@touch $@

demo: .venv/ready  ## check AlexNet, write its PyTorch, train three generated networks
	@echo "== 1/6 check: AlexNet against the article it comes from"
	$(BIN)/archcalc check specs/alexnet.yaml
	@echo "== 2/6 generate: PyTorch for AlexNet and LeNet-5"
	$(BIN)/archcalc generate specs/alexnet.yaml --target torch
	$(BIN)/archcalc generate specs/lenet5.yaml --target torch
	@echo "== 3/6 train: the generated LeNet-5 on real digits, stopped within an epoch; on to 97 % of those it has not seen"
	@rm -rf $(DEMO_RUNS) $(DEMO_TEXT)
	$(BIN)/python $(GENERATED)/lenet5/train.py --data digits --threads 1 --folder $(DEMO_RUNS)/stopped --max-steps 100
	$(BIN)/python $(GENERATED)/lenet5/train.py --folder $(DEMO_RUNS)/stopped --resume --expect-accuracy 0.97
	$(BIN)/python $(GENERATED)/lenet5/train.py --data digits --threads 1 --folder $(DEMO_RUNS)/whole
	@$(BIN)/python .ci/same_run.py $(DEMO_RUNS)/stopped $(DEMO_RUNS)/whole
	@echo "== 4/6 train: a few steps of the generated AlexNet on the same digits at 227 × 227; its loss must fall"
	@# Its checkpoint has 750 MB.
	kept=$$(mktemp -d) && trap 'rm -r "$$kept"' EXIT && $(BIN)/python $(GENERATED)/alexnet/train.py \
	  --data digits --batch-size 16 --max-steps 24 --expect-falling-loss --folder "$$kept/run"
	@echo "== 5/6 train: the generated GPT-2 of 0.8 million parameters on the documentation of Python, byte by byte"
	@# No network that sees no context can be below the entropy of unigrams.
	$(BIN)/archcalc generate specs/gpt2.yaml --preset gpt2_bytes --target torch
	$(BIN)/python $(GENERATED)/gpt2_bytes/train.py --data text --threads 1 --epochs 1 --folder $(DEMO_TEXT) --expect-gain 0.5
	@echo "== 6/6 done: the code is in $(GENERATED)/, its tests run with $(BIN)/pytest $(GENERATED)/lenet5"

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
tests: .venv/ready  ## pytest
	@echo "== tests"
	@$(BIN)/pytest -n 2 --dist worksteal

# By itself: on Python 3.11 to follow every line takes four times as long as to run it.
coverage: .venv/ready  ## pytest, with the lines and branches that it reaches; at least 95 %
	@echo "== coverage"
	@$(BIN)/pytest -n 2 --dist worksteal --cov

test-lowest: .venv-lowest/ready  ## pytest, with the lowest versions that pyproject.toml states
	@echo "== test-lowest"
	@ARCHCALC_CONSTRAINTS=$(LOWEST) .venv-lowest/bin/pytest -n 2 --dist worksteal

deep: .venv/ready  ## the tests, with 10,000 examples a property and every network
	@echo "== deep"
	@ARCHCALC_DEEP=1 $(BIN)/pytest -n 2 --dist worksteal

# What the benchmarks measure beside, which nothing else needs.
.venv/bench: .venv/ready
	@echo "== set-up: what the benchmarks measure beside"
	$(BIN)/$(INSTALL) --quiet -c constraints.txt --no-build-isolation -e ".[bench]"
	@touch $@

# What a person sees is looked at with: a browser, Graphviz and TeX come from the system, by apt where that is allowed.
.venv/look: .venv/ready
	@echo "== set-up: a browser, Graphviz and TeX"
	@if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && apt-get install -y -qq chromium graphviz fonts-liberation $(TEX) >/dev/null; fi
	@for tool in chromium dot pdflatex; do command -v $$tool >/dev/null || echo "install $$tool: its tests fail or are skipped"; done
	$(BIN)/$(INSTALL) --quiet -c constraints.txt --no-build-isolation -e ".[look]"
	@touch $@

look: .venv/look  ## the page in a browser, what Graphviz reads, tables through TeX; installs what that needs
	@echo "== look"
	@ARCHCALC_LOOK=1 $(BIN)/pytest -n 0 tests/look tests/reports/tables/test_views.py

bench: .venv/bench  ## cold and warm checks, formulas and sweeps, each side by side with what else does it
	@echo "== bench"
	@missed=0; for name in cold_check warm_check laws sweep; do \
	  echo "== $$name"; $(BIN)/python benchmarks/$$name.py || missed=1; done; exit $$missed

limits: .venv/ready  ## what the most expensive specs cost that are accepted, by command: twenty minutes; goes on where interrupted
	@echo "== limits"
	@$(BIN)/python benchmarks/limits.py

networks: .venv/ready  ## ten thousand random specs beside a reader, torch and their code; goes on where interrupted
	@echo "== networks"
	@nice $(BIN)/python benchmarks/random_networks.py --networks 10000 --processes 2

# The parts say what is wrong by their exit status; the page is written in any case.
prove: .venv/ready  ## hostile specs, kills, random networks: docs/proof.md. Half an hour; goes on where interrupted
	@echo "== prove"
	@wrong=0; \
	nice $(BIN)/python -m tests.hostile cases || wrong=1; \
	nice $(BIN)/python -m tests.hostile kills || wrong=1; \
	nice $(BIN)/python benchmarks/random_networks.py --networks 10000 --processes 2 || wrong=1; \
	$(BIN)/python docs/proof.py; exit $$wrong

mutants: .venv/ready  ## 600 one-token changes of the core, drawn: do the tests notice? Goes on where interrupted
	@echo "== mutants"
	@nice -n 19 $(BIN)/python -m tests.mutation --mutants 600
	@$(BIN)/python docs/proof.py

model-mutants: .venv/ready  ## slips in generated models, drawn: do the generated tests notice? Goes on where interrupted
	@echo "== model-mutants"
	@nice $(BIN)/python benchmarks/model_mutants.py

gpu: .venv/ready  ## on a GPU: generated training beside a loop tuned by hand, and the generated tests of every network
	@echo "== gpu"
	@$(BIN)/python benchmarks/gpu_speed.py
	@$(BIN)/python benchmarks/gpu.py

docs: .venv/ready  ## the pages that are written from the code
	@echo "== docs"
	@$(BIN)/python docs/write.py
	@$(BIN)/python docs/index.py
	@$(BIN)/python docs/notebook.py

zoo: .venv/ready  ## docs/zoo.md: every bundled network beside torchvision's; goes on where it was interrupted
	@echo "== zoo"
	@nice $(BIN)/python docs/zoo.py

pictures: .venv/ready  ## docs/pictures: the gallery, by the commands in docs/pictures.md
	@echo "== pictures"
	@$(BIN)/python docs/pictures.py

lock:  ## constraints.txt: the newest versions of everything that make installs
	@echo "== lock"
	@$(NEEDS_311)
	@$(PYTHON) .ci/pins.py lock

dist: .venv/ready  ## sdist and wheel, in dist/
	@echo "== dist"
	@$(BIN)/python -m build --no-isolation

clean:  ## remove what make made
	rm -rf .venv .venv-lowest build dist *.egg-info $(GENERATED) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
