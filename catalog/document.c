/* SPDX-License-Identifier: Apache-2.0 */
/* A document in memory: interned terms, statements with their lines. */
#include "document.h"

#include <stdlib.h>
#include <string.h>

#include "limits.h"
#include "rdf_chars.h"

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->lost = true)
#include <uthash.h>

/* The hash key is the term's identity spelled out: kind, datatype or "@" language (lower
 * case), text. */
struct interned {
    struct ic_term term;
    uint32_t node;
    bool lost; /* uthash had no memory for it */
    UT_hash_handle hh;
};

struct prefix {
    const char *prefix, *iri;
};

struct ic_document {
    struct ic_arena *arena;
    char *name;
    struct ic_document_limits limits;
    struct interned *by_key;
    struct interned **terms;
    size_t term_count, term_room;
    struct ic_statement *statements;
    size_t statement_count, statement_room;
    struct prefix *prefixes;
    size_t prefix_count, prefix_room;
    size_t term_bytes;
    uint32_t next_blank;
    int64_t lease_ms;
};

struct ic_document *ic_document_new(const char *name, const struct ic_document_limits *limits)
{
    struct ic_document *document = calloc(1, sizeof *document);
    struct ic_arena *arena = ic_arena_new();
    if (!document || !arena)
        goto fail;
    if (limits)
        document->limits = *limits;
    if (!document->limits.statements_max)
        document->limits.statements_max = ic_limit_value(NULL, IC_LIMIT_STATEMENTS);
    if (!document->limits.term_bytes_max)
        document->limits.term_bytes_max = ic_limit_value(NULL, IC_LIMIT_TERM);
    if (!document->limits.total_bytes_max)
        document->limits.total_bytes_max = IC_DOCUMENT_TOTAL_BYTES_MAX;
    document->name = strdup(name);
    if (!document->name)
        goto fail;
    document->arena = arena;
    return document;
fail:
    if (document)
        free(document->name);
    free(document);
    ic_arena_free(arena);
    return NULL;
}

void ic_document_free(struct ic_document *document)
{
    if (!document)
        return;
    HASH_CLEAR(hh, document->by_key);
    free(document->terms);
    free(document->statements);
    free(document->prefixes);
    free(document->name);
    ic_arena_free(document->arena);
    free(document);
}

const char *ic_document_name(const struct ic_document *document)
{
    return document->name;
}

const struct ic_document_limits *ic_document_limits(const struct ic_document *document)
{
    return &document->limits;
}

struct ic_arena *ic_document_arena(struct ic_document *document)
{
    return document->arena;
}

static enum ic_status no_memory(const struct ic_document *document, struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory while reading %s", document->name);
}

/* Doubles *array when it is full. */
static bool grow(void **array, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return true;
    const size_t wanted = *room ? *room * 2 : 64;
    void *grown = realloc(*array, wanted * size);
    if (!grown)
        return false;
    *array = grown;
    *room = wanted;
    return true;
}

enum { KEY_ON_STACK = 512 };

/* The identity of a term as bytes: kind, qualifier, 0, text. Returns `buffer` or, when it is
 * too long for that, memory to free. */
