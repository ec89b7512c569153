/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog's socket: the owner's side against scripted clients, the client's side against
 * scripted owners, both against each other. */
#include "catalog_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "catalog/client.h"
#include "catalog/shell.h"
#include "catalog/shell_wire.h"

enum { PATIENCE_MS = 20 * 1000, SESSIONS_MAX = 16, CALLERS = 8, CALLS = 10 };

/* Berkeley DB takes its page locks in any order and finds deadlocks itself. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "deadlock:libdb-5.3.so\n";
}

static struct ic_server *start_server(struct fixture *f)
{
    struct ic_server *server = NULL;
    if (ic_server_start(f->catalog, &server, &f->error) != IC_OK)
        fail_msg("%s", f->error.text);
    return server;
}

/* ---- a scripted client ---- */

struct caller {
    int fd;
    struct ic_wire_reader reader;
    struct ic_frame in, out;
};

static bool caller_connect(struct caller *caller, const char *directory)
{
    struct sockaddr_un address;
    const int directory_fd = ic_wire_directory(directory);
    *caller = (struct caller){.fd = socket(AF_UNIX, SOCK_STREAM, 0)};
    ic_wire_address(directory_fd, &address);
    const bool good = connect(caller->fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(directory_fd);
    return good;
}

static void caller_end(struct caller *caller)
{
    close(caller->fd);
    ic_frame_free(&caller->in);
    ic_frame_free(&caller->out);
}

static bool caller_send(struct caller *caller)
{
    size_t size;
    const unsigned char *bytes = ic_frame_bytes(&caller->out, &size);
    return send(caller->fd, bytes, size, MSG_NOSIGNAL) == (ssize_t)size;
}

/* The type of the next frame; 0 at the end, or when nothing comes. */
static int caller_receive(struct caller *caller)
{
    for (;;) {
        const enum ic_receipt receipt =
            ic_wire_receive(caller->fd, &caller->reader, &caller->in);
        if (receipt == IC_RECEIVED)
            return caller->in.type;
        struct pollfd ready = {.fd = caller->fd, .events = POLLIN};
        if (receipt != IC_RECEIVED_NOTHING || poll(&ready, 1, PATIENCE_MS) <= 0)
            return 0;
    }
}

static void put_hello(struct caller *caller, unsigned version)
{
    ic_frame_begin(&caller->out, IC_WIRE_HELLO);
    ic_frame_put_number(&caller->out, version, 4);
}

/* Connects, says hello and sends `words`, ended by NULL. */
static bool caller_begin(struct caller *caller, const char *directory, const char *const *words)
{
    unsigned count = 0;
    while (words[count])
        count++;
    if (!caller_connect(caller, directory))
        return false;
    put_hello(caller, IC_WIRE_VERSION);
    if (!caller_send(caller) || caller_receive(caller) != IC_WIRE_HELLO ||
        ic_frame_get_number(&caller->in, 4) != IC_WIRE_VERSION)
        return false;
    ic_frame_begin(&caller->out, IC_WIRE_RUN);
    ic_frame_put_number(&caller->out, 0, 1);
    ic_frame_put_number(&caller->out, 80, 4);
    ic_frame_put_number(&caller->out, count, 4);
    for (unsigned i = 0; i < count; i++)
        ic_frame_put_string(&caller->out, words[i]);
    return caller_send(caller);
}

static void caller_run(struct caller *caller, const char *directory, const char *const *words)
{
    assert_true(caller_begin(caller, directory, words));
}

/* Takes output up to the exit status, or -1; `text` gets the beginning of stdout and stderr. */
static int caller_finish(struct caller *caller, char *text, size_t size)
{
    size_t used = 0;
    for (int type; (type = caller_receive(caller)) != 0;) {
        if (type == IC_WIRE_EXIT)
            return (int)ic_frame_get_number(&caller->in, 1);
        if (type != IC_WIRE_OUT && type != IC_WIRE_ERR)
            return -1;
        for (size_t i = 0; i < caller->in.length && used + 1 < size; i++)
            text[used++] = (char)ic_frame_payload(&caller->in)[i];
        text[used] = '\0';
    }
    return -1;
}

/* Ends once the owner has let go of the session, which would otherwise count as one at work. */
static void caller_leave(struct caller *caller)
{
    while (caller_receive(caller) != 0)
        continue;
    caller_end(caller);
}

static void publish_one(struct fixture *f)
{
    assert_int_equal(fixture_publish(f, IC_OWNER_ADMIN,
                                     "x:c a :Cloud ; :cloudName \"sky\" ; :provider \"P\" .", 0,
                                     NULL),
                     IC_OK);
}

static void a_command_runs_and_streams_its_output(void **state)
{
    struct fixture *f = *state;
    struct caller caller;
    char text[4096] = "";
    publish_one(f);
    struct ic_server *server = start_server(f);
    caller_run(&caller, f->catalog_directory, (const char *[]){"list", "--json", NULL});
    assert_int_equal(caller_receive(&caller), IC_WIRE_STARTED);
    assert_int_equal(caller_finish(&caller, text, sizeof text), 0);
    assert_non_null(strstr(text, "\"name\": \"sky\""));
    assert_int_equal(caller_receive(&caller), 0);
    caller_end(&caller);

    caller_run(&caller, f->catalog_directory, (const char *[]){"show", "sea", NULL});
    assert_int_equal(caller_receive(&caller), IC_WIRE_STARTED);
    assert_int_equal(caller_finish(&caller, text, sizeof text), 1);
    assert_non_null(strstr(text, "sea"));
    caller_end(&caller);
    ic_server_stop(server, -1);
}

static void the_socket_is_private_and_a_stale_one_is_replaced(void **state)
{
    struct fixture *f = *state;
    struct stat info;
    struct sockaddr_un address;
    const int directory = ic_catalog_directory_fd(f->catalog);
    const int stale = socket(AF_UNIX, SOCK_STREAM, 0);
    ic_wire_address(directory, &address);
    assert_int_equal(bind(stale, (struct sockaddr *)&address, sizeof address), 0);
    close(stale);
    const mode_t before = umask(0);
    struct ic_server *server = start_server(f);
    umask(before);
    assert_int_equal(fstatat(directory, IC_WIRE_SOCKET, &info, 0), 0);
    assert_int_equal(info.st_mode, S_IFSOCK | S_IRUSR | S_IWUSR);

    struct caller caller;
    char text[256];
    caller_run(&caller, f->catalog_directory, (const char *[]){"list", "--json", NULL});
    assert_int_equal(caller_receive(&caller), IC_WIRE_STARTED);
    assert_int_equal(caller_finish(&caller, text, sizeof text), 0);
    caller_end(&caller);
    ic_server_stop(server, -1);
    assert_int_equal(fstatat(directory, IC_WIRE_SOCKET, &info, 0), -1);
    assert_false(caller_connect(&caller, f->catalog_directory));
    caller_end(&caller);
}

static void another_version_is_told_ours(void **state)
{
    struct fixture *f = *state;
    struct caller caller;
    struct ic_server *server = start_server(f);
    assert_true(caller_connect(&caller, f->catalog_directory));
    put_hello(&caller, IC_WIRE_VERSION + 1);
    assert_true(caller_send(&caller));
    assert_int_equal(caller_receive(&caller), IC_WIRE_HELLO);
    assert_int_equal(ic_frame_get_number(&caller.in, 4), IC_WIRE_VERSION);
    assert_int_equal(caller_receive(&caller), 0);
    caller_end(&caller);
    ic_server_stop(server, -1);
}

/* The owner asks for files, and believes nothing that comes back. */
static void answers_out_of_place_end_the_session(void **state)
{
    static const struct {
        int type;
        const char *payload;
        size_t length;
    } answers[] = {{IC_WIRE_DATA, "x", 1},
                   {IC_WIRE_OPENED, "\0\0\0\1", 4},
                   {IC_WIRE_OPENED, "\0\0\0\1\0\0\0\0\0\0\0\0\0", 13},
                   {IC_WIRE_FAILED, "", 0},
                   {IC_WIRE_FAILED, "\0\0\0\0\2\0\0\0\0\0\0\0\0", 13},
                   {IC_WIRE_FAILED, "\x7F\0\0\0\2\0\0\0\0\0\0\0\0", 13},
                   {IC_WIRE_FAILED, "\1\0\0\0\2\xFF\xFF\xFF\xFF", 9},
                   {IC_WIRE_LISTED, "\xFF\xFF\xFF\xFF", 4},
                   {0xEE, "", 0}};
    struct fixture *f = *state;
    struct ic_server *server = start_server(f);
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct caller caller;
        char text[256];
        caller_run(&caller, f->catalog_directory, (const char *[]){"import", "file", NULL});
        assert_int_equal(caller_receive(&caller), IC_WIRE_STARTED);
        assert_int_equal(caller_receive(&caller), IC_WIRE_OPEN);
        assert_string_equal(ic_frame_get_string(&caller.in, 100), "file");
        ic_frame_begin(&caller.out, IC_WIRE_DATA);
        caller.out.type = (unsigned char)answers[i].type;
        ic_frame_put_bytes(&caller.out, answers[i].payload, answers[i].length);
        assert_true(caller_send(&caller));
        assert_int_equal(caller_finish(&caller, text, sizeof text), -1);
        caller_end(&caller);
    }
    ic_server_stop(server, -1);
}

