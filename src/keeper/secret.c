/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a secret, and the secret of nobody. */
#include <openssl/evp.h>

#include "base/ct.h"
#include "keeper/keeper_int.h"
#include "keeper/random.h"

void keeper_secret_text(const uint8_t bytes[KEEPER_SECRET_BYTES], struct iam_secret_text *ret)
{
    /* Writes 40 characters and a NUL. */
    (void)EVP_EncodeBlock((unsigned char *)ret->text, bytes, KEEPER_SECRET_BYTES);
}

enum iam_status keeper_make_text(struct iam_secret_text *ret)
{
    uint8_t bytes[KEEPER_SECRET_BYTES];
    IAM_TRY(iam_keeper_random(bytes, sizeof(bytes)));
    keeper_secret_text(bytes, ret);
    iam_wipe(bytes, sizeof(bytes));
    return IAM_OK;
}

static struct iam_str text_of(const struct iam_secret_text *secret)
{
    return (struct iam_str){ secret->text, IAM_SECRET_TEXT_LEN };
}

enum iam_status keeper_make_dummy(const struct keeper_ring *ring,
                                  uint8_t ret[IAM_SEALED_SECRET_MAX], size_t *ret_len)
{
    struct iam_secret_text secret;
    IAM_TRY(keeper_make_text(&secret));
    enum iam_status st = keeper_seal(ring_key(ring_newest(ring), KEEPER_PURPOSE_SECRET),
                                     KEEPER_DUMMY_ID, text_of(&secret), ret);
    iam_wipe(&secret, sizeof(secret));
    *ret_len = IAM_SECRET_TEXT_LEN + KEEPER_SEAL_OVERHEAD;
    return st;
}
