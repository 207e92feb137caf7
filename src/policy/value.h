/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The typed values that condition operators compare: addresses, dates, decimals, booleans. Used on
 * both sides, for the policy's values when it is compiled and for the request's when deciding.
 * Nothing here allocates.
 */
#pragma once

#include "policy/compiled.h"

/*
 * Reads an address range of a policy: an IPv4 or IPv6 address with an optional "/bits". It keeps
 * the family that is written, and without bits it is one address. The octets of IPv4 and the bits
 * may have leading zeros. Host bits of IPv4 are cleared; false for an IPv6 range that has some, for
 * IPv6 that ends in dotted octets, and for what is no address. SPEC: docs/conformance.md,
 * "Addresses".
 */
bool iam_range_parse(struct iam_str text, struct iam_net *ret);
/*
 * Reads an address of a request, all of whose bits count. IPv4 inside of ::ffff:0:0/96 is IPv4; it
 * may be written "::ffff:a.b.c.d". SPEC: same place.
 */
bool iam_address_parse(struct iam_str text, struct iam_net *ret);
/* Tells whether address (a range of full length) lies in range; never across families. */
bool iam_range_contains(struct iam_range range, const struct iam_net *address);

/*
 * Reads a date, cut to whole milliseconds: ISO 8601 in the W3C profile and its laxer spellings, UTC
 * where no zone is given; else seconds since 1970, of which those that lie beyond int64_t in
 * milliseconds are its last.
 * SPEC: IAM User Guide, "Condition operators", Date condition operators; docs/conformance.md.
 */
bool iam_date_parse(struct iam_str text, int64_t *ret_ms);

/*
 * A decimal number, 0.DIGITS times ten to the power of point. The digits are those of head and then
 * those of tail, without zeros at either end; zero has none.
 */
struct iam_decimal {
    bool negative;
    int64_t point;
    struct iam_str head;
    struct iam_str tail;
};

/*
 * Reads [+-]digits[.digits][e[+-]digits], of which digits before or after the point may be left
 * out. The parts borrow text. IAM_SYNTAX when it is no number, IAM_LIMIT when its exponent does not
 * fit in 32 bits.
 * SPEC: docs/conformance.md, "Numbers".
 */
enum iam_status iam_decimal_parse(struct iam_str text, struct iam_decimal *ret) IAM_MUST_USE;
/* Compares by value, exactly: <0, 0, >0. */
int iam_decimal_cmp(const struct iam_decimal *a, const struct iam_decimal *b);

/*
 * Tells whether text is "true" in any case: every other text is false.
 * SPEC: docs/conformance.md, "Booleans".
 */
bool iam_truth(struct iam_str text);
