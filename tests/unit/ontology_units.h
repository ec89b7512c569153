/* SPDX-License-Identifier: Apache-2.0 */
/* The ontology in ontology/, and values resolved by it. */
#ifndef IC_TESTS_ONTOLOGY_UNITS_H
#define IC_TESTS_ONTOLOGY_UNITS_H

#include <dirent.h>

#include "catalog/number.h"
#include "tests/unit/ontology_support.h"

enum { REAL_DOCUMENTS_MAX = 16 };

/* The ontology in ontology/ with `more` added to it; tests run at the top of the tree. */
static inline enum ic_status build_real(const char *more, struct ic_ontology **ontology,
                                        struct ic_error *error)
{
    struct ic_document *documents[REAL_DOCUMENTS_MAX];
    size_t count = 0;
    DIR *directory = opendir("ontology");
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory));) {
        const char *end = strrchr(entry->d_name, '.');
        char path[512];
        if (!end || strcmp(end, ".ttl") != 0)
            continue;
        snprintf(path, sizeof path, "ontology/%s", entry->d_name);
        assert_true(count < REAL_DOCUMENTS_MAX - 1);
        documents[count++] = read_file(path, fopen(path, "r"));
    }
    closedir(directory);
    documents[count++] = read_text("more.ttl", more);
    const enum ic_status status = ic_ontology_build(documents, count, ontology, error);
    for (size_t i = 0; i < count; i++)
        ic_document_free(documents[i]);
    return status;
}

static inline struct ic_ontology *built_real(const char *more)
{
    struct ic_ontology *ontology = NULL;
    struct ic_error error;
    if (build_real(more, &ontology, &error) != IC_OK)
        fail_msg("%s:%lu: %s", error.file, error.line, error.text);
    return ontology;
}

static int open_real(void **state)
{
    *state = built_real("");
    return 0;
}

static int close_real(void **state)
{
    ic_ontology_release(*state);
    return 0;
}

/* What a value becomes, of a request or of an advertisement; NULL: it is refused. Owned: free.
 */
static inline char *resolved(void **state, const char *name, const char *value, bool asked,
                             enum ic_resolution *resolution, struct ic_error *error)
{
    struct ic_arena *arena = ic_arena_new();
    struct ic_term effective;
    const struct ic_term stated = ic_term_literal(value, NULL);
    enum ic_status (*const resolve)(const struct ic_ontology *, const struct ic_property *,
                                    const struct ic_term *, struct ic_arena *, struct ic_term *,
                                    enum ic_resolution *, struct ic_error *) =
        asked ? ic_ontology_resolve_asked : ic_ontology_resolve;
    const enum ic_status status =
        resolve(*state, attribute(state, name), &stated, arena, &effective, resolution, error);
    if (status != IC_OK)
        assert_int_equal(status, IC_BAD_INPUT);
    if (status == IC_OK && *resolution == IC_RESOLVED_CHANGED)
        assert_string_equal(effective.datatype, IC_XSD_DECIMAL);
    char *text = status == IC_OK ? strndup(effective.text, effective.length) : NULL;
    ic_arena_free(arena);
    return text;
}

/* Asserts what one value becomes, or what its refusal says. */
static inline void check_value(void **state, const char *name, const char *value, bool asked,
                               const char *effective, const char *message)
{
    struct ic_error error = {.status = IC_OK};
    enum ic_resolution resolution;
    char *text = resolved(state, name, value, asked, &resolution, &error);
    if (effective && (!text || strcmp(text, effective) != 0))
        fail_msg("%s '%.80s': '%s', %s", name, value, text ? text : "refused", error.text);
    if (!effective && (text || !strstr(error.text, message)))
        fail_msg("%s '%.80s': '%s', %s", name, value, text ? text : "refused", error.text);
    assert_true(strlen(error.text) < 1024);
    free(text);
}

/* Both ways: what an advertisement states and what a request asks become the same. */
static inline void check(void **state, const char *name, const char *value,
                         const char *effective, const char *message)
{
    check_value(state, name, value, false, effective, message);
    check_value(state, name, value, true, effective, message);
}

/* How two values compare as they are stored: -1, 0 or 1. */
static inline int order(void **state, const char *name, const char *one, const char *other)
{
    struct ic_error error;
    enum ic_resolution resolution;
    char *texts[2] = {resolved(state, name, one, false, &resolution, &error),
                      resolved(state, name, other, true, &resolution, &error)};
    mpq_t numbers[2];
    for (size_t i = 0; i < 2; i++) {
        mpq_init(numbers[i]);
        if (!texts[i] || !ic_number_parse(numbers[i], texts[i], strlen(texts[i])))
            fail_msg("%s '%s': %s", name, i ? other : one, error.text);
        free(texts[i]);
    }
    const int result = mpq_cmp(numbers[0], numbers[1]);
    mpq_clears(numbers[0], numbers[1], NULL);
    return (result > 0) - (result < 0);
}

#endif
