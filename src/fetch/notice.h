/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parent of the process that fetches tells the server, with the channels to a process that
 * was started, and what the server wishes of it: each a message on a socket pair of SOCK_SEQPACKET.
 */
#pragma once

#include "base/base.h"

/* LIMIT: documents that are fetched at once. */
#define IAM_FETCHER_CHANNELS 8

enum iam_fetch_event {
    IAM_FETCH_STARTED, /* a process, which serves the channels */
    IAM_FETCH_ENDED,   /* the process, or none could be started */
    IAM_FETCH_KEPT,    /* authorities: those that are there cannot be read */
    IAM_FETCH_ALONE,   /* the parent itself has ended: nothing starts again. It does not tell it */
    IAM_FETCH_EVENT_COUNT
};

struct iam_fetch_notice {
    enum iam_fetch_event event;
    int pid;         /* STARTED and ENDED: of the process; 0: there was none */
    bool is_asked;   /* IAM_FETCH_STARTED: with authorities that were read because it was asked */
    int detail;      /* ENDED: as waitpid has it, -1: not started; KEPT: errno, 0: no certificate */
    uint32_t starts; /* how many processes were started until now */
    uint32_t pause_ms; /* ENDED: until the next is started */
};

/* What the server wishes. */
struct iam_fetch_wish {
    /* The end of that process, if it was started and lives; 0: authorities that are read again. */
    int end_pid;
};

/*
 * Tells a notice. fds: of IAM_FETCH_STARTED, IAM_FETCHER_CHANNELS of them, which stay the caller's;
 * otherwise NULL. IAM_IO: the server is gone.
 */
enum iam_status iam_fetch_tell(int fd, const struct iam_fetch_notice *notice,
                               const int *fds) IAM_MUST_USE;
/*
 * Takes a notice, without waiting, and the descriptors that came with it, which are the caller's
 * then: *ret_count of them, none unless a process was started. IAM_NOT_FOUND: there is none;
 * IAM_IO: the parent is gone.
 */
enum iam_status iam_fetch_hear(int fd, struct iam_fetch_notice *ret,
                               int ret_fds[IAM_FETCHER_CHANNELS], size_t *ret_count) IAM_MUST_USE;
/* Sends a wish, without waiting. IAM_LIMIT: there is no room for it now; IAM_IO: the parent is
 * gone.
 */
enum iam_status iam_fetch_wish(int fd, struct iam_fetch_wish wish);
/* Takes a wish, without waiting. IAM_NOT_FOUND: there is none; IAM_IO: the server is gone. */
enum iam_status iam_fetch_take_wish(int fd, struct iam_fetch_wish *ret) IAM_MUST_USE;
