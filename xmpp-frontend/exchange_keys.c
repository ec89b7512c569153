/* SPDX-License-Identifier: Apache-2.0 */
/* The table of keys. */
#include "exchange_keys.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define DAY ((uint64_t)24 * 60 * 60)
#define STANZA_BYTES_MIN 10000 /* a stanza may be no smaller limited: RFC 6120, 13.12 */

#define AT(field) offsetof(struct ic_exchange_config, field)
#define QUOTA_AT(field) offsetof(struct ic_quota, field)

#define CATALOG_LIMIT(key, limit)                                                              \
    {                                                                                          \
        .section = IC_KEYS_LIMITS, .name = key, .type = IC_KEY_CATALOG, .place = limit,        \
        .restart = true                                                                        \
    }
#define LIMIT(key, kind, text, least, most, field)                                             \
    {                                                                                          \
        .section = IC_KEYS_LIMITS, .name = key, .type = kind, .usual = text, .minimum = least, \
        .maximum = most, .place = AT(field)                                                    \
    }
#define ROLE(key, text, role)                                                                  \
    {                                                                                          \
        .section = IC_KEYS_TOP, .name = key, .type = IC_KEY_ROLE, .usual = text, .place = role \
    }
#define QUOTA(key, kind, text, least, most, field)                                             \
    {                                                                                          \
        .section = IC_KEYS_QUOTAS, .name = key, .type = kind, .usual = text, .minimum = least, \
        .maximum = most, .place = QUOTA_AT(field)                                              \
    }

