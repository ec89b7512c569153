/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a catalog whose files may be damaged. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "catalog/request.h"
#include "pages.h"

/* Berkeley DB's verifier takes about 10 s for some damaged counts of pages; it ends. */
enum { ASK_MAX_MS = 100000 };

const char *const question_names[QUESTIONS] = {[ASK_OPEN] = "open",
                                               [ASK_LIST] = "list",
                                               [ASK_MATCH_RANGE] = "match a range",
                                               [ASK_MATCH_EDITION] = "match a value",
                                               [ASK_MATCH_PLACE] = "match a concept",
                                               [ASK_SHOW_STEADY] = "show",
                                               [ASK_SHOW_BIG] = "show what is big",
                                               [ASK_SHOW_MISSING] = "show what is not there",
                                               [ASK_RESOLVE] = "resolve",
                                               [ASK_EXPORT] = "export",
                                               [ASK_ONTOLOGY] = "the ontology",
                                               [ASK_SOUND] = "verify",
                                               [ASK_PUBLISH] = "publish",
                                               [ASK_SHOW_PUBLISHED] = "show what was published",
                                               [ASK_OPEN_AGAIN] = "open again",
                                               [ASK_SHOW_AGAIN] = "show it again"};

static struct asked *shared;

void pages_share(struct asked *asked)
{
    shared = asked;
}

struct asking {
    const struct bench *bench;
    struct ic_catalog *catalog;
    struct ic_error error;
};

static void note(struct asking *a, enum question question, enum ic_status status, uint64_t sum)
{
    struct reply *reply = &shared->replies[question];
    reply->sum = sum;
    snprintf(reply->text, sizeof reply->text, "%.*s", REPLY_TEXT_MAX - 1,
             status == IC_OK ? "" : a->error.text);
    reply->status = status;
}

static void doing(enum question question)
{
    snprintf(shared->doing, sizeof shared->doing, "%s", question_names[question]);
}

static uint64_t sum_text(uint64_t sum, const char *text)
{
    for (; text && *text; text++)
        sum = (sum ^ (unsigned char)*text) * 0x100000001b3;
    return sum * 31 + 7;
}

static enum ic_status sum_listed(void *context, const struct ic_advertisement_info *info,
                                 struct ic_error *error)
{
    uint64_t *sum = context;
    (void)error;
    *sum = sum_text(sum_text(sum_text(*sum, info->cloud_name), info->owner), info->digest) +
           info->version * 1000 + info->statements + info->offers;
    return IC_OK;
}

static void ask_list(struct asking *a)
{
    const struct ic_view view = {NULL, 0};
    uint64_t sum = 0;
    doing(ASK_LIST);
    const enum ic_status status =
        ic_catalog_list(a->catalog, &view, sum_listed, &sum, &a->error);
    note(a, ASK_LIST, status, sum);
}

static void ask_match(struct asking *a, enum question question, const char *text)
{
    const char *const texts[] = {text};
    struct ic_request *request = NULL;
    struct ic_answer *answer = NULL;
    const struct ic_match_options options = {.view = {NULL, 0}, .with_offers = true};
    uint64_t sum = 0;
    doing(question);
    enum ic_status status = ic_request_parse("request", texts, 1, &request, &a->error);
    if (status == IC_OK)
        status = ic_catalog_match(a->catalog, request, &options, &answer, &a->error);
    for (size_t i = 0; status == IC_OK && i < answer->shown; i++) {
        sum = sum_text(sum_text(sum, answer->clouds[i].name), answer->clouds[i].owner);
        for (size_t j = 0; j < answer->clouds[i].offer_count; j++)
            sum = sum_text(sum, answer->clouds[i].offers[j]);
    }
    note(a, question, status, sum);
    ic_answer_free(answer);
    ic_request_free(request);
}

static void ask_show(struct asking *a, enum question question, const char *name)
{
    struct world_found found;
    doing(question);
    const enum ic_status status = world_read(a->catalog, name, &found, &a->error);
    note(a, question, status,
         found.stated.sum + found.stated.count + found.there + 10 * found.normalised[0] +
             100 * found.normalised[1]);
}

static void ask_resolve(struct asking *a)
{
    const struct ic_view view = {NULL, 0};
    char *owner = NULL;
    doing(ASK_RESOLVE);
    const enum ic_status status =
        ic_catalog_resolve(a->catalog, "big", &view, &owner, &a->error);
    note(a, ASK_RESOLVE, status, sum_text(0, owner));
    free(owner);
}

/* The order of an export is the catalog's; the sum does not depend on it. */
static enum ic_status sum_quad(void *context, const struct ic_term *s, const struct ic_term *p,
                               const struct ic_term *o, const struct ic_term *graph,
                               struct ic_error *error)
{
    struct world_sum *sum = context;
    (void)error;
    world_sum_add(sum, s, p, o);
    sum->sum += sum_text(0, graph ? graph->text : "");
    return IC_OK;
}

static void ask_export(struct asking *a)
{
    struct world_sum sum = {0, 0};
    doing(ASK_EXPORT);
    const enum ic_status status = ic_catalog_export(a->catalog, sum_quad, &sum, &a->error);
    note(a, ASK_EXPORT, status, sum.sum + sum.count);
}

static void ask_ontology(struct asking *a)
{
    struct ic_ontology *ontology = ic_catalog_ontology(a->catalog);
    doing(ASK_ONTOLOGY);
    note(a, ASK_ONTOLOGY, IC_OK, sum_text(0, ic_ontology_digest(ontology)));
    ic_ontology_release(ontology);
}

