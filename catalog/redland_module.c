/* SPDX-License-Identifier: Apache-2.0 */
/* The librdf storage "intercloud": registration, options, opening and closing.
 *
 * A storage's name is the catalog's directory. Options: graph='IRI', the plain graph that
 * statements without a context are in; write='no'. */
#include <stdlib.h>
#include <string.h>

#include "redland.h"

struct redland *redland_of(librdf_storage *storage)
{
    return librdf_storage_get_instance(storage);
}

void redland_log(librdf_world *world, librdf_log_facility facility,
                 const struct ic_error *error)
{
    char place[64] = "";
    if (error->line > 0 && error->column > 0)
        snprintf(place, sizeof place, ":%lu:%lu", error->line, error->column);
    else if (error->line > 0)
        snprintf(place, sizeof place, ":%lu", error->line);
    librdf_log(world, (int)error->status, LIBRDF_LOG_ERROR, facility, NULL, "%s%s%s%s",
               error->file, place, *error->file ? ": " : "", error->text);
}

/* ---- a storage's life ---- */

static void redland_free(struct redland *redland)
{
    if (!redland)
        return;
    redland_drop_transaction(redland);
    if (redland->catalog)
        redland_catalog_give(redland->catalog);
    free(redland->directory);
    free(redland->graph);
    free(redland);
}

static enum ic_status copy(const char *from, char **to, struct ic_error *error)
{
    if (!from || (*to = strdup(from)))
        return IC_OK;
    return ic_fail(error, IC_NO_MEMORY, "out of memory for a storage");
}

static enum ic_status read_options(struct redland *redland, const char *name,
                                   librdf_hash *options, struct ic_error *error)
{
    if (!name || !*name)
        return ic_fail(error, IC_BAD_INPUT,
                       "the storage's name is missing: it is the catalog's directory");
    enum ic_status status = copy(name, &redland->directory, error);
    if (status != IC_OK || !options)
        return status;
    if (librdf_hash_get_as_boolean(options, "new") > 0)
        return ic_fail(error, IC_FORBIDDEN,
                       "new='yes' neither makes nor empties a catalog; `intercloud-catalog "
                       "ontology load` makes one");
    redland->read_only = librdf_hash_get_as_boolean(options, "write") == 0;
    char *graph = librdf_hash_get(options, "graph");
    status = copy(graph, &redland->graph, error);
    if (graph)
        librdf_free_memory(graph);
    return status;
}

static int init(librdf_storage *storage, const char *name, librdf_hash *options)
{
    librdf_world *world = librdf_storage_get_world(storage);
    struct redland *redland = calloc(1, sizeof *redland);
    struct ic_error error;
    enum ic_status status = redland
                                ? read_options(redland, name, options, &error)
                                : ic_fail(&error, IC_NO_MEMORY, "out of memory for a storage");
    if (options)
        librdf_free_hash(options);
    librdf_storage_set_instance(storage, redland);
    if (status != IC_OK) {
        redland_log(world, LIBRDF_FROM_STORAGE, &error);
        return 1;
    }
    redland->storage = storage;
    redland->world = world;
    redland->takes_queries = redland_knows_queries(world);
    return 0;
}

static void terminate(librdf_storage *storage)
{
    redland_free(redland_of(storage));
    librdf_storage_set_instance(storage, NULL);
}

static int open_storage(librdf_storage *storage, librdf_model *model)
{
    struct redland *redland = redland_of(storage);
    struct ic_error error;
    (void)model;
    if (redland->opened == 0 &&
        redland_catalog_take(redland->directory, &redland->catalog, &error) != IC_OK) {
        redland_log(redland->world, LIBRDF_FROM_STORAGE, &error);
        return 1;
    }
    redland->opened++;
    return 0;
}

static int close_storage(librdf_storage *storage)
{
    struct redland *redland = redland_of(storage);
    if (redland->opened == 0 || --redland->opened > 0)
        return 0;
    redland_drop_transaction(redland);
    redland_catalog_give(redland->catalog);
    redland->catalog = NULL;
    return 0;
}

static librdf_node *get_feature(librdf_storage *storage, librdf_uri *feature)
{
    const char *iri = (const char *)librdf_uri_as_string(feature);
    if (strcmp(iri, LIBRDF_MODEL_FEATURE_CONTEXTS) != 0)
        return NULL;
    return librdf_new_node_from_typed_literal(redland_of(storage)->world,
                                              (const unsigned char *)"1", NULL, NULL);
}

/* ---- registration ---- */

static void fill_factory(librdf_storage_factory *factory)
{
    factory->version = LIBRDF_STORAGE_INTERFACE_VERSION;
    factory->init = init;
    factory->terminate = terminate;
    factory->open = open_storage;
    factory->close = close_storage;
    factory->get_feature = get_feature;
    redland_set_read_methods(factory);
    redland_set_write_methods(factory);
    redland_set_query_methods(factory);
}

/* The module's only exported name: librdf looks it up when it opens a world. */
__attribute__((visibility("default"))) void
librdf_storage_module_register_factory(librdf_world *world);

void librdf_storage_module_register_factory(librdf_world *world)
{
    librdf_storage_register_factory(world, "intercloud", "Intercloud catalog", fill_factory);
}
