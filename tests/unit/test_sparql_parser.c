/* SPDX-License-Identifier: Apache-2.0 */
/* The SPARQL parser: what it makes of queries, where it finds what is wrong, and that no text
 * makes it do anything else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "catalog/sparql_lexer.h"
#include "catalog/sparql_syntax.h"
#include "tests/unit/request_random.h"

#define PREFIX "PREFIX : <urn:t:> PREFIX x: <http://x.org/#> "

/* ---- the tree as text ---- */

static void put_pattern(FILE *out, const struct sparql_query *q,
                        const struct sparql_pattern *pattern);

static void put_term(FILE *out, const struct sparql_query *q, const struct sparql_term *term)
{
    if (term->variable < 0)
        ic_term_write(out, &term->term);
    else if (q->variables[term->variable].blank)
        fprintf(out, "_%d", term->variable);
    else
        fprintf(out, "?%s", q->variables[term->variable].name);
}

static void put_expr(FILE *out, const struct sparql_query *q, const struct sparql_expr *expr)
{
    static const char *const signs[] = {
        "",     "||",    "&&",   "=",        "!=",        "<",      ">",         "<=",
        ">=",   "+",     "-",    "*",        "/",         "in",     "not-in",    "!",
        "plus", "minus", "call", "function", "aggregate", "exists", "not-exists"};
    static const char *const names[] = {
#define NAME(name, fewest, most) #name,
        SPARQL_BUILTINS(NAME) SPARQL_AGGREGATES(NAME)
#undef NAME
    };
    if (expr->kind == SPARQL_EXPR_TERM) {
        put_term(out, q, &expr->term);
        return;
    }
    fprintf(out, "(%s", signs[expr->kind]);
    if (expr->kind == SPARQL_EXPR_BUILTIN || expr->kind == SPARQL_EXPR_AGGREGATE)
        fprintf(out, " %s", names[expr->builtin]);
    if (expr->kind == SPARQL_EXPR_FUNCTION) {
        fputc(' ', out);
        put_term(out, q, &expr->term);
    }
    fputs(expr->distinct ? " distinct" : "", out);
    for (size_t i = 0; i < expr->arg_count; i++) {
        fputc(' ', out);
        put_expr(out, q, expr->args[i]);
    }
    if (expr->separator)
        fprintf(out, " sep '%s'", expr->separator);
    if (expr->pattern)
        put_pattern(out, q, expr->pattern);
    fputc(')', out);
}

static void put_path(FILE *out, const struct sparql_path *path)
{
    static const char *const signs[] = {"", "^", "*", "+", "?", "/", "|", "!"};
    if (path->kind == SPARQL_PATH_IRI) {
        ic_term_write(out, &path->iri);
        return;
    }
    fprintf(out, "(%s", signs[path->kind]);
    for (size_t i = 0; i < path->part_count; i++) {
        fputc(' ', out);
        put_path(out, path->parts[i]);
    }
    fputc(')', out);
}

static void put_triple(FILE *out, const struct sparql_query *q,
                       const struct sparql_pattern *triple)
{
    put_term(out, q, &triple->subject);
    fputc(' ', out);
    if (triple->path)
        put_path(out, triple->path);
    else
        put_term(out, q, &triple->predicate);
    fputc(' ', out);
    put_term(out, q, &triple->object);
}

static void put_select(FILE *out, const struct sparql_query *q, const struct sparql_select *s)
{
    fprintf(out, "select%s%s", s->distinct ? " distinct" : "", s->reduced ? " reduced" : "");
    for (size_t i = 0; i < s->column_count; i++) {
        fprintf(out, " ?%s", q->variables[s->columns[i].variable].name);
        if (s->columns[i].expr) {
            fputc('=', out);
            put_expr(out, q, s->columns[i].expr);
        }
    }
    fputc(' ', out);
    if (s->where)
        put_pattern(out, q, s->where);
    for (size_t i = 0; i < s->group_count; i++)
        fputs(" group", out);
    for (size_t i = 0; i < s->having_count; i++) {
        fputs(" having ", out);
        put_expr(out, q, s->having[i]);
    }
    for (size_t i = 0; i < s->order_count; i++) {
        fputs(s->order[i].descending ? " desc " : " asc ", out);
        put_expr(out, q, s->order[i].expr);
    }
    if (s->has_limit)
        fprintf(out, " limit %llu", (unsigned long long)s->limit);
    if (s->offset)
        fprintf(out, " offset %llu", (unsigned long long)s->offset);
}

