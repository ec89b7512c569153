/* SPDX-License-Identifier: Apache-2.0 */
/* import: publishes, stores or restores what files state. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command_run.h"
#include "duration.h"
#include "instant.h"
#include "names.h"

/* A file with more statements is published in windows (ic_bulk_begin). */
enum { LARGE_STATEMENTS = 200 * 1000 };

struct job {
    struct ic_io *io;
    struct ic_catalog *catalog;
    struct ic_ontology *ontology;
    struct ic_publish_options options;
    const char *path, *format, *graph;
    char *owner, *cloud; /* normalised; owned */
    bool restore, as_json;
    struct ic_json_array json;
    struct ic_error json_error; /* the first failure of writing a report */
    size_t outcomes[3], offers, statements;
};

static const char *const outcome_names[] = {[IC_PUBLISHED_NEW] = "new",
                                            [IC_PUBLISHED_REPLACED] = "replaced",
                                            [IC_PUBLISHED_RENEWED] = "renewed"};

/* ---- --formats ---- */

static enum ic_status list_formats(const struct ic_invocation *invocation,
                                   struct ic_error *error)
{
    static const char *const headings[] = {"FORMAT", "MEDIA TYPE", "EXTENSIONS", "WHAT IT IS"};
    struct ic_io *io = invocation->io;
    enum ic_status status = IC_OK;
    if (ic_option_given(invocation, "json")) {
        struct ic_json_array array;
        ic_json_array_begin(&array, io->out);
        for (size_t i = 0; status == IC_OK && ic_importers[i]; i++) {
            const struct ic_importer *f = ic_importers[i];
            json_t *object =
                json_pack("{s:s, s:s, s:s?, s:s}", "format", f->name, "media-type",
                          f->media_type, "extensions", f->extensions, "label", f->label);
            status = ic_json_array_add(&array, object, error);
        }
        ic_json_array_end(&array);
        return status;
    }
    struct ic_table *table = ic_table_new(io->out, headings, 4);
    if (!table)
        return ic_fail(error, IC_NO_MEMORY, "out of memory");
    for (size_t i = 0; status == IC_OK && ic_importers[i]; i++) {
        const struct ic_importer *f = ic_importers[i];
        const char *cells[] = {f->name, f->media_type, f->extensions ? f->extensions : "",
                               f->label};
        status = ic_table_row(table, cells, error);
    }
    ic_table_end(table);
    ic_table_free(table);
    return status;
}

/* ---- reports ---- */

static void warn(void *context, const struct ic_error *warning)
{
    const struct job *job = context;
    struct ic_error shown = *warning;
    ic_fail_at(&shown, warning->status, warning->file, warning->line, warning->column,
               "warning: %s", warning->text);
    ic_error_print(&shown, job->io->err);
}

static void report(void *context, const struct ic_published *published)
{
    struct job *job = context;
    job->outcomes[published->outcome]++;
    job->offers += published->offers;
    job->statements += published->statements;
    if (!job->as_json || job->json_error.status != IC_OK)
        return;
    json_t *object = json_pack(
        "{s:o, s:o, s:o, s:o, s:s, s:I, s:I, s:o, s:I, s:I, s:b}", "file",
        ic_json_text(job->path), "name", ic_json_text(published->cloud_name), "owner",
        ic_json_text(published->owner), "graph", ic_json_text(published->graph), "outcome",
        outcome_names[published->outcome], "version", (json_int_t)published->version,
        "sequence", (json_int_t)published->sequence, "expires",
        ic_json_instant(published->expires_ms), "offers", (json_int_t)published->offers,
        "statements", (json_int_t)published->statements, "dry-run", (int)job->options.dry_run);
    ic_json_array_add(&job->json, object, &job->json_error);
}

/* The line for people about a file that was published. */
static void print_published(const struct job *job)
{
    FILE *out = job->io->out;
    const size_t clouds = job->outcomes[0] + job->outcomes[1] + job->outcomes[2];
    const char *gap = " (";
    ic_print_escaped(out, job->path, strlen(job->path));
    fprintf(out, ": %zu %s", clouds, clouds == 1 ? "cloud" : "clouds");
    for (size_t i = 0; i < 3; i++)
        if (job->outcomes[i]) {
            fprintf(out, "%s%zu %s", gap, job->outcomes[i], outcome_names[i]);
            gap = ", ";
        }
    fprintf(out, "%s, %zu %s, %zu %s%s\n", clouds ? ")" : "", job->offers,
            job->offers == 1 ? "offer" : "offers", job->statements,
            job->statements == 1 ? "statement" : "statements",
            job->options.dry_run ? "; nothing was changed" : "");
}

