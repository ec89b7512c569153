/* SPDX-License-Identifier: Apache-2.0 */
/* The list of formats that catalog/importer.c looks through. */
#include <stddef.h>

#include "formats.h"

const struct ic_importer *const ic_importers[] = {
    &ic_importer_turtle,
    &ic_importer_ntriples,
    &ic_importer_nquads,
    &ic_importer_trig,
    &ic_importer_rdfxml,
    &ic_importer_advertisement,
    NULL,
};
