/* SPDX-License-Identifier: Apache-2.0 */
/* The RDF formats: what they read, what they refuse and where, and that nothing outside is
 * touched. */
#include "tests/unit/import_support.h"

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#define RDF_HEAD                                                                               \
    "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:e='http://e/'>\n"

/* ---- what is read ---- */

static const struct {
    const char *format, *text, *nquads;
} accepted[] = {
    {"turtle", "<http://e/a> a <http://e/C> .",
     "<http://e/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://e/C> .\n"},
    {"turtle", "@prefix : <http://e/> .\n:a :b 1, 1.50 , -1E+6, true;; :c \"x\"@EN-gb .\n",
     "<http://e/a> <http://e/b> \"1\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n"
     "<http://e/a> <http://e/b> \"1.50\"^^<http://www.w3.org/2001/XMLSchema#decimal> .\n"
     "<http://e/a> <http://e/b> \"-1E+6\"^^<http://www.w3.org/2001/XMLSchema#double> .\n"
     "<http://e/a> <http://e/b> \"true\"^^<http://www.w3.org/2001/XMLSchema#boolean> .\n"
     "<http://e/a> <http://e/c> \"x\"@EN-gb .\n"},
    {"turtle", "PREFIX p: <http://e/> BASE <http://b/c/> p:a p:b <x>, '''a\"'b''', 'it''s'@en.",
     NULL},
    {"turtle",
     "PREFIX p: <http://e/> BASE <http://b/c/> p:a p:b <x>, '''a\"'\nb''', \"\\u00e9\\n\".",
     "<http://e/a> <http://e/b> <http://b/c/x> .\n<http://e/a> <http://e/b> \"a\\\"'\\nb\" .\n"
     "<http://e/a> <http://e/b> \"\xC3\xA9\\n\" .\n"},
    {"turtle", "\xEF\xBB\xBF# comment\r\n<> <#p> <x> .\r\n",
     "<intercloud://document/> <intercloud://document/#p> <intercloud://document/x> .\n"},
    {"turtle", "@prefix : <http://e/> . :a.b :c\\-d :e%20f .",
     "<http://e/a.b> <http://e/c-d> <http://e/e%20f> .\n"},
    {"turtle", "", ""},
    {"turtle",
     "@prefix x: <http://e/> . x:a x:b \"1\"^^<http://www.w3.org/2001/XMLSchema#string> .",
     "<http://e/a> <http://e/b> \"1\" .\n"},
    {"ntriples", "<http://e/a> <http://e/b> \"x\"@En .\n\n # c\n_:b <http://e/b> _:c .",
     "<http://e/a> <http://e/b> \"x\"@en .\n_:b <http://e/b> _:c .\n"},
    {"nquads", "<http://e/a> <http://e/b> \"x\" <http://e/g> .\n<a:a> <a:b> <a:c> .\n",
     "<http://e/a> <http://e/b> \"x\" <http://e/g> .\n<a:a> <a:b> <a:c> .\n"},
    {"trig",
     "PREFIX : <http://e/> GRAPH :g { :a :b 'c' . :d :e :f } { :g :h :i } _:x { :j :k :l . } "
     ":m :n :o .",
     "<http://e/a> <http://e/b> \"c\" <http://e/g> .\n"
     "<http://e/d> <http://e/e> <http://e/f> <http://e/g> .\n"
     "<http://e/g> <http://e/h> <http://e/i> .\n<http://e/j> <http://e/k> <http://e/l> _:x .\n"
     "<http://e/m> <http://e/n> <http://e/o> .\n"},
    {"rdfxml",
     RDF_HEAD "<e:C rdf:about='http://e/a'><e:b xml:lang='de'>x &amp; y</e:b><e:c "
              "rdf:resource='x'/></e:C>\n</rdf:RDF>",
     "<http://e/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://e/C> .\n"
     "<http://e/a> <http://e/b> \"x & y\"@de .\n"
     "<http://e/a> <http://e/c> <intercloud://document/x> .\n"},
    {"rdfxml",
     "<!DOCTYPE rdf:RDF [<!ENTITY e 'http://e/'>]>" RDF_HEAD
     "<rdf:Description rdf:about='&e;a'><e:b>&e;&#10;</e:b></rdf:Description></rdf:RDF>",
     "<http://e/a> <http://e/b> \"http://e/\\n\" .\n"},
    {"rdfxml",
     RDF_HEAD
     "<rdf:Description rdf:about='http://e/a'><e:b rdf:parseType='Literal'><e:i a='&lt;'"
     ">x</e:i></e:b></rdf:Description></rdf:RDF>",
     "<http://e/a> <http://e/b> \"<e:i xmlns:e=\\\"http://e/\\\" a=\\\"&lt;\\\">x</e:i>"
     "\"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#XMLLiteral> .\n"},
};

static void reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        if (!accepted[i].nquads)
            continue;
        const size_t length = strlen(accepted[i].text);
        struct ic_error error;
        struct ic_document *document =
            import_bytes(accepted[i].format, accepted[i].text, length,
                         (struct ic_import_context){0}, &error);
        if (!document)
            fail_msg("%lu:%lu: %s\nin: %s", error.line, error.column, error.text,
                     accepted[i].text);
        char *text = written(document, IC_RDF_NQUADS);
        assert_string_equal(text, accepted[i].nquads);
        free(text);
        ic_document_free(document);
    }
}