/* The report about a file that went to a plain graph or restored the catalog. */
static enum ic_status report_whole(struct job *job, const char *what, size_t statements,
                                   struct ic_error *error)
{
    FILE *out = job->io->out;
    if (job->as_json)
        return ic_json_array_add(
            &job->json,
            json_pack("{s:o, s:o, s:s, s:I, s:b}", "file", ic_json_text(job->path), "graph",
                      ic_json_text(job->graph), "outcome", what, "statements",
                      (json_int_t)statements, "dry-run", (int)job->options.dry_run),
            error);
    ic_print_escaped(out, job->path, strlen(job->path));
    fprintf(out, ": %s, %zu %s", what, statements,
            statements == 1 ? "statement" : "statements");
    fputs(job->options.dry_run ? "; nothing was changed\n" : "\n", out);
    return IC_OK;
}

/* ---- large files ---- */

/* A file that is being read, until it turns out to be large. */
struct large {
    struct job *job;
    struct ic_bulk *bulk; /* NULL: not begun */
    bool refused;         /* as a whole, then */
    uint64_t size_bytes;
    const struct ic_importer *const *format;
};

static void note_file(void *context, uint64_t size_bytes,
                      const struct ic_importer *const *format)
{
    struct large *large = context;
    large->size_bytes = size_bytes;
    large->format = format;
}

static enum ic_status take_window(void *context, struct ic_document *document,
                                  struct ic_error *error)
{
    struct large *large = context;
    size_t count;
    ic_document_statements(document, &count);
    if (!large->bulk && (large->refused || count < LARGE_STATEMENTS))
        return IC_OK;
    if (!large->bulk) {
        struct ic_bulk_options options = {.publish = large->job->options,
                                          .input_bytes = large->size_bytes};
        options.publish.format = (*large->format)->name;
        if (options.publish.lease_ms == 0)
            options.publish.lease_ms = ic_document_lease(document);
        const enum ic_status status =
            ic_bulk_begin(large->job->catalog, &options, &large->bulk, error);
        large->refused = status == IC_UNSUPPORTED;
        if (status != IC_OK)
            return large->refused ? IC_OK : status;
    }
    return ic_bulk_window(large->bulk, document, error);
}

/* Ends what take_window began. IC_UNSUPPORTED: nothing has happened, and the file has to be
 * read again as a whole. */
static enum ic_status end_large(struct large *large, enum ic_status status,
                                struct ic_document *document, struct ic_error *error)
{
    struct job *job = large->job;
    struct ic_bulk_counts counts;
    status = ic_bulk_end(large->bulk, status, document, &counts, error);
    if (status != IC_OK)
        return status;
    job->outcomes[IC_PUBLISHED_NEW] = counts.clouds;
    job->offers = counts.offers;
    job->statements = counts.statements;
    print_published(job);
    return IC_OK;
}

/* ---- the work ---- */

static enum ic_status store_document(struct job *job, struct ic_document *document,
                                     struct ic_error *error)
{
    size_t count;
    ic_document_statements(document, &count);
    enum ic_status status;
    if (job->restore) {
        status = ic_catalog_restore(job->catalog, document, job->options.dry_run, error);
        return status == IC_OK ? report_whole(job, "restored", count, error) : status;
    }
    if (job->graph) {
        status = ic_catalog_put_graph(job->catalog, job->graph, document, job->options.dry_run,
                                      error);
        return status == IC_OK ? report_whole(job, "stored", count, error) : status;
    }
    struct ic_publish_options options = job->options;
    if (options.lease_ms == 0)
        options.lease_ms = ic_document_lease(document);
    memset(job->outcomes, 0, sizeof job->outcomes);
    job->offers = job->statements = 0;
    status = ic_catalog_publish(job->catalog, document, &options, report, job, error);
    if (status == IC_OK && job->json_error.status != IC_OK) {
        *error = job->json_error;
        return error->status;
    }
    if (status == IC_OK && !job->as_json)
        print_published(job);
    return status;
}

/* Can what does not fit into memory be published in windows? Standard input cannot be read
 * again when it turns out that it cannot. */
static bool may_be_large(const struct job *job)
{
    return !job->graph && !job->restore && !job->cloud && !job->as_json &&
           !job->options.dry_run && strcmp(job->path, "-") != 0;
}

