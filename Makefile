# taut - `make help` lists the targets.  Sources, flags and SQL are known to
# this file alone; Python packaging (setup.py) calls it and packs the result.

PYTHON = python3
CC = gcc
AR = ar
CFLAGS = -O2 -g
WARN = -Wall -Wextra -Werror
# SAN=address,undefined builds everything again, into build/san/.
SAN =
# The archive, not the shared library: the bytes we write and the copy that is
# loaded must not depend on the user's system.
SQLITE = $(shell $(CC) -print-file-name=libsqlite3.a)
PREFIX = /usr/local
DESTDIR =
# What to run: K=word filters tests, T=seconds bounds fuzzing.
K =
T = 60

# ---- no need to change anything below ----

B = build$(if $(SAN),/san)
EVERY = -std=c11 -D_GNU_SOURCE -fPIC -fvisibility=hidden -MMD -MP $(WARN) \
	$(CFLAGS) $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all \
	-fno-omit-frame-pointer)
LINK = $(if $(SAN),-fsanitize=$(SAN)) -Wl,--exclude-libs,ALL
LIBS = $(B)/libtaut.a $(SQLITE) -lpthread -ldl -lm

SRC := $(wildcard src/*.c)
CLI := $(wildcard src/cli/*.c)
EXT := $(wildcard pyext/*.c)
UNIT := $(wildcard tests/unit/*.c)
SQL := $(wildcard sql/*.sql)
FUZZ := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
TIMERS := $(patsubst tests/bench/%.c,%,$(wildcard tests/bench/bench_*.c))

OBJ = $(SRC:%.c=$(B)/%.o) $(if $(SQL),$(B)/sql.o)

.PHONY: all lib cli ext test unit oom oracle e2e safety probes replay real san fuzz bench lint \
	format example demo deps wheel dist install clean help FORCE
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:

all: cli ext	## library, `taut` program and extension (the default)

lib: $(B)/libtaut.a	## build/libtaut.a

cli: $(if $(CLI),$(B)/taut)	## build/taut

# ---- compile ----

# Holds the list of sources and the flags: a file that went away or a changed
# flag makes what depends on it old.
$(B)/settings: FORCE
	@mkdir -p $(@D)
	@echo '$(EVERY) $(LINK) $(SRC) $(SQL)' | cmp -s - $@ || \
		echo '$(EVERY) $(LINK) $(SRC) $(SQL)' > $@

build/sql.c: $(SQL) sql/embed.awk
	@mkdir -p $(@D)
	awk -f sql/embed.awk $(SQL) > $@
build/sql.h: build/sql.c
	sed -n 's/^\(const char .*\[\]\) =$$/extern \1;/p' $< > $@
$(B)/sql.o: build/sql.c build/sql.h $(B)/settings
	$(CC) $(EVERY) -include build/sql.h -c -o $@ $<

$(B)/src/%.o: src/%.c $(B)/settings | $(if $(SQL),build/sql.h)
	@mkdir -p $(@D)
	$(CC) $(EVERY) -Iinclude -Isrc -Ibuild -c -o $@ $<
# The program sees the public header and its own, nothing of the library.
$(B)/src/cli/%.o: src/cli/%.c $(B)/settings
	@mkdir -p $(@D)
	$(CC) $(EVERY) -Iinclude -c -o $@ $<
$(B)/tests/%.o: tests/%.c $(B)/settings | $(if $(SQL),build/sql.h)
	@mkdir -p $(@D)
	$(CC) $(EVERY) -Iinclude -Isrc -Ibuild -c -o $@ $<

$(B)/libtaut.a: $(OBJ) $(B)/settings
	@rm -f $@
	$(AR) rcs $@ $(OBJ)
$(B)/taut: $(CLI:%.c=$(B)/%.o) $(B)/libtaut.a
	$(CC) $(LINK) -o $@ $(filter %.o,$^) $(LIBS)
$(B)/unit: $(UNIT:%.c=$(B)/%.o) $(B)/libtaut.a
	$(CC) $(LINK) -o $@ $(filter %.o,$^) $(LIBS)
$(B)/scandump: $(B)/tests/oracle/scandump.o $(B)/libtaut.a
	$(CC) $(LINK) -o $@ $(filter %.o,$^) $(LIBS)
$(B)/fuzz_%: $(B)/tests/fuzz/fuzz_%.o \
	$(patsubst %.c,$(B)/%.o,$(wildcard tests/fuzz/standalone.c)) \
	$(B)/libtaut.a
	$(CC) $(LINK) -o $@ $(filter %.o,$^) $(LIBS)
$(B)/bench_%: $(B)/tests/bench/bench_%.o $(B)/libtaut.a
	$(CC) $(LINK) -o $@ $(filter %.o,$^) $(LIBS)

-include $(shell find build -name '*.d' 2>/dev/null)

# ---- the extension: one build for each interpreter ----

# A sanitized one is put beside a copy of the package's Python files, so that
# it never replaces the real one: PYTHONPATH=build/san/pyext.
PACKAGE = $(if $(SAN),$(B)/pyext/taut,pyext/taut)

ext: lib	## pyext/taut/_core*.so for the interpreter PYTHON
	@$(if $(EXT),$(MAKE) --no-print-directory ext-for $$($(PYTHON) -c \
		'import sysconfig as s; print( \
		"EXT_SUFFIX=" + s.get_config_var("EXT_SUFFIX"), \
		"PYINC=" + s.get_path("include"))'),:)

ifdef EXT_SUFFIX
P = $(B)/ext$(basename $(EXT_SUFFIX))
CORE = $(PACKAGE)/_core$(EXT_SUFFIX)

.PHONY: ext-for
ext-for: $(CORE)
	@$(if $(SAN),cp pyext/taut/*.py* $(PACKAGE)/)

$(P)/%.o: %.c $(B)/settings
	@mkdir -p $(@D)
	$(CC) $(EVERY) -Iinclude -I$(PYINC) -c -o $@ $<
$(CORE): $(EXT:%.c=$(P)/%.o) $(B)/libtaut.a
	@mkdir -p $(@D)
	$(CC) -shared $(LINK) -o $@ $(filter %.o,$^) $(LIBS)
	@! nm -u $@ | grep taut_	# Python's own symbols stay undefined
endif

# ---- checks ----

test: deps	## everything; ends with "N passed, N failed"
	$(PYTHON) tests/run.py all

unit: $(if $(UNIT),$(B)/unit)	## unit tests in C (K=word: only those)
	$(if $^,$< $(K),@echo '0 passed, 0 failed')

oom: $(B)/unit	## unit tests that let allocations fail
	$< oom

oracle:	## the scanner against CPython's own ast (each CPython found)
	$(PYTHON) tests/run.py oracle

e2e: ext cli	## tests of the plugin and the program (K=word: only those)
	$(PYTHON) tests/run.py e2e $(if $(K),-k '$(K)')

# TOOLS=taut-name,taut-file compares precisions (testmon is one, too); ARGS=... for the script.
safety: ext cli	## probes: is every test that an edit can affect run? (PROJECT=dir: mutants of it; TOOLS, ARGS)
	$(if $(PROJECT),$(PYTHON) tests/safety/mutants.py $(PROJECT) $(if $(TOOLS),--tools $(TOOLS)) $(ARGS),\
		$(PYTHON) tests/run.py safety $(if $(K),-k '$(K)'))

probes: ext cli	## all probes with taut and pytest-testmon -> tests/safety/PROBES.md
	$(PYTHON) tests/safety/table.py

replay: ext cli	## COMMITS=n commits of the git directory PROJECT, full against selected (TOOLS, ARGS)
	$(PYTHON) tests/safety/replay.py $(PROJECT) $(if $(COMMITS),-n $(COMMITS)) $(if $(TOOLS),--tools $(TOOLS)) $(ARGS)

real: ext cli	## tests on real projects
	$(PYTHON) tests/run.py real $(if $(K),-k '$(K)')

san:	## unit and end-to-end tests under ASan and UBSan
	$(PYTHON) tests/run.py san

fuzz: $(FUZZ:%=$(B)/%)	## replay the fuzz corpora
	$(PYTHON) tests/run.py fuzz

lint:	## layers, format, warnings, cppcheck
	$(PYTHON) tests/run.py lint

format:	## apply .clang-format (headers are laid out by hand)
	clang-format -i $(wildcard $(addsuffix /*.c,src src/cli pyext tests/*))

bench: all $(TIMERS:%=$(B)/%)	## measure; prints a Markdown table
	$(PYTHON) tests/bench/bench.py $(BENCH)

demo: deps	## record, edit and select in a real project, in a minute
	$(PYTHON) tests/demo.py

example:	## write .testmondata.example from sql/
	$(PYTHON) tests/example.py

# ---- ship ----

deps:	## install what the build needs and the system lacks
	@PYTHON=$(PYTHON) CC=$(CC) sh .ci/deps

# pip and build from a venv: a system's python may have neither.
build/venv-pack/bin/pyproject-build:
	$(PYTHON) -m venv build/venv-pack
	build/venv-pack/bin/pip install -q build

wheel: deps build/venv-pack/bin/pyproject-build	## a wheel in dist/
	build/venv-pack/bin/pip wheel -q --no-deps -w dist .

dist: build/venv-pack/bin/pyproject-build	## the source archive in dist/
	$< --sdist -o dist .

install: cli	## build/taut into PREFIX (the plugin: pip install .)
	install -D -m 755 $(B)/taut $(DESTDIR)$(PREFIX)/bin/taut

clean:	## remove what was built (build/real keeps its downloads)
	rm -rf $(filter-out build/real,$(wildcard build/*)) dist *.egg-info \
		pyext/*.egg-info pyext/taut/_core*.so

help:	## this list
	@sed -n 's/^\([a-z0-9]*\):[^#]*## /\1\t/p' Makefile | expand -t 12
