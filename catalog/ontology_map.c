/* SPDX-License-Identifier: Apache-2.0 */
/* Maps from strings, and the spellings they are asked with. */
#include "ontology_internal.h"

#include <string.h>

#include <stringprep.h>

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->lost = true)
#include <uthash.h>

struct ic_ontology_map_entry {
    const void *value;
    bool lost; /* uthash had no memory for it */
    UT_hash_handle hh;
};

bool ic_ontology_map_put(struct ic_ontology_map *map, struct ic_arena *arena, const char *key,
                         const void *value)
{
    struct ic_ontology_map_entry *entry = ic_arena_alloc(arena, sizeof *entry);
    if (!entry)
        return false;
    entry->value = value;
    HASH_ADD_KEYPTR(hh, map->head, key, strlen(key), entry);
    return !entry->lost;
}

const void *ic_ontology_map_get(const struct ic_ontology_map *map, const char *key,
                                size_t length)
{
    struct ic_ontology_map_entry *entry;
    HASH_FIND(hh, map->head, key, length, entry);
    return entry ? entry->value : NULL;
}

void ic_ontology_map_clear(struct ic_ontology_map *map)
{
    HASH_CLEAR(hh, map->head);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

void ic_ontology_trim(const char **text, size_t *length)
{
    while (*length && is_space(**text)) {
        ++*text;
        --*length;
    }
    while (*length && is_space((*text)[*length - 1]))
        --*length;
}

const char *ic_ontology_local_name(const char *iri)
{
    const char *end = strrchr(iri, '#');
    if (!end || !end[1])
        end = strrchr(iri, '/');
    if (!end || !end[1])
        end = strrchr(iri, ':');
    return end && end[1] ? end + 1 : iri;
}

enum ic_status ic_ontology_fold(const char *text, size_t length,
                                char folded[IC_ONTOLOGY_FOLDED_BYTES])
{
    if (length > IC_ONTOLOGY_SPELLING_BYTES_MAX)
        return IC_TOO_LARGE;
    bool ascii = true;
    for (size_t i = 0; i < length; i++) {
        const char c = text[i];
        ascii = ascii && (unsigned char)c < 0x80;
        folded[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    folded[length] = '\0';
    if (ascii || !ic_utf8_valid(text, length))
        return IC_OK;

    char prepared[IC_ONTOLOGY_FOLDED_BYTES];
    memcpy(prepared, folded, length + 1);
    switch (stringprep(prepared, sizeof prepared, 0, stringprep_nameprep)) {
    case STRINGPREP_OK:
        memcpy(folded, prepared, sizeof prepared);
        return IC_OK;
    case STRINGPREP_TOO_SMALL_BUFFER:
        return IC_TOO_LARGE;
    case STRINGPREP_ICONV_ERROR: /* what it calls a failed allocation, in well-formed UTF-8 */
    case STRINGPREP_NFKC_FAILED:
    case STRINGPREP_MALLOC_ERROR:
        return IC_NO_MEMORY;
    default: /* refused: a prohibited character, or directions that do not mix */
        return IC_OK;
    }
}
