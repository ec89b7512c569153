/* SPDX-License-Identifier: Apache-2.0 */
/* Bulk import: the same catalog as by publishing, all or nothing, beside what is there. */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/catalog_internal.h"
#include "catalog/posting_delta.h"
#include "catalog/store_shared.h"
#include "catalog_fixture.h"

enum { WINDOW = 50 };

/* N-Triples of clouds NAME0 to NAME(count - 1), each with an offer behind it. */
static char *clouds(const char *name, unsigned count, const char *certification)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (unsigned i = 0; i < count; i++) {
        fprintf(out,
                "<http://%s%u.org/> <" IC_RDF_TYPE "> <" IC_NS "Cloud> .\n"
                "<http://%s%u.org/> <" IC_NS "cloudName> \"%s%u\" .\n"
                "<http://%s%u.org/> <" IC_NS "certification> \"%s\" .\n"
                "<http://%s%u.org/> <" IC_NS "offers> <http://%s%u.org/o> .\n"
                "<http://%s%u.org/o> <" IC_NS "cpuCount> \"%u\"^^<" IC_NS_XSD "integer> .\n",
                name, i, name, i, name, i, name, i, certification, name, i, name, i, name, i,
                i % 7);
    }
    fclose(out);
    return text;
}

/* Imports the text in windows, and frees it. */
static enum ic_status bulk(struct fixture *f, char *text, struct ic_bulk_counts *counts)
{
    const struct ic_bulk_options options = {
        .publish = {.owner = IC_OWNER_ADMIN, .format = "ntriples"}};
    struct ic_document *document = ic_document_new("bulk.nt", NULL);
    struct ic_bulk *import;
    FILE *in = fmemopen(text, strlen(text), "r");
    enum ic_status status = ic_bulk_begin(f->catalog, &options, &import, &f->error);
    assert_int_equal(status, IC_OK);
    const struct ic_import_context context = {.in = in,
                                              .window = ic_bulk_window,
                                              .window_context = import,
                                              .window_statements = WINDOW};
    status = ic_import("ntriples", &context, document, NULL, &f->error);
    status = ic_bulk_end(import, status, document, counts, &f->error);
    ic_document_free(document);
    fclose(in);
    free(text);
    return status;
}

static enum ic_status publish_all(struct fixture *f, char *text)
{
    const struct ic_publish_options options = {.owner = IC_OWNER_ADMIN, .format = "ntriples"};
    struct ic_document *document = ic_document_new("whole.nt", NULL);
    FILE *in = fmemopen(text, strlen(text), "r");
    const struct ic_import_context context = {.in = in};
    enum ic_status status = ic_import("ntriples", &context, document, NULL, &f->error);
    if (status == IC_OK)
        status = ic_catalog_publish(f->catalog, document, &options, NULL, NULL, &f->error);
    ic_document_free(document);
    fclose(in);
    free(text);
    return status;
}

static void assert_sound(struct fixture *f)
{
    if (ic_catalog_verify(f->catalog, NULL, NULL, &f->error) != IC_OK)
        fail_msg("%s", f->error.text);
}

static size_t matched(struct fixture *f, const char *text)
{
    struct ic_request *request;
    struct ic_answer *answer;
    const struct ic_match_options options = {.limit = 0};
    assert_int_equal(ic_request_parse("request", &text, 1, &request, &f->error), IC_OK);
    if (ic_catalog_match(f->catalog, request, &options, &answer, &f->error) != IC_OK)
        fail_msg("%s", f->error.text);
    const size_t count = answer->matched;
    ic_answer_free(answer);
    ic_request_free(request);
    return count;
}

/* ---- what is stored ---- */

struct lines {
    char *text;
    size_t size;
    FILE *out;
};

