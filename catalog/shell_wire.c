/* SPDX-License-Identifier: Apache-2.0 */
/* Frames between a client and the owner of a catalog. */
#include "shell_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

void ic_frame_free(struct ic_frame *frame)
{
    free(frame->data);
    *frame = (struct ic_frame){0};
}

void ic_frame_begin(struct ic_frame *frame, enum ic_wire_type type)
{
    frame->length = frame->at = 0;
    frame->bad = false;
    frame->type = (unsigned char)type;
}

unsigned char *ic_frame_reserve(struct ic_frame *frame, size_t length)
{
    if (frame->bad || length > IC_WIRE_PAYLOAD_MAX - frame->length) {
        frame->bad = true;
        return NULL;
    }
    /* One byte more, so that the last string of a payload can be ended in place. */
    const size_t need = IC_WIRE_HEAD_BYTES + frame->length + length + 1;
    if (need > frame->capacity) {
        const size_t capacity = need < 2 * frame->capacity ? 2 * frame->capacity : need;
        unsigned char *data = realloc(frame->data, capacity);
        if (!data) {
            frame->bad = true;
            return NULL;
        }
        frame->data = data;
        frame->capacity = capacity;
    }
    return frame->data + IC_WIRE_HEAD_BYTES + frame->length;
}

static void store_number(unsigned char *to, uint64_t value, size_t bytes)
{
    for (size_t i = bytes; i-- > 0; value >>= 8)
        to[i] = (unsigned char)(value & 0xFF);
}

static uint64_t load_number(const unsigned char *from, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | from[i];
    return value;
}

void ic_frame_put_number(struct ic_frame *frame, uint64_t value, size_t bytes)
{
    unsigned char *to = ic_frame_reserve(frame, bytes);
    if (to) {
        store_number(to, value, bytes);
        frame->length += bytes;
    }
}

void ic_frame_put_bytes(struct ic_frame *frame, const void *bytes, size_t length)
{
    unsigned char *to = ic_frame_reserve(frame, length);
    if (to && length) {
        memcpy(to, bytes, length);
        frame->length += length;
    }
}

void ic_frame_put_string(struct ic_frame *frame, const char *text)
{
    const size_t length = strlen(text);
    ic_frame_put_number(frame, length, 4);
    ic_frame_put_bytes(frame, text, length);
}

const unsigned char *ic_frame_bytes(struct ic_frame *frame, size_t *size)
{
    if (!ic_frame_reserve(frame, 0))
        return NULL;
    frame->data[0] = frame->type;
    store_number(frame->data + 1, frame->length, 4);
    *size = IC_WIRE_HEAD_BYTES + frame->length;
    return frame->data;
}

const unsigned char *ic_frame_payload(const struct ic_frame *frame)
{
    return frame->data + IC_WIRE_HEAD_BYTES;
}

uint64_t ic_frame_get_number(struct ic_frame *frame, size_t bytes)
{
    if (frame->bad || bytes > frame->length - frame->at) {
        frame->bad = true;
        return 0;
    }
    const uint64_t value = load_number(ic_frame_payload(frame) + frame->at, bytes);
    frame->at += bytes;
    return value;
}

/* A string's bytes are moved one to the left, over the last byte of its length, which makes
 * room for the NUL. */
const char *ic_frame_get_string(struct ic_frame *frame, size_t bytes_max)
{
    const uint64_t length = ic_frame_get_number(frame, 4);
    if (frame->bad || length > frame->length - frame->at || length > bytes_max) {
        frame->bad = true;
        return NULL;
    }
    unsigned char *text = frame->data + IC_WIRE_HEAD_BYTES + frame->at;
    if (length && memchr(text, '\0', length)) {
        frame->bad = true;
        return NULL;
    }
    memmove(text - 1, text, length);
    text[(ptrdiff_t)length - 1] = '\0';
    frame->at += length;
    return (const char *)text - 1;
}

bool ic_frame_done(const struct ic_frame *frame)
{
    return !frame->bad && frame->at == frame->length;
}

/* Receives up to `size` bytes; IC_RECEIVED when there were any. */
static enum ic_receipt receive(int fd, unsigned char *to, size_t size, size_t *got)
{
    for (;;) {
        const ssize_t count = recv(fd, to, size, MSG_DONTWAIT);
        if (count > 0) {
            *got += (size_t)count;
            return IC_RECEIVED;
        }
        if (count < 0 && errno == EINTR)
            continue;
        return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? IC_RECEIVED_NOTHING
                                                                      : IC_RECEIVED_END;
    }
}

enum ic_receipt ic_wire_receive(int fd, struct ic_wire_reader *reader, struct ic_frame *frame)
{
    while (reader->head_got < IC_WIRE_HEAD_BYTES) {
        const enum ic_receipt receipt =
            receive(fd, reader->head + reader->head_got, IC_WIRE_HEAD_BYTES - reader->head_got,
                    &reader->head_got);
        if (receipt != IC_RECEIVED)
            return receipt;
        if (reader->head_got < IC_WIRE_HEAD_BYTES)
            continue;
        reader->payload_got = 0;
        reader->payload_size = (size_t)load_number(reader->head + 1, 4);
        ic_frame_begin(frame, reader->head[0]);
        if (!ic_frame_reserve(frame, reader->payload_size))
            return IC_RECEIVED_BAD;
    }
    while (reader->payload_got < reader->payload_size) {
        const enum ic_receipt receipt =
            receive(fd, frame->data + IC_WIRE_HEAD_BYTES + reader->payload_got,
                    reader->payload_size - reader->payload_got, &reader->payload_got);
        if (receipt != IC_RECEIVED)
            return receipt;
    }
    frame->length = reader->payload_size;
    reader->head_got = 0;
    return IC_RECEIVED;
}

int ic_wire_directory(const char *directory)
{
    return open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

void ic_wire_address(int directory_fd, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/%s", directory_fd,
             IC_WIRE_SOCKET);
}

bool ic_wire_peer(int fd, unsigned *uid)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return false;
    *uid = peer.uid;
    return true;
}
