/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates: the input is one in DER. Laws: what is read says the same when it is read again,
 * and its ID is of the alphabet.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/heap.h"
#include "pki/certificate.h"
#include "pki/pem.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())
#define ARENA_BYTES ((size_t)32 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct iam_arena *arena, struct iam_str text)
{
    struct iam_certificate cert;
    struct iam_certificate again;

    if (iam_certificate_read(arena, text, &cert) != IAM_OK) {
        return;
    }
    ENSURE(iam_certificate_read(arena, text, &again) == IAM_OK);
    ENSURE(cert.not_before_ms == again.not_before_ms && cert.not_after_ms == again.not_after_ms);
    ENSURE(strcmp(cert.id, again.id) == 0);
    ENSURE(strspn(cert.id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == IAM_CERTIFICATE_ID_LEN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_arena arena;
    struct iam_buf b;
    struct iam_str text;

    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    iam_buf_init(&b, iam_heap(), ARENA_BYTES);
    iam_pem_add(&b, "CERTIFICATE", (struct iam_str){ (const char *)data, size });
    ENSURE(iam_buf_finish(&b, &text) == IAM_OK);
    check(&arena, text);
    iam_buf_done(&b);
    iam_arena_done(&arena);
    return 0;
}
