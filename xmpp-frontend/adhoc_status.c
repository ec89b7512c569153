/* SPDX-License-Identifier: Apache-2.0 */
/* The commands about the catalog as a whole: catalog_status, list_publishers. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define uthash_nonfatal_oom(publisher) ((publisher)->lost = true)
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "adhoc.h"
#include "catalog/instant.h"
#include "catalog/shell.h"

/* ---- catalog_status ---- */

enum ic_status ic_adhoc_status(struct ic_call *call)
{
    const struct ic_service *service = call->service;
    struct ic_catalog_stats stats;
    struct ic_buffer *out = &call->output->head;
    size_t queued, running;
    const enum ic_status status = ic_catalog_stats(service->catalog, &stats, call->error);
    if (status != IC_OK)
        return status;
    ic_jobs_count(service->jobs, &queued, &running);
    ic_buffer_text(out, "<status xmlns='" IC_NS_PAYLOAD "'");
    ic_buffer_attribute(out, "version", IC_VERSION);
    ic_buffer_attribute(out, "catalog", stats.uuid);
    ic_buffer_format(out, " epoch='%" PRIu64 "' sequence='%" PRIu64 "'", stats.epoch,
                     stats.sequence);
    ic_buffer_format(out, " clouds='%" PRIu64 "' offers='%" PRIu64 "' statements='%" PRIu64 "'",
                     stats.live_advertisements, stats.offers, stats.stated);
    ic_buffer_attribute(out, "ontology", stats.ontology_digest);
    ic_buffer_format(
        out,
        " uptime='%" PRId64 "' queued='%zu' running='%zu' sessions='%zu' "
        "answered='%" PRIuFAST64 "' refused='%" PRIuFAST64 "' memory='%" PRIu64 "'/>",
        (service->now_ms() - service->started_ms) / 1000, queued, running,
        atomic_load(&service->sessions_open), atomic_load(&service->answered),
        atomic_load(&service->refused),
        stats.cache_bytes + stats.posting_bytes + stats.name_bytes + stats.version_bytes);
    return IC_OK;
}

/* ---- list_publishers ---- */

struct publisher {
    char *jid;
    size_t clouds, live, statements;
    int64_t published_ms; /* the last time */
    bool lost;
    UT_hash_handle hh;
};

static struct publisher *find_publisher(struct publisher **publishers, const char *jid)
{
    struct publisher *publisher = NULL;
    HASH_FIND_STR(*publishers, jid, publisher);
    if (publisher)
        return publisher;
    publisher = calloc(1, sizeof *publisher);
    if (publisher)
        publisher->jid = strdup(jid);
    if (publisher && publisher->jid)
        HASH_ADD_KEYPTR(hh, *publishers, publisher->jid, strlen(publisher->jid), publisher);
    if (publisher && (!publisher->jid || publisher->lost)) {
        free(publisher->jid);
        free(publisher);
        return NULL;
    }
    return publisher;
}

static enum ic_status count(void *context, const struct ic_advertisement_info *info,
                            struct ic_error *error)
{
    struct publisher *publisher = find_publisher(context, info->owner);
    if (!publisher)
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    publisher->clouds++;
    publisher->live += info->live;
    publisher->statements += info->statements;
    if (info->published_ms > publisher->published_ms)
        publisher->published_ms = info->published_ms;
    return IC_OK;
}

static int by_jid(const struct publisher *a, const struct publisher *b)
{
    return strcmp(a->jid, b->jid);
}

enum ic_status ic_adhoc_list_publishers(struct ic_call *call)
{
    struct publisher *publishers = NULL, *publisher, *after;
    struct ic_buffer *out = &call->output->items;
    const struct ic_view view = {0};
    const enum ic_status status =
        ic_catalog_list(call->service->catalog, &view, count, &publishers, call->error);
    HASH_SORT(publishers, by_jid);
    ic_buffer_format(&call->output->head, "<publishers xmlns='%s' publishers='%u'>",
                     IC_NS_PAYLOAD, HASH_COUNT(publishers));
    HASH_ITER(hh, publishers, publisher, after)
    {
        char time[IC_INSTANT_BYTES];
        ic_instant_format(publisher->published_ms, time);
        ic_buffer_text(out, "<publisher");
        ic_buffer_attribute(out, "jid", publisher->jid);
        ic_buffer_format(out, " clouds='%zu' live='%zu' statements='%zu'", publisher->clouds,
                         publisher->live, publisher->statements);
        ic_buffer_attribute(out, "published", time);
        ic_buffer_text(out, "/>");
        ic_output_end_item(call->output);
        HASH_DEL(publishers, publisher);
        free(publisher->jid);
        free(publisher);
    }
    ic_buffer_text(&call->output->tail, "</publishers>");
    return status;
}
