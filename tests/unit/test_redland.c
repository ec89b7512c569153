/* SPDX-License-Identifier: Apache-2.0 */
/* The storage module as a Redland program meets it: this one is linked with librdf alone, and
 * librdf loads the module at run time. */
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <redland.h>

#define NS "http://www.csp/resOntology#"
#define GRAPH "http://example.org/graph"

extern char **environ;

struct fixture {
    char build[512], directory[64], catalog[96];
    bool further; /* beside a world that is open */
    librdf_world *world;
    librdf_storage *storage;
    librdf_model *model;
    char message[4096]; /* the last one that was logged */
};

/* ---- running ---- */

static int spawn(char *const argv[])
{
    pid_t pid;
    int status;
    posix_spawn_file_actions_t actions;
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO),
                     0);
    assert_int_equal(posix_spawn(&pid, argv[0], &actions, NULL, argv, environ), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    posix_spawn_file_actions_destroy(&actions);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Runs the shell on the catalog; what it prints goes to standard error. */
static int shell(struct fixture *f, const char *command, const char *argument)
{
    char program[600];
    snprintf(program, sizeof program, "%s/intercloud-catalog", f->build);
    char *const argv[] = {program, "--db", f->catalog, (char *)command, (char *)argument, NULL};
    return spawn(argv);
}

static int take_message(void *context, librdf_log_message *message)
{
    struct fixture *f = context;
    snprintf(f->message, sizeof f->message, "%s", librdf_log_message_message(message));
    return 1;
}

/* librdf passes over a module that an open world has loaded: a further world of the process
 * must be told of it. */
static void register_module(struct fixture *f)
{
    char path[600];
    snprintf(path, sizeof path, "%s/librdf_storage_intercloud.so", f->build);
    void *module = dlopen(path, RTLD_LAZY);
    assert_non_null(module);
    librdf_storage_module_register_function function;
    *(void **)&function = dlsym(module, "librdf_storage_module_register_factory");
    assert_non_null(function);
    function(f->world);
    dlclose(module);
}

static void open_model(struct fixture *f, const char *options)
{
    f->world = librdf_new_world();
    librdf_world_set_logger(f->world, f, take_message);
    librdf_world_open(f->world);
    if (f->further)
        register_module(f);
    f->storage = librdf_new_storage(f->world, "intercloud", f->catalog, options);
    assert_non_null(f->storage);
    f->model = librdf_new_model(f->world, f->storage, NULL);
    if (!f->model)
        fail_msg("%s", f->message);
}

static void close_model(struct fixture *f)
{
    librdf_free_model(f->model);
    librdf_free_storage(f->storage);
    librdf_free_world(f->world);
    f->world = NULL;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    const ssize_t size = readlink("/proc/self/exe", f->build, sizeof f->build - 1);
    assert_true(size > 0);
    for (int i = 0; i < 3; i++) /* BUILD/tests/unit/test_redland */
        *strrchr(f->build, '/') = '\0';
    assert_int_equal(setenv("REDLAND_MODULE_PATH", f->build, 1), 0);
    strcpy(f->directory, "/tmp/intercloud-test-XXXXXX");
    assert_non_null(mkdtemp(f->directory));
    snprintf(f->catalog, sizeof f->catalog, "%s/catalog", f->directory);
    assert_int_equal(shell(f, "import", "data/cloud2.ttl"), 0);
    assert_int_equal(shell(f, "import", "data/cloud4.xml"), 0);
    open_model(f, NULL);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    if (f->world)
        close_model(f);
    const int sound = shell(f, "verify", NULL);
    char *const argv[] = {"/bin/rm", "-rf", f->directory, NULL};
    assert_int_equal(spawn(argv), 0);
    free(f);
    return sound;
}

/* ---- nodes and statements ---- */

/* A node as rdfproc writes them: _:label, an IRI, NULL, or a literal. */
static librdf_node *node(struct fixture *f, const char *text)
{
    const unsigned char *bytes = (const unsigned char *)text;
    if (!text)
        return NULL;
    if (strncmp(text, "_:", 2) == 0)
        return librdf_new_node_from_blank_identifier(f->world, bytes + 2);
    return strstr(text, "://") || strncmp(text, "urn:", 4) == 0
               ? librdf_new_node_from_uri_string(f->world, bytes)
               : librdf_new_node_from_literal(f->world, bytes, NULL, 0);
}

static librdf_statement *statement(struct fixture *f, const char *s, const char *p,
                                   const char *o)
{
    return librdf_new_statement_from_nodes(f->world, node(f, s), node(f, p), node(f, o));
}

enum action { ADD, REMOVE };

static int act(struct fixture *f, enum action action, const char *graph, const char *s,
               const char *p, const char *o)
{
    librdf_statement *st = statement(f, s, p, o);
    librdf_node *context = node(f, graph);
    const int failed =
        action == ADD ? (context ? librdf_model_context_add_statement(f->model, context, st)
                                 : librdf_model_add_statement(f->model, st))
                      : (context ? librdf_model_context_remove_statement(f->model, context, st)
                                 : librdf_model_remove_statement(f->model, st));
    if (context)
        librdf_free_node(context);
    librdf_free_statement(st);
    return failed;
}

static librdf_stream *find(struct fixture *f, const char *graph, const char *s, const char *p,
                           const char *o)
{
    librdf_statement *st = statement(f, s, p, o);
    librdf_node *context = node(f, graph);
    librdf_stream *stream = context
                                ? librdf_model_find_statements_in_context(f->model, st, context)
                                : librdf_model_find_statements(f->model, st);
    if (context)
        librdf_free_node(context);
    librdf_free_statement(st);
    assert_non_null(stream);
    return stream;
}

static int count_rest(librdf_stream *stream)
{
    int count = 0;
    for (; !librdf_stream_end(stream); librdf_stream_next(stream)) {
        assert_non_null(librdf_stream_get_object(stream));
        count++;
    }
    librdf_free_stream(stream);
    return count;
}

static int count(struct fixture *f, const char *graph, const char *s, const char *p,
                 const char *o)
{
    return count_rest(find(f, graph, s, p, o));
}

static bool has_context(struct fixture *f, const char *graph)
{
    librdf_iterator *contexts = librdf_model_get_contexts(f->model);
    bool found = false;
    assert_non_null(contexts);
    for (; !librdf_iterator_end(contexts); librdf_iterator_next(contexts)) {
        librdf_node *context = librdf_iterator_get_object(contexts);
        found |= strcmp((char *)librdf_uri_as_string(librdf_node_get_uri(context)), graph) == 0;
    }
    librdf_free_iterator(contexts);
    return found;
}

static void assert_message(struct fixture *f, const char *part)
{
    if (!strstr(f->message, part))
        fail_msg("\"%s\" does not say \"%s\"", f->message, part);
    *f->message = '\0';
}

/* ---- reading ---- */

static void advertisements_are_read(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(count(f, NULL, NULL, NS "cloudName", NULL), 2);
    assert_int_equal(count(f, NULL, NULL, NS "cloudName", "cloud4"), 1);
    assert_int_equal(count(f, NULL, NULL, NS "cloudName", "cloud5"), 0);
    assert_int_equal(count(f, "urn:intercloud:ad:admin:cloud4", NULL, NS "cloudName", NULL), 1);
    assert_int_equal(count(f, "urn:intercloud:ad:admin:cloud5", NULL, NULL, NULL), 0);
    const int of2 = count(f, "urn:intercloud:ad:admin:cloud2", NULL, NULL, NULL);
    const int of4 = count(f, "urn:intercloud:ad:admin:cloud4", NULL, NULL, NULL);
    assert_true(of2 > 30 && of4 > 15);
    assert_int_equal(librdf_model_size(f->model), of2 + of4);
    assert_int_equal(count(f, NULL, NULL, NULL, NULL), of2 + of4);
    assert_true(count(f, "urn:intercloud:metadata", NULL, NULL, NULL) >= 14);
}

static void contexts_are_the_named_graphs(void **state)
{
    struct fixture *f = *state;
    assert_true(has_context(f, "urn:intercloud:ad:admin:cloud2"));
    assert_true(has_context(f, "urn:intercloud:ontology"));
    assert_true(has_context(f, "urn:intercloud:metadata"));
    assert_false(has_context(f, GRAPH));
    assert_true(librdf_model_supports_contexts(f->model));

    librdf_stream *stream = find(f, "urn:intercloud:ad:admin:cloud4", NULL, NULL, NULL);
    librdf_node *context = librdf_stream_get_context2(stream);
    assert_string_equal((char *)librdf_uri_as_string(librdf_node_get_uri(context)),
                        "urn:intercloud:ad:admin:cloud4");
    librdf_free_stream(stream);
}

static void sources_arcs_and_targets(void **state)
{
    struct fixture *f = *state;
    librdf_node *name = node(f, NS "cloudName"), *text = node(f, "cloud4");
    librdf_node *cloud = librdf_model_get_source(f->model, name, text);
    assert_non_null(cloud);
    assert_string_equal((char *)librdf_uri_as_string(librdf_node_get_uri(cloud)),
                        "urn:intercloud:cloud:cloud4");
    librdf_node *target = librdf_model_get_target(f->model, cloud, name);
    assert_true(librdf_node_equals(target, text));
    librdf_node *arc = librdf_model_get_arc(f->model, cloud, text);
    assert_true(librdf_node_equals(arc, name));
    assert_true(librdf_model_has_arc_out(f->model, cloud, name));
    assert_false(librdf_model_has_arc_in(f->model, cloud, name));
    librdf_node *const all[] = {name, text, cloud, target, arc};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        librdf_free_node(all[i]);
}

/* ---- writing ---- */

static void plain_graphs_are_edited(void **state)
{
    struct fixture *f = *state;
    const int before = librdf_model_size(f->model);
    assert_int_equal(act(f, ADD, GRAPH, "urn:s", "urn:p", "one"), 0);
    assert_int_equal(act(f, ADD, GRAPH, "urn:s", "urn:p", "two"), 0);
    assert_int_equal(act(f, ADD, GRAPH, "urn:s", "urn:p", "two"), 0);
    assert_int_equal(count(f, GRAPH, "urn:s", NULL, NULL), 2);
    assert_true(has_context(f, GRAPH));
    assert_int_equal(librdf_model_size(f->model), before); /* not in the default graph */

    assert_int_equal(act(f, REMOVE, GRAPH, "urn:s", "urn:p", "one"), 0);
    assert_int_not_equal(act(f, REMOVE, GRAPH, "urn:s", "urn:p", "one"), 0);
    assert_int_not_equal(act(f, REMOVE, GRAPH, "urn:s", "urn:p", "never"), 0);
    assert_int_equal(count(f, GRAPH, NULL, NULL, NULL), 1);
    assert_int_equal(act(f, REMOVE, GRAPH, "urn:s", "urn:p", "two"), 0);
    assert_false(has_context(f, GRAPH)); /* it went with its last statement */

    librdf_node *context = node(f, GRAPH);
    assert_int_equal(act(f, ADD, GRAPH, "urn:s", "urn:p", "one"), 0);
    assert_int_equal(act(f, ADD, GRAPH, "urn:s", "urn:p", "two"), 0);
    assert_int_equal(librdf_model_context_remove_statements(f->model, context), 0);
    librdf_free_node(context);
    assert_false(has_context(f, GRAPH));
}

static void what_is_written_stays(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(act(f, ADD, GRAPH, "urn:s", "urn:p", "kept"), 0);
    close_model(f);
    open_model(f, NULL);
    assert_int_equal(count(f, GRAPH, "urn:s", "urn:p", "kept"), 1);
}

static void writes_elsewhere_are_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const reserved[] = {
        "urn:intercloud:ad:admin:cloud2", "urn:intercloud:ad:admin:nobody",
        "urn:intercloud:ontology", "urn:intercloud:metadata"};
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        const int before = count(f, reserved[i], NULL, NULL, NULL);
        librdf_node *context = node(f, reserved[i]);
        assert_int_not_equal(act(f, ADD, reserved[i], "urn:s", "urn:p", "o"), 0);
        assert_message(f, "is a graph of the catalog's own; advertisements change by publish");
        assert_int_not_equal(act(f, REMOVE, reserved[i], "urn:s", "urn:p", "o"), 0);
        assert_message(f, reserved[i]);
        assert_int_not_equal(librdf_model_context_remove_statements(f->model, context), 0);
        assert_message(f, reserved[i]);
        librdf_free_node(context);
        assert_int_equal(count(f, reserved[i], NULL, NULL, NULL), before);
    }
    assert_int_not_equal(act(f, ADD, NULL, "urn:s", "urn:p", "o"), 0);
    assert_message(f, "give a context, or open the storage with graph='IRI'");
    assert_int_not_equal(
        act(f, REMOVE, NULL, "urn:intercloud:cloud:cloud4", NS "cloudName", "cloud4"), 0);
    assert_message(f, "give a context");
    assert_int_equal(count(f, NULL, NULL, NS "cloudName", "cloud4"), 1);
}

