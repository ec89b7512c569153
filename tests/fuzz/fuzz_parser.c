/* SPDX-License-Identifier: Apache-2.0 */
/* What the exchange and its parser processes say to each other, a taken over process among
 * them. An input is a payload: the messages about it are read again as they were written, and
 * then with bytes changed, cut off and put in. It is also taken for each kind of message.
 * Whatever is accepted is a document within its limits that can be written and published. */
#include <string.h>

#include "catalog/duration.h"
#include "importers/payload.h"
#include "tests/fuzz/fuzz.h"
#include "xmpp-frontend/parser_codec.h"

enum { STATEMENTS_MAX = 2000, TERM_BYTES_MAX = 64 * 1024, TOTAL_BYTES_MAX = 1024 * 1024 };
enum { CHANGED_EACH = 12, EDITS_MAX = 4, PIECE_BYTES_MAX = 12 };

static const struct ic_document_limits limits = {.statements_max = STATEMENTS_MAX,
                                                 .term_bytes_max = TERM_BYTES_MAX,
                                                 .total_bytes_max = TOTAL_BYTES_MAX};

static struct ic_document *new_document(void)
{
    struct ic_document *document = ic_document_new("payload", &limits);
    FUZZ_CHECK(document, "memory is out");
    return document;
}

/* ---- what holds of what was accepted ---- */

static void check_terms(const struct ic_document *document)
{
    const size_t terms = ic_document_term_count(document);
    for (size_t i = 0; i < terms; i++) {
        const struct ic_term *term = ic_document_term(document, (uint32_t)i);
        FUZZ_CHECK(term->length <= TERM_BYTES_MAX && term->length == strlen(term->text) &&
                       ic_utf8_valid(term->text, term->length),
                   "term %zu", i);
    }
}

static void check_statements(const struct ic_document *document)
{
    size_t count, length = 0, lines = 0;
    char *text = NULL;
    const struct ic_statement *s = ic_document_statements(document, &count);
    const size_t terms = ic_document_term_count(document);
    FILE *out = open_memstream(&text, &length);
    FUZZ_CHECK(out && count <= STATEMENTS_MAX, "%zu statements", count);
    for (size_t i = 0; i < count; i++) {
        FUZZ_CHECK(s[i].subject < terms && s[i].predicate < terms && s[i].object < terms &&
                       s[i].graph == IC_NO_NODE,
                   "statement %zu", i);
        const struct ic_term *subject = ic_document_term(document, s[i].subject);
        const struct ic_term *predicate = ic_document_term(document, s[i].predicate);
        FUZZ_CHECK(subject->kind != IC_LITERAL && predicate->kind == IC_IRI, "statement %zu",
                   i);
        ic_term_write(out, subject);
        ic_term_write(out, predicate);
        ic_term_write(out, ic_document_term(document, s[i].object));
        fputc('\n', out);
    }
    FUZZ_CHECK(fclose(out) == 0, "memory is out");
    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    FUZZ_CHECK(lines == count, "%zu lines of %zu statements", lines, count);
    free(text);
}

/* Writes it and reads it again, until that changes nothing: *message is then its bytes. */
static void check_document(const struct ic_document *document, const struct ic_importer *format)
{
    struct encoder first = {0}, second = {0};
    struct ic_error error = {0};
    struct ic_document *read = new_document();
    const struct ic_importer *other = NULL;
    enum ic_status answered = IC_IO;
    FUZZ_CHECK(ic_document_lease(document) >= 0 &&
                   ic_document_lease(document) <= IC_DURATION_MAX_MS,
               "lease %lld", (long long)ic_document_lease(document));
    check_terms(document);
    check_statements(document);
    FUZZ_CHECK(ic_parser_encode_answer(&first, IC_OK, format, document, NULL, &error) == IC_OK,
               "%s", error.text);
    FUZZ_CHECK(ic_parser_decode_answer(first.data, first.size, read, &other, &answered,
                                       &error) == IC_OK &&
                   answered == IC_OK && other == format,
               "%s", error.text);
    FUZZ_CHECK(ic_parser_encode_answer(&second, IC_OK, format, read, NULL, &error) == IC_OK &&
                   first.size == second.size &&
                   memcmp(first.data, second.data, first.size) == 0,
               "written again it is not the same");
    ic_document_free(read);
    encoder_free(&first);
    encoder_free(&second);
}

/* ---- messages ---- */

static void take_answer(const uint8_t *data, size_t size)
{
    struct ic_document *document = new_document();
    const struct ic_importer *format = NULL;
    struct ic_error error = {0};
    enum ic_status answered = IC_STATUS_COUNT;
    const enum ic_status status =
        ic_parser_decode_answer(data, size, document, &format, &answered, &error);
    FUZZ_CHECK(status == IC_OK || (status == IC_CORRUPT && error.status == IC_CORRUPT),
               "status %d: %s", (int)status, error.text);
    if (status == IC_OK && answered == IC_OK)
        check_document(document, format);
    else if (status == IC_OK)
        FUZZ_CHECK(error.status == answered && error.text[0], "%s: %s",
                   ic_status_name(answered), error.text);
    ic_document_free(document);
}

