/* SPDX-License-Identifier: Apache-2.0 */
/* Files and requests as payloads. */
#include "gateway_payload.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/document.h"
#include "catalog/importer.h"
#include "catalog/names.h"
#include "catalog/request.h"
#include "catalog/utf8.h"
#include "gateway_command.h"
#include "gateway_xml.h"

enum { READ_STEP = 64 * 1024, ESCAPED_MAX = 6, MARKUP_BYTES = 1024 };

/* ---- files ---- */

static enum ic_status read_all(FILE *in, const char *path, size_t bytes_max,
                               struct ic_buffer *bytes, struct ic_error *error)
{
    char step[READ_STEP];
    size_t count = 0;
    ic_buffer_init(bytes, bytes_max);
    while (bytes->status == IC_OK && (count = fread(step, 1, sizeof step, in)) > 0)
        ic_buffer_add(bytes, step, count);
    if (ferror(in))
        return ic_fail_errno(error, errno, "cannot read %s", path);
    if (bytes->status == IC_TOO_LARGE)
        return ic_fail_at(error, IC_TOO_LARGE, path, 0, 0,
                          "it has more than %zu bytes; split it", bytes_max);
    if (bytes->status != IC_OK)
        return ic_fail(error, bytes->status, "out of memory");
    if (bytes->length == 0)
        return ic_fail_at(error, IC_BAD_INPUT, path, 0, 0, "it is empty");
    return IC_OK;
}

/* `bytes` is initialised, also after a failure. */
static enum ic_status read_file(const char *path, size_t bytes_max, struct ic_buffer *bytes,
                                struct ic_error *error)
{
    ic_buffer_init(bytes, bytes_max);
    if (strcmp(path, "-") == 0)
        return read_all(stdin, path, bytes_max, bytes, error);
    FILE *in = fopen(path, "re");
    if (!in)
        return ic_fail_errno(error, errno, "cannot read %s", path);
    const enum ic_status status = read_all(in, path, bytes_max, bytes, error);
    fclose(in);
    return status;
}

/* ---- publishing ---- */

static enum ic_status choose_format(const struct ic_publication *publication,
                                    const struct ic_buffer *bytes,
                                    const struct ic_importer **format, struct ic_error *error)
{
    const size_t head = bytes->length < IC_SNIFF_BYTES ? bytes->length : IC_SNIFF_BYTES;
    *format = publication->format ? ic_importer_find(publication->format)
                                  : ic_importer_recognise(publication->path, bytes->data, head);
    if (*format)
        return IC_OK;
    if (publication->format)
        return ic_fail(
            error, IC_USAGE,
            "there is no format \"%s\"; 'intercloud-catalog import --formats' lists them",
            publication->format);
    return ic_fail_at(error, IC_BAD_INPUT, publication->path, 0, 0,
                      "its contents look like no format that can be published; name one with "
                      "--format if it is one");
}

/* Parses the document as the exchange will, to throw it away. */
static enum ic_status check_document(const char *path, const struct ic_importer *format,
                                     const struct ic_buffer *bytes, struct ic_error *error)
{
    struct ic_document *document = ic_document_new(path, NULL);
    FILE *in = fmemopen(bytes->data, bytes->length, "r");
    enum ic_status status = IC_OK;
    if (!document || !in) {
        status = ic_fail(error, IC_NO_MEMORY, "out of memory");
    } else {
        const struct ic_import_context context = {.in = in, .network_payload = true};
        status = ic_import(format->name, &context, document, NULL, error);
    }
    if (in)
        fclose(in);
    ic_document_free(document);
    return status;
}

