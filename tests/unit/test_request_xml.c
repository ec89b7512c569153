/* SPDX-License-Identifier: Apache-2.0 */
/* The XML form of requests: the paper's, version 1, what is refused and where, round trip. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "catalog/request.h"
#include "tests/unit/request_random.h"

#define NS "xmlns='http://www.csp/resOntology'"
#define RSM "<set xmlns='http://jabber.org/protocol/rsm'>"
#define A5 "<attribute>a</attribute><value>5</value>"
#define PLAIN(inside) "<constraints " NS ">" inside "</constraints>"
#define V1(inside) "<constraints " NS " version='1'>" inside "</constraints>"

static struct ic_request *parse(const char *xml)
{
    struct ic_request *request = NULL;
    struct ic_error error;
    if (ic_request_parse_xml("request", xml, strlen(xml), &request, &error) != IC_OK)
        fail_msg("%lu:%lu: %s\nin: %s", error.line, error.column, error.text, xml);
    return request;
}

static char *written(const struct ic_request *request, bool xml)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(xml ? ic_request_write_xml(request, out) : ic_request_write(request, out),
                     IC_OK);
    assert_int_equal(fclose(out), 0);
    return text;
}

/* The request of the paper, with its stray white space. */
static const char paper[] =
    "<constraints " NS ">\n"
    "  <constraint>\n"
    "    <attribute>availabilityQuantity </attribute>\n"
    "    <value>99.999</value>\n"
    "  </constraint>\n"
    "  <constraint><attribute>replicationFactor</attribute><value>5</value></constraint>\n"
    "  <constraint><attribute>tierCountries</attribute><value>JAPAN</value></constraint>\n"
    "  <constraint>\n"
    "    <attribute>StorageReplicationMethod\n        </attribute>\n"
    "    <value>AMQP</value></constraint>\n"
    "  "
    "<constraint><attribute>InterCloudStorageAccess</attribute><value>NFS</value></"
    "constraint>\n"
    "</constraints>\n";

static void test_paper(void **state)
{
    (void)state;
    struct ic_request *request = parse(paper);
    char *text = written(request, false);
    assert_string_equal(text, "availabilityQuantity 99.999; replicationFactor 5; "
                              "tierCountries JAPAN; StorageReplicationMethod AMQP; "
                              "InterCloudStorageAccess NFS");
    free(text);
    const struct ic_simple *last = ic_request_main(request)->constraints[4].simples;
    assert_int_equal(last->place.line, 12);
    assert_int_equal(last->place.column, 3);
    assert_false(ic_request_return(request)->version1);

    char *xml = written(request, true);
    assert_string_equal(
        xml, "<constraints " NS ">"
             "<constraint><attribute>availabilityQuantity</attribute><value>99.999</value>"
             "</constraint>"
             "<constraint><attribute>replicationFactor</attribute><value>5</value></constraint>"
             "<constraint><attribute>tierCountries</attribute><value>JAPAN</value></constraint>"
             "<constraint><attribute>StorageReplicationMethod</attribute><value>AMQP</value>"
             "</constraint>"
             "<constraint><attribute>InterCloudStorageAccess</attribute><value>NFS</value>"
             "</constraint></constraints>");
    free(xml);
    ic_request_free(request);
}

