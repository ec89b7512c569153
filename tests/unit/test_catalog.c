/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog: publishing, owners and names, leases, atomicity, backup and restore. */
#include "catalog_fixture.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLOUD(name, more) "x:" name " a :Cloud ; :cloudName \"" name "\" " more " ."
#define NFS ";:InterCloudStorageAccess \"NFS\""

static void verify(struct fixture *f)
{
    if (ic_catalog_verify(f->catalog, NULL, NULL, &f->error) != IC_OK)
        fail_msg("%s", f->error.text);
}

static void published_clouds_match(void **state)
{
    struct fixture *f = *state;
    struct fixture_published p = {.count = 0};
    assert_int_equal(fixture_publish(f, "a@a.org",
                                     CLOUD("one", ";:replicationFactor 5")
                                         CLOUD("two", ";:replicationFactor 4"),
                                     0, &p),
                     IC_OK);
    assert_int_equal(p.count, 2);
    assert_int_equal(p.outcome, IC_PUBLISHED_NEW);
    assert_string_equal(p.graph, "urn:intercloud:ad:a@a.org:two");
    assert_string_equal(fixture_match(f, "replicationFactor >= 5"), "one");
    assert_string_equal(fixture_match(f, "replicationFactor 4"), "one two");
    assert_string_equal(fixture_match(f, "replicationFactor >= 4.5"), "one");
    verify(f);
}

static void same_content_renews(void **state)
{
    struct fixture *f = *state;
    struct fixture_published first = {.count = 0}, again = first, changed = first;
    fixture_publish(f, "a@a.org", CLOUD("one", NFS), DAY_MS, &first);
    f->now_ms += DAY_MS / 2;
    assert_int_equal(fixture_publish(f, "a@a.org", CLOUD("one", NFS), DAY_MS, &again), IC_OK);
    assert_int_equal(again.outcome, IC_PUBLISHED_RENEWED);
    assert_int_equal(again.version, first.version);
    assert_int_equal(again.sequence, first.sequence);
    f->now_ms += DAY_MS * 3 / 4; /* past the first lease, within the second */
    assert_string_equal(fixture_match(f, "InterCloudStorageAccess NFS"), "one");
    fixture_publish(f, "a@a.org", CLOUD("one", ""), DAY_MS, &changed);
    assert_int_equal(changed.outcome, IC_PUBLISHED_REPLACED);
    assert_int_equal(changed.version, first.version + 1);
    assert_true(changed.sequence > first.sequence);
    assert_string_equal(fixture_match(f, "InterCloudStorageAccess NFS"), "");
    verify(f);
}

static void expired_clouds_do_not_match(void **state)
{
    struct fixture *f = *state;
    fixture_publish(f, "a@a.org", CLOUD("one", NFS), DAY_MS, NULL);
    f->now_ms = START_MS + DAY_MS - 1;
    assert_string_equal(fixture_match(f, "InterCloudStorageAccess NFS"), "one");
    f->now_ms = START_MS + DAY_MS;
    assert_string_equal(fixture_match(f, "InterCloudStorageAccess NFS"), "");
}

static void a_clock_that_steps_back_revives_nothing(void **state)
{
    struct fixture *f = *state;
    fixture_publish(f, "a@a.org", CLOUD("one", NFS), DAY_MS, NULL);
    f->now_ms = START_MS + DAY_MS;
    assert_string_equal(fixture_match(f, "InterCloudStorageAccess NFS"), "");
    f->now_ms = START_MS;
    assert_string_equal(fixture_match(f, "InterCloudStorageAccess NFS"), "");
    f->now_ms = START_MS + 2 * DAY_MS;
    fixture_publish(f, "a@a.org", CLOUD("two", ""), 0, NULL);
    f->now_ms = START_MS;
    ic_catalog_close(f->catalog);
    f->catalog = NULL;
    assert_int_equal(fixture_open(f, false), IC_OK);
    assert_string_equal(fixture_match(f, "InterCloudStorageAccess NFS"), "");
}

