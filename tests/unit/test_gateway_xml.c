/* SPDX-License-Identifier: Apache-2.0 */
/* The gateway's XML: what is kept of a document, what is refused, how it is printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xmpp-frontend/gateway_xml.h"

static enum ic_status parse(const char *text, struct ic_arena **arena, struct ic_element **root,
                            struct ic_error *error)
{
    *error = (struct ic_error){.status = IC_OK};
    return ic_gateway_xml_parse("file.xml", text, strlen(text), NULL, arena, root, error);
}

/* Parses, writes with `write`, compares. */
static void assert_indented(const char *text, const char *expected)
{
    struct ic_arena *arena = NULL;
    struct ic_element *root = NULL;
    struct ic_error error;
    char *printed = NULL;
    size_t length = 0;
    assert_int_equal(parse(text, &arena, &root, &error), IC_OK);
    FILE *out = open_memstream(&printed, &length);
    assert_non_null(out);
    ic_gateway_xml_indent(root, out);
    fclose(out);
    assert_string_equal(printed, expected);
    free(printed);
    ic_arena_free(arena);
}

static void assert_written(const char *text, const char *expected)
{
    struct ic_arena *arena = NULL;
    struct ic_element *root = NULL;
    struct ic_error error;
    struct ic_buffer buffer;
    assert_int_equal(parse(text, &arena, &root, &error), IC_OK);
    ic_buffer_init(&buffer, 4096);
    ic_element_write(root, &buffer);
    assert_int_equal(buffer.status, IC_OK);
    assert_string_equal(buffer.data, expected);
    ic_buffer_free(&buffer);
    ic_arena_free(arena);
}

static void indents_elements(void **state)
{
    (void)state;
    assert_indented("<a/>", "<a/>\n");
    assert_indented("<a><b/><c>text</c></a>", "<a>\n  <b/>\n  <c>text</c>\n</a>\n");
    assert_indented("<a>\n<b>\n\n<c/></b>\t</a>", "<a>\n  <b>\n    <c/>\n  </b>\n</a>\n");
}

/* Text is data: it keeps its white space, and so does an element that mixes it with others. */
static void keeps_text(void **state)
{
    (void)state;
    assert_indented("<a><b>x \n  </b></a>", "<a>\n  <b>x \n  </b>\n</a>\n");
    assert_indented("<a><b> </b></a>", "<a>\n  <b> </b>\n</a>\n");
    assert_indented("<a>one <b><c/></b> two</a>", "<a>one <b><c/></b> two</a>\n");
    assert_indented("<a x='1&apos;&lt;&#9;'>&amp;&lt;&gt;'\"</a>",
                    "<a x='1&apos;&lt;&#9;'>&amp;&lt;&gt;'\"</a>\n");
}

static void keeps_namespaces(void **state)
{
    (void)state;
    assert_indented("<a xmlns='urn:a' xmlns:p='urn:p' p:x='1'><p:b/></a>",
                    "<a xmlns:p='urn:p' xmlns='urn:a' p:x='1'>\n  <p:b/>\n</a>\n");
    assert_indented("<a xml:lang='en'/>", "<a xml:lang='en'/>\n");
}

static void nothing_reaches_a_terminal_raw(void **state)
{
    (void)state;
    assert_indented("<a b='&#x9b;'>\xc2\x9b\x7f</a>",
                    "<a b='\\xC2\\x9B'>\\xC2\\x9B\\x7F</a>\n");
}

static void leaves_out_comments_and_instructions(void **state)
{
    (void)state;
    assert_written("<?xml version='1.0' encoding='ISO-8859-1'?><!-- x --><?y z?>"
                   "<a><!-- c -->on<?p?>e</a><!-- end -->",
                   "<a>one</a>");
    assert_written("<a><![CDATA[<b>]]></a>", "<a>&lt;b&gt;</a>");
}

static void refuses_document_types(void **state)
{
    static const char *const texts[] = {
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
        "<!DOCTYPE a [<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;]><a/>",
    };
    struct ic_arena *arena = NULL;
    struct ic_element *root = NULL;
    struct ic_error error;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(parse(texts[i], &arena, &root, &error), IC_BAD_INPUT);
        assert_non_null(strstr(error.text, "document type"));
        assert_int_equal(error.line, 1);
    }
    assert_int_equal(parse("<a>&e;</a>", &arena, &root, &error), IC_BAD_INPUT);
    assert_null(arena);
}

static void says_where(void **state)
{
    struct ic_arena *arena = NULL;
    struct ic_element *root = NULL;
    struct ic_error error;
    (void)state;
    assert_int_equal(parse("<a>\n  <b></c>\n</a>", &arena, &root, &error), IC_BAD_INPUT);
    assert_string_equal(error.file, "file.xml");
    assert_int_equal(error.line, 2);
    assert_true(error.column > 2);
    assert_int_equal(parse("", &arena, &root, &error), IC_BAD_INPUT);
    assert_int_equal(parse("<a>\xff</a>", &arena, &root, &error), IC_BAD_INPUT);
    assert_int_equal(parse("<p:a/>", &arena, &root, &error), IC_BAD_INPUT);
    assert_int_equal(parse("<a/><b/>", &arena, &root, &error), IC_BAD_INPUT);
    assert_null(arena);
}

static void keeps_to_limits(void **state)
{
    const struct ic_xml_limits limits = {
        .bytes_max = 40, .elements_max = 3, .attributes_max = 1, .depth_max = 2};
    static const char *const refused[] = {
        "<a>0123456789012345678901234567890123456789</a>",
        "<a><b/><b/><b/></a>",
        "<a><b x='1' y='2'/></a>",
        "<a><b><c/></b></a>",
    };
    struct ic_arena *arena = NULL;
    struct ic_element *root = NULL;
    struct ic_error error;
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_int_equal(ic_gateway_xml_parse("f", refused[i], strlen(refused[i]), &limits,
                                              &arena, &root, &error),
                         IC_TOO_LARGE);
    assert_null(arena);
    assert_int_equal(
        ic_gateway_xml_parse("f", "<a><b/><b/></a>", 15, &limits, &arena, &root, &error),
        IC_OK);
    ic_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(indents_elements),
        cmocka_unit_test(keeps_text),
        cmocka_unit_test(keeps_namespaces),
        cmocka_unit_test(nothing_reaches_a_terminal_raw),
        cmocka_unit_test(leaves_out_comments_and_instructions),
        cmocka_unit_test(refuses_document_types),
        cmocka_unit_test(says_where),
        cmocka_unit_test(keeps_to_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