static void what_is_no_rdf_is_refused(void **state)
{
    struct fixture *f = *state;
    librdf_statement *relative = librdf_new_statement_from_nodes(
        f->world, node(f, "urn:s"),
        librdf_new_node_from_uri_string(f->world, (const unsigned char *)"relative"),
        node(f, "o"));
    librdf_node *graph = node(f, GRAPH), *blank = node(f, "_:b"), *literal = node(f, "text");
    assert_int_not_equal(librdf_model_context_add_statement(f->model, graph, relative), 0);
    assert_message(f, "the predicate \"relative\" is not an absolute IRI");
    librdf_free_statement(relative);

    librdf_statement *good = statement(f, "urn:s", "urn:p", "o");
    assert_int_not_equal(librdf_model_context_add_statement(f->model, blank, good), 0);
    assert_message(f, "a graph's name is an IRI");
    assert_int_not_equal(librdf_model_context_add_statement(f->model, literal, good), 0);
    assert_message(f, "a graph's name is an IRI");
    librdf_free_statement(good);
    librdf_free_node(graph);
    librdf_free_node(blank);
    librdf_free_node(literal);

    assert_int_not_equal(act(f, ADD, GRAPH, "_:two words", "urn:p", "o"), 0);
    assert_message(f, "\"two words\" is no blank node label");
    assert_int_not_equal(act(f, ADD, GRAPH, "urn:s", "urn:p", "urn:with space"), 0);
    assert_message(f, "<urn:with space> is no IRI: percent-encode white space");
    assert_int_not_equal(act(f, ADD, GRAPH, "urn:s", "urn:p", "bad \xff"), 0);
    assert_int_equal(count(f, GRAPH, NULL, NULL, NULL), 0);
}

