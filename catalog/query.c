/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing the engine that runs a query. */
#include "query.h"

#include <string.h>

#include "query_engine.h"

/* The first is the default. */
static const struct query_engine *const engines[] = {&engine_rasqal};

/* The texts of queries from outside are small; larger ones come from our own compiler. */
enum { QUERY_BYTES_MAX = 64 * 1024 * 1024 };

static enum ic_status find_engine(const char *name, const struct query_engine **engine,
                                  struct ic_error *error)
{
    *engine = engines[0];
    if (!name)
        return IC_OK;
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
        *engine = engines[i];
        if (strcmp(engines[i]->name, name) == 0)
            return IC_OK;
    }
    return ic_fail(error, IC_USAGE, "there is no query engine \"%s\"; this version has: rasqal",
                   name);
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
    return IC_OK;
}

static struct ic_query_options complete(const struct ic_query_options *options)
{
    struct ic_query_options completed = options ? *options : (struct ic_query_options){0};
    if (!completed.name)
        completed.name = "query";
    return completed;
}

enum ic_status ic_query_run(struct ic_dataset *dataset, const char *text,
                            const struct ic_query_options *options,
                            const struct ic_query_sink *sink, struct ic_error *error)
{
    const struct ic_query_options completed = complete(options);
    const struct query_engine *engine;
    struct ic_error unseen;
    struct ic_error *report = error ? error : &unseen;
    enum ic_status status = find_engine(completed.engine, &engine, report);
    if (status == IC_OK)
        status = check_text(text, &completed, report);
    return status == IC_OK ? engine->run(dataset, text, &completed, sink, report) : status;
}

enum ic_status ic_query_check(const char *text, const struct ic_query_options *options,
                              struct ic_error *error)
{
    const struct ic_query_options completed = complete(options);
    const struct query_engine *engine;
    struct ic_error unseen;
    struct ic_error *report = error ? error : &unseen;
    enum ic_status status = find_engine(completed.engine, &engine, report);
    if (status == IC_OK)
        status = check_text(text, &completed, report);
    return status == IC_OK ? engine->check(text, &completed, report) : status;
}
