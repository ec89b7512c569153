/* SPDX-License-Identifier: Apache-2.0 */
/* Resolving IRI references against a base (RFC 3986, section 5.2). */
#include <string.h>

#include "rdf_chars.h"
#include "sparql_lexer.h"

/* A part that is not there has `text` NULL. */
struct part {
    const char *text;
    size_t length;
};

struct parts {
    struct part scheme, authority, path, query, fragment;
};

static struct parts split(const char *iri)
{
    struct parts parts = {.scheme = {NULL, 0}};
    const char *p = iri;
    size_t length = 0;
    while (ic_rdf_scheme_character(p[length], length == 0))
        length++;
    if (length && p[length] == ':') {
        parts.scheme = (struct part){p, length};
        p += length + 1;
    }
    if (p[0] == '/' && p[1] == '/') {
        parts.authority = (struct part){p + 2, strcspn(p + 2, "/?#")};
        p += 2 + parts.authority.length;
    }
    parts.path = (struct part){p, strcspn(p, "?#")};
    p += parts.path.length;
    if (*p == '?') {
        parts.query = (struct part){p + 1, strcspn(p + 1, "#")};
        p += 1 + parts.query.length;
    }
    if (*p == '#')
        parts.fragment = (struct part){p + 1, strlen(p + 1)};
    return parts;
}

/* Section 5.2.4, in place. */
static void remove_dots(char *path)
{
    const char *in = path;
    char *out = path;
    while (*in) {
        if (strncmp(in, "../", 3) == 0) {
            in += 3;
        } else if (strncmp(in, "./", 2) == 0) {
            in += 2;
        } else if (strncmp(in, "/./", 3) == 0) {
            in += 2;
        } else if (strncmp(in, "/../", 4) == 0 || strcmp(in, "/..") == 0) {
            while (out > path && *--out != '/')
                ;
            if (in[3] == '\0') {
                *out++ = '/';
                break;
            }
            in += 3;
        } else if (strcmp(in, "/.") == 0) {
            *out++ = '/';
            break;
        } else if (strcmp(in, ".") == 0 || strcmp(in, "..") == 0) {
            break;
        } else {
            do
                *out++ = *in++;
            while (*in && *in != '/');
        }
    }
    *out = '\0';
}

/* Section 5.2.3. */
static char *merge(struct ic_arena *arena, const struct parts *base, const struct parts *to)
{
    size_t keep = base->path.length;
    while (keep && base->path.text[keep - 1] != '/')
        keep--;
    const bool root = base->authority.text && base->path.length == 0;
    return ic_arena_printf(arena, "%s%.*s%.*s", root ? "/" : "", (int)keep, base->path.text,
                           (int)to->path.length, to->path.text);
}

static const char *compose(struct ic_arena *arena, const struct parts *parts, const char *path)
{
    const struct part *a = &parts->authority, *q = &parts->query, *f = &parts->fragment;
    return ic_arena_printf(arena, "%.*s:%s%.*s%s%s%.*s%s%.*s", (int)parts->scheme.length,
                           parts->scheme.text, a->text ? "//" : "", (int)a->length,
                           a->text ? a->text : "", path, q->text ? "?" : "", (int)q->length,
                           q->text ? q->text : "", f->text ? "#" : "", (int)f->length,
                           f->text ? f->text : "");
}

const char *sparql_resolve_iri(struct ic_arena *arena, const char *base, const char *reference)
{
    struct parts to = split(reference);
    if (!base || to.scheme.text)
        return reference;
    const struct parts from = split(base);
    if (!from.scheme.text)
        return reference;
    char *path;
    to.scheme = from.scheme;
    if (to.authority.text) {
        path = ic_arena_copy(arena, to.path.text, to.path.length);
    } else if (to.path.length == 0) {
        path = ic_arena_copy(arena, from.path.text, from.path.length);
        if (!to.query.text)
            to.query = from.query;
    } else {
        path = *to.path.text == '/' ? ic_arena_copy(arena, to.path.text, to.path.length)
                                    : merge(arena, &from, &to);
    }
    const bool own_path = to.authority.text || to.path.length;
    if (!to.authority.text)
        to.authority = from.authority;
    if (!path)
        return NULL;
    if (own_path)
        remove_dots(path);
    return compose(arena, &to, path);
}
