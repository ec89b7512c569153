/* SPDX-License-Identifier: Apache-2.0 */
/* The digest of an ontology: SHA-256 over its statements as sorted canonical N-Triples.
 *
 * Blank nodes have no names that last, so each is written as a colour: a hash of the statements
 * that it stands in, refined a fixed number of rounds by the colours of the blank nodes in them
 * (the idea of RDF Dataset Canonicalization, section 4.6). The digest is therefore the same
 * whatever labels a parser gave; it could only fail to tell apart graphs of blank nodes whose
 * difference lies further than that number of steps away from anything that has a name. */
#include "ontology_internal.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

enum { ROUNDS = 8, SHA_BYTES = 32, LANES = SHA_BYTES / 8 };

struct colour {
    uint64_t lanes[LANES];
};

/* Writes a term; a blank node as its colour, or as "_:self". */
static void write_term(FILE *out, const struct ic_ontology_graph *graph, uint32_t node,
                       const struct colour *colours, uint32_t self)
{
    const struct ic_term *term = ic_ontology_term(graph, node);
    if (term->kind != IC_BLANK) {
        ic_term_write(out, term);
    } else if (node == self) {
        fputs("_:self", out);
    } else {
        fputs("_:c", out);
        for (size_t i = 0; i < LANES; i++)
            fprintf(out, "%016llx", (unsigned long long)colours[node].lanes[i]);
    }
}

/* One statement as a line. Owned: free. NULL when memory is out. */
static char *write_fact(const struct ic_ontology_graph *graph,
                        const struct ic_ontology_fact *fact, const struct colour *colours,
                        uint32_t self)
{
    char *line = NULL;
    size_t size;
    FILE *out = open_memstream(&line, &size);
    if (!out)
        return NULL;
    write_term(out, graph, fact->subject, colours, self);
    fputc(' ', out);
    write_term(out, graph, fact->predicate, colours, self);
    fputc(' ', out);
    write_term(out, graph, fact->object, colours, self);
    fputs(" .\n", out);
    if (fclose(out) != 0) {
        free(line);
        return NULL;
    }
    return line;
}

/* Adds the hash of a line to a colour: a sum, so that the order of statements is nothing. */
static bool add_line(struct colour *colour, const struct ic_ontology_graph *graph,
                     const struct ic_ontology_fact *fact, const struct colour *colours,
                     uint32_t self)
{
    char *line = write_fact(graph, fact, colours, self);
    uint64_t hash[LANES];
    const bool good =
        line && EVP_Digest(line, strlen(line), (unsigned char *)hash, NULL, EVP_sha256(), NULL);
    for (size_t i = 0; good && i < LANES; i++)
        colour->lanes[i] += be64toh(hash[i]);
    free(line);
    return good;
}

static bool is_blank(const struct ic_ontology_graph *graph, uint32_t node)
{
    return ic_ontology_term(graph, node)->kind == IC_BLANK;
}

/* One round: `next` from `now`. */
static bool refine(const struct ic_ontology_graph *graph, const struct colour *now,
                   struct colour *next)
{
    for (size_t i = 0; i < graph->count; i++) {
        const struct ic_ontology_fact *fact = &graph->facts[i];
        if (is_blank(graph, fact->subject) &&
            !add_line(&next[fact->subject], graph, fact, now, fact->subject))
            return false;
        if (is_blank(graph, fact->object) && fact->object != fact->subject &&
            !add_line(&next[fact->object], graph, fact, now, fact->object))
            return false;
    }
    return true;
}

/* The colours of all blank nodes, by node. Owned: free. NULL when memory is out. */
static struct colour *paint(const struct ic_ontology_graph *graph)
{
    const size_t nodes = ic_document_term_count(graph->terms) + 1;
    struct colour *now = calloc(nodes, sizeof *now);
    struct colour *next = calloc(nodes, sizeof *next);
    bool good = now && next, any = false;
    for (size_t i = 0; good && i < graph->count; i++)
        any = any || is_blank(graph, graph->facts[i].subject) ||
              is_blank(graph, graph->facts[i].object);
    for (int round = 0; good && any && round < ROUNDS; round++) {
        memset(next, 0, nodes * sizeof *next);
        good = refine(graph, now, next);
        struct colour *swap = now;
        now = next;
        next = swap;
    }
    free(next);
    if (!good) {
        free(now);
        return NULL;
    }
    return now;
}

static int compare_lines(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* SHA-256 of the sorted lines. */
static bool hash_lines(char **lines, size_t count, char digest[65])
{
    unsigned char hash[SHA_BYTES];
    qsort(lines, count, sizeof *lines, compare_lines);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    for (size_t i = 0; good && i < count; i++)
        good = EVP_DigestUpdate(context, lines[i], strlen(lines[i]));
    good = good && EVP_DigestFinal_ex(context, hash, NULL);
    EVP_MD_CTX_free(context);
    for (size_t i = 0; good && i < sizeof hash; i++)
        snprintf(digest + 2 * i, 3, "%02x", hash[i]);
    return good;
}

enum ic_status ic_ontology_graph_digest(const struct ic_ontology_graph *graph, char digest[65])
{
    struct colour *colours = paint(graph);
    char **lines = calloc(graph->count + 1, sizeof *lines);
    bool good = colours && lines;
    for (size_t i = 0; good && i < graph->count; i++) {
        lines[i] = write_fact(graph, &graph->facts[i], colours, IC_NO_NODE);
        good = lines[i] != NULL;
    }
    good = good && hash_lines(lines, graph->count, digest);
    for (size_t i = 0; lines && i < graph->count; i++)
        free(lines[i]);
    free(lines);
    free(colours);
    return good ? IC_OK : ic_ontology_no_memory(graph);
}
