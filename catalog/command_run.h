/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that the table points to, each in its own file command_NAME.c. */
#ifndef IC_COMMAND_RUN_H
#define IC_COMMAND_RUN_H

#include "command.h"

unsigned ic_import_needs(const struct ic_invocation *invocation);
unsigned ic_sparql_needs(const struct ic_invocation *invocation);

enum ic_status ic_check_import(const struct ic_invocation *invocation, struct ic_error *error);
enum ic_status ic_check_match(const struct ic_invocation *invocation, struct ic_error *error);
enum ic_status ic_check_sparql(const struct ic_invocation *invocation, struct ic_error *error);
enum ic_status ic_check_convert(const struct ic_invocation *invocation, struct ic_error *error);
enum ic_status ic_check_export(const struct ic_invocation *invocation, struct ic_error *error);

enum ic_status ic_run_import(struct ic_invocation *invocation, struct ic_error *error);
enum ic_status ic_run_match(struct ic_invocation *invocation, struct ic_error *error);
enum ic_status ic_run_sparql(struct ic_invocation *invocation, struct ic_error *error);
enum ic_status ic_run_convert(struct ic_invocation *invocation, struct ic_error *error);
enum ic_status ic_run_list(struct ic_invocation *invocation, struct ic_error *error);
enum ic_status ic_run_show(struct ic_invocation *invocation, struct ic_error *error);
enum ic_status ic_run_export(struct ic_invocation *invocation, struct ic_error *error);
enum ic_status ic_run_withdraw(struct ic_invocation *invocation, struct ic_error *error);
enum ic_status ic_run_stats(struct ic_invocation *invocation, struct ic_error *error);
enum ic_status ic_run_verify(struct ic_invocation *invocation, struct ic_error *error);
enum ic_status ic_run_backup(struct ic_invocation *invocation, struct ic_error *error);
enum ic_status ic_run_ontology_load(struct ic_invocation *invocation, struct ic_error *error);
enum ic_status ic_run_ontology_check(struct ic_invocation *invocation, struct ic_error *error);
enum ic_status ic_run_ontology_show(struct ic_invocation *invocation, struct ic_error *error);

/* The units of an attribute (command_ontology_units.c): printed, or added to `object`, which is
 * given back, or NULL when memory is out. */
enum ic_status ic_print_units(const struct ic_ontology *ontology,
                              const struct ic_property *property, FILE *out,
                              struct ic_error *error);
json_t *ic_json_with_units(const struct ic_ontology *ontology,
                           const struct ic_property *property, json_t *object);

/* For struct ic_query_options: `io` is the command's struct ic_io. */
bool ic_command_cancelled(void *io);

#endif
