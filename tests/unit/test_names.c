/* SPDX-License-Identifier: Apache-2.0 */
/* Plain ASCII addresses and names, which ic_name_jid and ic_name_cloud judge without libidn,
 * come out as libidn would have them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <idna.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stringprep.h>

#include "catalog/names.h"

enum { PART_BYTES = 1024, RANDOM = 50000 };

/* One of each kind of character, and what the profiles care about. */
static const char kinds[] = "aZx0n-._:[]@/ ~\"&'<>!\\^`\x1f\x7f";

static bool prepared(char part[PART_BYTES], const char *text, size_t length,
                     const Stringprep_profile *profile)
{
    if (length == 0 || length >= PART_BYTES)
        return false;
    memcpy(part, text, length);
    part[length] = '\0';
    return stringprep(part, PART_BYTES, STRINGPREP_NO_UNASSIGNED, profile) == STRINGPREP_OK &&
           part[0];
}

static bool domain_by_libidn(char part[PART_BYTES], const char *text, size_t length)
{
    char *decoded = NULL;
    if (!prepared(part, text, length, stringprep_nameprep) ||
        idna_to_unicode_8z8z(part, &decoded, 0) != IDNA_SUCCESS)
        return false;
    snprintf(part, PART_BYTES, "%s", decoded);
    free(decoded);
    const size_t end = strlen(part);
    if (end > 1 && part[end - 1] == '.')
        part[end - 1] = '\0';
    if (part[0] == '.' || strstr(part, ".."))
        return false;
    for (const char *p = part; *p; p++)
        if ((unsigned char)*p < 0x80 && !isalnum((unsigned char)*p) && !strchr("-._:[]", *p))
            return false;
    return true;
}

/* RFC 6122, sections 2.2 to 2.4, every part by libidn. Owned: free. NULL: no JID. */
static char *jid_by_libidn(const char *jid)
{
    char local[PART_BYTES] = "", domain[PART_BYTES], resource[PART_BYTES], *bare = NULL;
    const char *slash = strchr(jid, '/');
    const char *end = slash ? slash : jid + strlen(jid);
    const char *at = memchr(jid, '@', (size_t)(end - jid));
    const char *start = at ? at + 1 : jid;
    if (slash &&
        !prepared(resource, slash + 1, strlen(slash + 1), stringprep_xmpp_resourceprep))
        return NULL;
    if (at && !prepared(local, jid, (size_t)(at - jid), stringprep_xmpp_nodeprep))
        return NULL;
    if (!domain_by_libidn(domain, start, (size_t)(end - start)))
        return NULL;
    assert_true(asprintf(&bare, "%s%s%s", local, at ? "@" : "", domain) > 0);
    return bare;
}

static void check_jid(const char *text)
{
    char *expected = jid_by_libidn(text), *given = NULL;
    const enum ic_status status = ic_name_jid(text, &given, NULL);
    if ((status == IC_OK) != (expected != NULL) || (expected && strcmp(expected, given) != 0))
        fail_msg("\"%s\" became %s, by libidn %s", text, given ? given : "nothing",
                 expected ? expected : "nothing");
    free(expected);
    free(given);
}

/* `text` as the local part, the domain and the resource of an address. */
static void check_parts(const char *text)
{
    char jid[3 * PART_BYTES];
    check_jid(text);
    snprintf(jid, sizeof jid, "%s@example.org", text);
    check_jid(jid);
    snprintf(jid, sizeof jid, "user@%s", text);
    check_jid(jid);
    snprintf(jid, sizeof jid, "user@example.org/%s", text);
    check_jid(jid);
}

static void short_strings(void **state)
{
    (void)state;
    char text[4] = "";
    check_parts(text);
    for (int a = 1; a < 128; a++) {
        text[0] = (char)a;
        text[1] = '\0';
        check_parts(text);
        for (int b = 1; b < 128; b++) {
            text[1] = (char)b;
            text[2] = '\0';
            check_parts(text);
        }
    }
    for (const char *a = kinds; *a; a++)
        for (const char *b = kinds; *b; b++)
            for (const char *c = kinds; *c; c++) {
                const char three[] = {*a, *b, *c, '\0'};
                check_parts(three);
            }
}

static void random_strings(void **state)
{
    (void)state;
    static const char *const pieces[] = {"xn--",     "XN--",        "xn-", "mnchen-3ya",
                                         "\xc3\xbc", "example",     ".",   "..",
                                         "user",     "\xef\xbd\x81"};
    const char *given = getenv("SEED");
    const unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : 20260131;
    print_message("SEED=%u\n", seed);
    srandom(seed);
    for (int i = 0; i < RANDOM; i++) {
        char text[300] = "";
        for (long n = random() % 12; n >= 0; n--) {
            const size_t used = strlen(text);
            if (random() % 3 == 0)
                snprintf(text + used, sizeof text - used, "%s", pieces[random() % 10]);
            else
                snprintf(text + used, sizeof text - used, "%c",
                         random() % 2 ? kinds[random() % (long)(sizeof kinds - 1)]
                                      : (char)(random() % 127 + 1));
        }
        check_parts(text);
    }
}

/* The longest that a part may be, and one byte more. */
static void long_strings(void **state)
{
    (void)state;
    char text[PART_BYTES + 1];
    for (size_t length = PART_BYTES - 2; length <= PART_BYTES; length++) {
        memset(text, 'a', length);
        text[length] = '\0';
        check_parts(text);
        text[length / 2] = 'A';
        check_parts(text);
    }
}

static void cloud_names(void **state)
{
    (void)state;
    for (int a = 1; a < 128; a++)
        for (int b = 1; b < 128; b++) {
            const char text[] = {'c', (char)a, (char)b, 'c', '\0'};
            char part[PART_BYTES], *name = NULL;
            const bool fine = prepared(part, text, 4, stringprep_xmpp_resourceprep);
            assert_int_equal(ic_name_cloud(text, &name, NULL), fine ? IC_OK : IC_BAD_INPUT);
            if (fine)
                assert_string_equal(name, part);
            free(name);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_strings),
        cmocka_unit_test(random_strings),
        cmocka_unit_test(long_strings),
        cmocka_unit_test(cloud_names),
    };
    return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
