# SPDX-License-Identifier: Apache-2.0
# One build for all folders: each folder's module.mk holds lists only. `make help` lists the targets.

.DEFAULT_GOAL := all
SHELL := /bin/bash
.DELETE_ON_ERROR:

# Every package the project needs, once: to build, to run, to test. XMPP_SERVER=ejabberd runs with
# what the tests need.
PACKAGES_BUILD := gcc make pkg-config libc6-dev \
    libdb-dev libroaring-dev librdf0-dev librasqal3-dev libraptor2-dev libssl-dev \
    libexpat1-dev libstrophe-dev libgsasl-dev libidn-dev libicu-dev libgmp-dev libjansson-dev libconfuse-dev \
    uuid-dev uthash-dev libbsd-dev libseccomp-dev
PACKAGES_RUN := prosody openssl libxml2-utils
PACKAGES_TEST := ejabberd libcmocka-dev bats redland-utils python3 python3-slixmpp
PACKAGES := $(PACKAGES_BUILD) $(PACKAGES_RUN) $(PACKAGES_TEST)

prefix ?= /usr/local
DESTDIR ?=
SANITIZE ?=
DEVELOPER ?=
W3C_TESTS ?= ../shared/w3c
SAMPLES ?= ../shared/samples
CC := gcc
PYTHON := /usr/bin/python3
comma := ,
BUILD := build$(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
    -Wmissing-prototypes -Wvla -Wswitch-enum -Wformat=2 -Wundef $(if $(DEVELOPER),-Werror)
CFLAGS ?= -O2 -g
PKGS := rasqal raptor2 openssl expat libstrophe libgsasl libidn icu-i18n jansson libconfuse uuid libseccomp
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
# raptor2 and rasqal are loaded when they are needed (catalog/rdf_libraries.h).
LIBS := $(shell pkg-config --libs $(filter-out rasqal raptor2,$(PKGS)) 2>/dev/null) -lroaring \
    -lgmp -ldb -lpthread -ldl
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE $(WARNINGS) $(CFLAGS) -fstack-protector-strong -pthread \
    -fPIC -fvisibility=hidden -I. $(PKG_CFLAGS) \
    $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
ALL_LDFLAGS = $(LDFLAGS) -pthread $(if $(SANITIZE),-fsanitize=$(SANITIZE))

# One short line a step; V=1 shows the commands.
Q := $(if $(V),,@)
say = @$(if $(V),:,printf '  %-4s %s\n' $(1) $(2))

include catalog/module.mk importers/module.mk xmpp-frontend/module.mk tests/module.mk

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
CATALOG_LIB := $(BUILD)/libintercloud.a
IMPORTERS_LIB := $(BUILD)/libimporters.a
FRONTEND_LIB := $(BUILD)/libfrontend.a
SHELL_PROGRAM := $(BUILD)/intercloud-catalog
EXCHANGE_PROGRAM := $(BUILD)/intercloud-exchange
GATEWAY_PROGRAM := $(BUILD)/intercloud-gateway
REDLAND_MODULE := $(BUILD)/librdf_storage_intercloud.so
PROGRAMS := $(SHELL_PROGRAM) $(EXCHANGE_PROGRAM) $(GATEWAY_PROGRAM)
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))
THREAD_TESTS := $(addprefix $(BUILD)/tests/unit/,$(THREAD_TEST_NAMES))
OBJECTS := $(call objects,$(CATALOG_SOURCES) $(IMPORTERS_SOURCES) $(FRONTEND_SOURCES) \
    $(REDLAND_SOURCES) \
    catalog/main.c xmpp-frontend/exchange_main.c xmpp-frontend/gateway_main.c) \
    $(addsuffix .o,$(UNIT_TESTS))

.PHONY: all
all: $(PROGRAMS) $(REDLAND_MODULE) ## build the programs into build/ (or build-SANITIZE/)

# ---- compiling ----

