# `make demo` and `make test` need python3 (3.11 or newer), make and a network; tools/bootstrap.py does the rest.
PYTHON ?= python3
PORT ?= 8000
export PORT

.PHONY: help demo test bench lint

help:  ## what there is
	@echo "make demo    the car auction house on http://127.0.0.1:$(PORT)/ (PORT=… for another port); Ctrl-C ends it"
	@echo "make test    every package's tests on SQLite, and on PostgreSQL and Redis where they answer"
	@echo "make bench   the hot paths beside raw SQL and a bare socket server (PostgreSQL and Redis)"
	@echo "make lint    ruff, mypy, import-linter"

demo:
	@$(PYTHON) tools/bootstrap.py demo
	@exec .venv/bin/python example_project/manage.py demo

test:
	@$(PYTHON) tools/bootstrap.py test
	@exec .venv/bin/python tools/run_tests.py $(ARGS)

bench:
	@$(PYTHON) tools/bootstrap.py test
	@exec .venv/bin/python -m benchmarks $(ARGS)

lint:
	@$(PYTHON) tools/bootstrap.py test
	@exec .venv/bin/python tools/lint.py