static void a_name_belongs_to_its_first_owner(void **state)
{
    struct fixture *f = *state;
    fixture_publish(f, "a@a.org", CLOUD("one", NFS), DAY_MS, NULL);
    assert_int_equal(
        fixture_publish(f, "b@b.org", "x:b a :Cloud ; :cloudName \" one \" .", 0, NULL),
        IC_CONFLICT);
    assert_string_equal(f->error.file, "test.ttl");
    assert_int_equal(f->error.line, 2);
    /* Also after expiry, for a while; then not any more. */
    f->now_ms += 2 * DAY_MS;
    assert_int_equal(
        fixture_publish(f, "b@b.org", "x:b a :Cloud ; :cloudName \"one\" .", 0, NULL),
        IC_CONFLICT);
    f->now_ms += 40 * DAY_MS;
    assert_int_equal(
        fixture_publish(f, "b@b.org", "x:b a :Cloud ; :cloudName \"one\" .", 0, NULL), IC_OK);
    char *owner;
    assert_int_equal(ic_catalog_resolve(f->catalog, "one", NULL, &owner, &f->error), IC_OK);
    assert_string_equal(owner, "b@b.org");
    free(owner);
    verify(f);
}

static void withdrawing(void **state)
{
    struct fixture *f = *state;
    fixture_publish(f, "a@a.org", CLOUD("one", NFS), 0, NULL);
    assert_int_equal(ic_catalog_withdraw(f->catalog, "b@b.org", "one", NULL, &f->error),
                     IC_FORBIDDEN);
    assert_int_equal(ic_catalog_withdraw(f->catalog, "a@a.org", "none", NULL, &f->error),
                     IC_NOT_FOUND);
    assert_string_equal(fixture_match(f, "InterCloudStorageAccess NFS"), "one");
    assert_int_equal(ic_catalog_withdraw(f->catalog, "a@a.org", "one", NULL, &f->error), IC_OK);
    assert_string_equal(fixture_match(f, "InterCloudStorageAccess NFS"), "");
    assert_int_equal(ic_catalog_withdraw(f->catalog, "a@a.org", "one", NULL, &f->error),
                     IC_NOT_FOUND);
    assert_int_equal(fixture_publish(f, "b@b.org", CLOUD("one", ""), 0, NULL), IC_CONFLICT);
    assert_int_equal(fixture_publish(f, "a@a.org", CLOUD("one", NFS), 0, NULL), IC_OK);
    verify(f);
}

static void nobody_describes_anothers_cloud(void **state)
{
    struct fixture *f = *state;
    fixture_publish(f, "a@a.org", CLOUD("one", ";:offers x:offer"), 0, NULL);
    assert_int_equal(fixture_publish(f, "b@b.org",
                                     CLOUD("two", ";x:partner x:one") "x:one x:rumour 1 .", 0,
                                     NULL),
                     IC_FORBIDDEN);
    assert_int_equal(fixture_publish(f, "b@b.org", CLOUD("two", ";:offers x:offer"), 0, NULL),
                     IC_FORBIDDEN);
    assert_int_equal(
        fixture_publish(f, "b@b.org", CLOUD("two", "") "x:one :replicationFactor 9 .", 0, NULL),
        IC_BAD_INPUT);
    assert_int_equal(fixture_publish(f, "b@b.org", CLOUD("two", ";x:partner x:one"), 0, NULL),
                     IC_OK);
}

static void a_bad_cloud_spoils_the_whole_document(void **state)
{
    struct fixture *f = *state;
    struct fixture_published p = {.count = 0};
    assert_int_equal(
        fixture_publish(f, "a@a.org",
                        CLOUD("one", NFS) CLOUD("two", ";:replicationFactor \"many\""), 0, &p),
        IC_BAD_INPUT);
    assert_int_equal(p.count, 0);
    assert_string_equal(fixture_match(f, "InterCloudStorageAccess NFS"), "");
    struct ic_catalog_stats stats;
    assert_int_equal(ic_catalog_stats(f->catalog, &stats, &f->error), IC_OK);
    assert_int_equal(stats.advertisements, 0);
    verify(f);
}

