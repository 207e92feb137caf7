/* SPDX-License-Identifier: Apache-2.0 */
/* Files of vectors: a JSON object on each line. */
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/heap.h"
#include "codec/json.h"
#include "lib/test.h"

struct rows {
    const char *path;
    size_t number;          /* of the line, from 1 */
    struct iam_arena arena; /* empty for each line */
    size_t count;
    size_t failed;
    size_t excepted;
};

/* Looks at one line. */
typedef void rows_fn(struct rows *rows, struct iam_str line);

/* Returns the text of a member; absent when it has none. */
static inline struct iam_str rows_member(const struct iam_json *row, const char *name)
{
    const struct iam_json *m = iam_json_member(row, iam_str_c(name));
    return m != NULL && m->type == IAM_JSON_STRING ? m->text : iam_str_absent();
}

/* Calls each for every line of the file. */
static inline void rows_of_file(struct rows *rows, const char *path, rows_fn *each)
{
    FILE *f = fopen(path, "rb");
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    assert_non_null(f);
    rows->path = path;
    rows->number = 0;
    iam_arena_init(&rows->arena, iam_heap(), (size_t)64 << 20);
    while ((n = getline(&line, &cap, f)) > 0) {
        iam_arena_clear(&rows->arena);
        rows->number++;
        rows->count++;
        each(rows, (struct iam_str){ line, (size_t)n });
    }
    free(line);
    iam_arena_done(&rows->arena);
    assert_int_equal(fclose(f), 0);
}

/* Calls each for every line of every .jsonl file in the directory. */
static inline void rows_of_directory(struct rows *rows, const char *directory, rows_fn *each)
{
    DIR *dir = opendir(directory);
    const struct dirent *e;
    assert_non_null(dir);
    while ((e = readdir(dir)) != NULL) {
        char path[512];
        if (iam_str_ends(iam_str_c(e->d_name), IAM_STR(".jsonl"))) {
            (void)snprintf(path, sizeof(path), "%s/%s", directory, e->d_name);
            rows_of_file(rows, path, each);
        }
    }
    (void)closedir(dir);
}
