/* SPDX-License-Identifier: Apache-2.0 */
/* Whole conversations with the exchange, from files that read like a XEP's examples: what goes
 * in, and what must come out, to the letter.
 *
 *     # text              a comment
 *     ---- work           what was asked is worked on
 *     ---- idle           from here on, work waits for that line
 *     ---- pass 1000      so many milliseconds pass
 *     >>>>                a stanza that goes in, up to the next such line
 *     <<<<                what must have come out since the last line that did something
 *
 * Digests are written as "…", which stands for anything. Lines are joined where a tag or an
 * attribute begins; INTERCLOUD_TEST_WRITE=1 writes the files anew with what came out, for a
 * person to compare. Answers that schemas describe are validated. */
#include "tests/unit/service_fixture.h"

#include <dirent.h>
#include <stdlib.h>

#define FOLDER "tests/data/conversations"

enum { LINE_BYTES = 16 * 1024, TEXT_BYTES = 512 * 1024, FILES_MAX = 64 };

/* ---- one form for texts that mean the same ---- */

/* Adds a line to `text`, which then is as if nobody had broken it. */
static void join(struct ic_buffer *text, char *line)
{
    line += strspn(line, " ");
    line[strcspn(line, "\n")] = '\0';
    if (text->length && *line && *line != '<')
        ic_buffer_text(text, " ");
    ic_buffer_text(text, line);
}

#define ANYTHING "\xE2\x80\xA6"

/* True when `text` is what `pattern` says. */
static bool matches(const char *pattern, const char *text)
{
    while (*pattern) {
        if (strncmp(pattern, ANYTHING, strlen(ANYTHING)) == 0) {
            pattern += strlen(ANYTHING);
            text += strcspn(text, "'<");
        } else if (*pattern++ != *text++) {
            return false;
        }
    }
    return *text == '\0';
}

/* Digests change with the ontology, which is for ontologists to edit. */
static void hide_digests(char *text)
{
    for (char *at = text; *at; at++) {
        const size_t length = strspn(at, "0123456789abcdef");
        if (length != 64) {
            at += length > 0 ? length - 1 : 0;
            continue;
        }
        memcpy(at, ANYTHING, strlen(ANYTHING));
        memmove(at + strlen(ANYTHING), at + 64, strlen(at + 64) + 1);
    }
}

/* A line for each tag, indented; text stays with its tag. */
static void print_pretty(FILE *out, const char *xml)
{
    int depth = 0;
    for (const char *at = xml; *at;) {
        const char *end = strchr(at, '>');
        const bool closes = at[1] == '/';
        const bool single = end && end[-1] == '/';
        if (closes)
            depth--;
        fprintf(out, "%*s", depth * 2, "");
        /* An element with text, or with nothing, stays on its line. */
        const char *next = end ? strchr(end, '<') : NULL;
        if (!closes && !single && next && next[1] == '/' && strchr(next, '>'))
            end = strchr(next, '>');
        else if (!closes && !single)
            depth++;
        const size_t length = end ? (size_t)(end + 1 - at) : strlen(at);
        fprintf(out, "%.*s\n", (int)length, at);
        at += length;
    }
}

/* ---- running ---- */

struct script {
    struct exchange *x;
    const char *path;
    FILE *file, *written; /* written: NULL, or the file anew */
    unsigned line;
    struct ic_buffer text;
    char *asked; /* the last stanza that went in */
};

static bool is_mark(const char *line)
{
    return strncmp(line, ">>>>", 4) == 0 || strncmp(line, "<<<<", 4) == 0 ||
           strncmp(line, "----", 4) == 0 || *line == '#';
}

/* Lines up to the next mark, joined; their copies go to `written` when `copied`. */
static bool read_text(struct script *script, char *line, bool copied)
{
    ic_buffer_truncate(&script->text, 0);
    while (fgets(line, LINE_BYTES, script->file)) {
        script->line++;
        if (is_mark(line))
            return true;
        if (script->written && copied)
            fputs(line, script->written);
        join(&script->text, line);
    }
    return false;
}

