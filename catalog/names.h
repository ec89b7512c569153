/* SPDX-License-Identifier: Apache-2.0 */
/* Names that people choose: JIDs and cloud names, normalised by stringprep (libidn) before
 * anything is compared or stored (RFC 6122; RFC 3920 appendices).
 * Threads: any. */
#ifndef IC_NAMES_H
#define IC_NAMES_H

#include <stddef.h>
#include <stdio.h>

#include "status.h"

enum {
    IC_JID_BYTES_MAX = 3071, /* RFC 6122, section 2.1 */
    IC_CLOUD_NAME_BYTES_MAX = 255
};

/* The normalised bare JID (localpart by nodeprep; domain by nameprep, its labels in Unicode
 * where they came as "xn--…" (RFC 3490, ToUnicode), without a final dot; a resource is checked
 * and dropped). A JID without localpart stays a domain. IC_BAD_INPUT says what is wrong. Owned:
 * free(*bare). */
enum ic_status ic_name_jid(const char *jid, char **bare, struct ic_error *error);

/* The normalised cloud name: white space around it trimmed, resourceprep (NFKC, no control
 * characters), 1 to IC_CLOUD_NAME_BYTES_MAX bytes. IC_BAD_INPUT. Owned: free(*name). */
enum ic_status ic_name_cloud(const char *text, char **name, struct ic_error *error);

/* What stringprep does not see: a name with letters of scripts that are taken for each other,
 * such as a Cyrillic letter among Latin ones. `name` is normalised. IC_OK: it is of one script,
 * or of Latin and one other that is not Cyrillic or Greek (UTS #39, section 5.2, "moderately
 * restrictive"), with digits of one kind; digits, signs and spaces belong to every script.
 * IC_BAD_INPUT says so; IC_IO: ICU has no data. */
enum ic_status ic_name_scripts(const char *name, struct ic_error *error);

/* The graph that the catalog mints for an advertisement: urn:intercloud:ad:OWNER:CLOUD, what
 * RFC 8141 does not allow percent-encoded. Both already normalised. Owned: free. NULL when
 * memory is out. */
char *ic_name_graph(const char *owner, const char *cloud);

/* urn:intercloud:cloud:NAME, the subject of a cloud whose document gives it none. Owned: free.
 */
char *ic_name_cloud_iri(const char *cloud);

/* urn:intercloud:offer:CLOUD:DIGEST with the first `digits` digits. Owned: free. */
char *ic_name_offer(const char *cloud, const char *digest, int digits);

/* Writes `text` with everything percent-encoded that may not stand in one part of a URN (RFC
 * 8141: ':' separates parts, so it is encoded too). */
void ic_name_encode(FILE *out, const char *text);

#endif