/* ---- what is refused, and where ---- */

struct refusal {
    const char *format, *text;
    unsigned long line, column;
    const char *part; /* of the message */
};

static const struct refusal refused[] = {
    {"turtle", "@prefix : <http://e/> .\n:a :b \"x\",\n  \"a\\u0000b\" .", 3, 5, "U+0000"},
    {"turtle", "<a:a> <a:b> '\\U00000000' .", 1, 14, "U+0000"},
    {"turtle", "<a:a> <a:b> '\\uD800' .", 1, 14, "surrogate"},
    {"turtle", "<a:a> <a:b> \"\xC3\xA9\" ,\n \"\xFF\" .", 2, 3, "UTF-8"},
    {"turtle", "<a:a> <a:b> \"\xC3\xA9\" x .", 1, 17, "\"x\" means nothing"},
    {"turtle", "<a:a> <a:b> \"x .\n", 1, 13, "not closed"},
    {"turtle", "<a:a> <a:b> \"\"\"x .\n\"\"", 1, 13, "not closed"},
    {"turtle", "<a:a> <a:b> <a:c .\n", 1, 17, "U+0020"},
    {"turtle", "<a:a> <a:b> <a:c\n> .\n", 1, 13, "not closed"},
    {"turtle", "<a:a> <a:b> <a:\\u0020c> .\n", 1, 16, "U+0020"},
    {"turtle", "<a:a> <a:b> '\\x' .\n", 1, 14, "no such escape"},
    {"turtle", "<a:a> <a:b> 'x'@ .\n", 1, 17, "language tag"},
    {"turtle", "<a:a> <a:b> x:y .\n", 1, 13, "\"x:\" is not declared"},
    {"turtle", "<a:a> <a:b> <a:c>\n<a:d> <a:e> <a:f> .", 2, 1, "',', ';' or '.'"},
    {"turtle", "<a:a> <a:b> .", 1, 13, "an object"},
    {"turtle", "<a:a> 'b' <a:c> .", 1, 7, "a predicate"},
    {"turtle", "'a' <a:b> <a:c> .", 1, 1, "a subject"},
    {"turtle", "<a:a> <a:b> [ <a:c> <a:d>\n.", 2, 1, "']'"},
    {"turtle", "<a:a> <a:b> ( 1 2", 1, 18, "text ends"},
    {"turtle", "<a:a> <a:b> <a:c>", 1, 18, "text ends"},
    {"turtle", "@prefix : <http://e/>\n:a :b :c .", 2, 1, "'.'"},
    {"turtle", "@prefix <http://e/> .", 1, 9, "a prefix"},
    {"turtle", "<a:a> <a:b> 1 2 .", 1, 15, "found 2"},
    {"turtle", "<a:a> <a:b> +x .", 1, 14, "digits"},
    {"turtle", "<a:g> { <a:a> <a:b> <a:c> }", 1, 7, "cannot begin a term"},
    {"turtle", "{\"a\": 1}", 1, 1, "cannot begin a term"},
    {"trig", "<a:g> { <a:a> <a:b> <a:c>", 1, 26, "text ends"},
    {"trig", "GRAPH { <a:a> <a:b> <a:c> }", 1, 7, "a graph's name"},
    {"trig", "GRAPH <a:a> <a:b> <a:c> .", 1, 13, "'{'"},
    {"ntriples", "<a:a> <a:b> \"x\" .\n<a:a> <a:b> \"\\U00000000\" .\n", 2, 14, "U+0000"},
    {"ntriples", "<a:a> <a:b> \"x\" .\n<a:a> <a:b> oops .\n", 2, 13, "'o' cannot begin"},
    {"ntriples", "<a:a> <a:b> <x> .\n", 1, 13, "relative"},
    {"ntriples", "<a:a> <a:b>\n<a:c> .\n", 2, 7, "ends the line"},
    {"ntriples", "<a:a> <a:b> <a:c> . <a:a> <a:b> <a:c> .\n", 1, 21, "end of the line"},
    {"ntriples", "<a:a> <a:b> <a:c> <a:g> .\n", 1, 19, "'.'"},
    {"ntriples", "<a:a> _:b <a:c> .\n", 1, 7, "a predicate"},
    {"ntriples", "<a:a> <a:b> 'c' .\n", 1, 13, "cannot begin"},
    {"nquads", "<a:a> <a:b> <a:c> \"g\" .\n", 1, 19, "a graph's name"},
    {"rdfxml", "", 1, 1, "malformed XML"},
    {"rdfxml", "<a>\n <b></a>", 2, 7, "mismatched tag"},
    {"rdfxml", RDF_HEAD "<rdf:Description>&#0;</rdf:Description></rdf:RDF>", 2, 18, "U+0000"},
    {"rdfxml", RDF_HEAD "<rdf:Description>\x01</rdf:Description></rdf:RDF>", 2, 18,
     "control characters"},
    {"rdfxml", RDF_HEAD "<rdf:Description>\xFF</rdf:Description></rdf:RDF>", 2, 18, "UTF-8"},
    {"rdfxml", RDF_HEAD "<rdf:Description><f:x/></rdf:Description></rdf:RDF>", 2, 18,
     "unbound"},
    {"rdfxml", RDF_HEAD "\n <rdf:Description rdf:li='x'/></rdf:RDF>", 3, 2, "li"},
    {"rdfxml", RDF_HEAD "\n <rdf:Description bad='x'/></rdf:RDF>", 3, 2, "bad"},
    {"rdfxml", RDF_HEAD " <rdf:Description rdf:aboutEach='x'/></rdf:RDF>", 2, 2, "aboutEach"},
    {"rdfxml",
     RDF_HEAD "<rdf:Description><e:p xml:lang='fr' e:q='x'/></rdf:Description></rdf:RDF>", 2,
     18, "<rdf:Description> inside"},
    {"rdfxml", RDF_HEAD " <rdf:Description rdf:ID='1 2'/></rdf:RDF>", 2, 2, "1 2"},
    {"rdfxml",
     RDF_HEAD "<rdf:Description><e:p xml:lang='en . &lt;urn:a&gt;'>x</e:p>"
              "</rdf:Description></rdf:RDF>",
     2, 18, "language tag"},
    {"rdfxml",
     RDF_HEAD "<rdf:Description rdf:about='urn:a&gt; &lt;urn:b'><e:p>x</e:p>"
              "</rdf:Description></rdf:RDF>",
     2, 56, "no IRI"},
    {"rdfxml",
     RDF_HEAD "<rdf:Description><e:p rdf:datatype='urn:a b'>x</e:p>"
              "</rdf:Description></rdf:RDF>",
     2, 47, "no IRI"},
    {"rdfxml",
     RDF_HEAD "<x:include xmlns:x='http://www.w3.org/2001/XInclude' href='/etc/hosts'/>"
              "</rdf:RDF>",
     2, 1, "XInclude"},
    {"rdfxml",
     "<!DOCTYPE x [<!ENTITY % p SYSTEM 'file:///etc/hosts'>%p;]>" RDF_HEAD "</rdf:RDF>", 1, 53,
     "nothing outside is read"},
    {"rdfxml", "<!DOCTYPE x SYSTEM 'file:///etc/hosts'>" RDF_HEAD "&x;</rdf:RDF>", 2, 1,
     "nothing outside is read"},
};

