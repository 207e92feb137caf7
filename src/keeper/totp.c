/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper/totp_int.h"

#include <openssl/core_names.h>

#include "base/ct.h"

#define SHA1_BYTES 20
#define COUNTER_BYTES 8

enum iam_status keeper_totp_init(struct keeper_totp *t, struct iam_str seed)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){ "SHA1" }, 0),
        OSSL_PARAM_construct_end(),
    };

    t->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    t->ctx = t->mac != NULL ? EVP_MAC_CTX_new(t->mac) : NULL;
    bool ok = t->ctx != NULL &&
              EVP_MAC_init(t->ctx, (const unsigned char *)seed.p, seed.len, params) == 1;
    return ok ? IAM_OK : IAM_IO;
}

void keeper_totp_done(struct keeper_totp *t)
{
    EVP_MAC_CTX_free(t->ctx);
    EVP_MAC_free(t->mac);
    *t = (struct keeper_totp){ 0 };
}

static uint32_t big_endian(const uint8_t *p)
{
    return ((uint32_t)p[0] << 24) | ((uint32_t)p[1] << 16) | ((uint32_t)p[2] << 8) | p[3];
}

enum iam_status keeper_totp_value(struct keeper_totp *t, int64_t step, uint32_t *ret)
{
    uint8_t counter[COUNTER_BYTES];
    uint8_t mac[SHA1_BYTES];
    size_t len = 0;

    for (size_t i = 0; i < COUNTER_BYTES; i++) {
        counter[i] = (uint8_t)((uint64_t)step >> (8 * (COUNTER_BYTES - 1 - i)));
    }
    /* without a key it begins again with the one it has */
    bool ok = EVP_MAC_init(t->ctx, NULL, 0, NULL) == 1 &&
              EVP_MAC_update(t->ctx, counter, sizeof(counter)) == 1 &&
              EVP_MAC_final(t->ctx, mac, &len, sizeof(mac)) == 1 && len == SHA1_BYTES;
    if (ok) {
        *ret = big_endian(mac + (mac[SHA1_BYTES - 1] & 15)) & 0x7fffffffu;
    }
    iam_wipe(mac, sizeof(mac));
    return ok ? IAM_OK : IAM_IO;
}
