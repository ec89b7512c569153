/* SPDX-License-Identifier: Apache-2.0 */
/* The formats Turtle, TriG, N-Triples and N-Quads: the checked text through raptor. */
#include <stdlib.h>
#include <string.h>

#include "formats.h"
#include "raptor.h"
#include "turtle_grammar.h"

/* A statement that raptor owes us: its line and role. */
struct owed {
    uint32_t line;
    int role;
};

struct run {
    struct ic_turtle_lexer lexer;
    struct ic_raptor *raptor;
    struct owed *owed; /* a queue: [first, count) */
    size_t first, count, room;
};

static enum ic_status on_turtle(void *context, const char *text, size_t length)
{
    struct run *run = context;
    return ic_raptor_turtle(run->raptor, text, length);
}

static enum ic_status on_lines(void *context, const char *text, size_t length)
{
    struct run *run = context;
    return ic_raptor_feed(run->raptor, text, length);
}

static enum ic_status on_statement(void *context, uint32_t line, int role)
{
    struct run *run = context;
    /* raptor is a line behind, so the queue is hardly ever empty. */
    if (run->count == run->room && run->first > run->room / 2) {
        memmove(run->owed, run->owed + run->first,
                (run->count - run->first) * sizeof *run->owed);
        run->count -= run->first;
        run->first = 0;
    }
    if (run->count == run->room) {
        const size_t wanted = run->room ? run->room * 2 : 1024;
        struct owed *grown = realloc(run->owed, wanted * sizeof *grown);
        if (!grown)
            return IC_NO_MEMORY;
        run->owed = grown;
        run->room = wanted;
    }
    run->owed[run->count++] = (struct owed){line, role};
    return IC_OK;
}

static bool next_owed(void *context, struct ic_place *place)
{
    struct run *run = context;
    if (run->first == run->count)
        return false;
    const struct owed owed = run->owed[run->first++];
    *place = (struct ic_place){.line = owed.line, .role = (enum ic_statement_role)owed.role};
    return true;
}

/* The oldest statement that raptor has not made yet is the one it stumbles over. */
static struct ic_place current(void *context)
{
    const struct run *run = context;
    return (struct ic_place){.line = run->first < run->count ? run->owed[run->first].line
                                                             : run->lexer.line};
}

static enum ic_status parse(struct run *run, const struct ic_import_context *context)
{
    const bool lines = run->lexer.dialect == IC_NTRIPLES || run->lexer.dialect == IC_NQUADS;
    const struct ic_turtle_sink sink = {run, lines ? on_lines : on_turtle, on_statement};
    struct ic_turtle_summary summary;
    enum ic_status status = lines ? ic_raptor_begin(run->raptor) : IC_OK;
    if (status == IC_OK)
        status = ic_turtle_read(&run->lexer, !context->network_payload, &sink, &summary);
    if (status == IC_OK && lines)
        status = ic_raptor_end(run->raptor);
    return status;
}

static enum ic_status read_document(enum ic_turtle_dialect dialect, const char *parser,
                                    const struct ic_import_context *context,
                                    struct ic_document *document, struct ic_error *error)
{
    struct run run = {0};
    struct ic_source source = {.context = context, .document = document};
    const struct ic_raptor_hooks hooks = {&run, next_owed, current};

    ic_turtle_lexer_open(&run.lexer, dialect, &source, error);
    enum ic_status status = ic_raptor_new(parser, context, document, hooks, &run.raptor, error);
    if (status == IC_OK)
        status = parse(&run, context);
    if (status == IC_OK && run.first != run.count)
        status = ic_fail_at(error, IC_IO, ic_document_name(document), run.owed[run.first].line,
                            0, "raptor made no statement of this");
    ic_raptor_free(run.raptor);
    ic_turtle_lexer_close(&run.lexer);
    free(run.owed);
    return status;
}