/* What an element of this name holds, or NULL. Owned: free. */
static char *content(const char *text, const char *start, const char *end)
{
    const char *from = strstr(text, start);
    const char *to = from ? strstr(from, end) : NULL;
    return to ? strndup(from + strlen(start), (size_t)(to - from) - strlen(start)) : NULL;
}

/* What goes in and is accepted, and what comes out, is as the schemata say. */
static void check_schemas(const char *asked, const char *sent)
{
    char *node = content(asked, " node='", "'");
    const struct ic_adhoc_command *command = node ? ic_adhoc_find(node) : NULL;
    char *in = content(asked, "<in>", "</in>"), *out = content(sent, "<out>", "</out>");
    char *failure = content(sent, "<error><failure", "</error>");
    if (in && command && strstr(sent, "type='result'"))
        check_valid(command->input, in);
    if (out && command)
        check_valid(command->output, out);
    if (failure) {
        char *whole = NULL;
        assert_true(asprintf(&whole, "<failure%s", failure) > 0);
        check_valid(&ic_schema_failure, whole);
        free(whole);
    }
    free(node);
    free(in);
    free(out);
    free(failure);
}

/* ---- what holds of every answer ---- */

static bool is_one_of(const char *text, const char *const *list)
{
    for (; text && *list; list++)
        if (strcmp(text, *list) == 0)
            return true;
    return false;
}

/* XEP-0050, 3.4 and 4.2: what is offered, and that the default is among it. */
static void check_actions(const struct ic_element *actions)
{
    static const char *const names[] = {"prev", "next", "complete", NULL};
    const char *execute = ic_element_attribute(actions, "execute");
    bool offered = false;
    for (const struct ic_element *action = ic_element_first(actions); action;
         action = ic_element_next(action)) {
        assert_true(is_one_of(action->name, names));
        offered |= strcmp(action->name, execute ? execute : "next") == 0;
    }
    assert_true(offered);
}

/* XEP-0050, section 4. */
static void check_command(const struct ic_element *command)
{
    static const char *const statuses[] = {"executing", "completed", "canceled", NULL};
    static const char *const notes[] = {"info", "warn", "error", NULL};
    const char *status = ic_element_attribute(command, "status");
    const char *id = ic_element_attribute(command, "sessionid");
    bool goes_on = false, schemata = false;
    assert_non_null(ic_element_attribute(command, "node"));
    assert_null(ic_element_attribute(command, "action"));
    assert_true(is_one_of(status, statuses));
    for (const struct ic_element *child = ic_element_first(command); child;
         child = ic_element_next(child)) {
        const char *type = ic_element_attribute(child, "type");
        if (ic_element_is(child, IC_NS_COMMANDS, "note"))
            assert_true(is_one_of(type, notes));
        if (ic_element_is(child, IC_NS_COMMANDS, "actions")) {
            check_actions(child);
            goes_on = true;
        }
        schemata |= type && strcmp(type, "io-schemata-result") == 0;
    }
    assert_true(goes_on == (strcmp(status, "executing") == 0));
    assert_true(schemata || (id && *id));
}

/* XEP-0114, section 3: from the component, to somebody. */
static void check_addresses(const struct ic_element *stanza)
{
    const char *from = ic_element_attribute(stanza, "from");
    const char *to = ic_element_attribute(stanza, "to");
    assert_true(from && strcmp(from, JID) == 0);
    assert_true(to && *to);
}

static void check_stanzas(const char *sent)
{
    struct ic_stanza *all = NULL;
    char *text = NULL;
    assert_true(asprintf(&text, "<all xmlns='" IC_NS_COMPONENT "'>%s</all>", sent) > 0);
    assert_int_equal(ic_stanza_parse(text, strlen(text), NULL, &all, NULL), IC_OK);
    for (const struct ic_element *stanza = ic_element_first(all->element); stanza;
         stanza = ic_element_next(stanza)) {
        const struct ic_element *child = ic_element_first(stanza);
        check_addresses(stanza);
        if (ic_element_is(child, IC_NS_COMMANDS, "command"))
            check_command(child);
    }
    ic_stanza_free(all);
    free(text);
}

