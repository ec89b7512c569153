/* SPDX-License-Identifier: Apache-2.0 */
/* The formats of this folder; registry.c lists them. */
#ifndef IC_IMPORTERS_FORMATS_H
#define IC_IMPORTERS_FORMATS_H

#include "catalog/importer.h"

extern const struct ic_importer ic_importer_turtle;
extern const struct ic_importer ic_importer_ntriples;
extern const struct ic_importer ic_importer_nquads;
extern const struct ic_importer ic_importer_trig;
extern const struct ic_importer ic_importer_rdfxml;
extern const struct ic_importer ic_importer_advertisement;

#endif