static void files_come_in_pieces_from_the_client(void **state)
{
    static const char *const pieces[] = {"@prefix : <http://www.csp/resOntology#> . ",
                                         "<http://x.org/c> a :Cl", "oud ; :cloudName \"sky\" .",
                                         ""};
    struct fixture *f = *state;
    struct caller caller;
    char text[512] = "";
    struct ic_server *server = start_server(f);
    caller_run(&caller, f->catalog_directory, (const char *[]){"import", "-", NULL});
    assert_int_equal(caller_receive(&caller), IC_WIRE_STARTED);
    assert_int_equal(caller_receive(&caller), IC_WIRE_OPEN);
    ic_frame_begin(&caller.out, IC_WIRE_OPENED);
    ic_frame_put_number(&caller.out, 3, 4);
    ic_frame_put_number(&caller.out, 0, 8);
    assert_true(caller_send(&caller));
    int type;
    for (size_t i = 0; (type = caller_receive(&caller)) == IC_WIRE_GET; i++) {
        assert_int_equal(ic_frame_get_number(&caller.in, 4), 3);
        assert_true(ic_frame_get_number(&caller.in, 4) <= IC_WIRE_DATA_BYTES);
        const char *piece = i < 4 ? pieces[i] : "";
        ic_frame_begin(&caller.out, IC_WIRE_DATA);
        ic_frame_put_bytes(&caller.out, piece, strlen(piece));
        assert_true(caller_send(&caller));
    }
    assert_int_equal(type, IC_WIRE_CLOSE);
    assert_int_equal(caller_finish(&caller, text, sizeof text), 0);
    assert_string_equal(text, "-: 1 cloud (1 new), 1 offer, 2 statements\n");
    assert_string_equal(fixture_match(f, "cloudName = sky"), "sky");
    caller_end(&caller);
    ic_server_stop(server, -1);
}

