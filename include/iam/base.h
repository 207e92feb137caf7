/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few types that every part of libiam shares: string slices, status codes, the caller's
 * allocator and the position of an error in a text. Usable from C99 and C++.
 */
#ifndef IAM_BASE_H
#define IAM_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IAM_API __attribute__((visibility("default")))
#define IAM_MUST_USE __attribute__((warn_unused_result))

/*
 * A borrowed run of bytes, not NUL-terminated. An absent string has p == NULL; an empty one has p
 * != NULL and len == 0. Each place that takes or returns one says who owns the bytes, and for how
 * long.
 */
struct iam_str {
    const char *p;
    size_t len;
};

/*
 * The outcome of a call, for code. What a client of the server sees is a fault, which is another
 * type.
 */
enum iam_status {
    IAM_OK = 0,
    IAM_NOMEM,  /* the allocator returned NULL */
    IAM_LIMIT,  /* an input or a result is larger than its stated maximum */
    IAM_SYNTAX, /* the text is not what its grammar says */
    IAM_RANGE,  /* well-formed, but outside the permitted values */
    IAM_NOT_FOUND,
    IAM_EXISTS,
    IAM_CONFLICT, /* not possible in the present state (parts are left, a concurrent change) */
    IAM_DENIED,   /* refused by authentication or authorization */
    IAM_IO,       /* the operating system or the database failed */
    IAM_CORRUPT,  /* stored or sealed data does not verify */
    IAM_UNSUPPORTED,
    IAM_FAULT /* server only: the call carries a fault for the client */
};

/* Returns the static English text of a status, for logs. Never NULL. */
IAM_API const char *iam_status_text(enum iam_status status);

/*
 * The caller's allocator. alloc returns memory aligned for any type, or NULL; free accepts NULL.
 * Both may be called from any thread that uses an object created with it.
 */
struct iam_alloc {
    void *(*alloc)(void *ctx, size_t bytes);
    void (*free)(void *ctx, void *p);
    void *ctx;
};

/*
 * Where and why a text was refused. line and column count from 1, column in bytes; offset counts
 * bytes from 0. message is English, NUL-terminated, and says what to write instead where that is
 * known. Its first answer_len bytes are the sentence with which AWS refuses the same text; 0 when
 * it has none.
 */
struct iam_diag {
    enum iam_status status;
    size_t offset;
    unsigned line;
    unsigned column;
    unsigned answer_len;
    char message[1024];
};

#ifdef __cplusplus
}
#endif
#endif
