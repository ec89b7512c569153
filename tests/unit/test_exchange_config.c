/* SPDX-License-Identifier: Apache-2.0 */
/* The exchange's configuration: what is read, what is refused on which line, roles, secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xmpp-frontend/exchange_config.h"
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
    const enum ic_status status = ic_exchange_config_read(path, config, error);
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
    assert_int_equal(config->match_timeout_ms, 10000);
    assert_true(ic_roles_allow(config->roles, IC_ROLE_QUERY, "a@b"));
    assert_true(ic_roles_allow(config->roles, IC_ROLE_PUBLISH, "a@b"));
    assert_false(ic_roles_allow(config->roles, IC_ROLE_ADMINISTER, "a@b"));
    ic_exchange_config_free(config);
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
    assert_int_equal(config->match_timeout_ms, 3000);
    assert_true(ic_roles_allow(config->roles, IC_ROLE_PUBLISH, "user@cloud1.org"));
    assert_true(ic_roles_allow(config->roles, IC_ROLE_PUBLISH, "cloud1.org"));
    assert_true(ic_roles_allow(config->roles, IC_ROLE_PUBLISH, "user@cloud2.org"));
    assert_false(ic_roles_allow(config->roles, IC_ROLE_PUBLISH, "other@cloud2.org"));
    assert_false(ic_roles_allow(config->roles, IC_ROLE_PUBLISH, "user@sub.cloud1.org"));
    assert_true(ic_roles_allow(config->roles, IC_ROLE_PUBLISH, "root@example.org"));
    assert_true(ic_roles_allow(config->roles, IC_ROLE_ADMINISTER, "root@example.org"));
    assert_false(ic_roles_allow(config->roles, IC_ROLE_ADMINISTER, "user@cloud1.org"));
    ic_exchange_config_free(config);
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
    ic_exchange_config_free(config);
    config = read_right(LEAST);
    for (int i = 0; i < IC_LIMIT_COUNT; i++)
        assert_int_equal(config->catalog_limits.values[i], 0);
    ic_exchange_config_free(config);
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
        {LEAST "port = 0\n", 4, "port = 0 is not from 1 to 65535"},
        {LEAST "port = 65536\n", 4, "not from 1 to 65535"},
        {LEAST "port 1\n", 4, "missing equal sign"},
        {LEAST "\nserver = \"\"\n", 5, "server is empty"},
        {"jid = \"user@example.org\"\n", 1, "no component's name"},
        {"jid = \"example.org/x\"\n", 1, "no component's name"},
        {"jid = \"a b\"\n", 1, "is not a JID"},
        {LEAST "admins = {\"a@b\", \"a@@b\"}\n", 4, "admins: "},
        {LEAST "publishers = {\"a@b/c\"}\n", 4, "has a resource"},
        {LEAST "limits {\n lease = \"soon\"\n}\n", 5, "lease: "},
        {LEAST "limits {\n lease = \"P3D\"\n lease_max = \"P2D\"\n}\n", 0, "longer than"},
        {LEAST "limits {\n lease = \"never\"\n lease_max = \"P2D\"\n}\n", 0, "longer than"},
        {LEAST "limits {\n stanza_bytes = 9999\n}\n", 5, "not from 10000 to"},
        {LEAST "limits {\n cache = \"1\"\n}\n", 5,
         "the limit cache = \"1\" is not from 1 MiB to 64 GiB"},
        {LEAST "limits {\n term = \"17 MiB\"\n}\n", 5, "is not from 1 KiB to 16 MiB"},
        {LEAST "limits {\n caches = \"16 MiB\"\n}\n", 5, "and the catalog's: cache, postings"},
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
    assert_int_equal(ic_exchange_config_read("/nowhere/x.conf", &config, &error), IC_NOT_FOUND);
    assert_int_equal(ic_exchange_config_read(folder, &config, &error), IC_BAD_INPUT);
}

static void the_example_is_right(void **state)
{
    struct ic_exchange_config *config = NULL, *least = read_right(LEAST);
    struct ic_error error = {0};
    (void)state;
    if (ic_exchange_config_read("xmpp-frontend/exchange.conf.example", &config, &error) !=
        IC_OK)
        fail_msg("line %lu: %s", error.line, error.text);
    /* What it shows as a value is what holds without it. */
    assert_string_equal(config->server, least->server);
    assert_int_equal(config->port, least->port);
    assert_int_equal(config->lease_ms, least->lease_ms);
    assert_int_equal(config->lease_max_ms, least->lease_max_ms);
    assert_int_equal(config->stanza_bytes_max, least->stanza_bytes_max);
    assert_int_equal(config->answer_bytes_max, least->answer_bytes_max);
    assert_int_equal(config->outbox_bytes_max, least->outbox_bytes_max);
    assert_int_equal(config->match_timeout_ms, least->match_timeout_ms);
    assert_true(ic_roles_allow(config->roles, IC_ROLE_PUBLISH, "a@b"));
    ic_exchange_config_free(config);
    ic_exchange_config_free(least);
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
        cmocka_unit_test(takes_secrets_that_nobody_else_can_read),
        cmocka_unit_test(takes_secrets_from_regular_files_only),
    };
    return cmocka_run_group_tests_name("exchange_config", tests, make_folder, remove_folder);
}
