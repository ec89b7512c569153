/* SPDX-License-Identifier: Apache-2.0 */
/* The messages between exchange and parser processes: what is written is read again, and what
 * no importer could have said is refused, whatever the bytes. */
#include "tests/unit/parser_support.h"

#include <unistd.h>

#include "catalog/duration.h"

#define TURTLE                                                                                 \
    "@prefix : <http://e/> . :a :b 1, \"x\"@en-GB, \"x\", \"\", [ :c :d ], _:n, "              \
    "\"\xC3\xA9\"^^:t ;\n"                                                                     \
    ":e :a . :b a :b .\n"

static struct encoder encoded(const struct ic_document *document)
{
    struct encoder message = {0};
    struct ic_error error = {0};
    assert_int_equal(ic_parser_encode_answer(&message, IC_OK, ic_importer_find("turtle"),
                                             document, NULL, &error),
                     IC_OK);
    return message;
}

static enum ic_status decode_within(const struct encoder *message,
                                    const struct ic_document_limits *limits,
                                    struct ic_document **document, enum ic_status *answered,
                                    struct ic_error *error)
{
    const struct ic_importer *format = NULL;
    *document = ic_document_new("payload", limits);
    *error = (struct ic_error){0};
    *answered = IC_STATUS_COUNT;
    assert_non_null(*document);
    return ic_parser_decode_answer(message->data, message->size, *document, &format, answered,
                                   error);
}

/* IC_OK, or what is wrong. */
static enum ic_status decode(const struct encoder *message)
{
    struct ic_document *document;
    enum ic_status answered;
    struct ic_error error;
    const enum ic_status status = decode_within(message, NULL, &document, &answered, &error);
    ic_document_free(document);
    return status;
}

static void round_trips(void **state)
{
    (void)state;
    struct ic_document *document = import_text("turtle", TURTLE), *read;
    ic_document_set_lease(document, IC_DURATION_MAX_MS);
    struct encoder message = encoded(document);
    enum ic_status answered;
    struct ic_error error;
    assert_int_equal(decode_within(&message, NULL, &read, &answered, &error), IC_OK);
    assert_int_equal(answered, IC_OK);
    assert_same_documents(document, read, TURTLE);
    ic_document_free(read);
    ic_document_free(document);
    encoder_free(&message);
}

static void failures_round_trip(void **state)
{
    (void)state;
    static const enum ic_status statuses[] = {IC_BAD_INPUT, IC_TOO_LARGE, IC_NO_MEMORY, IC_IO};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        struct ic_error said = {0}, error;
        struct encoder message = {0};
        struct ic_document *document;
        enum ic_status answered;
        ic_fail_at(&said, statuses[i], i % 2 ? "payload" : NULL, 7 * i, 3 * i, "cut \xC3");
        ic_parser_encode_answer(&message, statuses[i], NULL, NULL, &said, NULL);
        assert_int_equal(decode_within(&message, NULL, &document, &answered, &error), IC_OK);
        assert_int_equal(answered, statuses[i]);
        assert_int_equal(error.status, said.status);
        assert_int_equal(error.line, said.line);
        assert_int_equal(error.column, said.column);
        assert_string_equal(error.file, said.file);
        assert_string_equal(error.text, said.text);
        ic_document_free(document);
        encoder_free(&message);
    }
}

/* Every beginning of an answer is refused. */
static void refuses_truncated(void **state)
{
    (void)state;
    struct ic_document *document = import_text("turtle", TURTLE);
    struct encoder message = encoded(document);
    assert_int_equal(decode(&message), IC_OK);
    for (size_t size = 0; size < message.size; size++) {
        /* A copy of its own size, so that a sanitizer sees a read behind it. */
        struct encoder part = {0};
        encode_bytes(&part, message.data, size);
        assert_int_equal(decode(&part), IC_CORRUPT);
        encoder_free(&part);
    }
    encode_byte(&message, 0);
    assert_int_equal(decode(&message), IC_CORRUPT);
    ic_document_free(document);
    encoder_free(&message);
}

