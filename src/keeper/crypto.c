/* SPDX-License-Identifier: Apache-2.0 */
/* Key derivation and sealing; see crypto_int.h for the format of a sealed blob. */
#include "keeper/crypto_int.h"

#include "base/ct.h"
#include "keeper/digest.h"
#include "keeper/evp_int.h"
#include "keeper/random.h"

#define SEAL_VERSION 1
#define AD_MAX (1 + KEEPER_HEAD_BYTES + IAM_ACCESS_KEY_ID_MAX)
#define LABEL_MAX 64

static struct iam_str bytes_of(const uint8_t *p, size_t n)
{
    return (struct iam_str){ (const char *)p, n };
}

/* Derives a key. SPEC: RFC 5869; one block of output, so the expansion has a single round. */
enum iam_status keeper_derive(struct iam_str secret, struct iam_str label,
                              uint8_t ret[KEEPER_KEY_BYTES])
{
    static const uint8_t no_salt[IAM_SHA256_BYTES];
    IAM_ENSURE(label.len >= 1 && label.len <= LABEL_MAX, IAM_RANGE);
    uint8_t prk[IAM_SHA256_BYTES];
    IAM_TRY(iam_hmac_sha256(bytes_of(no_salt, sizeof(no_salt)), secret, prk));

    uint8_t info[LABEL_MAX + 1];
    memcpy(info, label.p, label.len);
    info[label.len] = 1;
    enum iam_status st =
        iam_hmac_sha256(bytes_of(prk, sizeof(prk)), bytes_of(info, label.len + 1), ret);
    iam_wipe(prk, sizeof(prk));
    return st;
}

struct associated {
    uint8_t bytes[AD_MAX];
    size_t len;
};

static struct associated associate(enum keeper_purpose purpose, const uint8_t *head,
                                   struct iam_str owner)
{
    struct associated ad;
    ad.bytes[0] = (uint8_t)purpose;
    memcpy(ad.bytes + 1, head, KEEPER_HEAD_BYTES);
    memcpy(ad.bytes + 1 + KEEPER_HEAD_BYTES, owner.p, owner.len);
    ad.len = 1 + KEEPER_HEAD_BYTES + owner.len;
    return ad;
}

/* Derives the AES key of one blob from the salt in its head. */
static enum iam_status blob_key(const struct keeper_purpose_key *key, const uint8_t *head,
                                uint8_t ret[KEEPER_KEY_BYTES])
{
    return iam_hmac_sha256(bytes_of(key->bytes, sizeof(key->bytes)),
                           bytes_of(head + 1 + KEEPER_KEY_ID_BYTES, KEEPER_SALT_BYTES), ret);
}

static const uint8_t *nonce_of(const uint8_t *head)
{
    return head + 1 + KEEPER_KEY_ID_BYTES + KEEPER_SALT_BYTES;
}

/* Wipes what libcrypto has of a key: its schedule, on the heap. Returns ok. */
static bool forget_key(struct keeper_evp *e, bool ok)
{
    return (e == NULL || EVP_CIPHER_CTX_reset(e->cipher) == 1) && ok;
}

static bool gcm_encrypt(const uint8_t *aes_key, const struct associated *ad, const uint8_t *nonce,
                        struct iam_str plain, uint8_t *out, uint8_t *tag)
{
    struct keeper_evp *e = keeper_evp_get();
    int n = 0;
    bool ok =
        e != NULL && EVP_EncryptInit_ex2(e->cipher, e->aes_gcm, aes_key, nonce, NULL) == 1 &&
        EVP_EncryptUpdate(e->cipher, NULL, &n, ad->bytes, (int)ad->len) == 1 &&
        EVP_EncryptUpdate(e->cipher, out, &n, (const uint8_t *)plain.p, (int)plain.len) == 1 &&
        EVP_EncryptFinal_ex(e->cipher, out + n, &n) == 1 &&
        EVP_CIPHER_CTX_ctrl(e->cipher, EVP_CTRL_AEAD_GET_TAG, KEEPER_TAG_BYTES, tag) == 1;
    return forget_key(e, ok);
}

