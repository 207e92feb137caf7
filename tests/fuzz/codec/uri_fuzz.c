/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Percent-encoding, base64 and XML text on arbitrary bytes. Laws: decoding inverts encoding; a
 * base64 text is accepted only when it is what its bytes are written as; XML text is UTF-8 without
 * markup.
 */
#include <stdlib.h>

#include "base/heap.h"
#include "codec/base64.h"
#include "codec/uri.h"
#include "codec/xml.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct iam_str finish(const struct iam_buf *b)
{
    struct iam_str s;

    ENSURE(iam_buf_finish(b, &s) == IAM_OK);
    return s;
}

static void check_uri(struct iam_arena *arena, struct iam_buf *b, struct iam_str in)
{
    struct iam_str out;

    for (int keep_slash = 0; keep_slash < 2; keep_slash++) {
        iam_buf_clear(b);
        iam_uri_encode(b, in, keep_slash != 0);
        ENSURE(iam_uri_decode(arena, finish(b), true, &out) == IAM_OK);
        ENSURE(iam_str_eq(in, out));
    }
    for (int plus_is_space = 0; plus_is_space < 2; plus_is_space++) {
        if (iam_uri_decode(arena, in, plus_is_space != 0, &out) == IAM_OK) {
            ENSURE(out.len <= in.len);
        }
    }
}

static void check_base64(struct iam_arena *arena, struct iam_buf *b, struct iam_str in)
{
    struct iam_str out;

    iam_buf_clear(b);
    iam_base64_add(b, in.p, in.len);
    ENSURE(iam_base64_decode(arena, finish(b), &out) == IAM_OK && iam_str_eq(in, out));
    iam_buf_clear(b);
    iam_base64url_add(b, in.p, in.len);
    ENSURE(iam_base64url_decode(arena, finish(b), &out) == IAM_OK && iam_str_eq(in, out));

    iam_buf_clear(b);
    if (iam_base64_decode(arena, in, &out) == IAM_OK) {
        iam_base64_add(b, out.p, out.len);
        ENSURE(iam_str_eq(finish(b), in));
    }
    iam_buf_clear(b);
    if (iam_base64url_decode(arena, in, &out) == IAM_OK) {
        iam_base64url_add(b, out.p, out.len);
        ENSURE(iam_str_eq(finish(b), in));
    }
}

static void check_xml(struct iam_buf *b, struct iam_str in)
{
    iam_buf_clear(b);
    iam_xml_text(b, in);
    struct iam_str out = finish(b);
    ENSURE(iam_utf8_is_valid(out));
    for (size_t i = 0; i < out.len; i++) {
        unsigned char c = (unsigned char)out.p[i];
        ENSURE((c >= 0x20 || c == '\t' || c == '\n') && c != '<' && c != '>' && c != '"');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_str in = { (const char *)data, size };
    struct iam_arena arena;
    struct iam_buf b;

    iam_arena_init(&arena, iam_heap(), (size_t)64 << 20);
    iam_buf_init(&b, iam_heap(), (size_t)64 << 20);
    check_uri(&arena, &b, in);
    check_base64(&arena, &b, in);
    check_xml(&b, in);
    iam_buf_done(&b);
    iam_arena_done(&arena);
    return 0;
}
