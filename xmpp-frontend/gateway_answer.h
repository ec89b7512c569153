/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what the exchange answered, for people and for programs.
 * Threads: any. */
#ifndef IC_GATEWAY_ANSWER_H
#define IC_GATEWAY_ANSWER_H

#include <stdio.h>

#include "gateway_command.h"

enum ic_gateway_format { IC_GATEWAY_TEXT, IC_GATEWAY_XML, IC_GATEWAY_JSON };

/* "text", "xml", "json". IC_USAGE. */
enum ic_status ic_gateway_format_find(const char *name, enum ic_gateway_format *format,
                                      struct ic_error *error);

/* <matchingClouds> in either of its forms (the paper's list of names, version 1's list of
 * clouds). Text: a name a line on `out`, the count on `err`. IC_IO: it is something else. */
enum ic_status ic_gateway_print_match(const struct ic_gateway_reply *reply,
                                      enum ic_gateway_format format, FILE *out, FILE *err,
                                      struct ic_error *error);

/* <published>: a line a cloud on `out`. `subject` names the file. */
enum ic_status ic_gateway_print_publish(const struct ic_gateway_reply *reply,
                                        const char *subject, FILE *out, struct ic_error *error);

/* <withdrawn>, and <cloud> of resolve_cloud: the JID on a line. IC_NOT_FOUND: the cloud has
 * none. */
enum ic_status ic_gateway_print_withdraw(const struct ic_gateway_reply *reply,
                                         const char *cloud, FILE *out, struct ic_error *error);
enum ic_status ic_gateway_print_resolve(const struct ic_gateway_reply *reply, const char *cloud,
                                        FILE *out, struct ic_error *error);

#endif
