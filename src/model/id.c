/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unique IDs in AWS's shape: four letters for the kind, then base32 (RFC 4648 alphabet, no padding)
 * of random bits. 16 characters carry 80 bits, 17 carry 85.
 */
#include "model/id.h"

#define PREFIX_LEN 4

struct id_shape {
    struct iam_str prefix;
    uint8_t len;
};

static const struct id_shape SHAPES[] = {
    [IAM_ID_USER] = {IAM_STR_INIT("AIDA"),  21},
    [IAM_ID_ROLE] = { IAM_STR_INIT("AROA"), 21},
    [IAM_ID_GROUP] = { IAM_STR_INIT("AGPA"), 21},
    [IAM_ID_INSTANCE_PROFILE] = { IAM_STR_INIT("AIPA"), 21},
    [IAM_ID_POLICY] = { IAM_STR_INIT("ANPA"), 21},
    [IAM_ID_ACCESS_KEY] = { IAM_STR_INIT("AKIA"), 20},
    [IAM_ID_SESSION_KEY] = { IAM_STR_INIT("ASIA"), 20},
};

struct iam_unique_id iam_id_make(enum iam_id_kind kind, const uint8_t random[IAM_ID_RANDOM_BYTES])
{
    static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    struct iam_unique_id id = { .len = SHAPES[kind].len };
    uint32_t bits = 0;
    unsigned have = 0;
    size_t used = 0;

    memcpy(id.text, SHAPES[kind].prefix.p, PREFIX_LEN);
    for (size_t i = PREFIX_LEN; i < id.len; i++) {
        if (have < 5) {
            bits = (bits << 8) | random[used++];
            have += 8;
        }
        have -= 5;
        id.text[i] = ALPHABET[(bits >> have) & 31];
    }
    id.text[id.len] = '\0';
    return id;
}

static bool is_base32(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7');
}

enum iam_status iam_id_parse(struct iam_str id, enum iam_id_kind *ret)
{
    for (size_t kind = 0; kind < IAM_COUNT(SHAPES); kind++) {
        if (id.len != SHAPES[kind].len || !iam_str_starts(id, SHAPES[kind].prefix)) {
            continue;
        }
        for (size_t i = PREFIX_LEN; i < id.len; i++) {
            IAM_ENSURE(is_base32(id.p[i]), IAM_SYNTAX);
        }
        *ret = (enum iam_id_kind)kind;
        return IAM_OK;
    }
    return IAM_SYNTAX;
}

bool iam_account_id_is_valid(struct iam_str id)
{
    if (id.len != IAM_ACCOUNT_ID_LEN) {
        return false;
    }
    for (size_t i = 0; i < id.len; i++) {
        if (!iam_ascii_is_digit(id.p[i])) {
            return false;
        }
    }
    return true;
}
