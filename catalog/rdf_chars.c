/* SPDX-License-Identifier: Apache-2.0 */
/* Character classes of RDF's syntaxes. */
#include "rdf_chars.h"

#include <string.h>

static bool is_letter(long c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(long c)
{
    return c >= '0' && c <= '9';
}

bool ic_rdf_wide_name_start(long code)
{
    /* PN_CHARS_BASE beyond ASCII. */
    static const struct {
        long first, last;
    } ranges[] = {{0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x2FF},    {0x370, 0x37D},
                  {0x37F, 0x1FFF},  {0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF},
                  {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    }
    return false;
}

bool ic_rdf_wide_name_character(long code)
{
    return ic_rdf_wide_name_start(code) || code == 0xB7 || (code >= 0x300 && code <= 0x36F) ||
           code == 0x203F || code == 0x2040;
}

bool ic_rdf_tag_character(int c, bool first)
{
    return is_letter(c) || (!first && is_digit(c));
}

bool ic_rdf_tag(const char *tag)
{
    bool first = true, empty = true;
    if (strlen(tag) > IC_RDF_TAG_BYTES_MAX)
        return false;
    for (const char *p = tag; *p; p++) {
        if (*p == '-') {
            if (empty)
                return false;
            first = false;
        } else if (!ic_rdf_tag_character((unsigned char)*p, first)) {
            return false;
        }
        empty = *p == '-';
    }
    return !empty;
}

bool ic_rdf_scheme_character(char c, bool first)
{
    return is_letter(c) || (!first && (is_digit(c) || c == '+' || c == '-' || c == '.'));
}
