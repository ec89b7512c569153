/* SPDX-License-Identifier: Apache-2.0 */
/* A world whose every part is a function of a name and a number. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "catalog/importer.h"
#include "support.h"

enum { TEXT_BYTES_MAX = 256, OFFERS_MAX = 6, OFFERS_BIG = 120 };

#define PROPERTY(name, rest)                                                                   \
    ":" name " a rdf:Property ; rdfs:label \"" name                                            \
    "\" ; rdfs:comment \"of the tests\" ; " rest " .\n"
#define CONCEPT(name, label)                                                                   \
    "<urn:crash:place:" name "> a skos:Concept ; skos:inScheme <urn:crash:places> ; "          \
    "skos:prefLabel \"" label "\" .\n"

static const char shared_part[] =
    "@prefix : <" IC_NS "> . @prefix ic: <" IC_NS_META "> .\n"
    "@prefix rdf: <" IC_NS_RDF "> . @prefix rdfs: <" IC_NS_RDFS "> .\n"
    "@prefix owl: <" IC_NS_OWL "> . @prefix skos: <" IC_NS_SKOS "> .\n"
    "@prefix xsd: <" IC_NS_XSD "> .\n"
    "<" IC_NS_PAYLOAD "> a owl:Ontology .\n"
    ":Cloud a owl:Class . :Offer a owl:Class .\n"
    "<urn:crash:places> a skos:ConceptScheme ; skos:prefLabel \"places\" .\n"
    /* clang-format off */
    PROPERTY("cloudName", "rdfs:range xsd:string ; ic:match ic:Equal ; ic:appliesTo ic:Cloud")
    PROPERTY("offers", "rdfs:range :Offer ; ic:match ic:Equal ; ic:appliesTo ic:Cloud")
    PROPERTY("serial", "rdfs:range xsd:integer ; ic:match ic:Equal ; ic:appliesTo ic:Cloud")
    PROPERTY("size", "rdfs:range xsd:decimal ; ic:match ic:AtLeast ; ic:appliesTo ic:Offer")
    PROPERTY("edition", "rdfs:range xsd:string ; ic:match ic:Equal ; ic:appliesTo ic:Cloud")
    PROPERTY("tag", "rdfs:range xsd:string ; ic:match ic:Equal ; ic:appliesTo ic:Offer")
    PROPERTY("place", "ic:scheme <urn:crash:places> ; rdfs:range skos:Concept ; "
                      "ic:match ic:Within ; ic:appliesTo ic:Cloud");
/* clang-format on */

static const char *const places[WORLD_ONTOLOGIES] = {
    CONCEPT("0a", "Alpha") CONCEPT("0b", "Beta"),
    CONCEPT("1a", "Alpha") CONCEPT("1b", "Beta"),
};

void world_write_ontology(const char *directory, unsigned which)
{
    char path[PATH_BYTES_MAX], *text = NULL;
    join_path(path, directory, "world.ttl");
    if (mkdir(directory, 0700) != 0 || asprintf(&text, "%s%s", shared_part, places[which]) < 0)
        give_up("cannot write the ontology %s", directory);
    write_whole(path, text, strlen(text));
    free(text);
}

struct ic_document *world_ontology_document(unsigned which, struct ic_error *error)
{
    char *text = NULL;
    struct ic_document *document = ic_document_new("world.ttl", NULL);
    FILE *in = asprintf(&text, "%s%s", shared_part, places[which]) > 0
                   ? fmemopen(text, strlen(text), "r")
                   : NULL;
    const struct ic_import_context context = {.in = in};
    if (!document || !in)
        give_up("out of memory for an ontology");
    const enum ic_status status = ic_import("turtle", &context, document, NULL, error);
    fclose(in);
    free(text);
    if (status == IC_OK)
        return document;
    ic_document_free(document);
    return NULL;
}

enum ic_status world_ontology_digest(unsigned which, char digest[65], struct ic_error *error)
{
    struct ic_document *document = world_ontology_document(which, error);
    struct ic_ontology *ontology;
    if (!document)
        return error->status;
    const enum ic_status status = ic_ontology_build(&document, 1, &ontology, error);
    if (status == IC_OK) {
        snprintf(digest, 65, "%s", ic_ontology_digest(ontology));
        ic_ontology_release(ontology);
    }
    ic_document_free(document);
    return status;
}

bool world_withdrawn(uint64_t version)
{
    return version % 5 == 4;
}

/* ---- statements ---- */

static uint64_t mix(const char *name, uint64_t number)
{
    struct chance chance = {number};
    for (const char *p = name; *p; p++)
        chance.state = chance.state * 31 + (unsigned char)*p;
    return chance_next(&chance);
}

static unsigned offer_count(const struct world_cloud *cloud)
{
    const uint64_t drawn = mix(cloud->name, cloud->version);
    return cloud->big ? OFFERS_BIG + (unsigned)(drawn % OFFERS_BIG)
                      : (unsigned)(drawn % (OFFERS_MAX + 1));
}

struct writing {
    world_each *each;
    void *context;
    struct ic_error *error;
    enum ic_status status;
    struct ic_term subject;
};

static void say(struct writing *w, const char *predicate, struct ic_term object)
{
    const struct ic_term p = ic_term_iri(predicate);
    if (w->status == IC_OK)
        w->status = w->each(w->context, &w->subject, &p, &object, w->error);
}

static void say_text(struct writing *w, const char *predicate, const char *datatype,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));

