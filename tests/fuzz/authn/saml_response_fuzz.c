/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Responses of a SAML provider, as XML. The corpus has some that its key has signed, for alice.
 * Laws: what is believed was signed, so it is about alice and for the sign-in page; it keeps the
 * limits; verifying it again says the same. The key below is for this test alone; it opens
 * encrypted assertions too.
 */
#include <stdlib.h>

#include "authn/saml.h"
#include "base/heap.h"
#include "codec/base64.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())

static const char KEY[] = "-----BEGIN PRIVATE KEY-----\n"
                          "MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCkMRNbl+I70LXr\n"
                          "YLf1rOMm7LXlIZmlV586K5+fzv8CJqxoVOguQfdbKEIEVF0L7Iag5g1eGdTgViCs\n"
                          "peENxL/XIlr2EYObw3lduQV3SAxEZEjbWI3SpTI/U5LCUliFITdJJSZ/tMPCHj1b\n"
                          "hMzuErLdJuyZdk8iHnPeY+/8Z9iuZeyGdlJ0SAerJ5jsrvlm/tqfo3pduZEDVKoO\n"
                          "WO5WGbPgzSiiuvtTj1vRjcZCVK485rBv/PbbRVcCvylCj7KRdSv8n6Uvo1vcn6kN\n"
                          "JbosD2EU1Ad2XphkmuE0gysbmuo5tKkYofyd0FfHlMyJgb5K+lZPzk8aWO9d8F4l\n"
                          "VAMDpmlVAgMBAAECggEAJBv64uDjSz5aU9qgenI8Ppo+YpbiIH/Fr9haMZ4nbQSu\n"
                          "U/+gVFQDn1OaOTOIhw/Mh+QwOmq562BlrTKJ7SpA+oI+uPEfHYl+zoLbVeFNeVkI\n"
                          "wNyXzCSyiUTK+Nt9RkII05hNADbz+mQGIHNzUkRge8yMqi9fteQ2nUkjRUJdX/UF\n"
                          "owRfPJ9EfQ0reOKmjn0RZV0wEi/C/i9lZhuOgUEl7QpBffQ0yQoMPeIP7htwn2UL\n"
                          "ksXisE2FtwtCQ9nL2tXTIBB9Vvl4Y/ce4Sp/qocRzjHSpfTpVYI2QseKqIobqhpr\n"
                          "de3VB2kjTL6LQ6uEO/vtWcP3tUctn1EtSVoHpHxYPQKBgQDmnlutJYoIAt7dXn2q\n"
                          "7kujSV80CYevDr3UDolK5UKyRwRRP9ToZqeQjsWKU2GGdm0FCNdagpRivW716bG8\n"
                          "NHd3BaOwRfKJtIKirZEcd9ZFC1rrNP/ZC8GpNVNdP6hZtoDzgSlqVPoQz5Y0l9rQ\n"
                          "+ZBk96S5kjgzLyaGyiSvWiheiwKBgQC2QyaPMb79yWXn59Dw9BRtoIAbNuihSS51\n"
                          "IrIpLBurgZb+EVML/nT+rq3qHqtHRRGxX8SET7xNugImZZnjBvoDXfk/7iJvshPY\n"
                          "RsvSj/5rNtNOqsavGvmDgIyMVaxCiOJeSVmBwwRfxCaXwzWAkl2cMzZdOQBW5YHO\n"
                          "gF9RsvoznwKBgE/Y9n7tp2v8qnNU+wfKt++SQN9AiXUIEpuwaMLAvCYDxq/m/O12\n"
                          "VYAMnsK0+ehXaom6tO2Glp/VXOzR/BLgy5gvIKywmzgogq6Wj86eg1amhtU3JXpd\n"
                          "wrC2YOXBW6WsNduZleBWCbr2VNhi14VRUzhSMft6b/Dw21MB/E+mVKHfAoGAKCC+\n"
                          "s5YzQ7L8wcMzKGnEuaI1skgzjZcMKHP8H757VRZSBRwRWbmrTots9PfNpAJb895u\n"
                          "6OaZQc+rO4LxD5/wmZ8uClpGsKrXXa2woGpdjINkoJRO7CyXNNGvoBIYvAlhNXsW\n"
                          "vtAN/Xu1N4KeG/GdtI897+Zl4bvkCXAQDG/IUGcCgYA7i0avL7ZzBMbCgDiYjRSe\n"
                          "DVMwlWfvISEa9ce40Xn/nIL3M1gKxJUFgL1JnBAAIwlZNJWFzfgfhPx80k+za5g+\n"
                          "cJX4tJBQ7VqIquy7I7SMprckt2DQHQwWAHcWuidHS9vYLZjgxjP6lOnA5rOEGlN/\n"
                          "an8MHgaeQObSJWmSkk198Q==\n"
                          "-----END PRIVATE KEY-----\n";