static void ask_sound(struct asking *a)
{
    doing(ASK_SOUND);
    enum ic_status status = ic_catalog_verify(a->catalog, NULL, NULL, &a->error);
    if (status == IC_OK && !bench_whole(a->catalog))
        status = ic_fail(&a->error, IC_CORRUPT, "a cloud or a file is there by half");
    note(a, ASK_SOUND, status, 0);
}

static void ask_publish(struct asking *a)
{
    static const struct world_cloud cloud = {"alpha", 2, false};
    const struct ic_publish_options options = {.owner = BENCH_OWNER};
    struct ic_document *document = ic_document_new("published", NULL);
    if (!document || world_add(document, &cloud, &a->error) != IC_OK)
        give_up("cannot make a document");
    doing(ASK_PUBLISH);
    const enum ic_status status =
        ic_catalog_publish(a->catalog, document, &options, NULL, NULL, &a->error);
    note(a, ASK_PUBLISH, status, 0);
    ic_document_free(document);
}

/* What an unanswered question was not asked for. */
static void skip(struct asking *a, enum question from)
{
    for (unsigned i = from; i < QUESTIONS; i++)
        note(a, (enum question)i, IC_CORRUPT, 0);
}

/* Published and not closed: as if the process had been killed. */
static int publish_and_die(void *context)
{
    struct asking a = {.bench = context};
    doing(ASK_OPEN);
    const enum ic_status status =
        bench_open(a.bench, a.bench->catalog, false, &a.catalog, &a.error);
    note(&a, ASK_OPEN, status, 0);
    if (status != IC_OK) {
        skip(&a, ASK_LIST);
        return 0;
    }
    ask_list(&a);
    ask_match(&a, ASK_MATCH_RANGE, "serial >= 1; size >= 20");
    ask_match(&a, ASK_MATCH_EDITION, "edition = \"steady-1\"");
    ask_match(&a, ASK_MATCH_PLACE, "place within Alpha");
    ask_show(&a, ASK_SHOW_STEADY, "steady");
    ask_show(&a, ASK_SHOW_BIG, "big");
    ask_show(&a, ASK_SHOW_MISSING, "missing");
    ask_resolve(&a);
    ask_export(&a);
    ask_ontology(&a);
    ask_sound(&a);
    ask_publish(&a);
    if (shared->replies[ASK_PUBLISH].status == IC_OK)
        ask_show(&a, ASK_SHOW_PUBLISHED, "alpha");
    else
        note(&a, ASK_SHOW_PUBLISHED, IC_CORRUPT, 0);
    _exit(0);
}

static void become_nobody(void)
{
    if (geteuid() != 0)
        return;
    if (setresgid(PAGES_USER, PAGES_USER, PAGES_USER) != 0 ||
        setresuid(PAGES_USER, PAGES_USER, PAGES_USER) != 0)
        give_up("cannot become another user");
    prctl(PR_SET_DUMPABLE, 1); /* the leak checker looks into its own process */
}

int pages_ask(void *context)
{
    struct asking a = {.bench = context};
    become_nobody();
    const struct child_result result =
        wait_child(start_child(publish_and_die, context), ASK_MAX_MS / 2);
    if (result.end == CHILD_LATE)
        for (;;)
            pause(); /* whoever waits for us sees that it hangs */
    if (result.end == CHILD_SIGNALLED)
        raise(result.code);
    if (result.end != CHILD_GOOD)
        return result.code;
    if (shared->replies[ASK_PUBLISH].status != IC_OK) {
        skip(&a, ASK_OPEN_AGAIN);
        return 0;
    }
    doing(ASK_OPEN_AGAIN);
    const enum ic_status status =
        bench_open(a.bench, a.bench->catalog, false, &a.catalog, &a.error);
    note(&a, ASK_OPEN_AGAIN, status, 0);
    if (status != IC_OK) {
        skip(&a, ASK_SHOW_AGAIN);
        return 0;
    }
    ask_show(&a, ASK_SHOW_AGAIN, "alpha");
    doing(ASK_SHOW_AGAIN);
    ic_catalog_close(a.catalog);
    return 0;
}

static int publish_unclosed(void *context)
{
    static const struct world_cloud clouds[] = {
        {"alpha", 3, false}, {"extra", 1, false}, {"steady", 1, false}};
    struct asking a = {.bench = context};
    if (bench_open(a.bench, a.bench->other, false, &a.catalog, &a.error) != IC_OK)
        give_up("cannot open the catalog: %s", a.error.text);
    for (unsigned i = 0; i < sizeof clouds / sizeof *clouds; i++) {
        const struct ic_publish_options options = {.owner = BENCH_OWNER,
                                                   .lease_ms = 1000LL * 60 * 60 * 24 * 365};
        struct ic_document *document = ic_document_new("published", NULL);
        if (!document || world_add(document, &clouds[i], &a.error) != IC_OK ||
            ic_catalog_publish(a.catalog, document, &options, NULL, NULL, &a.error) != IC_OK)
            give_up("cannot publish: %s", a.error.text);
        ic_document_free(document);
    }
    _exit(0);
}

const char *pages_killed(struct bench *bench)
{
    remove_tree(bench->other);
    copy_tree(bench->prepared, bench->other);
    const struct child_result result =
        wait_child(start_child(publish_unclosed, bench), ASK_MAX_MS);
    if (result.end != CHILD_GOOD)
        give_up("the catalog to be killed could not be made");
    return bench->other;
}