static librdf_node *typed(struct fixture *f, const char *text, const char *language,
                          const char *datatype)
{
    librdf_uri *uri =
        datatype ? librdf_new_uri(f->world, (const unsigned char *)datatype) : NULL;
    librdf_node *made = librdf_new_node_from_typed_literal(
        f->world, (const unsigned char *)text, language, uri);
    if (uri)
        librdf_free_uri(uri);
    return made;
}

static void literals_come_back_as_they_were(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text, *language, *datatype;
    } literals[] = {{"", NULL, NULL},
                    {"two\nlines \"quoted\"", NULL, NULL},
                    {"\xe6\x97\xa5\xe6\x9c\xac", "ja", NULL},
                    {"\xe6\x97\xa5\xe6\x9c\xac", NULL, NULL},
                    {"005", NULL, "http://www.w3.org/2001/XMLSchema#integer"},
                    {"5", NULL, "http://www.w3.org/2001/XMLSchema#integer"},
                    {"5", NULL, "urn:my:type"}};
    librdf_node *graph = node(f, GRAPH);
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
        librdf_node *object =
            typed(f, literals[i].text, literals[i].language, literals[i].datatype);
        librdf_statement *st = librdf_new_statement_from_nodes(
            f->world, node(f, "urn:s"), node(f, "urn:p"), librdf_new_node_from_node(object));
        assert_int_equal(librdf_model_context_add_statement(f->model, graph, st), 0);
        librdf_stream *stream = librdf_model_find_statements_in_context(f->model, st, graph);
        assert_false(librdf_stream_end(stream));
        assert_true(librdf_node_equals(
            librdf_statement_get_object(librdf_stream_get_object(stream)), object));
        assert_int_equal(count_rest(stream), 1);
        librdf_free_statement(st);
        librdf_free_node(object);
    }
    librdf_free_node(graph);
    assert_int_equal(count(f, GRAPH, NULL, NULL, NULL), sizeof literals / sizeof *literals);
}