static enum ic_status write_quad(void *context, const struct ic_term *s,
                                 const struct ic_term *p, const struct ic_term *o,
                                 const struct ic_term *graph, struct ic_error *error)
{
    FILE *out = context;
    (void)error;
    if (graph && strcmp(graph->text, IC_GRAPH_METADATA) == 0)
        return IC_OK;
    ic_term_write(out, s);
    ic_term_write(out, p);
    ic_term_write(out, o);
    fputc('\n', out);
    return IC_OK;
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Everything but metadata as sorted lines. */
static char *exported(struct fixture *f)
{
    struct lines lines = {.text = NULL};
    lines.out = open_memstream(&lines.text, &lines.size);
    assert_int_equal(ic_catalog_export(f->catalog, write_quad, lines.out, &f->error), IC_OK);
    fclose(lines.out);
    size_t count = 0, size;
    for (const char *p = lines.text; *p; p++)
        count += *p == '\n';
    char **sorted = malloc((count + 1) * sizeof *sorted), *text, *next = lines.text;
    for (size_t i = 0; i < count; i++)
        sorted[i] = strsep(&next, "\n");
    qsort(sorted, count, sizeof *sorted, compare_texts);
    FILE *out = open_memstream(&text, &size);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s\n", sorted[i]);
    fclose(out);
    free(sorted);
    free(lines.text);
    return text;
}

static void same_as_publishing(void **state)
{
    struct fixture *f = *state;
    struct ic_bulk_counts counts;
    assert_int_equal(bulk(f, clouds("a", 60, "SOC2"), &counts), IC_OK);
    assert_int_equal(counts.clouds, 60);
    assert_int_equal(counts.offers, 60);
    assert_int_equal(counts.statements, 300);
    assert_sound(f);
    assert_int_equal(matched(f, "certification = SOC2; cpuCount >= 5"), 16);
    char *by_bulk = exported(f);

    void *other;
    fixture_setup(&other);
    struct fixture *g = other;
    assert_int_equal(publish_all(g, clouds("a", 60, "SOC2")), IC_OK);
    char *by_publishing = exported(g);
    assert_string_equal(by_bulk, by_publishing);
    free(by_bulk);
    free(by_publishing);
    assert_int_equal(fixture_teardown(&other), 0);
}

static void survives_reopening(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(bulk(f, clouds("a", 60, "SOC2"), NULL), IC_OK);
    ic_catalog_close(f->catalog);
    assert_int_equal(fixture_open(f, false), IC_OK);
    assert_sound(f);
    assert_int_equal(matched(f, "certification = SOC2"), 60);
    /* And once more, on top. */
    assert_int_equal(bulk(f, clouds("b", 60, "SOC2"), NULL), IC_OK);
    assert_sound(f);
    assert_int_equal(matched(f, "certification = SOC2"), 120);
    assert_int_equal(publish_all(f, clouds("c", 3, "SOC2")), IC_OK);
    assert_sound(f);
    assert_int_equal(matched(f, "certification = SOC2"), 123);
}

/* A value that many entries had and few have left keeps its records by chunk: joined with new
 * ones they must not be there in both forms. */
static void joins_what_shrank(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(publish_all(f, clouds("a", 60, "SOC2")), IC_OK);
    assert_int_equal(publish_all(f, clouds("a", 55, "HIPAA")), IC_OK);
    assert_int_equal(bulk(f, clouds("b", 10, "SOC2"), NULL), IC_OK);
    assert_sound(f);
    assert_int_equal(matched(f, "certification = SOC2"), 15);
    assert_int_equal(publish_all(f, clouds("a", 60, "HIPAA")), IC_OK);
    assert_int_equal(publish_all(f, clouds("b", 10, "HIPAA")), IC_OK);
    assert_sound(f);
    assert_int_equal(matched(f, "certification = SOC2"), 0);
    assert_int_equal(matched(f, "certification = HIPAA"), 70);
}

static size_t waiting(const struct fixture *f)
{
    return posting_delta_count(f->catalog->store.shared->delta);
}

/* Small publications leave changes of postings that wait: they come along and are not lost. */
static void takes_over_changes_that_wait(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(publish_all(f, clouds("a", 5, "SOC2")), IC_OK);
    assert_int_equal(publish_all(f, clouds("a", 2, "HIPAA")), IC_OK);
    const size_t before = waiting(f);
    assert_true(before > 0);
    assert_int_equal(bulk(f, clouds("b", 60, "SOC2"), NULL), IC_OK);
    assert_int_equal(waiting(f), before);
    assert_int_equal(matched(f, "certification = SOC2"), 63);
    assert_int_equal(matched(f, "certification = HIPAA"), 2);
    assert_int_equal(publish_all(f, clouds("b", 1, "HIPAA")), IC_OK);
    assert_int_equal(matched(f, "certification = SOC2"), 62);
    assert_int_equal(matched(f, "certification = HIPAA"), 3);
    assert_sound(f);
    assert_int_equal(waiting(f), 0);
    assert_int_equal(matched(f, "certification = SOC2"), 62);
    assert_int_equal(matched(f, "certification = HIPAA"), 3);
}

static char *joined(char *first, const char *second)
{
    char *both = NULL;
    assert_true(asprintf(&both, "%s%s", first, second) > 0);
    free(first);
    return both;
}

static void assert_refused(struct fixture *f, char *text, enum ic_status expected)
{
    char *before = exported(f);
    const enum ic_status status = bulk(f, text, NULL);
    if (status != expected)
        fail_msg("%d: %s", (int)status, f->error.text);
    char *after = exported(f);
    assert_string_equal(before, after);
    free(before);
    free(after);
    assert_sound(f);
}

static void what_does_not_stand_together_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(publish_all(f, clouds("z", 5, "SOC2")), IC_OK);
    /* more about the first cloud, at the end */
    assert_refused(f,
                   joined(clouds("a", 60, "SOC2"),
                          "<http://a0.org/> <" IC_NS "certification> \"HIPAA\" .\n"),
                   IC_UNSUPPORTED);
    /* the first cloud's offer belongs to the last one too */
    assert_refused(f,
                   joined(clouds("a", 60, "SOC2"),
                          "<http://a59.org/> <" IC_NS "offers> <http://a0.org/o> .\n"),
                   IC_UNSUPPORTED);
    /* what no cloud of this window leads to */
    assert_refused(
        f, joined(clouds("a", 60, "SOC2"), "<http://lost.org/> <" IC_NS "cpuCount> \"1\" .\n"),
        IC_UNSUPPORTED);
    /* a cloud that is there */
    assert_refused(f, clouds("z", 60, "SOC2"), IC_UNSUPPORTED);
}

