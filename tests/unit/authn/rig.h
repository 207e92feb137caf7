/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request that can be built, signed and verified piece by piece.
 */
#pragma once

#include "lib/signer.h"

#include "authn/authn.h"
#include "keeper/keeper.h"

#define RIG_ID "AKIDEXAMPLE"
#define RIG_SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define RIG_DATE "20150830T123600Z"
#define RIG_NOW_MS INT64_C(1440938160000)
#define RIG_HEADERS 40

struct rig {
    struct iam_keeper *keeper;
    struct iam_arena arena;
    struct iam_authn authn;

    /* The one key and the one role there are. */
    struct iam_key_record record;
    struct iam_str key_id;
    enum iam_status key_status;
    enum iam_status role_status;
    size_t key_calls;
    size_t role_calls;

    struct iam_authn_header headers[RIG_HEADERS];
    struct iam_authn_request request;

    /* What the signer uses. */
    struct iam_str sign_id;
    struct iam_str sign_secret;
    struct iam_str region;
    struct iam_str service;
    struct iam_str date;
    struct iam_str path; /* that is signed */
    struct iam_str canonical_query;

    struct iam_authn_result result;
    struct iam_authn_failure failure;
};

/* Starts with GET / for "iam" at RIG_NOW_MS with a Host header, not signed yet. */
void rig_init(struct rig *rig);
void rig_done(struct rig *rig);
/* Prints as printf does, into the rig's arena. */
#define rig_fmt(rig, ...) signer_fmt(&(rig)->arena, __VA_ARGS__)
/* Sets a header, or adds it when there is none of that name. */
void rig_set(struct rig *rig, const char *name, struct iam_str value);
void rig_add(struct rig *rig, const char *name, struct iam_str value);
void rig_remove(struct rig *rig, const char *name);
/* Computes the signature over the present request. */
struct iam_str rig_signature(struct rig *rig, const char *signed_headers);
/* Adds X-Amz-Date, and the Authorization header that signs these headers. */
void rig_sign(struct rig *rig, const char *signed_headers);
/* Signs as rig_sign does, and does not touch X-Amz-Date. */
void rig_authorize(struct rig *rig, const char *signed_headers);
/* Makes a presigned request; expires and token may be NULL. The query may hold parameters before.
 */
void rig_presign(struct rig *rig, const char *signed_headers, const char *expires,
                 const char *token);
/* Makes a session for the access key ID, and sets the signer to its key. Returns the token. */
struct iam_str rig_session(struct rig *rig, const char *access_key_id, int64_t issued_ms,
                           int64_t expires_ms);

enum iam_status rig_verify(struct rig *rig);
/* Fails the test unless the request is denied with that error and a message that holds part. */
void rig_assert_denied(struct rig *rig, enum iam_authn_error error, const char *part);
void rig_assert_ok(struct rig *rig);
/* Tells whether text holds part. */
bool rig_holds(struct iam_str text, const char *part);
