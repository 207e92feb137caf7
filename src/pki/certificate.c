/* SPDX-License-Identifier: Apache-2.0 */
#include "pki/certificate.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include "pki/certificate_int.h"
#include "pki/pem.h"

#define SHA1_BYTES 20
#define SECONDS_PER_DAY INT64_C(86400)

_Static_assert(SHA1_BYTES * 8 == IAM_CERTIFICATE_ID_LEN * 5, "base32 without padding");

/* ---- parsing ---- */

/* Returns NULL unless all of der is one certificate whose public key is of a known kind. */
static X509 *read_der(struct iam_str der)
{
    const unsigned char *p = (const unsigned char *)der.p;
    X509 *cert = der.len <= IAM_CERTIFICATE_BYTES_MAX ? d2i_X509(NULL, &p, (long)der.len) : NULL;

    if (cert != NULL && ((const char *)p != der.p + der.len || X509_get0_pubkey(cert) == NULL)) {
        X509_free(cert);
        return NULL;
    }
    return cert;
}

enum iam_status pki_x509_next(struct iam_arena *arena, struct iam_str *text, X509 **ret)
{
    struct iam_str rest = *text;
    struct iam_pem pem;

    IAM_TRY(iam_pem_next(arena, &rest, &pem));
    IAM_ENSURE(iam_str_eq(pem.label, IAM_STR("CERTIFICATE")), IAM_SYNTAX);
    X509 *cert = read_der(pem.bytes);
    IAM_ENSURE(cert != NULL, IAM_SYNTAX);
    *text = rest;
    *ret = cert;
    return IAM_OK;
}

enum iam_status pki_x509_only(struct iam_arena *arena, struct iam_str text, X509 **ret)
{
    struct iam_pem more;
    X509 *cert = NULL;
    enum iam_status status = pki_x509_next(arena, &text, &cert);

    IAM_ENSURE(status != IAM_NOT_FOUND, IAM_SYNTAX);
    IAM_TRY(status);
    if (iam_pem_next(arena, &text, &more) != IAM_NOT_FOUND) {
        X509_free(cert);
        return IAM_SYNTAX;
    }
    *ret = cert;
    return IAM_OK;
}

/* ---- what a certificate says ---- */

/* Returns the milliseconds from 1970 to a time of a certificate; IAM_SYNTAX when it is none. */
static enum iam_status ms_of(const ASN1_TIME *time, int64_t *ret)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0;
    int seconds = 0;
    bool is_time = epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1;
    bool has_memory = epoch != NULL;

    ASN1_TIME_free(epoch);
    IAM_ENSURE(has_memory, IAM_NOMEM);
    IAM_ENSURE(is_time, IAM_SYNTAX);
    *ret = (days * SECONDS_PER_DAY + seconds) * 1000;
    return IAM_OK;
}

static void make_id(const uint8_t sha1[SHA1_BYTES], char ret[IAM_CERTIFICATE_ID_LEN + 1])
{
    static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    for (size_t i = 0; i < IAM_CERTIFICATE_ID_LEN; i++) {
        size_t bit = i * 5;
        unsigned next = bit / 8 + 1 < SHA1_BYTES ? sha1[bit / 8 + 1] : 0;
        unsigned pair = (unsigned)sha1[bit / 8] << 8 | next;

        ret[i] = ALPHABET[pair >> (11 - bit % 8) & 31];
    }
    ret[IAM_CERTIFICATE_ID_LEN] = '\0';
}

static enum iam_status describe(const X509 *cert, struct iam_certificate *ret)
{
    uint8_t sha1[SHA1_BYTES];

    IAM_TRY(ms_of(X509_get0_notBefore(cert), &ret->not_before_ms));
    IAM_TRY(ms_of(X509_get0_notAfter(cert), &ret->not_after_ms));
    IAM_ENSURE(X509_digest(cert, EVP_sha1(), sha1, NULL) == 1, IAM_IO);
    make_id(sha1, ret->id);
    return IAM_OK;
}

enum iam_status iam_certificate_read(struct iam_arena *arena, struct iam_str text,
                                     struct iam_certificate *ret)
{
    X509 *cert = NULL;
    enum iam_status status = pki_x509_only(arena, text, &cert);

    if (status == IAM_OK) {
        status = describe(cert, ret);
    }
    X509_free(cert);
    ERR_clear_error();
    return status;
}
