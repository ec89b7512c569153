/* SPDX-License-Identifier: Apache-2.0 */
/* The exchange's configuration: what is read, what is refused on which line, roles, secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xmpp-frontend/exchange_config.h"
#include "xmpp-frontend/exchange_keys.h"
#include "xmpp-frontend/secret.h"

#define LEAST "jid = \"service.example.org\"\nsecret_file = \"s\"\ncatalog = \"c\"\n"

static char folder[] = "/tmp/test-exchange-config-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void in_folder(char path[200], const char *name)
{
    snprintf(path, 200, "%s/%s", folder, name);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static enum ic_status read_text(const char *text, struct ic_exchange_config **config,
                                struct ic_error *error)
{
    char path[200];
    in_folder(path, "exchange.conf");
    write_file(path, text, 0644);
    const enum ic_status status = ic_exchange_config_read(path, NULL, NULL, config, error);
    unlink(path);
    return status;
}

static struct ic_exchange_config *read_right(const char *text)
{
    struct ic_exchange_config *config = NULL;
    struct ic_error error = {0};
    if (read_text(text, &config, &error) != IC_OK)
        fail_msg("line %lu: %s", error.line, error.text);
    return config;
}

static void has_defaults(void **state)
{
    char path[200];
    struct ic_exchange_config *config = read_right(LEAST);
    (void)state;
    assert_string_equal(config->jid, "service.example.org");
    assert_string_equal(config->server, "127.0.0.1");
    assert_int_equal(config->port, 5347);
    in_folder(path, "s");
    assert_string_equal(config->secret_file, path);
    in_folder(path, "c");
    assert_string_equal(config->catalog, path);
    assert_null(config->ontology);
    assert_int_equal(config->lease_ms, INT64_C(7) * 24 * 60 * 60 * 1000);
    assert_int_equal(config->lease_max_ms, 0);
    assert_int_equal(config->answer_bytes_max, 256 * 1024);
    assert_int_equal(config->match_seconds, 10);
    assert_true(ic_roles_allow(config->roles, IC_ROLE_QUERY, "a@b"));
    assert_true(ic_roles_allow(config->roles, IC_ROLE_PUBLISH, "a@b"));
    assert_false(ic_roles_allow(config->roles, IC_ROLE_ADMINISTER, "a@b"));
    ic_exchange_config_release(config);
}

static void reads_every_key(void **state)
{
    struct ic_exchange_config *config = read_right(
        "# a comment\njid = 'Service.EXAMPLE.org'\nserver = \"::1\"\nport = 15347\n"
        "secret_file = \"/run/secret\"\ncatalog = \"/var/lib/c\"\nontology = \"/o\"\n"
        "admins = {\"Root@example.org\"}\n"
        "publishers = {\"cloud1.org\", \"user@cloud2.org\"}\n"
        "limits {\n lease = \"PT1H\"\n lease_max = \"P2D\"\n stanza_bytes = 20000\n"
        " answer_bytes = 30000\n outbox_bytes = 40000\n match_seconds = 3\n}\n");
    (void)state;
    assert_string_equal(config->jid, "service.example.org");
    assert_string_equal(config->server, "::1");
    assert_int_equal(config->port, 15347);
    assert_string_equal(config->secret_file, "/run/secret");
    assert_string_equal(config->catalog, "/var/lib/c");
    assert_string_equal(config->ontology, "/o");
    assert_int_equal(config->lease_ms, 3600 * 1000);
    assert_int_equal(config->lease_max_ms, 2 * 24 * 3600 * 1000);
    assert_int_equal(config->stanza_bytes_max, 20000);
    assert_int_equal(config->answer_bytes_max, 30000);
    assert_int_equal(config->outbox_bytes_max, 40000);
    assert_int_equal(config->match_seconds, 3);
    assert_true(ic_roles_allow(config->roles, IC_ROLE_PUBLISH, "user@cloud1.org"));
    assert_true(ic_roles_allow(config->roles, IC_ROLE_PUBLISH, "cloud1.org"));
    assert_true(ic_roles_allow(config->roles, IC_ROLE_PUBLISH, "user@cloud2.org"));
    assert_false(ic_roles_allow(config->roles, IC_ROLE_PUBLISH, "other@cloud2.org"));
    assert_false(ic_roles_allow(config->roles, IC_ROLE_PUBLISH, "user@sub.cloud1.org"));
    assert_true(ic_roles_allow(config->roles, IC_ROLE_PUBLISH, "root@example.org"));
    assert_true(ic_roles_allow(config->roles, IC_ROLE_ADMINISTER, "root@example.org"));
    assert_false(ic_roles_allow(config->roles, IC_ROLE_ADMINISTER, "user@cloud1.org"));
    ic_exchange_config_release(config);
}

static void reads_the_limits_of_the_catalog(void **state)
{
    struct ic_exchange_config *config = read_right(
        LEAST "limits {\n cache = \"64 MiB\"\n postings = 1048576\n names = 1M\n terms = 2M\n"
              " changes = 7M\n versions = 3M\n log = 4M\n import = 32M\n transaction = 5M\n "
              "result = 1G\n"
              " statements = 1000\n term = \"1 MiB\"\n}\n");
    const uint64_t mib = 1024 * 1024;
    const uint64_t values[IC_LIMIT_COUNT] = {
        [IC_LIMIT_CACHE] = 64 * mib,    [IC_LIMIT_POSTINGS] = mib,
        [IC_LIMIT_NAMES] = mib,         [IC_LIMIT_TERMS] = 2 * mib,
        [IC_LIMIT_VERSIONS] = 3 * mib,  [IC_LIMIT_LOG] = 4 * mib,
        [IC_LIMIT_IMPORT] = 32 * mib,   [IC_LIMIT_TRANSACTION] = 5 * mib,
        [IC_LIMIT_RESULT] = 1024 * mib, [IC_LIMIT_STATEMENTS] = 1000,
        [IC_LIMIT_TERM] = mib,          [IC_LIMIT_CHANGES] = 7 * mib};
    (void)state;
    for (int i = 0; i < IC_LIMIT_COUNT; i++)
        assert_int_equal(config->catalog_limits.values[i], values[i]);
    ic_exchange_config_release(config);
    config = read_right(LEAST);
    for (int i = 0; i < IC_LIMIT_COUNT; i++)
        assert_int_equal(config->catalog_limits.values[i], 0);
    ic_exchange_config_release(config);
}

static void says_what_is_wrong_and_where(void **state)
{
    static const struct {
        const char *text;
        unsigned long line;
        const char *why;
    } wrong[] = {
        {"secret_file = \"s\"\ncatalog = \"c\"\n", 0, "jid is missing; write for example"},
        {"jid = \"a.b\"\ncatalog = \"c\"\n", 0, "secret_file is missing"},
        {"jid = \"a.b\"\nsecret_file = \"s\"\n", 0, "catalog is missing"},
        {LEAST "prot = 1\n", 4, "the keys are jid, server"},
        {LEAST "limits {\n leases = \"P1D\"\n}\n", 5, "the keys in limits are lease"},
        {LEAST "port = many\n", 4, "port"},
        {LEAST "port = 0\n", 4, "port = \"0\" is not from 1 to 65535"},
        {LEAST "port = 65536\n", 4, "not from 1 to 65535"},
        {LEAST "port 1\n", 4, "missing equal sign"},
        {LEAST "\nserver = \"\"\n", 5, "server is empty"},
        {"jid = \"user@example.org\"\n", 1, "no component's name"},
        {"jid = \"example.org/x\"\n", 1, "no component's name"},
        {"jid = \"a b\"\n", 1, "is not a JID"},
        {LEAST "admins = {\"a@b\", \"a@@b\"}\n", 4, "admins: "},
        {LEAST "publishers = {\"a@b/c\"}\n", 4, "has a resource"},
        {LEAST "limits {\n lease = \"soon\"\n}\n", 5, "lease: "},
        {LEAST "limits {\n lease = \"P3D\"\n lease_max = \"P2D\"\n}\n", 6, "longer than"},
        {LEAST "limits {\n lease = \"never\"\n lease_max = \"P2D\"\n}\n", 6, "longer than"},
        {LEAST "port = 1\nport = 1\n", 5, "port was given before, on line 4"},
        {LEAST "limits {\n workers = 65\n}\n", 5, "not from 1 to 64, nor \"processors\""},
        {LEAST "limits {\n workers = 2k\n}\n", 5, "not from 1 to 64"},
        {LEAST "limits {\n sparql_bytes = \"1 KiB\"\n}\n", 5, "not from 64 KiB to 64 GiB"},
        {LEAST "quotas {\n clouds = 0\n}\n", 5, "not from 1 to 4294967295, nor \"none\""},
        {LEAST "quotas {\n clouds = never\n}\n", 5, "clouds = \"never\" is not"},
        {LEAST "quotas {\n cloud = 3\n}\n", 5, "the keys in quotas are statements, clouds"},
        {LEAST "quota \"a@b/c\" {\n clouds = 3\n}\n", 6, "has a resource"},
        {LEAST "quota \"*\" {\n clouds = 3\n}\n", 6, "is not a JID"},
        {LEAST "quota \"a@b\" {\n clouds = many\n}\n", 5, "clouds = \"many\" is not"},
        {LEAST "admins = {\"\xD0\xB0"
               "dmin@b\"}\n",
         4, "mixes letters of several scripts"},
        {LEAST "queriers = {\"a@b\",\n\"@\"}\n", 5, "queriers: "},
        {LEAST "limits {\n stanza_bytes = 9999\n}\n", 5, "not from 10000 bytes to 64 MiB"},
        {LEAST "limits {\n cache = \"1\"\n}\n", 5,
         "the limit cache = \"1\" is not from 1 MiB to 64 GiB"},
        {LEAST "limits {\n term = \"17 MiB\"\n}\n", 5, "is not from 1 KiB to 16 MiB"},
        {LEAST "limits {\n caches = \"16 MiB\"\n}\n", 5, "sparql_bytes, cache, postings"},
        {LEAST "limits {\n match_seconds = 0\n}\n", 5, "not from 1 to"},
        {LEAST "jid = \"unterminated\n", 5, "premature end of file"},
        {"\x01\x02\xFF", 1, "no such option"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct ic_exchange_config *config = NULL;
        struct ic_error error = {0};
        assert_int_equal(read_text(wrong[i].text, &config, &error), IC_BAD_INPUT);
        if (!strstr(error.text, wrong[i].why) || (wrong[i].line && error.line != wrong[i].line))
            fail_msg("for:\n%s\nline %lu: %s", wrong[i].text, error.line, error.text);
        assert_non_null(strstr(error.file, "exchange.conf"));
        assert_null(config);
    }
}

static void says_when_there_is_no_file(void **state)
{
    struct ic_exchange_config *config = NULL;
    struct ic_error error = {0};
    (void)state;
    assert_int_equal(ic_exchange_config_read("/nowhere/x.conf", NULL, NULL, &config, &error),
                     IC_NOT_FOUND);
    assert_int_equal(ic_exchange_config_read(folder, NULL, NULL, &config, &error),
                     IC_BAD_INPUT);
}

static void the_example_is_right(void **state)
{
    struct ic_exchange_config *config = NULL;
    struct ic_error error = {0};
    (void)state;
    if (ic_exchange_config_read("xmpp-frontend/exchange.conf.example", NULL, NULL, &config,
                                &error) != IC_OK)
        fail_msg("line %lu: %s", error.line, error.text);
    ic_exchange_config_release(config);
}

/* The value that the example shows for a key, in use or commented out, without quotes; "":
 * none.
 */
