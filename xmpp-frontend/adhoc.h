/* SPDX-License-Identifier: Apache-2.0 */
/* Commands (XEP-0050) with IO Data (XEP-0244): the table that declares each of them once, and
 * what a command's function works with.
 * Threads: any; a call belongs to one thread. */
#ifndef IC_ADHOC_H
#define IC_ADHOC_H

#include "schemas.h"
#include "service.h"

/* One invocation of a command. */
struct ic_call {
    const struct ic_service *service;
    const struct ic_iq *iq;
    const char *requester;          /* normalised bare JID; the only identity that counts */
    const struct ic_element *input; /* the child of <in/>: one of the command's roots */
    struct ic_arena *arena;         /* as long as the call */
    struct ic_buffer *output;       /* the function writes what goes into <out/> */
    struct ic_buffer *notes;        /* <note/> elements, by ic_call_note */
    size_t notes_given, notes_shown;
    struct ic_error *error;
};

enum { IC_ADHOC_ROOTS_MAX = 3 };

struct ic_adhoc_command {
    const char *node;  /* XEP-0050's name of it */
    const char *name;  /* for people */
    const char *about; /* one sentence: <desc/> of the schemata */
    enum ic_role role;
    /* What may be in <in/>; ended by one without name. */
    struct {
        const char *ns, *name;
    } roots[IC_ADHOC_ROOTS_MAX + 1];
    const struct ic_schema *input, *output;
    /* Anything but IC_OK, with call->error filled, becomes the error that ic_stanza_error has
     * for it. */
    enum ic_status (*run)(struct ic_call *call);
};

/* Ended by one without node. */
extern const struct ic_adhoc_command ic_adhoc_commands[];

/* NULL: no such command. */
const struct ic_adhoc_command *ic_adhoc_find(const char *node);

/* Runs a command on input that was checked and writes the whole answer. */
void ic_adhoc_run(const struct ic_service *service, const struct ic_iq *iq,
                  const struct ic_adhoc_command *command, const struct ic_element *input,
                  struct ic_buffer *answer);

/* Answers io-schemata-get. */
void ic_adhoc_schemata(const struct ic_adhoc_command *command, const struct ic_iq *iq,
                       struct ic_buffer *answer);

/* Adds a warning for a person; beyond IC_SERVICE_NOTES_MAX, or a quarter of the answer, it is
 * only counted. */
void ic_call_note(struct ic_call *call, const struct ic_error *warning);

/* The text of the only <cloudName/> in the input, normalised. IC_BAD_INPUT. Owned: free. */
enum ic_status ic_call_cloud_name(struct ic_call *call, char **name);

/* The input as a document of its own, in `call->arena`. */
enum ic_status ic_call_payload(struct ic_call *call, const char **xml, size_t *length);

/* The commands. */
enum ic_status ic_adhoc_match(struct ic_call *call);
enum ic_status ic_adhoc_publish(struct ic_call *call);
enum ic_status ic_adhoc_withdraw(struct ic_call *call);
enum ic_status ic_adhoc_resolve(struct ic_call *call);

#endif
