/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values of conditions: the input is two texts divided by its first newline, each read as every
 * type. What can be read must mean the same when it is written in another way.
 */
#include <stdio.h>
#include <stdlib.h>

#include "policy/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SPELLING_BYTES 4096

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

/* A zero in front of the digits, and ten times as much divided by ten. */
static void respell_number(struct iam_str text, const struct iam_decimal *number)
{
    char spelling[SPELLING_BYTES];
    struct iam_decimal other;
    size_t has_sign = text.p[0] == '+' || text.p[0] == '-';
    if (iam_str_find(text, 'e', 0) < text.len || iam_str_find(text, 'E', 0) < text.len ||
        text.len > SPELLING_BYTES - 16) {
        return;
    }
    int n = snprintf(spelling, sizeof(spelling), "%.*s0%.*se-0", (int)has_sign, text.p,
                     (int)(text.len - has_sign), text.p + has_sign);
    require(iam_decimal_parse((struct iam_str){ spelling, (size_t)n }, &other) == IAM_OK);
    require(iam_decimal_cmp(number, &other) == 0);
}

static void numbers(struct iam_str a, struct iam_str b)
{
    struct iam_decimal x;
    struct iam_decimal y;
    if (iam_decimal_parse(a, &x) != IAM_OK) {
        return;
    }
    require(iam_decimal_cmp(&x, &x) == 0);
    respell_number(a, &x);
    if (iam_decimal_parse(b, &y) == IAM_OK) {
        require(sign(iam_decimal_cmp(&x, &y)) == -sign(iam_decimal_cmp(&y, &x)));
    }
}

static struct iam_str spell_address(const struct iam_net *net, char out[64])
{
    const uint8_t *p = net->bytes;
    int n = 0;
    if (net->size == 4) {
        n = snprintf(out, 64, "%03u.%u.%02u.%u", p[0], p[1], p[2], p[3]);
    } else {
        for (int i = 0; i < 8; i++) {
            n += snprintf(out + n, 64 - (size_t)n, "%s%x", i > 0 ? ":" : "",
                          p[2 * i] << 8 | p[2 * i + 1]);
        }
    }
    return (struct iam_str){ out, (size_t)n };
}

static void addresses(struct iam_str a, struct iam_str b)
{
    char out[64];
    struct iam_net net;
    struct iam_net other;
    struct iam_net range;
    if (!iam_address_parse(a, &net)) {
        return;
    }
    require(net.bits == net.size * 8);
    require(iam_address_parse(spell_address(&net, out), &other));
    require(memcmp(&net, &other, sizeof(net)) == 0);
    if (iam_range_parse(b, &range)) {
        struct iam_range r = { range.bytes, range.size, range.bits };
        bool inside = iam_range_contains(r, &net);
        require(!inside || range.size == net.size);
        require(range.bits > 0 || inside == (range.size == net.size));
    }
    if (iam_range_parse(spell_address(&net, out), &range)) {
        struct iam_range r = { range.bytes, range.size, range.bits };
        require(iam_range_contains(r, &net));
    }
}

/* A date that ends in its time has the same meaning in UTC. */
static void dates(struct iam_str a)
{
    char spelling[SPELLING_BYTES];
    int64_t ms;
    int64_t other;
    if (!iam_date_parse(a, &ms) || a.len > SPELLING_BYTES - 2) {
        return;
    }
    int n = snprintf(spelling, sizeof(spelling), "%.*sZ", (int)a.len, a.p);
    if (iam_date_parse((struct iam_str){ spelling, (size_t)n }, &other)) {
        require(ms == other);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_str all = { (const char *)data, size };
    size_t end = size == 0 ? 0 : iam_str_find(all, '\n', 0);
    struct iam_str a = iam_str_sub(all, 0, end);
    struct iam_str b = end < size ? iam_str_sub(all, end + 1, size) : IAM_STR("");
    if (size == 0 || memchr(data, 0, size) != NULL) {
        return 0;
    }
    numbers(a, b);
    numbers(b, a);
    addresses(a, b);
    addresses(b, a);
    dates(a);
    dates(b);
    (void)iam_truth(a);
    return 0;
}
