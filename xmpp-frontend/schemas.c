/* SPDX-License-Identifier: Apache-2.0 */
/* The files of schemas/, put into the program by the assembler's .incbin; it finds them below
 * the compiler's -I directories. */
#include "schemas.h"

#include <string.h>

#define SCHEMA(name, filename)                                                                 \
    __asm__(".pushsection .rodata\n"                                                           \
            "ic_schema_" #name "_text:\n"                                                      \
            ".incbin \"xmpp-frontend/schemas/" filename "\"\n"                                 \
            "ic_schema_" #name "_end:\n"                                                       \
            ".byte 0\n"                                                                        \
            ".popsection\n");                                                                  \
    extern const char ic_schema_##name##_text[], ic_schema_##name##_end[];                     \
    const struct ic_schema ic_schema_##name = {filename, ic_schema_##name##_text,              \
                                               ic_schema_##name##_end}

SCHEMA(constraints, "constraints.xsd");
SCHEMA(matching_clouds, "matching-clouds.xsd");
SCHEMA(publication, "publication.xsd");
SCHEMA(published, "published.xsd");
SCHEMA(withdraw, "withdraw.xsd");
SCHEMA(withdrawn, "withdrawn.xsd");
SCHEMA(resolve, "resolve.xsd");
SCHEMA(cloud, "cloud.xsd");
SCHEMA(describe, "describe.xsd");
SCHEMA(description, "description.xsd");
SCHEMA(query, "query.xsd");
SCHEMA(results, "results.xsd");
SCHEMA(get_status, "get-status.xsd");
SCHEMA(status, "status.xsd");
SCHEMA(get_ontology, "get-ontology.xsd");
SCHEMA(ontology, "ontology.xsd");
SCHEMA(loaded, "loaded.xsd");
SCHEMA(list_publishers, "list-publishers.xsd");
SCHEMA(publishers, "publishers.xsd");
SCHEMA(failure, "failure.xsd");

const char *ic_schema_element(const struct ic_schema *schema, size_t *length)
{
    /* The XML declaration and the licence's comment may stand only in front of a document. */
    const char *element = strstr(schema->text, "<schema");
    const char *start = element ? element : schema->end;
    *length = (size_t)(schema->end - start);
    return start;
}