static void put_values(FILE *out, const struct sparql_query *q,
                       const struct sparql_values *values)
{
    for (size_t i = 0; i < values->width; i++)
        fprintf(out, "?%s ", q->variables[values->variables[i]].name);
    for (size_t i = 0; i < values->rows; i++) {
        fputc('(', out);
        for (size_t k = 0; k < values->width; k++) {
            fputs(k ? " " : "", out);
            if (values->terms[i * values->width + k].kind)
                ic_term_write(out, &values->terms[i * values->width + k]);
            else
                fputs("undef", out);
        }
        fputc(')', out);
    }
}

static void put_pattern(FILE *out, const struct sparql_query *q, const struct sparql_pattern *p)
{
    static const char *const names[] = {"",      "",        "filter ", "optional",
                                        "union", "minus",   "graph",   "service",
                                        "bind ", "values ", ""};
    fputs(p->kind == SPARQL_GROUP ? "{" : names[p->kind], out);
    if (p->kind == SPARQL_TRIPLE)
        put_triple(out, q, p);
    if (p->kind == SPARQL_GRAPH || p->kind == SPARQL_SERVICE) {
        fputs(p->silent ? " silent " : " ", out);
        put_term(out, q, &p->graph);
    }
    if (p->expr)
        put_expr(out, q, p->expr);
    if (p->kind == SPARQL_BIND)
        fprintf(out, " as ?%s", q->variables[p->variable].name);
    if (p->values)
        put_values(out, q, p->values);
    if (p->query)
        put_select(out, q, p->query);
    for (const struct sparql_pattern *child = p->first; child; child = child->next) {
        put_pattern(out, q, child);
        fputs(child->next ? " . " : "", out);
    }
    fputs(p->kind == SPARQL_GROUP ? "}" : "", out);
}

static char *parse(const char *text, struct ic_error *error)
{
    struct ic_arena *arena = ic_arena_new();
    struct sparql_query *query = NULL;
    char *tree = NULL;
    size_t size;
    FILE *out = open_memstream(&tree, &size);
    *error = (struct ic_error){.status = IC_OK};
    if (sparql_parse(text, "query", "http://base.org/a/b?c", arena, &query, error) == IC_OK)
        put_select(out, query, &query->select);
    else
        assert_int_not_equal(error->status, IC_OK);
    fclose(out);
    ic_arena_free(arena);
    return tree;
}

static void expect(const char *text, const char *tree)
{
    struct ic_error error;
    char *got = parse(text, &error);
    if (error.status != IC_OK)
        fail_msg("%lu:%lu: %s\n%s", error.line, error.column, error.text, text);
    assert_string_equal(got, tree);
    free(got);
}