static void check_refusal(const struct refusal *refusal, struct ic_import_context context)
{
    struct ic_error error;
    struct ic_document *document =
        import_bytes(refusal->format, refusal->text, strlen(refusal->text), context, &error);
    if (document)
        fail_msg("accepted: %s", refusal->text);
    if (error.status != IC_BAD_INPUT || error.line != refusal->line ||
        error.column != refusal->column || !strstr(error.text, refusal->part) ||
        strcmp(error.file, "doc") != 0)
        fail_msg("expected doc:%lu:%lu ...%s..., got %s %s:%lu:%lu: %s\nin: %s", refusal->line,
                 refusal->column, refusal->part, ic_status_name(error.status), error.file,
                 error.line, error.column, error.text, refusal->text);
}

static void refuses_with_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        check_refusal(&refused[i], (struct ic_import_context){0});
}

/* raptor keeps the length of a language tag in one byte. */
static void refuses_long_languages(void **state)
{
    (void)state;
    char tag[256 + 1], text[1024];
    memset(tag, 'x', sizeof tag - 1);
    tag[sizeof tag - 1] = '\0';
    const struct refusal turtle = {"turtle", text, 1, 16, "language tag"};
    snprintf(text, sizeof text, "<a:a> <a:b> 'x'@%s .\n", tag);
    check_refusal(&turtle, (struct ic_import_context){0});
    const struct refusal rdfxml = {"rdfxml", text, 2, 18, "language tag"};
    snprintf(text, sizeof text,
             RDF_HEAD "<rdf:Description><e:p xml:lang='%s'>x</e:p></rdf:Description></rdf:RDF>",
             tag);
    check_refusal(&rdfxml, (struct ic_import_context){0});
}

static void refuses_raw_nul(void **state)
{
    (void)state;
    static const char *const formats[] = {"turtle", "trig", "ntriples", "nquads", "rdfxml"};
    static const char text[] = "<a:a> <a:b> \"x\0y\" .\n";
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct ic_error error;
        assert_null(import_bytes(formats[i], text, sizeof text - 1,
                                 (struct ic_import_context){0}, &error));
        assert_int_equal(error.status, IC_BAD_INPUT);
        assert_int_equal(error.line, 1);
    }
}