static void a_dry_run_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct ic_document *document = fixture_document(CLOUD("one", NFS));
    const struct ic_publish_options options = {.owner = "a@a.org", .dry_run = true};
    struct fixture_published p = {.count = 0};
    assert_int_equal(
        ic_catalog_publish(f->catalog, document, &options, fixture_report, &p, &f->error),
        IC_OK);
    assert_int_equal(p.count, 1);
    ic_document_free(document);
    assert_string_equal(fixture_match(f, "InterCloudStorageAccess NFS"), "");
}

static void offers_inherit_and_override(void **state)
{
    struct fixture *f = *state;
    fixture_publish(f, "a@a.org",
                    CLOUD("one", ";:replicationFactor 5; :tierCountries \"JAPAN\" ;"
                                 ":offers [ :InterCloudStorageAccess \"NFS\" ] ,"
                                 "[ :InterCloudStorageAccess \"S3\" ; :replicationFactor 2 ]"),
                    0, NULL);
    assert_string_equal(fixture_match(f, "InterCloudStorageAccess NFS; replicationFactor 5"),
                        "one");
    /* The offer that has S3 states another factor: it does not inherit the cloud's. */
    assert_string_equal(fixture_match(f, "InterCloudStorageAccess S3; replicationFactor 5"),
                        "");
    assert_string_equal(fixture_match(f, "InterCloudStorageAccess S3; tierCountries Asia"),
                        "one");
    /* No offer has both. */
    assert_string_equal(
        fixture_match(f, "InterCloudStorageAccess S3; InterCloudStorageAccess NFS"), "");
    verify(f);
}

static void growing_and_shrinking_keep_the_indexes_right(void **state)
{
    struct fixture *f = *state;
    static const char *const offers[] = {
        "", ";:offers [ :replicationFactor 1 ]",
        ";:offers [ :replicationFactor 1 ], [ :replicationFactor "
        "2 ], [ :replicationFactor 3 ], [ :replicationFactor 3 ]"};
    unsigned seed = 4711;
    for (int round = 0; round < 40; round++) {
        char turtle[512];
        seed = seed * 1103515245u + 12345u;
        snprintf(turtle, sizeof turtle,
                 "x:c%u a :Cloud; :cloudName \"c%u\"; :replicationFactor %d %s.",
                 seed >> 16 & 3, seed >> 16 & 3, round, offers[(seed >> 20) % 3]);
        assert_int_equal(fixture_publish(f, "a@a.org", turtle, 0, NULL), IC_OK);
        if (round % 7 == 6)
            ic_catalog_withdraw(f->catalog, "a@a.org", "c1", NULL, NULL);
        verify(f);
    }
}

static void reopening_keeps_everything(void **state)
{
    struct fixture *f = *state;
    uint64_t first, second;
    fixture_publish(f, "a@a.org", CLOUD("one", NFS), 0, NULL);
    assert_int_equal(ic_catalog_take_numbers(f->catalog, "session", 10, &first, &f->error),
                     IC_OK);
    assert_int_equal(first, 1);
    ic_catalog_close(f->catalog);
    f->catalog = NULL;
    assert_int_equal(fixture_open(f, false), IC_OK);
    assert_string_equal(fixture_match(f, "InterCloudStorageAccess NFS"), "one");
    assert_int_equal(ic_catalog_take_numbers(f->catalog, "session", 1, &second, &f->error),
                     IC_OK);
    assert_int_equal(second, 11);
    verify(f);
}