/* XML 1.0, section 2.2: Turtle may hold control characters raw, a stanza may not. */
static enum ic_status check_characters(const char *path, const struct ic_buffer *bytes,
                                       struct ic_error *error)
{
    unsigned long line = 1;
    for (size_t i = 0, size; i < bytes->length; i += size) {
        uint32_t code = 0;
        size = ic_utf8_next(bytes->data + i, bytes->length - i, &code);
        if (size == 0)
            return ic_fail_at(error, IC_BAD_INPUT, path, line, 0, "it is not valid UTF-8");
        if ((code < 0x20 && code != '\t' && code != '\n' && code != '\r') || code == 0xFFFE ||
            code == 0xFFFF)
            return ic_fail_at(error, IC_BAD_INPUT, path, line, 0,
                              "the character U+%04" PRIX32
                              " cannot travel in XML; write it as an "
                              "escape of the format",
                              code);
        line += code == '\n';
    }
    return IC_OK;
}

enum { LEASE_BYTES = 48 };

/* As an XSD duration. */
static void format_lease(int64_t lease_ms, char text[LEASE_BYTES])
{
    const int fraction = (int)(lease_ms % 1000);
    if (fraction)
        snprintf(text, LEASE_BYTES, "PT%" PRId64 ".%03dS", lease_ms / 1000, fraction);
    else
        snprintf(text, LEASE_BYTES, "PT%" PRId64 "S", lease_ms / 1000);
}

static void write_document(const struct ic_publication *publication,
                           const struct ic_importer *format, const struct ic_buffer *bytes,
                           struct ic_buffer *buffer)
{
    char lease[LEASE_BYTES];
    format_lease(publication->lease_ms, lease);
    ic_buffer_text(buffer, "<document xmlns='" IC_NS_PAYLOAD "'");
    ic_buffer_attribute(buffer, "type", format->media_type);
    ic_buffer_attribute(buffer, "lease", publication->lease_ms ? lease : NULL);
    ic_buffer_text(buffer, ">");
    ic_buffer_escape(buffer, bytes->data, bytes->length);
    ic_buffer_text(buffer, "</document>");
}

/* The lease of the command line takes the place of the advertisement's own. */
static bool set_lease(struct ic_element *root, struct ic_arena *arena, int64_t lease_ms)
{
    char lease[LEASE_BYTES];
    format_lease(lease_ms, lease);
    struct ic_xml_attribute **link = &root->attributes;
    while (*link && ((*link)->ns[0] || strcmp((*link)->name, "lease") != 0))
        link = &(*link)->next;
    struct ic_xml_attribute *own = ic_arena_alloc(arena, sizeof *own);
    char *value = ic_arena_strdup(arena, lease);
    if (!own || !value)
        return false;
    *own = (struct ic_xml_attribute){
        .next = *link ? (*link)->next : NULL, .ns = "", .name = "lease", .value = value};
    *link = own;
    return true;
}

static enum ic_status write_advertisement(const struct ic_publication *publication,
                                          const struct ic_buffer *bytes,
                                          struct ic_buffer *buffer, struct ic_error *error)
{
    struct ic_arena *arena = NULL;
    struct ic_element *root = NULL;
    enum ic_status status = ic_gateway_xml_parse(publication->path, bytes->data, bytes->length,
                                                 NULL, &arena, &root, error);
    if (status == IC_OK && publication->lease_ms &&
        !set_lease(root, arena, publication->lease_ms))
        status = ic_fail(error, IC_NO_MEMORY, "out of memory");
    if (status == IC_OK)
        ic_element_write(root, buffer);
    ic_arena_free(arena);
    return status;
}

static enum ic_status write_publication(const struct ic_publication *publication,
                                        const struct ic_buffer *bytes, struct ic_buffer *buffer,
                                        bool *verbatim, struct ic_error *error)
{
    const struct ic_importer *format = NULL;
    enum ic_status status = choose_format(publication, bytes, &format, error);
    if (status == IC_OK)
        status = check_document(publication->path, format, bytes, error);
    if (status != IC_OK)
        return status;
    if (strcmp(format->name, "advertisement") == 0 &&
        bytes->length <= publication->inline_bytes_max) {
        status = write_advertisement(publication, bytes, buffer, error);
    } else if ((status = check_characters(publication->path, bytes, error)) == IC_OK) {
        *verbatim = true;
        write_document(publication, format, bytes, buffer);
    }
    if (status == IC_OK && buffer->status != IC_OK)
        status = ic_fail(error, buffer->status, "out of memory");
    return status;
}

