/* SPDX-License-Identifier: Apache-2.0 */
/* Normalising JIDs and cloud names with libidn's stringprep profiles. */
#include "names.h"

#include <ctype.h>
#include <idna.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stringprep.h>

#include "term.h"

enum { PART_BYTES_MAX = 1023 }; /* RFC 6122, sections 2.2 to 2.4 */

/* The ASCII characters that each profile leaves alone, whatever stands beside them. */
static const char node_plain[] =
    "abcdefghijklmnopqrstuvwxyz0123456789-._!#$%()*+,;=?[\\]^`{|}~";
static const char name_plain[] = "abcdefghijklmnopqrstuvwxyz0123456789-._:[]";

/* True when the profile would give `text` back as it is: nearly all addresses are such, and
 * libidn takes long to find out. The unit test compares the two. */
static bool is_plain(const char *text, size_t length, const Stringprep_profile *profile)
{
    const char *plain = profile == stringprep_xmpp_nodeprep ? node_plain
                        : profile == stringprep_nameprep    ? name_plain
                                                            : NULL;
    for (size_t i = 0; i < length; i++)
        if (plain ? !text[i] || !strchr(plain, text[i]) : text[i] < 0x20 || text[i] > 0x7E)
            return false;
    return true;
}

/* Prepares `text` in place in `part`; false when the profile refuses it or it is empty. */
static bool prepare(char part[PART_BYTES_MAX + 1], const char *text, size_t length,
                    const Stringprep_profile *profile)
{
    if (length == 0 || length > PART_BYTES_MAX || !ic_utf8_valid(text, length))
        return false;
    memcpy(part, text, length);
    part[length] = '\0';
    if (is_plain(part, length, profile))
        return true;
    return stringprep(part, PART_BYTES_MAX + 1, STRINGPREP_NO_UNASSIGNED, profile) ==
               STRINGPREP_OK &&
           part[0] != '\0';
}

/* Labels as Unicode, whichever way they were written, so that one domain has one spelling. What
 * decodes to nothing that would encode alike stays as it is. */
static bool decode_domain(char domain[PART_BYTES_MAX + 1])
{
    char *decoded = NULL;
    if (!strstr(domain, "xn--") && is_plain(domain, strlen(domain), stringprep_nameprep))
        return true;
    if (idna_to_unicode_8z8z(domain, &decoded, 0) != IDNA_SUCCESS)
        return false;
    const size_t length = strlen(decoded);
    const bool fits = length <= PART_BYTES_MAX;
    if (fits)
        memcpy(domain, decoded, length + 1);
    free(decoded);
    return fits;
}

/* A domain is labels of letters, digits, hyphens and anything beyond ASCII, or an address. */
static bool domain_valid(char *domain)
{
    size_t length = strlen(domain);
    if (length > 1 && domain[length - 1] == '.')
        domain[--length] = '\0'; /* RFC 6122, section 2.2: a final dot is dropped */
    if (domain[0] == '.' || strstr(domain, ".."))
        return false;
    for (const char *p = domain; *p; p++) {
        const unsigned char c = (unsigned char)*p;
        if (c < 0x80 && !isalnum(c) && !strchr("-._:[]", c))
            return false;
    }
    return true;
}

static enum ic_status bad_jid(struct ic_error *error, const char *jid, const char *why)
{
    return ic_fail(error, IC_BAD_INPUT, "\"%.200s\" is not a JID: %s; write user@domain", jid,
                   why);
}

enum ic_status ic_name_jid(const char *jid, char **bare, struct ic_error *error)
{
    char local[PART_BYTES_MAX + 1] = "", domain[PART_BYTES_MAX + 1],
                                scratch[PART_BYTES_MAX + 1];
    const char *slash = strchr(jid, '/');
    const char *end = slash ? slash : jid + strlen(jid);
    const char *at = memchr(jid, '@', (size_t)(end - jid));

