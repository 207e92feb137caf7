/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses and ranges, in every spelling that AWS takes: ":::" is "::", and a single colon at the
 * beginning follows a group of zero.
 */
#include "policy/value.h"

#include "base/cur.h"

#define V4_BYTES 4
#define V6_BYTES 16
#define V6_GROUPS 8
#define PREFIX_MAX_DIGITS 18

static const uint8_t mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

/* Reads a number of one to three digits, up to 255. */
static bool read_octet(struct iam_cur *c, uint8_t *ret)
{
    struct iam_cur at = *c;
    uint64_t v;
    if (!iam_cur_digits(&at, 3, &v) || v > 255) {
        return false;
    }
    *c = at;
    *ret = (uint8_t)v;
    return true;
}

static bool read_v4(struct iam_cur *c, uint8_t ret[V4_BYTES])
{
    struct iam_cur at = *c;
    for (int i = 0; i < V4_BYTES; i++) {
        if ((i > 0 && !iam_cur_char(&at, '.')) || !read_octet(&at, &ret[i])) {
            return false;
        }
    }
    *c = at;
    return true;
}

/* Reads up to four hexadecimal digits: none are a zero. */
static unsigned read_group(struct iam_cur *c)
{
    unsigned v = 0;
    for (int n = 0; n < 4 && !iam_cur_at_end(c) && iam_ascii_hex_value(*c->p) >= 0; n++) {
        v = v << 4 | (unsigned)iam_ascii_hex_value(*c->p);
        c->p++;
    }
    return v;
}

/* One side of "::", or a whole address without one. */
struct groups {
    uint8_t bytes[V6_BYTES];
    size_t count; /* of groups, each two bytes */
};

/*
 * Reads the groups of text. A colon at its beginning has a group of zero before it; one at its end
 * is passed over.
 */
static bool read_groups(struct iam_str text, struct groups *ret)
{
    if (text.len > 0 && text.p[text.len - 1] == ':') {
        text.len--;
    }
    struct iam_cur c = iam_cur_of(text);
    ret->count = 0;
    while (!iam_cur_at_end(&c)) {
        if (ret->count == V6_GROUPS) {
            return false;
        }
        unsigned group = read_group(&c);
        ret->bytes[2 * ret->count] = (uint8_t)(group >> 8);
        ret->bytes[2 * ret->count + 1] = (uint8_t)group;
        ret->count++;
        if (!iam_cur_at_end(&c) && !iam_cur_char(&c, ':')) {
            return false;
        }
    }
    return true;
}

/* Finds "::" in text; its length when there is none. */
static size_t find_gap(struct iam_str text)
{
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.p[i] == ':' && text.p[i + 1] == ':') {
            return i;
        }
    }
    return text.len;
}

static bool read_v6(struct iam_str text, uint8_t ret[V6_BYTES])
{
    struct groups head;
    struct groups tail = { .count = 0 };
    size_t gap = find_gap(text);
    bool has_gap = gap < text.len;
    if (!read_groups(iam_str_sub(text, 0, gap), &head)) {
        return false;
    }
    if (has_gap) {
        struct iam_str after = iam_str_sub(text, gap + 2, text.len);
        if (find_gap(after) < after.len || !read_groups(after, &tail)) {
            return false;
        }
    }
    /* "::" replaces at least one group. */
    size_t count = head.count + tail.count;
    if (has_gap ? count >= V6_GROUPS : count != V6_GROUPS) {
        return false;
    }
    memset(ret, 0, V6_BYTES);
    memcpy(ret, head.bytes, 2 * head.count);
    memcpy(ret + V6_BYTES - 2 * tail.count, tail.bytes, 2 * tail.count);
    return true;
}

/* Reads an address without bits. */
static bool read_net(struct iam_str text, struct iam_net *net)
{
    struct iam_cur c = iam_cur_of(text);
    memset(net, 0, sizeof(*net));
    if (read_v4(&c, net->bytes)) {
        net->size = V4_BYTES;
        net->bits = V4_BYTES * 8;
        return iam_cur_at_end(&c);
    }
    net->size = V6_BYTES;
    net->bits = V6_BYTES * 8;
    return read_v6(text, net->bytes);
}

/* Clears the bits after the prefix. Returns true when one was set. */
static bool clear_host_bits(struct iam_net *net)
{
    bool cleared = false;
    for (unsigned i = net->bits / 8; i < net->size; i++) {
        uint8_t host = i == net->bits / 8 ? (uint8_t)(0xffu >> net->bits % 8) : 0xff;
        cleared |= (net->bytes[i] & host) != 0;
        net->bytes[i] &= (uint8_t)~host;
    }
    return cleared;
}

/* Reads the bits of a range, which may have a plus sign and leading zeros. */
static bool read_bits(struct iam_str text, struct iam_net *net)
{
    struct iam_cur c = iam_cur_of(text);
    uint64_t bits;
    (void)iam_cur_char(&c, '+');
    if (!iam_cur_digits(&c, PREFIX_MAX_DIGITS, &bits) || !iam_cur_at_end(&c) || bits > net->bits) {
        return false;
    }
    net->bits = (uint8_t)bits;
    return true;
}

bool iam_range_parse(struct iam_str text, struct iam_net *ret)
{
    size_t slash = iam_str_find(text, '/', 0);
    if (!read_net(iam_str_sub(text, 0, slash), ret)) {
        return false;
    }
    if (slash < text.len && !read_bits(iam_str_sub(text, slash + 1, text.len), ret)) {
        return false;
    }
    bool has_host_bits = clear_host_bits(ret);
    return ret->size == V4_BYTES || !has_host_bits;
}

bool iam_address_parse(struct iam_str text, struct iam_net *ret)
{
    const struct iam_str mapped = IAM_STR("::ffff:");
    if (iam_str_starts_nocase(text, mapped) && iam_str_find(text, '.', 0) < text.len) {
        text = iam_str_sub(text, mapped.len, text.len);
        return read_net(text, ret) && ret->size == V4_BYTES;
    }
    if (!read_net(text, ret)) {
        return false;
    }
    if (ret->size == V6_BYTES && memcmp(ret->bytes, mapped_prefix, sizeof(mapped_prefix)) == 0) {
        memmove(ret->bytes, ret->bytes + sizeof(mapped_prefix), V4_BYTES);
        memset(ret->bytes + V4_BYTES, 0, V6_BYTES - V4_BYTES);
        ret->size = V4_BYTES;
        ret->bits = V4_BYTES * 8;
    }
    return true;
}

bool iam_range_contains(struct iam_range range, const struct iam_net *address)
{
    if (range.size != address->size || address->bits < range.bits) {
        return false;
    }
    unsigned whole = range.bits / 8;
    unsigned rest = range.bits % 8;
    if (memcmp(range.bytes, address->bytes, whole) != 0) {
        return false;
    }
    if (rest == 0) {
        return true;
    }
    uint8_t mask = (uint8_t)(0xffu << (8 - rest));
    return (range.bytes[whole] & mask) == (address->bytes[whole] & mask);
}