static void example_value(const struct ic_key *key, char value[200])
{
    FILE *file = fopen("xmpp-frontend/exchange.conf.example", "r");
    const char *section = ic_key_section_name(key->section);
    const size_t length = strlen(key->name);
    bool inside = !*section;
    char line[200];
    assert_non_null(file);
    *value = '\0';
    while (!*value && fgets(line, sizeof line, file)) {
        const char *text = line + strspn(line, "# ");
        if (strstr(text, " {\n"))
            inside = strncmp(text, section, strcspn(text, " ")) == 0;
        else if (strcmp(text, "}\n") == 0)
            inside = !*section;
        else if (inside && strncmp(text, key->name, length) == 0 &&
                 strncmp(text + length, " = ", 3) == 0) {
            text += length + 3;
            text += *text == '"' || strncmp(text, "{\"", 2) == 0 ? strspn(text, "{\"") : 0;
            snprintf(value, 200, "%.*s", (int)strcspn(text, "\"\n"), text);
        }
    }
    fclose(file);
}

/* What the example shows is what holds without it. */
static void the_example_has_every_key_with_its_usual_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < IC_EXCHANGE_KEYS; i++) {
        const struct ic_key *key = &ic_exchange_keys[i];
        char value[200], usual[IC_LIMIT_TEXT_MAX] = "";
        example_value(key, value);
        if (!*value)
            fail_msg("the example lacks %s of section \"%s\"", key->name,
                     ic_key_section_name(key->section));
        if (key->type == IC_KEY_CATALOG)
            ic_limit_format((enum ic_limit)key->place,
                            ic_limit_value(NULL, (enum ic_limit)key->place), usual);
        else if (key->usual)
            snprintf(usual, sizeof usual, "%s", *key->usual ? key->usual : "{}");
        if (*usual)
            assert_string_equal(value, usual);
        if (key->example)
            assert_string_equal(value, key->example);
    }
}

