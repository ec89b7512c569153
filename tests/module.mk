# SPDX-License-Identifier: Apache-2.0

# Unit tests with threads in them: also run under ThreadSanitizer. Names, not paths.
THREAD_TEST_NAMES := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_server*.c \
    tests/unit/test_snapshots.c tests/unit/test_concurrency.c tests/unit/test_owners.c \
    tests/unit/test_policy.c tests/unit/test_exchange_config.c tests/unit/test_jobs.c \
    tests/unit/test_parser.c tests/unit/test_chores.c tests/unit/test_bulk.c))
