/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rotation of the master key. It has three parts, each of which may be cut short at any point, to
 * be finished later, after a kill -9 too: the switch (another master key, a new generation of
 * keys), the work (what the store has is sealed again with the new generation, in small
 * transactions), and the end of the old generation, once no session token can be sealed with it.
 * One thread uses a struct rotate.
 */
#pragma once

#include "server/keys.h"

/* A walk through everything that is sealed; zeroed at its beginning. */
struct rotate_walk {
    size_t pass;                           /* which kind of rows: the table in rotate.c */
    char after[IAM_ACCESS_KEY_ID_MAX + 1]; /* the last row that was seen; empty: none */
    unsigned long sealed;                  /* rows that were sealed again */
    unsigned long damaged;                 /* rows that no key opens; they are left as they are */
};

struct rotate {
    const struct data_dir *dir;
    struct iam_store *store;
    struct iam_keeper *keeper;
    bool has_work;      /* rows may be sealed with an old generation */
    int64_t drop_at_ms; /* when an old generation is of no use any more; 0: there is none */
    struct rotate_walk walk;
};

/* Finds what an earlier process has left to do. dir, store and keeper are set. IAM_IO, IAM_NOMEM.
 */
enum iam_status rotate_look(struct rotate *r) IAM_MUST_USE;
/*
 * Switches to another master key. For a key in a file new_key is NULL; otherwise it is the base64
 * of the new one, which the operator gives at the next start. When IAM_OK is returned, that holds
 * for good; on failure the key in use stays, and text says why. text (DATA_DIR_ERROR_MAX bytes)
 * says in both cases what the operator has to do.
 */
enum iam_status rotate_switch(struct rotate *r, const char *new_key, int64_t now_ms,
                              char text[DATA_DIR_ERROR_MAX]) IAM_MUST_USE;
/* Does a piece of the work (has_work) in a transaction. On failure it can be called again. */
enum iam_status rotate_step(struct rotate *r) IAM_MUST_USE;
/* Drops the generations whose time has come. */
enum iam_status rotate_drop(struct rotate *r, int64_t now_ms) IAM_MUST_USE;