/* What the head is in `dialect`: checks it, counts, and says whether it is right so far. */
static bool check_head(enum ic_turtle_dialect dialect, const char *head, size_t length,
                       struct ic_turtle_summary *summary)
{
    struct ic_turtle_lexer lexer;
    *summary = (struct ic_turtle_summary){0};
    if (ic_turtle_lexer_open_memory(&lexer, dialect, head, length, NULL) != IC_OK)
        return false;
    const enum ic_status status = ic_turtle_read(&lexer, true, NULL, summary);
    const bool cut = length == IC_SNIFF_BYTES && lexer.starved;
    ic_turtle_lexer_close(&lexer);
    return status == IC_OK || cut;
}

/* A head that goes wrong is still its format's when something of it was right. */
enum { SURE = 90, LIKELY = 70, POSSIBLE = 50, BROKEN = 10 };

static int recognise_turtle(const char *head, size_t length)
{
    struct ic_turtle_summary summary;
    const bool right = check_head(IC_TURTLE, head, length, &summary);
    if (right)
        return summary.directives ? SURE : summary.statements ? POSSIBLE : 0;
    return summary.directives ? BROKEN + 1 : summary.statements ? BROKEN : 0;
}

static int recognise_trig(const char *head, size_t length)
{
    struct ic_turtle_summary summary;
    const bool right = check_head(IC_TRIG, head, length, &summary);
    if (right && summary.statements)
        return summary.named ? SURE + 1 : POSSIBLE - 1;
    return summary.named ? BROKEN + 2 : 0;
}

static int recognise_ntriples(const char *head, size_t length)
{
    struct ic_turtle_summary summary;
    const bool right = check_head(IC_NTRIPLES, head, length, &summary);
    return !summary.statements ? 0 : right ? LIKELY : BROKEN;
}

static int recognise_nquads(const char *head, size_t length)
{
    struct ic_turtle_summary summary;
    const bool right = check_head(IC_NQUADS, head, length, &summary);
    if (right && summary.statements)
        return summary.named ? SURE : POSSIBLE - 2;
    return summary.named ? BROKEN + 2 : 0;
}

static enum ic_status run_turtle(const struct ic_import_context *context,
                                 struct ic_document *document, struct ic_error *error)
{
    return read_document(IC_TURTLE, "turtle", context, document, error);
}

/* raptor's own TriG reader knows neither GRAPH nor PREFIX: the grammar takes the graphs out and
 * its Turtle reader does the rest. */
static enum ic_status run_trig(const struct ic_import_context *context,
                               struct ic_document *document, struct ic_error *error)
{
    return read_document(IC_TRIG, "turtle", context, document, error);
}

static enum ic_status run_ntriples(const struct ic_import_context *context,
                                   struct ic_document *document, struct ic_error *error)
{
    return read_document(IC_NTRIPLES, "ntriples", context, document, error);
}

static enum ic_status run_nquads(const struct ic_import_context *context,
                                 struct ic_document *document, struct ic_error *error)
{
    return read_document(IC_NQUADS, "nquads", context, document, error);
}

const struct ic_importer ic_importer_turtle = {
    .name = "turtle",
    .label = "RDF 1.1 Turtle",
    .media_type = "text/turtle",
    .extensions = "ttl turtle",
    .recognise = recognise_turtle,
    .run = run_turtle,
};

const struct ic_importer ic_importer_trig = {
    .name = "trig",
    .label = "RDF 1.1 TriG",
    .media_type = "application/trig",
    .extensions = "trig",
    .recognise = recognise_trig,
    .run = run_trig,
};

const struct ic_importer ic_importer_ntriples = {
    .name = "ntriples",
    .label = "RDF 1.1 N-Triples",
    .media_type = "application/n-triples",
    .extensions = "nt ntriples",
    .recognise = recognise_ntriples,
    .run = run_ntriples,
};

const struct ic_importer ic_importer_nquads = {
    .name = "nquads",
    .label = "RDF 1.1 N-Quads",
    .media_type = "application/n-quads",
    .extensions = "nq nquads",
    .recognise = recognise_nquads,
    .run = run_nquads,
};
