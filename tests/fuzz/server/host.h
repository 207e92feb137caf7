/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole server in this process, for the fuzz target: the command serve on a thread, listening on
 * a Unix socket, with three callers. It is started once and ends with the process.
 */
#pragma once

#include "lib/signer.h"

/* Who signs. What they may do is fixed: none of them may change any of the three. */
enum host_who {
    HOST_ROOT,    /* everything; signs the canary and nothing of the input */
    HOST_ADMIN,   /* everything but changing the callers and filling groups */
    HOST_SESSION, /* a session of a role that may read */
    HOST_NOBODY,  /* a user without permissions */
    HOST_WHOS     /* their number, not one of them */
};

struct host_caller {
    char id[129];
    char secret[129];
    char token[4097]; /* empty: a long-term key */
};

/* Starts the server unless it runs. Ends the process when it cannot. */
void host_start(void);
const struct host_caller *host_caller(enum host_who who);
/* Returns a new connection, or ends the process. The caller closes it. */
int host_connect(void);
