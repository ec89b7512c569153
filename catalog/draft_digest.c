/* SPDX-License-Identifier: Apache-2.0 */
/* Digests of what was stated: SHA-256 over its statements as N-Triples lines, sorted, so that
 * the order of a document does not count. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "draft.h"

/* Lines in one buffer, each with a newline; `starts` has one more than there are lines. */
struct lines {
    char *text;
    size_t size;
    FILE *out; /* into text */
    size_t *starts;
    size_t count, room;
};

struct line {
    const char *text;
    size_t size;
};

static enum ic_status no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory for a digest");
}

static enum ic_status lines_open(struct lines *lines, struct ic_error *error)
{
    *lines = (struct lines){.text = NULL};
    lines->out = open_memstream(&lines->text, &lines->size);
    return lines->out ? IC_OK : no_memory(error);
}

static void lines_free(struct lines *lines)
{
    if (lines->out)
        fclose(lines->out);
    free(lines->text);
    free(lines->starts);
}

static int compare_lines(const void *left, const void *right)
{
    const struct line *a = left, *b = right;
    const int order = memcmp(a->text, b->text, a->size < b->size ? a->size : b->size);
    return order ? order : (a->size > b->size) - (a->size < b->size);
}

/* The lines, sorted. Owned: free. */
static struct line *sort_lines(const struct lines *lines)
{
    struct line *sorted = malloc((lines->count + 1) * sizeof *sorted);
    if (!sorted)
        return NULL;
    for (size_t i = 0; i < lines->count; i++) {
        const size_t end = i + 1 < lines->count ? lines->starts[i + 1] : lines->size;
        sorted[i] = (struct line){lines->text + lines->starts[i], end - lines->starts[i]};
    }
    if (lines->count)
        qsort(sorted, lines->count, sizeof *sorted, compare_lines);
    return sorted;
}

static enum ic_status digest_lines(struct lines *lines, char digest[65], struct ic_error *error)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    const bool written = ferror(lines->out) == 0 && fclose(lines->out) == 0;
    lines->out = NULL;
    struct line *sorted = written ? sort_lines(lines) : NULL;
    if (!sorted)
        return no_memory(error);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    for (size_t i = 0; good && i < lines->count; i++)
        good = EVP_DigestUpdate(context, sorted[i].text, sorted[i].size);
    good = good && EVP_DigestFinal_ex(context, hash, NULL);
    EVP_MD_CTX_free(context);
    free(sorted);
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
    putc_unlocked(' ', out);
}

static bool start_line(struct lines *lines)
{
    if (lines->count == lines->room) {
        const size_t room = lines->room ? lines->room * 2 : 64;
        size_t *grown = realloc(lines->starts, room * sizeof *grown);
        if (!grown)
            return false;
        lines->starts = grown;
        lines->room = room;
    }
    const long at = ftell(lines->out);
    lines->starts[lines->count++] = (size_t)at;
    return at >= 0;
}

/* Each stated fact as a line; `subject` IC_NO_NODE leaves the subject out and blank nodes
 * without labels. */
static enum ic_status add_entry(const struct ic_document *document, uint32_t subject,
                                const struct draft_entry *entry, struct lines *lines,
                                struct ic_error *error)
{
    const bool labels = subject != IC_NO_NODE;
    for (size_t i = 0; i < entry->fact_count; i++) {
        const struct draft_fact *fact = &entry->facts[i];
        if (fact->flags & IC_INHERITED)
            continue;
        if (!start_line(lines))
            return no_memory(error);
        if (labels)
            write_term(document, subject, labels, lines->out);
        write_term(document, fact->predicate, labels, lines->out);
        write_term(document, fact->original == IC_NO_NODE ? fact->object : fact->original,
                   labels, lines->out);
        fputs(".\n", lines->out);
    }
    return IC_OK;
}

enum ic_status draft_digest(const struct ic_document *document, struct draft *draft,
                            struct ic_error *error)
{
    struct lines lines;
    enum ic_status status = lines_open(&lines, error);
    for (size_t i = 0; status == IC_OK && i < draft->entry_count; i++)
        status = add_entry(document, draft->entries[i].stated_subject, &draft->entries[i],
                           &lines, error);
    if (status == IC_OK)
        status = digest_lines(&lines, draft->digest, error);
    draft->bytes = lines.size;
    lines_free(&lines);
    return status;
}

enum ic_status draft_entry_digest(const struct ic_document *document,
                                  const struct draft_entry *entry, char digest[65],
                                  struct ic_error *error)
{
    struct lines lines;
    enum ic_status status = lines_open(&lines, error);
    if (status == IC_OK)
        status = add_entry(document, IC_NO_NODE, entry, &lines, error);
    if (status == IC_OK)
        status = digest_lines(&lines, digest, error);
    lines_free(&lines);
    return status;
}
