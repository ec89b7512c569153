/* SPDX-License-Identifier: Apache-2.0 */
/* A catalog in a directory of its own, with a clock that the test moves. */
#ifndef CATALOG_FIXTURE_H
#define CATALOG_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/catalog.h"
#include "catalog/importer.h"
#include "catalog/query.h"

struct fixture {
    char directory[64];
    char *catalog_directory;
    int64_t now_ms;
    struct ic_catalog *catalog;
    struct ic_error error;
};

#define START_MS ((int64_t)1700000000000)
#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

static inline int64_t fixture_now(void *context)
{
    return ((struct fixture *)context)->now_ms;
}

static inline enum ic_status fixture_open(struct fixture *f, bool create)
{
    const struct ic_catalog_options options = {
        .directory = f->catalog_directory, .create = create, .clock = {fixture_now, f}};
    return ic_catalog_open(&options, &f->catalog, &f->error);
}

static inline int fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    strcpy(f->directory, "/tmp/intercloud-test-XXXXXX");
    assert_non_null(mkdtemp(f->directory));
    assert_true(asprintf(&f->catalog_directory, "%s/catalog", f->directory) > 0);
    f->now_ms = START_MS;
    if (fixture_open(f, true) != IC_OK)
        fail_msg("%s", f->error.text);
    *state = f;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    char command[256];
    ic_catalog_close(f->catalog);
    snprintf(command, sizeof command, "rm -rf '%s'", f->directory);
    const int code = system(command);
    free(f->catalog_directory);
    free(f);
    return code;
}

/* Parses Turtle with the prefixes that every test needs. */
static inline struct ic_document *fixture_document(const char *turtle)
{
    char *text = NULL;
    struct ic_error error = {.status = IC_OK};
    assert_true(
        asprintf(&text,
                 "@prefix : <http://www.csp/resOntology#> . @prefix x: <http://x.org/> . "
                 "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n%s",
                 turtle) > 0);
    struct ic_document *document = ic_document_new("test.ttl", NULL);
    FILE *in = fmemopen(text, strlen(text), "r");
    const struct ic_import_context context = {.in = in};
    if (ic_import("turtle", &context, document, NULL, &error) != IC_OK)
        fail_msg("%lu: %s", error.line, error.text);
    fclose(in);
    free(text);
    return document;
}

struct fixture_published {
    int count;
    enum ic_publish_outcome outcome;
    uint64_t version, sequence;
    char graph[256];
};

static inline void fixture_report(void *context, const struct ic_published *published)
{
    struct fixture_published *last = context;
    last->count++;
    last->outcome = published->outcome;
    last->version = published->version;
    last->sequence = published->sequence;
    snprintf(last->graph, sizeof last->graph, "%s", published->graph);
}

static inline enum ic_status fixture_publish(struct fixture *f, const char *owner,
                                             const char *turtle, int64_t lease_ms,
                                             struct fixture_published *published)
{
    struct fixture_published ignored = {.count = 0};
    const struct ic_publish_options options = {
        .owner = owner, .lease_ms = lease_ms, .format = "turtle"};
    struct ic_document *document = fixture_document(turtle);
    const enum ic_status status =
        ic_catalog_publish(f->catalog, document, &options, fixture_report,
                           published ? published : &ignored, &f->error);
    ic_document_free(document);
    return status;
}

/* The names that match, separated by spaces; or "status: text". Static: valid until the next
 * call. */
static inline const char *fixture_match(struct fixture *f, const char *text)
{
    static char names[4096];
    const char *const texts[] = {text};
    struct ic_request *request = NULL;
    struct ic_answer *answer = NULL;
    const struct ic_match_options options = {.view = {NULL, 0}};
    enum ic_status status = ic_request_parse("request", texts, 1, &request, &f->error);
    if (status == IC_OK)
        status = ic_catalog_match(f->catalog, request, &options, &answer, &f->error);
    names[0] = '\0';
    for (size_t i = 0; status == IC_OK && i < answer->shown; i++) {
        strcat(names, i ? " " : "");
        strcat(names, answer->clouds[i].name);
    }
    if (status != IC_OK)
        snprintf(names, sizeof names, "%s: %s", ic_status_name(status), f->error.text);
    ic_answer_free(answer);
    ic_request_free(request);
    return names;
}

#endif