static void refuses_graphs_from_the_network(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {"nquads", "<a:a> <a:b> <a:c> .\n<a:a> <a:b> <a:c> <a:g> .\n", 2, 19, "graph name"},
        {"trig", "<a:a> <a:b> <a:c> .\n<a:g> { <a:a> <a:b> <a:c> }\n", 2, 1, "graph name"},
        {"rdfxml", "\n<!DOCTYPE rdf:RDF>" RDF_HEAD "</rdf:RDF>", 2, 18, "DOCTYPE"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_refusal(&cases[i], (struct ic_import_context){.network_payload = true});
    struct ic_error error;
    static const char text[] = "<a:a> <a:b> <a:c> .\n";
    struct ic_document *document =
        import_bytes("nquads", text, sizeof text - 1,
                     (struct ic_import_context){.network_payload = true}, &error);
    assert_non_null(document);
    ic_document_free(document);
}

/* ---- limits ---- */

static void count_progress(void *context, uint64_t bytes, uint64_t statements)
{
    uint64_t *seen = context;
    assert_true(bytes > seen[0]);
    assert_true(bytes - seen[0] <= 64 * 1024);
    assert_true(statements >= seen[1]);
    seen[0] = bytes;
    seen[1] = statements;
    seen[2]++;
}

/* `count` lines of N-Triples, which is Turtle too. Owned: free. */
static char *many_lines(unsigned count)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    for (unsigned i = 0; i < count; i++)
        fprintf(out, "<http://e/%u> <http://e/p> \"value %u\" .\n", i, i);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void reports_progress(void **state)
{
    (void)state;
    char *text = many_lines(10000);
    const size_t length = strlen(text);
    static const char *const formats[] = {"turtle", "ntriples", NULL};
    for (size_t i = 0; i < 3; i++) {
        uint64_t seen[3] = {0};
        struct ic_error error;
        struct ic_document *document = import_bytes(
            formats[i], text, length,
            (struct ic_import_context){.progress = count_progress, .progress_context = seen},
            &error);
        assert_non_null(document);
        assert_int_equal(seen[0], length);
        assert_true(seen[1] > 0 && seen[1] <= 10000);
        assert_true(seen[2] >= length / (64 * 1024));
        ic_document_free(document);
    }
    free(text);
}

static void bounds_the_input(void **state)
{
    (void)state;
    char *text = many_lines(5000);
    const size_t length = strlen(text);
    struct ic_error error;
    struct ic_import_context context = {.bytes_max = length};
    struct ic_document *document = import_bytes("turtle", text, length, context, &error);
    assert_non_null(document);
    ic_document_free(document);
    context.bytes_max = length - 1;
    static const char *const formats[] = {"turtle", "ntriples", "nquads", "trig"};
    for (size_t i = 0; i < 4; i++) {
        assert_null(import_bytes(formats[i], text, length, context, &error));
        assert_int_equal(error.status, IC_TOO_LARGE);
        assert_non_null(strstr(error.text, "bytes_max"));
    }
    free(text);
    context.bytes_max = 40;
    static const char xml[] = RDF_HEAD "</rdf:RDF>";
    assert_null(import_bytes("rdfxml", xml, sizeof xml - 1, context, &error));
    assert_int_equal(error.status, IC_TOO_LARGE);
}

static char *repeated(const char *head, const char *part, unsigned count, const char *tail)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    fputs(head, out);
    for (unsigned i = 0; i < count; i++)
        fputs(part, out);
    fputs(tail, out);
    assert_int_equal(fclose(out), 0);
    return text;
}

/* An element with `count` attributes, numbered after `name`. */
static void check_attributes(const char *name, unsigned count, const char *refusal)
{
    char *text = NULL;
    size_t size;
    struct ic_error error;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    fputs(RDF_HEAD "<e:C", out);
    for (unsigned i = 0; i < count; i++)
        fprintf(out, " %s%u='urn:x'", name, i);
    fputs("/></rdf:RDF>", out);
    assert_int_equal(fclose(out), 0);
    struct ic_document *document =
        import_bytes("rdfxml", text, size, (struct ic_import_context){0}, &error);
    if (refusal) {
        assert_null(document);
        assert_int_equal(error.status, IC_TOO_LARGE);
        assert_int_equal(error.line, 2);
        assert_non_null(strstr(error.text, refusal));
    } else {
        assert_non_null(document);
    }
    ic_document_free(document);
    free(text);
}

static void bounds_attributes(void **state)
{
    (void)state;
    check_attributes("e:a", 1000, NULL);
    check_attributes("e:a", 1001, "more attributes than the limit of 1000");
    check_attributes("xmlns:a", 1000, NULL);
    check_attributes("xmlns:a", 1001, "more namespaces than the limit of 1000");
}