static void compare(struct script *script, unsigned line)
{
    char *sent = strdup(script->x->sent.length ? script->x->sent.data : "");
    const char *expected = script->text.length ? script->text.data : "";
    struct ic_buffer joined;
    check_schemas(script->asked, sent);
    check_stanzas(sent);
    ic_buffer_init(&joined, TEXT_BYTES);
    if (script->written) {
        hide_digests(sent);
        print_pretty(script->written, sent);
        fputc('\n', script->written);
    } else {
        char *rest = NULL;
        for (char *part = strtok_r(sent, "\n", &rest); part; part = strtok_r(NULL, "\n", &rest))
            join(&joined, part);
        const char *got = joined.length ? joined.data : "";
        if (!matches(expected, got))
            fail_msg("%s:%u: expected\n%s\nbut got\n%s", script->path, line, expected, got);
    }
    ic_buffer_free(&joined);
    free(sent);
}

static void act(struct script *script, const char *line)
{
    struct exchange *x = script->x;
    if (strncmp(line, "---- work", 9) == 0) {
        ic_buffer_truncate(&x->sent, 0);
        run_work(x);
    } else if (strncmp(line, "---- idle", 9) == 0) {
        x->idle_workers = true;
    } else if (strncmp(line, "---- pass ", 10) == 0) {
        pass(x, atoll(line + 10));
    } else {
        fail_msg("%s:%u: %s", script->path, script->line, line);
    }
}

static void run_script(struct script *script)
{
    char line[LINE_BYTES];
    bool more = fgets(line, sizeof line, script->file) != NULL;
    for (script->line = 1; more;) {
        const unsigned start = script->line;
        const bool sends = *line == '>', expects = *line == '<';
        if (script->written)
            fputs(line, script->written);
        if (sends) {
            more = read_text(script, line, true);
            free(script->asked);
            script->asked = strdup(script->text.data);
            send_stanza(script->x, script->asked);
        } else if (expects) {
            more = read_text(script, line, false);
            compare(script, start);
        } else {
            if (*line == '-')
                act(script, line);
            more = fgets(line, sizeof line, script->file) != NULL;
            script->line++;
        }
    }
}

static void run_file(struct exchange *x, const char *name)
{
    char path[300], anew[310];
    const bool write = getenv("INTERCLOUD_TEST_WRITE") != NULL;
    struct script script = {.x = x, .path = path};
    snprintf(path, sizeof path, FOLDER "/%s", name);
    snprintf(anew, sizeof anew, "%s.new", path);
    script.file = fopen(path, "r");
    assert_non_null(script.file);
    script.written = write ? fopen(anew, "w") : NULL;
    ic_buffer_init(&script.text, TEXT_BYTES);
    run_script(&script);
    ic_buffer_free(&script.text);
    free(script.asked);
    fclose(script.file);
    if (write) {
        fclose(script.written);
        assert_int_equal(rename(anew, path), 0);
    }
}

static void conversation(void **state)
{
    const char *const *name = *state;
    void *exchange = NULL;
    assert_int_equal(setup(&exchange), 0);
    struct exchange *x = exchange;
    ic_quotas_general(x->quotas)->sessions = 4;
    x->settings.publication_parts_max = 3;
    change_settings(x);
    run_file(x, *name);
    teardown(&exchange);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(void)
{
    static char *names[FILES_MAX];
    struct CMUnitTest tests[FILES_MAX];
    size_t count = 0;
    DIR *folder = opendir(FOLDER);
    for (struct dirent *entry; folder && (entry = readdir(folder)) && count < FILES_MAX;)
        if (strstr(entry->d_name, ".txt"))
            names[count++] = strdup(entry->d_name);
    if (folder)
        closedir(folder);
    qsort(names, count, sizeof *names, by_name);
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){names[i], conversation, NULL, NULL, &names[i]};
    if (count == 0) {
        fprintf(stderr, "there is no conversation in " FOLDER "\n");
        return 1;
    }
    const int failed = _cmocka_run_group_tests("conversations", tests, count, NULL, NULL);
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    return failed;
}