static void one_owner_at_a_time(void **state)
{
    struct fixture *f = *state;
    struct ic_catalog *second = NULL;
    const struct ic_catalog_options options = {.directory = f->catalog_directory};
    assert_int_equal(ic_catalog_open(&options, &second, &f->error), IC_OWNED);
}

static void other_directories_are_refused(void **state)
{
    struct fixture *f = *state;
    struct ic_catalog *other = NULL;
    char path[128], file[160];
    struct ic_catalog_options options = {.directory = path, .create = false};
    snprintf(path, sizeof path, "%s/missing", f->directory);
    assert_int_equal(ic_catalog_open(&options, &other, &f->error), IC_NOT_FOUND);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(ic_catalog_open(&options, &other, &f->error), IC_NOT_FOUND);
    snprintf(file, sizeof file, "%s/holiday.jpg", path);
    fclose(fopen(file, "w"));
    options.create = true;
    assert_int_equal(ic_catalog_open(&options, &other, &f->error), IC_IO);
    assert_int_equal(access(file, F_OK), 0);
    ic_catalog_close(f->catalog);
    f->catalog = NULL;
    snprintf(file, sizeof file, "%s/format", f->catalog_directory);
    FILE *format = fopen(file, "w");
    fputs("intercloud-catalog 999\n", format);
    fclose(format);
    assert_int_equal(fixture_open(f, false), IC_FORMAT);
    assert_non_null(strstr(f->error.text, "export"));
}

static void a_failed_creation_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct ic_catalog *other = NULL;
    char path[128];
    const char *const nowhere[] = {"/nonexistent/ontology", NULL};
    const struct ic_catalog_options options = {
        .directory = path, .create = true, .ontology_candidates = nowhere};
    snprintf(path, sizeof path, "%s/new", f->directory);
    assert_int_equal(ic_catalog_open(&options, &other, &f->error), IC_NOT_FOUND);
    assert_int_equal(access(path, F_OK), -1);
}

static enum ic_status write_quad(void *context, const struct ic_term *s,
                                 const struct ic_term *p, const struct ic_term *o,
                                 const struct ic_term *g, struct ic_error *error)
{
    FILE *out = context;
    const struct ic_term *const terms[] = {s, p, o, g};
    (void)error;
    for (int i = 0; i < 4; i++) {
        ic_term_write(out, terms[i]);
        fputc(' ', out);
    }
    fputs(".\n", out);
    return IC_OK;
}

static char *export(struct fixture *f)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(ic_catalog_export(f->catalog, write_quad, out, &f->error), IC_OK);
    fclose(out);
    return text;
}

static void export_and_restore_are_inverse(void **state)
{
    struct fixture *f = *state;
    fixture_publish(f, "a@a.org", CLOUD("one", NFS ";:offers [ x:part [ x:is \"deep\" ] ]"),
                    DAY_MS, NULL);
    fixture_publish(f, "b@b.org", CLOUD("two", ""), 0, NULL);
    ic_catalog_withdraw(f->catalog, "b@b.org", "two", NULL, NULL);
    struct ic_document *plain = fixture_document("x:s x:p [ x:q 1 ] .");
    assert_int_equal(
        ic_catalog_put_graph(f->catalog, "http://x.org/g", plain, false, &f->error), IC_OK);
    ic_document_free(plain);
    char *before = export(f);

    ic_catalog_close(f->catalog);
    f->catalog = NULL;
    free(f->catalog_directory);
    assert_true(asprintf(&f->catalog_directory, "%s/restored", f->directory) > 0);
    assert_int_equal(fixture_open(f, true), IC_OK);
    struct ic_document *document = ic_document_new("export.nq", NULL);
    FILE *in = fmemopen(before, strlen(before), "r");
    const struct ic_import_context context = {.in = in};
    assert_int_equal(ic_import("nquads", &context, document, NULL, &f->error), IC_OK);
    fclose(in);
    if (ic_catalog_restore(f->catalog, document, false, &f->error) != IC_OK)
        fail_msg("%s", f->error.text);
    assert_int_equal(ic_catalog_restore(f->catalog, document, false, &f->error), IC_CONFLICT);
    ic_document_free(document);
    verify(f);
    assert_string_equal(fixture_match(f, "InterCloudStorageAccess NFS"), "one");
    assert_int_equal(fixture_publish(f, "c@c.org", CLOUD("two", ""), 0, NULL), IC_CONFLICT);
    char *after = export(f);
    assert_int_equal(strlen(before), strlen(after));
    free(before);
    free(after);
}

