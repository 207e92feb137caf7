/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encrypted assertions. The keeper opens the key, libcrypto the rest. Every failure is the same to
 * the caller, and so is what a changed ciphertext decrypts to: the signature is in it.
 */
#include <openssl/err.h>
#include <openssl/evp.h>

#include "authn/saml_int.h"
#include "base/ct.h"

#define GCM_IV_BYTES 12
#define GCM_TAG_BYTES 16
#define CBC_BYTES 16 /* of a block, and of the IV */

struct cipher {
    const char *algorithm;
    const char *name; /* as libcrypto calls it */
    size_t key_bytes;
    bool is_gcm;
};

static const struct cipher CIPHERS[] = {
    {"http://www.w3.org/2001/04/xmlenc#aes128-cbc",  "AES-128-CBC", 16, false},
    { "http://www.w3.org/2001/04/xmlenc#aes256-cbc", "AES-256-CBC", 32, false},
    { "http://www.w3.org/2009/xmlenc11#aes128-gcm",  "AES-128-GCM", 16, true },
    { "http://www.w3.org/2009/xmlenc11#aes256-gcm",  "AES-256-GCM", 32, true },
};

/* ---- what the elements say ---- */

/* Returns the algorithm that an element names; absent when there is no such element. */
static struct iam_str algorithm_of(const xmlNode *element)
{
    return element != NULL ? saml_attribute(element, "Algorithm") : iam_str_absent();
}

static const struct cipher *find_cipher(const xmlNode *data)
{
    struct iam_str algorithm = algorithm_of(saml_only(data, "EncryptionMethod", SAML_ENCRYPTION));
    for (size_t i = 0; i < IAM_COUNT(CIPHERS); i++) {
        if (iam_str_eq(algorithm, iam_str_c(CIPHERS[i].algorithm))) {
            return &CIPHERS[i];
        }
    }
    return NULL;
}

/* Returns the one encrypted key, which is in the data or beside it. */
static const xmlNode *find_key(const xmlNode *encrypted, const xmlNode *data)
{
    const xmlNode *inner =
        saml_only(saml_only(data, "KeyInfo", SAML_SIGNATURE), "EncryptedKey", SAML_ENCRYPTION);
    return inner != NULL ? inner : saml_only(encrypted, "EncryptedKey", SAML_ENCRYPTION);
}

static enum iam_status read_value(struct iam_arena *arena, const xmlNode *element,
                                  struct iam_str *ret)
{
    struct iam_str text;
    IAM_TRY(saml_text(arena,
                      saml_only(saml_only(element, "CipherData", SAML_ENCRYPTION), "CipherValue",
                                SAML_ENCRYPTION),
                      &text));
    return saml_base64(arena, text, ret);
}

/* ---- the key ---- */

struct hash {
    const char *algorithm;
    enum iam_oaep_hash hash;
};

static bool find_hash(const struct hash *hashes, size_t count, struct iam_str algorithm,
                      enum iam_oaep_hash *ret)
{
    for (size_t i = 0; i < count; i++) {
        if (iam_str_eq(algorithm, iam_str_c(hashes[i].algorithm))) {
            *ret = hashes[i].hash;
            return true;
        }
    }
    return !iam_str_is_set(algorithm); /* SHA-1, by default */
}

/*
 * Reads which OAEP it is. SHA-1 is no weakness there, and the default. SPEC: XML Encryption 1.1,
 * section 5.5.2.
 */
static bool read_oaep(const xmlNode *key, struct iam_oaep *ret)
{
    static const struct hash DIGESTS[] = {
        {"http://www.w3.org/2000/09/xmldsig#sha1",         IAM_OAEP_SHA1  },
        { "http://www.w3.org/2001/04/xmlenc#sha256",       IAM_OAEP_SHA256},
        { "http://www.w3.org/2001/04/xmldsig-more#sha384", IAM_OAEP_SHA384},
        { "http://www.w3.org/2001/04/xmlenc#sha512",       IAM_OAEP_SHA512},
    };
    static const struct hash MASKS[] = {
        {"http://www.w3.org/2009/xmlenc11#mgf1sha1",    IAM_OAEP_SHA1  },
        { "http://www.w3.org/2009/xmlenc11#mgf1sha256", IAM_OAEP_SHA256},
        { "http://www.w3.org/2009/xmlenc11#mgf1sha384", IAM_OAEP_SHA384},
        { "http://www.w3.org/2009/xmlenc11#mgf1sha512", IAM_OAEP_SHA512},
    };
    const xmlNode *method = saml_only(key, "EncryptionMethod", SAML_ENCRYPTION);
    struct iam_str algorithm = algorithm_of(method);
    bool has_mask = iam_str_eq(algorithm, IAM_STR(SAML_ENCRYPTION_11 "rsa-oaep"));
    *ret = (struct iam_oaep){ IAM_OAEP_SHA1, IAM_OAEP_SHA1 };
    if (!has_mask && !iam_str_eq(algorithm, IAM_STR(SAML_ENCRYPTION "rsa-oaep-mgf1p"))) {
        return false;
    }
    return saml_first(method, "OAEPparams", SAML_ENCRYPTION) == NULL &&
           find_hash(DIGESTS, IAM_COUNT(DIGESTS),
                     algorithm_of(saml_only(method, "DigestMethod", SAML_SIGNATURE)),
                     &ret->digest) &&
           (!has_mask ||
            find_hash(MASKS, IAM_COUNT(MASKS),
                      algorithm_of(saml_only(method, "MGF", SAML_ENCRYPTION_11)), &ret->mask));
}

