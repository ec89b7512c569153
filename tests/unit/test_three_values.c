/* SPDX-License-Identifier: Apache-2.0 */
/* Three values: what every operator makes of an offer that states nothing, what satisfies, what
 * does not, and what cannot be compared. The table is the one in catalog/README.md. */
#include "catalog_fixture.h"

#include <stdio.h>

#include "catalog/ontology.h"

/* ---- what offers state ---- */

enum column {
    NOTHING,
    SATISFIES,
    FAILS,
    SOME,
    NONE,
    STRING,
    ILL_TYPED,
    OTHER_TYPE,
    NOT_A_NUMBER,
    INFINITE,
    MINUS_INFINITE,
    INHERITED,
    AGAINST,
    SPECIFIC,
    COLUMNS
};

/* The clouds, one a column, and the heads of the README's columns. */
static const struct {
    const char *cloud, *head;
} columns[COLUMNS] = {
    [NOTHING] = {"nothing", "nothing"},
    [SATISFIES] = {"satisfies", "one that does"},
    [FAILS] = {"fails", "one that does not"},
    [SOME] = {"some", "several, one does"},
    [NONE] = {"none", "several, none does"},
    [STRING] = {"string", "unknown word"},
    [ILL_TYPED] = {"ill-typed", "ill-typed"},
    [OTHER_TYPE] = {"other-type", "other type"},
    [NOT_A_NUMBER] = {"not-a-number", "NaN"},
    [INFINITE] = {"infinite", "INF"},
    [MINUS_INFINITE] = {"minus-infinite", "-INF"},
    [INHERITED] = {"inherited", "the cloud's does"},
    [AGAINST] = {"against", "own does not, the cloud's does"},
    [SPECIFIC] = {"specific", "narrower attribute's does"},
};

/* An attribute, and values of it: one that satisfies the positive form, two that do not, one
 * that its datatype does not have, one of another type. */
struct attribute {
    const char *name, *shape, *satisfies, *fails, *fails_too, *ill_typed, *other;
};

#define NUMBER "rdfs:range xsd:decimal ; ic:match "
#define DATE "rdfs:range xsd:date ; ic:match "
#define PLACE "ic:scheme x:places ; ic:match "
#define NEW_YEAR "\"2026-01-01\"^^xsd:date"
#define NO_NUMBER "\"five\"^^xsd:decimal"

static const struct attribute attributes[] = {
    {"least", NUMBER "ic:AtLeast", "5", "4", "-1", NO_NUMBER, NEW_YEAR},
    {"most", NUMBER "ic:AtMost", "5.0", "6", "1e3", NO_NUMBER, NEW_YEAR},
    {"more", NUMBER "ic:Equal", "6", "5", "4.5", NO_NUMBER, NEW_YEAR},
    {"less", NUMBER "ic:Equal", "4.9", "5", "6", NO_NUMBER, NEW_YEAR},
    {"equal", NUMBER "ic:Equal", "\"05\"^^xsd:integer", "4", "5.1", NO_NUMBER, NEW_YEAR},
    {"day", DATE "ic:AtMost", NEW_YEAR, "\"2026-01-02\"^^xsd:date", "\"2027-01-01\"^^xsd:date",
     "\"2026-02-30\"^^xsd:date", "5"},
    {"lies", PLACE "ic:Within", "\"Japan\"", "\"France\"", "\"World\"", NO_NUMBER, NEW_YEAR},
    {"seat", PLACE "ic:OneOf", "\"Asia\"", "\"Japan\"", "\"World\"", NO_NUMBER, NEW_YEAR},
};

enum { ATTRIBUTES = sizeof attributes / sizeof *attributes };

static void put(FILE *out, const char *subject, const struct attribute *attribute,
                const char *value)
{
    fprintf(out, "%s :%s %s . ", subject, attribute->name, value);
}