static void bounds_the_depth(void **state)
{
    (void)state;
    static const struct {
        const char *format, *head, *part;
    } cases[] = {{"turtle", "<a:a> <a:b> ", "[ <a:b> "},
                 {"turtle", "<a:a> <a:b> ", "("},
                 {"trig", "<a:g> { <a:a> <a:b> ", "("},
                 {"rdfxml", RDF_HEAD, "<rdf:Description><e:p>"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = repeated(cases[i].head, cases[i].part, 200000, "");
        struct ic_error error;
        assert_null(import_bytes(cases[i].format, text, strlen(text),
                                 (struct ic_import_context){0}, &error));
        assert_int_equal(error.status, IC_TOO_LARGE);
        assert_non_null(strstr(error.text, "limit of 100"));
        free(text);
    }
    char *text = repeated("<a:a> <a:b> ", "( ", 100, "1 ");
    char *whole = repeated(text, ")", 100, ".");
    struct ic_document *document = import_text("turtle", whole);
    size_t count;
    ic_document_statements(document, &count);
    assert_int_equal(count, 1 + 2 * 100);
    ic_document_free(document);
    free(text);
    free(whole);
}

static void bounds_entities(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    fputs("<!DOCTYPE rdf:RDF [<!ENTITY e0 'hahahahahahahahahaha'>", out);
    for (int i = 1; i < 12; i++) {
        fprintf(out, "<!ENTITY e%d '", i);
        for (int k = 0; k < 10; k++)
            fprintf(out, "&e%d;", i - 1);
        fputs("'>", out);
    }
    fputs("]>" RDF_HEAD "<rdf:Description><e:p>&e11;</e:p></rdf:Description></rdf:RDF>", out);
    assert_int_equal(fclose(out), 0);
    struct ic_error error;
    assert_null(import_bytes("rdfxml", text, size, (struct ic_import_context){0}, &error));
    assert_int_equal(error.status, IC_TOO_LARGE);
    assert_non_null(strstr(error.text, "entities"));
    free(text);
}

static void reads_long_terms(void **state)
{
    (void)state;
    /* Longer than every buffer, so that a term is cut at each of them. */
    char *text = repeated("<a:a> <a:b> \"", "\xC3\xA9\\n0123456789", 40000, "\" .\n");
    struct ic_document *turtle = import_text("turtle", text);
    struct ic_document *lines = import_text("ntriples", text);
    char *first = written(turtle, IC_RDF_NTRIPLES), *second = written(lines, IC_RDF_NTRIPLES);
    assert_string_equal(first, text);
    assert_string_equal(second, text);
    free(first);
    free(second);
    free(text);
    ic_document_free(turtle);
    ic_document_free(lines);
}

/* raptor gets a long text in parts: prefixes, base, labels and the graph go on. */
static void goes_on_between_parts(void **state)
{
    (void)state;
    static const char begin[] = "@prefix p: <http://e/> . @base <http://b/c/> . @base <d/> .\n"
                                "@prefix q: <rel#> . p:g { _:x q:first <x> .\n";
    static const char end[] = "_:x q:last <x> . }\nPREFIX p: <http://f/> p:s p:p p:o .";
    char *text = repeated(begin, "_:y p:p 'some text to fill the parts' .\n", 20000, end);
    struct ic_document *document = import_text("trig", text);
    size_t count;
    const struct ic_statement *statements = ic_document_statements(document, &count);
    assert_int_equal(count, 20003);
    const struct ic_statement *first = &statements[0], *last = &statements[20001];
    assert_int_equal(first->subject, last->subject);
    assert_int_equal(first->object, last->object);
    assert_int_equal(first->object, ic_document_find_iri(document, "http://b/c/d/x"));
    assert_int_equal(last->predicate, ic_document_find_iri(document, "http://b/c/d/rel#last"));
    for (size_t i = 0; i < 20002; i++) {
        assert_int_equal(statements[i].graph, ic_document_find_iri(document, "http://e/g"));
        assert_int_equal(statements[i].line, i + 2);
    }
    assert_int_equal(statements[20002].graph, IC_NO_NODE);
    assert_int_equal(statements[20002].subject, ic_document_find_iri(document, "http://f/s"));
    ic_document_free(document);
    free(text);
}

/* ---- places of statements ---- */

/* Each literal of this text is the line that it stands on. */
static void keeps_lines(void **state)
{
    (void)state;
    static const char turtle[] = "@prefix : <http://e/> .\n" /* 1 */
                                 ":a :b 2 ;\n"               /* 2 */
                                 "   :c 3,\n"                /* 3 */
                                 "      4, [ :d 4 ;\n"       /* 4 */
                                 "           :e 5,\n"        /* 5 */
                                 "  ( 6 [ :f\n"              /* 6 */
                                 "        7 ]\n"             /* 7 */
                                 "   8 ) ] ;\n"              /* 8 */
                                 "   :g\n"                   /* 9 */
                                 "   10 .\n"                 /* 10 */
                                 "[ :h 11 ;\n"               /* 11 */
                                 "  :i 12 ] :j 12 .\n"       /* 12 */
                                 "(13 13\n"                  /* 13 */
                                 ") :k 14 .\n" /* 14 */;
    struct ic_document *document = import_text("turtle", turtle);
    size_t count, literals = 0;
    const struct ic_statement *statements = ic_document_statements(document, &count);
    for (size_t i = 0; i < count; i++) {
        const struct ic_term *object = ic_document_term(document, statements[i].object);
        if (object->kind != IC_LITERAL)
            continue;
        literals++;
        assert_int_equal(statements[i].line, strtoul(object->text, NULL, 10));
    }
    assert_int_equal(literals, 15);
    ic_document_free(document);
}

/* The same for random documents: nested blank nodes and lists, ';' and ',' anywhere. */
struct random_text {
    FILE *out;
    unsigned long line;
    uint64_t seed;
    unsigned literals;
};

static unsigned draw(struct random_text *text, unsigned below)
{
    text->seed = text->seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(text->seed >> 33) % below;
}

static void draw_space(struct random_text *text)
{
    static const char *const spaces[] = {" ", "\n", "\r\n", "\t# # \" <\n", "\r"};
    const unsigned which = draw(text, 8);
    fputs(which < 5 ? spaces[which] : " ", text->out);
    text->line += which >= 1 && which < 5;
}

static void draw_predicates(struct random_text *text, unsigned depth);

static void draw_object(struct random_text *text, unsigned depth)
{
    const unsigned which = draw(text, depth < 4 ? 6 : 4);
    if (which == 4) {
        fputc('[', text->out);
        draw_space(text);
        draw_predicates(text, depth + 1);
        fputc(']', text->out);
    } else if (which == 5) {
        fputc('(', text->out);
        for (unsigned i = draw(text, 4); i > 0; i--) {
            draw_space(text);
            draw_object(text, depth + 1);
        }
        draw_space(text);
        fputc(')', text->out);
    } else {
        fprintf(text->out, "%lu", text->line);
        text->literals++;
    }
}

static void draw_predicates(struct random_text *text, unsigned depth)
{
    do {
        fputs(draw(text, 2) ? "a" : ":p", text->out);
        draw_space(text);
        draw_object(text, depth);
        draw_space(text);
        while (draw(text, 3) == 0) {
            fputc(',', text->out);
            draw_space(text);
            draw_object(text, depth);
            draw_space(text);
        }
    } while (draw(text, 3) == 0 && fputs(";", text->out) >= 0);
}

static void keeps_lines_of_random_documents(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        char *bytes = NULL;
        size_t size;
        struct random_text text = {open_memstream(&bytes, &size), 1, seed, 0};
        assert_non_null(text.out);
        fputs("@prefix : <http://e/> .", text.out);
        for (unsigned i = draw(&text, 8); i > 0; i--) {
            draw_space(&text);
            fputs(":s ", text.out);
            draw_predicates(&text, 0);
            fputs(".", text.out);
        }
        assert_int_equal(fclose(text.out), 0);

        struct ic_document *document = import_text("turtle", bytes);
        size_t count;
        unsigned literals = 0;
        const struct ic_statement *statements = ic_document_statements(document, &count);
        for (size_t i = 0; i < count; i++) {
            const struct ic_term *object = ic_document_term(document, statements[i].object);
            if (object->kind != IC_LITERAL)
                continue;
            literals++;
            if (statements[i].line != strtoul(object->text, NULL, 10))
                fail_msg("seed %lu: \"%s\" is said to be on line %u in\n%s",
                         (unsigned long)seed, object->text, statements[i].line, bytes);
        }
        assert_int_equal(literals, text.literals);
        ic_document_free(document);
        free(bytes);
    }
}

