/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a parser process (parser.h): what a program runs that was started to be one. */
#ifndef IC_PARSER_PROCESS_H
#define IC_PARSER_PROCESS_H

/* The hidden first argument; MEMORY_BYTES follows. Descriptor 3 is the exchange. */
#define IC_PARSER_ARGUMENT "--parse-payloads"

enum { IC_PARSER_FD = 3 };

/* Initialises the libraries, shuts the process in (sandbox.h), says so with an empty message
 * (or, in an answer, why it could not be), then answers requests (parser_codec.h) until
 * descriptor 3 ends. Names are acknowledged with an empty message. Returns the process's exit
 * status; anything but 0 means that it was not started by an exchange, or that a message was
 * not understood. */
int ic_parser_process(int argc, char **argv);

#endif
