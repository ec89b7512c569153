/* SPDX-License-Identifier: Apache-2.0 */
/* Requests: the constraint language in its text and XML forms, and its translation to
 * SPARQL.
 *
 *     request    = item *( ";" item )
 *     item       = constraint / "offer" "{" constraint *( ";" constraint ) "}"
 *                / preference / "limit" number
 *     constraint = simple *( "or" simple )
 *     simple     = [ "not" ] ATTRIBUTE [ op ] [ value / "(" value *( "," value ) ")" ]
 *     op         = ">=" / "<=" / ">" / "<" / "=" / "!=" / "in" / "not in"
 *                / "within" / "not within" / "exists" / "not exists"
 *     value      = number [ unit ] / word / quoted
 *     preference = "prefer" ( "lowest" / "highest" / "near" value / "having" value )
 *                  ATTRIBUTE [ "weight" number ]
 *     ATTRIBUTE  = local name / prefix:name / <IRI>
 *
 * Words of the grammar are lower case and keep their meaning: as a value, `or`, `not`, `in`,
 * `within` and `exists` stand in quotes; an attribute called `or`, `not`, `offer`, `prefer` or
 * `limit` is written as <IRI>. <, >, = and ! end an attribute and cannot begin a value behind
 * one, only behind an operator.
 *
 * Threads: a request belongs to one thread at a time. */
#ifndef IC_REQUEST_H
#define IC_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "ontology.h"
#include "status.h"

enum {
    IC_REQUEST_CONSTRAINTS_MAX = 256,      /* simples in one request */
    IC_REQUEST_VALUES_MAX = 1024,          /* values in one list */
    IC_REQUEST_PREFERENCES_MAX = 64,       /* preferences in one request */
    IC_REQUEST_LIMIT_MAX = 1000000000,     /* "limit N", and <max> of a page */
    IC_REQUEST_BYTES_MAX = 4 * 1024 * 1024 /* text or XML of one request */
};

enum ic_operator {
    IC_OP_DEFAULT, /* none written: the attribute's ic:match */
    IC_OP_GE,
    IC_OP_LE,
    IC_OP_GT,
    IC_OP_LT,
    IC_OP_EQ,
    IC_OP_NE,
    IC_OP_IN,
    IC_OP_NOT_IN,
    IC_OP_WITHIN,
    IC_OP_NOT_WITHIN,
    IC_OP_EXISTS,
    IC_OP_NOT_EXISTS
};

struct ic_request_value {
    const char *text; /* trimmed unless quoted */
    const char *unit; /* or NULL */
    bool quoted;
};

/* Where in the source, from 1; 0 unknown. */
struct ic_request_place {
    unsigned long line, column;
};

struct ic_simple {
    bool negated;          /* "not" in front */
    const char *attribute; /* as written, trimmed */
    enum ic_operator op;
    struct ic_request_value *values;
    size_t value_count;
    struct ic_request_place place;
};

/* Alternatives joined by "or"; at least one. */
struct ic_constraint {
    struct ic_simple *simples;
    size_t simple_count;
};

/* Constraints that one offer must meet: the request's own, or an offer { } group's. */
struct ic_group {
    struct ic_constraint *constraints;
    size_t constraint_count;
};

enum ic_preference_kind {
    IC_PREFER_LOWEST,
    IC_PREFER_HIGHEST,
    IC_PREFER_NEAR,
    IC_PREFER_HAVING
};

struct ic_preference {
    enum ic_preference_kind kind;
    struct ic_request_value value; /* NEAR and HAVING */
    const char *attribute;
    const char *weight; /* decimal text or NULL: 1 */
    struct ic_request_place place;
};

struct ic_request; /* opaque: accessors below */

/* Parses the text form. `name` stands in messages ("request", or a file's name). Each of
 * `texts` is one command-line argument of one or more items. Columns count characters in that
 * argument; with several arguments `line` is the argument's number. Owned: ic_request_free. */
enum ic_status ic_request_parse(const char *name, const char *const *texts, size_t count,
                                struct ic_request **request, struct ic_error *error);

