/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QR codes by libqrencode, in PNGs by libpng. What libpng allocates comes from the arena, so that
 * nothing of a secret text is left when that is wiped. SPEC: ISO/IEC 18004; a margin of four
 * modules.
 */
#include "services/iam/qr_code.h"

#include <errno.h>
#include <png.h>
#include <qrencode.h>
#include <setjmp.h>

#include "base/ct.h"

#define MODULE_PIXELS 4
#define MARGIN_MODULES 4
#define MODULES_MAX 177 /* of the largest code */
#define PIXELS_MAX ((MODULES_MAX + 2 * MARGIN_MODULES) * MODULE_PIXELS)
#define ROW_BYTES_MAX ((PIXELS_MAX + 7) / 8)
/* Of a PNG, besides its rows. */
#define PNG_EXTRA_BYTES 1024
/* The rows are small: a small window finds what repeats. */
#define WINDOW_BITS 9

struct picture {
    struct iam_arena *arena;
    const QRcode *code;
    size_t pixels; /* of a side */
    char *png;
    size_t len;
    size_t cap;
    bool is_out_of_memory;
};

/* ---- what libpng calls ---- */

static void fail(png_structp png, png_const_charp message)
{
    (void)message;
    png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static png_voidp allocate(png_structp png, png_alloc_size_t n)
{
    struct picture *p = png_get_mem_ptr(png);
    void *memory = iam_arena_alloc(p->arena, n);

    p->is_out_of_memory |= memory == NULL;
    return memory;
}

/* Frees nothing: the arena does. */
static void release(png_structp png, png_voidp memory)
{
    (void)png;
    (void)memory;
}

static void append(png_structp png, png_bytep bytes, size_t n)
{
    struct picture *p = png_get_io_ptr(png);

    if (n > p->cap - p->len) {
        png_error(png, "too long");
    }
    memcpy(p->png + p->len, bytes, n);
    p->len += n;
}

static void flush(png_structp png)
{
    (void)png;
}

/* ---- drawing ---- */

/* Tells whether the module is black; those of the margin are white. */
static bool is_black(const QRcode *code, size_t x, size_t y)
{
    size_t width = (size_t)code->width;

    x -= MARGIN_MODULES;
    y -= MARGIN_MODULES;
    return x < width && y < width && (code->data[y * width + x] & 1) != 0;
}

/* Draws a row of pixels, a bit each: 1 is white. */
static void draw_row(const struct picture *p, size_t y, uint8_t row[ROW_BYTES_MAX])
{
    memset(row, 0, ROW_BYTES_MAX);
    for (size_t x = 0; x < p->pixels; x++) {
        if (!is_black(p->code, x / MODULE_PIXELS, y / MODULE_PIXELS)) {
            row[x / 8] |= (uint8_t)(0x80 >> x % 8);
        }
    }
}

/* Writes the whole PNG; goes back to the caller's setjmp when that fails. */
static void write_png(struct picture *p, png_structp png, png_infop info)
{
    uint8_t row[ROW_BYTES_MAX];
    png_uint_32 side = (png_uint_32)p->pixels;

    png_set_write_fn(png, p, append, flush);
    png_set_compression_window_bits(png, WINDOW_BITS);
    png_set_compression_mem_level(png, 1);
    png_set_IHDR(png, info, side, side, 1, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (size_t y = 0; y < p->pixels; y++) {
        draw_row(p, y, row);
        png_write_row(png, row);
    }
    png_write_end(png, info);
    iam_wipe(row, sizeof(row));
}

/* Makes libpng's structures and writes with them; false when libpng gave up. */
static bool draw(struct picture *p)
{
    png_structp png =
        png_create_write_struct_2(PNG_LIBPNG_VER_STRING, NULL, fail, ignore, p, allocate, release);
    png_infop info = png != NULL ? png_create_info_struct(png) : NULL;

    if (info == NULL) {
        return false;
    }
    if (setjmp(png_jmpbuf(png)) != 0) {
        return false;
    }
    write_png(p, png, info);
    png_destroy_write_struct(&png, &info);
    return true;
}

static enum iam_status draw_code(struct iam_arena *arena, const QRcode *code, struct iam_str *ret)
{
    struct picture p = { .arena = arena, .code = code };

    p.pixels = ((size_t)code->width + 2 * MARGIN_MODULES) * MODULE_PIXELS;
    p.cap = p.pixels * (p.pixels / 8 + 2) + PNG_EXTRA_BYTES;
    p.png = iam_arena_alloc(arena, p.cap);
    IAM_ENSURE(p.png != NULL, IAM_NOMEM);
    if (!draw(&p)) {
        return p.is_out_of_memory ? IAM_NOMEM : IAM_IO;
    }
    *ret = (struct iam_str){ p.png, p.len };
    return IAM_OK;
}

enum iam_status iam_qr_png(struct iam_arena *arena, struct iam_str text, struct iam_str *ret)
{
    IAM_ENSURE(text.len >= 1 && text.len <= IAM_QR_TEXT_MAX, IAM_RANGE);
    QRcode *code = QRcode_encodeData((int)text.len, (const unsigned char *)text.p, 0, QR_ECLEVEL_M);
    if (code == NULL) {
        return errno == ENOMEM ? IAM_NOMEM : IAM_IO;
    }
    enum iam_status st = draw_code(arena, code, ret);
    iam_wipe(code->data, (size_t)code->width * (size_t)code->width);
    QRcode_free(code);
    return st;
}
