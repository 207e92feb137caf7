/* SPDX-License-Identifier: Apache-2.0 */
/* A data directory of a test, opened as a start opens it. */
#pragma once

#include "base/arena.h"
#include "lib/test.h"
#include "server/integrity.h"
#include "server/rotate.h"

#define WAY_NOW_MS INT64_C(1700000000000)
#define WAY_ACCOUNT "111122223333"

struct way {
    char path[64]; /* of the data directory */
    struct data_dir dir;
    struct integrity integrity;
    struct iam_store *store;
    struct iam_keeper *keeper;
    struct rotate rotate;
    char error[DATA_DIR_ERROR_MAX];
};

/* Makes an empty place; the data directory in it is not made. */
void way_begin(struct way *w);
/* Opens everything, and makes what a first start makes; way_close in every case. */
enum iam_status way_open(struct way *w);
void way_close(struct way *w);
/* Removes all files. */
void way_end(struct way *w);

/* The fixture of tests that need an open one, with memory: makes both, and removes them. */
struct way_fixture {
    struct way way;
    struct iam_arena arena;
};

extern struct way_fixture way_fixture;

int way_setup(void **state);
int way_teardown(void **state);

/* Adds count users with an access key each to the open store: AKIAKEY00001, ... */
void way_add_keys(struct way *w, unsigned count);
/* Checks that every access key opens, and returns their number. */
size_t way_check_keys(struct way *w);
/* Returns how many access keys are not sealed with the newest generation. */
size_t way_old_keys(struct way *w);
/* Writes the path of name in the data directory. */
const char *way_file(const struct way *w, const char *name);
bool way_has(const struct way *w, const char *name);
/* Does the work of a rotation to its end. */
void way_work(struct way *w);
