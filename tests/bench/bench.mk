# SPDX-License-Identifier: Apache-2.0
# The benches: `make bench` measures the catalog, `make bench-peers` what users would pick instead.
#
#     make bench                                        10,000, 100,000 and 1,000,000 clouds, all parts
#     make bench CLOUDS=10000 BENCH="q1 import"         one size, two parts; run.py --help has the rest

BENCH_DIR := $(BUILD)/bench
BENCH_PROGRAMS := $(addprefix $(BENCH_DIR)/,bench bench-generate bench-redland bench-xmpp)
BENCH_DRAWN := $(call objects,tests/bench/data.c tests/bench/requests.c)
BENCH_OBJECTS := $(BENCH_DRAWN) $(call objects,$(addprefix tests/bench/, \
    bench.c bench_processes.c bench_publish.c bench_queries.c measure.c population.c))
OBJECTS += $(BENCH_OBJECTS) $(call objects,tests/bench/generate.c tests/bench/redland.c \
    tests/bench/bench_xmpp.c)

PACKAGES_PEERS := virtuoso-opensource-7-bin libtracker-sparql-3.0-dev

.PHONY: bench-programs bench bench-exchange bench-peers
bench-programs: $(BENCH_PROGRAMS)

$(BENCH_DIR)/bench: $(BENCH_OBJECTS) $(CATALOG_LIB) $(IMPORTERS_LIB)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) $(BENCH_OBJECTS) -Wl,--start-group $(CATALOG_LIB) $(IMPORTERS_LIB) \
	    -Wl,--end-group $(LIBS) -o $@
$(BENCH_DIR)/bench-generate: $(call objects,tests/bench/generate.c) $(BENCH_DRAWN)
$(BENCH_DIR)/bench-redland: $(call objects,tests/bench/redland.c tests/bench/measure.c)
$(BENCH_DIR)/bench-generate $(BENCH_DIR)/bench-redland:
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) $^ $(LIBS) -o $@ $(if $(findstring redland,$@),-lrdf -lraptor2)

$(BENCH_DIR)/bench-xmpp: $(call objects,tests/bench/bench_xmpp.c tests/bench/measure.c) \
    $(BENCH_DRAWN) $(FRONTEND_LIB) $(CATALOG_LIB) $(IMPORTERS_LIB)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) $(filter %.o,$^) $(FRONTEND_LIB) -Wl,--start-group $(CATALOG_LIB) \
	    $(IMPORTERS_LIB) -Wl,--end-group $(LIBS) -o $@

# What it costs to read a publication in a process of its own.
OBJECTS += $(call objects,tests/bench/parsers.c)
$(BENCH_DIR)/bench-parsers: $(call objects,tests/bench/parsers.c) \
    $(FRONTEND_LIB) $(CATALOG_LIB) $(IMPORTERS_LIB)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(call link)
.PHONY: bench-parsers
bench-parsers: $(BENCH_DIR)/bench-parsers
	@$<

$(BENCH_DIR)/bench-tinysparql: tests/bench/peers/tinysparql.c $(BUILD)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $$(pkg-config --cflags tracker-sparql-3.0) $< \
	    $$(pkg-config --libs tracker-sparql-3.0) -o $@

# The options of run.py that make passes on.
CLOUDS ?=
BENCH ?=
BENCH_OPTIONS ?=

bench: ready ## measure the catalog (CLOUDS="10000", BENCH="q1 import", BENCH_OPTIONS=--help)
	@$(MAKE) --no-print-directory bench-programs
	@$(PYTHON) tests/bench/run.py --build "$(BUILD)" $(if $(CLOUDS),--clouds="$(CLOUDS)") \
	    $(BENCH_OPTIONS) $(BENCH)

bench-exchange: ready ## measure the exchange behind Prosody and ejabberd beside an echo (BENCH_OPTIONS=--help)
	@$(MAKE) --no-print-directory bench-programs
	@$(PYTHON) tests/bench/exchange.py --build "$(BUILD)" $(if $(CLOUDS),--clouds $(CLOUDS)) \
	    $(BENCH_OPTIONS)

bench-peers: deps ## install and measure Virtuoso, TinySPARQL and Oxigraph on the same data
	@.ci/deps install $(PACKAGES_PEERS) $$(command -v npm >/dev/null || echo nodejs npm)
	@$(MAKE) --no-print-directory $(BENCH_DIR)/bench-generate $(BENCH_DIR)/bench-tinysparql
	@$(PYTHON) tests/bench/peers/run.py --build "$(BUILD)" $(if $(CLOUDS),--clouds="$(CLOUDS)") \
	    $(BENCH_OPTIONS)