/* What an accepted answer can hold, however it came about. */
static void check_invariants(const struct ic_document *document,
                             const struct ic_document_limits *limits)
{
    size_t count;
    const struct ic_statement *s = ic_document_statements(document, &count);
    const size_t terms = ic_document_term_count(document);
    assert_true(count <= limits->statements_max);
    assert_true(ic_document_lease(document) >= 0 &&
                ic_document_lease(document) <= IC_DURATION_MAX_MS);
    for (size_t i = 0; i < count; i++) {
        assert_true(s[i].subject < terms && s[i].predicate < terms && s[i].object < terms);
        assert_int_equal(s[i].graph, IC_NO_NODE);
        assert_int_not_equal(ic_document_term(document, s[i].subject)->kind, IC_LITERAL);
        assert_int_equal(ic_document_term(document, s[i].predicate)->kind, IC_IRI);
    }
    for (size_t i = 0; i < terms; i++) {
        const struct ic_term *term = ic_document_term(document, (uint32_t)i);
        assert_true(term->length <= limits->term_bytes_max);
        assert_int_equal(term->length, strlen(term->text));
        assert_true(ic_utf8_valid(term->text, term->length));
    }
    /* What it writes as N-Quads is the same statements again. */
    char *text = written(document, IC_RDF_NQUADS);
    size_t lines = 0;
    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, count);
    free(text);
}

static void survives_mutations(void **state)
{
    (void)state;
    const char *given = getenv("SEED");
    uint64_t seed = (uint64_t)(given ? strtoll(given, NULL, 10) : getpid());
    print_message("# SEED=%llu\n", (unsigned long long)seed);
    const struct ic_document_limits limits = {
        .statements_max = 10, .term_bytes_max = 60, .total_bytes_max = 300};
    struct ic_document *document = import_text("turtle", TURTLE), *read;
    struct encoder message = encoded(document);
    size_t accepted = 0;
    for (size_t round = 0; round < 20000; round++) {
        struct encoder changed = {0};
        enum ic_status answered;
        struct ic_error error;
        encode_bytes(&changed, message.data, message.size);
        for (uint64_t edits = 1 + next_random(&seed) % 4; edits > 0; edits--)
            changed.data[next_random(&seed) % changed.size] = (unsigned char)next_random(&seed);
        const enum ic_status status =
            decode_within(&changed, &limits, &read, &answered, &error);
        assert_true(status == IC_OK || status == IC_CORRUPT);
        if (status == IC_OK && answered == IC_OK) {
            accepted++;
            check_invariants(read, &limits);
        }
        ic_document_free(read);
        encoder_free(&changed);
    }
    assert_true(accepted > 0); /* a changed line or letter is still a document */
    ic_document_free(document);
    encoder_free(&message);
}

static void survives_noise(void **state)
{
    (void)state;
    uint64_t seed = (uint64_t)getpid();
    print_message("# SEED=%llu\n", (unsigned long long)seed);
    for (size_t round = 0; round < 20000; round++) {
        struct encoder noise = {0};
        encode_byte(&noise, 0); /* IC_OK, else most would be over soon */
        encode_byte(&noise, 1);
        for (uint64_t left = next_random(&seed) % 64; left > 0; left--)
            encode_byte(&noise, (unsigned)(next_random(&seed) % (round % 2 ? 8 : 256)));
        const enum ic_status status = decode(&noise);
        assert_true(status == IC_OK || status == IC_CORRUPT);
        encoder_free(&noise);
    }
}

/* ---- hostile answers, one lie each ---- */

enum { IRI = 1, BLANK, PLAIN, TYPED, TAGGED };

/* What stands before the first term of an answer's first statement. */
static struct encoder begun(uint64_t lease, uint64_t count, uint64_t line)
{
    struct encoder message = {0};
    encode_number(&message, IC_OK);
    encode_number(&message, 1); /* the format */
    encode_number(&message, lease);
    encode_number(&message, 0); /* prefixes */
    encode_number(&message, count);
    encode_number(&message, line);
    return message;
}

static void add_term(struct encoder *message, int kind, const char *qualifier, const char *text,
                     size_t length)
{
    encode_number(message, 0);
    encode_byte(message, (unsigned)kind);
    if (qualifier)
        encode_string(message, qualifier);
    encode_number(message, length);
    encode_bytes(message, text, length);
}

struct term {
    int kind;
    const char *qualifier, *text;
};