static void put_column(FILE *out, enum column column, const struct attribute *a)
{
    static const char offer[] = "x:offer", cloud[] = "x:cloud";
    switch (column) {
    case NOTHING:
        break;
    case SATISFIES:
        put(out, offer, a, a->satisfies);
        break;
    case FAILS:
        put(out, offer, a, a->fails);
        break;
    case SOME:
        put(out, offer, a, a->fails);
        put(out, offer, a, a->satisfies);
        break;
    case NONE:
        put(out, offer, a, a->fails);
        put(out, offer, a, a->fails_too);
        break;
    case STRING:
        put(out, offer, a, "\"Atlantis\"");
        break;
    case ILL_TYPED:
        put(out, offer, a, a->ill_typed);
        break;
    case OTHER_TYPE:
        put(out, offer, a, a->other);
        break;
    case NOT_A_NUMBER:
        put(out, offer, a, "\"NaN\"^^xsd:double");
        break;
    case INFINITE:
        put(out, offer, a, "\"INF\"^^xsd:double");
        break;
    case MINUS_INFINITE:
        put(out, offer, a, "\"-INF\"^^xsd:double");
        break;
    case INHERITED:
        put(out, cloud, a, a->satisfies);
        break;
    case AGAINST:
        put(out, cloud, a, a->satisfies);
        put(out, offer, a, a->fails);
        break;
    case SPECIFIC:
        fprintf(out, "x:offer :%sOfSome %s . ", a->name, a->satisfies);
        break;
    case COLUMNS:
        fail();
    }
}

/* ---- the catalog ---- */

#define LABELS(label) "rdfs:label \"" label "\"@en ; rdfs:comment \"" label "\"@en "
#define CONCEPT(name, more)                                                                    \
    "x:" name " a skos:Concept ; skos:inScheme x:places ; skos:prefLabel \"" name "\"@en" more \
    " .\n"

static const char ontology_head[] =
    "@prefix ic: <http://www.csp/resOntology/meta#> .\n"
    "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
    "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
    ":Cloud a rdfs:Class ; " LABELS(
        "cloud") ".\n"
                 ":Offer a rdfs:Class ; " LABELS(
                     "offer") ".\n"
                              ":cloudName a rdf:Property ; " LABELS(
                                  "name") "; ic:appliesTo ic:Cloud ; "
                                          "rdfs:range xsd:string ; ic:match ic:Equal .\n"
                                          ":offers a rdf:Property ; " LABELS(
                                              "offers") "; ic:appliesTo ic:Cloud ; "
                                                        "rdfs:range :Offer ; ic:match ic:Equal "
                                                        ".\n"
                                                        "x:places a skos:ConceptScheme ; "
                                                        "skos:prefLabel \"places\"@en "
                                                        "; " LABELS("places") ".\n" CONCEPT(
                                                            "World",
                                                            "") CONCEPT("Asia",
                                                                        " ; skos:broader "
                                                                        "x:World")
                                                            CONCEPT("Japan",
                                                                    " ; skos:broader x:Asia")
                                                                CONCEPT(
                                                                    "Korea",
                                                                    " ; skos:broader x:Asia")
                                                                    CONCEPT("France",
                                                                            " ; skos:broader "
                                                                            "x:World");

static void put_property(FILE *out, const char *name, const char *tail, const char *more)
{
    fprintf(out,
            ":%s%s a rdf:Property ; rdfs:label \"%s%s\"@en ; rdfs:comment \"c\"@en ; "
            "ic:appliesTo ic:Cloud, ic:Offer ; %s .\n",
            name, tail, name, tail, more);
}

static void load_ontology(struct fixture *f)
{
    char *text = NULL, *narrower = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs(ontology_head, out);
    for (size_t i = 0; i < ATTRIBUTES; i++) {
        const struct attribute *a = &attributes[i];
        put_property(out, a->name, "", a->shape);
        assert_true(asprintf(&narrower, "%s ; rdfs:subPropertyOf :%s", a->shape, a->name) > 0);
        put_property(out, a->name, "OfSome", narrower);
        free(narrower);
    }
    fclose(out);
    struct ic_document *document = fixture_document(text);
    if (ic_catalog_load_ontology(f->catalog, &document, 1, &f->error) != IC_OK)
        fail_msg("%s:%lu: %s", f->error.file, f->error.line, f->error.text);
    ic_document_free(document);
    free(text);
}

/* The clouds are published before the ontology knows the attributes: what is no value of them
 * would be refused later. The ontology that makes it one keeps it as it was stated. */
static int set_up(void **state)
{
    if (fixture_setup(state) != 0)
        return 1;
    for (enum column column = 0; column < COLUMNS; column++) {
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        fprintf(out,
                "@prefix x: <http://x.org/%s#> . x:cloud a :Cloud ; :cloudName \"%s\" ; "
                ":offers x:offer . x:offer a :Offer ; :filler 1 . ",
                columns[column].cloud, columns[column].cloud);
        for (size_t i = 0; i < ATTRIBUTES; i++)
            put_column(out, column, &attributes[i]);
        fclose(out);
        struct fixture *f = *state;
        if (fixture_publish(f, columns[column].cloud, text, 0, NULL) != IC_OK)
            fail_msg("%s: %s", columns[column].cloud, f->error.text);
        free(text);
    }
    load_ontology(*state);
    return 0;
}