/* XML and the text form of the same request. */
static const struct {
    const char *xml, *text;
} accepted[] = {
    {V1("<constraint op='>='>" A5 "</constraint>"), "a >= 5"},
    {V1("<constraint op='not in' not='true'><attribute>a</attribute><value>x</value>"
        "<value unit=' GB '> 5 </value></constraint>"),
     "not a not in (x, 5 GB)"},
    {V1("<constraint not='0'>" A5 "</constraint>"), "a 5"},
    {V1("<constraint op='exists'><attribute>a</attribute></constraint>"), "a exists"},
    {V1("<any><constraint>" A5 "</constraint><constraint op='&lt;'>" A5 "</constraint></any>"),
     "a 5 or a < 5"},
    {V1("<any><constraint>" A5 "</constraint></any>"), "a 5"},
    {V1("<offer><constraint>" A5 "</constraint><any><constraint>" A5 "</constraint>"
        "<constraint op='!='>" A5 "</constraint></any></offer><constraint>" A5 "</constraint>"),
     "a 5; offer { a 5; a 5 or a != 5 }"},
    {V1("<preference direction='near' weight='2.5'><value unit='ms'>50</value>"
        "<attribute>latency</attribute></preference>"),
     "prefer near 50 ms latency weight 2.5"},
    {V1("<preference direction='lowest'><attribute>price</attribute></preference>"),
     "prefer lowest price"},
    {"<constraints " NS " version='1' limit='10'/>", "limit 10"},
    {PLAIN("<constraint>" A5 "</constraint>"), "a 5"},
    {PLAIN("<constraint><value>5</value><attribute>a</attribute></constraint>"), "a 5"},
    {"<?xml version='1.0' encoding='ISO-8859-1'?><!-- said to be Latin-1, read as UTF-8 -->"
     "<c:constraints xmlns:c='http://www.csp/resOntology' xml:lang='en'><c:constraint>"
     "<c:attribute>a</c:attribute><c:value><![CDATA[é]]>&lt;&#x65e5;</c:value>"
     "</c:constraint></c:constraints>",
     "a é<日"},
    {PLAIN("<constraint><attribute>a</attribute><value xml:space='preserve'> x\n </value>"
           "</constraint>"),
     "a \" x\\n \""},
    {V1("<constraint><attribute>a</attribute><value xml:space='preserve'/></constraint>"),
     "a \"\""},
    {PLAIN("<constraint><attribute> &lt;http://x/y&gt; </attribute><value>\"quoted\"</value>"
           "</constraint>"),
     "<http://x/y> \"\\\"quoted\\\"\""},
    {PLAIN("<constraint><attribute>a</attribute><value>500 GB</value></constraint>"),
     "a \"500 GB\""},
};

static void test_accepts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        struct ic_request *request = parse(accepted[i].xml);
        char *text = written(request, false);
        assert_string_equal(text, accepted[i].text);
        char *xml = written(request, true);
        struct ic_request *again = parse(xml);
        assert_true(ic_request_equal(request, again));
        ic_request_free(again);
        ic_request_free(request);
        free(text);
        free(xml);
    }
}

#define CONSTRAINT "<constraint>" A5 "</constraint>"

