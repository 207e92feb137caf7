/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SPEC: RFC 4253, 6.6: a key is the string "ssh-rsa", then the exponent and the modulus as numbers
 * of any length, each with its length before it.
 */
#include "pki/ssh_key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "base/cur.h"
#include "codec/base64.h"
#include "pki/pem.h"

#define KIND "ssh-rsa"
#define LENGTH_BYTES 4
#define MIN_BITS 2048
#define MAX_BITS 16384
#define MAX_EXPONENT_BITS 64
#define MD5_BYTES 16
/* Two numbers, each with a byte for its sign, the kind, and three lengths. */
#define BLOB_MAX (2 * (MAX_BITS / 8 + 1) + sizeof(KIND) + 3 * LENGTH_BYTES)
/* Base64 takes four characters for three bytes, PEM a line end for 64 of them; and both lines. */
#define TEXT_MAX (BLOB_MAX * 2)

/* The numbers of a key. */
struct rsa {
    BIGNUM *n;
    BIGNUM *e;
};

static void rsa_done(struct rsa *rsa)
{
    BN_free(rsa->n);
    BN_free(rsa->e);
}

/* ---- reading ---- */

static bool take_string(struct iam_cur *c, struct iam_str *ret)
{
    struct iam_str bytes;
    size_t len = 0;

    if (!iam_cur_take(c, LENGTH_BYTES, &bytes)) {
        return false;
    }
    for (size_t i = 0; i < LENGTH_BYTES; i++) {
        len = len << 8 | (unsigned char)bytes.p[i];
    }
    return iam_cur_take(c, len, ret);
}

/* Takes a number that is not below zero. NULL when there is none, or no memory. */
static BIGNUM *take_number(struct iam_cur *c)
{
    struct iam_str bytes;
    bool is_good = take_string(c, &bytes) && bytes.len > 0 && bytes.len <= BLOB_MAX &&
                   ((unsigned char)bytes.p[0] & 0x80) == 0;

    return is_good ? BN_bin2bn((const unsigned char *)bytes.p, (int)bytes.len, NULL) : NULL;
}

static enum iam_status read_blob(struct iam_str blob, struct rsa *ret)
{
    struct iam_cur c = iam_cur_of(blob);
    struct iam_str kind;

    IAM_ENSURE(take_string(&c, &kind) && iam_str_eq(kind, IAM_STR(KIND)), IAM_SYNTAX);
    ret->e = take_number(&c);
    ret->n = take_number(&c);
    IAM_ENSURE(ret->e != NULL && ret->n != NULL && iam_cur_at_end(&c), IAM_SYNTAX);
    return IAM_OK;
}

/* Reads "ssh-rsa base64 comment". */
static enum iam_status read_line(struct iam_arena *arena, struct iam_str line, struct rsa *ret)
{
    struct iam_str chars = iam_str_sub(line, sizeof(KIND), SIZE_MAX);
    struct iam_str blob;
    size_t len = 0;

    while (len < chars.len && chars.p[len] > ' ') {
        len++;
    }
    IAM_TRY(iam_base64_decode(arena, iam_str_sub(chars, 0, len), &blob));
    return read_blob(blob, ret);
}

/* Reads what a block of PEM holds; NULL: it is no public key. */
static EVP_PKEY *read_der(const struct iam_pem *pem)
{
    const unsigned char *p = (const unsigned char *)pem->bytes.p;
    EVP_PKEY *key = iam_str_eq(pem->label, IAM_STR("PUBLIC KEY"))
                        ? d2i_PUBKEY(NULL, &p, (long)pem->bytes.len)
                        : d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)pem->bytes.len);

    if (key != NULL && (const char *)p != pem->bytes.p + pem->bytes.len) {
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

static enum iam_status read_pem(struct iam_arena *arena, struct iam_str body, struct rsa *ret)
{
    struct iam_pem pem;
    enum iam_status status = iam_pem_next(arena, &body, &pem);

    IAM_ENSURE(status != IAM_NOT_FOUND, IAM_SYNTAX);
    IAM_TRY(status);
    IAM_ENSURE(iam_str_eq(pem.label, IAM_STR("PUBLIC KEY")) ||
                   iam_str_eq(pem.label, IAM_STR("RSA PUBLIC KEY")),
               IAM_UNSUPPORTED);
    EVP_PKEY *key = read_der(&pem);
    if (key == NULL) {
        return IAM_SYNTAX;
    }
    bool is_rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
    bool is_good = is_rsa && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &ret->n) == 1 &&
                   EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &ret->e) == 1;
    EVP_PKEY_free(key);
    IAM_ENSURE(is_rsa, IAM_UNSUPPORTED);
    return is_good ? IAM_OK : IAM_SYNTAX;
}

/* Skips white space, of which the form of a key is not made. */
static struct iam_str skip_space(struct iam_str s)
{
    while (s.len > 0 && (unsigned char)s.p[0] <= ' ') {
        s = iam_str_sub(s, 1, SIZE_MAX);
    }
    return s;
}