/* Parses the XML form: <constraints xmlns='http://www.csp/resOntology'> as the paper has it, or
 * with version='1' and more:
 *
 *     <constraints version='1' limit='10'>
 *       <constraint op='in' not='true'><attribute/><value unit='GB'/><value/></constraint>
 *       <any><constraint/><constraint/></any>                     joined by "or"
 *       <offer><constraint/><any/></offer>
 *       <preference direction='near' weight='2'><attribute/><value/></preference>
 *       <return>jid offers score provenance</return>
 *       <set xmlns='http://jabber.org/protocol/rsm'><max>10</max><after>cloud2</after></set>
 *     </constraints>
 *
 * `op` is an operator of the text form. White space around names and values is trimmed, unless
 * a <value> says xml:space='preserve'. No DTD, no entities but the predefined; UTF-8 whatever
 * the XML declaration says. */
enum ic_status ic_request_parse_xml(const char *name, const char *xml, size_t length,
                                    struct ic_request **request, struct ic_error *error);

void ic_request_free(struct ic_request *request);

/* The constraints outside any offer { }, then the groups; borrowed. */
const struct ic_group *ic_request_main(const struct ic_request *request);
const struct ic_group *ic_request_groups(const struct ic_request *request, size_t *count);
const struct ic_preference *ic_request_preferences(const struct ic_request *request,
                                                   size_t *count);
/* "limit N", or 0. */
size_t ic_request_limit(const struct ic_request *request);

/* What <return> asked for, and the result set page (XEP-0059), where the XML form had them. */
struct ic_request_return {
    bool version1; /* the answer may be in the version 1 form */
    bool jid, offers, score, provenance;
    long rsm_max;          /* -1: none */
    const char *rsm_after; /* or NULL */
};
const struct ic_request_return *ic_request_return(const struct ic_request *request);

/* Writes it, in one line without a newline at its end, so that parsing gives an equal request.
 * The XML form uses the paper's plain form when it can carry the request, else version='1';
 * IC_BAD_INPUT (after a part was written): a value has a character that XML 1.0 cannot carry,
 * such as U+0001. IC_IO: `out` failed. The text form does not say what <return> and <set>
 * asked. */
enum ic_status ic_request_write(const struct ic_request *request, FILE *out);
enum ic_status ic_request_write_xml(const struct ic_request *request, FILE *out);

/* True when both ask for the same: constraints, groups, preferences and limit, each in the same
 * order and spelling. Places, quotes, <return> and <set> do not count. */
bool ic_request_equal(const struct ic_request *a, const struct ic_request *b);

/* The SPARQL query a request means, over `ontology`:
 *
 *     SELECT DISTINCT ?cloudName [?offer]
 *     WHERE { GRAPH ?ad { ?cloud :cloudName ?cloudName ; :offers ?offer . ...
 *                         FILTER EXISTS { ?cloud :offers ?offer1 . ... } }    each offer { }
 *             FILTER (STRSTARTS(STR(?ad), "urn:intercloud:ad:")) }
 *     ORDER BY ?cloudName [?offer]
 *
 * A positive form is `?offer :p ?p1 . FILTER (...)`, a negative one `?offer :p ?p1 . FILTER NOT
 * EXISTS { ?offer :p ?p2 . FILTER (...) }`: what is not stated meets neither
 * (catalog/README.md). `with_offers` adds ?offer; where there are groups, a column ?offer for
 * the constraints outside them and ?offer1, ?offer2 ... for each, of which every row has one.
 * Values become literals or IRIs, never spliced text; hierarchies (subproperties, narrower
 * concepts) are expanded from the ontology. `warn` (may be NULL) is told of values that no
 * concept spells. IC_BAD_INPUT: an unknown attribute (naming the nearest), a wrong type, no
 * constraints; IC_UNSUPPORTED: a form this version does not do yet. Owned: free(*sparql). */
enum ic_status ic_request_compile(const struct ic_request *request,
                                  const struct ic_ontology *ontology, bool with_offers,
                                  void (*warn)(void *context, const char *message),
                                  void *warn_context, char **sparql, struct ic_error *error);

#endif