static void a_failure_leaves_the_catalog_as_it_was(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(publish_all(f, clouds("z", 5, "SOC2")), IC_OK);
    assert_refused(f, joined(clouds("a", 60, "SOC2"), "<http://a.org/> <nonsense\n"),
                   IC_BAD_INPUT);
    assert_refused(f,
                   joined(clouds("a", 60, "SOC2"),
                          "<http://a59.org/o> <" IC_NS "memorySize> \"many\" .\n"),
                   IC_BAD_INPUT);
    assert_int_equal(publish_all(f, clouds("a", 2, "SOC2")), IC_OK);
    assert_sound(f);
}

/* What a killed import leaves is removed by the next open. */
static void leftovers_are_removed(void **state)
{
    struct fixture *f = *state;
    char path[256];
    ic_catalog_close(f->catalog);
    snprintf(path, sizeof path, "%s/terms.2.db", f->catalog_directory);
    const int file = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(file >= 0);
    close(file);
    assert_int_equal(fixture_open(f, false), IC_OK);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(bulk(f, clouds("a", 60, "SOC2"), NULL), IC_OK);
    assert_sound(f);
}

/* Without its format file a catalog is not taken for a creation that was not finished. */
static void a_lost_format_file_loses_nothing_else(void **state)
{
    struct fixture *f = *state;
    char path[256], meta[256];
    ic_catalog_close(f->catalog);
    f->catalog = NULL;
    snprintf(path, sizeof path, "%s/format", f->catalog_directory);
    snprintf(meta, sizeof meta, "%s/meta.db", f->catalog_directory);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(fixture_open(f, true), IC_CORRUPT);
    assert_int_equal(access(meta, F_OK), 0);
}