/* ---- the data ---- */

/* Takes the padding of a text in blocks away. SPEC: XML Encryption 1.1, section 5.2. */
static bool strip_padding(struct iam_str *text)
{
    size_t padding = text->len > 0 ? (uint8_t)text->p[text->len - 1] : 0;
    if (padding == 0 || padding > CBC_BYTES || padding > text->len) {
        return false;
    }
    text->len -= padding;
    return true;
}

/* Decrypts with a context; ret->p has room for all of in. */
static bool run_cipher(EVP_CIPHER_CTX *ctx, const struct cipher *c, const uint8_t *key,
                       struct iam_str in, struct iam_str *ret)
{
    size_t iv = c->is_gcm ? GCM_IV_BYTES : CBC_BYTES;
    size_t tag = c->is_gcm ? GCM_TAG_BYTES : 0;
    uint8_t *out = (uint8_t *)(uintptr_t)ret->p;
    const uint8_t *bytes = (const uint8_t *)in.p;
    int len = 0;
    int last = 0;
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, c->name, NULL);
    bool is_good = in.len > iv + tag && cipher != NULL &&
                   EVP_DecryptInit_ex2(ctx, cipher, key, bytes, NULL) == 1 &&
                   EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
                   (tag == 0 || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)tag,
                                                    (void *)(uintptr_t)(bytes + in.len - tag))) &&
                   EVP_DecryptUpdate(ctx, out, &len, bytes + iv, (int)(in.len - iv - tag)) == 1 &&
                   EVP_DecryptFinal_ex(ctx, out + len, &last) == 1;
    EVP_CIPHER_free(cipher);
    ERR_clear_error();
    ret->len = (size_t)len + (size_t)last;
    return is_good && (c->is_gcm || strip_padding(ret));
}

static enum iam_status decrypt_data(struct iam_arena *arena, const struct cipher *c,
                                    const uint8_t *key, struct iam_str in, struct iam_str *ret)
{
    struct iam_str text = { iam_arena_alloc(arena, in.len + CBC_BYTES), 0 };
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool has_memory = text.p != NULL && ctx != NULL;
    bool is_good = has_memory && run_cipher(ctx, c, key, in, &text);
    EVP_CIPHER_CTX_free(ctx);
    IAM_ENSURE(has_memory, IAM_NOMEM);
    IAM_ENSURE(is_good, IAM_SYNTAX);
    *ret = text;
    return IAM_OK;
}

/* What is to be decrypted. */
struct sealed {
    const struct cipher *cipher;
    struct iam_oaep oaep;
    struct iam_str key;
    struct iam_str data;
};

static enum iam_status read_sealed(struct iam_arena *arena, const xmlNode *encrypted,
                                   struct sealed *ret)
{
    const xmlNode *data = saml_only(encrypted, "EncryptedData", SAML_ENCRYPTION);
    const xmlNode *key = find_key(encrypted, data);
    ret->cipher = find_cipher(data);
    IAM_ENSURE(ret->cipher != NULL && read_oaep(key, &ret->oaep), IAM_SYNTAX);
    IAM_TRY(read_value(arena, key, &ret->key));
    return read_value(arena, data, &ret->data);
}

static enum iam_status open_with(struct iam_arena *arena, struct iam_keeper *keeper,
                                 const struct iam_saml_private_key *key, const struct sealed *s,
                                 struct iam_str *ret)
{
    uint8_t content_key[IAM_UNWRAPPED_MAX];
    size_t len = 0;
    enum iam_status st =
        iam_keeper_unwrap(keeper, key->id, key->sealed, &s->oaep, s->key, content_key, &len);
    if (st == IAM_OK) {
        st = len == s->cipher->key_bytes ? decrypt_data(arena, s->cipher, content_key, s->data, ret)
                                         : IAM_SYNTAX;
    }
    iam_wipe(content_key, sizeof(content_key));
    return st;
}

enum iam_status saml_decrypt(struct iam_arena *arena, const xmlNode *encrypted,
                             const struct iam_saml_keys *keys, struct iam_str *ret)
{
    struct sealed s;
    enum iam_status st = read_sealed(arena, encrypted, &s);
    IAM_ENSURE(st == IAM_OK, st);
    st = IAM_SYNTAX;
    for (size_t i = 0; i < keys->count && st == IAM_SYNTAX; i++) {
        st = open_with(arena, keys->keeper, &keys->items[i], &s, ret);
    }
    return st;
}