# A stamp is a file that holds a text and is rewritten only when the text changes: what depends
# on it is rebuilt when flags or a list of files change, and not otherwise.
.PHONY: FORCE
FORCE:
stamp = @mkdir -p $(@D); printf '%s\n' $(1) | cmp -s - $@ || printf '%s\n' $(1) >$@
quote = '$(subst ','\'',$(1))'

$(BUILD)/flags: FORCE
	$(call stamp,$(call quote,$(CC) $(ALL_CFLAGS)) $(call quote,$(ALL_LDFLAGS) $(LIBS)))
$(BUILD)/places: FORCE
	$(call stamp,$(call quote,$(PLACES)))
$(BUILD)/libintercloud.list: FORCE
	$(call stamp,$(CATALOG_SOURCES))
$(BUILD)/libimporters.list: FORCE
	$(call stamp,$(IMPORTERS_SOURCES))
$(BUILD)/libfrontend.list: FORCE
	$(call stamp,$(FRONTEND_SOURCES))

# Without the packages the compiler's errors would be about headers; this is about packages.
$(BUILD)/packages: Makefile .ci/deps
	@.ci/deps check "$(PACKAGES_BUILD)" $(PACKAGES)
	@mkdir -p $(@D); touch $@

$(BUILD)/%.o: %.c $(BUILD)/flags | $(BUILD)/packages
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# Where a new catalog looks for its ontology: the only paths in the programs.
PLACES = -DIC_SOURCE_ONTOLOGY='"$(CURDIR)/ontology"' \
    -DIC_INSTALLED_ONTOLOGY='"$(prefix)/share/intercloud/ontology"'
$(BUILD)/catalog/catalog.o: $(BUILD)/places
$(BUILD)/catalog/catalog.o: private ALL_CFLAGS += $(PLACES)

