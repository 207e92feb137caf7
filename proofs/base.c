/* SPDX-License-Identifier: Apache-2.0 */
/* The proof of the slice functions that the cursor and the matcher call. */
#include "str.h"

/*@ terminates \true;
    assigns \nothing;
    ensures \result.p == s.p && \result.len == len; */
static struct iam_str head(struct iam_str s, size_t len);

#include "../src/base/str.c"