static void terms_and_triples(void **state)
{
    (void)state;
    expect(PREFIX "SELECT * { ?a :p $b ; a x:c.d, <e>, <../f#g> . }",
           "select ?a ?b {?a <urn:t:p> ?b . ?a <" IC_RDF_TYPE "> <http://x.org/#c.d> . "
           "?a <" IC_RDF_TYPE "> <http://base.org/a/e> . "
           "?a <" IC_RDF_TYPE "> <http://base.org/f#g>}");
    expect(PREFIX
           "SELECT ?v { ?v :p 'a\\tb\\u00e9', \"\"\"x\"y\n\"\"\"@en-GB, 'z'^^:t, 1, -2.50, "
           "+3e-1, true, FALSE }",
           "select ?v {?v <urn:t:p> \"a\\tb\xC3\xA9\" . ?v <urn:t:p> \"x\\\"y\\n\"@en-GB . "
           "?v <urn:t:p> \"z\"^^<urn:t:t> . ?v <urn:t:p> \"1\"^^<" IC_NS_XSD "integer> . "
           "?v <urn:t:p> \"-2.50\"^^<" IC_NS_XSD "decimal> . "
           "?v <urn:t:p> \"+3e-1\"^^<" IC_NS_XSD "double> . "
           "?v <urn:t:p> \"true\"^^<" IC_NS_XSD "boolean> . "
           "?v <urn:t:p> \"false\"^^<" IC_NS_XSD "boolean>}");
    expect(PREFIX "SELECT ?v { ?v :a%2Fb\\~c :\xC3\xA9\xF0\x90\x80\x80 . ?v <urn:\\u00e9> :0 }",
           "select ?v {?v <urn:t:a%2Fb~c> <urn:t:\xC3\xA9\xF0\x90\x80\x80> . "
           "?v <urn:\xC3\xA9> <urn:t:0>}");
    expect(PREFIX "SELECT ?v { [ :p ?v ; :q [] ] . _:x :p _:x . (1 ?v) :p () }",
           "select ?v {_1 <urn:t:p> ?v . _1 <urn:t:q> _2 . _3 <urn:t:p> _3 . "
           "_4 <" IC_NS_RDF "first> \"1\"^^<" IC_NS_XSD "integer> . _4 <" IC_NS_RDF
           "rest> _5 . _5 <" IC_NS_RDF "first> ?v . _5 <" IC_NS_RDF "rest> <" IC_NS_RDF
           "nil> . _4 <urn:t:p> <" IC_NS_RDF "nil>}");
    expect("base <http://o.org/> prefix p: <q#> select ?v # a comment\n{ ?v p:a <> }",
           "select ?v {?v <http://o.org/q#a> <http://o.org/>}");
}

static void paths(void **state)
{
    (void)state;
    expect(PREFIX "SELECT ?v { ?v :p/^:q*|(:r+)?/!(a|^:s) ?w ; !:t 1 ; ^(:u) 2 }",
           "select ?v {?v (| (/ <urn:t:p> (^ (* <urn:t:q>))) (/ (? (+ <urn:t:r>)) "
           "(! <" IC_RDF_TYPE "> (^ <urn:t:s>)))) ?w . ?v (! <urn:t:t>) \"1\"^^<" IC_NS_XSD
           "integer> . ?v (^ <urn:t:u>) \"2\"^^<" IC_NS_XSD "integer>}");
}

static void expressions(void **state)
{
    (void)state;
    expect(PREFIX "SELECT ?v { FILTER (?a || ?b && !?c = -?d * 2 + ?e || ?f) }",
           "select ?v {filter (|| ?a (&& ?b (= (! ?c) (+ (* (minus ?d) \"2\"^^<" IC_NS_XSD
           "integer>) ?e))) ?f)}");
    expect(PREFIX "SELECT ?v { FILTER (?a IN (:x, 1) || ?b NOT IN ()) FILTER regex(?a, 'x') "
                  "FILTER :f(?a) FILTER NOT EXISTS { ?a :p ?b } }",
           "select ?v {filter (|| (in ?a <urn:t:x> \"1\"^^<" IC_NS_XSD
           "integer>) (not-in ?b)) . "
           "filter (call REGEX ?a \"x\") . filter (function <urn:t:f> ?a) . "
           "filter (not-exists{?a <urn:t:p> ?b})}");
    expect(PREFIX "SELECT (COUNT(DISTINCT *) AS ?n) (group_concat(?a; separator=',') AS ?g) "
                  "(?k+1 AS ?l) { ?k :p ?a } GROUP BY ?k (STR(?a) AS ?s) HAVING (SUM(?a) > 1)",
           "select ?n=(aggregate COUNT distinct) ?g=(aggregate GROUP_CONCAT ?a sep ',') "
           "?l=(+ ?k \"1\"^^<" IC_NS_XSD "integer>) {?k <urn:t:p> ?a} group group having "
           "(> (aggregate SUM ?a) \"1\"^^<" IC_NS_XSD "integer>)");
    expect(PREFIX "SELECT ?a { ?a :p ?b FILTER(?b-1<?a+-1) }",
           "select ?a {?a <urn:t:p> ?b . filter (< (- ?b \"1\"^^<" IC_NS_XSD
           "integer>) (+ ?a \"-1\"^^<" IC_NS_XSD "integer>))}");
}