static char *make_key(const struct ic_term *term, char buffer[KEY_ON_STACK], size_t *length)
{
    const char *qualifier = term->language ? term->language : term->datatype;
    const size_t qualified = qualifier ? strlen(qualifier) : 0;
    *length = 3 + qualified + term->length;
    char *key = *length <= KEY_ON_STACK ? buffer : malloc(*length);
    if (!key)
        return NULL;
    key[0] = (char)term->kind;
    key[1] = term->language ? '@' : '^';
    for (size_t i = 0; i < qualified; i++) {
        const char c = qualifier[i];
        key[2 + i] = term->language && c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    key[2 + qualified] = '\0';
    if (term->length)
        memcpy(key + 3 + qualified, term->text, term->length);
    return key;
}

static enum ic_status too_long(const struct ic_document *document, size_t length,
                               struct ic_error *error)
{
    char limit[IC_LIMIT_TEXT_MAX];
    ic_limit_format(IC_LIMIT_TERM, document->limits.term_bytes_max, limit);
    return ic_fail_at(error, IC_TOO_LARGE, document->name, 0, 0,
                      "a term of %zu bytes is longer than the limit %s = %s; keep such a text "
                      "elsewhere and state its address",
                      length, ic_limit_name(IC_LIMIT_TERM), limit);
}

static bool iri_characters(const char *iri)
{
    while (*iri && ic_rdf_iri_character((unsigned char)*iri))
        iri++;
    return !*iri;
}

static enum ic_status check_term(const struct ic_document *document, const struct ic_term *term,
                                 struct ic_error *error)
{
    if (!ic_utf8_valid(term->text, term->length))
        return ic_fail_at(error, IC_BAD_INPUT, document->name, 0, 0,
                          "a term is not well-formed UTF-8 or contains U+0000");
    const char *iri = term->kind == IC_IRI ? term->text : term->datatype;
    if (iri && !iri_characters(iri))
        return ic_fail_at(error, IC_BAD_INPUT, document->name, 0, 0,
                          "<%.80s> is no IRI: percent-encode white space, control characters "
                          "and any of <>\"{}|^`\\",
                          iri);
    if (term->language && !ic_rdf_tag(term->language))
        return ic_fail_at(error, IC_BAD_INPUT, document->name, 0, 0,
                          "\"%.80s\" is no language tag such as en or en-GB", term->language);
    if (term->length > document->limits.term_bytes_max)
        return too_long(document, term->length, error);
    if (document->term_bytes + term->length > document->limits.total_bytes_max)
        return ic_fail_at(error, IC_TOO_LARGE, document->name, 0, 0,
                          "the document's terms pass the limit of %zu bytes in all",
                          document->limits.total_bytes_max);
    if (document->term_count >= UINT32_MAX - 1)
        return ic_fail_at(error, IC_TOO_LARGE, document->name, 0, 0,
                          "the document has more than %u different terms", UINT32_MAX - 1);
    return IC_OK;
}

/* Copies `term` and its key into the arena and numbers it. */
static struct interned *intern_new(struct ic_document *document, const struct ic_term *term,
                                   const char *key, size_t key_length)
{
    struct ic_arena *arena = document->arena;
    const size_t qualified = key_length - term->length - 3;
    struct interned *entry = ic_arena_alloc(arena, sizeof *entry);
    char *kept = ic_arena_copy(arena, key, key_length); /* NUL behind: holds the text too */
    if (!entry || !kept ||
        !grow((void **)&document->terms, document->term_count, &document->term_room,
              sizeof *document->terms))
        return NULL;
    entry->term = *term;
    entry->term.text = kept + 3 + qualified;
    if (term->datatype)
        entry->term.datatype = kept + 2;
    if (term->language)
        entry->term.language = ic_arena_strdup(arena, term->language);
    if (term->language && !entry->term.language)
        return NULL;
    entry->node = (uint32_t)document->term_count;
    HASH_ADD_KEYPTR(hh, document->by_key, kept, key_length, entry);
    if (entry->lost)
        return NULL;
    document->terms[document->term_count++] = entry;
    document->term_bytes += term->length;
    return entry;
}

enum ic_status ic_document_intern(struct ic_document *document, const struct ic_term *term,
                                  uint32_t *node, struct ic_error *error)
{
    char buffer[KEY_ON_STACK];
    size_t length;
    char *key = make_key(term, buffer, &length);
    if (!key)
        return no_memory(document, error);

    enum ic_status status = IC_OK;
    struct interned *entry;
    HASH_FIND(hh, document->by_key, key, length, entry);
    if (!entry) {
        status = check_term(document, term, error);
        if (status == IC_OK && !(entry = intern_new(document, term, key, length)))
            status = no_memory(document, error);
    }
    if (status == IC_OK)
        *node = entry->node;
    if (key != buffer)
        free(key);
    return status;
}

uint32_t ic_document_find(const struct ic_document *document, const struct ic_term *term)
{
    char buffer[KEY_ON_STACK];
    size_t length;
    char *key = make_key(term, buffer, &length);
    if (!key)
        return IC_NO_NODE;
    struct interned *entry;
    HASH_FIND(hh, document->by_key, key, length, entry);
    if (key != buffer)
        free(key);
    return entry ? entry->node : IC_NO_NODE;
}

uint32_t ic_document_find_iri(const struct ic_document *document, const char *iri)
{
    const struct ic_term term = ic_term_iri(iri);
    return ic_document_find(document, &term);
}

const struct ic_term *ic_document_term(const struct ic_document *document, uint32_t node)
{
    return &document->terms[node]->term;
}

size_t ic_document_term_count(const struct ic_document *document)
{
    return document->term_count;
}

enum ic_status ic_document_new_blank(struct ic_document *document, uint32_t *node,
                                     struct ic_error *error)
{
    char label[32];
    struct ic_term term = {.kind = IC_BLANK, .text = label};
    do {
        snprintf(label, sizeof label, "ic%u", document->next_blank++);
        term.length = strlen(label);
    } while (ic_document_find(document, &term) != IC_NO_NODE);
    return ic_document_intern(document, &term, node, error);
}

size_t ic_document_memory(const struct ic_document *document)
{
    return ic_arena_size_bytes(document->arena) +
           document->statement_room * sizeof *document->statements +
           document->term_room * sizeof(struct interned *);
}

enum ic_status ic_document_add_nodes(struct ic_document *document,
                                     struct ic_statement statement, struct ic_error *error)
{
    const size_t memory_max = document->limits.memory_max;
    struct ic_error passed;
    if (document->statement_count >= document->limits.statements_max)
        return ic_fail_at(error, IC_TOO_LARGE, document->name, statement.line, 0,
                          "the document has more statements than the limit %s = %zu; state "
                          "less at once",
                          ic_limit_name(IC_LIMIT_STATEMENTS), document->limits.statements_max);
    if (memory_max && ic_document_memory(document) > memory_max) {
        ic_limit_passed(IC_LIMIT_TRANSACTION, memory_max,
                        "what is read for one publication takes more memory",
                        "publish less at once", &passed);
        return ic_fail_at(error, IC_TOO_LARGE, document->name, statement.line, 0, "%s",
                          passed.text);
    }
    if (!grow((void **)&document->statements, document->statement_count,
              &document->statement_room, sizeof *document->statements))
        return no_memory(document, error);
    document->statements[document->statement_count++] = statement;
    return IC_OK;
}

enum ic_status ic_document_add(struct ic_document *document, const struct ic_term *subject,
                               const struct ic_term *predicate, const struct ic_term *object,
                               const struct ic_term *graph, uint32_t line,
                               struct ic_error *error)
{
    struct ic_statement statement = {.graph = IC_NO_NODE, .line = line};
    enum ic_status status = ic_document_intern(document, subject, &statement.subject, error);
    if (status == IC_OK)
        status = ic_document_intern(document, predicate, &statement.predicate, error);
    if (status == IC_OK)
        status = ic_document_intern(document, object, &statement.object, error);
    if (status == IC_OK && graph)
        status = ic_document_intern(document, graph, &statement.graph, error);
    if (status == IC_OK)
        status = ic_document_add_nodes(document, statement, error);
    if (status != IC_OK && error && error->line == 0)
        error->line = line;
    return status;
}

const struct ic_statement *ic_document_statements(const struct ic_document *document,
                                                  size_t *count)
{
    *count = document->statement_count;
    return document->statements;
}

/* Adds again what a document of the same settings has from statement `first` on. */
static enum ic_status add_again(struct ic_document *document, const struct ic_document *from,
                                size_t first, size_t count, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    for (size_t i = 0; status == IC_OK && i < from->prefix_count; i++)
        status = ic_document_set_prefix(document, from->prefixes[i].prefix,
                                        from->prefixes[i].iri, error);
    for (size_t i = first; status == IC_OK && i < count; i++) {
        const struct ic_statement *s = &from->statements[i];
        status = ic_document_add(
            document, ic_document_term(from, s->subject), ic_document_term(from, s->predicate),
            ic_document_term(from, s->object),
            s->graph == IC_NO_NODE ? NULL : ic_document_term(from, s->graph), s->line, error);
    }
    return status;
}

enum ic_status ic_document_detach(struct ic_document *document, size_t first,
                                  struct ic_document **taken, struct ic_error *error)
{
    struct ic_document *fresh = ic_document_new(document->name, &document->limits);
    if (!fresh)
        return no_memory(document, error);
    fresh->next_blank = document->next_blank;
    fresh->lease_ms = document->lease_ms;
    /* The handles change places, so that whoever holds `document` goes on with the fresh one.
     */
    const struct ic_document old = *document;
    const size_t count = old.statement_count;
    *document = *fresh;
    *fresh = old;
    fresh->statement_count = first;
    /* Who asked for its name goes on using it. */
    char *name = document->name;
    document->name = fresh->name;
    fresh->name = name;
    *taken = fresh;
    return add_again(document, fresh, first, count, error);
}

void ic_document_set_lease(struct ic_document *document, int64_t lease_ms)
{
    document->lease_ms = lease_ms;
}

int64_t ic_document_lease(const struct ic_document *document)
{
    return document->lease_ms;
}

enum ic_status ic_document_set_prefix(struct ic_document *document, const char *prefix,
                                      const char *iri, struct ic_error *error)
{
    const char *kept = ic_arena_strdup(document->arena, iri);
    if (!kept)
        return no_memory(document, error);
    for (size_t i = 0; i < document->prefix_count; i++) {
        if (strcmp(document->prefixes[i].prefix, prefix) == 0) {
            document->prefixes[i].iri = kept;
            return IC_OK;
        }
    }
    if (document->prefix_count == IC_DOCUMENT_PREFIXES_MAX)
        return ic_fail_at(error, IC_TOO_LARGE, document->name, 0, 0,
                          "the document declares more than %d prefixes",
                          IC_DOCUMENT_PREFIXES_MAX);
    const char *name = ic_arena_strdup(document->arena, prefix);
    if (!name || !grow((void **)&document->prefixes, document->prefix_count,
                       &document->prefix_room, sizeof *document->prefixes))
        return no_memory(document, error);
    document->prefixes[document->prefix_count++] = (struct prefix){name, kept};
    return IC_OK;
}

size_t ic_document_prefix_count(const struct ic_document *document)
{
    return document->prefix_count;
}

void ic_document_prefix(const struct ic_document *document, size_t index, const char **prefix,
                        const char **iri)
{
    *prefix = document->prefixes[index].prefix;
    *iri = document->prefixes[index].iri;
}