static void keeps_lines_of_xml(void **state)
{
    (void)state;
    struct ic_document *document =
        import_text("rdfxml", RDF_HEAD "<rdf:Description rdf:about='a:a'>\n<e:p>3</e:p>\n\n"
                                       "<e:p>5</e:p>\n</rdf:Description>\n</rdf:RDF>\n");
    size_t count;
    const struct ic_statement *statements = ic_document_statements(document, &count);
    assert_int_equal(count, 2);
    assert_int_equal(statements[0].line, 3);
    assert_int_equal(statements[1].line, 5);
    ic_document_free(document);
}

static void keeps_prefixes(void **state)
{
    (void)state;
    struct ic_document *document =
        import_text("turtle", "@prefix : <http://e/> .\nPREFIX x: <y#>");
    assert_int_equal(ic_document_prefix_count(document), 2);
    const char *prefix, *iri;
    ic_document_prefix(document, 1, &prefix, &iri);
    assert_string_equal(prefix, "x");
    assert_string_equal(iri, "intercloud://document/y#");
    ic_document_free(document);
}

/* No label that a source writes is ever the label of a node without one. */
static void keeps_blank_nodes_apart(void **state)
{
    (void)state;
    struct ic_document *document = import_text(
        "turtle", "<a:a> <a:b> [], _:ic0, _:uic0, _:genid1, [], _:ic1, _:x, _:ic0 .");
    size_t count;
    const struct ic_statement *statements = ic_document_statements(document, &count);
    assert_int_equal(count, 8);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = i + 1; k < count; k++) {
            if (i == 1 && k == 7)
                assert_int_equal(statements[i].object, statements[k].object);
            else
                assert_int_not_equal(statements[i].object, statements[k].object);
        }
    }
    ic_document_free(document);
}

/* ---- nothing outside ---- */

/* A file whose contents would show up in the document if anything read it. */
static void never_reads_another_file(void **state)
{
    (void)state;
    char path[] = "/tmp/ic-secret-XXXXXX";
    const int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    static const char secret[] = "<!ENTITY s 'SECRET'>";
    assert_int_equal(write(descriptor, secret, sizeof secret - 1), sizeof secret - 1);
    struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000000}};
    assert_int_equal(futimens(descriptor, old), 0);

    static const char *const patterns[] = {
        "<!DOCTYPE r [<!ENTITY s SYSTEM 'file://%s'>]>" RDF_HEAD
        "<rdf:Description><e:p>&s;</e:p></rdf:Description></rdf:RDF>",
        "<!DOCTYPE r [<!ENTITY s SYSTEM '%s'>]>" RDF_HEAD
        "<rdf:Description><e:p>&s;</e:p></rdf:Description></rdf:RDF>",
        "<!DOCTYPE r SYSTEM 'file://%s'>" RDF_HEAD
        "<rdf:Description><e:p>&s;</e:p></rdf:Description></rdf:RDF>",
        "<!DOCTYPE r [<!ENTITY %% x SYSTEM 'file://%s'>%%x;]>" RDF_HEAD
        "<rdf:Description><e:p>&s;</e:p></rdf:Description></rdf:RDF>",
        RDF_HEAD "<rdf:Description><e:p><i:include xmlns:i='http://www.w3.org/2001/XInclude' "
                 "parse='text' href='%s'/></e:p></rdf:Description></rdf:RDF>",
    };
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        char text[1024];
        const char *at = strstr(patterns[i], "%s");
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - patterns[i]), patterns[i], path,
                 at + 2);
        for (char *doubled; (doubled = strstr(text, "%%")) != NULL;)
            memmove(doubled, doubled + 1, strlen(doubled));
        struct ic_error error;
        assert_null(
            import_bytes("rdfxml", text, strlen(text), (struct ic_import_context){0}, &error));
        assert_int_equal(error.status, IC_BAD_INPUT);
        assert_null(strstr(error.text, "SECRET"));
    }
    /* Nothing has even opened it for reading. */
    struct stat after;
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(after.st_atim.tv_sec, 1000);
    close(descriptor);
    unlink(path);
}

