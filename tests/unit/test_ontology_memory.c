/* SPDX-License-Identifier: Apache-2.0 */
/* Building an ontology and resolving values while memory runs out: every allocation is failed
 * in turn, and each failure is IC_NO_MEMORY, without a leak or a crash.
 *
 * The allocator is glibc's behind functions of ours. Sanitizers bring their own, so that the
 * test then only shows that nothing fails while nothing is made to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gmp.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/ontology.h"

#define QUDT "http://qudt.org/schema/qudt/"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CAN_FAIL false
#else
#define CAN_FAIL true
#endif

static long countdown = -1; /* allocations until the one that fails; negative: none does */
static long live;           /* blocks that are allocated and not freed, while counting */
static bool counting;

#if CAN_FAIL

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *block);

/* Libraries are to call these too. */
#define EXPORTED __attribute__((visibility("default")))

static bool fails(void)
{
    return countdown >= 0 && countdown-- == 0;
}

EXPORTED void *malloc(size_t size)
{
    void *block = fails() ? NULL : __libc_malloc(size);
    live += counting && block;
    return block;
}

EXPORTED void *calloc(size_t count, size_t size)
{
    void *block = fails() ? NULL : __libc_calloc(count, size);
    live += counting && block;
    return block;
}

EXPORTED void *realloc(void *old, size_t size)
{
    void *block = fails() ? NULL : __libc_realloc(old, size);
    live += counting && block && !old;
    return block;
}

EXPORTED void free(void *block)
{
    live -= counting && block;
    __libc_free(block);
}

/* GMP ends the process when memory is out, by its contract, and OpenSSL does without much that
 * it asked for; they get what never fails. */
static void *gmp_resize(void *old, size_t old_size, size_t size)
{
    (void)old_size;
    return __libc_realloc(old, size);
}

static void gmp_free(void *block, size_t size)
{
    (void)size;
    __libc_free(block);
}

static void *openssl_new(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return __libc_malloc(size);
}

static void *openssl_resize(void *old, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return __libc_realloc(old, size);
}

static void openssl_free(void *block, const char *file, int line)
{
    (void)file, (void)line;
    __libc_free(block);
}

#endif

static void add(struct ic_document *document, const char *subject, const char *predicate,
                struct ic_term object)
{
    const struct ic_term s = ic_term_iri(subject), p = ic_term_iri(predicate);
    struct ic_error error;
    assert_int_equal(ic_document_add(document, &s, &p, &object, NULL, 1, &error), IC_OK);
}

/* One of everything. */
static struct ic_document *small_ontology(void)
{
    struct ic_document *d = ic_document_new("small.ttl", NULL);
    struct ic_error error;
    assert_non_null(d);
    assert_int_equal(ic_document_set_prefix(d, "x", "urn:x:", &error), IC_OK);
    add(d, "urn:x:o", IC_RDF_TYPE, ic_term_iri(IC_NS_OWL "Ontology"));
    add(d, "urn:x:o", IC_NS_OWL "versionInfo", ic_term_literal("1", NULL));
    add(d, "urn:x:s", IC_RDF_TYPE, ic_term_iri(IC_NS_SKOS "ConceptScheme"));
    for (const char *c = "ab"; *c; c++) {
        char iri[] = "urn:x:?", label[] = "Ö?";
        iri[6] = label[2] = *c;
        add(d, iri, IC_RDF_TYPE, ic_term_iri(IC_NS_SKOS "Concept"));
        add(d, iri, IC_NS_SKOS "inScheme", ic_term_iri("urn:x:s"));
        add(d, iri, IC_NS_SKOS "prefLabel", ic_term_literal(label, NULL));
    }
    add(d, "urn:x:a", IC_NS_SKOS "broader", ic_term_iri("urn:x:b"));
    add(d, "urn:x:C", IC_NS_RDFS "subClassOf", ic_term_iri("urn:x:D"));
    add(d, "urn:x:u", IC_RDF_TYPE, ic_term_iri(QUDT "Unit"));
    add(d, "urn:x:u", IC_NS_SKOS "notation", ic_term_literal("U", NULL));
    add(d, "urn:x:u", QUDT "hasQuantityKind", ic_term_iri("urn:x:money"));
    add(d, "urn:x:u", IC_RDF_TYPE, ic_term_iri(QUDT "CurrencyUnit"));
    add(d, "urn:x:v", IC_RDF_TYPE, ic_term_iri(QUDT "Unit"));
    add(d, "urn:x:v", QUDT "hasQuantityKind", ic_term_iri("urn:x:money"));
    add(d, "urn:x:v", IC_RDF_TYPE, ic_term_iri(QUDT "CurrencyUnit"));
    add(d, "urn:x:k", IC_RDF_TYPE, ic_term_iri(QUDT "Unit"));
    add(d, "urn:x:k", IC_NS_META "factor", ic_term_literal("1/3", NULL));
    add(d, "urn:x:k", IC_NS_META "of", ic_term_iri("urn:x:u"));
    add(d, "urn:x:r", IC_RDF_TYPE, ic_term_iri(IC_NS_META "ExchangeRate"));
    add(d, "urn:x:r", IC_NS_META "from", ic_term_iri("urn:x:v"));
    add(d, "urn:x:r", IC_NS_META "to", ic_term_iri("urn:x:u"));
    add(d, "urn:x:r", IC_NS_META "rate", ic_term_literal("1.5", NULL));
    add(d, "urn:x:r", IC_NS_META "date", ic_term_literal("2026-01-31", NULL));
    add(d, "urn:x:r", IC_NS_META "source", ic_term_literal("a bank", NULL));
    static const char *const properties[] = {IC_NS "n", IC_NS "c", "urn:x:t", "urn:y:i"};
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++) {
        add(d, properties[i], IC_RDF_TYPE, ic_term_iri(IC_NS_RDF "Property"));
        add(d, properties[i], IC_NS_RDFS "label", ic_term_literal("label", NULL));
        add(d, properties[i], IC_NS_RDFS "comment", ic_term_literal("comment", NULL));
        add(d, properties[i], IC_NS_META "match", ic_term_iri(IC_NS_META "Equal"));
    }
    add(d, properties[0], IC_NS_RDFS "range", ic_term_iri(IC_XSD_DECIMAL));
    add(d, properties[0], IC_NS_META "unit", ic_term_iri("urn:x:u"));
    add(d, properties[0], IC_NS_META "worst", ic_term_literal("0", NULL));
    add(d, properties[0], IC_NS_META "best", ic_term_literal("9", NULL));
    add(d, properties[1], IC_NS_META "scheme", ic_term_iri("urn:x:s"));
    add(d, properties[2], IC_NS_RDFS "range", ic_term_iri(IC_NS_XSD "dateTime"));
    add(d, properties[3], IC_NS_RDFS "range", ic_term_iri(IC_NS_XSD "anyURI"));
    const struct ic_term blank = {.kind = IC_BLANK, .text = "b", .length = 1};
    add(d, properties[3], IC_NS_RDFS "seeAlso", blank);
    return d;
}

