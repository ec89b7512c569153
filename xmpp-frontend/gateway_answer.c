/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of the exchange's commands, printed. */
#include "gateway_answer.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/term.h"
#include "gateway_xml.h"

enum ic_status ic_gateway_format_find(const char *name, enum ic_gateway_format *format,
                                      struct ic_error *error)
{
    static const char *const names[] = {
        [IC_GATEWAY_TEXT] = "text", [IC_GATEWAY_XML] = "xml", [IC_GATEWAY_JSON] = "json"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) == 0) {
            *format = (enum ic_gateway_format)i;
            return IC_OK;
        }
    }
    return ic_fail(error, IC_USAGE, "there is no format \"%s\"; write text, xml or json", name);
}

/* The name of one child of <matchingClouds>, or NULL. */
static const char *cloud_name(const struct ic_element *cloud, struct ic_arena *arena)
{
    if (ic_element_is(cloud, IC_NS_PAYLOAD, "cloudName"))
        return ic_element_text(cloud, arena);
    if (ic_element_is(cloud, IC_NS_PAYLOAD, "cloud"))
        return ic_element_attribute(cloud, "name");
    return NULL;
}

static size_t count_clouds(const struct ic_element *answer)
{
    size_t count = 0;
    for (const struct ic_element *c = ic_element_first(answer); c; c = ic_element_next(c))
        count += ic_element_is(c, IC_NS_PAYLOAD, "cloudName") ||
                 ic_element_is(c, IC_NS_PAYLOAD, "cloud");
    return count;
}

static void print_line(const char *name, const char *offer, FILE *out)
{
    ic_print_escaped(out, name, strlen(name));
    if (offer) {
        fputc('\t', out);
        ic_print_escaped(out, offer, strlen(offer));
    }
    fputc('\n', out);
}

/* A name a line; once for each offer, with it, where the answer has offers. */
static void print_names(const struct ic_gateway_reply *reply, FILE *out, FILE *err)
{
    const struct ic_element *answer = reply->output;
    const size_t shown = count_clouds(answer);
    const char *matched = ic_element_attribute(answer, "matched");
    for (const struct ic_element *c = ic_element_first(answer); c; c = ic_element_next(c)) {
        const char *name = cloud_name(c, reply->arena);
        const struct ic_element *offer = name ? ic_element_first(c) : NULL;
        if (name && !offer)
            print_line(name, NULL, out);
        for (; offer; offer = ic_element_next(offer))
            print_line(name, ic_element_attribute(offer, "id"), out);
    }
    const size_t count = matched ? strtoul(matched, NULL, 10) : shown;
    fprintf(err, "%zu %s", count, count == 1 ? "cloud" : "clouds");
    if (shown < count)
        fprintf(err, ", %zu shown", shown);
    fputc('\n', err);
}

/* A cloud's attributes (jid, score) as members; text that is not UTF-8 cannot come through XML.
 */
static json_t *cloud_object(const struct ic_element *cloud, struct ic_arena *arena)
{
    const char *name = cloud_name(cloud, arena);
    json_t *object = json_object();
    if (!name || !object || json_object_set_new(object, "name", json_string(name)) != 0) {
        json_decref(object);
        return NULL;
    }
    for (const struct ic_xml_attribute *a = cloud->attributes; a; a = a->next)
        if (!a->ns[0] && strcmp(a->name, "name") != 0)
            json_object_set_new(object, a->name, json_string(a->value));
    const struct ic_element *offer = ic_element_first(cloud);
    json_t *offers = offer ? json_array() : NULL;
    for (; offers && offer; offer = ic_element_next(offer)) {
        const char *id = ic_element_attribute(offer, "id");
        json_array_append_new(offers, json_string(id ? id : ""));
    }
    if (offers)
        json_object_set_new(object, "offers", offers);
    return object;
}