static const char METADATA[] =
    "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" "
    "entityID=\"https://fuzz.example.com/saml\"><IDPSSODescriptor><KeyDescriptor><KeyInfo "
    "xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>"
    "MIIC/zCCAeegAwIBAgIUTMlyEI6aI7IIAdADx7ZdY6wmN/EwDQYJKoZIhvcNAQELBQAwDzENMAsGA1UE"
    "AwwEZnV6ejAeFw0yNjExMzAxNjQ2NDJaFw0yNjEyMDExNjQ2NDJaMA8xDTALBgNVBAMMBGZ1enowggEi"
    "MA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQCkMRNbl+I70LXrYLf1rOMm7LXlIZmlV586K5+fzv8C"
    "JqxoVOguQfdbKEIEVF0L7Iag5g1eGdTgViCspeENxL/XIlr2EYObw3lduQV3SAxEZEjbWI3SpTI/U5LC"
    "UliFITdJJSZ/tMPCHj1bhMzuErLdJuyZdk8iHnPeY+/8Z9iuZeyGdlJ0SAerJ5jsrvlm/tqfo3pduZED"
    "VKoOWO5WGbPgzSiiuvtTj1vRjcZCVK485rBv/PbbRVcCvylCj7KRdSv8n6Uvo1vcn6kNJbosD2EU1Ad2"
    "XphkmuE0gysbmuo5tKkYofyd0FfHlMyJgb5K+lZPzk8aWO9d8F4lVAMDpmlVAgMBAAGjUzBRMB0GA1Ud"
    "DgQWBBQFaw08fzkW6B1bfQL5KB5BA4mF7TAfBgNVHSMEGDAWgBQFaw08fzkW6B1bfQL5KB5BA4mF7TAP"
    "BgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4IBAQBz76Mdh4eK97+2r956GXmVTm2MM1rOowEs"
    "dYydI19oPi970IW7f2s0qV3QC7AZsXeFFT3e0XcyooGVZREJOTiC/bjC/XjOeh9aXA0Fto57AjwMw/oR"
    "1/jp4+uNU/h7gvobWrYXsOKoZN473dVWvBgmiXBBl1tXboMaludVGwRLXARHzmPfkNEeH9uxafUuRb++"
    "AABjrt+ZH73F0Q5YJoLrpLCqR9YzYULbTd9c9zbOe9y3wN4Vi9EbdKd/S2HeQ/iobBqVnCQLG0qNCtMx"
    "+9J1uEBLlC6CVxdOq313ro+QBdPY27+A8WI97+eeXU6tOyQQt5rU/1CRtccTbJ2YuNIv"
    "</X509Certificate></X509Data></KeyInfo></KeyDescriptor></IDPSSODescriptor></EntityDescriptor>";

static struct iam_arena kept;
static struct iam_saml_trust trust;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    char error[128];
    struct iam_keeper_config config = { .alloc = iam_heap() };
    struct iam_saml_keys *keys = &trust.keys;
    (void)argc;
    (void)argv;
    iam_arena_init(&kept, iam_heap(), 1 << 20);
    ENSURE(iam_keeper_new(&config, &keys->keeper, error, sizeof(error)) == IAM_OK);
    keys->items[0].id = IAM_STR("SAMLPK1");
    ENSURE(iam_keeper_seal_private_key(keys->keeper, keys->items[0].id, IAM_STR(KEY), &kept,
                                       &keys->items[0].sealed) == IAM_OK);
    keys->count = 1;
    ENSURE(iam_saml_metadata_read(&kept, IAM_STR(METADATA), &trust.idps) == IAM_OK);
    return 0;
}

static struct iam_str encode(struct iam_arena *arena, const uint8_t *data, size_t size)
{
    struct iam_alloc alloc = iam_arena_allocator(arena);
    struct iam_buf b;
    struct iam_str text;
    iam_buf_init(&b, &alloc, 2 * size + 8);
    iam_base64_add(&b, data, size);
    ENSURE(iam_buf_finish(&b, &text) == IAM_OK);
    return text;
}

static void check(const struct iam_saml_assertion *a)
{
    size_t values = 0;
    ENSURE(iam_str_eq(a->issuer, IAM_STR("https://fuzz.example.com/saml")));
    ENSURE(iam_str_eq(a->subject, IAM_STR("alice")));
    ENSURE(iam_str_eq(a->recipient, IAM_STR("https://signin.aws.amazon.com/saml")));
    ENSURE(a->id.len > 0 && a->expires_ms > 0);
    for (size_t i = 0; i < a->attribute_count; i++) {
        ENSURE(a->attributes[i].value_count > 0);
        values += a->attributes[i].value_count;
    }
    ENSURE(values <= IAM_SAML_VALUES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_arena arena;
    struct iam_saml_assertion a;
    struct iam_saml_assertion again;
    enum iam_saml_refusal why = IAM_SAML_ISSUER + 1;
    iam_arena_init(&arena, iam_heap(), 8 << 20);
    if (trust.keys.count == 0) {
        (void)LLVMFuzzerInitialize(NULL, NULL);
    }
    if (size <= (1 << 18)) {
        struct iam_str text = encode(&arena, data, size);
        enum iam_status st = iam_saml_verify(&arena, text, &trust, &a, &why);
        ENSURE(st == IAM_OK || st == IAM_DENIED || st == IAM_NOMEM);
        ENSURE(st != IAM_DENIED || why <= IAM_SAML_ISSUER);
        if (st == IAM_OK) {
            check(&a);
            ENSURE(iam_saml_verify(&arena, text, &trust, &again, &why) == IAM_OK);
            ENSURE(iam_str_eq(a.id, again.id) && a.expires_ms == again.expires_ms);
        }
    }
    iam_arena_done(&arena);
    return 0;
}
