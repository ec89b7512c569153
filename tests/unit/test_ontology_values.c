/* SPDX-License-Identifier: Apache-2.0 */
/* From what somebody wrote to the effective term. */
#include "tests/unit/ontology_small.h"

#define BLANK ((const char *)-1)  /* the stated term is a blank node */
#define AS_IRI ((const char *)-2) /* the term is an IRI */

/* What is stated (datatype, "@" language, AS_IRI or BLANK) and what is effective. `effective`
 * NULL: refused, and `datatype` is in the message. */
static const struct {
    const char *property, *stated, *as, *effective, *datatype;
    enum ic_resolution resolution;
} values[] = {
    {"size", "500", NULL, "500", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "500", IC_XSD_DECIMAL, "500", IC_XSD_DECIMAL, IC_RESOLVED_SAME},
    {"size", "500", IC_NS_XSD "integer", "500", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "0500.50", IC_XSD_DECIMAL, "500.5", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", " +5e2\n", IC_NS_XSD "double", "500", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "-.5", NULL, "-0.5", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "0.1234567890123456789012345678901", NULL, "0.1234567890123456789012345678901",
     IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "500 GB", NULL, "500", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "500GB", NULL, "500", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "500\t GByte ", NULL, "500", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "5e2GB", NULL, "500", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "500 gigabyte", NULL, "500", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "500 GigaBYTE", NULL, "500", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "500 " UNIT "GigaBYTE", NULL, "500", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "500 <" UNIT "GigaBYTE>", NULL, "500", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "500 TB", NULL, NULL, "size is in a unit such as GB", IC_RESOLVED_SAME},
    {"size", "5 EB", NULL, NULL, "the unit 'EB'", IC_RESOLVED_SAME},
    {"size", "500 gb", NULL, NULL, "may mean GB;", IC_RESOLVED_SAME},
    {"size", "5 5", NULL, NULL, "the unit '5'", IC_RESOLVED_SAME},
    {"copies", "5 GB", NULL, NULL, "without one", IC_RESOLVED_SAME},
    {"size", "many", NULL, NULL, "size: 'many' is not a number", IC_RESOLVED_SAME},
    {"size", "GB", NULL, NULL, "not a number", IC_RESOLVED_SAME},
    {"size", "", NULL, NULL, "not a number", IC_RESOLVED_SAME},
    {"size", "1/3", NULL, NULL, "the unit '/3'", IC_RESOLVED_SAME},
    {"size", "INF", IC_NS_XSD "double", NULL, "not a number", IC_RESOLVED_SAME},
    {"size", "1e999999999", NULL, NULL, "not a number", IC_RESOLVED_SAME},
    {"size", "5", "@en", NULL, "not a number", IC_RESOLVED_SAME},
    {"size", "5", IC_NS_XSD "date", NULL, "not a number", IC_RESOLVED_SAME},
    {"size", "urn:5", AS_IRI, NULL, "not a number", IC_RESOLVED_SAME},
    {"size", "b5", BLANK, NULL, "not a number", IC_RESOLVED_SAME},
    {"copies", "5", NULL, "5", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"copies", "5.0", NULL, "5", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"copies", "-0", NULL, "0", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"copies", "4.5", NULL, NULL, "a whole number", IC_RESOLVED_SAME},
    {"copies", "-1", NULL, NULL, "at least 0", IC_RESOLVED_SAME},
    {"level", "127", NULL, "127", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"level", "5 GB", NULL, NULL, "does not describe", IC_RESOLVED_SAME},
    {"level", "-128 DECIBEL", NULL, "-128", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"level", "128", NULL, NULL, "at most 127", IC_RESOLVED_SAME},
    {"level", "-129", NULL, NULL, "at least -128", IC_RESOLVED_SAME},
    {"way", "ftp", NULL, "http://x.example/FTP", AS_IRI, IC_RESOLVED_CHANGED},
    {"way", " File transfer ", "@en", "http://x.example/FTP", AS_IRI, IC_RESOLVED_CHANGED},
    {"way", "http://x.example/FTP", AS_IRI, "http://x.example/FTP", AS_IRI, IC_RESOLVED_SAME},
    {"way", "http://x.example/FTP", NULL, "http://x.example/FTP", AS_IRI, IC_RESOLVED_CHANGED},
    {"way", " pigeon ", NULL, "pigeon", NULL, IC_RESOLVED_UNKNOWN},
    {"way", "pigeon", "@en", "pigeon", NULL, IC_RESOLVED_UNKNOWN},
    {"way", "pigeon", NULL, "pigeon", NULL, IC_RESOLVED_UNKNOWN},
    {"way", "http://x.example/other", AS_IRI, "http://x.example/other", NULL,
     IC_RESOLVED_UNKNOWN},
    {"way", " ", NULL, NULL, "the name of a concept", IC_RESOLVED_SAME},
    {"way", "b1", BLANK, NULL, "the name of a concept", IC_RESOLVED_SAME},
    {"name", "Cloud One", NULL, "Cloud One", NULL, IC_RESOLVED_SAME},
    {"name", "  Cloud  One\n", NULL, "Cloud  One", NULL, IC_RESOLVED_CHANGED},
    {"name", "Wolke", "@de", "Wolke", NULL, IC_RESOLVED_CHANGED},
    {"name", "5", IC_NS_XSD "integer", "5", NULL, IC_RESOLVED_CHANGED},
    {"name", "", NULL, "", NULL, IC_RESOLVED_SAME},
    {"name", "urn:x", AS_IRI, NULL, "not a text", IC_RESOLVED_SAME},
    {"on", "true", IC_NS_XSD "boolean", "true", IC_NS_XSD "boolean", IC_RESOLVED_SAME},
    {"on", " 1", NULL, "true", IC_NS_XSD "boolean", IC_RESOLVED_CHANGED},
    {"on", "0", IC_NS_XSD "boolean", "false", IC_NS_XSD "boolean", IC_RESOLVED_CHANGED},
    {"on", "false", NULL, "false", IC_NS_XSD "boolean", IC_RESOLVED_CHANGED},
    {"on", "yes", NULL, NULL, "true or false", IC_RESOLVED_SAME},
    {"on", "1", IC_NS_XSD "integer", NULL, "true or false", IC_RESOLVED_SAME},
    {"day", "2026-01-31", IC_NS_XSD "date", "2026-01-31", IC_NS_XSD "date", IC_RESOLVED_SAME},
    {"day", " 2024-02-29+09:00", NULL, "2024-02-29", IC_NS_XSD "date", IC_RESOLVED_CHANGED},
    {"day", "2026-01-31Z", NULL, "2026-01-31", IC_NS_XSD "date", IC_RESOLVED_CHANGED},
    {"day", "2026-02-29", NULL, NULL, "a date", IC_RESOLVED_SAME},
    {"day", "1900-02-29", NULL, NULL, "a date", IC_RESOLVED_SAME},
    {"day", "2026-13-01", NULL, NULL, "a date", IC_RESOLVED_SAME},
    {"day", "0000-01-01", NULL, NULL, "a date", IC_RESOLVED_SAME},
    {"day", "10000-01-01", NULL, NULL, "a date", IC_RESOLVED_SAME},
    {"day", "2026-1-1", NULL, NULL, "a date", IC_RESOLVED_SAME},
    {"day", "2026-01-01+14:01", NULL, NULL, "a date", IC_RESOLVED_SAME},
    {"day", "2026-01-01 x", NULL, NULL, "a date", IC_RESOLVED_SAME},
    {"day", "2026-01-01T00:00:00", NULL, NULL, "a date", IC_RESOLVED_SAME},
    {"day", "2026-01-01", IC_NS_XSD "dateTime", NULL, "a date", IC_RESOLVED_SAME},
    {"at", "2026-01-31T12:00:00Z", IC_NS_XSD "dateTime", "2026-01-31T12:00:00Z",
     IC_NS_XSD "dateTime", IC_RESOLVED_SAME},
    {"at", "2026-01-31T12:00:00", NULL, "2026-01-31T12:00:00Z", IC_NS_XSD "dateTime",
     IC_RESOLVED_CHANGED},
    {"at", "2026-01-01T00:30:00.12300+09:00", NULL, "2025-12-31T15:30:00.123Z",
     IC_NS_XSD "dateTime", IC_RESOLVED_CHANGED},
    {"at", "2024-02-28T23:59:59.000-14:00", NULL, "2024-02-29T13:59:59Z", IC_NS_XSD "dateTime",
     IC_RESOLVED_CHANGED},
    {"at", "2026-12-31T24:00:00Z", NULL, "2027-01-01T00:00:00Z", IC_NS_XSD "dateTime",
     IC_RESOLVED_CHANGED},
    {"at", "2026-03-01T24:00:00-12:30", NULL, "2026-03-02T12:30:00Z", IC_NS_XSD "dateTime",
     IC_RESOLVED_CHANGED},
    {"at", "2026-01-31T12:00:00.000000000000000000000000001Z", NULL,
     "2026-01-31T12:00:00.000000000000000000000000001Z", IC_NS_XSD "dateTime",
     IC_RESOLVED_CHANGED},
    {"at", "0001-01-01T00:00:00+00:01", NULL, NULL, "a date and time", IC_RESOLVED_SAME},
    {"at", "9999-12-31T23:59:59-00:01", NULL, NULL, "a date and time", IC_RESOLVED_SAME},
    {"at", "9999-12-31T24:00:00Z", NULL, NULL, "a date and time", IC_RESOLVED_SAME},
    {"at", "2026-01-31T24:00:00.1Z", NULL, NULL, "a date and time", IC_RESOLVED_SAME},
    {"at", "2026-01-31T12:00:60Z", NULL, NULL, "a date and time", IC_RESOLVED_SAME},
    {"at", "2026-01-31T12:00Z", NULL, NULL, "a date and time", IC_RESOLVED_SAME},
    {"at", "2026-01-31T12:00:00.Z", NULL, NULL, "a date and time", IC_RESOLVED_SAME},
    {"at", "2026-01-31T12:00:00ZZ", NULL, NULL, "a date and time", IC_RESOLVED_SAME},
    {"at", "2026-01-31", NULL, NULL, "a date and time", IC_RESOLVED_SAME},
    {"page", "https://a.example/é?q#f", AS_IRI, "https://a.example/é?q#f", AS_IRI,
     IC_RESOLVED_SAME},
    {"page", " https://a.example/ ", NULL, "https://a.example/", AS_IRI, IC_RESOLVED_CHANGED},
    {"page", "urn:x", IC_NS_XSD "anyURI", "urn:x", AS_IRI, IC_RESOLVED_CHANGED},
    {"page", "a.example", NULL, NULL, "an absolute IRI", IC_RESOLVED_SAME},
    {"page", "/path", NULL, NULL, "an absolute IRI", IC_RESOLVED_SAME},
    {"page", "https:", NULL, NULL, "an absolute IRI", IC_RESOLVED_SAME},
    {"page", "1a:x", NULL, NULL, "an absolute IRI", IC_RESOLVED_SAME},
    {"page", "https://a b/", NULL, NULL, "an absolute IRI", IC_RESOLVED_SAME},
    {"page", "https://a/>.<", NULL, NULL, "an absolute IRI", IC_RESOLVED_SAME},
    {"page", "https://a.example/", "@en", NULL, "an absolute IRI", IC_RESOLVED_SAME},
    {"page", "b1", BLANK, NULL, "an absolute IRI", IC_RESOLVED_SAME},
    {"part", "urn:x", AS_IRI, "urn:x", AS_IRI, IC_RESOLVED_SAME},
    {"part", "b1", BLANK, "b1", BLANK, IC_RESOLVED_SAME},
    {"part", "text", NULL, NULL, "a resource", IC_RESOLVED_SAME},
};