/* What a program read, it finds again: in this process and in the next. */
static void blank_nodes_keep_their_names(void **state)
{
    struct fixture *f = *state;
    librdf_node *made = librdf_new_node(f->world); /* a name that librdf thinks of */
    char name[128];
    snprintf(name, sizeof name, "_:%s", (char *)librdf_node_get_blank_identifier(made));
    librdf_free_node(made);
    assert_int_equal(act(f, ADD, GRAPH, name, "urn:p", "one"), 0);
    assert_int_equal(act(f, ADD, GRAPH, "_:mine", "urn:knows", name), 0);
    close_model(f);

    open_model(f, NULL);
    librdf_stream *stream = find(f, GRAPH, NULL, "urn:p", "one");
    librdf_node *read = librdf_statement_get_subject(librdf_stream_get_object(stream));
    assert_true(librdf_node_is_blank(read));
    assert_string_equal((char *)librdf_node_get_blank_identifier(read), name + 2);
    librdf_free_stream(stream);
    assert_int_equal(count(f, GRAPH, "_:mine", NULL, name), 1);
    assert_int_equal(act(f, ADD, GRAPH, name, "urn:p", "two"), 0);
    assert_int_equal(count(f, GRAPH, name, "urn:p", NULL), 2);
    assert_int_equal(act(f, REMOVE, GRAPH, "_:mine", "urn:knows", name), 0);
    assert_int_equal(count(f, GRAPH, "_:mine", NULL, NULL), 0);
}

static void a_graph_of_ones_own(void **state)
{
    struct fixture *f = *state;
    close_model(f);
    open_model(f, "graph='" GRAPH "'");
    assert_int_equal(librdf_model_size(f->model), 0);
    assert_int_equal(act(f, ADD, NULL, "urn:s", "urn:p", "o"), 0);
    assert_int_equal(librdf_model_size(f->model), 1);
    librdf_statement *st = statement(f, "urn:s", "urn:p", "o");
    assert_true(librdf_model_contains_statement(f->model, st));
    librdf_free_statement(st);
    assert_int_equal(count(f, NULL, NULL, NS "cloudName", NULL), 0);
    assert_int_equal(count(f, "urn:intercloud:ad:admin:cloud2", NULL, NS "cloudName", NULL), 1);
    assert_int_equal(count(f, GRAPH, NULL, NULL, NULL), 1);
    assert_int_equal(act(f, REMOVE, NULL, "urn:s", "urn:p", "o"), 0);
    assert_int_equal(librdf_model_size(f->model), 0);
}

/* ---- several changes ---- */

static void a_transaction_is_all_or_nothing(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(act(f, ADD, GRAPH, "urn:s", "urn:p", "old"), 0);
    assert_int_equal(librdf_model_transaction_start(f->model), 0);
    assert_int_not_equal(librdf_model_transaction_start(f->model), 0);
    assert_message(f, "a transaction is open");
    assert_int_equal(act(f, ADD, GRAPH, "urn:s", "urn:p", "new"), 0);
    assert_int_equal(act(f, ADD, "urn:other", "urn:s", "urn:p", "new"), 0);
    assert_int_equal(act(f, REMOVE, GRAPH, "urn:s", "urn:p", "old"), 0);
    assert_int_equal(count(f, GRAPH, NULL, NULL, NULL), 1); /* not yet */
    assert_int_equal(librdf_model_transaction_rollback(f->model), 0);
    assert_int_equal(count(f, GRAPH, "urn:s", "urn:p", "old"), 1);
    assert_false(has_context(f, "urn:other"));
    assert_int_not_equal(librdf_model_transaction_commit(f->model), 0);
    assert_message(f, "no transaction is open");

    assert_int_equal(librdf_model_transaction_start(f->model), 0);
    assert_int_equal(act(f, ADD, GRAPH, "urn:s", "urn:p", "new"), 0);
    assert_int_equal(act(f, ADD, "urn:other", "urn:s", "urn:p", "new"), 0);
    assert_int_equal(act(f, REMOVE, GRAPH, "urn:s", "urn:p", "old"), 0);
    assert_int_equal(librdf_model_transaction_commit(f->model), 0);
    assert_int_equal(count(f, GRAPH, "urn:s", "urn:p", "new"), 1);
    assert_int_equal(count(f, GRAPH, NULL, NULL, NULL), 1);
    assert_true(has_context(f, "urn:other"));

    assert_int_equal(librdf_model_transaction_start(f->model), 0);
    assert_int_equal(act(f, ADD, GRAPH, "urn:s", "urn:p", "newer"), 0);
    assert_int_equal(act(f, ADD, "urn:intercloud:ontology", "urn:s", "urn:p", "newer"), 0);
    assert_int_not_equal(librdf_model_transaction_commit(f->model), 0);
    assert_message(f, "urn:intercloud:ontology");
    assert_int_equal(count(f, GRAPH, NULL, NULL, "newer"), 0);
}

