/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unique IDs: a prefix that tells the kind, then random base32 characters. Never reused, so they
 * name an entity even after another one got its name. No randomness here: the caller brings it.
 */
#pragma once

#include "model/kind.h"

#define IAM_ID_RANDOM_BYTES 11
#define IAM_ID_MAX 22
#define IAM_ACCOUNT_ID_LEN 12
/* LIMIT: of an access key ID, wherever one is taken. */
#define IAM_ACCESS_KEY_ID_MAX 128
/* Of one that is new. */
#define IAM_ACCESS_KEY_ID_MIN 16

/* An ID in the caller's storage. */
struct iam_unique_id {
    char text[IAM_ID_MAX + 1]; /* NUL-terminated */
    uint8_t len;
};

/* Makes an ID of random bytes; the same bytes make the same ID. kind must have IDs. */
struct iam_unique_id iam_id_make(enum iam_kind kind, const uint8_t random[IAM_ID_RANDOM_BYTES]);

/*
 * Makes the ID of the AWS managed policy with that ARN, which is always the same one: AWS does not
 * tell the IDs that it gave, and its policies do not change their names.
 */
struct iam_unique_id iam_id_of_aws_policy(struct iam_str arn);

#define IAM_UUID_BYTES 16
#define IAM_UUID_CHARS 36

/* Sets the bits that tell the version of a UUID of random bytes. SPEC: RFC 9562, section 5.4. */
void iam_uuid_set_version(uint8_t uuid[IAM_UUID_BYTES]);
/* Prints a UUID, with a NUL at its end. */
void iam_uuid_print(const uint8_t uuid[IAM_UUID_BYTES], char ret[IAM_UUID_CHARS + 1]);

/* Borrows from id. */
static inline struct iam_str iam_id_str(const struct iam_unique_id *id)
{
    return (struct iam_str){ id->text, id->len };
}

/* Finds the kind of an ID as we make them: prefix, length and alphabet. IAM_SYNTAX otherwise. */
enum iam_status iam_id_parse(struct iam_str id, enum iam_kind *ret) IAM_MUST_USE;
/*
 * Finds the kind of an ID as it may come from elsewhere: a prefix that we know, and 16 to 128
 * letters and digits in all. An account ID is that of IAM_KIND_ACCOUNT. IAM_KIND_NONE otherwise.
 */
enum iam_kind iam_kind_of_id(struct iam_str id);
/*
 * Tells whether id may name an access key: letters, digits and '_', at most IAM_ACCESS_KEY_ID_MAX.
 * SPEC: IAM API Reference, accessKeyIdType; its least of 16 holds for new keys only.
 */
bool iam_access_key_id_is_valid(struct iam_str id);
/* Tells whether an access key ID that a client names begins like that of temporary credentials. */
bool iam_id_is_temporary(struct iam_str access_key_id);
/* Tells whether id is exactly 12 digits. */
bool iam_account_id_is_valid(struct iam_str id);
