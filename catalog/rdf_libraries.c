/* SPDX-License-Identifier: Apache-2.0 */
/* Loading raptor and rasqal. The table is changing static data as the pool of worlds is, under
 * its lock. They stay for good: the libraries under them cannot be unloaded.
 */
#define IC_RDF_LIBRARIES_TABLE
#include "rdf_libraries.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

/* What the headers describe: these change with the interface. */
#define RAPTOR_LIBRARY "libraptor2.so.0"
#define RASQAL_LIBRARY "librasqal.so.3"

struct ic_rdf_libraries ic_rdf_libraries;

/* POSIX lets an object pointer carry a function's address; ISO C has no cast for it. */
static bool find(void *library, const char *name, void *place)
{
    void *const address = dlsym(library, name);
    memcpy(place, &address, sizeof address);
    return address != NULL;
}

static bool find_all(void *raptor, void *rasqal, struct ic_rdf_libraries *table)
{
#define IC_FIND_RAPTOR(name) &&find(raptor, #name, &table->name)
#define IC_FIND_RASQAL(name) &&find(rasqal, #name, &table->name)
    return true IC_RAPTOR_FUNCTIONS(IC_FIND_RAPTOR) IC_RASQAL_FUNCTIONS(IC_FIND_RASQAL);
}

enum ic_status ic_rdf_libraries_load(struct ic_error *error)
{
    if (ic_rdf_libraries.raptor_new_world_internal)
        return IC_OK;
    void *const raptor = dlopen(RAPTOR_LIBRARY, RTLD_LAZY | RTLD_LOCAL);
    void *const rasqal = raptor ? dlopen(RASQAL_LIBRARY, RTLD_LAZY | RTLD_LOCAL) : NULL;
    struct ic_rdf_libraries table;
    if (!rasqal || !find_all(raptor, rasqal, &table))
        return ic_fail(error, IC_IO,
                       "cannot load " RAPTOR_LIBRARY " and " RASQAL_LIBRARY ": %s", dlerror());
    ic_rdf_libraries = table;
    return IC_OK;
}
