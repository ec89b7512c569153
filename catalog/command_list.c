/* SPDX-License-Identifier: Apache-2.0 */
/* list: the advertisements of a catalog. */
#include <inttypes.h>

#include "command_run.h"
#include "instant.h"

static enum ic_status add_json(void *context, const struct ic_advertisement_info *info,
                               struct ic_error *error)
{
    return ic_json_array_add(context, ic_json_advertisement(info), error);
}

static enum ic_status add_row(void *context, const struct ic_advertisement_info *info,
                              struct ic_error *error)
{
    char version[24], offers[24], published[IC_INSTANT_BYTES], expires[IC_INSTANT_BYTES];
    snprintf(version, sizeof version, "%" PRIu64, info->version);
    snprintf(offers, sizeof offers, "%zu", info->offers);
    ic_instant_format(info->published_ms, published);
    if (info->expires_ms)
        ic_instant_format(info->expires_ms, expires);
    else
        snprintf(expires, sizeof expires, "never");
    const char *cells[] = {info->cloud_name,
                           info->owner,
                           version,
                           published,
                           expires,
                           offers,
                           info->format ? info->format : "-",
                           info->live ? "live" : "expired"};
    return ic_table_row(context, cells, error);
}

enum ic_status ic_run_list(struct ic_invocation *invocation, struct ic_error *error)
{
    static const char *const headings[] = {"NAME",    "OWNER",  "VERSION", "PUBLISHED",
                                           "EXPIRES", "OFFERS", "FORMAT",  "STATE"};
    const struct ic_view view = {0};
    struct ic_io *io = invocation->io;
    enum ic_status status;
    if (ic_option_given(invocation, "json")) {
        struct ic_json_array array;
        ic_json_array_begin(&array, io->out);
        status = ic_catalog_list(invocation->catalog, &view, add_json, &array, error);
        ic_json_array_end(&array);
        return status;
    }
    struct ic_table *table =
        ic_table_new(io->out, headings, sizeof headings / sizeof *headings);
    if (!table)
        return ic_fail(error, IC_NO_MEMORY, "out of memory");
    status = ic_catalog_list(invocation->catalog, &view, add_row, table, error);
    ic_table_end(table);
    ic_table_free(table);
    return status;
}