/* More callers than there are threads: the surplus is turned away, and let in later. */
static void too_many_callers_are_turned_away(void **state)
{
    struct fixture *f = *state;
    struct caller callers[SESSIONS_MAX], surplus;
    struct ic_server *server = start_server(f);
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        caller_run(&callers[i], f->catalog_directory, (const char *[]){"import", "-", NULL});
        assert_int_equal(caller_receive(&callers[i]), IC_WIRE_STARTED);
        assert_int_equal(caller_receive(&callers[i]), IC_WIRE_OPEN);
    }
    assert_true(caller_connect(&surplus, f->catalog_directory));
    assert_int_equal(caller_receive(&surplus), IC_WIRE_BUSY);
    assert_int_equal(caller_receive(&surplus), 0);
    caller_end(&surplus);
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        caller_end(&callers[i]);

    int type = IC_WIRE_BUSY;
    for (int i = 0; type == IC_WIRE_BUSY && i < 200; i++) {
        poll(NULL, 0, 20);
        assert_true(caller_connect(&surplus, f->catalog_directory));
        put_hello(&surplus, IC_WIRE_VERSION);
        caller_send(&surplus);
        type = caller_receive(&surplus);
        caller_end(&surplus);
    }
    assert_int_equal(type, IC_WIRE_HELLO);
    ic_server_stop(server, -1);
}

