/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unique IDs: a prefix that tells the kind, then random base32 characters. They are never reused,
 * so an ID names its entity even after another one got the name. The random bytes come from the
 * caller.
 */
#pragma once

#include "base/str.h"

enum iam_id_kind {
    IAM_ID_USER,             /* AIDA, 21 characters */
    IAM_ID_ROLE,             /* AROA, 21 */
    IAM_ID_GROUP,            /* AGPA, 21 */
    IAM_ID_INSTANCE_PROFILE, /* AIPA, 21 characters */
    IAM_ID_POLICY,           /* ANPA, 21 */
    IAM_ID_ACCESS_KEY,       /* AKIA, 20 */
    IAM_ID_SESSION_KEY       /* ASIA, 20 */
};

#define IAM_ID_RANDOM_BYTES 11
#define IAM_ID_MAX 21
#define IAM_ACCOUNT_ID_LEN 12

/* An ID in the caller's storage. */
struct iam_unique_id {
    char text[IAM_ID_MAX + 1]; /* NUL-terminated */
    uint8_t len;
};

/* Makes an ID from these random bytes; the same bytes make the same ID. */
struct iam_unique_id iam_id_make(enum iam_id_kind kind, const uint8_t random[IAM_ID_RANDOM_BYTES]);

/* Returns the text of id, borrowed from it. */
static inline struct iam_str iam_id_str(const struct iam_unique_id *id)
{
    return (struct iam_str){ id->text, id->len };
}

/* Reads the kind of a well-formed ID: prefix, length and alphabet. IAM_SYNTAX otherwise. */
enum iam_status iam_id_parse(struct iam_str id, enum iam_id_kind *ret) IAM_MUST_USE;
/* Tells whether id is exactly 12 digits. */
bool iam_account_id_is_valid(struct iam_str id);
