/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper/service_password.h"

#include <openssl/evp.h>
#include <stdio.h>

#include "base/ct.h"
#include "keeper/random.h"

#define RANDOM_BYTES 44
#define ID_MAX 128
/* What is hashed begins with it. */
#define LABEL "iamd v1 service credential"

_Static_assert((RANDOM_BYTES + 2) / 3 * 4 == IAM_SERVICE_PASSWORD_LEN, "as long as base64");

enum iam_status iam_service_password_make(struct iam_service_password *ret)
{
    uint8_t bytes[RANDOM_BYTES];
    IAM_TRY(iam_keeper_random(bytes, sizeof(bytes)));
    /* Writes 60 characters and a NUL. */
    (void)EVP_EncodeBlock((unsigned char *)ret->text, bytes, sizeof(bytes));
    iam_wipe(bytes, sizeof(bytes));
    return IAM_OK;
}

enum iam_status iam_service_password_hash(struct iam_str credential_id,
                                          const struct iam_service_password *password,
                                          uint8_t ret[IAM_SHA256_BYTES])
{
    char text[sizeof(LABEL) + ID_MAX + 1 + sizeof(password->text)];
    IAM_ENSURE(credential_id.len >= 1 && credential_id.len <= ID_MAX, IAM_RANGE);
    int len = snprintf(text, sizeof(text), LABEL "\n%.*s\n%s", IAM_STR_ARG(credential_id),
                       password->text);
    IAM_ENSURE(len > 0 && (size_t)len < sizeof(text), IAM_RANGE);
    enum iam_status st = iam_sha256((struct iam_str){ text, (size_t)len }, ret);
    iam_wipe(text, sizeof(text));
    return st;
}