static void a_backup_opens(void **state)
{
    struct fixture *f = *state;
    char *backup = NULL;
    fixture_publish(f, "a@a.org", CLOUD("one", NFS), 0, NULL);
    assert_true(asprintf(&backup, "%s/backup", f->directory) > 0);
    assert_int_equal(ic_catalog_backup(f->catalog, backup, &f->error), IC_OK);
    assert_int_equal(ic_catalog_backup(f->catalog, backup, &f->error), IC_BAD_INPUT);
    ic_catalog_withdraw(f->catalog, "a@a.org", "one", NULL, NULL);
    ic_catalog_close(f->catalog);
    f->catalog = NULL;
    free(f->catalog_directory);
    f->catalog_directory = backup;
    assert_int_equal(fixture_open(f, false), IC_OK);
    assert_string_equal(fixture_match(f, "InterCloudStorageAccess NFS"), "one");
    verify(f);
}

static void reserved_graphs_are_the_catalogs_own(void **state)
{
    struct fixture *f = *state;
    struct ic_document *document = fixture_document("x:s x:p x:o .");
    const char *const reserved[] = {"urn:intercloud:ontology", "urn:intercloud:metadata",
                                    "urn:intercloud:ad:a@a.org:one"};
    for (int i = 0; i < 3; i++)
        assert_int_equal(
            ic_catalog_put_graph(f->catalog, reserved[i], document, false, &f->error),
            IC_FORBIDDEN);
    assert_int_equal(ic_catalog_put_graph(f->catalog, "no iri", document, false, &f->error),
                     IC_BAD_INPUT);
    ic_document_free(document);
}

static void plain_graphs_take_no_part_in_matching(void **state)
{
    struct fixture *f = *state;
    struct ic_document *document =
        fixture_document(CLOUD("fake", ";:replicationFactor 5.0; :offers x:fake"));
    assert_int_equal(
        ic_catalog_put_graph(f->catalog, "http://x.org/g", document, false, &f->error), IC_OK);
    ic_document_free(document);
    assert_string_equal(fixture_match(f, "replicationFactor 5"), "");
}

static void a_names_spaces_never_begin_or_end_it(void **state)
{
    struct fixture *f = *state;
    /* The profile turns U+00A0 and U+3000 into spaces. */
    assert_int_equal(fixture_publish(f, "a@a.org",
                                     "x:c a :Cloud ; :cloudName \"\\u00A0c\\u00A0d\\u3000\" .",
                                     0, NULL),
                     IC_OK);
    assert_int_equal(
        fixture_publish(f, "b@b.org", "x:d a :Cloud ; :cloudName \"c d\" .", 0, NULL),
        IC_CONFLICT);
    assert_int_equal(ic_catalog_withdraw(f->catalog, "a@a.org", "c d", NULL, &f->error), IC_OK);
    assert_int_equal(
        fixture_publish(f, "a@a.org", "x:c a :Cloud ; :cloudName \"\\u00A0\" .", 0, NULL),
        IC_BAD_INPUT);
}