static struct ic_term term(const char *text, const char *as)
{
    if (as == AS_IRI)
        return ic_term_iri(text);
    if (as == BLANK)
        return (struct ic_term){.kind = IC_BLANK, .text = text, .length = strlen(text)};
    struct ic_term literal = ic_term_literal(text, as && *as != '@' ? as : NULL);
    if (as && *as == '@')
        literal.language = as + 1;
    return literal;
}

static void resolves_values(void **state)
{
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct ic_arena *arena = ic_arena_new();
        struct ic_error error = {.line = 7};
        enum ic_resolution resolution;
        struct ic_term effective;
        const struct ic_term stated = term(values[i].stated, values[i].as);
        const enum ic_status status =
            ic_ontology_resolve(*state, attribute(state, values[i].property), &stated, arena,
                                &effective, &resolution, &error);
        if (!values[i].effective) {
            if (status != IC_BAD_INPUT || !strstr(error.text, values[i].datatype))
                fail_msg("%s '%s': status %d, %s", values[i].property, values[i].stated, status,
                         status == IC_OK ? effective.text : error.text);
            assert_int_equal(error.line, 0);
            assert_string_equal(error.file, "");
        } else {
            const struct ic_term wanted = term(values[i].effective, values[i].datatype);
            if (status != IC_OK || !ic_term_equal(&effective, &wanted) ||
                resolution != values[i].resolution)
                fail_msg("%s '%s': status %d, '%s', resolution %d", values[i].property,
                         values[i].stated, status,
                         status == IC_OK ? effective.text : error.text, (int)resolution);
        }
        ic_arena_free(arena);
    }
}