static const char *section_text(const struct ic_key *key, const char *value, char text[500])
{
    const char *section = ic_key_section_name(key->section);
    snprintf(text, 500, LEAST "%s%s\n%s = \"%s\"\n%s\n", section, *section ? " {" : "",
             key->name, value, *section ? "}" : "");
    return text;
}

static uint64_t number_of(const struct ic_key *key, const struct ic_exchange_config *config)
{
    if (key->type == IC_KEY_CATALOG)
        return config->catalog_limits.values[key->place];
    const char *base = key->section == IC_KEYS_QUOTAS
                           ? (const char *)ic_quotas_of(config->quotas, "a@b")
                           : (const char *)config;
    size_t value;
    memcpy(&value, base + key->place, sizeof value);
    return value;
}

/* Minimum and maximum are taken as written, and what is one below or above is refused on its
 * line with the key's name. */
static void every_number_has_its_range(void **state)
{
    size_t numbers = 0;
    (void)state;
    for (size_t i = 0; i < IC_EXCHANGE_KEYS; i++) {
        const struct ic_key *key = &ic_exchange_keys[i];
        if (!key->maximum)
            continue;
        numbers++;
        const uint64_t values[] = {key->minimum, key->maximum, key->minimum - 1,
                                   key->maximum + 1};
        for (size_t k = 0; k < 4; k++) {
            char text[500], value[32];
            struct ic_exchange_config *config = NULL;
            struct ic_error error = {0};
            snprintf(value, sizeof value, "%llu", (unsigned long long)values[k]);
            const enum ic_status status =
                read_text(section_text(key, value, text), &config, &error);
            if (status != (k < 2 ? IC_OK : IC_BAD_INPUT))
                fail_msg("%s = %s: line %lu: %s", key->name, value, error.line, error.text);
            if (k < 2)
                assert_int_equal(number_of(key, config), values[k]);
            else if (error.line != 5 || !strstr(error.text, key->name))
                fail_msg("%s: line %lu: %s", key->name, error.line, error.text);
            ic_exchange_config_release(config);
        }
    }
    assert_int_equal(numbers, 20);
}

