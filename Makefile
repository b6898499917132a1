# Everything here works from a bare clone with Python 3.11+ and make: the first run of a target creates .venv
# and installs what that target needs, later runs reuse it.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Extra arguments for the program behind a target: make verify ARGS="--requirements N2,N3"
ARGS   ?=

# Bytecode of the many packages is compiled when it is first imported: most of it never is.
PIP_INSTALL := $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help verify test slow integration services services-stop drill coverage lint bench docs docs-serve pictures design-check constraints clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo '  ARGS="..." goes to the program behind the target; PYTHON=... chooses the interpreter.'

verify: $(VENV)/.installed-sim ## Judge every requirement; reports/verify/report.html shows why
	$(BIN)/bookdelivery verify --report reports/verify $(ARGS)

test: lint ## Lint, types, import rules and the fast test suite
	$(BIN)/python -m pytest -n 2 -m 'not slow and not services' $(ARGS)

slow: $(VENV)/.installed-test ## The test suites that take minutes (processes killed at random)
	$(BIN)/python -m pytest -m 'slow and not services' $(ARGS)

services: ## Install (Debian, as root) and start PostgreSQL, MariaDB, Redis and Kafka, for `make integration`
	$(PYTHON) -m tests.servers start $(ARGS)

services-stop: ## Stop just these; their data stays in .services/
	$(PYTHON) -m tests.servers stop $(ARGS)

integration: $(VENV)/.installed-test ## The tests that need those servers; without one, its tests are skipped
	$(BIN)/python -m pytest -n 2 -m services $(ARGS)

drill: $(VENV)/.installed-test ## Kill services, PostgreSQL and Kafka 60 times under load, on servers of its own
	$(BIN)/python -m tests.servers.drilling $(if $(ARGS),$(ARGS),--kills 60)

coverage: $(VENV)/.installed-test ## The fast test suite, with the lines and branches it leaves out
	$(BIN)/python -m coverage run -m pytest -m 'not slow and not services' $(ARGS)
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

lint: $(VENV)/.installed-test ## Lint, types and import rules only
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed-bench ## Measure against the peers; ARGS=--short for a quick look
	$(BIN)/python -m benchmarks $(ARGS)

notebooks: $(VENV)/.installed-test ## Run every notebook from top to bottom, and compare it with its page in the documentation
	$(BIN)/python -m pytest -n 2 tests/notebooks/executing.py $(ARGS)

notebook-pages: $(VENV)/.installed-test ## Run notebooks and write their pages anew; ARGS="03 04" for some
	$(BIN)/python -m tests.notebooks.pages $(ARGS)

docs: $(VENV)/.installed-docs ## Build the documentation into site/, and check it
	$(BIN)/python -m tests.handbook api docs
	$(BIN)/mkdocs build --strict --quiet $(ARGS)
	$(BIN)/python -m tests.handbook check site

docs-serve: $(VENV)/.installed-docs ## Serve the documentation on http://127.0.0.1:8000, built anew when a page changes
	$(BIN)/python -m tests.handbook api docs
	$(BIN)/mkdocs serve --livereload $(ARGS)

pictures: $(VENV)/.installed-design ## Draw and write anew what the documentation has from the design
	$(BIN)/bookdelivery design pages docs
	$(BIN)/bookdelivery design gallery docs/assets/design
	$(BIN)/bookdelivery design gallery docs/assets/design/coupon --of examples.coupon \
	    --only board,context-map,hexagon-coupon
	$(BIN)/python -m tests.handbook pages docs
	$(BIN)/python -m tests.handbook pictures docs

design-check: $(VENV)/.installed-design ## Check the design of the bookstore and of the examples against the rules
	$(BIN)/bookdelivery design check $(ARGS)
	$(BIN)/bookdelivery design check --of examples.coupon $(ARGS)

contracts: $(VENV)/.installed-design ## Hold the code against the published contracts, those of consumers elsewhere too
	$(BIN)/bookdelivery design contracts docs/contracts --check --consumer examples/polyglot/expects.json $(ARGS)

constraints: $(VENV)/.created ## Resolve the pins in constraints.txt anew
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@grep '^#' constraints.txt > constraints.txt.new
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --upgrade \
	    --fork-strategy fewest --no-annotate --no-header --quiet >> constraints.txt.new
	@mv constraints.txt.new constraints.txt

clean: ## Remove the virtual environment, caches and everything generated
	rm -rf $(VENV) build dist reports site .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache \
	    .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A half-made environment (ensurepip missing) must not look like a finished one, hence a stamp of our own.
$(VENV)/.created:
	@command -v $(PYTHON) > /dev/null || { \
	    echo "error: no '$(PYTHON)' on the PATH; name an interpreter: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "error: $$($(PYTHON) --version 2>&1) is too old, bookdelivery needs 3.11 or newer;" \
	         "name another: make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2> /dev/null || { \
	    echo "error: $(PYTHON) cannot make virtual environments; install its venv module" \
	         "(on Debian and Ubuntu: apt-get install python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed-%: pyproject.toml constraints.txt | $(VENV)/.created
	@echo "Installing bookdelivery[$*] into $(VENV) ..."
	@$(PIP_INSTALL) -e '.[$*]'
	@touch $@