static enum iam_status read_body(struct iam_arena *arena, struct iam_str body, struct rsa *ret)
{
    body = skip_space(body);
    if (iam_str_starts(body, IAM_STR(KIND " "))) {
        return read_line(arena, body, ret);
    }
    IAM_ENSURE(iam_str_starts(body, IAM_STR("-----BEGIN ")), IAM_UNSUPPORTED);
    return read_pem(arena, body, ret);
}

static enum iam_status check(const struct rsa *rsa)
{
    int bits = BN_num_bits(rsa->n);

    IAM_ENSURE(bits >= MIN_BITS && bits <= MAX_BITS && BN_is_odd(rsa->n), IAM_RANGE);
    IAM_ENSURE(BN_is_odd(rsa->e) && !BN_is_one(rsa->e), IAM_RANGE);
    return BN_num_bits(rsa->e) <= MAX_EXPONENT_BITS ? IAM_OK : IAM_RANGE;
}

/* ---- writing ---- */

static size_t add_length(uint8_t *out, size_t len)
{
    for (size_t i = 0; i < LENGTH_BYTES; i++) {
        out[i] = (uint8_t)(len >> 8 * (LENGTH_BYTES - 1 - i));
    }
    return LENGTH_BYTES;
}

/* Writes a number above zero in as few bytes as it takes, the first bit of which is 0. */
static size_t add_number(uint8_t *out, const BIGNUM *number)
{
    size_t len = (size_t)BN_num_bits(number) / 8 + 1;
    size_t at = add_length(out, len);

    /* fails when len is too small only */
    (void)BN_bn2binpad(number, out + at, (int)len);
    return at + len;
}

static size_t make_blob(const struct rsa *rsa, uint8_t out[BLOB_MAX])
{
    size_t at = add_length(out, sizeof(KIND) - 1);

    memcpy(out + at, KIND, sizeof(KIND) - 1);
    at += sizeof(KIND) - 1;
    at += add_number(out + at, rsa->e);
    return at + add_number(out + at, rsa->n);
}

static enum iam_status make_fingerprint(const uint8_t *blob, size_t len,
                                        char ret[IAM_SSH_FINGERPRINT_BYTES])
{
    uint8_t md5[MD5_BYTES];

    IAM_ENSURE(EVP_Digest(blob, len, md5, NULL, EVP_md5(), NULL) == 1, IAM_IO);
    for (size_t i = 0; i < MD5_BYTES; i++) {
        iam_bytes_to_hex(&md5[i], 1, ret + 3 * i);
        ret[3 * i + 2] = i + 1 < MD5_BYTES ? ':' : '\0';
    }
    return IAM_OK;
}

static enum iam_status make_key(struct iam_arena *arena, const struct rsa *rsa,
                                struct iam_ssh_key *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(arena);
    uint8_t blob[BLOB_MAX];
    struct iam_buf b;

    size_t len = make_blob(rsa, blob);
    IAM_TRY(make_fingerprint(blob, len, ret->fingerprint));
    iam_buf_init(&b, &alloc, TEXT_MAX);
    iam_buf_add_c(&b, KIND " ");
    iam_base64_add(&b, blob, len);
    return iam_buf_finish(&b, &ret->text);
}

enum iam_status iam_ssh_key_read(struct iam_arena *arena, struct iam_str body,
                                 struct iam_ssh_key *ret)
{
    struct rsa rsa = { NULL, NULL };
    enum iam_status status = read_body(arena, body, &rsa);

    if (status == IAM_OK) {
        status = check(&rsa);
    }
    if (status == IAM_OK) {
        status = make_key(arena, &rsa, ret);
    }
    rsa_done(&rsa);
    ERR_clear_error();
    return status;
}

/* ---- as PEM ---- */

/* Makes a key of its numbers; NULL without memory. */
static EVP_PKEY *key_of(const struct rsa *rsa)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *key = NULL;

    if (build != NULL && ctx != NULL &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, rsa->n) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, rsa->e) == 1) {
        params = OSSL_PARAM_BLD_to_param(build);
    }
    if (params != NULL && EVP_PKEY_fromdata_init(ctx) == 1) {
        (void)EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params);
    }
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static enum iam_status write_pem(struct iam_arena *arena, const struct rsa *rsa,
                                 struct iam_str *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(arena);
    EVP_PKEY *key = key_of(rsa);
    unsigned char *der = NULL;
    int len = key != NULL ? i2d_PUBKEY(key, &der) : -1;
    struct iam_buf b;

    iam_buf_init(&b, &alloc, TEXT_MAX);
    if (len > 0) {
        iam_pem_add(&b, "PUBLIC KEY", (struct iam_str){ (const char *)der, (size_t)len });
    }
    OPENSSL_free(der);
    EVP_PKEY_free(key);
    IAM_ENSURE(len > 0, IAM_NOMEM);
    return iam_buf_finish(&b, ret);
}

enum iam_status iam_ssh_key_pem(struct iam_arena *arena, struct iam_str text, struct iam_str *ret)
{
    struct rsa rsa = { NULL, NULL };
    enum iam_status status = read_body(arena, text, &rsa);

    if (status == IAM_OK) {
        status = write_pem(arena, &rsa, ret);
    }
    rsa_done(&rsa);
    ERR_clear_error();
    return status;
}
