/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The default VFS of SQLite with a fault in it: every call that can fail is counted, and the nth
 * fails, that one alone or all from it on. It also knows what would be on the disk if the power
 * failed now. For one thread. Nothing is synced in truth.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What a call that fails has done before. */
enum shim_manner {
    SHIM_NOTHING,
    SHIM_HALF, /* a write: its first half; a sync: nothing of what was written ever gets to the disk
                  unless it is written again */
    SHIM_ALL,  /* all of it: only the answer is wrong */
    SHIM_NO_SPACE, /* nothing, and the reason is a full disk */
    SHIM_MANNERS
};

struct shim {
    size_t count;   /* calls so far */
    size_t fail_at; /* the first to fail, from 1; 0: none */
    bool is_persistent;
    enum shim_manner manner;
    size_t failed;
    bool is_paused; /* calls neither count nor fail */
};

extern struct shim shim;

/* Makes it the default VFS, once. */
void shim_install(void);
/* Forgets every file: what they hold when they are opened next is on the disk. */
void shim_reset(void);

/* What a power cut leaves. */
enum shim_image {
    SHIM_WRITTEN, /* all that was written */
    SHIM_SYNCED,  /* what was synced */
    SHIM_MIXED,   /* that, and a part of what was written since, by chance */
    SHIM_IMAGES
};

/* Writes database `from` and its log, as a power cut now would leave them, to `to`. */
void shim_copy(const char *from, const char *to, enum shim_image image, unsigned seed);