static void every_limit_of_the_catalog_has_a_key(void **state)
{
    (void)state;
    for (int limit = 0; limit < IC_LIMIT_COUNT; limit++) {
        const struct ic_key *key =
            &ic_exchange_keys[ic_key_find(IC_KEYS_LIMITS, ic_limit_name((enum ic_limit)limit))];
        assert_int_equal(key->type, IC_KEY_CATALOG);
        assert_int_equal(key->place, limit);
    }
}

static void bytes_may_have_units(void **state)
{
    struct ic_exchange_config *config =
        read_right(LEAST "quotas {\n bytes = \"3 MiB\"\n}\nlimits {\n stanza_bytes = 20K\n"
                         " session_bytes = \"1 GiB\"\n publication_bytes = 50000\n}\n");
    (void)state;
    assert_int_equal(ic_quotas_of(config->quotas, "a@b")->bytes, 3 << 20);
    assert_int_equal(config->stanza_bytes_max, 20 << 10);
    assert_int_equal(config->session_bytes, 1 << 30);
    assert_int_equal(config->publication_bytes, 50000);
    ic_exchange_config_release(config);
}

static void workers_are_two_at_least_without_a_number(void **state)
{
    const size_t processors = (size_t)sysconf(_SC_NPROCESSORS_ONLN);
    struct ic_exchange_config *config = read_right(LEAST);
    (void)state;
    assert_int_equal(config->workers, processors < 2 ? 2 : processors > 64 ? 64 : processors);
    ic_exchange_config_release(config);
    config = read_right(LEAST "limits {\n workers = 1\n}\n");
    assert_int_equal(config->workers, 1);
    ic_exchange_config_release(config);
}