/* In order: what is added and removed in one transaction is not there. */
static void a_transaction_keeps_its_order(void **state)
{
    struct fixture *f = *state;
    librdf_node *graph = node(f, GRAPH);
    assert_int_equal(act(f, ADD, GRAPH, "urn:s", "urn:p", "old"), 0);
    assert_int_equal(librdf_model_transaction_start(f->model), 0);
    assert_int_equal(act(f, ADD, GRAPH, "urn:s", "urn:p", "first"), 0);
    assert_int_equal(librdf_model_context_remove_statements(f->model, graph), 0);
    assert_int_equal(act(f, ADD, GRAPH, "urn:s", "urn:p", "second"), 0);
    assert_int_equal(act(f, ADD, GRAPH, "urn:s", "urn:p", "third"), 0);
    assert_int_equal(act(f, REMOVE, GRAPH, "urn:s", "urn:p", "third"), 0);
    assert_int_equal(librdf_model_transaction_commit(f->model), 0);
    librdf_free_node(graph);
    assert_int_equal(count(f, GRAPH, NULL, NULL, NULL), 1);
    assert_int_equal(count(f, GRAPH, NULL, NULL, "second"), 1);
}

static int add_turtle(struct fixture *f, const char *graph, const char *turtle)
{
    librdf_uri *base = librdf_new_uri(f->world, (const unsigned char *)"http://base.example/");
    librdf_parser *parser = librdf_new_parser(f->world, "turtle", NULL, NULL);
    librdf_stream *stream =
        librdf_parser_parse_string_as_stream(parser, (const unsigned char *)turtle, base);
    librdf_node *context = node(f, graph);
    assert_non_null(stream);
    const int failed = librdf_model_context_add_statements(f->model, context, stream);
    librdf_free_node(context);
    librdf_free_stream(stream);
    librdf_free_parser(parser);
    librdf_free_uri(base);
    return failed;
}

/* Adds a stream of which the second statement is bad. */
static int add_bad_stream(struct fixture *f, const char *graph)
{
    librdf_storage *storage = librdf_new_storage(f->world, "memory", NULL, NULL);
    librdf_model *model = librdf_new_model(f->world, storage, NULL);
    librdf_node *context = node(f, graph);
    const char *const objects[] = {"good", "urn:{bad}", "good too"};
    for (int i = 0; i < 3; i++) {
        librdf_statement *st = statement(f, "urn:bad:s", "urn:p", objects[i]);
        assert_int_equal(librdf_model_add_statement(model, st), 0);
        librdf_free_statement(st);
    }
    librdf_stream *stream = librdf_model_as_stream(model);
    const int failed = librdf_model_context_add_statements(f->model, context, stream);
    librdf_free_stream(stream);
    librdf_free_node(context);
    librdf_free_model(model);
    librdf_free_storage(storage);
    return failed;
}

static void a_stream_is_added_whole_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(add_turtle(f, GRAPH, "<a> <urn:p> 1, 2, [ <urn:q> 'x'@en ] ."), 0);
    assert_int_equal(count(f, GRAPH, NULL, NULL, NULL), 4);
    assert_int_equal(count(f, GRAPH, "http://base.example/a", "urn:p", NULL), 3);
    assert_int_not_equal(add_bad_stream(f, GRAPH), 0);
    assert_message(f, "<urn:{bad}> is no IRI");
    assert_int_equal(count(f, GRAPH, NULL, NULL, NULL), 4);

    assert_int_equal(librdf_model_transaction_start(f->model), 0);
    assert_int_not_equal(add_bad_stream(f, GRAPH), 0);
    assert_int_equal(add_turtle(f, GRAPH, "<a> <urn:p> 5 ."), 0);
    assert_int_equal(librdf_model_transaction_commit(f->model), 0);
    assert_int_equal(count(f, GRAPH, NULL, NULL, NULL), 5);
    assert_int_equal(count(f, GRAPH, "urn:bad:s", NULL, NULL), 0);
}

/* ---- reading and writing at once ---- */

static void adding_while_iterating(void **state)
{
    struct fixture *f = *state;
    char text[32];
    for (int i = 0; i < 50; i++) {
        snprintf(text, sizeof text, "value %d", i);
        assert_int_equal(act(f, ADD, GRAPH, "urn:s", "urn:p", text), 0);
    }
    librdf_stream *other = find(f, NULL, NULL, NS "cloudName", NULL);
    librdf_stream *stream = find(f, GRAPH, "urn:s", NULL, NULL);
    int seen = 0;
    for (; !librdf_stream_end(stream); librdf_stream_next(stream)) {
        librdf_node *object = librdf_statement_get_object(librdf_stream_get_object(stream));
        snprintf(text, sizeof text, "%s", (char *)librdf_node_get_literal_value(object));
        assert_int_equal(act(f, ADD, GRAPH, "urn:s", "urn:copied", text), 0);
        assert_int_equal(act(f, REMOVE, GRAPH, "urn:s", "urn:p", text), 0);
        seen++;
    }
    librdf_free_stream(stream);
    assert_int_equal(seen, 50); /* what there was when it was opened */
    assert_int_equal(count(f, GRAPH, NULL, "urn:p", NULL), 0);
    assert_int_equal(count(f, GRAPH, NULL, "urn:copied", NULL), 50);
    assert_int_equal(count_rest(other), 2);
}

