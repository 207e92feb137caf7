/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes of every kind, sent as a client sends them to a server in this process with a store in a
 * file, while something fails. After each answer that is not plain success, and at the end, what is
 * in force must agree with all answers: in the running server, after a power cut at that moment
 * (vfs_shim.h), and after a restart. What was acknowledged is there, what was refused is not, what
 * is unknown is there wholly or not at all, and nobody is told that credentials are bad.
 */
#pragma once

#include "lib/inproc.h"

/* A fault of one kind. */
struct script_fault {
    const char *name;
    void (*arm)(void *ctx, size_t n, bool is_persistent); /* the nth call from now fails */
    void (*disarm)(void *ctx);
    size_t (*failed)(void *ctx);          /* calls since it was armed that have failed */
    void (*pause)(void *ctx, bool is_on); /* what the test does itself does not count */
    void *ctx;
};

/* What came out, over all runs. */
struct script_figures {
    size_t runs;
    size_t acknowledged;
    size_t refused;
    size_t unknown;
    size_t images; /* power cuts looked at */
};

/* Makes the directory and the store that every run begins with. */
void script_begin(void);
/* Removes them. */
void script_end(void);
/*
 * Runs the script with the nth call failing. False: nothing has failed, as the script is over
 * before.
 */
bool script_run(const struct script_fault *fault, size_t n, bool is_persistent,
                struct script_figures *figures);
/*
 * Runs it for n = first, first + step, ... until nothing fails any more, once and for good.
 * IAMD_TORTURE=long in the environment: every n; IAMD_TORTURE=N: this one alone.
 */
void script_run_all(const struct script_fault *fault, size_t first, size_t step,
                    struct script_figures *figures);
