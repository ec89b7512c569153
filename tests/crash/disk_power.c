/* SPDX-License-Identifier: Apache-2.0 */
/* What a power cut leaves of a directory, from the record of what was done to it.
 *
 * A file is what was synced, and of the blocks (4 KB, aligned) written since each is there or
 * not. Names are changed in the order in which that was asked for, at least up to the last sync
 * of anything. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "disk.h"
#include "disk_names.h"
#include "support.h"

enum { BLOCK_BYTES = 4096, CHANCES = 16 };

struct file {
    unsigned char *data;
    size_t size, room;
    const struct disk_record **pending; /* not synced, in order */
    size_t pending_count, pending_room;
};

struct disk {
    struct file files[DISK_OBJECTS_MAX];
    const struct disk_record **renames; /* changes of names, in order */
    size_t rename_count, rename_room, lasting;
    struct chance chance;
    unsigned kept_of_16; /* how likely a block is there */
    uint64_t lost;
};

static void *grown(void *old, size_t size)
{
    void *block = realloc(old, size);
    if (!block)
        give_up("out of memory for a power cut");
    return block;
}

static void append(const struct disk_record ***list, size_t *count, size_t *room,
                   const struct disk_record *record)
{
    if (*count == *room) {
        *room = *room ? 2 * *room : 16;
        *list = grown(*list, *room * sizeof **list);
    }
    (*list)[(*count)++] = record;
}

static void resize(struct file *file, size_t size)
{
    if (size > file->room) {
        file->room = 2 * size;
        file->data = grown(file->data, file->room);
    }
    if (size > file->size)
        memset(file->data + file->size, 0, size - file->size);
    file->size = size;
}

static void put(struct file *file, uint64_t offset, const unsigned char *data, size_t size)
{
    if (offset + size > file->size)
        resize(file, offset + size);
    memcpy(file->data + offset, data, size);
}

/* What was pending is on the disk. */
static void settle(struct file *file)
{
    for (size_t i = 0; i < file->pending_count; i++) {
        const struct disk_record *record = file->pending[i];
        if (record->kind == DISK_WRITE)
            put(file, record->offset, record->data, record->size);
        else
            resize(file, record->offset);
    }
    file->pending_count = 0;
}

static bool kept(struct disk *disk)
{
    const bool there = chance_below(&disk->chance, CHANCES) < disk->kept_of_16;
    disk->lost += !there;
    return there;
}

/* Of what was pending, some is on the disk. */
static void settle_some(struct disk *disk, struct file *file)
{
    for (size_t i = 0; i < file->pending_count; i++) {
        const struct disk_record *record = file->pending[i];
        if (record->kind == DISK_TRUNCATE) {
            if (kept(disk))
                resize(file, record->offset);
            continue;
        }
        for (uint64_t done = 0; done < record->size;) {
            const uint64_t at = record->offset + done;
            uint64_t size = BLOCK_BYTES - at % BLOCK_BYTES;
            if (size > record->size - done)
                size = record->size - done;
            if (kept(disk))
                put(file, at, record->data + done, size);
            done += size;
        }
    }
}

static void replay(struct disk *disk, const struct disk_record *record, uint32_t objects)
{
    switch ((enum disk_kind)record->kind) {
    case DISK_WRITE:
    case DISK_TRUNCATE: {
        struct file *file = &disk->files[record->object];
        append(&file->pending, &file->pending_count, &file->pending_room, record);
        break;
    }
    case DISK_CREATE:
    case DISK_RENAME:
    case DISK_UNLINK:
        append(&disk->renames, &disk->rename_count, &disk->rename_room, record);
        break;
    case DISK_SYNC:
        settle(&disk->files[record->object]); /* object 0 has nothing pending */
        disk->lasting = disk->rename_count;
        break;
    case DISK_SYNC_ALL:
        for (uint32_t i = 1; i <= objects; i++)
            settle(&disk->files[i]);
        disk->lasting = disk->rename_count;
        break;
    }
}

static void change_name(struct disk_names *names, const struct disk_record *record)
{
    const char *path = (const char *)record->data;
    if (record->kind == DISK_CREATE)
        disk_names_set(names, path, record->object);
    else if (record->kind == DISK_UNLINK)
        disk_names_set(names, path, 0);
    else
        disk_names_rename(names, path, path + strlen(path) + 1);
}

static void make_parents(const char *path)
{
    char part[PATH_BYTES_MAX];
    snprintf(part, sizeof part, "%s", path);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            give_up("cannot make %s: %s", part, strerror(errno));
        *slash = '/';
    }
}

static void read_before(struct disk *disk, const struct disk_journal *journal,
                        const char *before)
{
    for (uint32_t i = 0; i < journal->name_count; i++) {
        char path[PATH_BYTES_MAX];
        struct file *file = &disk->files[journal->names[i].object];
        join_path(path, before, journal->names[i].path);
        file->data = read_whole(path, &file->size);
        if (!file->data)
            give_up("cannot read %s", path);
        file->room = file->size;
    }
}

static void write_after(const struct disk *disk, const struct disk_names *names,
                        const char *directory)
{
    for (uint32_t i = 0; i < names->count; i++) {
        char path[PATH_BYTES_MAX];
        const struct file *file = &disk->files[names->items[i].object];
        join_path(path, directory, names->items[i].path);
        make_parents(path);
        write_whole(path, file->data, file->size);
    }
}

uint64_t disk_power_cut(const struct disk_journal *journal, const char *before,
                        const char *directory, uint64_t seed)
{
    static const unsigned chances[] = {0, 8, 15, CHANCES};
    struct disk *disk = calloc(1, sizeof *disk);
    struct disk_names *names = calloc(1, sizeof *names);
    if (!disk || !names)
        give_up("out of memory for a power cut");
    disk->chance.state = seed;
    disk->kept_of_16 = chances[chance_below(&disk->chance, sizeof chances / sizeof *chances)];
    read_before(disk, journal, before);
    for (uint64_t at = 0; at < journal->used;) {
        const struct disk_record *record =
            (const struct disk_record *)(const void *)(journal->records + at);
        replay(disk, record, journal->object_count);
        at += (sizeof *record + record->size + 7) / 8 * 8;
    }
    for (uint32_t i = 1; i <= journal->object_count; i++)
        settle_some(disk, &disk->files[i]);
    names->count = journal->name_count;
    memcpy(names->items, journal->names, sizeof journal->names);
    const size_t changes =
        disk->lasting + chance_below(&disk->chance, disk->rename_count - disk->lasting + 1);
    for (size_t i = 0; i < changes; i++)
        change_name(names, disk->renames[i]);

    remove_tree(directory);
    if (mkdir(directory, 0700) != 0)
        give_up("cannot make %s: %s", directory, strerror(errno));
    write_after(disk, names, directory);
    const uint64_t lost = disk->lost + (disk->rename_count - changes);
    for (uint32_t i = 0; i <= journal->object_count; i++) {
        free(disk->files[i].data);
        free(disk->files[i].pending);
    }
    free(disk->renames);
    free(disk);
    free(names);
    return lost;
}