/* A client that has said nothing yet, one that gives no input and one that takes no output do
 * not hold up the end when there is a grace. */
static void stopping_drops_clients_that_stall(void **state)
{
    struct fixture *f = *state;
    struct caller silent, starved, deaf;
    struct ic_server *server = start_server(f);
    assert_true(caller_connect(&silent, f->catalog_directory));
    caller_run(&starved, f->catalog_directory, (const char *[]){"import", "-", NULL});
    assert_int_equal(caller_receive(&starved), IC_WIRE_STARTED);
    caller_run(&deaf, f->catalog_directory, (const char *[]){"export", NULL});
    assert_int_equal(caller_receive(&deaf), IC_WIRE_STARTED);
    ic_server_stop(server, 200);
    assert_int_equal(caller_receive(&silent), 0);
    assert_int_equal(caller_receive(&starved), IC_WIRE_OPEN);
    assert_int_equal(caller_receive(&starved), 0);
    caller_end(&silent);
    caller_end(&starved);
    caller_end(&deaf);
}

/* A client that takes no output does not keep writers from the catalog. */
static void a_deaf_client_holds_nothing(void **state)
{
    struct fixture *f = *state;
    struct caller deaf;
    struct ic_server *server = start_server(f);
    caller_run(&deaf, f->catalog_directory, (const char *[]){"export", NULL});
    assert_int_equal(caller_receive(&deaf), IC_WIRE_STARTED);
    publish_one(f);
    assert_string_equal(fixture_match(f, "cloudName = sky"), "sky");
    char *text = malloc(4 << 20);
    assert_non_null(text);
    assert_int_equal(caller_finish(&deaf, text, 4 << 20), 0);
    assert_non_null(strstr(text, "<urn:intercloud:ontology> .\n"));
    free(text);
    caller_end(&deaf);
    ic_server_stop(server, -1);
}

/* ---- our client against our owner ---- */

struct calls {
    struct fixture *f;
    int number;
    unsigned failed;
};

/* Publishes its own cloud again and again and lists, on connections of its own. */
static void *call_often(void *context)
{
    struct calls *calls = context;
    for (int i = 0; i < CALLS; i++) {
        char turtle[256], text[8192];
        struct caller caller;
        snprintf(turtle, sizeof turtle,
                 "@prefix : <http://www.csp/resOntology#> . <http://x.org/%d> a :Cloud ; "
                 ":cloudName \"sky%d\" ; :replicationFactor %d .",
                 calls->number, calls->number, i + 1);
        /* An assertion of a thread that is not the test's would end the program. */
        calls->failed +=
            !caller_begin(&caller, calls->f->catalog_directory,
                          (const char *[]){"import", "--format", "turtle", "-", NULL});
        int type;
        bool sent = false;
        while ((type = caller_receive(&caller)) != 0 && type != IC_WIRE_OUT) {
            if (type == IC_WIRE_OPEN) {
                ic_frame_begin(&caller.out, IC_WIRE_OPENED);
                ic_frame_put_number(&caller.out, 0, 4);
                ic_frame_put_number(&caller.out, 0, 8);
                caller_send(&caller);
            } else if (type == IC_WIRE_GET) {
                ic_frame_begin(&caller.out, IC_WIRE_DATA);
                ic_frame_put_bytes(&caller.out, turtle, sent ? 0 : strlen(turtle));
                caller_send(&caller);
                sent = true;
            }
        }
        calls->failed += caller_finish(&caller, text, sizeof text) != 0;
        caller_leave(&caller);
        calls->failed +=
            !caller_begin(&caller, calls->f->catalog_directory, (const char *[]){"list", NULL});
        calls->failed += caller_receive(&caller) != IC_WIRE_STARTED;
        calls->failed += caller_finish(&caller, text, sizeof text) != 0;
        snprintf(turtle, sizeof turtle, "sky%d ", calls->number);
        calls->failed += strstr(text, turtle) == NULL;
        caller_leave(&caller);
    }
    return NULL;
}