static enum ic_status print_json(const struct ic_gateway_reply *reply, FILE *out,
                                 struct ic_error *error)
{
    const struct ic_element *answer = reply->output;
    const size_t shown = count_clouds(answer);
    const char *matched = ic_element_attribute(answer, "matched");
    const char *sequence = ic_element_attribute(answer, "sequence");
    json_t *clouds = json_array();
    for (const struct ic_element *c = ic_element_first(answer); c; c = ic_element_next(c))
        json_array_append_new(clouds, cloud_object(c, reply->arena));
    json_t *object = json_object();
    const json_int_t count =
        matched ? (json_int_t)strtoull(matched, NULL, 10) : (json_int_t)shown;
    json_object_set_new(object, "matched", json_integer(count));
    json_object_set_new(object, "shown", json_integer((json_int_t)shown));
    if (sequence)
        json_object_set_new(object, "sequence",
                            json_integer((json_int_t)strtoull(sequence, NULL, 10)));
    /* Owned by the object from here on, also when it cannot take them. */
    const bool complete =
        json_array_size(clouds) == shown && json_object_set_new(object, "clouds", clouds) == 0;
    const bool written =
        complete && json_dumpf(object, out, JSON_INDENT(2)) == 0 && fputc('\n', out) != EOF;
    json_decref(object);
    return written ? IC_OK
                   : ic_fail(error, IC_NO_MEMORY, "the answer cannot be written as JSON");
}

enum ic_status ic_gateway_print_match(const struct ic_gateway_reply *reply,
                                      enum ic_gateway_format format, FILE *out, FILE *err,
                                      struct ic_error *error)
{
    if (!reply->output || !ic_element_is(reply->output, IC_NS_PAYLOAD, "matchingClouds"))
        return ic_fail(error, IC_IO, "the exchange's answer has no <matchingClouds>");
    switch (format) {
    case IC_GATEWAY_TEXT:
        print_names(reply, out, err);
        break;
    case IC_GATEWAY_XML:
        ic_gateway_xml_indent(reply->output, out);
        break;
    case IC_GATEWAY_JSON:
        return print_json(reply, out, error);
    }
    return IC_OK;
}

/* The answer's element, if it is the one that the command answers with. */
static enum ic_status expect(const struct ic_gateway_reply *reply, const char *name,
                             struct ic_error *error)
{
    if (reply->output && ic_element_is(reply->output, IC_NS_PAYLOAD, name))
        return IC_OK;
    return ic_fail(error, IC_IO, "the exchange's answer has no <%s>", name);
}

static void print_attribute(const struct ic_element *element, const char *name,
                            const char *before, const char *after, FILE *out)
{
    const char *value = ic_element_attribute(element, name);
    if (value) {
        fputs(before, out);
        ic_print_escaped(out, value, strlen(value));
        fputs(after, out);
    }
}

enum ic_status ic_gateway_print_publish(const struct ic_gateway_reply *reply,
                                        const char *subject, FILE *out, struct ic_error *error)
{
    const enum ic_status status = expect(reply, "published", error);
    if (status != IC_OK)
        return status;
    const struct ic_element *cloud = ic_element_first(reply->output);
    for (; cloud; cloud = ic_element_next(cloud)) {
        ic_print_escaped(out, subject, strlen(subject));
        print_attribute(cloud, "name", ": ", "", out);
        print_attribute(cloud, "outcome", " ", "", out);
        print_attribute(cloud, "version", ", version ", "", out);
        print_attribute(cloud, "offers", ", offers ", "", out);
        print_attribute(cloud, "statements", ", statements ", "", out);
        print_attribute(cloud, "expires", ", until ", "", out);
        fputc('\n', out);
    }
    return IC_OK;
}

enum ic_status ic_gateway_print_withdraw(const struct ic_gateway_reply *reply,
                                         const char *cloud, FILE *out, struct ic_error *error)
{
    const enum ic_status status = expect(reply, "withdrawn", error);
    if (status == IC_OK) {
        ic_print_escaped(out, cloud, strlen(cloud));
        fputs(" withdrawn\n", out);
    }
    return status;
}

enum ic_status ic_gateway_print_resolve(const struct ic_gateway_reply *reply, const char *cloud,
                                        FILE *out, struct ic_error *error)
{
    const enum ic_status status = expect(reply, "cloud", error);
    if (status != IC_OK)
        return status;
    if (!ic_element_attribute(reply->output, "jid"))
        return ic_fail(error, IC_NOT_FOUND,
                       "%s has no JID: the catalog's administrator published it", cloud);
    print_attribute(reply->output, "jid", "", "\n", out);
    return IC_OK;
}