static const struct {
    const char *xml;
    unsigned long line, column;
    const char *says;
} refused[] = {
    {"", 1, 1, "not well-formed XML"},
    {PLAIN(""), 0, 0, "no constraints; write one as in <constraint><attribute>"},
    {V1(""), 0, 0, "no constraints"},
    {"<constraints " NS ">\n <constraint>\n", 3, 1, "not well-formed XML"},
    {"<constraints " NS "></constraint>", 1, 51, "not well-formed XML"},
    {"<constraints/>", 1, 1, "it must be xmlns='http://www.csp/resOntology'"},
    {"<constraints xmlns='http://www.csp/resOntology#'/>", 1, 1, "in another namespace"},
    {"<request " NS "/>", 1, 1, "a request is <constraints xmlns="},
    {"<constraints " NS "><constraint xmlns='x'/></constraints>", 1, 49,
     "in another namespace"},
    {PLAIN("<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='/etc/passwd'/>"), 1,
     49, "<include> is not expected in <constraints>, which holds <constraint>"},
    {V1("<query/>"), 1, 61,
     "which holds <constraint>, <any>, <offer>, <preference>, <return>, <set>"},
    {PLAIN("<constraint><attribute>a<b/></attribute></constraint>"), 1, 73,
     "<attribute> holds text, no <b>"},
    {PLAIN("<constraint>x</constraint>"), 1, 61,
     "the text 'x' is not expected in <constraint>"},
    {PLAIN("<constraint><value>5</value></constraint>"), 1, 77, "has no <attribute>"},
    {PLAIN("<constraint><attribute>a</attribute></constraint>"), 1, 49, "a needs a value"},
    {PLAIN("<constraint>" A5 "<attribute>a</attribute></constraint>"), 1, 113,
     "a second <attribute> in one <constraint>"},
    {PLAIN("<constraint>" A5 "<value>6</value></constraint>"), 1, 109,
     "several values need the version 1 form; say <constraints version='1'>"},
    {PLAIN("<constraint op='in'>" A5 "</constraint>"), 1, 49,
     "the attribute op needs the version 1 form; say <constraints version='1'>"},
    {PLAIN("<constraint><attribute>a</attribute><value unit='GB'>5</value></constraint>"), 1,
     85, "the attribute unit needs the version 1 form"},
    {PLAIN("<any>" CONSTRAINT "</any>"), 1, 49, "<any> needs the version 1 form"},
    {PLAIN("<offer>" CONSTRAINT "</offer>"), 1, 49, "<offer> needs the version 1 form"},
    {PLAIN("<return>jid</return>"), 1, 49, "<return> needs the version 1 form"},
    {PLAIN(RSM "<max>1</max></set>"), 1, 49, "<set> needs the version 1 form"},
    {"<constraints " NS " limit='5'/>", 1, 1, "the attribute limit needs the version 1 form"},
    {"<constraints " NS " version='2'/>", 1, 1, "version='2' is unknown; there is version='1'"},
    {"<constraints " NS " version='1' limit='0'/>", 1, 1, "is not a whole number from 1"},
    {"<constraints " NS " version='1' size='9'/>", 1, 1,
     "<constraints> has no attribute 'size'"},
    {V1("<constraint x:op='in' xmlns:x='y'>" A5 "</constraint>"), 1, 61,
     "no attribute 'op' in a namespace"},
    {V1("<constraint op='=='>" A5 "</constraint>"), 1, 61, "op='==' is not an operator"},
    {V1("<constraint not='yes'>" A5 "</constraint>"), 1, 61, "neither true nor false"},
    {V1("<constraint op='exists'>" A5 "</constraint>"), 1, 61, "'a exists' takes no value"},
    {V1("<constraint op='>='><attribute>a</attribute></constraint>"), 1, 61,
     "'a >=' needs a value"},
    {V1("<constraint><attribute>a</attribute><value/></constraint>"), 1, 105,
     "<value> is empty"},
    {V1("<constraint><attribute>a</attribute><value unit='GB'>x</value></constraint>"), 1, 115,
     "'x' has a unit and is not a number"},
    {V1("<constraint><attribute>a</attribute><value unit='a b'>5</value></constraint>"), 1, 97,
     "unit='a b' is not a unit"},
    {V1("<constraint><attribute> </attribute><value>5</value></constraint>"), 1, 85,
     "is empty"},
    {V1("<constraint><attribute>a b</attribute><value>5</value></constraint>"), 1, 87,
     "'a b' is not an attribute"},
    {V1("<constraint><attribute>or</attribute><value>5</value></constraint>"), 1, 86,
     "'or' is a word of the request language"},
    {V1("<any/>"), 1, 67, "<any> holds no <constraint>"},
    {V1("<offer></offer>"), 1, 68, "<offer> holds no <constraint>"},
    {V1("<offer><offer/></offer>"), 1, 68, "<offer> is not expected in <offer>"},
    {V1("<any><any/></any>"), 1, 66, "<any> is not expected in <any>"},
    {V1("<preference><attribute>a</attribute></preference>"), 1, 61, "needs direction="},
    {V1("<preference direction='lowest'/>"), 1, 93, "<preference> has no <attribute>"},
    {V1("<preference direction='near'><attribute>a</attribute></preference>"), 1, 114,
     "<preference direction='near'> takes one <value>"},
    {V1("<preference direction='lowest'>" A5 "</preference>"), 1, 132,
     "<preference direction='lowest'> takes no <value>"},
    {V1("<preference direction='near'>" A5 "<value>6</value></preference>"), 1, 138,
     "a second <value> in one <preference>"},
    {V1("<preference direction='lowest' weight='x'><attribute>a</attribute></preference>"), 1,
     61, "the weight 'x' is not a positive number"},
    {V1("<return>jid price</return>"), 1, 78, "<return> has 'price'; there are jid, offers"},
    {V1("<return>jid</return><return>jid</return>"), 1, 81, "a second <return>"},
    {V1(RSM "<max>-1</max></set>"), 1, 112, "<max> is not a whole number"},
    {V1(RSM "<max></max></set>"), 1, 110, "<max> is not a whole number"},
    {V1(RSM "<before/></set>"), 1, 105, "<before> is not expected in <set>, which holds <max>"},
    {V1(RSM "</set>" RSM "</set>"), 1, 111, "a second <set>"},
    {"<!DOCTYPE constraints [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>" PLAIN("&e;"), 1, 23,
     "leave out <!DOCTYPE>"},
    {"<!DOCTYPE constraints SYSTEM 'http://127.0.0.1/x.dtd'>" PLAIN(CONSTRAINT), 1, 54,
     "leave out <!DOCTYPE>"},
    {PLAIN("<constraint><attribute>a</attribute><value>&e;</value></constraint>"), 1, 92,
     "an unknown entity"},
    {PLAIN("<constraint><attribute>a</attribute><value>x&#0;</value></constraint>"), 1, 93,
     "not well-formed XML"},
    {PLAIN("<constraint><attribute>a</attribute><value>\xff</value></constraint>"), 1, 92,
     "not well-formed XML"},
    {PLAIN("<constraint><attribute>a</attribute><value>\x01</value></constraint>"), 1, 92,
     "not well-formed XML"},
    {PLAIN(CONSTRAINT) PLAIN(CONSTRAINT), 1, 128, "not well-formed XML"},
};