static void quotas_are_the_nearest_that_are_said(void **state)
{
    struct ic_exchange_config *config =
        read_right(LEAST "quota \"CLOUD1.org\" {\n clouds = 5\n statements = none\n}\n"
                         "quotas {\n clouds = 7\n sessions = 3\n}\n"
                         "quota \"User@cloud1.org.\" {\n clouds = 9\n}\n");
    (void)state;
    const struct ic_quota *q = ic_quotas_of(config->quotas, "a@elsewhere.org");
    assert_int_equal(q->clouds, 7);
    assert_int_equal(q->sessions, 3);
    assert_int_equal(q->statements, 200000);
    q = ic_quotas_of(config->quotas, "other@cloud1.org");
    assert_int_equal(q->clouds, 5);
    assert_int_equal(q->sessions, 3);
    assert_int_equal(q->statements, IC_QUOTA_NONE);
    q = ic_quotas_of(config->quotas, "cloud1.org");
    assert_int_equal(q->clouds, 5);
    q = ic_quotas_of(config->quotas, "user@cloud1.org");
    assert_int_equal(q->clouds, 9);
    assert_int_equal(q->statements, 200000);
    q = ic_quotas_of(config->quotas, "user@sub.cloud1.org");
    assert_int_equal(q->clouds, 7);
    ic_exchange_config_release(config);
}

struct told {
    size_t count;
    unsigned long lines[20];
    char texts[20][200];
};

static void note(void *context, const struct ic_error *error)
{
    struct told *told = context;
    assert_true(told->count < 20);
    told->lines[told->count] = error->line;
    snprintf(told->texts[told->count++], 200, "%.199s", error->text);
}

static void tells_every_mistake_in_the_order_of_lines(void **state)
{
    static const struct {
        unsigned long line;
        const char *text;
    } expected[] = {{1, "no such option 'prot'"},
                    {2, "port = \"many\""},
                    {4, "admins: \"a@@b\""},
                    {6, "no such option 'foo'"},
                    {7, "workers = \"x\""},
                    {9, "quota: "},
                    {10, "port was given before, on line 2"},
                    {0, "jid is missing"}};
    char path[200];
    struct told told = {.count = 0};
    struct ic_exchange_config *config = NULL;
    struct ic_error error = {0};
    (void)state;
    in_folder(path, "exchange.conf");
    write_file(
        path,
        "prot = 1\nport = many\ncatalog = c\nadmins = {\"a@@b\"}\nlimits {\n foo = {1,2}\n"
        " workers = x }\nsecret_file = s\nquota \"@\" { clouds = 1 }\nport = 3\n",
        0644);
    assert_int_equal(ic_exchange_config_read(path, note, &told, &config, &error), IC_BAD_INPUT);
    unlink(path);
    assert_null(config);
    assert_int_equal(told.count, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < told.count; i++) {
        if (!strstr(told.texts[i], expected[i].text))
            fail_msg("mistake %zu: line %lu: %s", i, told.lines[i], told.texts[i]);
        assert_int_equal(told.lines[i], expected[i].line);
    }
    assert_non_null(strstr(error.text, "prot"));
}

static void a_file_of_unknown_keys_is_told_within_bounds(void **state)
{
    char path[200];
    struct told told = {.count = 0};
    struct ic_exchange_config *config = NULL;
    (void)state;
    in_folder(path, "exchange.conf");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        fprintf(file, "unknown%d = 1\n", i);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(ic_exchange_config_read(path, NULL, &told, &config, NULL), IC_BAD_INPUT);
    unlink(path);
}

static bool holds(const char *list, enum ic_role role, const char *jid)
{
    char text[500];
    snprintf(text, sizeof text, LEAST "%s\n", list);
    struct ic_exchange_config *config = read_right(text);
    const bool allowed = ic_roles_allow(config->roles, role, jid);
    ic_exchange_config_release(config);
    return allowed;
}

static void roles_are_as_the_lists_say(void **state)
{
    (void)state;
    assert_true(holds("", IC_ROLE_QUERY, "a@b"));
    assert_false(holds("queriers = {}", IC_ROLE_QUERY, "a@b"));
    assert_false(holds("queriers = {\"c@b\"}", IC_ROLE_QUERY, "a@b"));
    assert_true(holds("queriers = {\"c@b\"}", IC_ROLE_QUERY, "c@b"));
    assert_true(holds("queriers = {}\nadmins = {\"a@b\"}", IC_ROLE_QUERY, "a@b"));
    assert_false(holds("publishers = {}", IC_ROLE_PUBLISH, "a@b"));
    assert_false(holds("", IC_ROLE_SPARQL, "a@b"));
    assert_true(holds("sparql = {\"b\"}", IC_ROLE_SPARQL, "a@b"));
    assert_true(holds("admins = {\"b\"}", IC_ROLE_SPARQL, "a@b"));
    assert_false(holds("sparql = {\"*\"}", IC_ROLE_ADMINISTER, "a@b"));
    assert_true(holds("sparql = b", IC_ROLE_SPARQL, "a@b"));
}

