/* SPDX-License-Identifier: Apache-2.0 */
/* What it costs to read a publication of 25 statements in a process that is shut in, beside
 * reading it in this one; and to start such a process. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "importers/payload.h"
#include "xmpp-frontend/parser.h"
#include "xmpp-frontend/parser_process.h"

enum { ROUNDS = 5000, STARTS = 50, VALUES = 22 };

/* A cloud and one offer: with type, name, offers and the offer's type 25 and 26 statements. */
static char *make_payload(bool turtle)
{
    char *xml = NULL;
    size_t length;
    FILE *out = open_memstream(&xml, &length);
    if (!out)
        exit(1);
    if (turtle)
        fputs("<document xmlns='" IC_NS_PAYLOAD "' type='text/turtle'>@prefix : &lt;" IC_NS
              "> .\n&lt;urn:x:c> a :Cloud ; :cloudName \"c\" ; :offers &lt;urn:x:c#o> .\n"
              "&lt;urn:x:c#o> :replicationFactor 0",
              out);
    else
        fputs("<advertisement xmlns='" IC_NS_PAYLOAD "'><cloudName>c</cloudName><offer id='o'>",
              out);
    for (int i = 0; i < VALUES - (turtle ? 1 : 0); i++)
        fprintf(out,
                turtle ? ",\n    %d"
                       : "\n<capability><attribute>replicationFactor</attribute><value>%d"
                         "</value></capability>",
                i + 1);
    fputs(turtle ? " .\n</document>" : "</offer></advertisement>", out);
    if (fclose(out) != 0)
        exit(1);
    return xml;
}

static struct ic_ontology *read_ontology(void)
{
    struct ic_document *document = ic_document_new("ontology", NULL);
    struct ic_ontology *ontology = NULL;
    struct ic_error error = {0};
    static const char *const files[] = {"ontology/meta.ttl",      "ontology/rates.ttl",
                                        "ontology/countries.ttl", "ontology/schemes.ttl",
                                        "ontology/units.ttl",     "ontology/resOntology.ttl"};
    for (size_t i = 0; document && i < sizeof files / sizeof *files; i++) {
        struct ic_import_context context = {.in = fopen(files[i], "re")};
        if (!context.in || ic_import("turtle", &context, document, NULL, &error) != IC_OK)
            exit(1);
        fclose(context.in);
    }
    if (!document || ic_ontology_build(&document, 1, &ontology, &error) != IC_OK) {
        ic_error_print(&error, stderr);
        exit(1);
    }
    ic_document_free(document);
    return ontology;
}

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double read_once(struct ic_parsers *parsers, const struct ic_ontology *ontology,
                        const char *xml, size_t *statements)
{
    struct ic_error error;
    const double from = now_us();
    struct ic_document *document = ic_document_new("payload", NULL);
    if (!document || ic_parsers_import(parsers, xml, strlen(xml), ontology, 0, document, NULL,
                                       &error) != IC_OK) {
        ic_error_print(&error, stderr);
        exit(1);
    }
    ic_document_statements(document, statements);
    ic_document_free(document);
    return now_us() - from;
}

static int compare(const void *left, const void *right)
{
    const double *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static void print(const char *what, double *times, size_t count)
{
    qsort(times, count, sizeof *times, compare);
    printf("%-44s median %8.1f us   p99 %8.1f us\n", what, times[count / 2],
           times[count - 1 - count / 100]);
}

/* Both ways by turns, so that what else the machine does falls on both. */
static void measure(struct ic_parsers *parsers, const struct ic_ontology *ontology, bool turtle)
{
    static double here[ROUNDS], there[ROUNDS];
    char *xml = make_payload(turtle), what[64];
    size_t statements = 0;
    for (size_t i = 0; i < 100; i++) {
        read_once(NULL, ontology, xml, &statements);
        read_once(parsers, ontology, xml, &statements);
    }
    for (size_t i = 0; i < ROUNDS; i++) {
        here[i] = read_once(NULL, ontology, xml, &statements);
        there[i] = read_once(parsers, ontology, xml, &statements);
    }
    const char *form = turtle ? "Turtle" : "XML";
    snprintf(what, sizeof what, "%s, %zu statements, in this process", form, statements);
    print(what, here, ROUNDS);
    snprintf(what, sizeof what, "%s, %zu statements, shut in", form, statements);
    print(what, there, ROUNDS);
    free(xml);
}

int main(int argc, char **argv)
{
    static double starts[STARTS];
    struct ic_parsers *parsers = NULL;
    if (argc > 1 && strcmp(argv[1], IC_PARSER_ARGUMENT) == 0)
        return ic_parser_process(argc, argv);
    struct ic_ontology *ontology = read_ontology();
    for (size_t i = 0; i < STARTS; i++) {
        struct ic_error error = {0};
        const double from = now_us();
        if (ic_parsers_new(NULL, &parsers, &error) != IC_OK) {
            ic_error_print(&error, stderr);
            return 1;
        }
        starts[i] = now_us() - from;
        if (i + 1 < STARTS)
            ic_parsers_free(parsers);
    }
    print("starting a process", starts, STARTS);
    measure(parsers, ontology, false);
    measure(parsers, ontology, true);
    ic_parsers_free(parsers);
    ic_ontology_release(ontology);
    return 0;
}