    if (slash && !prepare(scratch, slash + 1, strlen(slash + 1), stringprep_xmpp_resourceprep))
        return bad_jid(error, jid,
                       "its resource is empty, too long or has forbidden characters");
    if (at && !prepare(local, jid, (size_t)(at - jid), stringprep_xmpp_nodeprep))
        return bad_jid(error, jid,
                       "its part before '@' is empty, too long or has forbidden characters");
    const char *start = at ? at + 1 : jid;
    if (!prepare(domain, start, (size_t)(end - start), stringprep_nameprep) ||
        !decode_domain(domain) || !domain_valid(domain))
        return bad_jid(error, jid, "its domain is empty, too long or has forbidden characters");

    if (asprintf(bare, "%s%s%s", local, local[0] ? "@" : "", domain) < 0)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a JID");
    return IC_OK;
}

/* Moves *text past white space; returns the length without the white space at the end. */
static size_t trim(const char **text)
{
    while (**text && isspace((unsigned char)**text))
        (*text)++;
    size_t length = strlen(*text);
    while (length && isspace((unsigned char)(*text)[length - 1]))
        length--;
    return length;
}

enum ic_status ic_name_cloud(const char *text, char **name, struct ic_error *error)
{
    size_t length = trim(&text);
    char buffer[PART_BYTES_MAX + 1];
    if (length == 0)
        return ic_fail(error, IC_BAD_INPUT, "a cloud name is empty; give it a name");
    if (!prepare(buffer, text, length, stringprep_xmpp_resourceprep))
        return ic_fail(error, IC_BAD_INPUT,
                       "cloud name \"%.*s\" is too long or has characters that names may not "
                       "have (control characters, unassigned or private code points)",
                       (int)(length < 200 ? length : 200), text);
    /* Again: the profile makes spaces of what was none, such as U+00A0. */
    const char *prepared = buffer;
    length = trim(&prepared);
    if (length == 0)
        return ic_fail(error, IC_BAD_INPUT, "a cloud name is empty; give it a name");
    if (length > IC_CLOUD_NAME_BYTES_MAX)
        return ic_fail(error, IC_TOO_LARGE, "cloud name \"%.100s...\" is longer than %d bytes",
                       prepared, IC_CLOUD_NAME_BYTES_MAX);
    *name = strndup(prepared, length);
    return *name ? IC_OK : ic_fail(error, IC_NO_MEMORY, "out of memory for a cloud name");
}

/* RFC 8141's NSS takes unreserved characters, sub-delims, ':' , '@' and '/'; ':' separates
 * owner and cloud here, so it is encoded within both. */
void ic_name_encode(FILE *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        const unsigned char c = (unsigned char)*p;
        if (isalnum(c) || (c && strchr("-._~!$&'()*+,;=@", c)))
            fputc(c, out);
        else
            fprintf(out, "%%%02X", c);
    }
}

/* prefix, then first and (when not NULL) ":" and second, both encoded. */
static char *make_urn(const char *prefix, const char *first, const char *second)
{
    char *urn = NULL;
    size_t size;
    FILE *out = open_memstream(&urn, &size);
    if (!out)
        return NULL;
    fputs(prefix, out);
    ic_name_encode(out, first);
    if (second) {
        fputc(':', out);
        ic_name_encode(out, second);
    }
    if (fclose(out) != 0) {
        free(urn);
        return NULL;
    }
    return urn;
}

char *ic_name_graph(const char *owner, const char *cloud)
{
    return make_urn(IC_GRAPH_AD_PREFIX, owner, cloud);
}

char *ic_name_cloud_iri(const char *cloud)
{
    return make_urn("urn:intercloud:cloud:", cloud, NULL);
}

char *ic_name_offer(const char *cloud, const char *digest, int digits)
{
    char *kept = strndup(digest, (size_t)digits);
    char *urn = kept ? make_urn("urn:intercloud:offer:", cloud, kept) : NULL;
    free(kept);
    return urn;
}