enum iam_status keeper_seal(const struct keeper_purpose_key *key, struct iam_str owner,
                            struct iam_str plain, uint8_t *out)
{
    IAM_ENSURE(owner.len >= 1 && owner.len <= IAM_ACCESS_KEY_ID_MAX, IAM_RANGE);
    IAM_ENSURE(plain.len <= KEEPER_OPENED_MAX, IAM_RANGE);
    out[0] = SEAL_VERSION;
    memcpy(out + 1, key->key_id, KEEPER_KEY_ID_BYTES);
    IAM_TRY(
        iam_keeper_random(out + 1 + KEEPER_KEY_ID_BYTES, KEEPER_SALT_BYTES + KEEPER_NONCE_BYTES));
    uint8_t aes_key[KEEPER_KEY_BYTES];
    IAM_TRY(blob_key(key, out, aes_key));

    struct associated ad = associate(key->purpose, out, owner);
    uint8_t *text = out + KEEPER_HEAD_BYTES;
    bool ok = gcm_encrypt(aes_key, &ad, nonce_of(out), plain, text, text + plain.len);
    iam_wipe(aes_key, sizeof(aes_key));
    return ok ? IAM_OK : IAM_IO;
}

/* Returns IAM_CORRUPT when the tag does not verify, IAM_IO when libcrypto fails before that. */
static enum iam_status gcm_decrypt_with(EVP_CIPHER_CTX *cipher, const EVP_CIPHER *aes_gcm,
                                        const uint8_t *aes_key, const struct associated *ad,
                                        struct iam_str sealed, uint8_t *out)
{
    const uint8_t *blob = (const uint8_t *)sealed.p;
    int text_len = (int)(sealed.len - KEEPER_SEAL_OVERHEAD);
    uint8_t tag[KEEPER_TAG_BYTES];
    int n = 0;

    memcpy(tag, blob + sealed.len - KEEPER_TAG_BYTES, KEEPER_TAG_BYTES);
    if (EVP_DecryptInit_ex2(cipher, aes_gcm, aes_key, nonce_of(blob), NULL) != 1 ||
        EVP_DecryptUpdate(cipher, NULL, &n, ad->bytes, (int)ad->len) != 1 ||
        EVP_DecryptUpdate(cipher, out, &n, blob + KEEPER_HEAD_BYTES, text_len) != 1 ||
        EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, KEEPER_TAG_BYTES, tag) != 1) {
        return IAM_IO;
    }
    return EVP_DecryptFinal_ex(cipher, out + n, &n) == 1 ? IAM_OK : IAM_CORRUPT;
}

static enum iam_status gcm_decrypt(const uint8_t *aes_key, const struct associated *ad,
                                   struct iam_str sealed, uint8_t *out)
{
    struct keeper_evp *e = keeper_evp_get();
    IAM_ENSURE(e != NULL, IAM_IO);
    enum iam_status st = gcm_decrypt_with(e->cipher, e->aes_gcm, aes_key, ad, sealed, out);
    return forget_key(e, true) ? st : IAM_IO;
}

bool keeper_is_sealed_by(struct iam_str sealed, const struct keeper_purpose_key *key)
{
    return sealed.len >= KEEPER_SEAL_OVERHEAD && sealed.p[0] == SEAL_VERSION &&
           iam_ct_equal(sealed.p + 1, key->key_id, KEEPER_KEY_ID_BYTES);
}

enum iam_status keeper_open(const struct keeper_purpose_key *key, struct iam_str owner,
                            struct iam_str sealed, uint8_t *out)
{
    const uint8_t *head = (const uint8_t *)sealed.p;
    if (sealed.len > KEEPER_SEALED_MAX || owner.len < 1 || owner.len > IAM_ACCESS_KEY_ID_MAX ||
        !keeper_is_sealed_by(sealed, key)) {
        return IAM_CORRUPT;
    }
    uint8_t aes_key[KEEPER_KEY_BYTES];
    IAM_TRY(blob_key(key, head, aes_key));
    struct associated ad = associate(key->purpose, head, owner);
    enum iam_status st = gcm_decrypt(aes_key, &ad, sealed, out);
    iam_wipe(aes_key, sizeof(aes_key));
    if (st != IAM_OK) {
        /* GCM decrypts before it verifies: nothing unverified may be left for the caller. */
        iam_wipe(out, sealed.len - KEEPER_SEAL_OVERHEAD);
    }
    return st;
}
