# SPDX-License-Identifier: Apache-2.0
# The crash and fault tests: what each program is made of. README.md says what they show.

CRASH_COMMON := support.c world.c world_read.c
CRASH_SOURCES := $(CRASH_COMMON) crash.c crash_shell.c crash_worker.c crash_check.c \
    disk.c disk_names.c disk_power.c
FAULTS_SOURCES := $(CRASH_COMMON) faults.c faults_work.c bench.c faults_db.c faults_memory.c \
    disk.c disk_names.c disk_power.c
PAGES_SOURCES := $(CRASH_COMMON) pages.c pages_ask.c bench.c disk_names.c
STALLED_SOURCES := $(CRASH_COMMON) stalled.c bench.c disk.c disk_names.c
FAULTS_WRAPPED := db_create db_env_create malloc calloc realloc strdup strndup realpath asprintf \
    vasprintf open_memstream fmemopen roaring_bitmap_create \
    roaring_bitmap_create_with_capacity roaring_bitmap_copy

CRASH_PROGRAMS := $(addprefix $(BUILD)/tests/crash/,crash faults pages stalled)
crash_objects = $(call objects,$(addprefix tests/crash/,$(1)))
OBJECTS += $(call crash_objects,$(sort $(CRASH_SOURCES) $(FAULTS_SOURCES) $(PAGES_SOURCES) \
    $(STALLED_SOURCES)))

$(BUILD)/tests/crash/crash: $(call crash_objects,$(CRASH_SOURCES))
$(BUILD)/tests/crash/faults: $(call crash_objects,$(FAULTS_SOURCES))
$(BUILD)/tests/crash/faults: private CRASH_LDFLAGS := $(addprefix -Wl$(comma)--wrap=,$(FAULTS_WRAPPED))
$(BUILD)/tests/crash/pages: $(call crash_objects,$(PAGES_SOURCES))
$(BUILD)/tests/crash/stalled: $(call crash_objects,$(STALLED_SOURCES))
$(CRASH_PROGRAMS): $(CATALOG_LIB) $(IMPORTERS_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) $(filter %.o,$^) $(CRASH_LDFLAGS) \
	    -Wl,--start-group $(CATALOG_LIB) $(IMPORTERS_LIB) -Wl,--end-group $(LIBS) -o $@

.PHONY: crash-tests crash
crash-tests: $(CRASH_PROGRAMS)

ROUNDS ?= 300
SEED ?=
crash: $(SHELL_PROGRAM) crash-tests ## kill the catalog ROUNDS times (300), cut its power, break its calls and files; SEED=
	@export BUILD="$(abspath $(BUILD))"; at="$$BUILD/tests/crash"; failed=0; \
	seed="$(or $(SEED),$$(date +%s))"; \
	"$$at/crash" --rounds $(ROUNDS) --seed $$seed || failed=1; \
	"$$at/crash" --power --rounds $$(($(ROUNDS) / 2)) --seed $$seed || failed=1; \
	"$$at/stalled" || failed=1; \
	"$$at/faults" --samples 30 --seed $$seed || failed=1; \
	"$$at/pages" --samples 0 --seed $$seed --how $(PAGES_HOW) || failed=1; \
	exit $$failed

# README.md says why not zero and pipe.
PAGES_HOW := flip,cut,empty,gone,garbage,directory,unreadable,unwritable
