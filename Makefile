# deepvis: `make demo` to see it work, `make test` to check it. `make help` lists the rest.
#
# Everything happens inside .venv, .venv-bench, .venv-opencv4 and build/; `make clean` removes what was built,
# `make distclean` the environments too.

PYTHON ?= python3
JOBS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -gt 8 ] && n=8; echo $$n)
BIN := .venv/bin
PYTEST_FLAGS ?=
FUZZ_SECONDS ?= 60
FIGURES_FLAGS ?= --quick

export PYTHON
export CMAKE_BUILD_PARALLEL_LEVEL := $(JOBS)

INSTALL_INPUTS := pyproject.toml CMakeLists.txt scripts/venv.sh scripts/system_packages.sh
CXX_FILES = $(shell git ls-files 'native/*.cpp' 'native/*.hpp' 'tests/*.cpp' 'tests/*.hpp')

.DEFAULT_GOAL := help
.PHONY: help demo pictures figures test lint types tidy format wheel asan fuzz windows bench venv clean distclean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

.venv/.installed-demo: $(INSTALL_INPUTS)
	@scripts/system_packages.sh build
	@scripts/venv.sh samples
	@touch $@

.venv/.installed-figures: $(INSTALL_INPUTS)
	@scripts/system_packages.sh build
	@scripts/venv.sh samples,figures
	@touch .venv/.installed-demo $@

.venv/.installed-test: $(INSTALL_INPUTS)
	@scripts/system_packages.sh test
	@scripts/venv.sh samples,test,figures,dev
	@touch .venv/.installed-demo .venv/.installed-figures $@

venv: .venv/.installed-test  ## the development environment, in .venv

demo: .venv/.installed-demo  ## install, then show what the built-in net sees in sample pictures
	@$(BIN)/deepvis demo

pictures: .venv/.installed-demo  ## draw docs/viewer/*.jpg and docs/ascent/*.jpg anew
	@$(BIN)/python scripts/viewer_pictures.py
	@$(BIN)/python scripts/regulariser_pictures.py

figures: .venv/.installed-figures  ## draw the paper's figures for the built-in net into out/figures (FIGURES_FLAGS= for full length)
	@$(BIN)/deepvis figure all --out out/figures --cache build/figures $(FIGURES_FLAGS)

test: lint  ## install, then lint, types and all tests
	@$(BIN)/python -m pytest $(PYTEST_FLAGS)

lint: .venv/.installed-test types tidy  ## style, types, import rules, C++ checks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check -q .
	@$(if $(CXX_FILES),$(BIN)/clang-format --dry-run -Werror $(CXX_FILES))
	@$(BIN)/lint-imports --no-cache --no-logo

types: .venv/.installed-test  ## mypy, strict
	@$(BIN)/mypy

tidy: .venv/.installed-test  ## clang-tidy over the C++ sources that changed since they were last clean
	@$(BIN)/cmake --preset dev >/dev/null
	@$(BIN)/python scripts/tidy.py --build build/dev --jobs $(JOBS)

format: .venv/.installed-test  ## rewrite the sources in the house style
	$(BIN)/ruff check --fix -q .
	$(BIN)/ruff format .
	$(if $(CXX_FILES),$(BIN)/clang-format -i $(CXX_FILES))

wheel: .venv/.installed-test  ## build the wheel and the source archive into dist/, and try them in a clean environment
	$(BIN)/python scripts/check_distribution.py

asan: .venv/.installed-test  ## run the engine's tests under the address and undefined-behaviour sanitizers
	scripts/sanitize.sh

fuzz: .venv/.installed-test  ## run every fuzz target for a minute (FUZZ_SECONDS=60; needs clang)
	PATH="$(CURDIR)/$(BIN):$$PATH" tests/fuzz/run.sh $(FUZZ_SECONDS)

windows: .venv/.installed-test  ## the window's tests on opencv-python 4 and 5, the former in .venv-opencv4
	@scripts/check_windows.sh $(PYTEST_FLAGS)

bench:  ## time the nets against OpenCV, PyTorch and ONNX Runtime, in .venv-bench (BENCH_RESULTS=FILE keeps the text)
	@scripts/system_packages.sh build
	@scripts/venv.sh samples,bench .venv-bench
	@scripts/bench.sh

clean:  ## remove what was built
	rm -rf build dist out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .venv/.installed-*

distclean: clean  ## remove the environments too
	rm -rf .venv .venv-bench .venv-opencv4
