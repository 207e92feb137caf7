/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The typed values that condition operators compare: addresses, dates, decimals, booleans. Used on
 * both sides, for the policy's values when it is compiled and for the request's when deciding.
 * Nothing here allocates.
 */
#pragma once

#include "policy/compiled.h"

/*
 * Reads an IPv4 or IPv6 address with an optional "/bits". Bits after the prefix are cleared. No
 * leading zeros in IPv4, no zone in IPv6. False when text is neither.
 * SPEC: IAM User Guide, "Condition operators", IP address condition operators.
 */
bool iam_net_parse(struct iam_str text, struct iam_net *ret);
/* Tells whether address (a range of full length) lies in range; never across families. */
bool iam_range_contains(struct iam_range range, const struct iam_net *address);

/* Reads ISO 8601 (W3C profile), else epoch seconds. SPEC: same page, Date condition operators. */
bool iam_date_parse(struct iam_str text, int64_t *ret_ms);

/* A decimal number in parts: no leading zeros, no trailing zeros of the fraction. */
struct iam_decimal {
    bool negative;
    struct iam_str whole;
    struct iam_str fraction;
};

/* Reads [-]digits[.digits], at most 64 bytes. The parts borrow text. */
bool iam_decimal_parse(struct iam_str text, struct iam_decimal *ret);
/* Compares by value: <0, 0, >0. */
int iam_decimal_cmp(const struct iam_decimal *a, const struct iam_decimal *b);

/* Reads "true" or "false" without regard to case. */
bool iam_truth_parse(struct iam_str text, bool *ret);