/* Spellings of one account are one holder; those of another never are. */
static void look_alikes_are_told_apart(void **state)
{
    static const char *const same[] = {"User@M\xC3\xBCnchen.example",
                                       "user@xn--mnchen-3ya.example",
                                       "user@XN--MNCHEN-3YA.example.",
                                       "\xEF\xBD\x95ser@m\xC3\xBCnchen.example",
                                       "user@m\xC3\xBCnchen\xE3\x80\x82"
                                       "example",
                                       "user@mu\xCC\x88nchen.example"};
    static const char *const others[] = {"user@munchen.example",
                                         "user@m\xC3\xBCnchen.exampl",
                                         "user@sub.m\xC3\xBCnchen.example",
                                         "user",
                                         "m\xC3\xBCnchen.example",
                                         "user.m\xC3\xBCnchen.example"};
    const char *jid = "user@m\xC3\xBCnchen.example";
    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        char list[300];
        snprintf(list, sizeof list, "publishers = {\"%s\"}", same[i]);
        if (!holds(list, IC_ROLE_PUBLISH, jid))
            fail_msg("%s is not taken for %s", same[i], jid);
        for (size_t k = 0; k < sizeof others / sizeof *others; k++)
            assert_false(holds(list, IC_ROLE_PUBLISH, others[k]));
    }
    for (size_t k = 0; k < 4; k++) {
        char list[300];
        snprintf(list, sizeof list, "publishers = {\"%s\"}", others[k]);
        assert_false(holds(list, IC_ROLE_PUBLISH, jid));
    }
}

static void many_holders_are_found(void **state)
{
    struct ic_roles *roles = ic_roles_new();
    struct ic_error error = {0};
    char name[64];
    (void)state;
    for (int i = 0; i < IC_HOLDERS_MAX; i++) {
        snprintf(name, sizeof name, "u%d@d%d.example", (i * 7919) % IC_HOLDERS_MAX, i % 7);
        assert_int_equal(ic_roles_give(roles, IC_ROLE_PUBLISH, name, &error), IC_OK);
    }
    assert_int_equal(ic_roles_give(roles, IC_ROLE_PUBLISH, "one@more", &error), IC_TOO_LARGE);
    assert_int_equal(ic_roles_give(roles, IC_ROLE_PUBLISH, name, &error), IC_OK);
    for (int i = 0; i < IC_HOLDERS_MAX; i++) {
        snprintf(name, sizeof name, "u%d@d%d.example", (i * 7919) % IC_HOLDERS_MAX, i % 7);
        assert_true(ic_roles_allow(roles, IC_ROLE_PUBLISH, name));
        snprintf(name, sizeof name, "u%d@d%d.example", (i * 7919) % IC_HOLDERS_MAX, i % 7 + 1);
        assert_false(ic_roles_allow(roles, IC_ROLE_PUBLISH, name));
    }
    ic_roles_free(roles);
}

static void note_key(void *context, const char *key)
{
    snprintf((char *)context + strlen(context), 200 - strlen(context), " %s", key);
}

static void a_reload_keeps_what_needs_a_restart(void **state)
{
    char changed[200] = "";
    struct ic_error error = {0};
    struct ic_exchange_config *running = read_right(LEAST "limits {\n workers = 3\n}\n");
    struct ic_exchange_config *next = read_right(
        "jid = \"other.example.org\"\nsecret_file = \"t\"\ncatalog = \"d\"\nport = 6\n"
        "limits {\n workers = 4\n cache = \"80 MiB\"\n log = \"16 MiB\"\n sparql_seconds = "
        "3\n}\n");
    (void)state;
    assert_int_equal(ic_exchange_config_keep(next, running, note_key, changed, &error), IC_OK);
    assert_string_equal(changed, " jid catalog workers cache");
    assert_string_equal(next->jid, running->jid);
    assert_string_equal(next->catalog, running->catalog);
    assert_int_equal(next->workers, 3);
    assert_int_equal(next->catalog_limits.values[IC_LIMIT_CACHE], 0);
    assert_int_equal(next->port, 6);
    assert_int_equal(next->sparql_seconds, 3);
    assert_non_null(strstr(next->secret_file, "/t"));
    /* It stays as long as somebody has it. */
    assert_ptr_equal(ic_exchange_config_retain(next), next);
    ic_exchange_config_release(next);
    assert_int_equal(next->port, 6);
    ic_exchange_config_release(next);
    ic_exchange_config_release(running);
}