static void patterns(void **state)
{
    (void)state;
    expect(PREFIX
           "SELECT DISTINCT ?a ?g WHERE { GRAPH ?g { ?a :p 1 } { ?a :q ?b } UNION { } "
           "UNION { ?a :r ?b } OPTIONAL { ?a :s ?c FILTER (?c > ?b) } MINUS { ?a :t ?d } "
           "BIND (?a + ?b AS ?e) VALUES (?f ?h) { (1 UNDEF) (:x 'y') } "
           "SERVICE SILENT :z { ?a :p ?a } { SELECT ?a { ?a :p ?i } LIMIT 3 } } "
           "ORDER BY DESC(?a) ?g STR(?a) LIMIT 5 OFFSET 2",
           "select distinct ?a ?g {graph ?g{?a <urn:t:p> \"1\"^^<" IC_NS_XSD
           "integer>} . union{?a <urn:t:q> ?b} . {} . {?a <urn:t:r> ?b} . "
           "optional{?a <urn:t:s> ?c . filter (> ?c ?b)} . minus{?a <urn:t:t> ?d} . "
           "bind (+ ?a ?b) as ?e . values ?f ?h (\"1\"^^<" IC_NS_XSD
           "integer> undef)(<urn:t:x> \"y\") . service silent <urn:t:z>{?a <urn:t:p> ?a} . "
           "{select ?a {?a <urn:t:p> ?i} limit 3}} desc ?a asc ?g asc (call STR ?a) limit 5 "
           "offset 2");
    expect(
        PREFIX "SELECT * { ?a :p ?b . FILTER EXISTS { ?a :q ?c } MINUS { ?a :q ?d } "
               "{ SELECT ?e { ?e :p ?f } } OPTIONAL { ?g :p _:h } }",
        "select ?a ?b ?e ?g {?a <urn:t:p> ?b . filter (exists{?a <urn:t:q> ?c}) . "
        "minus{?a <urn:t:q> ?d} . {select ?e {?e <urn:t:p> ?f}} . optional{?g <urn:t:p> _7}}");
}