static void a_pipe_in_place_of_a_file_is_refused(void **state)
{
    struct fixture *f = *state;
    char path[256];
    ic_catalog_close(f->catalog);
    f->catalog = NULL;
    snprintf(path, sizeof path, "%s/entries.1.db", f->catalog_directory);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(fixture_open(f, false), IC_CORRUPT);
    assert_non_null(strstr(f->error.text, "entries.1.db"));
}

/* Flips one bit in the last quarter of what the log has. */
static void flip_end(const char *directory)
{
    char path[256];
    struct stat stat_of;
    for (int number = 99; number > 0; number--) {
        snprintf(path, sizeof path, "%s/log.%010d", directory, number);
        if (stat(path, &stat_of) == 0)
            break;
    }
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    char *bytes = malloc((size_t)stat_of.st_size);
    assert_int_equal(fread(bytes, 1, (size_t)stat_of.st_size, file), stat_of.st_size);
    long last = stat_of.st_size - 1;
    while (last > 0 && !bytes[last])
        last--;
    fseek(file, last - 8, SEEK_SET);
    fputc(bytes[last - 8] ^ 1, file);
    fclose(file);
    free(bytes);
}

/* Recovery would take the damage for the end that a crash left. */
static void a_damaged_log_of_a_closed_catalog_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(publish_all(f, clouds("a", 3, "SOC2")), IC_OK);
    ic_catalog_close(f->catalog);
    f->catalog = NULL;
    flip_end(f->catalog_directory);
    assert_int_equal(fixture_open(f, false), IC_CORRUPT);
    assert_non_null(strstr(f->error.text, "log"));
}

/* ---- beside backups ---- */

enum { IMPORTS = 10, BACKUPS_MAX = 1000 };

struct backups {
    struct fixture *f;
    atomic_bool over;
    int made;
    struct ic_error error;
};

static void backup_path(const struct fixture *f, int number, char path[128])
{
    snprintf(path, 128, "%s/backup%d", f->directory, number);
}

static void *make_backups(void *context)
{
    struct backups *backups = context;
    while (!atomic_load(&backups->over) && backups->made < BACKUPS_MAX) {
        char path[128];
        backup_path(backups->f, backups->made++, path);
        if (ic_catalog_backup(backups->f->catalog, path, &backups->error) != IC_OK)
            break;
    }
    return NULL;
}

/* A backup has the databases of the generation that its log leads to, whole. */
static void backups_beside_imports_are_sound(void **state)
{
    struct fixture *f = *state;
    struct backups backups = {.f = f};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, make_backups, &backups), 0);
    static const char *const names[IMPORTS] = {"a", "b", "c", "d", "e",
                                               "f", "g", "h", "i", "j"};
    for (int i = 0; i < IMPORTS; i++)
        if (bulk(f, clouds(names[i], 100, "SOC2"), NULL) != IC_OK)
            fail_msg("%s", f->error.text);
    atomic_store(&backups.over, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    if (backups.error.status != IC_OK)
        fail_msg("%s", backups.error.text);
    ic_catalog_close(f->catalog);
    for (int i = 0; i < backups.made; i++) {
        char path[128];
        backup_path(f, i, path);
        const struct ic_catalog_options options = {.directory = path,
                                                   .clock = {fixture_now, f}};
        if (ic_catalog_open(&options, &f->catalog, &f->error) != IC_OK)
            fail_msg("%d of %d: %s", i, backups.made, f->error.text);
        assert_sound(f);
        if (i + 1 < backups.made)
            ic_catalog_close(f->catalog);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(same_as_publishing, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(survives_reopening, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(joins_what_shrank, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(takes_over_changes_that_wait, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(what_does_not_stand_together_is_refused, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_failure_leaves_the_catalog_as_it_was, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(leftovers_are_removed, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_damaged_log_of_a_closed_catalog_is_refused,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_pipe_in_place_of_a_file_is_refused, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_lost_format_file_loses_nothing_else, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(backups_beside_imports_are_sound, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests_name("bulk", tests, NULL, NULL);
}