static enum ic_status decode_three(struct term subject, struct term predicate,
                                   struct term object)
{
    struct encoder message = begun(0, 1, 1);
    add_term(&message, subject.kind, subject.qualifier, subject.text, strlen(subject.text));
    add_term(&message, predicate.kind, predicate.qualifier, predicate.text,
             strlen(predicate.text));
    add_term(&message, object.kind, object.qualifier, object.text, strlen(object.text));
    const enum ic_status status = decode(&message);
    encoder_free(&message);
    return status;
}

#define S ((struct term){IRI, NULL, "urn:s"})
#define P ((struct term){IRI, NULL, "urn:p"})
#define T(...) ((struct term){__VA_ARGS__})

static void refuses_impossible_terms(void **state)
{
    (void)state;
    static const struct term bad[] = {
        {0, NULL, "urn:x"},
        {TAGGED + 1, NULL, "urn:x"},
        {IRI, NULL, ""},
        {IRI, NULL, "urn:a b"},
        {IRI, NULL, "urn:x> <urn:y> <urn:z"},
        {IRI, NULL, "urn:\xFF"},
        {IRI, NULL, "urn:s"}, /* sent before */
        {BLANK, NULL, ""},
        {BLANK, NULL, "x <urn:y> <urn:z> .\n_:x"},
        {BLANK, NULL, "x:y"},
        {BLANK, NULL, "\xC3"},
        {PLAIN, NULL, "\xED\xA0\x80"},
        {TYPED, "", "x"},
        {TYPED, "urn:a b", "x"},
        {TYPED, IC_XSD_STRING, "x"},
        {TAGGED, "", "x"},
        {TAGGED, "en . <urn:a", "x"},
    };
    assert_int_equal(decode_three(S, P, T(PLAIN, NULL, "x")), IC_OK);
    assert_int_equal(decode_three(S, P, T(TYPED, "urn:t", "x")), IC_OK);
    assert_int_equal(decode_three(S, P, T(TAGGED, "en", "x")), IC_OK);
    assert_int_equal(decode_three(T(BLANK, NULL, "a.b-\xC3\xA9"), P, S), IC_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (decode_three(S, P, bad[i]) != IC_CORRUPT)
            fail_msg("term %zu was accepted: %s", i, bad[i].text);
    assert_int_equal(decode_three(T(PLAIN, NULL, "x"), P, S), IC_CORRUPT);
    assert_int_equal(decode_three(S, T(BLANK, NULL, "x"), P), IC_CORRUPT);
    assert_int_equal(decode_three(S, T(PLAIN, NULL, "x"), P), IC_CORRUPT);
}

static void refuses_impossible_numbers(void **state)
{
    (void)state;
    static const struct {
        uint64_t lease, count, line, subject, predicate, object;
        bool good;
    } cases[] = {
        {0, 2, 9, 1, 2, 1, true},
        {0, 2, UINT32_MAX, 1, 2, 2, true},
        {0, 2, (uint64_t)UINT32_MAX + 1, 1, 2, 1, false},
        {IC_DURATION_MAX_MS + 1, 2, 1, 1, 2, 1, false},
        {UINT64_MAX, 2, 1, 1, 2, 1, false},
        {0, 1, 1, 1, 2, 1, false}, /* more than announced */
        {0, 3, 1, 1, 2, 1, false}, /* less */
        {0, UINT64_MAX, 1, 1, 2, 1, false},
        {0, 2, 1, 1, 2, 3, false}, /* a term that was not sent */
        {0, 2, 1, 1, 2, (uint64_t)1 << 32 | 1, false},
        {0, 2, 1, 1, 2, UINT64_MAX, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct encoder message = begun(cases[i].lease, cases[i].count, 1);
        add_term(&message, IRI, NULL, "urn:s", 5);
        add_term(&message, IRI, NULL, "urn:p", 5);
        encode_number(&message, 1);
        encode_number(&message, cases[i].line);
        encode_number(&message, cases[i].subject);
        encode_number(&message, cases[i].predicate);
        encode_number(&message, cases[i].object);
        if (decode(&message) != (cases[i].good ? IC_OK : IC_CORRUPT))
            fail_msg("case %zu", i);
        encoder_free(&message);
    }
}

/* The same one, as often as it is announced. */
static void bounds_prefixes(void **state)
{
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        const size_t count = IC_DOCUMENT_PREFIXES_MAX + more;
        struct encoder message = {0};
        encode_number(&message, IC_OK);
        encode_number(&message, 1);
        encode_number(&message, 0);
        encode_number(&message, count);
        for (size_t i = 0; i < count; i++) {
            encode_string(&message, "p");
            encode_string(&message, "urn:p:");
        }
        encode_number(&message, 0); /* statements */
        assert_int_equal(decode(&message), more ? IC_CORRUPT : IC_OK);
        encoder_free(&message);
    }
}

static void refuses_impossible_prefixes(void **state)
{
    (void)state;
    static const struct {
        uint64_t announced;
        const char *prefix;
        size_t prefix_length;
        const char *iri;
        bool good;
    } cases[] = {
        {1, "p", 1, "urn:p:", true},         {1, "", 0, "urn:p:", true},
        {1, "p\0q", 3, "urn:p:", false},     {2, "p", 1, "urn:p:", false},
        {UINT64_MAX, "p", 1, "urn:", false}, {0, "p", 1, "urn:p:", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct encoder message = {0};
        encode_number(&message, IC_OK);
        encode_number(&message, 1);
        encode_number(&message, 0);
        encode_number(&message, cases[i].announced);
        encode_number(&message, cases[i].prefix_length);
        encode_bytes(&message, cases[i].prefix, cases[i].prefix_length);
        encode_string(&message, cases[i].iri);
        encode_number(&message, 0);
        if (decode(&message) != (cases[i].good ? IC_OK : IC_CORRUPT))
            fail_msg("case %zu", i);
        encoder_free(&message);
    }
}

static void refuses_impossible_strings(void **state)
{
    (void)state;
    struct encoder nul = begun(0, 1, 1), endless = begun(0, 1, 1);
    add_term(&nul, IRI, NULL, "urn:\0s", 6);
    add_term(&nul, IRI, NULL, "urn:p", 5);
    encode_number(&nul, 1);
    assert_int_equal(decode(&nul), IC_CORRUPT);
    encode_number(&endless, 0);
    encode_byte(&endless, IRI);
    encode_number(&endless, UINT64_MAX);
    assert_int_equal(decode(&endless), IC_CORRUPT);
    encoder_free(&nul);
    encoder_free(&endless);
}

static void refuses_impossible_failures(void **state)
{
    (void)state;
    static const struct {
        uint64_t status, format, placed, line;
        size_t length;
        bool good;
    } cases[] = {
        {IC_BAD_INPUT, 0, 0, 0, 5, true},
        {IC_BAD_INPUT, 1, 1, UINT32_MAX, IC_ERROR_TEXT_MAX - 1, true},
        {IC_BAD_INPUT, 0, 2, 0, 5, false},
        {IC_BAD_INPUT, 0, 0, (uint64_t)UINT32_MAX + 1, 5, false},
        {IC_BAD_INPUT, 0, 0, 0, 0, false},
        {IC_BAD_INPUT, 0, 0, 0, IC_ERROR_TEXT_MAX, false},
        {IC_BAD_INPUT, 1000, 0, 0, 5, false},
        {IC_FORBIDDEN, 0, 0, 0, 5, false},
        {IC_STATUS_COUNT, 0, 0, 0, 5, false},
        {UINT64_MAX, 0, 0, 0, 5, false},
        {IC_OK, 0, 0, 0, 5, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct encoder message = {0};
        encode_number(&message, cases[i].status);
        encode_number(&message, cases[i].format);
        encode_byte(&message, (unsigned)cases[i].placed);
        encode_number(&message, cases[i].line);
        encode_number(&message, 1);
        encode_number(&message, cases[i].length);
        for (size_t left = cases[i].length; left > 0; left--)
            encode_byte(&message, 'x');
        if (decode(&message) != (cases[i].good ? IC_OK : IC_CORRUPT))
            fail_msg("case %zu", i);
        encoder_free(&message);
    }
}

/* A process that was taken over cannot have more stored than the exchange allows. */
static void keeps_the_limits(void **state)
{
    (void)state;
    static const struct ic_document_limits tight[] = {{.statements_max = 8},
                                                      {.term_bytes_max = 8},
                                                      {.total_bytes_max = 60},
                                                      {.memory_max = 100}};
    struct ic_document *document = import_text("turtle", TURTLE), *read;
    struct encoder message = encoded(document);
    enum ic_status answered;
    struct ic_error error;
    for (size_t i = 0; i < sizeof tight / sizeof *tight; i++) {
        assert_int_equal(decode_within(&message, &tight[i], &read, &answered, &error),
                         IC_CORRUPT);
        ic_document_free(read);
    }
    ic_document_free(document);
    encoder_free(&message);
}

/* ---- requests and names ---- */

static void requests_round_trip(void **state)
{
    (void)state;
    const struct ic_document_limits limits = {1, 2, 3, 4};
    struct ic_document *document = ic_document_new("a name", &limits);
    struct encoder message = {0};
    struct ic_parser_request request;
    assert_int_equal(ic_parser_encode_request(&message, document, 77, true, "<a\0b>", 5, NULL),
                     IC_OK);
    for (size_t size = 1; size <= message.size; size++) {
        struct decoder decoder = decoder_of(message.data, size);
        assert_int_equal(decode_byte(&decoder), IC_PARSER_REQUEST);
        const enum ic_status status = ic_parser_decode_request(&decoder, &request, NULL);
        assert_int_equal(status, size < message.size ? IC_BAD_INPUT : IC_OK);
    }
    assert_int_equal(request.bytes_max, 77);
    assert_true(request.named);
    assert_int_equal(request.length, 5);
    assert_memory_equal(request.xml, "<a\0b>", 5);
    assert_string_equal(ic_document_name(request.document), "a name");
    assert_memory_equal(ic_document_limits(request.document), &limits, sizeof limits);
    ic_document_free(request.document);
    ic_document_free(document);
    encoder_free(&message);
}

static void same_text(const char *a, const char *b, const char *what)
{
    if (!a != !b || (a && strcmp(a, b) != 0))
        fail_msg("%s: %s and %s", what, a ? a : "none", b ? b : "none");
}

/* The names alone answer as the whole ontology does, right spellings and wrong ones. */
static void names_are_the_same(void **state)
{
    (void)state;
    uint64_t seed = 1;
    struct ic_ontology *whole = tree_ontology(), *names = NULL;
    struct encoder message = {0};
    assert_int_equal(ic_parser_encode_names(&message, whole, NULL), IC_OK);
    struct decoder decoder = decoder_of(message.data, message.size);
    assert_int_equal(decode_byte(&decoder), IC_PARSER_NAMES);
    assert_int_equal(ic_parser_decode_names(&decoder, &names, NULL), IC_OK);
    assert_string_equal(ic_ontology_digest(whole), ic_ontology_digest(names));
    size_t count, others;
    const struct ic_property *const *all = ic_ontology_properties(whole, &count);
    ic_ontology_properties(names, &others);
    assert_true(count > 20);
    assert_int_equal(count, others);
    for (size_t i = 0; i < count; i++) {
        char wrong[256], *forms[3] = {strdup(all[i]->name), NULL, NULL};
        assert_true(asprintf(&forms[1], "<%s>", all[i]->iri) > 0);
        assert_true(asprintf(&forms[2], ":%s", all[i]->name) > 0);
        for (size_t f = 0; f < 3; f++) {
            const struct ic_property *a = ic_ontology_attribute(whole, forms[f]);
            const struct ic_property *b = ic_ontology_attribute(names, forms[f]);
            same_text(a ? a->iri : NULL, b ? b->iri : NULL, forms[f]);
            snprintf(wrong, sizeof wrong, "%s", forms[f]);
            for (size_t edits = next_random(&seed) % 5; edits > 0; edits--)
                wrong[next_random(&seed) % strlen(wrong)] =
                    (char)('a' + next_random(&seed) % 26);
            same_text(ic_ontology_nearest(whole, wrong), ic_ontology_nearest(names, wrong),
                      wrong);
            free(forms[f]);
        }
    }
    ic_ontology_release(whole);
    ic_ontology_release(names);
    encoder_free(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips),
        cmocka_unit_test(failures_round_trip),
        cmocka_unit_test(refuses_truncated),
        cmocka_unit_test(survives_mutations),
        cmocka_unit_test(survives_noise),
        cmocka_unit_test(refuses_impossible_terms),
        cmocka_unit_test(refuses_impossible_numbers),
        cmocka_unit_test(bounds_prefixes),
        cmocka_unit_test(refuses_impossible_prefixes),
        cmocka_unit_test(refuses_impossible_strings),
        cmocka_unit_test(refuses_impossible_failures),
        cmocka_unit_test(keeps_the_limits),
        cmocka_unit_test(requests_round_trip),
        cmocka_unit_test(names_are_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
