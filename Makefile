# What a person does with this project, one target each. `make` alone lists them.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin

# Every command is a Python of its own: without compiled modules each would spend seconds on Django's.
unexport PYTHONDONTWRITEBYTECODE

.NOTPARALLEL:
.PHONY: help run curator test lint test-sqlite test-postgres test-long format benchmark messages pictures lock python free-port database

help: ## List these targets
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/\1|\2/p' Makefile | awk -F '|' '{ printf "  make %-14s %s\n", $$1, $$2 }'

# Serve the directory ------------------------------------------------------------------------------------------------

# The same settings as in production. The key of var/ serves where the environment brings none of its own.
SITE := env -u DEBUG SECRET_KEY="$${SECRET_KEY:-$$(cat var/secret_key)}"
MANAGE := $(SITE) $(BIN)/python manage.py

# gunicorn.conf.py has the rest.
GUNICORN := $(BIN)/gunicorn genesis.wsgi --bind $(HOST):$(PORT)

ifneq ($(filter 127.% localhost,$(HOST)),)
ADDRESS := $(HOST)
NAMES := localhost
else
ADDRESS := $(if $(filter-out 0.0.0.0,$(HOST)),$(HOST),$(firstword $(shell hostname -I) 127.0.0.1))
# Other machines call this one by any of its names and addresses.
NAMES := $(shell (echo $(HOST) localhost 127.0.0.1; hostname; hostname -f; hostname -I) 2>/dev/null | sed 's/[^ ]*:[^ ]*/[&]/g')
endif

run: $(VENV)/.runtime free-port database var/static/staticfiles.json ## Serve the directory at HOST:PORT (127.0.0.1:8000), on SQLite or DATABASE_URL
	@$(MANAGE) load_dataset --if-empty
	@echo
	@echo "The directory:  http://$(ADDRESS):$(PORT)/"
	@echo "Curation:       http://$(ADDRESS):$(PORT)/admin/   (make curator makes an account)"
	@echo "Ctrl-C stops it."
	@# The worker ends with the server, which takes the place of this shell and its number.
	@(cd . && $(SITE) SITE_URL="$${SITE_URL:-http://$(ADDRESS):$(PORT)}" $(BIN)/python manage.py work --beside $$$$ </dev/null &) ; \
	exec $(SITE) SITE_URL="$${SITE_URL:-http://$(ADDRESS):$(PORT)}" ALLOWED_HOSTS="$${ALLOWED_HOSTS:-$(NAMES)}" $(GUNICORN)

curator: $(VENV)/.runtime database ## Make a curator's account for /admin/
	@$(MANAGE) createsuperuser $(ARGS)

database: $(VENV)/.runtime var/secret_key
	@$(MANAGE) migrate -v 0

# Compressing takes seconds, so only what changed brings it about.
var/static/staticfiles.json: $(VENV)/.runtime genesis/settings.py $(shell find partners/static) | var/secret_key
	@$(MANAGE) collectstatic --noinput -v 0

free-port: $(VENV)/.runtime
	@$(BIN)/python -c 'import socket, sys; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind((sys.argv[1], int(sys.argv[2])))' \
		'$(HOST)' '$(PORT)' 2>/dev/null || { echo "Nothing can be served at $(HOST):$(PORT): another program may be using that port." \
		"Choose another one: make run PORT=8001" >&2; exit 1; }

# Signs sessions: made once, readable by its owner alone.
var/secret_key:
	@mkdir -p -m 700 var
	@umask 077 && $(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(64))' > $@.new && mv $@.new $@

# Check it -----------------------------------------------------------------------------------------------------------

# The whole suite on every core; chosen tests in one process, where they start sooner and a debugger works.
PYTEST := $(BIN)/python -m pytest $(or $(ARGS),-n auto --maxprocesses 4 --dist loadscope)

