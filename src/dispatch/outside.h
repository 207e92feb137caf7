/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request needs from outside of the server: the keys of those who issue web identities, and
 * documents that they answer with. No thread that runs requests fetches anything. A call that needs
 * what is not here says what it waits for and ends; it is begun again from the beginning when that
 * is there, or cannot be had, and does not wait a second time.
 */
#pragma once

#include "base/arena.h"

struct iam_jwks;

/* An issuer of tokens, as the one that asks for its keys knows it. */
struct api_issuer {
    struct iam_str id;  /* of its provider: another ID is another issuer; absent: built in */
    struct iam_str url; /* without https:// */
    struct iam_str thumbprints; /* SHA-1 in hexadecimal, one a line, that its certificate may have
                                   where nobody else vouches for it */
};

/* Why something cannot be had. */
enum api_outside_trouble {
    API_OUTSIDE_NONE = 0,
    API_OUTSIDE_UNREACHABLE, /* at the moment, that is */
    API_OUTSIDE_THUMBPRINT,  /* a certificate that nobody vouches for */
    API_OUTSIDE_UNUSABLE     /* it answers, but not with that; or it must not be asked */
};

/* LIMIT: documents that one call waits for. */
#define API_WAIT_DOCUMENTS 2

/* What a call waits for: the keys of an issuer, or documents. All of it is in the call's arena. */
struct api_wait {
    bool is_wanted;                          /* set by who needs it */
    bool is_over;                            /* what can be had is there: nobody waits again */
    struct iam_arena *arena;                 /* of the call, for documents */
    const struct api_issuer *issuer;         /* NULL: documents are waited for */
    struct iam_str kid;                      /* of the key that is needed; absent: any */
    struct iam_str urls[API_WAIT_DOCUMENTS]; /* they may hold a secret */
    size_t url_count;
    struct iam_str documents[API_WAIT_DOCUMENTS]; /* what was answered; absent: nothing */
    enum api_outside_trouble trouble;
};

/* Who fetches; NULL where a server has nobody. */
struct api_outside {
    /*
     * Finds the keys of an issuer in memory, and a reference to them. IAM_NOT_FOUND: they are not
     * there, or none has the name kid, and asking for them may help; IAM_DENIED: it would not, and
     * *ret_trouble says why they cannot be had (API_OUTSIDE_NONE: there are others).
     */
    enum iam_status (*keys)(void *ctx, const struct api_issuer *issuer, struct iam_str kid,
                            struct iam_jwks **ret, enum api_outside_trouble *ret_trouble);
    /* Returns where a provider is asked, by its domain: "https://..."; absent: it cannot be. */
    struct iam_str (*endpoint)(void *ctx, struct iam_str domain);
    void *ctx;
};
