/* SPDX-License-Identifier: Apache-2.0 */
/* Terms as SPARQL 1.1 writes them (section 19). Values are data: nothing in them can end a
 * literal or an IRI. */
#include <string.h>

#include "compile_internal.h"
#include "rdf_chars.h"
#include "utf8.h"

bool compile_iri_is_valid(const char *iri)
{
    for (const char *p = iri; *p; p++)
        if (!ic_rdf_iri_character((unsigned char)*p))
            return false;
    return *iri != '\0';
}

/* A name that is safe on both sides of a prefix's colon: a part of what PN_PREFIX and PN_LOCAL
 * allow. */
static bool is_simple(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        const char c = text[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool inside = i > 0 && (i + 1 < length || c != '.');
        const bool sign = (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
        if (!letter && !(inside && sign))
            return false;
    }
    return length > 0;
}

/* The prefix for the namespace of `iri`, which ends before `local`: the attributes' is empty, a
 * scheme of ours below it has its last segment's name. False: none. */
static bool namespace_prefix(const char *iri, const char *local, struct compile_prefix *prefix)
{
    static const char schemes[] = IC_NS_PAYLOAD "/";
    *prefix = (struct compile_prefix){.name = "", .iri = iri, .length = (size_t)(local - iri)};
    if (prefix->length == sizeof IC_NS - 1 && strncmp(iri, IC_NS, prefix->length) == 0)
        return true;
    if (prefix->length == sizeof IC_NS_XSD - 1 &&
        strncmp(iri, IC_NS_XSD, prefix->length) == 0) {
        prefix->name = "xsd";
        prefix->name_length = 3;
        return true;
    }
    if (strncmp(iri, schemes, sizeof schemes - 1) != 0)
        return false;
    prefix->name = iri + sizeof schemes - 1;
    prefix->name_length = (size_t)(local - 1 - prefix->name);
    return prefix->name_length && is_simple(prefix->name, prefix->name_length) &&
           !(prefix->name_length == 3 && strncmp(prefix->name, "xsd", 3) == 0);
}

/* Notes that a prefix is used. False when the table is full. */
static bool use_prefix(struct compiler *compiler, const struct compile_prefix *prefix)
{
    for (size_t i = 0; i < compiler->prefix_count; i++)
        if (compiler->prefixes[i].length == prefix->length &&
            strncmp(compiler->prefixes[i].iri, prefix->iri, prefix->length) == 0)
            return true;
    if (compiler->prefix_count == COMPILE_PREFIXES_MAX)
        return false;
    compiler->prefixes[compiler->prefix_count++] = *prefix;
    return true;
}

static void put_prefixed(struct compiler *compiler, const struct compile_prefix *prefix,
                         const char *local)
{
    encode_bytes(&compiler->out, prefix->name, prefix->name_length);
    compile_put(compiler, ":", local);
}

void compile_put_iri(struct compiler *compiler, const char *iri)
{
    const char *hash = strrchr(iri, '#');
    struct compile_prefix prefix;
    if (hash && is_simple(hash + 1, strlen(hash + 1)) &&
        namespace_prefix(iri, hash + 1, &prefix) && use_prefix(compiler, &prefix))
        put_prefixed(compiler, &prefix, hash + 1);
    else
        compile_put(compiler, "<", iri, ">");
}

static void put_escaped(struct compiler *compiler, uint32_t code)
{
    char text[16];
    snprintf(text, sizeof text, "\\u%04X", (unsigned)code);
    compile_put(compiler, text);
}

/* STRING_LITERAL2. Control characters go as codepoint escapes, for the sake of terminals. A
 * `u` behind a backslash does too: section 19.2 replaces codepoint escapes before the grammar
 * looks, so that a reader may take the second half of \\u0041 for one. */
static void put_string(struct compiler *compiler, const char *text, size_t length)
{
    compile_put(compiler, "\"");
    for (size_t i = 0, step; i < length; i += step) {
        uint32_t code = 0;
        step = ic_utf8_next(text + i, length - i, &code);
        if (step == 0)
            break; /* terms are well-formed */
        const bool behind_backslash = i > 0 && text[i - 1] == '\\';
        if (code == '"' || code == '\\')
            compile_put(compiler, code == '"' ? "\\\"" : "\\\\");
        else if (code == '\n')
            compile_put(compiler, "\\n");
        else if (code == '\t')
            compile_put(compiler, "\\t");
        else if (code == '\r')
            compile_put(compiler, "\\r");
        else if (code < 0x20 || (code >= 0x7f && code < 0xa0) ||
                 (behind_backslash && (code == 'u' || code == 'U')))
            put_escaped(compiler, code);
        else
            encode_bytes(&compiler->out, text + i, step);
    }
    compile_put(compiler, "\"");
}

/* [-] digits [. digits] as xsd:decimal's canonical form has them. */
static bool is_decimal(const char *text)
{
    const char *p = text + (*text == '-');
    const size_t whole = strspn(p, "0123456789");
    p += whole;
    if (whole && *p == '.') {
        const size_t part = strspn(p + 1, "0123456789");
        p += part ? part + 1 : 0;
    }
    return whole && *p == '\0';
}

void compile_put_term(struct compiler *compiler, const struct ic_term *term)
{
    if (term->kind == IC_IRI) {
        compile_put_iri(compiler, term->text);
    } else if (!term->datatype) {
        put_string(compiler, term->text, term->length);
        if (term->language)
            compile_put(compiler, "@", term->language);
    } else if (strcmp(term->datatype, IC_XSD_DECIMAL) == 0 && is_decimal(term->text)) {
        /* A point makes it xsd:decimal; without one it would be xsd:integer. */
        compile_put(compiler, term->text, strchr(term->text, '.') ? "" : ".0");
    } else if (strcmp(term->datatype, IC_NS_XSD "boolean") == 0 &&
               (strcmp(term->text, "true") == 0 || strcmp(term->text, "false") == 0)) {
        compile_put(compiler, term->text);
    } else {
        put_string(compiler, term->text, term->length);
        compile_put(compiler, "^^");
        compile_put_iri(compiler, term->datatype);
    }
}