static void test_refuses(void **state)
{
    (void)state;
    int failures = 0;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct ic_request *request = NULL;
        struct ic_error error = {0};
        const enum ic_status status = ic_request_parse_xml(
            "request", refused[i].xml, strlen(refused[i].xml), &request, &error);
        if (status == IC_BAD_INPUT && error.status == status && !request &&
            error.line == refused[i].line && error.column == refused[i].column &&
            strstr(error.text, refused[i].says) && strcmp(error.file, "request") == 0)
            continue;
        print_error("%s\n gave %s:%lu:%lu: %s\n not %lu:%lu: %s\n", refused[i].xml, error.file,
                    error.line, error.column, error.text, refused[i].line, refused[i].column,
                    refused[i].says);
        failures++;
    }
    assert_int_equal(failures, 0);
}

static void test_return_and_page(void **state)
{
    (void)state;
    struct ic_request *request =
        parse(V1(CONSTRAINT "<return> jid\n score </return>" RSM
                            "<max> 20 </max><after>cloud 2</after></set>"));
    const struct ic_request_return *returned = ic_request_return(request);
    assert_true(returned->version1 && returned->jid && returned->score);
    assert_false(returned->offers || returned->provenance);
    assert_int_equal(returned->rsm_max, 20);
    assert_string_equal(returned->rsm_after, "cloud 2");
    assert_int_equal(ic_request_limit(request), 0);
    char *xml = written(request, true);
    assert_string_equal(xml, V1(CONSTRAINT "<return>jid score</return>" RSM
                                           "<max>20</max><after>cloud 2</after></set>"));
    free(xml);
    ic_request_free(request);

    request =
        parse(V1(CONSTRAINT "<return>provenance offers</return>" RSM "<max>0</max></set>"));
    returned = ic_request_return(request);
    assert_true(returned->offers && returned->provenance);
    assert_int_equal(returned->rsm_max, 0);
    assert_null(returned->rsm_after);
    ic_request_free(request);

    /* Nothing more was asked for, but the answer may still be in the version 1 form. */
    request = parse(V1(CONSTRAINT));
    assert_true(ic_request_return(request)->version1);
    assert_int_equal(ic_request_return(request)->rsm_max, -1);
    xml = written(request, true);
    assert_string_equal(xml, V1(CONSTRAINT));
    free(xml);
    ic_request_free(request);
}

/* `piece` repeated between two others. Owned: free. */
static char *repeated(const char *start, const char *piece, size_t count, const char *end)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs(start, out);
    while (count--)
        fputs(piece, out);
    fputs(end, out);
    fclose(out);
    return text;
}

