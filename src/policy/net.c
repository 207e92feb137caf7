/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and ranges. A text is an address in exactly one way, so that no two readers differ. */
#include "policy/value.h"

#include "base/cur.h"

#define V4_BYTES 4
#define V6_BYTES 16
#define V6_GROUPS 8

static const uint8_t mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

/* Reads one decimal byte without leading zeros. */
static bool read_octet(struct iam_cur *c, uint8_t *ret)
{
    const char *start = c->p;
    uint64_t v;
    if (!iam_cur_digits(c, 3, &v)) {
        return false;
    }
    if (v > 255 || (c->p - start > 1 && *start == '0')) {
        c->p = start;
        return false;
    }
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

/* Reads one to four hexadecimal digits. */
static bool read_group(struct iam_cur *c, unsigned *ret)
{
    unsigned v = 0;
    int n = 0;
    while (n < 4 && !iam_cur_at_end(c) && iam_ascii_hex_value(*c->p) >= 0) {
        v = v << 4 | (unsigned)iam_ascii_hex_value(*c->p);
        c->p++;
        n++;
    }
    *ret = v;
    return n > 0;
}

/*
 * Reads groups divided by ':' into bytes, up to max groups; an IPv4 tail counts as two. -1: not
 * groups.
 */
static int read_groups(struct iam_cur *c, int max, uint8_t *bytes)
{
    int count = 0;
    while (count < max) {
        struct iam_cur at = *c;
        if (count > 0 && !iam_cur_char(&at, ':')) {
            break;
        }
        if (count + 2 <= max && read_v4(&at, bytes + 2 * count)) {
            *c = at;
            return count + 2;
        }
        unsigned group;
        if (!read_group(&at, &group)) {
            break;
        }
        bytes[2 * count] = (uint8_t)(group >> 8);
        bytes[2 * count + 1] = (uint8_t)group;
        count++;
        *c = at;
    }
    return count;
}

static bool read_v6(struct iam_cur *c, uint8_t ret[V6_BYTES])
{
    uint8_t head[V6_BYTES];
    uint8_t tail[V6_BYTES];
    memset(ret, 0, V6_BYTES);
    int before = read_groups(c, V6_GROUPS, head);
    memcpy(ret, head, 2 * (size_t)before);
    if (before == V6_GROUPS) {
        return true;
    }
    if (!iam_cur_lit(c, IAM_STR("::"))) {
        return false;
    }
    /* "::" replaces at least one group. */
    int after = read_groups(c, V6_GROUPS - 1 - before, tail);
    memcpy(ret + V6_BYTES - 2 * (size_t)after, tail, 2 * (size_t)after);
    return true;
}

static bool is_mapped(const struct iam_net *net)
{
    return net->size == V6_BYTES && net->bits >= 96 && memcmp(net->bytes, mapped_prefix, 12) == 0;
}

/*
 * Unmaps an IPv4 address.
 * INVARIANT: one written inside ::ffff:0:0/96 is the same as the bare one.
 */
static void unmap(struct iam_net *net)
{
    if (is_mapped(net)) {
        memmove(net->bytes, net->bytes + 12, V4_BYTES);
        memset(net->bytes + V4_BYTES, 0, V6_BYTES - V4_BYTES);
        net->size = V4_BYTES;
        net->bits = (uint8_t)(net->bits - 96);
    }
}

static void clear_host_bits(struct iam_net *net)
{
    for (unsigned i = 0; i < net->size; i++) {
        unsigned first = i * 8;
        if (first >= net->bits) {
            net->bytes[i] = 0;
        } else if (net->bits - first < 8) {
            net->bytes[i] &= (uint8_t)(0xffu << (8 - (net->bits - first)));
        }
    }
}

static bool read_bits(struct iam_cur *c, struct iam_net *net)
{
    const char *start;
    uint64_t bits;
    if (iam_cur_at_end(c)) {
        return true;
    }
    if (!iam_cur_char(c, '/')) {
        return false;
    }
    start = c->p;
    if (!iam_cur_digits(c, 3, &bits) || bits > net->bits || !iam_cur_at_end(c) ||
        (c->p - start > 1 && *start == '0')) {
        return false;
    }
    net->bits = (uint8_t)bits;
    return true;
}

bool iam_net_parse(struct iam_str text, struct iam_net *ret)
{
    struct iam_cur c = iam_cur_of(text);
    struct iam_net net;
    memset(&net, 0, sizeof(net));
    if (read_v4(&c, net.bytes)) {
        net.size = V4_BYTES;
    } else if (read_v6(&c, net.bytes)) {
        net.size = V6_BYTES;
    } else {
        return false;
    }
    net.bits = (uint8_t)(net.size * 8);
    if (!read_bits(&c, &net)) {
        return false;
    }
    unmap(&net);
    clear_host_bits(&net);
    IAM_ASSERT(!is_mapped(&net) && net.bits <= net.size * 8);
    *ret = net;
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