static void a_model_is_copied_into_itself(void **state)
{
    struct fixture *f = *state;
    librdf_node *graph = node(f, GRAPH);
    librdf_stream *stream = librdf_model_as_stream(f->model);
    assert_int_equal(librdf_model_context_add_statements(f->model, graph, stream), 0);
    librdf_free_stream(stream);
    librdf_free_node(graph);
    assert_int_equal(count(f, GRAPH, NULL, NULL, NULL), librdf_model_size(f->model));
}

static void a_stream_outlives_its_model(void **state)
{
    struct fixture *f = *state;
    librdf_stream *stream = find(f, NULL, NULL, NS "cloudName", NULL);
    librdf_free_model(f->model);
    assert_int_equal(count_rest(stream), 2);
    f->model = librdf_new_model(f->world, f->storage, NULL);
    assert_non_null(f->model);
    assert_int_equal(count(f, NULL, NULL, NS "cloudName", NULL), 2);
}

/* Two storages in one world have the catalog open; each sees what the other wrote. */
static void two_models_share_a_catalog(void **state)
{
    struct fixture *f = *state;
    librdf_storage *storage =
        librdf_new_storage(f->world, "intercloud", f->catalog, "graph='" GRAPH "'");
    librdf_model *model = librdf_new_model(f->world, storage, NULL);
    assert_non_null(model);
    librdf_stream *stream = librdf_model_as_stream(model);
    assert_true(librdf_stream_end(stream));
    librdf_free_stream(stream);
    stream = find(f, NULL, NULL, NS "cloudName", NULL); /* open while the other one writes */
    librdf_statement *st = statement(f, "urn:s", "urn:p", "o");
    assert_int_equal(librdf_model_add_statement(model, st), 0);
    librdf_free_statement(st);
    assert_int_equal(count_rest(stream), 2);
    assert_int_equal(count(f, GRAPH, "urn:s", NULL, NULL), 1);
    librdf_free_model(model);
    librdf_free_storage(storage);
    assert_int_equal(count(f, GRAPH, "urn:s", NULL, NULL), 1);
}

enum { THREADS = 4, ADDED_BY_A_THREAD = 25 };

struct worker {
    struct fixture f;
    pthread_t thread;
    int number, wrong;
};

/* A world of its own: adds to a graph of its own and reads what others have. */
static void *work(void *context)
{
    struct worker *worker = context;
    struct fixture *f = &worker->f;
    char graph[64], text[32];
    snprintf(graph, sizeof graph, "urn:graph:%d", worker->number);
    for (int i = 0; i < ADDED_BY_A_THREAD; i++) {
        snprintf(text, sizeof text, "value %d", i);
        librdf_stream *stream = find(f, NULL, NULL, NS "cloudName", NULL);
        worker->wrong +=
            count(f, "urn:intercloud:ad:admin:cloud4", NULL, NS "cloudName", NULL) != 1;
        worker->wrong += act(f, ADD, graph, "urn:s", "urn:p", text) != 0;
        worker->wrong += count_rest(stream) != 2;
        worker->wrong += count(f, graph, NULL, NULL, NULL) != i + 1;
    }
    return NULL;
}

/* The worlds are opened and closed here: libltdl, which loads modules, is for one thread. */
static void each_thread_has_a_world(void **state)
{
    struct fixture *f = *state;
    struct worker workers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.number = i, .f = *f};
        workers[i].f.further = true;
        open_model(&workers[i].f, NULL);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
    for (int i = 0; i < THREADS; i++) {
        char graph[64];
        close_model(&workers[i].f);
        snprintf(graph, sizeof graph, "urn:graph:%d", i);
        assert_int_equal(workers[i].wrong, 0);
        assert_int_equal(count(f, graph, NULL, NULL, NULL), ADDED_BY_A_THREAD);
    }
}

/* ---- queries ---- */

static librdf_query *query_new(struct fixture *f, const char *text)
{
    librdf_query *query =
        librdf_new_query(f->world, "sparql", NULL, (const unsigned char *)text, NULL);
    assert_non_null(query);
    return query;
}

static librdf_query_results *run_query(struct fixture *f, const char *text)
{
    librdf_query *query = query_new(f, text);
    librdf_query_results *results = librdf_model_query_execute(f->model, query);
    librdf_free_query(query);
    return results;
}

#define NAMES                                                                                  \
    "PREFIX : <" NS "> SELECT ?name ?none WHERE { ?c :cloudName ?name "                        \
    "OPTIONAL { ?c <urn:none> ?none } } ORDER BY ?name"

