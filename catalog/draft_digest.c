/* SPDX-License-Identifier: Apache-2.0 */
/* Digests of what was stated: SHA-256 over its statements as N-Triples lines, sorted, so that
 * the order of a document does not count. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "draft.h"

struct lines {
    char **items;
    size_t count;
};

static void lines_free(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        free(lines->items[i]);
    free(lines->items);
}

static int compare_lines(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static enum ic_status digest_lines(const struct lines *lines, char digest[65],
                                   struct ic_error *error)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    if (lines->count)
        qsort(lines->items, lines->count, sizeof *lines->items, compare_lines);
    for (size_t i = 0; good && i < lines->count; i++)
        good = EVP_DigestUpdate(context, lines->items[i], strlen(lines->items[i]));
    good = good && EVP_DigestFinal_ex(context, hash, NULL);
    EVP_MD_CTX_free(context);
    if (!good)
        return ic_fail(error, IC_IO, "OpenSSL cannot compute SHA-256");
    for (int i = 0; i < 32; i++)
        snprintf(digest + 2 * i, 3, "%02x", hash[i]);
    return IC_OK;
}

static void write_term(const struct ic_document *document, uint32_t node, bool labels,
                       FILE *out)
{
    const struct ic_term *term = ic_document_term(document, node);
    if (term->kind == IC_BLANK && !labels)
        fputs("_:", out);
    else
        ic_term_write(out, term);
    fputc(' ', out);
}

/* One stated fact as a line; `subject` IC_NO_NODE leaves the subject out and blank nodes
 * without labels. */
static char *fact_line(const struct ic_document *document, uint32_t subject,
                       const struct draft_fact *fact)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    const bool labels = subject != IC_NO_NODE;
    if (labels)
        write_term(document, subject, labels, out);
    write_term(document, fact->predicate, labels, out);
    write_term(document, fact->original == IC_NO_NODE ? fact->object : fact->original, labels,
               out);
    fputs(".\n", out);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static enum ic_status add_entry(const struct ic_document *document, uint32_t subject,
                                const struct draft_entry *entry, struct lines *lines,
                                struct ic_error *error)
{
    char **grown =
        realloc(lines->items, (lines->count + entry->fact_count + 1) * sizeof *grown);
    if (!grown)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a digest");
    lines->items = grown;
    for (size_t i = 0; i < entry->fact_count; i++) {
        if (entry->facts[i].flags & IC_INHERITED)
            continue;
        char *line = fact_line(document, subject, &entry->facts[i]);
        if (!line)
            return ic_fail(error, IC_NO_MEMORY, "out of memory for a digest");
        lines->items[lines->count++] = line;
    }
    return IC_OK;
}

enum ic_status draft_digest(const struct ic_document *document, struct draft *draft,
                            struct ic_error *error)
{
    struct lines lines = {.items = NULL};
    enum ic_status status = IC_OK;
    for (size_t i = 0; status == IC_OK && i < draft->entry_count; i++)
        status = add_entry(document, draft->entries[i].stated_subject, &draft->entries[i],
                           &lines, error);
    if (status == IC_OK)
        status = digest_lines(&lines, draft->digest, error);
    lines_free(&lines);
    return status;
}

enum ic_status draft_entry_digest(const struct ic_document *document,
                                  const struct draft_entry *entry, char digest[65],
                                  struct ic_error *error)
{
    struct lines lines = {.items = NULL};
    enum ic_status status = add_entry(document, IC_NO_NODE, entry, &lines, error);
    if (status == IC_OK)
        status = digest_lines(&lines, digest, error);
    lines_free(&lines);
    return status;
}
