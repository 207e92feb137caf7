/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of policies: 64 bytes of text that say how long the index is, the index, and then the
 * frames, each compressed by itself with a checksum. INVARIANT: what is decompressed has exactly
 * the length that was announced, within the limits.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include "base/cur.h"
#include "base/heap.h"
#include "catalogue/parts_int.h"

#define HEADER_BYTES 64
#define HEADER_WORD "iamd-policies 1 "
#define HEADER_DIGITS 10

struct header {
    uint64_t bytes; /* of the index */
    uint64_t raw_bytes;
};

/* Reads bytes at offset; IAM_CORRUPT when the file ends before. */
static enum iam_status read_at(int fd, uint64_t offset, char *to, size_t bytes)
{
    for (size_t have = 0; have < bytes;) {
        ssize_t n = pread(fd, to + have, bytes - have, (off_t)(offset + have));

        IAM_ENSURE(n != 0, IAM_CORRUPT);
        IAM_ENSURE(n > 0 || errno == EINTR, IAM_IO);
        have += n > 0 ? (size_t)n : 0;
    }
    return IAM_OK;
}

static enum iam_status read_header(int fd, struct header *ret)
{
    char text[HEADER_BYTES];
    struct iam_cur c = { text, text + sizeof(text) };

    IAM_TRY(read_at(fd, 0, text, sizeof(text)));
    if (!iam_cur_lit(&c, IAM_STR(HEADER_WORD)) || !iam_cur_digits(&c, HEADER_DIGITS, &ret->bytes) ||
        !iam_cur_char(&c, ' ') || !iam_cur_digits(&c, HEADER_DIGITS, &ret->raw_bytes) ||
        !iam_cur_char(&c, '\n') || ret->bytes > IAM_CATALOGUE_INDEX_MAX ||
        ret->raw_bytes > IAM_CATALOGUE_INDEX_MAX) {
        return IAM_CORRUPT;
    }
    return IAM_OK;
}

enum iam_status iam_catalogue_file_open(const char *path, int *ret_fd)
{
    struct header header;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    enum iam_status st = fd < 0 ? IAM_IO : read_header(fd, &header);

    if (st != IAM_OK && fd >= 0) {
        (void)close(fd);
    }
    IAM_ENSURE(st != IAM_CORRUPT, IAM_SYNTAX);
    IAM_TRY(st);
    *ret_fd = fd;
    return IAM_OK;
}

/* Decompresses all of packed into to. */
static enum iam_status unpack(struct iam_str packed, struct iam_str prefix, char *to, size_t bytes)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    IAM_ENSURE(context != NULL, IAM_NOMEM);
    size_t n = 0;

    if (iam_str_is_set(prefix)) {
        n = ZSTD_DCtx_refPrefix(context, prefix.p, prefix.len);
    }
    if (!ZSTD_isError(n)) {
        n = ZSTD_decompressDCtx(context, to, bytes, packed.p, packed.len);
    }
    (void)ZSTD_freeDCtx(context);
    return !ZSTD_isError(n) && n == bytes ? IAM_OK : IAM_CORRUPT;
}

enum iam_status iam_catalogue_file_frame(int fd, const struct iam_catalogue_frame *frame,
                                         struct iam_str prefix, char **ret)
{
    const struct iam_alloc *heap = iam_heap();
    char *packed = heap->alloc(heap->ctx, (size_t)frame->bytes + 1);
    char *raw = heap->alloc(heap->ctx, (size_t)frame->raw_bytes + 1);
    enum iam_status st = packed != NULL && raw != NULL ? IAM_OK : IAM_NOMEM;

    if (st == IAM_OK) {
        st = read_at(fd, frame->offset, packed, frame->bytes);
    }
    if (st == IAM_OK) {
        st = unpack((struct iam_str){ packed, frame->bytes }, prefix, raw, frame->raw_bytes);
    }
    heap->free(heap->ctx, packed);
    if (st != IAM_OK) {
        heap->free(heap->ctx, raw);
        return st;
    }
    *ret = raw;
    return IAM_OK;
}

enum iam_status iam_catalogue_file_index(int fd, struct iam_arena *arena,
                                         struct iam_catalogue_index *ret)
{
    const struct iam_alloc *heap = iam_heap();
    struct header header = { 0 };
    char *text;

    IAM_TRY(read_header(fd, &header));
    const struct iam_catalogue_frame frame = { .offset = HEADER_BYTES,
                                               .bytes = (uint32_t)header.bytes,
                                               .raw_bytes = (uint32_t)header.raw_bytes };
    IAM_TRY(iam_catalogue_file_frame(fd, &frame, iam_str_absent(), &text));
    enum iam_status st = iam_catalogue_parse((struct iam_str){ text, frame.raw_bytes },
                                             HEADER_BYTES + header.bytes, arena, ret);
    heap->free(heap->ctx, text);
    return st == IAM_SYNTAX ? IAM_CORRUPT : st;
}
