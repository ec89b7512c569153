/* SPDX-License-Identifier: Apache-2.0 */
/* The crash harness's rounds with the shell: intercloud-catalog imports or loads an ontology
 * and is killed. What it printed before was acknowledged. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crash_supervisor.h"

enum {
    SHELL_MAX_MS = 60000,   /* for a command that is not killed */
    SHELL_GUESS_US = 60000, /* how long a command takes, before one was seen */
};

static int command_run(void *context)
{
    const struct supervisor *s = context;
    const int out = open(s->output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (out < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
        return 1;
    execv(s->harness.program, (char *const *)(uintptr_t)s->arguments);
    return 1;
}

/* Starts the command; kills it at some moment when `phase` is not PHASE_IDLE. True: it was
 * killed or ended with status 0. */
static bool run_command(struct supervisor *s, const char *const *arguments, enum phase phase,
                        bool *ended)
{
    struct shared *shared = s->harness.shared;
    char text[64];
    struct child_result result;
    s->arguments = arguments;
    const uint64_t since_us = now_us();
    const uint64_t usual_us = atomic_load(&shared->phase_us[phase]);
    const pid_t pid = start_child(command_run, s);
    atomic_store(&shared->phases[0], (int)phase);
    if (phase == PHASE_IDLE)
        result = wait_child(pid, SHELL_MAX_MS);
    else
        result = wait_child(
            pid, 1 + chance_below(&s->chance, usual_us ? usual_us : SHELL_GUESS_US) / 1000);
    *ended = result.end == CHILD_GOOD;
    if (*ended)
        atomic_store(&shared->phase_us[phase], now_us() - since_us);
    if (!*ended && phase != PHASE_IDLE && result.end == CHILD_LATE) {
        count_hits(s);
        return true;
    }
    atomic_store(&shared->phases[0], PHASE_IDLE);
    size_t size;
    unsigned char *said = *ended ? NULL : read_whole(s->output, &size);
    if (!*ended)
        harness_fail(&s->harness, "the command %s %s: %.400s", arguments[3],
                     describe_child(result, text), said ? (char *)said : "");
    free(said);
    return *ended;
}

static void write_file(struct supervisor *s, unsigned file, uint64_t version,
                       char path[PATH_BYTES_MAX])
{
    char name[32];
    snprintf(name, sizeof name, "file%u.nt", file);
    join_path(path, s->harness.scratch, name);
    FILE *out = fopen(path, "w");
    for (unsigned i = 0; out && i < file_clouds(file); i++) {
        file_cloud_name(file, i, name);
        const struct world_cloud cloud = {name, version, false};
        world_write(out, &cloud, NULL);
    }
    if (!out || fclose(out) != 0)
        give_up("cannot write %s", path);
}

/* Did the command say that it stored this file? */
static bool says(const struct supervisor *s, const char *path)
{
    char line[2 * PATH_BYTES_MAX + 16];
    size_t size;
    unsigned char *said = read_whole(s->output, &size);
    snprintf(line, sizeof line, "%s: ", path);
    const char *found = said ? strstr((char *)said, line) : NULL;
    const bool good = found && strstr(found, " clouds");
    free(said);
    return good;
}

static bool shell_import(struct supervisor *s)
{
    struct slot *slots = &s->harness.shared->slots[SLOT_FILES];
    char paths[FILE_SLOTS][PATH_BYTES_MAX];
    bool ended;
    for (unsigned i = 0; i < FILE_SLOTS; i++) {
        uint64_t version = atomic_load(&slots[i].acked) + 1;
        while (world_withdrawn(version))
            version++;
        write_file(s, i, version, paths[i]);
        atomic_store(&slots[i].attempt, version);
    }
    const char *const arguments[] = {
        s->harness.program, "--db", s->harness.catalog, "import", paths[0], paths[1], NULL};
    if (!run_command(s, arguments, PHASE_SHELL_IMPORT, &ended))
        return false;
    for (unsigned i = 0; i < FILE_SLOTS; i++)
        if (ended || says(s, paths[i]))
            atomic_store(&slots[i].acked, atomic_load(&slots[i].attempt));
    return true;
}

static bool shell_ontology(struct supervisor *s)
{
    struct slot *slot = &s->harness.shared->slots[SLOT_ONTOLOGY];
    const uint64_t version = atomic_load(&slot->acked) + 1;
    bool ended;
    atomic_store(&slot->attempt, version);
    const char *const arguments[] = {s->harness.program,
                                     "--db",
                                     s->harness.catalog,
                                     "ontology",
                                     "load",
                                     s->harness.ontologies[version % WORLD_ONTOLOGIES],
                                     NULL};
    if (!run_command(s, arguments, PHASE_SHELL_ONTOLOGY, &ended))
        return false;
    if (ended)
        atomic_store(&slot->acked, version);
    return true;
}

static enum ic_status count_one(void *context, const struct ic_advertisement_info *info,
                                struct ic_error *error)
{
    unsigned *count = context;
    (void)info, (void)error;
    (*count)++;
    return IC_OK;
}

/* A creation that was killed left a whole catalog, with the file's clouds or none, or what is
 * no catalog. */
static int check_created(void *context)
{
    const struct supervisor *s = context;
    struct ic_catalog *catalog;
    struct ic_error error;
    const struct ic_view view = {NULL, 0};
    unsigned count = 0;
    enum ic_status status = harness_open(&s->harness, s->target, false, &catalog, &error);
    if (status == IC_NOT_FOUND)
        return 0;
    if (status == IC_OK) {
        status = ic_catalog_verify(catalog, NULL, NULL, &error);
        if (status == IC_OK)
            status = ic_catalog_list(catalog, &view, count_one, &count, &error);
        ic_catalog_close(catalog);
    }
    if (status != IC_OK)
        harness_fail(&s->harness, "a catalog whose making was killed: %s: %s",
                     ic_status_name(status), error.text);
    else if (count != 0 && count != file_clouds(0))
        harness_fail(&s->harness, "a catalog whose making was killed has %u clouds", count);
    return atomic_load(&s->harness.shared->failed);
}

static bool shell_create(struct supervisor *s)
{
    char path[PATH_BYTES_MAX];
    bool ended;
    join_path(s->target, s->harness.scratch, "created");
    write_file(s, 0, 1, path);
    const char *const arguments[] = {s->harness.program, "--db", s->target,
                                     "import",           path,   NULL};
    const bool good = run_command(s, arguments, PHASE_SHELL_CREATE, &ended) &&
                      check_in_child(s, check_created, s) &&
                      run_command(s, arguments, PHASE_IDLE, &ended) &&
                      check_in_child(s, check_created, s);
    if (good)
        remove_tree(s->target);
    return good;
}

bool shell_round(struct supervisor *s, enum phase phase)
{
    if (phase == PHASE_SHELL_IMPORT)
        return shell_import(s);
    return phase == PHASE_SHELL_ONTOLOGY ? shell_ontology(s) : shell_create(s);
}
