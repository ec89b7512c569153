/* SPDX-License-Identifier: Apache-2.0 */
/* show: what a cloud states, as its owner wrote it or as it is understood. The text is Turtle;
 * what became of a value stands in comments. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command_run.h"
#include "instant.h"
#include "names.h"
#include "shell_turtle.h"
#include "utf8.h"

struct shown {
    FILE *out;  /* JSON, and the head */
    FILE *body; /* text: held back until it is known which prefixes it uses */
    char *body_text;
    size_t body_length;
    struct ic_turtle turtle;
    bool stated; /* only what the owner wrote */
    bool as_json;
    bool open; /* a statement waits for its ';' or '.' */
    struct ic_json_array json;
    char *subject; /* of the statement that waits, as printed; owned */
    char note[1024];
};

/* ---- text ---- */

static void close_statement(struct shown *shown, const char *mark)
{
    if (shown->open)
        fprintf(shown->body, " %s%s\n", mark, shown->note);
    shown->open = false;
    shown->note[0] = '\0';
}

/* What became of the value, for a comment behind the statement. */
static enum ic_status take_note(struct shown *shown, const struct ic_fact *fact,
                                struct ic_error *error)
{
    const bool inherited = fact->flags & IC_INHERITED;
    if (shown->stated || !(fact->flags & (IC_NORMALISED | IC_INHERITED)))
        return IC_OK;
    char *original = fact->flags & IC_NORMALISED && fact->original
                         ? ic_turtle_text(&shown->turtle, fact->original)
                         : NULL;
    if (fact->flags & IC_NORMALISED && fact->original && !original)
        return ic_fail(error, IC_NO_MEMORY, "out of memory");
    /* A long value is cut: the whole is in `show --stated`. */
    const size_t cut = original ? ic_utf8_cut(original, strlen(original), 200) : 0;
    snprintf(shown->note, sizeof shown->note, "  # %s%s%.*s%s", inherited ? "inherited" : "",
             !original   ? ""
             : inherited ? ", normalised from "
                         : "normalised from ",
             (int)cut, original ? original : "", original && original[cut] ? "..." : "");
    free(original);
    return IC_OK;
}

/* A fact as it is shown: stated or effective. */
struct triple {
    const struct ic_term *subject, *predicate, *object;
};

static enum ic_status print_fact(struct shown *shown, const struct ic_fact *fact,
                                 const struct triple *triple, struct ic_error *error)
{
    char *subject = ic_turtle_text(&shown->turtle, triple->subject);
    if (!subject)
        return ic_fail(error, IC_NO_MEMORY, "out of memory");
    const bool same = shown->subject && strcmp(shown->subject, subject) == 0;
    close_statement(shown, same ? ";" : ".");
    if (!same)
        fprintf(shown->body, "\n%s\n", subject);
    free(shown->subject);
    shown->subject = subject;
    fputs("    ", shown->body);
    if (strcmp(triple->predicate->text, IC_RDF_TYPE) == 0)
        fputc('a', shown->body);
    else
        ic_turtle_term(&shown->turtle, triple->predicate, shown->body);
    fputc(' ', shown->body);
    ic_turtle_term(&shown->turtle, triple->object, shown->body);
    shown->open = true;
    return take_note(shown, fact, error);
}

static void print_head(const struct ic_advertisement_info *info, FILE *out)
{
    char published[IC_INSTANT_BYTES], expires[IC_INSTANT_BYTES];
    ic_instant_format(info->published_ms, published);
    ic_instant_format(info->expires_ms, expires);
    fputs("# ", out);
    ic_print_escaped(out, info->cloud_name, strlen(info->cloud_name));
    fputs(", owner ", out);
    ic_print_escaped(out, info->owner, strlen(info->owner));
    fprintf(out, ", version %" PRIu64 ", %s\n# published %s, %s%s\n# %zu %s, %zu %s\n",
            info->version, info->live ? "live" : "expired", published,
            info->expires_ms ? "expires " : "never expires", info->expires_ms ? expires : "",
            info->offers, info->offers == 1 ? "offer" : "offers", info->statements,
            info->statements == 1 ? "statement" : "statements");
    fputs("# graph <", out);
    ic_print_escaped(out, info->graph, strlen(info->graph));
    fputs(">\n", out);
}