/* ---- choosing a format ---- */

static void recognises(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *format;
    } cases[] = {
        {"x", "@prefix : <http://e/> . :a :b :c .", "turtle"},
        {"x", "PREFIX : <http://e/> :a :b 1 .", "turtle"},
        {"x.nt", "<a:a> <a:b> <a:c> .\n", "ntriples"},
        {"x.ttl", "<a:a> <a:b> <a:c>, <a:d> .\n", "turtle"},
        {"x", "<a:a> <a:b> \"c\"@en .\n", "ntriples"},
        {"x", "<a:a> <a:b> <a:c> <a:g> .\n", "nquads"},
        {"x", "@prefix : <http://e/> . :g { :a :b :c }", "trig"},
        {"x", RDF_HEAD "</rdf:RDF>", "rdfxml"},
        {"x.xml", "<?xml version='1.0'?>\n<!-- c -->" RDF_HEAD "</rdf:RDF>", "rdfxml"},
        {"x", "<advertisement xmlns='http://www.csp/resOntology'><cloudName>x",
         "advertisement"},
        {"x.xml", "<advertisement xmlns='http://www.csp/resOntology'/>", "advertisement"},
        {"x", "@prefix : <http://e/> . :a :b .", "turtle"}, /* wrong, but what else? */
        {"dir.nt/x.ttl", "", "turtle"},
        {"dir.ttl/x.nq", "", "nquads"},
        {"x.rdf", "no XML", "rdfxml"},
        {"x", "{\"json\": true}", NULL},
        {"x", "", NULL},
        {"x.", "plain text", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct ic_importer *found =
            ic_importer_recognise(cases[i].name, cases[i].text, strlen(cases[i].text));
        const char *name = found ? found->name : "none";
        assert_string_equal(name, cases[i].format ? cases[i].format : "none");
    }
    assert_ptr_equal(ic_importer_find("TURTLE"),
                     ic_importer_find("text/turtle; charset=utf-8"));
    assert_ptr_equal(ic_importer_find("Application/RDF+XML"), ic_importer_find("rdfxml"));
    assert_null(ic_importer_find("text"));
    assert_null(ic_importer_find(""));
}

static void names_the_formats(void **state)
{
    (void)state;
    struct ic_error error;
    assert_null(import_bytes(NULL, "{\"a\": 1}", 8, (struct ic_import_context){0}, &error));
    assert_int_equal(error.status, IC_BAD_INPUT);
    assert_non_null(
        strstr(error.text, "turtle, ntriples, nquads, trig, rdfxml, advertisement"));
    assert_null(import_bytes("yaml", "x", 1, (struct ic_import_context){0}, &error));
    assert_int_equal(error.status, IC_BAD_INPUT);
    assert_non_null(strstr(error.text, "\"yaml\""));
}

/* A recognised source longer than the head is read whole. */
static void reads_behind_the_head(void **state)
{
    (void)state;
    char *text = many_lines(1000);
    struct ic_document *document = import_text(NULL, text);
    size_t count;
    ic_document_statements(document, &count);
    assert_int_equal(count, 1000);
    ic_document_free(document);
    free(text);
}

/* ---- broken input of any kind ---- */

/* Reads a copy that ends exactly where the text does, so that ASan sees a read behind it. */
static void must_not_crash(const char *format, const char *text, size_t length)
{
    char *copy = malloc(length ? length : 1);
    struct ic_error error;
    assert_non_null(copy);
    memcpy(copy, text, length);
    ic_document_free(import_bytes(format, copy, length, (struct ic_import_context){0}, &error));
    free(copy);
}

static const struct {
    const char *format, *text;
} whole[] = {
    {"turtle", "@prefix : <http://e/> .\n:a :b 1.5e3 ; :c \"x\\u00e9\\n\"@en-GB, '''l\n''' , "
               "[ :d ( 1 _:b <x> true ) ] .\nPREFIX p: <y#> p:\xC3\xA9 a p:b\\-c%20 ."},
    {"trig", "PREFIX : <http://e/> GRAPH :g { :a :b 'c' . [] :d :e } { :g :h :i } :m :n :o ."},
    {"ntriples", "<a:a> <a:b> \"x\\t\\U0001F600\"@en .\n_:b <a:c> \"1\"^^<a:t> . # c\n"},
    {"nquads", "<a:a> <a:b> \"x\" <a:g> .\n_:b <a:c> <a:\xC3\xA9> _:g .\n"},
    {"rdfxml", "<?xml version='1.0'?><!DOCTYPE rdf:RDF [<!ENTITY e 'http://e/'>]>" RDF_HEAD
               "<rdf:Description rdf:about='&e;' e:x='1'><e:b rdf:parseType='Collection'>"
               "<e:C/></e:b><e:d rdf:parseType='Literal'><i>x</i></e:d><rdf:li>&amp;</rdf:li>"
               "</rdf:Description></rdf:RDF>"},
    {"advertisement",
     "<advertisement xmlns='http://www.csp/resOntology' lease='PT1H'><cloudName>c</cloudName>"
     "<capability><attribute>a</attribute><value unit='GB'>1</value></capability>"
     "<offer id='x'><capability><attribute>a</attribute><value>2</value></capability></offer>"
     "</advertisement>"},
};