static void expect(char *xml, enum ic_status expected, const char *says)
{
    struct ic_request *request = NULL;
    struct ic_error error = {.text = ""};
    assert_int_equal(ic_request_parse_xml("request", xml, strlen(xml), &request, &error),
                     expected);
    if (says && !strstr(error.text, says))
        fail_msg("'%s' does not say '%s'", error.text, says);
    ic_request_free(request);
    free(xml);
}

static void test_limits(void **state)
{
    (void)state;
    const char *open = "<constraints " NS " version='1'>", *close = "</constraints>";
    expect(repeated(open, CONSTRAINT, 256, close), IC_OK, NULL);
    expect(repeated(open, CONSTRAINT, 10000, close), IC_TOO_LARGE,
           "10000 constraints; a request has at most 256");
    expect(repeated(open, "<offer><any>" CONSTRAINT CONSTRAINT "</any></offer>", 5000, close),
           IC_TOO_LARGE, "10000 constraints");
    expect(repeated("<constraints " NS " version='1'><constraint><attribute>a</attribute>",
                    "<value>5</value>", 1025, "</constraint></constraints>"),
           IC_TOO_LARGE, "a has a list of 1025 values");
    expect(repeated(open,
                    "<preference direction='lowest'><attribute>a</attribute></preference>", 65,
                    close),
           IC_TOO_LARGE, "at most 64 preferences");
    expect(repeated("<constraints " NS "><constraint><attribute>a</attribute><value>", "&lt;",
                    1000000, "</value></constraint></constraints>"),
           IC_OK, NULL);
    expect(repeated("<constraints " NS "><constraint><attribute>a</attribute><value>", "x",
                    IC_REQUEST_BYTES_MAX, "</value></constraint></constraints>"),
           IC_TOO_LARGE, "longer than 4194304 bytes");
    expect(repeated("", "<constraints " NS ">", 50000, ""), IC_BAD_INPUT,
           "<constraints> is not expected in <constraints>");
}

static void test_round_trip(void **state)
{
    (void)state;
    struct random random = random_seeded();
    for (int i = 0; i < 3000; i++) {
        struct ic_request *request = random_request(&random, false);
        char *xml = written(request, true);
        struct ic_request *again = parse(xml);
        if (!ic_request_equal(request, again))
            fail_msg("request %d is not what it was: %s", i, xml);
        char *twice = written(again, true);
        assert_string_equal(xml, twice);

        /* And both forms say the same. */
        char *text = written(again, false);
        const char *texts[] = {text};
        struct ic_request *third = NULL;
        assert_int_equal(ic_request_parse("request", texts, 1, &third, NULL), IC_OK);
        assert_true(ic_request_equal(request, third));
        ic_request_free(request);
        ic_request_free(again);
        ic_request_free(third);
        free(xml);
        free(twice);
        free(text);
    }
}

static void test_unwritable(void **state)
{
    (void)state;
    static const char *const texts[] = {"a \"\\u0001\"", "a \"x\\u001b\"", "a \"\\uffff\"",
                                        "a \"\\ufffe\""};
    for (size_t i = 0; i < 4; i++) {
        struct ic_request *request = NULL;
        assert_int_equal(ic_request_parse("request", &texts[i], 1, &request, NULL), IC_OK);
        char *xml = NULL;
        size_t size;
        FILE *out = open_memstream(&xml, &size);
        assert_int_equal(ic_request_write_xml(request, out), IC_BAD_INPUT);
        fclose(out);
        free(xml);
        ic_request_free(request);
    }
}

static void test_write_fails(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    setvbuf(full, NULL, _IONBF, 0);
    struct ic_request *request = parse(paper);
    assert_int_equal(ic_request_write(request, full), IC_IO);
    clearerr(full);
    assert_int_equal(ic_request_write_xml(request, full), IC_IO);
    fclose(full);
    ic_request_free(request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paper),      cmocka_unit_test(test_accepts),
        cmocka_unit_test(test_refuses),    cmocka_unit_test(test_return_and_page),
        cmocka_unit_test(test_limits),     cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_unwritable), cmocka_unit_test(test_write_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