static void many_callers_at_once(void **state)
{
    struct fixture *f = *state;
    struct ic_server *server = start_server(f);
    struct calls calls[CALLERS];
    pthread_t threads[CALLERS];
    for (int i = 0; i < CALLERS; i++) {
        calls[i] = (struct calls){f, i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, call_often, &calls[i]), 0);
    }
    for (int i = 0; i < CALLERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(calls[i].failed, 0);
    }
    ic_server_stop(server, -1);
    struct ic_catalog_stats stats;
    assert_int_equal(ic_catalog_stats(f->catalog, &stats, &f->error), IC_OK);
    assert_int_equal(stats.advertisements, CALLERS);
    assert_int_equal(stats.sequence >= CALLERS * CALLS, 1);
}

/* ---- a scripted owner ---- */

struct owner {
    int listener;
    void (*script)(int fd);
};

static void *play_owner(void *context)
{
    const struct owner *owner = context;
    const int fd = accept(owner->listener, NULL, NULL);
    if (fd >= 0) {
        owner->script(fd);
        close(fd);
    }
    return NULL;
}

static void owner_send(int fd, int type, const void *payload, size_t length)
{
    unsigned char head[IC_WIRE_HEAD_BYTES] = {
        (unsigned char)type, 0, 0, (unsigned char)(length >> 8), (unsigned char)length};
    if (send(fd, head, sizeof head, MSG_NOSIGNAL) == (ssize_t)sizeof head)
        (void)!send(fd, payload, length, MSG_NOSIGNAL);
}

/* Takes one frame and gives its type. */
static int owner_take(int fd, struct ic_frame *frame)
{
    struct caller caller = {.fd = fd};
    const int type = caller_receive(&caller);
    ic_frame_free(frame);
    *frame = caller.in;
    return type;
}

static void owner_begin(int fd)
{
    struct ic_frame frame = {0};
    owner_take(fd, &frame);
    owner_send(fd, IC_WIRE_HELLO, "\0\0\0\1", 4);
    owner_take(fd, &frame);
    ic_frame_free(&frame);
}

/* Runs our client, with `words`, against an owner who plays `script`. */
static enum ic_client_result against(void (*script)(int fd), const char *const *words,
                                     struct ic_client_outcome *outcome, struct ic_error *error)
{
    char directory[] = "/tmp/intercloud-test-XXXXXX", path[64];
    int argc = 0;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/%s", directory, IC_WIRE_SOCKET);
    strcpy(address.sun_path, path);
    struct owner owner = {socket(AF_UNIX, SOCK_STREAM, 0), script};
    assert_int_equal(bind(owner.listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(owner.listener, 1), 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, play_owner, &owner), 0);
    while (words[argc])
        argc++;
    const enum ic_client_result result =
        ic_client_run(directory, argc, (char *const *)(uintptr_t)words, outcome, error);
    pthread_join(thread, NULL);
    close(owner.listener);
    unlink(path);
    rmdir(directory);
    return result;
}

static void busy_script(int fd)
{
    owner_send(fd, IC_WIRE_BUSY, "\0\0\0\0", 4);
}

static void closing_script(int fd)
{
    struct ic_frame frame = {0};
    owner_take(fd, &frame);
    owner_send(fd, IC_WIRE_HELLO, "\0\0\0\1", 4);
    owner_take(fd, &frame);
    ic_frame_free(&frame);
}

static void other_version_script(int fd)
{
    struct ic_frame frame = {0};
    owner_take(fd, &frame);
    owner_send(fd, IC_WIRE_HELLO, "\0\0\0\x63", 4);
    ic_frame_free(&frame);
}

static void dying_script(int fd)
{
    owner_begin(fd);
    owner_send(fd, IC_WIRE_STARTED, "", 0);
}

static void exit_script(int fd)
{
    owner_begin(fd);
    owner_send(fd, IC_WIRE_STARTED, "", 0);
    owner_send(fd, IC_WIRE_EXIT, "\4", 1);
}