static void *hold(void *context)
{
    for (int i = 0; i < 10000; i++) {
        struct ic_exchange_config *mine = ic_exchange_config_retain(context);
        if (mine->port != 5347)
            return NULL;
        ic_exchange_config_release(mine);
    }
    ic_exchange_config_release(context);
    return context;
}

/* Whoever is last frees it, also when the reload let go first. */
static void threads_hold_a_configuration(void **state)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    struct ic_exchange_config *config = read_right(LEAST);
    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, hold, ic_exchange_config_retain(config)), 0);
    ic_exchange_config_release(config);
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        assert_non_null(result);
    }
}

static enum ic_status check_text(const char *text, struct told *told)
{
    char path[200];
    struct ic_exchange_config *config = read_right(text);
    in_folder(path, "exchange.conf");
    assert_string_equal(ic_exchange_config_path(config), path);
    *told = (struct told){.count = 0};
    const enum ic_status status = ic_exchange_config_check(config, note, told);
    ic_exchange_config_release(config);
    return status;
}

static void checks_what_the_configuration_names(void **state)
{
    char path[200];
    struct told told;
    (void)state;
    in_folder(path, "s");
    assert_int_equal(check_text(LEAST, &told), IC_IO);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.lines[0], 2);
    assert_non_null(strstr(told.texts[0], "secret_file: cannot open the secret's file"));
    write_file(path, "word\n", 0600);
    assert_int_equal(check_text(LEAST, &told), IC_OK);
    assert_int_equal(told.count, 0);
    assert_int_equal(check_text(LEAST "server = \"localhost\"\n", &told), IC_OK);
    assert_int_equal(check_text("jid = a.b\nsecret_file = s\ncatalog = \"s\"\n"
                                "server = \"no..name\"\nontology = \"nowhere\"\n",
                                &told),
                     IC_IO);
    assert_int_equal(told.count, 3);
    assert_int_equal(told.lines[0], 4);
    assert_non_null(strstr(told.texts[0], "server: \"no..name\" has no address"));
    assert_int_equal(told.lines[1], 3);
    assert_non_null(strstr(told.texts[1], "is no directory"));
    assert_int_equal(told.lines[2], 5);
    assert_non_null(strstr(told.texts[2], "cannot read the ontology directory"));
    assert_int_equal(check_text("jid = a.b\nsecret_file = s\ncatalog = \"s/c\"\n", &told),
                     IC_IO);
    assert_int_equal(told.lines[0], 3);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(check_text(LEAST, &told), IC_FORBIDDEN);
    assert_null(strstr(told.texts[0], "word"));
    unlink(path);
}

static void range_text(const struct ic_key *key, char text[80])
{
    char minimum[IC_LIMIT_TEXT_MAX], maximum[IC_LIMIT_TEXT_MAX];
    if (key->type == IC_KEY_BYTES || key->type == IC_KEY_QUOTA_BYTES) {
        ic_bytes_format(key->minimum, minimum);
        ic_bytes_format(key->maximum, maximum);
    } else {
        snprintf(minimum, sizeof minimum, "%llu", (unsigned long long)key->minimum);
        snprintf(maximum, sizeof maximum, "%llu", (unsigned long long)key->maximum);
    }
    snprintf(text, 80, " From %s to %s.", minimum, maximum);
}

/* The manual page lists the keys of the table in its order, each with this line below it. */
static void expected_line(const struct ic_key *key, char text[200])
{
    char usual[IC_LIMIT_TEXT_MAX] = "none", range[80] = "";
    if (key->type == IC_KEY_CATALOG)
        ic_limit_format((enum ic_limit)key->place,
                        ic_limit_value(NULL, (enum ic_limit)key->place), usual);
    else if (key->usual && *key->usual)
        snprintf(usual, sizeof usual, "%s", key->usual);
    if (key->maximum)
        range_text(key, range);
    snprintf(text, 200, "%s%s%s%s%s", key->example ? "Needed" : "Usually ",
             key->example ? "" : usual, ".", range, key->restart ? " At the next start." : "");
}

