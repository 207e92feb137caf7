/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as a QR code, in an arena of any size. Laws: what fits is drawn, the picture is a PNG
 * from its first chunk to its last, and where memory runs out nothing else happens.
 */
#include <stdlib.h>

#include "base/heap.h"
#include "services/iam/qr_code.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())
#define ENOUGH_BYTES ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Walks the chunks, which end with the text. */
static void check_png(struct iam_str png)
{
    const uint8_t *p = (const uint8_t *)png.p;
    size_t at = 8;
    ENSURE(png.len > at && memcmp(p, "\x89PNG\r\n\x1a\n", at) == 0);
    while (at + 12 < png.len) {
        size_t len = ((size_t)p[at] << 24) | ((size_t)p[at + 1] << 16) | ((size_t)p[at + 2] << 8) |
                     p[at + 3];
        ENSURE(len <= png.len - at - 12);
        at += 12 + len;
    }
    ENSURE(at + 12 == png.len && memcmp(p + at + 4, "IEND", 4) == 0);
}

static enum iam_status draw(struct iam_str text, size_t bytes)
{
    struct iam_arena arena;
    struct iam_str png;
    iam_arena_init(&arena, iam_heap(), bytes);
    enum iam_status st = iam_qr_png(&arena, text, &png);
    if (st == IAM_OK) {
        check_png(png);
    }
    iam_arena_done(&arena);
    return st;
}

/* The first two bytes are the size of another arena, in units of 4 bytes; the rest is the text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    struct iam_str text = { (const char *)data + 2, size - 2 };
    size_t small = 4 * (((size_t)data[0] << 8) | data[1]);
    bool fits = text.len >= 1 && text.len <= IAM_QR_TEXT_MAX;
    ENSURE(draw(text, ENOUGH_BYTES) == (fits ? IAM_OK : IAM_RANGE));
    enum iam_status st = draw(text, small);
    ENSURE(fits ? st == IAM_OK || st == IAM_NOMEM : st == IAM_RANGE);
    return 0;
}
