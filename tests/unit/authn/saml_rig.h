/* SPDX-License-Identifier: Apache-2.0 */
/* A provider with its keys, and verdicts on its responses, for the tests of SAML. */
#pragma once

#include "lib/saml.h"

#include "authn/saml.h"

/* Longer than the name of a namespace may be. */
#define SAML_TEST_LONG 257

struct saml_rig {
    struct iam_arena arena;
    struct saml_party idp;      /* RSA; its metadata is trusted */
    struct saml_party attacker; /* RSA, of another key */
    struct iam_keeper *keeper;
    struct iam_saml_trust trust;
};

extern struct saml_rig rig;

int saml_rig_open(void **state);
int saml_rig_close(void **state);
/* The verdict on a response in clear. *ret is set when it is IAM_OK. */
enum iam_status saml_rig_verify(struct iam_str response, struct iam_saml_assertion *ret,
                                enum iam_saml_refusal *ret_refusal);
/* Expects that a response in clear is believed, or refused for that reason. */
#define expect_believed(response, ret) saml_rig_believed((response), (ret), __FILE__, __LINE__)
#define expect_refused(response, why) saml_rig_refused((response), (why), __FILE__, __LINE__)
void saml_rig_believed(struct iam_str response, struct iam_saml_assertion *ret, const char *file,
                       int line);
void saml_rig_refused(struct iam_str response, enum iam_saml_refusal why, const char *file,
                      int line);
/* The text with all of from replaced by to; from must be there. */
struct iam_str saml_rig_replace(struct iam_str text, const char *from, const char *to);