static void the_manual_page_has_every_key(void **state)
{
    FILE *file = fopen("xmpp-frontend/intercloud-exchange.conf.5", "r");
    char line[200], expected[200];
    size_t found = 0;
    enum ic_key_section section = IC_KEYS_TOP;
    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, ".Ss limits") == 0)
            section = IC_KEYS_LIMITS;
        else if (strcmp(line, ".Ss quotas") == 0)
            section = IC_KEYS_QUOTAS;
        if (strncmp(line, ".It Ic ", 7) != 0)
            continue;
        assert_true(found < IC_EXCHANGE_KEYS);
        const struct ic_key *key = &ic_exchange_keys[found++];
        assert_string_equal(line + 7, key->name);
        assert_int_equal(section, key->section);
        expected_line(key, expected);
        assert_non_null(fgets(line, sizeof line, file));
        line[strcspn(line, "\n")] = '\0';
        assert_string_equal(line, expected);
    }
    fclose(file);
    assert_int_equal(found, IC_EXCHANGE_KEYS);
}

static void check_secret(const char *text, mode_t mode, enum ic_status expected)
{
    char path[200], *secret = NULL;
    struct ic_error error = {0};
    in_folder(path, "secret");
    write_file(path, text, mode);
    const enum ic_status status = ic_secret_read(path, &secret, &error);
    if (status != expected)
        fail_msg("mode %o: %s", (unsigned)mode, error.text);
    if (status == IC_OK)
        assert_string_equal(secret, "s3 cret");
    else
        assert_null(strstr(error.text, "s3 cret"));
    ic_secret_free(secret);
    unlink(path);
}

static void takes_secrets_that_nobody_else_can_read(void **state)
{
    char *long_line = malloc(IC_SECRET_BYTES_MAX + 2);
    (void)state;
    check_secret("s3 cret\n", 0600, IC_OK);
    check_secret("s3 cret", 0400, IC_OK);
    check_secret("s3 cret\r\nmore\n", 0600, IC_OK);
    check_secret("s3 cret\n", 0640, IC_FORBIDDEN);
    check_secret("s3 cret\n", 0604, IC_FORBIDDEN);
    check_secret("s3 cret\n", 0620, IC_FORBIDDEN);
    check_secret("", 0600, IC_BAD_INPUT);
    check_secret("\ns3 cret\n", 0600, IC_BAD_INPUT);
    assert_non_null(long_line);
    memset(long_line, 'x', IC_SECRET_BYTES_MAX + 1);
    long_line[IC_SECRET_BYTES_MAX + 1] = '\0';
    check_secret(long_line, 0600, IC_TOO_LARGE);
    free(long_line);
}

static void takes_secrets_from_regular_files_only(void **state)
{
    char path[200], *secret = NULL;
    (void)state;
    in_folder(path, "pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(ic_secret_read(path, &secret, NULL), IC_FORBIDDEN);
    unlink(path);
    assert_int_equal(ic_secret_read(path, &secret, NULL), IC_IO);
    assert_null(secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_defaults),
        cmocka_unit_test(reads_every_key),
        cmocka_unit_test(reads_the_limits_of_the_catalog),
        cmocka_unit_test(says_what_is_wrong_and_where),
        cmocka_unit_test(says_when_there_is_no_file),
        cmocka_unit_test(the_example_is_right),
        cmocka_unit_test(the_example_has_every_key_with_its_usual_value),
        cmocka_unit_test(the_manual_page_has_every_key),
        cmocka_unit_test(every_number_has_its_range),
        cmocka_unit_test(every_limit_of_the_catalog_has_a_key),
        cmocka_unit_test(bytes_may_have_units),
        cmocka_unit_test(workers_are_two_at_least_without_a_number),
        cmocka_unit_test(quotas_are_the_nearest_that_are_said),
        cmocka_unit_test(tells_every_mistake_in_the_order_of_lines),
        cmocka_unit_test(a_file_of_unknown_keys_is_told_within_bounds),
        cmocka_unit_test(roles_are_as_the_lists_say),
        cmocka_unit_test(look_alikes_are_told_apart),
        cmocka_unit_test(many_holders_are_found),
        cmocka_unit_test(a_reload_keeps_what_needs_a_restart),
        cmocka_unit_test(threads_hold_a_configuration),
        cmocka_unit_test(checks_what_the_configuration_names),
        cmocka_unit_test(takes_secrets_that_nobody_else_can_read),
        cmocka_unit_test(takes_secrets_from_regular_files_only),
    };
    return cmocka_run_group_tests_name("exchange_config", tests, make_folder, remove_folder);
}
