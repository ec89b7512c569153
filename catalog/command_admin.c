/* SPDX-License-Identifier: Apache-2.0 */
/* export, withdraw, stats, verify, backup: looking after a catalog. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command_run.h"
#include "names.h"
#include "serialize.h"

/* ---- export ---- */

static enum ic_status export_statement(void *context, const struct ic_term *s,
                                       const struct ic_term *p, const struct ic_term *o,
                                       const struct ic_term *graph, struct ic_error *error)
{
    return ic_writer_statement(context, s, p, o, graph, error);
}

static enum ic_status export_json(void *context, const struct ic_term *s,
                                  const struct ic_term *p, const struct ic_term *o,
                                  const struct ic_term *graph, struct ic_error *error)
{
    return ic_json_array_add(context, ic_json_statement(s, p, o, graph), error);
}

enum ic_status ic_check_export(const struct ic_invocation *invocation, struct ic_error *error)
{
    static const char *const outputs[] = {"format", "json", NULL};
    const char *format = ic_option_value(invocation, "format");
    enum ic_rdf_syntax syntax;
    if (format && (!ic_syntax_find(format, &syntax) || syntax != IC_RDF_NQUADS))
        return ic_fail(error, IC_USAGE,
                       "export: --format: '%s' has no graph names; nquads is the format for a "
                       "whole catalog",
                       format);
    return ic_options_exclude(invocation, outputs, error);
}

enum ic_status ic_run_export(struct ic_invocation *invocation, struct ic_error *error)
{
    struct ic_io *io = invocation->io;
    enum ic_status status;
    if (ic_option_given(invocation, "json")) {
        struct ic_json_array array;
        ic_json_array_begin(&array, io->out);
        status = ic_catalog_export(invocation->catalog, export_json, &array, error);
        ic_json_array_end(&array);
        return status;
    }
    struct ic_writer *writer = NULL;
    status = ic_writer_new(IC_RDF_NQUADS, io->out, &writer, error);
    if (status == IC_OK)
        status = ic_catalog_export(invocation->catalog, export_statement, writer, error);
    if (status == IC_OK)
        status = ic_writer_end(writer, error);
    ic_writer_free(writer);
    return status;
}

/* ---- withdraw ---- */

enum ic_status ic_run_withdraw(struct ic_invocation *invocation, struct ic_error *error)
{
    FILE *out = invocation->io->out;
    char *name;
    uint64_t sequence = 0;
    enum ic_status status = ic_name_cloud(invocation->operands[0], &name, error);
    if (status != IC_OK)
        return status;
    status = ic_hint_list(
        ic_catalog_withdraw(invocation->catalog, IC_OWNER_ADMIN, name, &sequence, error),
        error);
    if (status == IC_OK && ic_option_given(invocation, "json")) {
        status =
            ic_json_print(json_pack("{s:o, s:s, s:I}", "name", ic_json_text(name), "outcome",
                                    "withdrawn", "sequence", (json_int_t)sequence),
                          out, error);
    } else if (status == IC_OK) {
        ic_print_escaped(out, name, strlen(name));
        fputs(": withdrawn\n", out);
    }
    free(name);
    return status;
}

/* ---- stats ---- */

static json_t *json_stats(const struct ic_catalog_stats *s)
{
    return json_pack(
        "{s:s, s:I, s:I, s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
        "s:I, s:I, s:I, s:I}",
        "uuid", s->uuid, "epoch", (json_int_t)s->epoch, "sequence", (json_int_t)s->sequence,
        "format-version", (json_int_t)s->format_version, "ontology-digest", s->ontology_digest,
        "advertisements", (json_int_t)s->advertisements, "live-advertisements",
        (json_int_t)s->live_advertisements, "entries", (json_int_t)s->entries, "offers",
        (json_int_t)s->offers, "stated-statements", (json_int_t)s->stated,
        "effective-statements", (json_int_t)s->effective, "terms", (json_int_t)s->terms,
        "plain-graphs", (json_int_t)s->plain_graphs, "plain-statements",
        (json_int_t)s->plain_statements, "ontology-statements",
        (json_int_t)s->ontology_statements, "database-bytes", (json_int_t)s->database_bytes,
        "log-bytes", (json_int_t)s->log_bytes, "memory-cache", (json_int_t)s->cache_bytes,
        "memory-postings", (json_int_t)s->posting_bytes, "memory-names",
        (json_int_t)s->name_bytes, "memory-versions", (json_int_t)s->version_bytes);
}

enum ic_status ic_run_stats(struct ic_invocation *invocation, struct ic_error *error)
{
    struct ic_catalog_stats stats;
    FILE *out = invocation->io->out;
    enum ic_status status = ic_catalog_stats(invocation->catalog, &stats, error);
    if (status != IC_OK)
        return status;
    json_t *object = json_stats(&stats);
    if (!object || ic_option_given(invocation, "json"))
        return ic_json_print(object, out, error);
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        if (json_is_string(value))
            fprintf(out, "%-22s%s\n", key, json_string_value(value));
        else
            fprintf(out, "%-22s%" JSON_INTEGER_FORMAT "\n", key, json_integer_value(value));
    }
    json_decref(object);
    return IC_OK;
}

/* ---- verify ---- */

struct findings {
    struct ic_io *io;
    json_t *list; /* or NULL: told on stderr */
    size_t count;
};

static void take_problem(void *context, const char *message)
{
    struct findings *findings = context;
    findings->count++;
    if (findings->list) {
        json_array_append_new(findings->list, ic_json_text(message));
        return;
    }
    ic_print_escaped(findings->io->err, message, strlen(message));
    fputc('\n', findings->io->err);
}

enum ic_status ic_run_verify(struct ic_invocation *invocation, struct ic_error *error)
{
    struct findings findings = {.io = invocation->io};
    const bool as_json = ic_option_given(invocation, "json");
    if (as_json && !(findings.list = json_array()))
        return ic_fail(error, IC_NO_MEMORY, "out of memory");
    enum ic_status status =
        ic_catalog_verify(invocation->catalog, take_problem, &findings, error);
    if (as_json && (status == IC_OK || status == IC_CORRUPT)) {
        const enum ic_status printed = ic_json_print(
            json_pack("{s:b, s:o}", "sound", status == IC_OK, "problems", findings.list),
            invocation->io->out, error);
        status = printed == IC_OK ? status : printed;
    } else if (as_json) {
        json_decref(findings.list);
    } else if (status == IC_OK) {
        fputs("the catalog is sound\n", invocation->io->out);
    }
    return status;
}

/* ---- backup ---- */

enum ic_status ic_run_backup(struct ic_invocation *invocation, struct ic_error *error)
{
    FILE *out = invocation->io->out;
    char *directory = invocation->io->absolute(invocation->io, invocation->operands[0]);
    if (!directory)
        return ic_fail(error, IC_NO_MEMORY, "cannot tell where '%s' is",
                       invocation->operands[0]);
    enum ic_status status = ic_catalog_backup(invocation->catalog, directory, error);
    if (status == IC_OK && ic_option_given(invocation, "json")) {
        status =
            ic_json_print(json_pack("{s:o}", "backup", ic_json_text(directory)), out, error);
    } else if (status == IC_OK) {
        ic_print_escaped(out, directory, strlen(directory));
        fputs(": backup is complete\n", out);
    }
    free(directory);
    return status;
}