/* ---- the table ---- */

/* One line of the README. Each of the requests has these answers: '+' where the cloud of that
 * column matches. */
static const struct row {
    const char *label, *cells;
    const char *requests[8];
} rows[] = {
    {"`>=`, `>` of numbers", ".+.+.....+.+.+", {"least >= 5", "least 5", "more > 5"}},
    {"`not` with them", "..+.+++++.+.+.", {"not least >= 5", "not least 5", "not more > 5"}},
    {"`<=`, `<` of numbers", ".+.+......++.+", {"most <= 5", "most 5", "less < 5"}},
    {"`not` with them", "..+.++++++..+.", {"not most <= 5", "not most 5", "not less < 5"}},
    {"`<=`, `<` of dates",
     ".+.+.......+.+",
     {"day <= 2026-01-01", "day 2026-01-01", "day < 2026-01-02"}},
    {"`not` with them",
     "..+.+++++++.+.",
     {"not day <= 2026-01-01", "not day 2026-01-01", "not day < 2026-01-02"}},
    {"`=`, `in`, `within`",
     ".+.+.......+.+",
     {"equal = 5", "equal 5.0", "equal in (5, 7)", "not equal != 5", "lies within Asia",
      "lies (Asia, Korea)", "seat = Asia", "seat in (Asia, Korea)"}},
    {"`!=`, `not in`, `not within`",
     "..+.+++++++.+.",
     {"equal != 5", "not equal 5.0", "equal not in (5, 7)", "not equal in (5, 7)",
      "lies not within Asia", "not lies (Asia, Korea)", "seat != Asia", "not seat = Asia"}},
    {"`exists`", ".+++++++++++++", {"equal exists", "day exists", "not seat not exists"}},
    {"`not exists`",
     "+.............",
     {"equal not exists", "not day exists", "not seat exists"}},
};

enum { ROWS = sizeof rows / sizeof *rows };

static char cell_of(const struct ic_answer *answer, const char *cloud)
{
    for (size_t i = 0; i < answer->shown; i++)
        if (strcmp(answer->clouds[i].name, cloud) == 0)
            return '+';
    return '.';
}

/* Compares the answer with the row; the cells that differ are told by name. */
static int differing_cells(struct fixture *f, const char *text, const char *cells,
                           const char *engine)
{
    struct ic_request *request = NULL;
    struct ic_answer *answer = NULL;
    const struct ic_match_options options = {.engine = engine};
    int differ = 0;
    enum ic_status status = ic_request_parse("request", &text, 1, &request, &f->error);
    if (status == IC_OK)
        status = ic_catalog_match(f->catalog, request, &options, &answer, &f->error);
    if (status != IC_OK)
        fail_msg("%s: %s", text, f->error.text);
    for (enum column column = 0; column < COLUMNS; column++) {
        const char got = cell_of(answer, columns[column].cloud);
        if (got != cells[column])
            print_error("%s (%s): an offer that states %s gives %c, not %c\n", text,
                        engine ? engine : "default", columns[column].head, got, cells[column]);
        differ += got != cells[column];
    }
    ic_answer_free(answer);
    ic_request_free(request);
    return differ;
}

static void every_cell_is_as_the_table_says(void **state)
{
    int differ = 0;
    for (size_t i = 0; i < ROWS; i++) {
        assert_int_equal(strlen(rows[i].cells), COLUMNS);
        for (size_t k = 0; k < 8 && rows[i].requests[k]; k++)
            differ += differing_cells(*state, rows[i].requests[k], rows[i].cells, NULL);
    }
    assert_int_equal(differ, 0);
}

/* There is no other engine behind the default one, but for days that no calendar has: those the
 * native engine leaves to rasqal. */
static void the_native_engine_agrees(void **state)
{
    int differ = 0;
    for (size_t i = 0; i < ROWS; i++)
        for (size_t k = 0; k < 8 && rows[i].requests[k]; k++)
            if (!strstr(rows[i].requests[k], "day "))
                differ += differing_cells(*state, rows[i].requests[k], rows[i].cells, "native");
    assert_int_equal(differ, 0);
}

