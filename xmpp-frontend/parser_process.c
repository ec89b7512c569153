/* SPDX-License-Identifier: Apache-2.0 */
/* The process that payloads are parsed in.
 *
 * Order: libraries are used once on texts of our own, so that what they open or initialise is
 * done; then the process is shut in; only then is the first byte from outside read. */
#include "parser_process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "catalog/ontology.h"
#include "importers/payload.h"
#include "parser_codec.h"
#include "sandbox.h"

enum {
    START_CPU_S = 60, /* until the exchange sets the first request's */
    FAILED = 1,
    OUT_OF_MEMORY = 2
};

#if IC_SANDBOX_SANITIZED
void __sanitizer_set_report_fd(void *fd);
#endif

/* ---- the descriptor ---- */

/* False at the end of what comes, also in the middle. */
static bool read_all(void *to, size_t size)
{
    for (char *at = to; size > 0;) {
        const ssize_t got = read(IC_PARSER_FD, at, size);
        if (got <= 0 && !(got < 0 && errno == EINTR))
            return false;
        at += got > 0 ? got : 0;
        size -= got > 0 ? (size_t)got : 0;
    }
    return true;
}

/* ---- messages ---- */

/* Length and content in one call, so that the exchange is woken once. */
static bool send_message(const struct encoder *message)
{
    unsigned char length[IC_PARSER_LENGTH_BYTES];
    ic_parser_put_length(length, message->size);
    struct iovec parts[] = {{length, sizeof length}, {message->data, message->size}};
    for (size_t i = 0; i < 2;) {
        const ssize_t put = writev(IC_PARSER_FD, parts + i, (int)(2 - i));
        if (put < 0 && errno != EINTR)
            return false;
        ic_parser_sent(parts, 2, &i, put > 0 ? (size_t)put : 0);
    }
    return true;
}

/* Owned: free. NULL at the end. */
static unsigned char *receive_message(size_t *size)
{
    unsigned char length[IC_PARSER_LENGTH_BYTES];
    if (!read_all(length, sizeof length))
        return NULL;
    *size = ic_parser_get_length(length);
    unsigned char *data = *size && *size <= IC_PARSER_REQUEST_BYTES_MAX ? malloc(*size) : NULL;
    if (data && read_all(data, *size))
        return data;
    free(data);
    return NULL;
}

/* ---- requests ---- */

static enum ic_status import(const struct ic_parser_request *request,
                             const struct ic_ontology *names, const struct ic_importer **format,
                             struct ic_error *error)
{
    if (request->named && !names)
        return ic_fail(error, IC_IO, "a parser process was asked before it was given names");
    return ic_import_payload(request->xml, request->length, request->named ? names : NULL,
                             request->bytes_max, request->document, format, error);
}

static bool answer(struct decoder *decoder, const struct ic_ontology *names)
{
    struct ic_parser_request request = {0};
    const struct ic_importer *format = NULL;
    struct ic_error answered = {0}, failed = {0};
    struct encoder message = {0};
    bool sent = false;
    if (ic_parser_decode_request(decoder, &request, &failed) == IC_OK) {
        const enum ic_status status = import(&request, names, &format, &answered);
        enum ic_status encoded = ic_parser_encode_answer(&message, status, format,
                                                         request.document, &answered, &failed);
        if (encoded != IC_OK) {
            encoder_free(&message);
            encoded = ic_parser_encode_answer(&message, encoded, format, request.document,
                                              &failed, NULL);
        }
        sent = encoded == IC_OK && send_message(&message);
    }
    encoder_free(&message);
    ic_document_free(request.document);
    return sent;
}

static bool take_names(struct decoder *decoder, struct ic_ontology **names)
{
    const struct encoder done = {0};
    ic_ontology_release(*names);
    *names = NULL;
    return ic_parser_decode_names(decoder, names, NULL) == IC_OK && send_message(&done);
}

static int serve(void)
{
    struct ic_ontology *names = NULL;
    size_t size;
    int status = 0;
    for (unsigned char *data; status == 0 && (data = receive_message(&size)) != NULL;) {
        struct decoder decoder = decoder_of(data, size);
        const unsigned what = decode_byte(&decoder);
        if (!(what == IC_PARSER_NAMES     ? take_names(&decoder, &names)
              : what == IC_PARSER_REQUEST ? answer(&decoder, names)
                                          : false))
            status = FAILED;
        free(data);
    }
    ic_ontology_release(names);
    return status;
}

/* ---- before the first byte from outside ---- */

#define RDF_ROOT "<rdf:RDF xmlns:rdf='" IC_NS_RDF "' xmlns:e='urn:e:'"
#define DOCUMENT(type, text)                                                                   \
    "<document xmlns='" IC_NS_PAYLOAD "' lease='PT1H' type='" type "'>" text "</document>"

/* Every library that a payload can reach, once; what fails would fail for a publisher too. */
static void use_libraries(void)
{
    static const char *const payloads[] = {
        DOCUMENT("text/turtle", "@prefix p: &lt;urn:p:&gt;. p:a p:b 1.5, \"x\"@en, [], (1)."),
        DOCUMENT("application/n-triples", "&lt;urn:a&gt; &lt;urn:b&gt; _:c ."),
        DOCUMENT("application/n-quads", "&lt;urn:a&gt; &lt;urn:b&gt; _:c ."),
        RDF_ROOT "><e:C rdf:ID='a' e:q='x'><e:p rdf:parseType='Literal'><e:i>&#233;</e:i></e:p>"
                 "<e:r rdf:resource='b'/></e:C></rdf:RDF>",
        RDF_ROOT " rdf:li='x'/>",
        "<advertisement xmlns='" IC_NS_PAYLOAD "'><cloudName>\xC3\x89</cloudName><offer>"
        "<capability><attribute>a</attribute><value unit='GB'>1</value></capability>"
        "</offer></advertisement>",
        "<a>"};
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        struct ic_error error;
        struct ic_document *document = ic_document_new("payload", NULL);
        if (document)
            ic_import_payload(payloads[i], strlen(payloads[i]), NULL, 0, document, NULL,
                              &error);
        ic_document_free(document);
    }
}

int ic_parser_process(int argc, char **argv)
{
    struct ic_error error = {0};
    struct encoder ready = {0};
    char *end = NULL;
    const unsigned long long memory = argc == 3 ? strtoull(argv[2], &end, 10) : 0;
    if (!end || *end || memory == 0) {
        fputs("only an exchange starts " IC_PARSER_ARGUMENT "\n", stderr);
        return ic_status_exit(IC_USAGE);
    }
#if IC_SANDBOX_SANITIZED
    __sanitizer_set_report_fd((void *)STDERR_FILENO);
#endif
    use_libraries();
    if (ic_sandbox_enter(IC_PARSER_FD, memory, START_CPU_S, &error) != IC_OK) {
        ic_parser_encode_answer(&ready, IC_IO, NULL, NULL, &error, NULL);
        send_message(&ready);
        return FAILED;
    }
    /* No handlers at the end: they belong to libraries that may want more than is allowed. */
    _exit(send_message(&ready) ? serve() : FAILED);
}
