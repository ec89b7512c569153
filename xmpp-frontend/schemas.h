/* SPDX-License-Identifier: Apache-2.0 */
/* The XML Schemas of the payloads, as compiled into the program from schemas/.
 * Threads: any. */
#ifndef IC_SCHEMAS_H
#define IC_SCHEMAS_H

#include <stddef.h>

struct ic_schema {
    const char *file;       /* its name in schemas/ */
    const char *text, *end; /* the whole file */
};

extern const struct ic_schema ic_schema_constraints, ic_schema_matching_clouds,
    ic_schema_publication, ic_schema_published, ic_schema_withdraw, ic_schema_withdrawn,
    ic_schema_resolve, ic_schema_cloud, ic_schema_describe, ic_schema_description,
    ic_schema_query, ic_schema_results, ic_schema_get_status, ic_schema_status,
    ic_schema_get_ontology, ic_schema_ontology, ic_schema_loaded, ic_schema_list_publishers,
    ic_schema_publishers, ic_schema_failure;

/* The schema element of a file, which can stand inside another document as it is: `length`
 * bytes. Servers and clients hand on which namespace an element has, but not the declarations
 * of prefixes that only attributes' values use: in the schemas only names of XML Schema's own
 * types stand there, and its namespace is the default one. */
const char *ic_schema_element(const struct ic_schema *schema, size_t *length);

#endif