static void survives_truncation(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        ic_document_free(import_text(whole[i].format, whole[i].text));
        for (size_t length = 0; length < strlen(whole[i].text); length++) {
            must_not_crash(whole[i].format, whole[i].text, length);
            must_not_crash(NULL, whole[i].text, length);
        }
    }
}

static void survives_mutation(void **state)
{
    (void)state;
    static const char interesting[] = "<>\"'\\{}[]().;,@^#_:&%\n\0\xC3\xFF/!?=- a0";
    struct random_text random = {.seed = 20100622};
    print_message("seed %lu\n", (unsigned long)random.seed);
    for (unsigned round = 0; round < 6000; round++) {
        char text[1024];
        const size_t which = draw(&random, sizeof whole / sizeof whole[0]);
        size_t length = strlen(whole[which].text);
        memcpy(text, whole[which].text, length);
        for (unsigned changes = 1 + draw(&random, 4); changes > 0; changes--) {
            const size_t at = draw(&random, (unsigned)length);
            const char c = interesting[draw(&random, sizeof interesting - 1)];
            switch (draw(&random, 3)) {
            case 0:
                text[at] = c;
                break;
            case 1:
                memmove(text + at, text + at + 1, length - at - 1);
                length--;
                break;
            default:
                memmove(text + at + 1, text + at, length - at);
                text[at] = c;
                length++;
            }
        }
        must_not_crash(draw(&random, 4) ? whole[which].format : NULL, text, length);
    }
}

/* ---- threads ---- */

static void *import_often(void *unused)
{
    (void)unused;
    for (int i = 0; i < 40; i++) {
        struct ic_document *turtle = import_text("turtle", whole[0].text);
        struct ic_document *xml = import_text("rdfxml", whole[4].text);
        ic_document_free(turtle);
        ic_document_free(xml);
    }
    return NULL;
}

static void imports_in_threads(void **state)
{
    (void)state;
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, import_often, NULL), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

/* ---- files ---- */

/* The document that the file at `path` became. */
static struct ic_document *import_file(const char *path)
{
    struct ic_import_context context = {.in = fopen(path, "r")};
    struct ic_document *document = ic_document_new(path, NULL);
    struct ic_error error = {0};
    if (!context.in)
        fail_msg("cannot open %s", path);
    assert_non_null(document);
    if (ic_import(NULL, &context, document, NULL, &error) != IC_OK)
        fail_msg("%s:%lu:%lu: %s", path, error.line, error.column, error.text);
    fclose(context.in);
    return document;
}

/* tests/data/import/cloud.* is one graph. */
static void reads_one_graph_in_every_format(void **state)
{
    (void)state;
    static const char *const endings[] = {"nt", "ttl", "nq", "trig", "rdf", "xml"};
    char *first = NULL;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "tests/data/import/cloud.%s", endings[i]);
        struct ic_document *document = import_file(path);
        char *text = sort_lines(written(document, IC_RDF_NQUADS));
        if (first)
            assert_string_equal(text, first);
        if (first)
            free(text);
        else
            first = text;
        ic_document_free(document);
    }
    free(first);
}

/* ---- samples of public projects ---- */

/* One graph in three syntaxes. */
static void reads_the_samples(void **state)
{
    (void)state;
    const char *samples = getenv("SAMPLES"), *ci = getenv("CI");
    static const char *const names[] = {"simple.nt", "simple.rdf", "simple.ttl"};
    char *first = NULL;
    for (size_t i = 0; i < 3; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/gaia-x/%s", samples ? samples : "../shared/samples",
                 names[i]);
        if (access(path, R_OK) != 0 && !(ci && strcmp(ci, "true") == 0)) {
            print_message("skipped: there is no %s\n", path);
            free(first);
            return;
        }
        struct ic_document *document = import_file(path);
        char *text = sort_lines(written(document, IC_RDF_NQUADS));
        assert_true(strlen(text) > 0);
        if (first)
            assert_string_equal(text, first);
        if (!first)
            first = text;
        else
            free(text);
        ic_document_free(document);
    }
    free(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(refuses_with_place),
        cmocka_unit_test(refuses_long_languages),
        cmocka_unit_test(refuses_raw_nul),
        cmocka_unit_test(refuses_graphs_from_the_network),
        cmocka_unit_test(reports_progress),
        cmocka_unit_test(bounds_the_input),
        cmocka_unit_test(bounds_attributes),
        cmocka_unit_test(bounds_the_depth),
        cmocka_unit_test(bounds_entities),
        cmocka_unit_test(reads_long_terms),
        cmocka_unit_test(goes_on_between_parts),
        cmocka_unit_test(keeps_lines),
        cmocka_unit_test(keeps_lines_of_random_documents),
        cmocka_unit_test(keeps_lines_of_xml),
        cmocka_unit_test(keeps_prefixes),
        cmocka_unit_test(keeps_blank_nodes_apart),
        cmocka_unit_test(never_reads_another_file),
        cmocka_unit_test(recognises),
        cmocka_unit_test(names_the_formats),
        cmocka_unit_test(reads_behind_the_head),
        cmocka_unit_test(survives_truncation),
        cmocka_unit_test(survives_mutation),
        cmocka_unit_test(imports_in_threads),
        cmocka_unit_test(reads_one_graph_in_every_format),
        cmocka_unit_test(reads_the_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