static void nonsense_script(int fd)
{
    owner_begin(fd);
    owner_send(fd, IC_WIRE_STARTED, "", 0);
    owner_send(fd, IC_WIRE_GET, "\0\0\0\1\0\0\0\1", 8);
}

/* Asks for files and exits with 0 when all that the command line does not name were refused,
 * and what it names was not. */
static void greedy_script(int fd)
{
    static const struct {
        const char *path;
        int answer;
    } wishes[] = {{"/etc/passwd", IC_WIRE_FAILED},
                  {"/dev/null", IC_WIRE_OPENED},
                  {"v/null", IC_WIRE_FAILED},
                  {"", IC_WIRE_FAILED},
                  {"/dev/zero", IC_WIRE_OPENED},
                  {"urn:g=/dev/zero", IC_WIRE_FAILED},
                  {"-", IC_WIRE_FAILED}};
    struct ic_frame frame = {0};
    bool good = true;
    owner_begin(fd);
    owner_send(fd, IC_WIRE_STARTED, "", 0);
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
        ic_frame_begin(&frame, IC_WIRE_OPEN);
        ic_frame_put_string(&frame, wishes[i].path);
        owner_send(fd, IC_WIRE_OPEN, ic_frame_payload(&frame), frame.length);
        const int type = owner_take(fd, &frame);
        good = good && type == wishes[i].answer;
    }
    ic_frame_begin(&frame, IC_WIRE_LIST);
    ic_frame_put_string(&frame, "/etc");
    ic_frame_put_string(&frame, "passwd");
    owner_send(fd, IC_WIRE_LIST, ic_frame_payload(&frame), frame.length);
    good = good && owner_take(fd, &frame) == IC_WIRE_FAILED;
    owner_send(fd, IC_WIRE_EXIT, good ? "\0" : "\1", 1);
    ic_frame_free(&frame);
}

static void the_client_knows_how_the_owner_ends(void **state)
{
    static const char *const list[] = {"list", NULL};
    struct ic_client_outcome outcome;
    struct ic_error error;
    (void)state;
    assert_int_equal(against(exit_script, list, &outcome, &error), IC_CLIENT_DONE);
    assert_int_equal(outcome.exit_status, 4);
    assert_false(outcome.printed);
    assert_int_equal(against(busy_script, list, &outcome, &error), IC_CLIENT_NOT_STARTED);
    assert_int_equal(against(closing_script, list, &outcome, &error), IC_CLIENT_NOT_STARTED);
    assert_int_equal(against(dying_script, list, &outcome, &error), IC_CLIENT_LOST);
    assert_int_equal(error.status, IC_IO);
    assert_int_equal(against(nonsense_script, list, &outcome, &error), IC_CLIENT_LOST);
    assert_int_equal(against(other_version_script, list, &outcome, &error), IC_CLIENT_FAILED);
    assert_int_equal(error.status, IC_FORMAT);
    assert_int_equal(ic_client_run("/tmp", 1, (char *[]){(char[]){"list"}}, &outcome, &error),
                     IC_CLIENT_NOT_STARTED);
}

static void the_client_opens_only_what_its_command_line_names(void **state)
{
    static const char *const words[] = {"import", "/dev/null", "--graph=urn:g=/dev/zero", NULL};
    struct ic_client_outcome outcome;
    struct ic_error error;
    (void)state;
    assert_int_equal(against(greedy_script, words, &outcome, &error), IC_CLIENT_DONE);
    assert_int_equal(outcome.exit_status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_command_runs_and_streams_its_output, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(the_socket_is_private_and_a_stale_one_is_replaced,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(another_version_is_told_ours, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(answers_out_of_place_end_the_session, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(files_come_in_pieces_from_the_client, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(too_many_callers_are_turned_away, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(stopping_drops_clients_that_stall, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_deaf_client_holds_nothing, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(many_callers_at_once, fixture_setup, fixture_teardown),
        cmocka_unit_test(the_client_knows_how_the_owner_ends),
        cmocka_unit_test(the_client_opens_only_what_its_command_line_names),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
