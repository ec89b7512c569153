/* SPDX-License-Identifier: Apache-2.0 */
/* What a client and the process that owns a catalog say to each other.
 *
 * Frame: 1 byte type, 4 bytes length (big endian, at most IC_WIRE_PAYLOAD_MAX), payload.
 * Numbers in payloads are big endian; a string is its length (4 bytes) and its bytes, without
 * U+0000.
 *
 *     client                                          owner
 *     H version(4)                              ->
 *                                               <-    H version(4), or B text: try again later
 *     R flags(1) columns(4) argc(4) argv        ->
 *                                               <-    S         it runs now; a connection that
 *                                                               ends before has changed nothing
 *                                               <-    O data    to stdout
 *                                               <-    E data    to stderr
 *                                               <-    F path    open this file
 *     o handle(4) size(8)                       ->
 *                                               <-    G handle(4) size(4)    the next bytes
 *     d data (none: its end)                    ->
 *                                               <-    C handle(4)    close it (not answered)
 *                                               <-    L directory suffix    its files
 *     l count(4) paths                          ->
 *                                               <-    A path    make it absolute
 *     p path                                    ->
 *                                               <-    X status(1)    the end
 *
 * A client that cannot do what F, G or L ask answers: f status(1) errno(4) file text.
 * The owner never opens a file of the client's; the client opens only what its own command
 * line names. */
#ifndef IC_SHELL_WIRE_H
#define IC_SHELL_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

#define IC_WIRE_SOCKET "socket" /* its name in the catalog's directory */

enum {
    IC_WIRE_VERSION = 1,
    IC_WIRE_HEAD_BYTES = 5,
    IC_WIRE_PAYLOAD_MAX = 8 * 1024 * 1024,
    IC_WIRE_DATA_BYTES = 256 * 1024, /* of a file, in one frame */
    IC_WIRE_HANDLES_MAX = 16,        /* files open at once */
    IC_WIRE_PATH_BYTES_MAX = 4096
};

enum ic_wire_type {
    IC_WIRE_HELLO = 'H',
    IC_WIRE_BUSY = 'B',
    IC_WIRE_RUN = 'R',
    IC_WIRE_STARTED = 'S',
    IC_WIRE_OUT = 'O',
    IC_WIRE_ERR = 'E',
    IC_WIRE_OPEN = 'F',
    IC_WIRE_OPENED = 'o',
    IC_WIRE_GET = 'G',
    IC_WIRE_DATA = 'd',
    IC_WIRE_CLOSE = 'C',
    IC_WIRE_LIST = 'L',
    IC_WIRE_LISTED = 'l',
    IC_WIRE_ABSOLUTE = 'A',
    IC_WIRE_PATH = 'p',
    IC_WIRE_FAILED = 'f',
    IC_WIRE_EXIT = 'X'
};

enum { IC_WIRE_OUT_TERMINAL = 1, IC_WIRE_ERR_TERMINAL = 2 }; /* flags of R */

/* A frame: `data` begins with room for the head. Zeroed: empty. */
struct ic_frame {
    unsigned char *data;
    size_t capacity, length; /* bytes of payload */
    size_t at;               /* where reading the payload has come to */
    unsigned char type;
    bool bad; /* memory was out, a limit was passed, or reading went past the end */
};

void ic_frame_free(struct ic_frame *frame);

/* Building. What does not fit makes it bad. */
void ic_frame_begin(struct ic_frame *frame, enum ic_wire_type type);
void ic_frame_put_number(struct ic_frame *frame, uint64_t value, size_t bytes);
void ic_frame_put_bytes(struct ic_frame *frame, const void *bytes, size_t length);
void ic_frame_put_string(struct ic_frame *frame, const char *text);
/* Room for `length` more bytes of payload, to be counted by adding to frame->length; or NULL.
 */
unsigned char *ic_frame_reserve(struct ic_frame *frame, size_t length);
/* Head and payload; *size bytes. */
const unsigned char *ic_frame_bytes(struct ic_frame *frame, size_t *size);
const unsigned char *ic_frame_payload(const struct ic_frame *frame);

/* Reading. Past the end they make it bad and give 0 or NULL. */
uint64_t ic_frame_get_number(struct ic_frame *frame, size_t bytes);
/* Borrowed until the frame is used again. U+0000 in it makes the frame bad. */
const char *ic_frame_get_string(struct ic_frame *frame, size_t bytes_max);
/* All was read, and nothing was wrong. */
bool ic_frame_done(const struct ic_frame *frame);

/* What came of receiving. */
enum ic_receipt {
    IC_RECEIVED,
    IC_RECEIVED_NOTHING, /* not a whole frame yet */
    IC_RECEIVED_END,     /* the other side is gone */
    IC_RECEIVED_BAD      /* too large, or memory is out */
};

/* Receives frames without waiting. Zeroed at first. */
struct ic_wire_reader {
    unsigned char head[IC_WIRE_HEAD_BYTES];
    size_t head_got, payload_got, payload_size;
};

/* Goes on receiving one frame from a socket, as far as bytes are there. */
enum ic_receipt ic_wire_receive(int fd, struct ic_wire_reader *reader, struct ic_frame *frame);

/* Opens the catalog's directory, for ic_wire_address. -1 with errno. Owned: close. */
int ic_wire_directory(const char *directory);

struct sockaddr_un;
/* The address of the socket in the directory `fd`, however long the directory's path is. */
void ic_wire_address(int directory_fd, struct sockaddr_un *address);

/* The user who is at the other end; false with errno. */
bool ic_wire_peer(int fd, unsigned *uid);

#endif