static void take_names(const uint8_t *data, size_t size)
{
    struct decoder decoder = decoder_of(data, size);
    struct ic_ontology *names = NULL;
    struct ic_error error = {0};
    const enum ic_status status = ic_parser_decode_names(&decoder, &names, &error);
    FUZZ_CHECK((status == IC_OK) == (names != NULL), "%s", ic_status_name(status));
    ic_ontology_release(names);
}

static void take_request(const uint8_t *data, size_t size)
{
    struct decoder decoder = decoder_of(data, size);
    struct ic_parser_request request = {0};
    struct ic_error error = {0};
    const enum ic_status status = ic_parser_decode_request(&decoder, &request, &error);
    FUZZ_CHECK((status == IC_OK) == (request.document != NULL), "%s", ic_status_name(status));
    FUZZ_CHECK(status != IC_OK ||
                   ((const uint8_t *)request.xml >= data && request.length <= size &&
                    (const uint8_t *)request.xml + request.length <= data + size),
               "the payload is not in the message");
    ic_document_free(request.document);
}

/* A copy of its own size: a sanitizer sees what reads behind it. */
static struct encoder copy_of(const uint8_t *data, size_t size)
{
    struct encoder copy = {0};
    encode_bytes(&copy, data, size);
    FUZZ_CHECK(!copy.failed, "memory is out");
    return copy;
}

static void edit(struct encoder *message, uint64_t *random)
{
    const size_t at = message->size ? fuzz_below(random, message->size) : 0;
    const size_t kind = fuzz_below(random, 4);
    if (message->size == 0)
        return;
    if (kind == 0) { /* cut off */
        message->size = at;
    } else if (kind == 1) { /* a piece of it once more, elsewhere */
        size_t piece = 1 + fuzz_below(random, PIECE_BYTES_MAX);
        const size_t from = fuzz_below(random, message->size);
        piece = piece < message->size - from ? piece : message->size - from;
        piece = piece < message->size - at ? piece : message->size - at;
        memmove(message->data + at, message->data + from, piece);
    } else if (kind == 2) { /* numbers are small, or as large as can be */
        message->data[at] = (uint8_t)(fuzz_below(random, 2) ? 0xFF : fuzz_below(random, 8));
    } else {
        message->data[at] = (uint8_t)fuzz_below(random, 256);
    }
}

static void take_changed(const struct encoder *message, uint64_t *random,
                         void (*take)(const uint8_t *, size_t))
{
    take(message->data, message->size);
    for (int i = 0; i < CHANGED_EACH; i++) {
        struct encoder changed = copy_of(message->data, message->size);
        for (size_t edits = 1 + fuzz_below(random, EDITS_MAX); edits > 0; edits--)
            edit(&changed, random);
        struct encoder exact = copy_of(changed.data, changed.size);
        take(exact.data, exact.size);
        encoder_free(&changed);
        encoder_free(&exact);
    }
}

static void take_answer_of(const struct ic_document *document, enum ic_status status,
                           const struct ic_importer *format, const struct ic_error *said,
                           uint64_t *random)
{
    struct encoder answer = {0};
    struct ic_error error = {0};
    FUZZ_CHECK(ic_parser_encode_answer(&answer, status, format, document, said, &error) ==
                   IC_OK,
               "%s", error.text);
    take_changed(&answer, random, take_answer);
    take_changed(&answer, random, take_names);
    encoder_free(&answer);
}

/* One of everything that an answer can hold. */
static const char right[] =
    "<document xmlns='" IC_NS_PAYLOAD "' lease='PT1H' type='text/turtle'>"
    "@prefix p: &lt;urn:p:&gt;. @prefix : &lt;urn:q:&gt;.\n"
    "p:a p:b 1.5, \"x\"@en-GB, \"x\", [ :c \"\xC3\xA9\"^^:t ], _:n, (1).\n"
    ":e :a p:a ; p:b _:n .</document>";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t random = fuzz_hash(data, size);
    struct ic_document *document = new_document();
    const struct ic_importer *format = NULL;
    struct encoder request = {0};
    struct ic_error said = {0}, error = {0};
    take_answer(data, size);
    take_names(data, size);
    take_request(data, size);
    FUZZ_CHECK(ic_parser_encode_request(&request, document, size, false, (const char *)data,
                                        size, &error) == IC_OK,
               "%s", error.text);
    /* Behind the byte that says what it is. */
    struct encoder inside = copy_of(request.data + 1, request.size - 1);
    take_changed(&inside, &random, take_request);
    const enum ic_status status =
        ic_import_payload((const char *)data, size, NULL, 0, document, &format, &said);
    take_answer_of(document, status, format, &said, &random);
    ic_document_free(document);
    /* Few payloads are right once they were mutated: a right one with each of them. */
    document = new_document();
    FUZZ_CHECK(ic_import_payload(right, sizeof right - 1, NULL, 0, document, &format, &said) ==
                   IC_OK,
               "%s", said.text);
    take_answer_of(document, IC_OK, format, &said, &random);
    encoder_free(&inside);
    encoder_free(&request);
    ic_document_free(document);
    return 0;
}