enum ic_status ic_gateway_publication(const struct ic_publication *publication,
                                      struct ic_buffer *buffer, bool *verbatim,
                                      struct ic_error *error)
{
    struct ic_buffer bytes;
    *verbatim = false;
    ic_buffer_init(buffer, publication->bytes_max * ESCAPED_MAX + MARKUP_BYTES);
    enum ic_status status = read_file(publication->path, publication->bytes_max, &bytes, error);
    if (status == IC_OK)
        status = write_publication(publication, &bytes, buffer, verbatim, error);
    ic_buffer_free(&bytes);
    return status;
}

/* ---- asking ---- */

static enum ic_status request_from_file(const char *path, struct ic_buffer *buffer,
                                        struct ic_error *error)
{
    struct ic_buffer bytes;
    struct ic_request *request = NULL;
    struct ic_arena *arena = NULL;
    struct ic_element *root = NULL;
    enum ic_status status = read_file(path, IC_REQUEST_BYTES_MAX, &bytes, error);
    if (status == IC_OK)
        status = ic_request_parse_xml(path, bytes.data, bytes.length, &request, error);
    if (status == IC_OK)
        status =
            ic_gateway_xml_parse(path, bytes.data, bytes.length, NULL, &arena, &root, error);
    if (status == IC_OK)
        ic_element_write(root, buffer);
    ic_arena_free(arena);
    ic_request_free(request);
    ic_buffer_free(&bytes);
    return status;
}

static enum ic_status request_from_texts(const char *const *texts, size_t count,
                                         struct ic_buffer *buffer, struct ic_error *error)
{
    struct ic_request *request = NULL;
    char *xml = NULL;
    size_t length = 0;
    enum ic_status status = ic_request_parse("request", texts, count, &request, error);
    if (status != IC_OK)
        return status;
    FILE *out = open_memstream(&xml, &length);
    status = out ? ic_request_write_xml(request, out) : IC_NO_MEMORY;
    if (out && fclose(out) != 0 && status == IC_OK)
        status = IC_NO_MEMORY;
    if (status == IC_OK)
        ic_buffer_add(buffer, xml, length);
    else
        status = ic_fail(error, status,
                         "the request cannot be written as XML: it has a "
                         "character that XML does not have, or memory is out");
    free(xml);
    ic_request_free(request);
    return status;
}

enum ic_status ic_gateway_request(const char *path, const char *const *texts, size_t count,
                                  struct ic_buffer *buffer, struct ic_error *error)
{
    ic_buffer_init(buffer, (size_t)IC_REQUEST_BYTES_MAX * ESCAPED_MAX);
    const enum ic_status status = path ? request_from_file(path, buffer, error)
                                       : request_from_texts(texts, count, buffer, error);
    if (status == IC_OK && buffer->status != IC_OK)
        return ic_fail(error, buffer->status, "out of memory");
    return status;
}

enum ic_status ic_gateway_cloud(const char *name, const char *cloud, struct ic_buffer *buffer,
                                struct ic_error *error)
{
    char *normalised = NULL;
    ic_buffer_init(buffer, (size_t)IC_CLOUD_NAME_BYTES_MAX * ESCAPED_MAX + MARKUP_BYTES);
    const enum ic_status status = ic_name_cloud(cloud, &normalised, error);
    if (status != IC_OK)
        return status;
    ic_buffer_format(buffer, "<%s xmlns='%s'>", name, IC_NS_PAYLOAD);
    ic_buffer_element(buffer, "cloudName", normalised);
    ic_buffer_format(buffer, "</%s>", name);
    free(normalised);
    return buffer->status == IC_OK ? IC_OK : ic_fail(error, buffer->status, "out of memory");
}
