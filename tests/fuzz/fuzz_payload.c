/* SPDX-License-Identifier: Apache-2.0 */
/* The payload parser, and publishing what it read: any bytes give a document or one error of a
 * known kind, whose text fits into one line; what was read is published or refused whole. */
#include <string.h>

#include "importers/payload.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/catalog_fixture.h"

enum { STATEMENTS_MAX = 2000, TERM_BYTES_MAX = 64 * 1024, TOTAL_BYTES_MAX = 1024 * 1024 };

static struct fixture *fixture(void)
{
    static struct fixture *made;
    void *state = NULL;
    if (!made && fixture_setup(&state) == 0)
        made = state;
    FUZZ_CHECK(made, "no catalog");
    return made;
}

static void close_catalog(void)
{
    void *state = fixture();
    fixture_teardown(&state);
}

static void check_error(enum ic_status status, const struct ic_error *error)
{
    FUZZ_CHECK(status == IC_OK || status == IC_BAD_INPUT || status == IC_TOO_LARGE ||
                   status == IC_UNSUPPORTED || status == IC_CONFLICT || status == IC_FORBIDDEN,
               "%s: %s", ic_status_name(status), error->text);
    FUZZ_CHECK(status == IC_OK || (error->status == status && error->text[0]), "%s: %s",
               ic_status_name(status), error->text);
}

static void ignore(void *context, const struct ic_published *published)
{
    size_t *count = context;
    FUZZ_CHECK(published->cloud_name[0] && strlen(published->cloud_name) <= 255, "%s",
               published->cloud_name);
    FUZZ_CHECK(strcmp(published->owner, "user@cloud1.org") == 0, "%s", published->owner);
    ++*count;
}

static void publish(struct ic_document *document, const struct ic_importer *format)
{
    const struct ic_publish_options options = {
        .owner = "user@cloud1.org", .lease_ms = DAY_MS, .format = format ? format->name : NULL};
    struct ic_error error = {0};
    size_t count = 0;
    const enum ic_status status =
        ic_catalog_publish(fixture()->catalog, document, &options, ignore, &count, &error);
    check_error(status, &error);
    FUZZ_CHECK(status == IC_OK ? count > 0 : count == 0, "%s, and %zu published",
               ic_status_name(status), count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool registered;
    const struct ic_document_limits limits = {.statements_max = STATEMENTS_MAX,
                                              .term_bytes_max = TERM_BYTES_MAX,
                                              .total_bytes_max = TOTAL_BYTES_MAX};
    struct ic_ontology *ontology = ic_catalog_ontology(fixture()->catalog);
    struct ic_document *document = ic_document_new("payload", &limits);
    const struct ic_importer *format = NULL;
    struct ic_error error = {0};
    if (!registered)
        registered = atexit(close_catalog) == 0;
    FUZZ_CHECK(document, "memory is out");
    const enum ic_status status =
        ic_import_payload((const char *)data, size, ontology, 0, document, &format, &error);
    check_error(status, &error);
    if (status == IC_OK)
        publish(document, format);
    ic_document_free(document);
    ic_ontology_release(ontology);
    return 0;
}