static void a_select_gives_bindings(void **state)
{
    struct fixture *f = *state;
    librdf_query_results *results = run_query(f, NAMES);
    assert_non_null(results);
    assert_true(librdf_query_results_is_bindings(results));
    assert_false(librdf_query_results_is_boolean(results));
    assert_false(librdf_query_results_is_graph(results));
    assert_false(librdf_query_results_is_syntax(results));
    assert_null(librdf_query_results_as_stream(results));
    assert_true(librdf_query_results_get_boolean(results) < 0);
    assert_int_equal(librdf_query_results_get_bindings_count(results), 2);
    assert_string_equal(librdf_query_results_get_binding_name(results, 1), "none");
    assert_null(librdf_query_results_get_binding_name(results, 2));
    const char *const names[] = {"cloud2", "cloud4"};
    for (int i = 0; i < 2; i++) {
        const char **columns;
        librdf_node *values[2];
        assert_false(librdf_query_results_finished(results));
        assert_int_equal(librdf_query_results_get_count(results), i + 1);
        assert_int_equal(librdf_query_results_get_bindings(results, &columns, values), 0);
        assert_string_equal(columns[0], "name");
        assert_string_equal((char *)librdf_node_get_literal_value(values[0]), names[i]);
        assert_null(values[1]);
        librdf_node *value = librdf_query_results_get_binding_value_by_name(results, "name");
        assert_true(librdf_node_equals(value, values[0]));
        librdf_free_node(value);
        librdf_free_node(values[0]);
        assert_null(librdf_query_results_get_binding_value_by_name(results, "nothing"));
        assert_null(librdf_query_results_get_binding_value(results, 2));
        assert_int_equal(librdf_query_results_next(results), i == 1);
    }
    assert_true(librdf_query_results_finished(results));
    assert_null(librdf_query_results_get_binding_value(results, 0));
    assert_int_not_equal(librdf_query_results_get_bindings(results, NULL, NULL), 0);
    assert_int_equal(librdf_query_results_get_count(results), 2);
    librdf_free_query_results(results);
}

static void an_ask_gives_a_boolean(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *query;
        int answer;
    } asked[] = {{"ASK { ?c <" NS "cloudName> 'cloud2' }", 1},
                 {"ASK { ?c <" NS "cloudName> 'cloud3' }", 0}};
    for (int i = 0; i < 2; i++) {
        librdf_query_results *results = run_query(f, asked[i].query);
        assert_non_null(results);
        assert_true(librdf_query_results_is_boolean(results));
        assert_false(librdf_query_results_is_bindings(results));
        assert_int_equal(librdf_query_results_get_boolean(results), asked[i].answer);
        librdf_free_query_results(results);
    }
}

static void a_construct_gives_a_stream(void **state)
{
    struct fixture *f = *state;
    librdf_query_results *results =
        run_query(f, "CONSTRUCT { ?c <urn:name> ?n } WHERE { ?c <" NS "cloudName> ?n }");
    assert_non_null(results);
    assert_true(librdf_query_results_is_graph(results));
    assert_false(librdf_query_results_is_bindings(results));
    librdf_node *graph = node(f, GRAPH);
    librdf_stream *stream = librdf_query_results_as_stream(results);
    librdf_free_query_results(results); /* the stream goes on */
    assert_int_equal(librdf_model_context_add_statements(f->model, graph, stream), 0);
    librdf_free_stream(stream);
    librdf_free_node(graph);
    assert_int_equal(count(f, GRAPH, NULL, "urn:name", NULL), 2);
    assert_int_equal(count(f, GRAPH, NULL, "urn:name", "cloud4"), 1);
}

/* librdf by itself would add every context to the dataset and drop FROM. */
static void the_whole_query_reaches_the_engine(void **state)
{
    struct fixture *f = *state;
    librdf_query_results *results = run_query(
        f, "SELECT ?n FROM <urn:intercloud:ad:admin:cloud4> { ?c <" NS "cloudName> ?n }");
    assert_non_null(results);
    librdf_node *value = librdf_query_results_get_binding_value(results, 0);
    assert_string_equal((char *)librdf_node_get_literal_value(value), "cloud4");
    librdf_free_node(value);
    assert_int_not_equal(librdf_query_results_next(results), 0);
    librdf_free_query_results(results);

    librdf_uri *base = librdf_new_uri(f->world, (const unsigned char *)NS);
    librdf_query *query = librdf_new_query(
        f->world, "sparql", NULL, (const unsigned char *)"ASK { ?c <#cloudName> ?n }", base);
    results = librdf_model_query_execute(f->model, query);
    assert_non_null(results);
    assert_int_equal(librdf_query_results_get_boolean(results), 1);
    librdf_free_query_results(results);
    librdf_free_query(query);
    librdf_free_uri(base);
}

static void a_bad_query_says_where(void **state)
{
    struct fixture *f = *state;
    assert_null(run_query(f, "SELECT *\nWHERE { ?s ?p }\n"));
    assert_message(f, "query:2");
    assert_int_equal(count(f, NULL, NULL, NS "cloudName", NULL), 2);
}

/* One query run twice: neither result disturbs the other, nor does a write. */
static void results_stand_for_themselves(void **state)
{
    struct fixture *f = *state;
    librdf_query *query = query_new(f, NAMES);
    librdf_query_results *first = librdf_model_query_execute(f->model, query);
    librdf_query_results *second = librdf_model_query_execute(f->model, query);
    librdf_free_query(query);
    assert_int_equal(librdf_query_results_next(first), 0);
    assert_int_equal(act(f, ADD, GRAPH, "urn:s", "urn:p", "o"), 0);
    librdf_node *value = librdf_query_results_get_binding_value(second, 0);
    assert_string_equal((char *)librdf_node_get_literal_value(value), "cloud2");
    librdf_free_node(value);
    librdf_free_query_results(second);
    value = librdf_query_results_get_binding_value(first, 0);
    assert_string_equal((char *)librdf_node_get_literal_value(value), "cloud4");
    librdf_free_node(value);
    librdf_free_query_results(first);
}