const struct ic_key ic_exchange_keys[IC_EXCHANGE_KEYS] = {
    {.name = "jid",
     .type = IC_KEY_DOMAIN,
     .place = AT(jid),
     .example = "service.example.org",
     .restart = true},
    {.name = "server", .type = IC_KEY_TEXT, .usual = "127.0.0.1", .place = AT(server)},
    {.name = "port",
     .type = IC_KEY_NUMBER,
     .usual = "5347",
     .minimum = 1,
     .maximum = 65535,
     .place = AT(port)},
    {.name = "secret_file",
     .type = IC_KEY_FILE,
     .place = AT(secret_file),
     .example = "exchange.secret"},
    {.name = "catalog",
     .type = IC_KEY_FILE,
     .place = AT(catalog),
     .example = "catalog.db",
     .restart = true},
    {.name = "ontology", .type = IC_KEY_FILE, .place = AT(ontology)},

    ROLE("queriers", "*", IC_ROLE_QUERY),
    ROLE("publishers", "*", IC_ROLE_PUBLISH),
    ROLE("sparql", "", IC_ROLE_SPARQL),
    ROLE("admins", "", IC_ROLE_ADMINISTER),

    QUOTA("statements", IC_KEY_QUOTA, "200000", 1, UINT32_MAX, statements),
    QUOTA("clouds", IC_KEY_QUOTA, "1000", 1, UINT32_MAX, clouds),
    QUOTA("bytes", IC_KEY_QUOTA_BYTES, "64 MiB", KIB, 1024 * GIB, bytes),
    QUOTA("publications_a_minute", IC_KEY_QUOTA, "120", 1, 1000000, publications_a_minute),
    QUOTA("sessions", IC_KEY_QUOTA, "16", 1, 1000000, sessions),

    LIMIT("lease", IC_KEY_DURATION, "P7D", 0, 0, lease_ms),
    LIMIT("lease_max", IC_KEY_DURATION, "never", 0, 0, lease_max_ms),
    LIMIT("stanza_bytes", IC_KEY_BYTES, "1 MiB", STANZA_BYTES_MIN, 64 * MIB, stanza_bytes_max),
    LIMIT("answer_bytes", IC_KEY_BYTES, "256 KiB", STANZA_BYTES_MIN, 64 * MIB,
          answer_bytes_max),
    LIMIT("outbox_bytes", IC_KEY_BYTES, "4 MiB", STANZA_BYTES_MIN, 64 * MIB, outbox_bytes_max),
    LIMIT("match_seconds", IC_KEY_SECONDS, "10", 1, DAY, match_seconds),
    {.section = IC_KEYS_LIMITS,
     .name = "workers",
     .type = IC_KEY_WORKERS,
     .usual = "processors",
     .minimum = 1,
     .maximum = 64,
     .place = AT(workers),
     .restart = true},
    LIMIT("queue_requests", IC_KEY_NUMBER, "1024", 1, 1000000, queue_requests),
    LIMIT("queue_seconds", IC_KEY_SECONDS, "10", 1, DAY, queue_seconds),
    LIMIT("session_seconds", IC_KEY_SECONDS, "600", 1, DAY, session_seconds),
    LIMIT("sessions_max", IC_KEY_NUMBER, "10000", 1, 1000000, sessions_max),
    LIMIT("session_bytes", IC_KEY_BYTES, "64 MiB", 64 * KIB, 64 * GIB, session_bytes),
    LIMIT("publication_bytes", IC_KEY_BYTES, "16 MiB", STANZA_BYTES_MIN, GIB,
          publication_bytes),
    LIMIT("publication_parts", IC_KEY_NUMBER, "1024", 1, 1000000, publication_parts),
    LIMIT("sparql_seconds", IC_KEY_SECONDS, "10", 1, DAY, sparql_seconds),
    LIMIT("sparql_bytes", IC_KEY_BYTES, "64 MiB", 64 * KIB, 64 * GIB, sparql_bytes),

    CATALOG_LIMIT("cache", IC_LIMIT_CACHE),
    CATALOG_LIMIT("postings", IC_LIMIT_POSTINGS),
    CATALOG_LIMIT("names", IC_LIMIT_NAMES),
    CATALOG_LIMIT("terms", IC_LIMIT_TERMS),
    CATALOG_LIMIT("changes", IC_LIMIT_CHANGES),
    CATALOG_LIMIT("versions", IC_LIMIT_VERSIONS),
    CATALOG_LIMIT("log", IC_LIMIT_LOG),
    CATALOG_LIMIT("import", IC_LIMIT_IMPORT),
    CATALOG_LIMIT("transaction", IC_LIMIT_TRANSACTION),
    CATALOG_LIMIT("result", IC_LIMIT_RESULT),
    CATALOG_LIMIT("statements", IC_LIMIT_STATEMENTS),
    CATALOG_LIMIT("term", IC_LIMIT_TERM),
};

const char *ic_key_section_name(enum ic_key_section section)
{
    static const char *const names[IC_KEY_SECTION_COUNT] = {
        [IC_KEYS_TOP] = "", [IC_KEYS_LIMITS] = "limits", [IC_KEYS_QUOTAS] = "quotas"};
    return names[section];
}

size_t ic_key_find(enum ic_key_section section, const char *name)
{
    size_t i = 0;
    while (i < IC_EXCHANGE_KEYS && (ic_exchange_keys[i].section != section ||
                                    strcmp(ic_exchange_keys[i].name, name) != 0))
        i++;
    assert(i < IC_EXCHANGE_KEYS);
    return i;
}

void ic_key_list(enum ic_key_section section, char *text, size_t size)
{
    const char *const name = ic_key_section_name(section);
    size_t used = (size_t)snprintf(text, size, "the keys %s%s%sare", *name ? "in " : "", name,
                                   *name ? " " : "");
    bool first = true;
    for (size_t i = 0; i < IC_EXCHANGE_KEYS && used < size; i++) {
        if (ic_exchange_keys[i].section != section)
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s %s", first ? "" : ",",
                                 ic_exchange_keys[i].name);
        first = false;
    }
    if (section == IC_KEYS_TOP && used < size)
        snprintf(text + used, size - used, "; the sections limits, quotas and quota \"JID\"");
}
