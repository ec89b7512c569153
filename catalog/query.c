/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing the engine that runs a query. */
#include "query.h"

#include <stdlib.h>
#include <string.h>

#include "query_engine.h"
#include "sets.h"
#include "view.h"

static const struct query_engine *const engines[] = {&engine_native, &engine_rasqal};

/* The texts of queries from outside are small; larger ones come from our own compiler. */
enum { QUERY_BYTES_MAX = 64 * 1024 * 1024 };

/* NULL where none was asked for. */
static enum ic_status find_engine(const char *name, const struct query_engine **engine,
                                  struct ic_error *error)
{
    *engine = NULL;
    if (!name)
        return IC_OK;
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
        *engine = engines[i];
        if (strcmp(engines[i]->name, name) == 0)
            return IC_OK;
    }
    return ic_fail(error, IC_USAGE,
                   "there is no query engine \"%s\"; there are native and rasqal", name);
}

/* The first \uXXXX or \UXXXXXXXX (SPARQL 1.1 Query, section 19.2) that is no character, or
 * NULL. rasqal takes U+0000 for the end of the string and crashes on others. */
static const char *bad_escape(const char *text)
{
    for (const char *p = strchr(text, '\\'); p; p = strchr(p, '\\')) {
        const size_t digits = p[1] == 'u' ? 4 : p[1] == 'U' ? 8 : 0;
        char hex[9] = {0};
        memcpy(hex, p + 2, digits && strnlen(p + 2, digits) == digits ? digits : 0);
        if (digits && strspn(hex, "0123456789abcdefABCDEF") == digits) {
            const unsigned long code = strtoul(hex, NULL, 16);
            if (code == 0 || (code >= 0xD800 && code <= 0xDFFF) || (code | 1) == 0xFFFF ||
                code > 0x10FFFF)
                return p;
        }
        p += p[1] ? 2 : 1;
    }
    return NULL;
}

static enum ic_status check_text(const char *text, const struct ic_query_options *options,
                                 struct ic_error *error)
{
    const size_t length = strlen(text);
    if (length > QUERY_BYTES_MAX)
        return ic_fail_at(error, IC_TOO_LARGE, options->name, 0, 0,
                          "the query is longer than %d bytes", QUERY_BYTES_MAX);
    if (!ic_utf8_valid(text, length))
        return ic_fail_at(error, IC_BAD_INPUT, options->name, 0, 0,
                          "the query is not well-formed UTF-8");
    const char *escape = bad_escape(text);
    if (escape) {
        unsigned long line = 1;
        for (const char *p = text; p < escape; p++)
            line += *p == '\n';
        return ic_fail_at(error, IC_BAD_INPUT, options->name, line, 0,
                          "%.*s is no character that RDF can hold; remove this escape",
                          escape[1] == 'u' ? 6 : 10, escape);
    }
    return IC_OK;
}

static struct ic_query_options complete(struct ic_dataset *dataset,
                                        const struct ic_query_options *options)
{
    const struct view *view = dataset ? view_of_dataset(dataset) : NULL;
    struct ic_query_options completed = options ? *options : (struct ic_query_options){0};
    if (!completed.name)
        completed.name = "query";
    if (!completed.memory_max)
        completed.memory_max =
            ic_limit_value(view ? &view->catalog->limits : NULL, IC_LIMIT_RESULT);
    return completed;
}

/* Native first: it also says what is wrong with a query. What it does not cover is for rasqal
 * to run or to refuse. */
static enum ic_status run_any(struct ic_dataset *dataset, const char *text,
                              const struct ic_query_options *options,
                              const struct ic_query_sink *sink, struct ic_error *error)
{
    bool covered;
    const enum ic_status status =
        native_query_run(dataset, text, options, sink, &covered, error);
    return covered ? status : engine_rasqal.run(dataset, text, options, sink, error);
}

enum ic_status query_holds(const struct ic_query_options *options, size_t bytes,
                           struct ic_error *error)
{
    struct ic_error passed;
    if (bytes <= options->memory_max)
        return IC_OK;
    ic_limit_passed(IC_LIMIT_RESULT, options->memory_max, "the query's rows take more memory",
                    "ask for less, or without ORDER BY and DISTINCT", &passed);
    return ic_fail_at(error, IC_TOO_LARGE, options->name, 0, 0, "%s", passed.text);
}

enum ic_status ic_query_run(struct ic_dataset *dataset, const char *text,
                            const struct ic_query_options *options,
                            const struct ic_query_sink *sink, struct ic_error *error)
{
    const struct ic_query_options completed = complete(dataset, options);
    const struct query_engine *engine;
    struct ic_error unseen;
    struct ic_error *report = error ? error : &unseen;
    enum ic_status status = find_engine(completed.engine, &engine, report);
    if (status == IC_OK)
        status = check_text(text, &completed, report);
    if (status == IC_OK && engine == &engine_rasqal) /* which takes more than SPARQL */
        status = engine_native.check(text, &completed, report);
    if (status == IC_OK && engine)
        return engine->run(dataset, text, &completed, sink, report);
    return status == IC_OK ? run_any(dataset, text, &completed, sink, report) : status;
}

enum ic_status ic_query_check(const char *text, const struct ic_query_options *options,
                              struct ic_error *error)
{
    const struct ic_query_options completed = complete(NULL, options);
    const struct query_engine *engine;
    struct ic_error unseen;
    struct ic_error *report = error ? error : &unseen;
    enum ic_status status = find_engine(completed.engine, &engine, report);
    if (status == IC_OK)
        status = check_text(text, &completed, report);
    if (status == IC_OK)
        status = engine_native.check(text, &completed, report);
    return status == IC_OK && engine ? engine->check(text, &completed, report) : status;
}
