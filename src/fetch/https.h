/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One GET over HTTPS from a server that may be hostile: no other scheme, no redirect, no proxy, no
 * connection to an address that is not public, and limits of time and size. Only this file knows
 * libcurl. It waits: for the process of fetcher.h alone.
 */
#pragma once

#include "base/buf.h"
#include "fetch/address.h"
#include "fetch/fresh.h"
#include "fetch/trust.h"

/* LIMITS of one GET. */
#define IAM_FETCH_URL_MAX 8192
#define IAM_FETCH_BODY_MAX ((size_t)512 << 10)
#define IAM_FETCH_HEADERS_MAX ((size_t)64 << 10)
#define IAM_FETCH_CONNECT_MS 3000
#define IAM_FETCH_TOTAL_MS 5000

/* What came of it. The order is that of the wire between the processes. */
enum iam_fetch_result {
    IAM_FETCH_OK,
    IAM_FETCH_UNREACHABLE, /* no address, no connection, too slow, or an answer of 500 and more */
    IAM_FETCH_REFUSED,     /* it must not be asked: another scheme, an address that is not public */
    IAM_FETCH_UNKNOWN,     /* nobody vouches for its certificate */
    IAM_FETCH_TOO_LARGE,
    IAM_FETCH_UNUSABLE, /* it answered, but not with a document: a redirect, an error */
    IAM_FETCH_RESULT_COUNT
};

struct iam_fetch_answer {
    enum iam_fetch_result result;
    int status;          /* of HTTP; 0: none */
    int64_t fresh_s;     /* for how long it may be kept (fresh.h) */
    struct iam_str body; /* of IAM_FETCH_OK; otherwise absent */
};

/*
 * Starts libcurl: once before the first GET, while there is one thread. IAM_NOMEM.
 */
enum iam_status iam_fetch_init(void) IAM_MUST_USE;
/* Gets url, with a NUL after it. The body is in buf, whose maximum bounds it. */
void iam_fetch_get(const char *url, const struct iam_fetch_networks *allowed,
                   struct iam_fetch_ask *ask, struct iam_buf *buf, struct iam_fetch_answer *ret);
