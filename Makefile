# All that a user or a developer starts from the shell. `make` alone says what there is.

PYTHON ?= python3
OLDEST ?= python3.11
CORES ?= all
VENV := .venv/bin/python
PEER := .venv-peer/bin/python
INSTALL := -m pip install --quiet --quiet --disable-pip-version-check --no-compile --no-deps

.PHONY: help env demo test cluster-test parity lint format docs dag bench lock peer clean
.DELETE_ON_ERROR:

help:  ## Say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

env: .venv/ready  ## Make the environment .venv

demo: env  ## Simulate exposures, calibrate them and show the products
	$(VENV) -m snakewebb.demo demo
	$(VENV) -m snakemake --cores $(CORES) --configfile demo/config.yaml
	$(VENV) -m snakewebb summary demo/results

test: lint  ## Check style and types and run the tests
	$(VENV) -m pytest -n auto -m "not cluster and not parity"

cluster-test: env  ## Run exposures through Slurm on this machine, which is installed if it may be
	@tests/cluster/install
	$(VENV) -m pytest -m cluster tests/cluster

parity: env peer  ## Compare every product with that of jwst
	$(VENV) -m pytest -m parity tests/parity

lint: env  ## Check style, docstrings and types, and change nothing
	$(VENV) -m ruff check
	$(VENV) -m ruff format --check
	$(VENV) -m snakefmt --check Snakefile rules
	$(VENV) -m numpydoc lint snakewebb/kernels/*.py
	$(VENV) -m mypy

format: env  ## Bring all files into the style of the project
	$(VENV) -m ruff check --fix
	$(VENV) -m ruff format
	$(VENV) -m snakefmt Snakefile rules

docs: env  ## Write anew what is generated from the declarations
	$(VENV) -m snakewebb docs

dag: env  ## Draw the rules of the workflow anew, by dot of graphviz
	$(VENV) docs/pictures/dag.py

bench: env peer  ## Measure time and memory beside jwst
	$(VENV) -m benchmarks

lock:  ## Look for new versions of all packages and pin them
	$(OLDEST) envs/lock.py

peer: .venv-peer/ready .venv-peer-2.0.1/ready  ## Make .venv-peer, the environment of jwst, and that of its trap model

clean:  ## Remove all environments and all that the demo and the tests made
	rm -rf .venv .venv-peer .venv-peer-2.0.1 .snakemake .pytest_cache .ruff_cache .mypy_cache demo parity

.venv/ready: .venv/installed pyproject.toml
	@$(VENV) $(INSTALL) --no-build-isolation --editable .
	@touch $@

.venv/installed: envs/lock.txt
	$(call environment,.venv,$<)

.venv-peer/ready: envs/peer.txt
	$(call environment,.venv-peer,$<)

.venv-peer-2.0.1/ready: envs/peer-2.0.1.txt
	$(call environment,.venv-peer-2.0.1,$<)

# $(call environment,folder,lock file): a new environment that holds just what is locked.
define environment
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
    "snakewebb needs Python 3.11 or newer; name one: make PYTHON=python3.11")'
@echo 'Making $(1), about a minute ...'
@$(PYTHON) -m venv --clear $(1)
@$(1)/bin/python $(INSTALL) --requirement $(2)
@# some packages hold files of tests that no Python compiles
@$(1)/bin/python -m compileall -q -j 0 $(1)/lib >/dev/null 2>&1 || true
@touch $@
endef
