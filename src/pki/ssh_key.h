/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public keys for SSH, of which IAM takes RSA alone. SPEC: IAM API Reference, "UploadSSHPublicKey":
 * ssh-rsa or PEM, at least 2048 bits.
 */
#pragma once

#include "base/arena.h"

/* Sixteen bytes in hexadecimal, with colons between them, and a NUL. */
#define IAM_SSH_FINGERPRINT_BYTES 48

struct iam_ssh_key {
    struct iam_str text; /* "ssh-rsa AAAA...", without a comment, the same for each key */
    char fingerprint[IAM_SSH_FINGERPRINT_BYTES]; /* MD5, as ssh-keygen -l -E md5 prints it */
};

/*
 * Reads a key, in the form of OpenSSH or of PEM (SubjectPublicKeyInfo, or the older form of RSA
 * alone). IAM_UNSUPPORTED when body has neither form or is a key of another kind; IAM_SYNTAX when
 * the key itself is broken; IAM_RANGE when it has fewer than 2048 or more than 16384 bits, or an
 * exponent that is even, 1 or longer than 64 bits; IAM_NOMEM.
 */
enum iam_status iam_ssh_key_read(struct iam_arena *arena, struct iam_str body,
                                 struct iam_ssh_key *ret) IAM_MUST_USE;
/* Writes the key of a text that iam_ssh_key_read made as SubjectPublicKeyInfo in PEM. IAM_NOMEM. */
enum iam_status iam_ssh_key_pem(struct iam_arena *arena, struct iam_str text,
                                struct iam_str *ret) IAM_MUST_USE;
