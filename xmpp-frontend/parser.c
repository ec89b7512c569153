/* SPDX-License-Identifier: Apache-2.0 */
/* The pool of parser processes, and an import as a question to one of them. */
#include "parser.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "importers/payload.h"
#include "log.h"
#include "parser_child.h"
#include "parser_codec.h"

enum {
    PROCESSES = 4,
    REQUESTS = 1000,
    MEMORY_BYTES = 256 * 1024 * 1024,
    CPU_S = 2,
    WAIT_MS = 10 * 1000,
    START_MS = 30 * 1000
};

struct ic_parsers {
    struct ic_parsers_options options;
    pthread_mutex_t lock; /* of the following */
    pthread_cond_t returned;
    struct parser_child *idle; /* the one used last is first */
    size_t alive;              /* idle or busy */
};

/* ---- the pool ---- */

static void release_place(struct ic_parsers *parsers)
{
    pthread_mutex_lock(&parsers->lock);
    parsers->alive--;
    pthread_cond_signal(&parsers->returned);
    pthread_mutex_unlock(&parsers->lock);
}

/* An idle process, or NULL: then there is a place for a new one. */
static struct parser_child *take_idle(struct ic_parsers *parsers)
{
    pthread_mutex_lock(&parsers->lock);
    while (!parsers->idle && parsers->alive == parsers->options.processes_max)
        pthread_cond_wait(&parsers->returned, &parsers->lock);
    struct parser_child *child = parsers->idle;
    if (child)
        parsers->idle = child->next;
    else
        parsers->alive++;
    pthread_mutex_unlock(&parsers->lock);
    return child;
}

static enum ic_status take(struct ic_parsers *parsers, struct parser_child **taken,
                           struct ic_error *error)
{
    struct parser_child *child = take_idle(parsers);
    if (child && !parser_child_is_idle(child)) {
        ic_log("a parser process ended, or spoke unasked; another one takes its place");
        parser_child_free(child);
        child = NULL;
    }
    enum ic_status status = IC_OK;
    if (!child)
        status = parser_child_new(&parsers->options, &child, error);
    if (status == IC_OK)
        *taken = child;
    else
        release_place(parsers);
    return status;
}

static void give(struct ic_parsers *parsers, struct parser_child *child)
{
    if (child->requests >= parsers->options.requests_max) {
        parser_child_free(child);
        release_place(parsers);
        return;
    }
    pthread_mutex_lock(&parsers->lock);
    child->next = parsers->idle;
    parsers->idle = child;
    pthread_cond_signal(&parsers->returned);
    pthread_mutex_unlock(&parsers->lock);
}

/* ---- what went wrong ---- */

/* MiB of a payload, begun ones too: time is given for each. */
static unsigned mib(size_t length)
{
    return (unsigned)(length / (1024 * 1024)) + 1;
}

/* Ends the process and says what became of it: to the log all, to the publisher what he can
 * act on. `status` and *error are why it is given up. */
static enum ic_status give_up(struct ic_parsers *parsers, struct parser_child *child,
                              size_t length, enum ic_status status, struct ic_error *error)
{
    const struct ic_parsers_options *options = &parsers->options;
    const struct ic_error why = *error;
    const int end = parser_child_free(child);
    char text[PARSER_CHILD_END_BYTES];
    release_place(parsers);
    parser_child_end(end, text);
    ic_log("a payload of %zu bytes: %s%s", length, why.text, text);
    if (WIFSIGNALED(end) && WTERMSIG(end) == SIGXCPU)
        return ic_fail(error, IC_TOO_LARGE,
                       "reading the payload takes more than %u seconds of CPU time; publish "
                       "less at once",
                       options->cpu_s * mib(length));
    if (status == IC_TIMEOUT)
        return ic_fail(error, IC_BUSY,
                       "the payload could not be read within %u seconds; try again later",
                       options->wait_ms / 1000 * mib(length));
    if (status == IC_NO_MEMORY)
        return status;
    return ic_fail(error, IC_IO, "the parser of a payload failed: %s%s", why.text, text);
}

/* ---- importing ---- */