/* A message shows the beginning of a long value, cut between characters, and still its end. */
static void shortens_values(void **state)
{
    char text[10001];
    for (size_t i = 0; i < 10000; i += 2)
        memcpy(text + i, "é", 2);
    text[0] = 'x';
    text[1] = 'y';
    text[10000] = '\0';
    struct ic_arena *arena = ic_arena_new();
    struct ic_error error;
    enum ic_resolution resolution;
    struct ic_term effective;
    const struct ic_term stated = term(text, NULL);
    assert_int_equal(ic_ontology_resolve(*state, attribute(state, "size"), &stated, arena,
                                         &effective, &resolution, &error),
                     IC_BAD_INPUT);
    assert_true(strlen(error.text) < 200);
    assert_true(ic_utf8_valid(error.text, strlen(error.text)));
    assert_non_null(strstr(error.text, "...' is not a number"));
    /* No concept is spelled so long. */
    assert_int_equal(ic_ontology_resolve(*state, attribute(state, "way"), &stated, arena,
                                         &effective, &resolution, &error),
                     IC_OK);
    assert_int_equal(resolution, IC_RESOLVED_UNKNOWN);
    assert_true(ic_term_equal(&effective, &stated));
    ic_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(resolves_values, open_small, close_small),
        cmocka_unit_test_setup_teardown(shortens_values, open_small, close_small),
    };
    return cmocka_run_group_tests_name("ontology: values", tests, NULL, NULL);
}