# Both engines at once: while a browser or a server is waited for, the other run goes on. PostgreSQL tells at its end.
test: lint var/static/staticfiles.json ## Check everything, on SQLite and on PostgreSQL; ARGS="-k word" chooses tests
	@TEST_ON_BOTH=yes $(MAKE) --no-print-directory test-postgres >var/test-postgres.log 2>&1 & postgres=$$!; \
	trap 'kill $$postgres 2>/dev/null' INT TERM; \
	TEST_ON_BOTH=yes $(MAKE) --no-print-directory test-sqlite; sqlite=$$?; \
	wait $$postgres; postgres=$$?; cat var/test-postgres.log; exit $$((sqlite || postgres))
	@echo "All checks passed, on SQLite and on PostgreSQL."
	@$(BIN)/python -m tests.browser.chromium
	@$(BIN)/python -m tests.rehearsal

# As deployed, and without a look at anybody's own database.
CHECK := env -u DEBUG -u ALLOWED_HOSTS DATABASE_URL=sqlite://:memory: SITE_URL=https://directory.example PROXIES=1 \
	SECRET_KEY=lint-lint-lint-lint-lint-0123456789-abcdefghijklmnopqrstuvwxyz $(BIN)/python -W error manage.py

lint: $(VENV)/.development ## Look for mistakes without running the tests
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "make format lays these files out" >&2; exit 1; }
	@$(BIN)/djlint --lint --quiet .
	@$(CHECK) makemigrations --check --dry-run
	@$(CHECK) check --deploy --fail-level WARNING

test-sqlite: $(VENV)/.development var/static/staticfiles.json ## Test on SQLite only
	@env -u DATABASE_URL TEST_ENGINE=sqlite $(PYTEST)

test-postgres: $(VENV)/.development var/static/staticfiles.json ## Test on PostgreSQL only: TEST_POSTGRES_URL, or a server of its own
	@$(BIN)/python -m tests.postgres $(PYTEST)

# Handed on, so that every process draws from the same one.
SEED = $(eval SEED := $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' '))$(SEED)

test-long: ## Test the laws by ten times as many examples, drawn afresh; SEED=… draws the same ones again
	@echo "Examples drawn from SEED=$(SEED)"
	@TEST_SEED=$(SEED) $(MAKE) --no-print-directory test \
		ARGS="$(or $(ARGS),-n auto --maxprocesses 4 --dist loadscope) --hypothesis-seed=$(SEED)"

format: $(VENV)/.development ## Lay out the Python code, and repair what lint can repair
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix .

benchmark: $(VENV)/.development var/static/staticfiles.json ## Measure speed and weight beside rivals; ARGS="--sizes 24,10000 --engine sqlite"
	@$(BIN)/python -m tests.benchmarks $(ARGS)

messages: $(VENV)/.development ## Bring the catalogs of translations up to date, and compile them
	@$(CHECK:manage.py=-m) tests.messages

pictures: $(VENV)/.development var/static/staticfiles.json ## Take the pictures of the README anew
	@$(BIN)/python -m tests.browser.pictures

# The environment ----------------------------------------------------------------------------------------------------

# One .venv: the development environment holds all of the runtime, so `make run` takes either.
$(VENV)/.runtime: requirements.txt bootstrap.txt
	@$(MAKE) --no-print-directory python
	@$(call install,$(if $(wildcard $(VENV)/.development),requirements-dev.txt,requirements.txt))
	@touch $@

$(VENV)/.development: requirements-dev.txt bootstrap.txt
	@$(MAKE) --no-print-directory python
	@$(call install,requirements-dev.txt)
	@touch $(VENV)/.runtime $@

# uv installs in seconds; pip takes over where uv finds no way to the packages (a mirror that only pip knows of).
install = echo "Installing $(1) into $(VENV)"; \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --only-binary :all: -r bootstrap.txt \
	&& $(BIN)/uv pip sync -q -p $(BIN)/python --require-hashes --no-build bootstrap.txt $(1) 2>/dev/null \
	|| $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r $(1)

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Python 3.11 or newer is needed" \
		"and '$(PYTHON)' is not that. Name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "This Python cannot make environments." \
		"On Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -c 'import pip' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)

COMPILE = $(BIN)/uv pip compile -q --no-config --universal --generate-hashes --no-header --python-version 3.11 $(ARGS)

lock: $(VENV)/.runtime ## Write the lock files after a change in pyproject.toml; ARGS=--upgrade takes newer releases
	@echo uv | $(COMPILE) - -o bootstrap.txt
	@$(COMPILE) pyproject.toml -o requirements.txt
	@$(COMPILE) pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt
