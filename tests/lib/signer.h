/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signature Version 4 for tests, written apart from the code under test with libcrypto's one-shot
 * functions. It takes path and query as they are: a test that wants them encoded writes them
 * encoded. Everything that it makes lives in the signer's arena; a failure fails the test.
 */
#pragma once

#include "lib/test.h"

#include "authn/authn.h"

struct signer {
    struct iam_arena *arena;
    struct iam_str id; /* access key ID */
    struct iam_str secret;
    struct iam_str region;
    struct iam_str service;
    struct iam_str date; /* "20150830T123600Z" */
};

/* What is signed of a request, besides its method, headers and body. */
struct signer_target {
    struct iam_str path;
    struct iam_str canonical_query;
};

/* printf into the arena. */
struct iam_str signer_fmt(struct iam_arena *arena, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* "20150830/us-east-1/iam/aws4_request" */
struct iam_str signer_scope(const struct signer *s);
/* The signature over request, in hexadecimal; signed_headers is "host;x-amz-date". */
struct iam_str signer_signature(const struct signer *s, const struct iam_authn_request *request,
                                const struct signer_target *target, const char *signed_headers);
/* The value of the Authorization header that goes with it. */
struct iam_str signer_authorization(const struct signer *s, const struct iam_authn_request *request,
                                    const struct signer_target *target, const char *signed_headers);
/* Percent-encodes all but the unreserved characters. */
struct iam_str signer_escape(struct iam_arena *arena, struct iam_str text);