/* The second opinion: rasqal parses the same query and evaluates its comparisons. It differs in
 * no cell. */
static void rasqal_agrees_in_every_cell(void **state)
{
    int differ = 0;
    for (size_t i = 0; i < ROWS; i++)
        for (size_t k = 0; k < 8 && rows[i].requests[k]; k++)
            differ += differing_cells(*state, rows[i].requests[k], rows[i].cells, "rasqal");
    assert_int_equal(differ, 0);
}

/* Inside an `or` each alternative has its own three values; one that holds is enough. */
static void alternatives_hold_one_by_one(void **state)
{
    assert_int_equal(
        differing_cells(*state, "equal = 5 or equal not exists", "++.+.......+.+", NULL), 0);
    assert_int_equal(differing_cells(*state, "equal = 5 or equal != 5", ".+++++++++++++", NULL),
                     0);
    assert_int_equal(differing_cells(*state, "offer { not least 5 }; offer { most exists }",
                                     "..+.+++++.+.+.", NULL),
                     0);
}

/* ---- the README ---- */

static char *read_file(const char *path)
{
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    assert_int_equal(fseek(in, 0, SEEK_END), 0);
    const size_t size = (size_t)ftell(in);
    char *text = calloc(1, size + 1);
    assert_non_null(text);
    rewind(in);
    assert_int_equal(fread(text, 1, size, in), size);
    fclose(in);
    return text;
}

static void expect_line(const char *text, const char *line)
{
    const char *at = strstr(text, line);
    if (!at || (at != text && at[-1] != '\n'))
        fail_msg("catalog/README.md lacks the line:\n%s", line);
}

static void the_readme_has_this_table(void **state)
{
    (void)state;
    char *readme = read_file("catalog/README.md"), *line = NULL;
    size_t size;
    FILE *out = open_memstream(&line, &size);
    fputs("| the offer states |", out);
    for (enum column column = 0; column < COLUMNS; column++)
        fprintf(out, " %s |", columns[column].head);
    putc('\n', out);
    fclose(out);
    expect_line(readme, line);
    free(line);
    for (size_t i = 0; i < ROWS; i++) {
        out = open_memstream(&line, &size);
        fprintf(out, "| %s |", rows[i].label);
        for (enum column column = 0; column < COLUMNS; column++)
            fputs(rows[i].cells[column] == '+' ? " yes |" : " - |", out);
        putc('\n', out);
        fclose(out);
        expect_line(readme, line);
        free(line);
    }
    free(readme);
}

/* ---- what is refused instead ---- */

/* A value that an attribute cannot have is refused when it is published: the ill-typed columns
 * come only from before an ontology knew the attribute. */
static void such_values_are_refused_now(void **state)
{
    static const char *const refused[] = {":least \"NaN\"^^xsd:double",
                                          ":least \"INF\"^^xsd:double",
                                          ":least \"Atlantis\"",
                                          ":least " NO_NUMBER,
                                          ":least " NEW_YEAR,
                                          ":day 5",
                                          ":day \"2026-02-30\"^^xsd:date"};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char *text = NULL;
        assert_true(asprintf(&text, "x:new a :Cloud ; :cloudName \"new\" ; %s .", refused[i]) >
                    0);
        assert_int_equal(fixture_publish(f, "new", text, 0, NULL), IC_BAD_INPUT);
        free(text);
    }
    assert_string_equal(fixture_match(f, "cloudName new"), "");
    /* What no scheme knows is kept, with a warning. */
    assert_int_equal(
        fixture_publish(f, "new", "x:new a :Cloud ; :cloudName \"new\" ; :lies \"Atlantis\" .",
                        0, NULL),
        IC_OK);
    assert_string_equal(fixture_match(f, "lies Atlantis; cloudName new"), "new");
    assert_string_equal(fixture_match(f, "lies not within World; cloudName new"), "new");
    assert_string_equal(fixture_match(f, "lies != Atlantis; cloudName new"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_is_as_the_table_says),
        cmocka_unit_test(the_native_engine_agrees),
        cmocka_unit_test(rasqal_agrees_in_every_cell),
        cmocka_unit_test(alternatives_hold_one_by_one),
        cmocka_unit_test(the_readme_has_this_table),
        cmocka_unit_test(such_values_are_refused_now),
    };
    return cmocka_run_group_tests(tests, set_up, fixture_teardown);
}