static enum ic_status import_file(struct job *job, const char *path, bool whole,
                                  struct ic_error *error)
{
    struct ic_document *document = NULL;
    const struct ic_importer *chosen = NULL;
    struct large large = {.job = job};
    struct ic_file_source source = {
        .path = path, .format = job->format, .ontology = job->ontology, .progress = true};
    source.limits = ic_catalog_limits(job->catalog);
    if (!job->restore) /* the administrator's own, and all there is */
        source.memory_max = ic_limit_value(source.limits, IC_LIMIT_TRANSACTION);
    job->path = path;
    memset(job->outcomes, 0, sizeof job->outcomes);
    if (!whole && may_be_large(job)) {
        source.window = take_window;
        source.opened = note_file;
        source.window_context = &large;
        source.window_statements = IC_BULK_WINDOW_STATEMENTS;
    }
    enum ic_status status = ic_file_import(job->io, &source, &document, &chosen, error);
    if (large.bulk) {
        status = end_large(&large, status, document, error);
        ic_document_free(document);
        return status == IC_UNSUPPORTED ? import_file(job, path, true, error) : status;
    }
    if (status != IC_OK)
        return status;
    job->options.format = chosen ? chosen->name : job->format;
    status = store_document(job, document, error);
    ic_document_free(document);
    if (status == IC_OK)
        status = ic_out_check(job->io, error);
    return status;
}

/* Owned: free_options, also after a failure. */
static enum ic_status take_options(const struct ic_invocation *invocation, struct job *job,
                                   struct ic_error *error)
{
    const char *owner = ic_option_value(invocation, "owner");
    const char *cloud = ic_option_value(invocation, "cloud");
    const char *lease = ic_option_value(invocation, "lease");
    enum ic_status status = IC_OK;
    if (owner && strcmp(owner, IC_OWNER_ADMIN) != 0)
        status = ic_name_jid(owner, &job->owner, error);
    if (status == IC_OK && cloud)
        status = ic_name_cloud(cloud, &job->cloud, error);
    if (status == IC_OK && lease)
        status = ic_duration_parse(lease, &job->options.lease_ms, error);
    if (status == IC_BAD_INPUT) {
        const struct ic_error inner = *error;
        return ic_fail(error, IC_USAGE, "import: %s", inner.text);
    }
    job->options.owner = job->owner ? job->owner : IC_OWNER_ADMIN;
    job->options.cloud_name = job->cloud;
    job->options.dry_run = ic_option_given(invocation, "dry-run");
    job->options.strict = ic_option_given(invocation, "strict");
    job->options.warn = warn;
    job->options.warn_context = job;
    return status;
}

static void free_options(struct job *job)
{
    free(job->owner);
    free(job->cloud);
}

enum ic_status ic_check_import(const struct ic_invocation *invocation, struct ic_error *error)
{
    static const char *const targets[] = {"graph", "restore", "cloud", NULL};
    static const char *const owners[] = {"graph", "restore", "owner", NULL};
    static const char *const leases[] = {"graph", "restore", "lease", NULL};
    const char *format = ic_option_value(invocation, "format");
    if (ic_option_given(invocation, "formats"))
        return IC_OK;
    if (invocation->operand_count == 0)
        return ic_fail(error, IC_USAGE, "import: FILE... is missing; '-' is standard input");
    if (format && !ic_importer_find(format))
        return ic_fail(error, IC_USAGE,
                       "import: --format: '%s' is not a format; import --formats lists them",
                       format);
    if (invocation->operand_count > 1 &&
        (ic_option_given(invocation, "graph") || ic_option_given(invocation, "restore")))
        return ic_fail(error, IC_USAGE,
                       "import: --graph and --restore take one FILE: it becomes the whole");
    enum ic_status status = ic_options_exclude(invocation, targets, error);
    if (status == IC_OK)
        status = ic_options_exclude(invocation, owners, error);
    if (status == IC_OK)
        status = ic_options_exclude(invocation, leases, error);
    struct job job = {0};
    if (status == IC_OK)
        status = take_options(invocation, &job, error);
    free_options(&job);
    return status;
}

unsigned ic_import_needs(const struct ic_invocation *invocation)
{
    if (ic_option_given(invocation, "formats"))
        return 0;
    return ic_option_given(invocation, "dry-run") ? IC_COMMAND_CATALOG
                                                  : IC_COMMAND_CATALOG | IC_COMMAND_CREATES;
}

enum ic_status ic_run_import(struct ic_invocation *invocation, struct ic_error *error)
{
    if (ic_option_given(invocation, "formats"))
        return list_formats(invocation, error);
    struct job job = {.io = invocation->io,
                      .catalog = invocation->catalog,
                      .format = ic_option_value(invocation, "format"),
                      .graph = ic_option_value(invocation, "graph"),
                      .restore = ic_option_given(invocation, "restore"),
                      .as_json = ic_option_given(invocation, "json")};
    enum ic_status status = take_options(invocation, &job, error);
    if (status == IC_OK) {
        if (job.as_json)
            ic_json_array_begin(&job.json, job.io->out);
        job.ontology = ic_catalog_ontology(job.catalog);
        for (size_t i = 0; status == IC_OK && i < invocation->operand_count; i++)
            status = import_file(&job, invocation->operands[i], false, error);
        ic_ontology_release(job.ontology);
        if (job.as_json)
            ic_json_array_end(&job.json);
    }
    free_options(&job);
    return status;
}