static void queries_see_the_models_default_graph(void **state)
{
    struct fixture *f = *state;
    close_model(f);
    open_model(f, "graph='" GRAPH "'");
    assert_int_equal(act(f, ADD, NULL, "urn:s", "urn:p", "mine"), 0);
    librdf_query_results *results = run_query(f, "SELECT ?o { ?s ?p ?o }");
    assert_non_null(results);
    librdf_node *value = librdf_query_results_get_binding_value(results, 0);
    assert_string_equal((char *)librdf_node_get_literal_value(value), "mine");
    librdf_free_node(value);
    assert_int_not_equal(librdf_query_results_next(results), 0);
    librdf_free_query_results(results);
    results = run_query(f, "ASK { GRAPH ?g { ?c <" NS "cloudName> 'cloud4' } }");
    assert_int_equal(librdf_query_results_get_boolean(results), 1);
    librdf_free_query_results(results);
}

static void results_are_written(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *query, *format, *part;
    } written[] = {
        {NAMES, "json", "\"vars\":[\"name\",\"none\"]"},
        {NAMES, "xml", "<variable name=\"none\"/>"},
        {NAMES, "csv", "name,none\r\ncloud2,\r\ncloud4,\r\n"},
        {NAMES, "tsv", "?name\t?none\n\"cloud2\"\t\n\"cloud4\"\t\n"},
        {NAMES, NULL, "<variable name=\"none\"/>"},
        {"ASK {}", "json", "\"boolean\":true"},
        {"CONSTRUCT { ?c <urn:n> ?n } { ?c <" NS "cloudName> ?n }", "ntriples",
         "<urn:intercloud:cloud:cloud4> <urn:n> \"cloud4\" .\n"},
        {"CONSTRUCT { ?c <urn:n> ?n } { ?c <" NS "cloudName> ?n }", NULL, "\"cloud4\""}};
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        librdf_query_results *results = run_query(f, written[i].query);
        unsigned char *text =
            librdf_query_results_to_string2(results, written[i].format, NULL, NULL, NULL);
        if (!text)
            fail_msg("%s", f->message);
        char *compact = calloc(1, strlen((char *)text) + 1), *to = compact;
        for (const char *p = (char *)text; *p; p++) /* JSON may be laid out */
            if (!written[i].format || strcmp(written[i].format, "json") != 0 ||
                (*p != ' ' && *p != '\n'))
                *to++ = *p;
        if (!strstr(compact, written[i].part))
            fail_msg("\"%s\" lacks \"%s\"", compact, written[i].part);
        assert_true(librdf_query_results_finished(results));
        free(compact);
        librdf_free_memory(text);
        librdf_free_query_results(results);
    }
    librdf_query_results *results = run_query(f, NAMES);
    assert_null(librdf_query_results_to_string2(results, "html", NULL, NULL, NULL));
    assert_message(f, "results are not written as \"html\"; xml, json,");
    assert_null(librdf_query_results_to_string2(results, "turtle", NULL, NULL, NULL));
    assert_message(f, "which turtle cannot carry");
    librdf_free_query_results(results);
}

/* ---- opening ---- */

static void options_that_are_refused(void **state)
{
    struct fixture *f = *state;
    assert_null(librdf_new_storage(f->world, "intercloud", f->catalog, "new='yes'"));
    assert_message(f, "`intercloud-catalog ontology load` makes one");
    assert_null(librdf_new_storage(f->world, "intercloud", NULL, NULL));
    assert_message(f, "it is the catalog's directory");

    librdf_storage *storage = librdf_new_storage(f->world, "intercloud", f->directory, NULL);
    assert_non_null(storage);
    assert_null(librdf_new_model(f->world, storage, NULL));
    assert_message(f, f->directory);
    librdf_free_storage(storage);

    close_model(f);
    open_model(f, "write='no'");
    assert_int_not_equal(act(f, ADD, GRAPH, "urn:s", "urn:p", "o"), 0);
    assert_message(f, "the storage was opened with write='no'");
    assert_int_equal(count(f, NULL, NULL, NS "cloudName", NULL), 2);
}

static void worlds_come_and_go(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 3; i++) {
        close_model(f);
        open_model(f, NULL);
        assert_int_equal(count(f, NULL, NULL, NS "cloudName", NULL), 2);
    }
    close_model(f);
    assert_int_equal(shell(f, "list", NULL), 0); /* nobody owns it now */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(advertisements_are_read),
                                       TEST(contexts_are_the_named_graphs),
                                       TEST(sources_arcs_and_targets),
                                       TEST(plain_graphs_are_edited),
                                       TEST(what_is_written_stays),
                                       TEST(writes_elsewhere_are_refused),
                                       TEST(what_is_no_rdf_is_refused),
                                       TEST(literals_come_back_as_they_were),
                                       TEST(blank_nodes_keep_their_names),
                                       TEST(a_graph_of_ones_own),
                                       TEST(a_transaction_is_all_or_nothing),
                                       TEST(a_transaction_keeps_its_order),
                                       TEST(a_stream_is_added_whole_or_not_at_all),
                                       TEST(adding_while_iterating),
                                       TEST(a_model_is_copied_into_itself),
                                       TEST(a_stream_outlives_its_model),
                                       TEST(two_models_share_a_catalog),
                                       TEST(each_thread_has_a_world),
                                       TEST(a_select_gives_bindings),
                                       TEST(an_ask_gives_a_boolean),
                                       TEST(a_construct_gives_a_stream),
                                       TEST(the_whole_query_reaches_the_engine),
                                       TEST(a_bad_query_says_where),
                                       TEST(results_stand_for_themselves),
                                       TEST(queries_see_the_models_default_graph),
                                       TEST(results_are_written),
                                       TEST(options_that_are_refused),
                                       TEST(worlds_come_and_go)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