static void say_text(struct writing *w, const char *predicate, const char *datatype,
                     const char *format, ...)
{
    char text[TEXT_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    say(w, predicate, ic_term_literal(text, datatype));
}

static void say_offer(struct writing *w, const struct world_cloud *cloud, unsigned i)
{
    const uint64_t drawn = mix(cloud->name, cloud->version * 1000 + i);
    /* Not in canonical form: the effective statement is another one. */
    say(w, IC_RDF_TYPE, ic_term_iri(IC_NS "Offer"));
    say_text(w, IC_NS "size", IC_XSD_DECIMAL, "%u.50", (unsigned)(drawn % 50));
    say_text(w, IC_NS "tag", NULL, "%s-%llu-%u", cloud->name,
             (unsigned long long)cloud->version, i);
}

enum ic_status world_statements(const struct world_cloud *cloud, world_each *each,
                                void *context, struct ic_error *error)
{
    char subject[TEXT_BYTES_MAX], offer[TEXT_BYTES_MAX + 32];
    struct writing w = {.each = each, .context = context, .error = error};
    const unsigned offers = offer_count(cloud);
    snprintf(subject, sizeof subject, "http://crash.example/%s", cloud->name);
    w.subject = ic_term_iri(subject);
    say(&w, IC_RDF_TYPE, ic_term_iri(IC_NS "Cloud"));
    say_text(&w, IC_NS "cloudName", NULL, "%s", cloud->name);
    say_text(&w, IC_NS "serial", IC_NS_XSD "integer", "%llu",
             (unsigned long long)cloud->version);
    say_text(&w, IC_NS "place", NULL, cloud->version & 1 ? "Alpha" : "Beta");
    say_text(&w, IC_NS "edition", NULL, "%s-%llu", cloud->name,
             (unsigned long long)cloud->version);
    for (unsigned i = 0; i < offers; i++) {
        snprintf(offer, sizeof offer, "%s/offer%u", subject, i);
        w.subject = ic_term_iri(subject);
        say(&w, IC_NS "offers", ic_term_iri(offer));
        w.subject = ic_term_iri(offer);
        say_offer(&w, cloud, i);
    }
    return w.status;
}

static enum ic_status add_one(void *context, const struct ic_term *s, const struct ic_term *p,
                              const struct ic_term *o, struct ic_error *error)
{
    return ic_document_add(context, s, p, o, NULL, 0, error);
}

enum ic_status world_add(struct ic_document *document, const struct world_cloud *cloud,
                         struct ic_error *error)
{
    return world_statements(cloud, add_one, document, error);
}

static enum ic_status write_one(void *context, const struct ic_term *s, const struct ic_term *p,
                                const struct ic_term *o, struct ic_error *error)
{
    (void)error;
    ic_term_write(context, s);
    fputc(' ', context);
    ic_term_write(context, p);
    fputc(' ', context);
    ic_term_write(context, o);
    fputs(" .\n", context);
    return IC_OK;
}

enum ic_status world_write(FILE *out, const struct world_cloud *cloud, struct ic_error *error)
{
    return world_statements(cloud, write_one, out, error);
}

/* ---- sums ---- */

static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; text && *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
    return (hash ^ 0xff) * 0x100000001b3;
}

static uint64_t hash_term(uint64_t hash, const struct ic_term *term)
{
    hash = hash_text(hash ^ (uint64_t)term->kind, term->text);
    return hash_text(hash_text(hash, term->datatype), term->language);
}

void world_sum_add(struct world_sum *sum, const struct ic_term *s, const struct ic_term *p,
                   const struct ic_term *o)
{
    struct chance last = {hash_term(hash_term(hash_term(0xcbf29ce484222325, s), p), o)};
    sum->count++;
    sum->sum += chance_next(&last);
}

static enum ic_status sum_one(void *context, const struct ic_term *s, const struct ic_term *p,
                              const struct ic_term *o, struct ic_error *error)
{
    (void)error;
    world_sum_add(context, s, p, o);
    return IC_OK;
}

struct world_sum world_sum_of(const struct world_cloud *cloud)
{
    struct world_sum sum = {0, 0};
    world_statements(cloud, sum_one, &sum, NULL);
    return sum;
}

/* ---- plain graph ---- */

static void graph_statement(uint64_t version, unsigned i, char object[TEXT_BYTES_MAX],
                            struct ic_term terms[3])
{
    snprintf(object, TEXT_BYTES_MAX, "version %llu, line %u", (unsigned long long)version, i);
    terms[0] = ic_term_iri("urn:crash:subject");
    terms[1] = ic_term_iri("urn:crash:predicate");
    terms[2] = ic_term_literal(object, NULL);
}

static unsigned graph_size(uint64_t version)
{
    return version ? 1 + (unsigned)(mix("graph", version) % 60) : 0;
}

enum ic_status world_graph_document(uint64_t version, struct ic_document **document,
                                    struct ic_error *error)
{
    enum ic_status status = IC_OK;
    *document = ic_document_new("graph", NULL);
    for (unsigned i = 0; *document && status == IC_OK && i < graph_size(version); i++) {
        char object[TEXT_BYTES_MAX];
        struct ic_term t[3];
        graph_statement(version, i, object, t);
        status = ic_document_add(*document, &t[0], &t[1], &t[2], NULL, 0, error);
    }
    return *document ? status : ic_fail(error, IC_NO_MEMORY, "no document");
}

struct world_sum world_graph_sum(uint64_t version)
{
    struct world_sum sum = {0, 0};
    for (unsigned i = 0; i < graph_size(version); i++) {
        char object[TEXT_BYTES_MAX];
        struct ic_term t[3];
        graph_statement(version, i, object, t);
        world_sum_add(&sum, &t[0], &t[1], &t[2]);
    }
    return sum;
}