/* Gives the process the names of the attributes, if it has others. */
static enum ic_status send_names(const struct ic_parsers *parsers, struct parser_child *child,
                                 const struct ic_ontology *ontology, struct ic_error *error)
{
    if (!ontology || strcmp(child->names, ic_ontology_digest(ontology)) == 0)
        return IC_OK;
    struct encoder names = {0}, answer = {0};
    enum ic_status status = ic_parser_encode_names(&names, ontology, error);
    if (status == IC_OK)
        status = parser_child_ask(child, &names, parsers->options.start_ms,
                                  parsers->options.start_ms / 1000, &answer, error);
    if (status == IC_OK && answer.size > 0)
        status = ic_fail(error, IC_IO, "a parser process does not take an ontology");
    if (status == IC_OK)
        snprintf(child->names, sizeof child->names, "%s", ic_ontology_digest(ontology));
    encoder_free(&names);
    encoder_free(&answer);
    return status;
}

static enum ic_status ask(struct ic_parsers *parsers, const struct encoder *request,
                          size_t length, const struct ic_ontology *ontology,
                          struct ic_document *document, const struct ic_importer **chosen,
                          struct ic_error *error)
{
    struct parser_child *child = NULL;
    struct encoder answer = {0};
    enum ic_status answered = IC_OK, status = take(parsers, &child, error);
    if (status != IC_OK)
        return status;
    child->requests++;
    status = send_names(parsers, child, ontology, error);
    if (status == IC_OK)
        status = parser_child_ask(child, request, parsers->options.wait_ms * mib(length),
                                  parsers->options.cpu_s * mib(length), &answer, error);
    if (status == IC_OK)
        status = ic_parser_decode_answer(answer.data, answer.size, document, chosen, &answered,
                                         error);
    encoder_free(&answer);
    if (status != IC_OK)
        return give_up(parsers, child, length, status, error);
    if (answered == IC_NO_MEMORY) {
        give_up(parsers, child, length, answered, error);
        return ic_fail(error, IC_TOO_LARGE,
                       "reading the payload takes more than %zu MiB of memory; publish less at "
                       "once",
                       parsers->options.memory_bytes / (1024 * 1024));
    }
    give(parsers, child);
    return answered;
}

enum ic_status ic_parsers_import(struct ic_parsers *parsers, const char *xml, size_t length,
                                 const struct ic_ontology *ontology, size_t bytes_max,
                                 struct ic_document *document,
                                 const struct ic_importer **chosen, struct ic_error *error)
{
    struct encoder request = {0};
    struct ic_error unused;
    error = error ? error : &unused;
    if (!parsers)
        return ic_import_payload(xml, length, ontology, bytes_max, document, chosen, error);
    enum ic_status status = ic_parser_encode_request(&request, document, bytes_max,
                                                     ontology != NULL, xml, length, error);
    if (status == IC_OK && request.size > IC_PARSER_REQUEST_BYTES_MAX)
        status = ic_fail_at(error, IC_TOO_LARGE, ic_document_name(document), 0, 0,
                            "the payload of %zu bytes is longer than the limit of %d MiB; "
                            "publish less at once",
                            length, IC_PARSER_REQUEST_BYTES_MAX / (1024 * 1024));
    if (status == IC_OK)
        status = ask(parsers, &request, length, ontology, document, chosen, error);
    encoder_free(&request);
    return status;
}

/* ---- life ---- */

enum ic_status ic_parsers_new(const struct ic_parsers_options *options,
                              struct ic_parsers **parsers, struct ic_error *error)
{
    struct ic_parsers *made = calloc(1, sizeof *made);
    if (!made)
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    struct ic_parsers_options *o = &made->options;
    *o = options ? *options : (struct ic_parsers_options){0};
    o->processes_max = o->processes_max ? o->processes_max : PROCESSES;
    o->requests_max = o->requests_max ? o->requests_max : REQUESTS;
    o->memory_bytes = o->memory_bytes ? o->memory_bytes : MEMORY_BYTES;
    o->cpu_s = o->cpu_s ? o->cpu_s : CPU_S;
    o->wait_ms = o->wait_ms ? o->wait_ms : WAIT_MS;
    o->start_ms = o->start_ms ? o->start_ms : START_MS;
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->returned, NULL);
    struct parser_child *first;
    const enum ic_status status = take(made, &first, error);
    if (status == IC_OK) {
        give(made, first);
        *parsers = made;
    } else {
        ic_parsers_free(made);
    }
    return status;
}

void ic_parsers_free(struct ic_parsers *parsers)
{
    if (!parsers)
        return;
    for (struct parser_child *child; (child = parsers->idle) != NULL;) {
        parsers->idle = child->next;
        parser_child_free(child);
    }
    pthread_cond_destroy(&parsers->returned);
    pthread_mutex_destroy(&parsers->lock);
    free(parsers);
}