static void mistakes_are_placed(void **state)
{
    static const struct {
        const char *text, *message;
        unsigned long line, column;
    } cases[] = {
        {"", "SELECT, CONSTRUCT, DESCRIBE or ASK", 1, 1},
        {"SELECT ?a\n  { ?a ?b }", "a term should stand before \"}\"", 2, 11},
        {"SELECT ?a { ?a :p 1 }", "the prefix \":\" is not declared", 1, 16},
        {"SELECT ?a { ?a <p> 'x\n' }", "does not end", 1, 20},
        {"SELECT ?a { ?a <p> 'x\\q' }", "a backslash", 1, 20},
        {"SELECT ?a { ?a <p> 1 } LIMIT x", "a whole number", 1, 30},
        {"SELECT { }", "\"*\", a variable", 1, 8},
        {"SELECT ?a { ?a <p> 1 ", "the query ends", 1, 22},
        {"SELECT ?a { ?a <p> 1 } }", "the query's end", 1, 24},
        {"SELECT ?a { FILTER (STR(?a, ?b)) }", "STR takes 1 argument", 1, 21},
        {"SELECT ?a { FILTER (REGEX(?a)) }", "REGEX takes at least 2", 1, 21},
        {"SELECT ?a { FILTER (COUNT(?a)) }", "COUNT cannot stand here", 1, 21},
        {"SELECT (SUM(AVG(?a)) AS ?b) { ?a <p> 1 }", "AVG cannot stand here", 1, 13},
        {"SELECT ?a { ?a <p> ?b } GROUP BY ?b", "?a stands neither", 1, 8},
        {"SELECT * { ?a <p> ?b } GROUP BY ?b", "SELECT *", 1, 10},
        {"SELECT (1 AS ?a) { ?a <p> 1 }", "AS cannot set ?a", 1, 8},
        {"SELECT ?a { ?a <p> 1 BIND (1 AS ?a) }", "BIND cannot set ?a", 1, 22},
        {"SELECT ?a { _:x <p> 1 OPTIONAL { _:x <p> 2 } }", "two basic graph patterns", 1, 34},
        {"CONSTRUCT { ?a <p>/<q> ?b } { ?a <p> ?b }", "no property paths", 1, 16},
        {"SELECT ?a { VALUES (?a ?b) { (1) } }", "an IRI, a literal or UNDEF", 1, 32},
        {"SELECT ?a { ?a <p> 1 } ORDER ?a", "BY", 1, 30},
        {"SELECT ?a { ?a A 1 }", "a property", 1, 16},
        {"PUT { <a> <b> 1 }", "SELECT, CONSTRUCT, DESCRIBE or ASK", 1, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ic_error error;
        free(parse(cases[i].text, &error));
        if (error.status != IC_BAD_INPUT || !strstr(error.text, cases[i].message) ||
            error.line != cases[i].line || error.column != cases[i].column)
            fail_msg("%s\ngives %lu:%lu: %s", cases[i].text, error.line, error.column,
                     error.text);
    }
}

/* head, `times` times middle, tail */
static enum ic_status parse_repeated(const char *head, const char *middle, size_t times,
                                     const char *end, const char *tail)
{
    struct ic_error error;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs(head, out);
    for (size_t i = 0; i < times; i++)
        fputs(middle, out);
    for (size_t i = 0; i < times; i++)
        fputs(end, out);
    fputs(tail, out);
    fclose(out);
    free(parse(text, &error));
    free(text);
    return error.status;
}

static void depth_is_bounded(void **state)
{
    static const struct {
        const char *head, *middle, *end, *tail;
    } cases[] = {{"SELECT * ", "{", "}", ""},
                 {"SELECT * { FILTER ", "(", ")", " }"},
                 {"SELECT * { ?a <p> ", "[ <p> ", "]", " }"},
                 {"SELECT * { ?a <p> ", "( ", ")", " }"},
                 {"SELECT * { ?a ", "(", ")", " 1 }"},
                 {"SELECT * { FILTER (1", "+1", "", ") }"},
                 {"SELECT * { FILTER (", "ABS(", ")", ") }"},
                 {"SELECT * { FILTER ", "EXISTS { FILTER ", "}", " }"},
                 {"SELECT * ", "{ SELECT * ", "}", ""}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(
            parse_repeated(cases[i].head, cases[i].middle, 100000, cases[i].end, cases[i].tail),
            IC_TOO_LARGE);
    assert_int_equal(parse_repeated("SELECT * ", "{", 200, "}", ""), IC_OK);
    /* What is long and not deep is no matter. */
    assert_int_equal(parse_repeated("SELECT * { FILTER (1", "||1", 50000, "", ") }"), IC_OK);
    assert_int_equal(parse_repeated("SELECT * { {}", "UNION {}", 50000, "", "}"), IC_OK);
    assert_int_equal(parse_repeated("SELECT * {", " ?a <p> ?b .", 50000, "", "}"), IC_OK);
}

static void variables_are_bounded(void **state)
{
    struct ic_error error;
    char *text = NULL;
    size_t size;
    (void)state;
    FILE *out = open_memstream(&text, &size);
    fputs("ASK {", out);
    for (int i = 0; i <= SPARQL_VARIABLES_MAX; i++)
        fprintf(out, " ?v%d <p> 1 .", i);
    fputs("}", out);
    fclose(out);
    free(parse(text, &error));
    assert_int_equal(error.status, IC_BAD_INPUT);
    assert_non_null(strstr(error.text, "variables"));
    free(text);
}

static void references_are_resolved(void **state)
{
    /* RFC 3986, section 5.4 */
    static const char *const cases[][2] = {
        {"g:h", "g:h"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q#s"},
        {"g?y#s", "http://a/b/c/g?y#s"},
        {";x", "http://a/b/c/;x"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/../x", "http://a/b/c/g#s/../x"},
    };
    struct ic_arena *arena = ic_arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(sparql_resolve_iri(arena, "http://a/b/c/d;p?q", cases[i][0]),
                            cases[i][1]);
    assert_string_equal(sparql_resolve_iri(arena, NULL, "x"), "x");
    assert_string_equal(sparql_resolve_iri(arena, "http://a", "x"), "http://a/x");
    ic_arena_free(arena);
}

/* Broken queries are refused or read, and nothing else happens; the sanitizers look on. */
static void broken_queries_are_harmless(void **state)
{
    static const char *const seeds[] = {
        PREFIX
        "SELECT DISTINCT ?a (SUM(?b) AS ?c) { GRAPH ?g { ?a :p|^:q+ \"x\\u00e9\"@en, "
        "'''y''' ; :r [ :s (1 2.5 -3e4) ] } OPTIONAL { ?a a <z> } { } UNION { _:b :p true } "
        "FILTER (?a >= 1 && !BOUND(?b) || ?c IN (:x, <y>)) VALUES (?d) { (UNDEF) } "
        "FILTER NOT EXISTS { ?a :p 1 } BIND (IF(?a, 1, 2) AS ?e) } GROUP BY ?a "
        "HAVING (COUNT(*) > 1) ORDER BY DESC(?a) LIMIT 10 OFFSET 3",
        PREFIX "CONSTRUCT { ?a :p _:x } WHERE { SERVICE SILENT ?s { ?a !(:p|^a) ?b } MINUS "
               "{ SELECT * { ?a :p ?b } } }",
        "BASE <http://x/> DESCRIBE ?a <../b> FROM <c> FROM NAMED <d> { ?a $b "
        "\"\"\"l\n\"\"\"^^<t> }"};
    struct random random = random_seeded();
    (void)state;
    for (size_t s = 0; s < sizeof seeds / sizeof *seeds; s++) {
        const size_t length = strlen(seeds[s]);
        char *text = malloc(length + 1);
        struct ic_error error;
        for (size_t cut = 0; cut <= length; cut++) {
            memcpy(text, seeds[s], cut);
            text[cut] = '\0';
            free(parse(text, &error));
        }
        assert_int_equal(error.status, IC_OK); /* uncut */
        for (size_t i = 0; i < 4000; i++) {
            strcpy(text, seeds[s]);
            for (size_t k = 1 + random_below(&random, 3); k; k--)
                text[random_below(&random, length)] =
                    (char)(random_chance(&random, 2)
                               ? " {}()<>\"'\\?:.;,|^!&=_@0e#\n"[random_below(&random, 27)]
                               : 1 + (int)random_below(&random, 255));
            free(parse(text, &error));
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(terms_and_triples),
                                       cmocka_unit_test(paths),
                                       cmocka_unit_test(expressions),
                                       cmocka_unit_test(patterns),
                                       cmocka_unit_test(mistakes_are_placed),
                                       cmocka_unit_test(depth_is_bounded),
                                       cmocka_unit_test(variables_are_bounded),
                                       cmocka_unit_test(references_are_resolved),
                                       cmocka_unit_test(broken_queries_are_harmless)};
    return cmocka_run_group_tests_name("sparql_parser", tests, NULL, NULL);
}
