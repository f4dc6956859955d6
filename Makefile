# Two commands: `make demo` and `make test`. Each sets up its own requirements.
# PYTHON=... chooses the Python (3.11 to 3.13), VENV=... the virtual environment's folder.

VENV ?= .venv
# If PYTHON is empty, packaging/environment.sh uses the first suitable Python.
PYTHON ?=
PICTURES ?= tour-pictures
RUN := $(VENV)/bin/python
SUITES ?= unit contract gui e2e
ARGS ?=
RUNS ?= 5
PARTS ?=
LOCK_ARGS ?=
STEPS ?=

export PYTHON
SET_UP := sh packaging/environment.sh $(VENV)
DEV := $(SET_UP) requirements-dev.lock

.DEFAULT_GOAL := help
.PHONY: help demo tour test soak coverage benchmarks lint format wheel installers diagram lock clean

help:
	@echo "make demo    opens the window on the built-in demo service (no account, no network)"
	@echo "make test    runs all tests (SUITES=unit or ARGS='-k name' for some of them)"
	@echo "make soak    runs the long tests: kills, fuzzing, 10,000 jobs (20 minutes on two cores)"
	@echo "make coverage  runs the suites below e2e and says how much of each package they ran"
	@echo "make tour    drives the main job on a virtual screen and saves pictures in $(PICTURES)/"
	@echo "make benchmarks  measures start, gaps, memory, many jobs (RUNS=1, PARTS='start idle')"
	@echo "make lint    checks style, format and types        make format  puts the format right"
	@echo "make wheel   builds and checks dist/*.whl          make lock    renews the lock files"
	@echo "make installers  builds the installers of this system in dist/ and tests them on clean systems"
	@echo "make diagram  draws the packages of CONTRIBUTING.md by their imports"
	@echo "make clean   removes what these commands made"

demo:
	@if [ "$$(uname -s)" = Darwin ] || [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		$(SET_UP) requirements.lock window && exec $(RUN) -m runcomfy_desktop --demo; \
	else \
		echo "There is no display here: taking the tour on a virtual one instead."; \
		$(MAKE) --no-print-directory tour; \
	fi

tour:
	@$(SET_UP) requirements.lock tour
	@ended=0; sh packaging/linux/with-display.sh \
		$(RUN) -m runcomfy_desktop --tour "$(PICTURES)" || ended=$$?; \
	echo "The tour's pictures are in $(abspath $(PICTURES)), its report is tour.json there."; \
	exit $$ended

test:
	@$(DEV) tests
	@$(RUN) tests/run_suites.py $(SUITES) -- $(ARGS)

# The long tests, with longer time limits, and the gui suite on another Python if there is one.
SOAK := --soak --timeout 900 -o faulthandler_timeout=1800
soak:
	@$(DEV) tests
	@failed=0; \
	$(RUN) tests/run_suites.py unit gui e2e -- $(SOAK) $(ARGS) || failed=1; \
	set -- $$(sh packaging/other-python.sh $(RUN)); \
	if [ $$# -eq 2 ]; then \
		$(MAKE) --no-print-directory test PYTHON="$$1" VENV=".venv-$$2" SUITES=gui || failed=1; \
	else \
		echo "There is no other Python 3.11 to 3.13 here: the gui suite is not run on a second one."; \
	fi; \
	exit $$failed

# The suites below e2e, and how much of each package they run. Slower than the tests.
coverage:
	@$(DEV) tests
	@$(RUN) -m coverage erase
	@failed=0; $(RUN) -m coverage run tests/run_suites.py unit contract gui -- $(ARGS) || failed=1; \
	$(RUN) -m coverage combine --quiet && $(RUN) tests/coverage_by_package.py || failed=1; \
	exit $$failed

benchmarks:
	@$(DEV) tour
	@sh packaging/linux/with-display.sh $(RUN) -m tests.benchmarks --runs $(RUNS) $(PARTS)

lint:
	@$(DEV) window
	@failed=0; for check in "ruff check ." "ruff format --check ." mypy; do \
		echo "$$check"; $(RUN) -m $$check || failed=1; \
	done; exit $$failed

format:
	@$(DEV) window
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

diagram:
	@$(DEV) window
	$(RUN) -m tests.package_diagram

# Builds all packages of this system from scratch and tests them on clean systems.
# STEPS=... selects steps: see `python3 packaging/build.py --help`.
installers:
	@$(DEV) tests
	@$(RUN) packaging/build.py $(STEPS)

wheel:
	@$(DEV) window
	rm -rf dist
	$(RUN) -m pip --disable-pip-version-check wheel --quiet --no-deps --wheel-dir dist .
	$(RUN) packaging/check_wheel.py dist

# For maintainers; needs uv. One lock file serves every Python and every system.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(LOCK_ARGS) \
		pyproject.toml --output-file requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(LOCK_ARGS) \
		--extra dev pyproject.toml --output-file requirements-dev.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(LOCK_ARGS) \
		packaging/requirements-build.in --output-file packaging/requirements-build.lock

clean:
	rm -rf .venv .venv-* build dist tour-pictures test-results .mypy_cache .ruff_cache .pytest_cache .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
