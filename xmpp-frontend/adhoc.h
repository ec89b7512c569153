/* SPDX-License-Identifier: Apache-2.0 */
/* Commands (XEP-0050) with IO Data (XEP-0244) and data forms (XEP-0004): the table that
 * declares each of them once, and what a command's function works with.
 * Threads: a call belongs to the worker that runs it; the table is only read. */
#ifndef IC_ADHOC_H
#define IC_ADHOC_H

#include <stdatomic.h>

#include "form.h"
#include "output.h"
#include "schemas.h"
#include "service.h"

/* One invocation of a command, as its function sees it. */
struct ic_call {
    const struct ic_service *service; /* for the parts that any thread may use */
    const struct ic_settings *settings;
    const struct ic_quota *quota; /* of the requester */
    const char *requester;        /* normalised bare JID; the only identity that counts */
    /* One of these: */
    const struct ic_element *input; /* the child of <in/>: one of the command's roots */
    const struct ic_form *form;     /* what a person filled in */
    const struct ic_buffer *whole;  /* a <document> that came in parts, put together */
    struct ic_arena *arena;         /* as long as the call */
    struct ic_output *output;       /* the function writes what goes into <out/> */
    struct ic_buffer *notes;        /* <note/> elements, by ic_call_note */
    size_t notes_given, notes_shown;
    const atomic_bool *cancelled; /* nobody waits for it any more */
    int64_t until_ms;             /* the service's clock: later, an attempt gives up; or 0 */
    bool gave_up;
    struct ic_error *error;
};

enum { IC_ADHOC_ROOTS_MAX = 3 };

struct ic_adhoc_command {
    const char *node;  /* XEP-0050's name of it */
    const char *name;  /* for people */
    const char *about; /* one sentence: <desc/> of the schemata, help, manual page */
    enum ic_role role;
    /* What may be in <in/>; ended by one without name. */
    struct {
        const char *ns, *name;
    } roots[IC_ADHOC_ROOTS_MAX + 1];
    const struct ic_schema *input, *output;
    bool parts;          /* takes a <document> in parts */
    bool is_publication; /* counts as one of its minute */
    bool is_quick;       /* mostly; it only reads, and heeds ic_call_cancelled */
    struct ic_form_design form;
    /* Anything but IC_OK, with call->error filled, becomes the error that ic_stanza_error has
     * for it. */
    enum ic_status (*run)(struct ic_call *call);
};

/* Ended by one without node. */
extern const struct ic_adhoc_command ic_adhoc_commands[];

/* NULL: no such command. */
const struct ic_adhoc_command *ic_adhoc_find(const char *node);

/* ---- what commands' functions use ---- */

/* Adds a warning for a person; beyond IC_SERVICE_NOTES_MAX, or a quarter of the answer, it is
 * only counted. */
void ic_call_note(struct ic_call *call, const struct ic_error *warning);
/* The same with the signature of most `warn` callbacks; `call` is a struct ic_call. */
void ic_call_warn(void *call, const char *message);

/* The text of a child of the input, or a field of the form, of that name, white space around it
 * trimmed; NULL: not there, or empty. IC_BAD_INPUT: twice, or not a text. */
enum ic_status ic_call_text(struct ic_call *call, const char *name, const char **text);

/* The <cloudName/> of the input or form, normalised. IC_BAD_INPUT. Owned: free. */
enum ic_status ic_call_cloud_name(struct ic_call *call, char **name);

/* An attribute's quote or line end may have grown sixfold since it was read. */
#define IC_CALL_PAYLOAD_BYTES (6 * (size_t)IC_REQUEST_BYTES_MAX)

/* The input as a document of its own, in `call->arena`; of a form the <document> of Turtle in
 * its field of that name, with the lease, if it has such a field. */
enum ic_status ic_call_payload(struct ic_call *call, const char **xml, size_t *length);
/* Moves a payload from `buffer`, which it frees, into `call->arena`. */
enum ic_status ic_call_keep(struct ic_call *call, struct ic_buffer *buffer, const char **xml,
                            size_t *length);

/* For ic_match_options and ic_query_options; `call` is a struct ic_call. */
bool ic_call_cancelled(void *call);

/* Writes one statement (N-Triples) as an item of the output, escaped for XML. */
void ic_call_statement(struct ic_call *call, const struct ic_term *subject,
                       const struct ic_term *predicate, const struct ic_term *object);

/* The commands. */
enum ic_status ic_adhoc_match(struct ic_call *call);
enum ic_status ic_adhoc_publish(struct ic_call *call);
enum ic_status ic_adhoc_withdraw(struct ic_call *call);
enum ic_status ic_adhoc_resolve(struct ic_call *call);
enum ic_status ic_adhoc_describe(struct ic_call *call);
enum ic_status ic_adhoc_sparql(struct ic_call *call);
enum ic_status ic_adhoc_status(struct ic_call *call);
enum ic_status ic_adhoc_ontology_get(struct ic_call *call);
enum ic_status ic_adhoc_ontology_load(struct ic_call *call);
enum ic_status ic_adhoc_evict(struct ic_call *call);
enum ic_status ic_adhoc_list_publishers(struct ic_call *call);

void ic_adhoc_sparql_form(const struct ic_element *output, struct ic_arena *arena,
                          struct ic_buffer *buffer);

#endif
