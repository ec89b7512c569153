/* SPDX-License-Identifier: Apache-2.0 */
/* convert: one format in, another out. */
#include <stdlib.h>
#include <string.h>

#include "command_run.h"
#include "serialize.h"

static enum ic_status write_json(const struct ic_document *document, FILE *out,
                                 struct ic_error *error)
{
    size_t count;
    const struct ic_statement *statements = ic_document_statements(document, &count);
    struct ic_json_array array;
    enum ic_status status = IC_OK;
    ic_json_array_begin(&array, out);
    for (size_t i = 0; status == IC_OK && i < count; i++) {
        const struct ic_statement *s = &statements[i];
        json_t *object = ic_json_statement(
            ic_document_term(document, s->subject), ic_document_term(document, s->predicate),
            ic_document_term(document, s->object),
            s->graph == IC_NO_NODE ? NULL : ic_document_term(document, s->graph));
        status = ic_json_array_add(&array, object, error);
    }
    ic_json_array_end(&array);
    return status;
}

static bool has_graphs(const struct ic_document *document)
{
    size_t count;
    const struct ic_statement *statements = ic_document_statements(document, &count);
    for (size_t i = 0; i < count; i++)
        if (statements[i].graph != IC_NO_NODE)
            return true;
    return false;
}

/* The ontology of --ontology DIR, which some formats need for names of attributes. */
static enum ic_status take_ontology(const struct ic_invocation *invocation,
                                    struct ic_ontology **ontology, struct ic_error *error)
{
    struct ic_document **documents;
    size_t count;
    *ontology = NULL;
    if (!invocation->ontology)
        return IC_OK;
    enum ic_status status =
        ic_directory_import(invocation->io, invocation->ontology, &documents, &count, error);
    if (status == IC_OK) {
        status = ic_ontology_build(documents, count, ontology, error);
        ic_documents_free(documents, count);
    }
    return status;
}

enum ic_status ic_check_convert(const struct ic_invocation *invocation, struct ic_error *error)
{
    static const char *const outputs[] = {"to", "json", NULL};
    const char *from = ic_option_value(invocation, "from");
    const char *to = ic_option_value(invocation, "to");
    enum ic_rdf_syntax syntax;
    if (from && !ic_importer_find(from))
        return ic_fail(error, IC_USAGE,
                       "convert: --from: '%s' is not a format; import --formats lists them",
                       from);
    if (to && !ic_syntax_find(to, &syntax))
        return ic_fail(error, IC_USAGE, "convert: --to: '%s' is not one of %s", to,
                       ic_syntax_names());
    return ic_options_exclude(invocation, outputs, error);
}

enum ic_status ic_run_convert(struct ic_invocation *invocation, struct ic_error *error)
{
    const char *path = invocation->operands[0], *to = ic_option_value(invocation, "to");
    enum ic_rdf_syntax syntax = IC_RDF_TURTLE;
    struct ic_file_source source = {.path = path,
                                    .format = ic_option_value(invocation, "from"),
                                    .base = ic_option_value(invocation, "base"),
                                    .progress = true,
                                    .limits = ic_invocation_limits(invocation)};
    struct ic_document *document = NULL;
    struct ic_ontology *ontology = NULL;
    char *base = NULL;
    enum ic_status status = take_ontology(invocation, &ontology, error);
    if (status == IC_OK && !source.base && strcmp(path, "-") != 0)
        source.base = base = ic_file_iri(invocation->io, path);
    if (status == IC_OK) {
        source.ontology = ontology;
        status = ic_file_import(invocation->io, &source, &document, NULL, error);
    }
    if (to)
        ic_syntax_find(to, &syntax);
    else if (status == IC_OK && has_graphs(document))
        syntax = IC_RDF_NQUADS;
    if (status == IC_OK)
        status = ic_option_given(invocation, "json")
                     ? write_json(document, invocation->io->out, error)
                     : ic_write_document(document, syntax, invocation->io->out, error);
    ic_document_free(document);
    ic_ontology_release(ontology);
    free(base);
    return status;
}
