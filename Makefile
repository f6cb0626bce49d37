# Set-up, demo and tests. Needs Python 3.11 and pip; everything else is installed into .venv.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test test-fast setup lint types clean

demo: $(READY)
	$(BIN)/keyfill run configs/quick.yaml --out out/quick

test: $(READY) lint types
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-fast: $(READY) lint
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not slow"

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/python -m mypy

setup: $(READY)

$(READY): pyproject.toml constraints.txt tools/system-packages
	sh tools/system-packages
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade-strategy only-if-needed -c constraints.txt --config-settings editable_mode=compat -e ".[farm,test]"
	$(BIN)/python -m scenes.body.body_model
	touch $@

clean:
	rm -rf $(VENV) out
