/* SPDX-License-Identifier: Apache-2.0 */
/* match: which clouds satisfy a request. */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "command_run.h"

enum match_format { MATCH_TEXT, MATCH_XML, MATCH_JSON };

/* What the engine has to say about the request: printed at once, and kept for JSON. */
struct notes {
    struct ic_io *io;
    json_t *kept; /* or NULL */
};

static void take_note(void *context, const char *message)
{
    const struct notes *notes = context;
    fputs("note: ", notes->io->err);
    ic_print_escaped(notes->io->err, message, strlen(message));
    fputc('\n', notes->io->err);
    if (notes->kept)
        json_array_append_new(notes->kept, ic_json_text(message));
}

static enum ic_status take_request(const struct ic_invocation *invocation,
                                   struct ic_request **request, struct ic_error *error)
{
    const char *file = ic_option_value(invocation, "request");
    if (!file)
        return ic_request_parse("request", invocation->operands, invocation->operand_count,
                                request, error);
    char *text;
    size_t length;
    enum ic_status status =
        ic_file_read(invocation->io, file, IC_REQUEST_BYTES_MAX, &text, &length, error);
    if (status == IC_OK) {
        status = ic_request_parse_xml(file, text, length, request, error);
        free(text);
    }
    return status;
}

static enum ic_status take_format(const struct ic_invocation *invocation,
                                  enum match_format *format, struct ic_error *error)
{
    static const char *const both[] = {"format", "json", NULL};
    static const char *const names[] = {
        [MATCH_TEXT] = "text", [MATCH_XML] = "xml", [MATCH_JSON] = "json"};
    const char *name = ic_option_value(invocation, "format");
    *format = ic_option_given(invocation, "json") ? MATCH_JSON : MATCH_TEXT;
    if (!name)
        return IC_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) {
            *format = (enum match_format)i;
            if (i == MATCH_XML && ic_option_given(invocation, "offers"))
                return ic_fail(error, IC_USAGE,
                               "match: --format xml has cloud names alone; --offers needs text "
                               "or json");
            return ic_options_exclude(invocation, both, error);
        }
    return ic_fail(error, IC_USAGE, "match: --format: '%s' is not text, xml or json", name);
}

/* ---- answers ---- */

static void print_text(const struct ic_answer *answer, bool offers, FILE *out)
{
    for (size_t i = 0; i < answer->shown; i++) {
        const struct ic_answer_cloud *cloud = &answer->clouds[i];
        const size_t lines = offers && cloud->offer_count ? cloud->offer_count : 1;
        for (size_t k = 0; k < lines; k++) {
            ic_print_escaped(out, cloud->name, strlen(cloud->name));
            if (offers && cloud->offer_count) {
                fputc('\t', out);
                ic_print_escaped(out, cloud->offers[k], strlen(cloud->offers[k]));
                if (cloud->groups[k])
                    fprintf(out, "\t%zu", cloud->groups[k]);
            }
            fputc('\n', out);
        }
    }
}

static void print_xml_text(const char *text, FILE *out)
{
    for (; *text; text++) {
        if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '>')
            fputs("&gt;", out);
        else if (*text == '&')
            fputs("&amp;", out);
        else
            fputc(*text, out);
    }
}

/* The answer as the paper has it. */
static void print_xml(const struct ic_answer *answer, FILE *out)
{
    fputs("<matchingClouds xmlns='" IC_NS_PAYLOAD "'", out);
    if (answer->shown == 0) {
        fputs("/>\n", out);
        return;
    }
    fputc('>', out);
    for (size_t i = 0; i < answer->shown; i++) {
        fputs("<cloudName>", out);
        print_xml_text(answer->clouds[i].name, out);
        fputs("</cloudName>", out);
    }
    fputs("</matchingClouds>\n", out);
}

/* The offers that met one group. */
static json_t *json_offers(const struct ic_answer_cloud *cloud, size_t group)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < cloud->offer_count; i++)
        if (cloud->groups[i] == group)
            json_array_append_new(list, ic_json_text(cloud->offers[i]));
    return list;
}

/* "offers" met the constraints outside any offer { }; of those, "groups" has a list each. */
static json_t *json_cloud(const struct ic_answer_cloud *cloud, bool offers)
{
    json_t *object = json_pack("{s:o, s:o}", "name", ic_json_text(cloud->name), "owner",
                               ic_json_text(cloud->owner));
    if (!object || !offers)
        return object;
    const size_t last = cloud->offer_count ? cloud->groups[cloud->offer_count - 1] : 0;
    json_t *groups = last ? json_array() : NULL;
    json_object_set_new(object, "offers", json_offers(cloud, 0));
    for (size_t group = 1; groups && group <= last; group++)
        json_array_append_new(groups, json_offers(cloud, group));
    if (groups)
        json_object_set_new(object, "groups", groups);
    return object;
}

