# SPDX-License-Identifier: Apache-2.0
# The fuzz targets: tests/fuzz/fuzz_NAME.c, each a program of its own. README.md says how.

FUZZ_NAMES := stream payload parser service
FUZZ_PROGRAMS := $(FUZZ_NAMES:%=$(BUILD)/tests/fuzz/fuzz_%)
OBJECTS += $(call objects,$(FUZZ_NAMES:%=tests/fuzz/fuzz_%.c) tests/fuzz/driver.c)

# libFuzzer brings its own main.
FUZZ_DRIVER := $(if $(filter libfuzzer,$(FUZZER)),,$(BUILD)/tests/fuzz/driver.o)
$(FUZZ_PROGRAMS): %: %.o $(FUZZ_DRIVER) $(FRONTEND_LIB) $(CATALOG_LIB) $(IMPORTERS_LIB)
	$(call say,LD,$@)
	$(call link,$(FUZZ_DRIVER) $(if $(filter libfuzzer,$(FUZZER)),-fsanitize=fuzzer) -lcmocka)

.PHONY: fuzz-tests fuzz run-fuzz
fuzz-tests: $(FUZZ_PROGRAMS)

# Each target's corpus; what libFuzzer finds is added to a directory of its own.
FUZZ_CORPUS_stream := tests/fuzz/corpus/stream
FUZZ_CORPUS_payload := tests/fuzz/corpus/payload data/cloud4.xml data/cloud5.rdf
FUZZ_CORPUS_parser := $(FUZZ_CORPUS_payload)
FUZZ_CORPUS_service := tests/fuzz/corpus/service tests/data/conversations

FUZZER ?= driver
SECONDS_EACH ?= 300
FUZZ_TARGETS ?= $(FUZZ_NAMES)
FUZZ_TREE = $(if $(filter libfuzzer,$(FUZZER)),build-libfuzzer,build-address-undefined)
FUZZ_MAKE = $(MAKE) --no-print-directory BUILD=$(FUZZ_TREE) FUZZER=$(FUZZER) \
    $(if $(filter libfuzzer,$(FUZZER)),CC=clang SANITIZE=fuzzer-no-link$(comma)address$(comma)undefined,\
    SANITIZE=address$(comma)undefined)

fuzz: ## fuzz each target SECONDS_EACH (300) seconds; SEED= FUZZ_TARGETS="stream payload parser service" FUZZER=libfuzzer
	+@$(FUZZ_MAKE) fuzz-tests
	+@$(FUZZ_MAKE) run-fuzz

# $(1): the target. An input that crashed stays in build*/fuzz.
fuzz_driver = $(BUILD)/tests/fuzz/fuzz_$(1) --seconds $(SECONDS_EACH) $(if $(SEED),--seed $(SEED)) \
    --keep $(BUILD)/fuzz/$(1).input $(FUZZ_CORPUS_$(1))
fuzz_libfuzzer = mkdir -p $(BUILD)/fuzz/$(1) && cp -r $(FUZZ_CORPUS_$(1)) $(BUILD)/fuzz/$(1) && \
    $(BUILD)/tests/fuzz/fuzz_$(1) -max_total_time=$(SECONDS_EACH) $(if $(SEED),-seed=$(SEED)) \
    -artifact_prefix=$(BUILD)/fuzz/$(1). $(BUILD)/fuzz/$(1)
run-fuzz:
	@mkdir -p $(BUILD)/fuzz; failed=0; \
	$(foreach target,$(FUZZ_TARGETS),echo "fuzzing $(target)"; $(call fuzz_$(FUZZER),$(target)) || failed=1;) \
	exit $$failed