static void a_graphs_name_is_an_iri(void **state)
{
    struct fixture *f = *state;
    static const char *const bad[] = {"x:a\nb", "x:a\x01", "x:a\tb", "x:a b", "x:\xff", "xa"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ic_document *document = fixture_document("x:s x:p x:o .");
        assert_int_equal(ic_catalog_put_graph(f->catalog, bad[i], document, false, &f->error),
                         IC_BAD_INPUT);
        ic_document_free(document);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

/* ---- a damaged log ---- */

/* Opens the catalog, which writes a checkpoint, publishes, and dies. */
static void publish_and_die(struct fixture *f)
{
    const pid_t child = fork();
    int status;
    assert_true(child >= 0);
    if (child == 0) {
        const bool good = fixture_open(f, false) == IC_OK &&
                          fixture_publish(f, "a@a.org", "x:b a :Cloud ; :cloudName \"b\" .", 0,
                                          NULL) == IC_OK;
        _exit(good ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Where the last checkpoint is, as the catalog notes it. */
static void read_log_end(const struct fixture *f, unsigned long *file, unsigned long *offset)
{
    char *path = NULL;
    assert_true(asprintf(&path, "%s/log-end", f->catalog_directory) > 0);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    assert_int_equal(fscanf(in, "%lu %lu", file, offset), 2);
    fclose(in);
    free(path);
}

/* The databases hold what the log held there: without it, some of that would be undone. */
static void a_log_damaged_before_its_checkpoint_is_refused(void **state)
{
    struct fixture *f = *state;
    unsigned long file, offset;
    char *path = NULL;
    assert_int_equal(
        fixture_publish(f, "a@a.org", "x:a a :Cloud ; :cloudName \"a\" .", 0, NULL), IC_OK);
    ic_catalog_close(f->catalog);
    f->catalog = NULL;
    publish_and_die(f);
    publish_and_die(f);
    read_log_end(f, &file, &offset);
    assert_true(asprintf(&path, "%s/log.%010lu", f->catalog_directory, file) > 0);
    FILE *log = fopen(path, "r+");
    assert_non_null(log);
    /* 12 bytes of header, then the checkpoint: what changes is the record before it. */
    assert_int_equal(fseek(log, (long)offset - 8, SEEK_SET), 0);
    const int byte = fgetc(log);
    assert_int_equal(fseek(log, -1, SEEK_CUR), 0);
    assert_int_equal(fputc(byte ^ 1, log), byte ^ 1);
    assert_int_equal(fclose(log), 0);
    assert_int_equal(fixture_open(f, false), IC_CORRUPT);
    assert_non_null(strstr(f->error.text, "the log of the catalog"));
    /* As it was, it opens, with all that was acknowledged. */
    log = fopen(path, "r+");
    assert_int_equal(fseek(log, (long)offset - 8, SEEK_SET), 0);
    assert_int_equal(fputc(byte, log), byte);
    assert_int_equal(fclose(log), 0);
    free(path);
    assert_int_equal(fixture_open(f, false), IC_OK);
    assert_string_equal(fixture_match(f, "cloudName exists"), "a b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(published_clouds_match),
        TEST(same_content_renews),
        TEST(expired_clouds_do_not_match),
        TEST(a_clock_that_steps_back_revives_nothing),
        TEST(a_name_belongs_to_its_first_owner),
        TEST(withdrawing),
        TEST(nobody_describes_anothers_cloud),
        TEST(a_bad_cloud_spoils_the_whole_document),
        TEST(a_dry_run_changes_nothing),
        TEST(offers_inherit_and_override),
        TEST(growing_and_shrinking_keep_the_indexes_right),
        TEST(reopening_keeps_everything),
        TEST(one_owner_at_a_time),
        TEST(other_directories_are_refused),
        TEST(a_failed_creation_leaves_nothing),
        TEST(export_and_restore_are_inverse),
        TEST(a_backup_opens),
        TEST(reserved_graphs_are_the_catalogs_own),
        TEST(plain_graphs_take_no_part_in_matching),
        TEST(a_names_spaces_never_begin_or_end_it),
        TEST(a_graphs_name_is_an_iri),
        TEST(a_log_damaged_before_its_checkpoint_is_refused),
    };
    return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
