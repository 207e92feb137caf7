/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unique IDs in AWS's shape: four or six letters for the kind (the table of kinds has them), then
 * base32 (RFC 4648 alphabet, no padding) of random bits. 16 characters carry 80 bits, 17 carry 85.
 */
#include "model/id.h"

/* SPEC: IAM API Reference, idType. */
#define FOREIGN_MIN 16
#define FOREIGN_MAX 128

struct iam_unique_id iam_id_make(enum iam_kind kind, const uint8_t random[IAM_ID_RANDOM_BYTES])
{
    static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const struct iam_kind_row *row = iam_kind_get(kind);
    struct iam_unique_id id = { .len = row->id_len };
    uint32_t bits = 0;
    unsigned have = 0;
    size_t used = 0;

    memcpy(id.text, row->id_prefix.p, row->id_prefix.len);
    for (size_t i = row->id_prefix.len; i < id.len; i++) {
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

/* Returns the FNV-1a hash of text, begun with a basis. */
static uint64_t hash_of(uint64_t basis, struct iam_str text)
{
    uint64_t hash = basis;

    for (size_t i = 0; i < text.len; i++) {
        hash = (hash ^ (uint8_t)text.p[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

struct iam_unique_id iam_id_of_aws_policy(struct iam_str arn)
{
    uint64_t first = hash_of(UINT64_C(0xcbf29ce484222325), arn);
    uint64_t second = hash_of(first, arn);
    uint8_t bytes[IAM_ID_RANDOM_BYTES];

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i < 8 ? first >> (8 * i) : second >> (8 * (i - 8)));
    }
    return iam_id_make(IAM_KIND_POLICY, bytes);
}

void iam_uuid_set_version(uint8_t uuid[IAM_UUID_BYTES])
{
    uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40);
    uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
}

void iam_uuid_print(const uint8_t uuid[IAM_UUID_BYTES], char ret[IAM_UUID_CHARS + 1])
{
    static const uint8_t GROUPS[] = { 4, 2, 2, 2, 6 };
    const uint8_t *from = uuid;
    char *to = ret;

    for (size_t i = 0; i < IAM_COUNT(GROUPS); i++) {
        if (i > 0) {
            *to++ = '-';
        }
        iam_bytes_to_hex(from, GROUPS[i], to);
        from += GROUPS[i];
        to += 2u * GROUPS[i];
    }
    *to = '\0';
}

static bool is_base32(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7');
}

/* Finds the kind whose IDs begin as id does; IAM_KIND_NONE. */
static enum iam_kind kind_of_prefix(struct iam_str id)
{
    /* those that have IDs, in the order in which requests ask for them: each asks several times */
    static const enum iam_kind WITH_IDS[] = { IAM_KIND_ACCESS_KEY,
                                              IAM_KIND_SESSION_KEY,
                                              IAM_KIND_USER,
                                              IAM_KIND_ROLE,
                                              IAM_KIND_POLICY,
                                              IAM_KIND_GROUP,
                                              IAM_KIND_OIDC_PROVIDER,
                                              IAM_KIND_SAML_PROVIDER,
                                              IAM_KIND_SAML_KEY,
                                              IAM_KIND_INSTANCE_PROFILE,
                                              IAM_KIND_MFA_DEVICE,
                                              IAM_KIND_SERVER_CERTIFICATE,
                                              IAM_KIND_SERVICE_CREDENTIAL,
                                              IAM_KIND_SSH_PUBLIC_KEY };

    for (size_t i = 0; i < IAM_COUNT(WITH_IDS); i++) {
        if (iam_str_starts(id, iam_kind_get(WITH_IDS[i])->id_prefix)) {
            return WITH_IDS[i];
        }
    }
    return IAM_KIND_NONE;
}

enum iam_status iam_id_parse(struct iam_str id, enum iam_kind *ret)
{
    enum iam_kind kind = kind_of_prefix(id);

    IAM_ENSURE(kind != IAM_KIND_NONE && id.len == iam_kind_get(kind)->id_len, IAM_SYNTAX);
    for (size_t i = iam_kind_get(kind)->id_prefix.len; i < id.len; i++) {
        IAM_ENSURE(is_base32(id.p[i]), IAM_SYNTAX);
    }
    *ret = kind;
    return IAM_OK;
}

enum iam_kind iam_kind_of_id(struct iam_str id)
{
    if (iam_account_id_is_valid(id)) {
        return IAM_KIND_ACCOUNT;
    }
    if (id.len < FOREIGN_MIN || id.len > FOREIGN_MAX) {
        return IAM_KIND_NONE;
    }
    for (size_t i = 0; i < id.len; i++) {
        if (!iam_ascii_is_alnum(id.p[i])) {
            return IAM_KIND_NONE;
        }
    }
    return kind_of_prefix(id);
}

bool iam_id_is_temporary(struct iam_str access_key_id)
{
    return kind_of_prefix(access_key_id) == IAM_KIND_SESSION_KEY;
}

bool iam_account_id_is_valid(struct iam_str id)
{
    return iam_str_is_digits(id, IAM_ACCOUNT_ID_LEN);
}

bool iam_access_key_id_is_valid(struct iam_str id)
{
    for (size_t i = 0; i < id.len; i++) {
        if (!iam_ascii_is_alnum(id.p[i]) && id.p[i] != '_') {
            return false;
        }
    }
    return id.len > 0 && id.len <= IAM_ACCESS_KEY_ID_MAX;
}