static enum ic_status print_body(struct shown *shown, struct ic_error *error)
{
    close_statement(shown, ".");
    const bool good = fclose(shown->body) == 0;
    shown->body = NULL;
    if (!good)
        return ic_fail(error, IC_NO_MEMORY, "out of memory");
    fputc('\n', shown->out);
    ic_turtle_prefixes(&shown->turtle, shown->out);
    fwrite(shown->body_text, 1, shown->body_length, shown->out);
    return IC_OK;
}

/* ---- JSON ---- */

static enum ic_status add_json(struct shown *shown, const struct ic_fact *fact,
                               const struct triple *triple, struct ic_error *error)
{
    json_t *value =
        json_pack("{s:o, s:o, s:o}", "subject", ic_json_term(triple->subject), "predicate",
                  ic_json_term(triple->predicate), "object", ic_json_term(triple->object));
    json_t *flags = value && !shown->stated ? json_array() : NULL;
    if (flags) {
        if (fact->flags & IC_STATED)
            json_array_append_new(flags, json_string("stated"));
        if (fact->flags & IC_NORMALISED)
            json_array_append_new(flags, json_string("normalised"));
        if (fact->flags & IC_INHERITED)
            json_array_append_new(flags, json_string("inherited"));
        json_object_set_new(value, "flags", flags);
        if (fact->original)
            json_object_set_new(value, "original", ic_json_term(fact->original));
    }
    return ic_json_array_add(&shown->json, value, error);
}

/* ---- the command ---- */

static enum ic_status take_head(void *context, const struct ic_advertisement_info *info,
                                struct ic_error *error)
{
    struct shown *shown = context;
    if (!shown->as_json) {
        print_head(info, shown->out);
        return IC_OK;
    }
    fputs("{\"advertisement\": ", shown->out);
    const enum ic_status status = ic_json_print(ic_json_advertisement(info), shown->out, error);
    fputs(", \"statements\": ", shown->out);
    ic_json_array_begin(&shown->json, shown->out);
    return status;
}

static enum ic_status take_fact(void *context, const struct ic_fact *fact,
                                struct ic_error *error)
{
    struct shown *shown = context;
    if (shown->stated && fact->flags & IC_INHERITED)
        return IC_OK;
    struct triple triple = {fact->subject, fact->predicate, fact->object};
    if (shown->stated && fact->original)
        triple.object = fact->original;
    if (shown->stated && fact->stated_subject)
        triple.subject = fact->stated_subject;
    return shown->as_json ? add_json(shown, fact, &triple, error)
                          : print_fact(shown, fact, &triple, error);
}

enum ic_status ic_run_show(struct ic_invocation *invocation, struct ic_error *error)
{
    const struct ic_view view = {0};
    struct shown shown = {.out = invocation->io->out,
                          .stated = ic_option_given(invocation, "stated"),
                          .as_json = ic_option_given(invocation, "json")};
    char *name;
    enum ic_status status = ic_name_cloud(invocation->operands[0], &name, error);
    if (status != IC_OK)
        return status;
    shown.body = open_memstream(&shown.body_text, &shown.body_length);
    if (!shown.body)
        status = ic_fail(error, IC_NO_MEMORY, "out of memory");
    if (status == IC_OK)
        status = ic_hint_list(ic_catalog_show(invocation->catalog, name, &view, take_head,
                                              take_fact, &shown, error),
                              error);
    if (status == IC_OK && shown.as_json) {
        ic_json_array_end(&shown.json);
        fputs("}\n", shown.out);
    } else if (status == IC_OK) {
        status = print_body(&shown, error);
    }
    if (shown.body)
        fclose(shown.body);
    free(shown.body_text);
    free(shown.subject);
    free(name);
    return status;
}