static enum ic_status print_json(const struct ic_answer *answer, bool offers, json_t *notes,
                                 FILE *out, struct ic_error *error)
{
    json_t *clouds = json_array();
    for (size_t i = 0; i < answer->shown; i++)
        if (json_array_append_new(clouds, json_cloud(&answer->clouds[i], offers)) != 0) {
            json_decref(clouds);
            return ic_fail(error, IC_NO_MEMORY, "out of memory");
        }
    return ic_json_print(
        json_pack("{s:I, s:I, s:I, s:o, s:O}", "matched", (json_int_t)answer->matched, "shown",
                  (json_int_t)answer->shown, "sequence", (json_int_t)answer->sequence, "clouds",
                  clouds, "notes", notes),
        out, error);
}

static void print_count(const struct ic_answer *answer, FILE *err)
{
    fprintf(err, "%zu %s", answer->matched, answer->matched == 1 ? "cloud" : "clouds");
    if (answer->shown < answer->matched)
        fprintf(err, ", %zu shown", answer->shown);
    fputc('\n', err);
}

/* ---- the command ---- */

static enum ic_status explain(struct ic_invocation *invocation,
                              const struct ic_request *request, struct notes *notes,
                              struct ic_error *error)
{
    char *sparql = NULL;
    struct ic_ontology *ontology = ic_catalog_ontology(invocation->catalog);
    const enum ic_status status =
        ic_request_compile(request, ontology, ic_option_given(invocation, "offers"), take_note,
                           notes, &sparql, error);
    ic_ontology_release(ontology);
    if (status == IC_OK) {
        const size_t length = strlen(sparql);
        fputs(sparql, invocation->io->out);
        if (length == 0 || sparql[length - 1] != '\n')
            fputc('\n', invocation->io->out);
    }
    free(sparql);
    return status;
}

static enum ic_status answer(struct ic_invocation *invocation, const struct ic_request *request,
                             enum match_format format, struct notes *notes,
                             struct ic_error *error)
{
    struct ic_io *io = invocation->io;
    struct ic_match_options options = {.with_offers = ic_option_given(invocation, "offers"),
                                       .with_owners = format == MATCH_JSON,
                                       .cancelled = ic_command_cancelled,
                                       .cancelled_context = invocation->io,
                                       .warn = take_note,
                                       .warn_context = notes};
    unsigned long limit;
    char *as = NULL;
    struct ic_answer *found = NULL;
    enum ic_status status = ic_option_number(invocation, "limit", LONG_MAX, &limit, error);
    if (status == IC_OK)
        status = ic_option_view(invocation, &options.view, &as, error);
    options.limit = limit;
    if (status == IC_OK)
        status = ic_catalog_match(invocation->catalog, request, &options, &found, error);
    free(as);
    if (status != IC_OK)
        return status;
    if (format == MATCH_JSON)
        status = print_json(found, options.with_offers, notes->kept, io->out, error);
    else if (format == MATCH_XML)
        print_xml(found, io->out);
    else
        print_text(found, options.with_offers, io->out);
    if (status == IC_OK) {
        fflush(io->out);
        print_count(found, io->err);
    }
    ic_answer_free(found);
    return status;
}

enum ic_status ic_check_match(const struct ic_invocation *invocation, struct ic_error *error)
{
    static const char *const later[] = {"why-not", "who-would-match", "provenance", "shuffle",
                                        NULL};
    const bool file = ic_option_given(invocation, "request");
    enum match_format format;
    unsigned long limit;
    struct ic_view view;
    char *as = NULL;
    enum ic_status status = ic_options_refuse(invocation, later, error);
    if (status == IC_OK && file && invocation->operand_count)
        status = ic_fail(error, IC_USAGE, "match: give --request FILE or REQUEST..., not both");
    if (status == IC_OK && !file && !invocation->operand_count)
        status = ic_fail(error, IC_USAGE,
                         "match: REQUEST... is missing, as 'availabilityQuantity 99.999'");
    if (status == IC_OK)
        status = take_format(invocation, &format, error);
    if (status == IC_OK)
        status = ic_option_number(invocation, "limit", LONG_MAX, &limit, error);
    if (status == IC_OK)
        status = ic_option_view(invocation, &view, &as, error);
    free(as);
    return status;
}

enum ic_status ic_run_match(struct ic_invocation *invocation, struct ic_error *error)
{
    struct ic_request *request = NULL;
    struct notes notes = {.io = invocation->io};
    enum match_format format;
    enum ic_status status = take_format(invocation, &format, error);
    if (status == IC_OK)
        status = take_request(invocation, &request, error);
    if (status != IC_OK)
        return status;
    notes.kept = json_array();
    if (!notes.kept)
        status = ic_fail(error, IC_NO_MEMORY, "out of memory");
    else if (ic_option_given(invocation, "explain"))
        status = explain(invocation, request, &notes, error);
    else
        status = answer(invocation, request, format, &notes, error);
    json_decref(notes.kept);
    ic_request_free(request);
    return status;
}