# Assembled into it with .incbin, which the compiler's dependency files do not tell.
$(BUILD)/xmpp-frontend/schemas.o: $(wildcard xmpp-frontend/schemas/*.xsd)

$(CATALOG_LIB): $(call objects,$(CATALOG_SOURCES)) $(BUILD)/libintercloud.list
$(IMPORTERS_LIB): $(call objects,$(IMPORTERS_SOURCES)) $(BUILD)/libimporters.list
$(FRONTEND_LIB): $(call objects,$(FRONTEND_SOURCES)) $(BUILD)/libfrontend.list
$(CATALOG_LIB) $(IMPORTERS_LIB) $(FRONTEND_LIB):
	$(call say,AR,$@)
	@rm -f $@
	$(Q)$(AR) rcs $@ $(filter %.o,$^)

link = $(Q)$(CC) $(ALL_LDFLAGS) $< $(filter $(FRONTEND_LIB),$^) \
    -Wl,--start-group $(CATALOG_LIB) $(IMPORTERS_LIB) -Wl,--end-group $(1) $(LIBS) -o $@

$(SHELL_PROGRAM): $(BUILD)/catalog/main.o $(CATALOG_LIB) $(IMPORTERS_LIB)
$(EXCHANGE_PROGRAM): $(BUILD)/xmpp-frontend/exchange_main.o $(FRONTEND_LIB) $(CATALOG_LIB) $(IMPORTERS_LIB)
$(GATEWAY_PROGRAM): $(BUILD)/xmpp-frontend/gateway_main.o $(FRONTEND_LIB) $(CATALOG_LIB) $(IMPORTERS_LIB)
$(PROGRAMS):
	$(call say,LD,$@)
	$(call link)

# What librdf loads: nothing of the library is seen from outside, and it stays in memory when
# librdf closes it, for the libraries that it brought with it do not expect to go.
REDLAND_LIBS := $(shell pkg-config --libs redland raptor2 2>/dev/null)
$(REDLAND_MODULE): $(call objects,$(REDLAND_SOURCES)) $(CATALOG_LIB) $(IMPORTERS_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -shared -Wl,-z,nodelete,--as-needed \
	    $(if $(SANITIZE),,-Wl,-z$(comma)defs) $(filter %.o,$^) \
	    -Wl,--start-group $(CATALOG_LIB) $(IMPORTERS_LIB) -Wl,--end-group \
	    $(REDLAND_LIBS) $(LIBS) -o $@

# A unit test links what it needs from the libraries.
$(UNIT_TESTS): %: %.o $(FRONTEND_LIB) $(CATALOG_LIB) $(IMPORTERS_LIB)
	$(call say,LD,$@)
	$(call link,-lcmocka)
# A Redland program: of ours it links nothing.
$(BUILD)/tests/unit/test_redland: private LIBS = $(REDLAND_LIBS)
$(BUILD)/tests/unit/test_redland: | $(REDLAND_MODULE) $(SHELL_PROGRAM)
.PRECIOUS: $(BUILD)/%.o

.PHONY: unit-tests thread-tests
unit-tests: $(UNIT_TESTS)
thread-tests: $(THREAD_TESTS)

include tests/bench/bench.mk
include tests/crash/crash.mk
include tests/fuzz/fuzz.mk

-include $(sort $(OBJECTS:.o=.d))

# ---- packages ----

.PHONY: deps
deps: ## install what is missing (as root), or say how
	@.ci/deps install $(PACKAGES)

# Builds after deps in a make of its own, which sees the freshly installed pkg-config.
.PHONY: ready
ready: deps
	@$(MAKE) --no-print-directory all

# ---- running ----

-include xmpp-frontend/demo.mk

# ---- testing ----

# check builds the sanitizers' trees itself, beside $(BUILD).
RUN_TESTS = $(if $(SANITIZE),$(error make check and make lint take no SANITIZE=)) \
    $(PYTHON) tests/run --make "$(MAKE)" --build "$(BUILD)" --cc "$(CC)" --python "$(PYTHON)" \
    --thread-tests "$(THREAD_TEST_NAMES)" --w3c "$(W3C_TESTS)" --samples "$(SAMPLES)"

.PHONY: check
check: deps ## build everything, run every test, count them (TESTS="cli tests/unit/test_arena.c": only these)
	+@$(RUN_TESTS) $(TESTS)

.PHONY: lint
lint: ## only the checks of the source tree itself
	+@$(RUN_TESTS) lint

# ---- installing ----

INSTALL := install
bin = $(DESTDIR)$(prefix)/bin
redland = $(DESTDIR)$(prefix)/lib/redland
share = $(DESTDIR)$(prefix)/share

.PHONY: install
install: all ## install below $(DESTDIR)$(prefix)
	$(INSTALL) -d "$(bin)" "$(redland)" "$(share)/intercloud/ontology" "$(share)/man/man1" "$(share)/man/man5" \
	    "$(share)/doc/intercloud/examples" "$(share)/bash-completion/completions" \
	    "$(share)/intercloud/schemas"
	$(INSTALL) $(PROGRAMS) "$(bin)"
	$(INSTALL) -m 644 $(REDLAND_MODULE) "$(redland)"
	$(INSTALL) -m 644 $(wildcard ontology/*.ttl) "$(share)/intercloud/ontology"
	$(INSTALL) -m 644 $(wildcard xmpp-frontend/schemas/*.xsd) "$(share)/intercloud/schemas"
	$(INSTALL) -m 644 $(wildcard catalog/*.1 xmpp-frontend/*.1) "$(share)/man/man1"
	$(INSTALL) -m 644 $(wildcard xmpp-frontend/*.5) "$(share)/man/man5"
	$(INSTALL) -m 644 LICENSE "$(share)/doc/intercloud"
	$(INSTALL) -m 644 $(EXAMPLES) "$(share)/doc/intercloud/examples"
	$(INSTALL) -m 644 catalog/intercloud-catalog.bash \
	    "$(share)/bash-completion/completions/intercloud-catalog"

EXAMPLES = $(wildcard xmpp-frontend/*.conf.example xmpp-frontend/*/*.example data/*.*)

.PHONY: clean
clean: ## remove everything that was built
	rm -rf build build-*

.PHONY: help
help: ## this list
	@echo "make TARGET [SANITIZE=address,undefined|thread] [DEVELOPER=1] [V=1]"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14