/* Fails the first, second, ... allocation of `work` until it succeeds without a failure. */
static void fail_each(enum ic_status (*work)(void *context, struct ic_error *error),
                      void *context)
{
    bool succeeded = false;
    for (long n = 0; !succeeded; n++) {
        struct ic_error error = {.status = IC_OK};
        live = 0;
        counting = true;
        countdown = n;
        const enum ic_status status = work(context, &error);
        const bool failed = countdown < 0;
        countdown = -1;
        counting = false;
        assert_int_equal(live, 0);
        if (CAN_FAIL && failed) {
            assert_int_equal(status, IC_NO_MEMORY);
            assert_int_equal(error.status, IC_NO_MEMORY);
            assert_string_not_equal(error.text, "");
        } else {
            assert_int_equal(status, IC_OK);
            succeeded = true;
            assert_true(n > 10 || !CAN_FAIL); /* there were failures to survive */
        }
    }
}

static enum ic_status build_once(void *context, struct ic_error *error)
{
    struct ic_document *document = context;
    struct ic_ontology *ontology = NULL;
    const enum ic_status status = ic_ontology_build(&document, 1, &ontology, error);
    assert_int_equal(status == IC_OK, ontology != NULL);
    ic_ontology_release(ontology);
    return status;
}

static void building_survives(void **state)
{
    (void)state;
    struct ic_document *document = small_ontology();
    /* Libraries set themselves up once and keep what they allocated. */
    assert_int_equal(build_once(document, NULL), IC_OK);
    fail_each(build_once, document);
    ic_document_free(document);
}

/* Values that need memory to become effective, each in an arena of its own. */
static enum ic_status resolve_once(void *context, struct ic_error *error)
{
    static const char *const cases[][2] = {
        {"n", "007 U"},          {"n", "1 k"},     {"n", "5 v*v/v"},
        {"c", " öA "},           {"c", " pigeon"}, {"x:t", "2026-01-31T12:00:00+01:00"},
        {"<urn:y:i>", " urn:z "}};
    const struct ic_ontology *ontology = context;
    enum ic_status status = IC_OK;
    for (size_t i = 0; i < sizeof cases / sizeof *cases && status == IC_OK; i++) {
        struct ic_arena *arena = ic_arena_new();
        const struct ic_term stated = ic_term_literal(cases[i][1], NULL);
        const struct ic_property *property = ic_ontology_attribute(ontology, cases[i][0]);
        struct ic_term effective;
        enum ic_resolution resolution;
        assert_non_null(property);
        if (!arena)
            return ic_fail(error, IC_NO_MEMORY, "no arena");
        status = ic_ontology_resolve(ontology, property, &stated, arena, &effective,
                                     &resolution, error);
        ic_arena_free(arena);
    }
    return status;
}

static void resolving_survives(void **state)
{
    (void)state;
    struct ic_document *document = small_ontology();
    struct ic_ontology *ontology = NULL;
    assert_int_equal(ic_ontology_build(&document, 1, &ontology, NULL), IC_OK);
    ic_document_free(document);
    assert_int_equal(resolve_once(ontology, NULL), IC_OK);
    fail_each(resolve_once, ontology);
    ic_ontology_release(ontology);
}

int main(void)
{
#if CAN_FAIL
    mp_set_memory_functions(__libc_malloc, gmp_resize, gmp_free);
    if (!CRYPTO_set_mem_functions(openssl_new, openssl_resize, openssl_free))
        return EXIT_FAILURE;
#endif
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(building_survives),
        cmocka_unit_test(resolving_survives),
    };
    return cmocka_run_group_tests_name("ontology: memory", tests, NULL, NULL);
}
