/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codes of MFA devices: whether one is right now, and was not used before. Every operation that
 * takes a code asks here, so that all of them share what is used up and how often may be guessed.
 * SPEC: RFC 6238; IAM API Reference, "EnableMFADevice"; which steps are accepted was recorded on
 * AWS.
 */
#pragma once

#include "keeper/keeper.h"
#include "store/mfa_device.h"

/*
 * Checks one code (any text) of a device, as it was read in txn, which writes: IAM_OK when it is
 * that of the device's time or of up to two steps before or after it, and was not given here
 * before; then it is used up once txn is committed. high_ms is the highest time. Whose device it
 * is, and whether it has an owner, is for the caller to check. IAM_DENIED: wrong, used, or the
 * device has no seed; IAM_LIMIT: too many attempts in three minutes, right and wrong ones, of all
 * operations; IAM_CORRUPT, IAM_IO and statuses of the store. An attempt stays counted when txn is
 * rolled back.
 */
enum iam_status iam_mfa_check(struct iam_txn *txn, struct iam_keeper *keeper,
                              const struct iam_mfa_device *device, struct iam_str code,
                              int64_t high_ms) IAM_MUST_USE;
/*
 * Checks two codes (any text) that a device shows one after the other, in a wide window: what it is
 * enabled and synchronized with. Both must be later than those of the last time. On success the
 * device's clock and the last pair are set in *device, which the caller writes
 * (iam_store_mfa_device_set_state); the codes are not used up for iam_mfa_check, as on AWS. On
 * failure, as above, *device is untouched.
 */
enum iam_status iam_mfa_check_pair(struct iam_keeper *keeper, struct iam_mfa_device *device,
                                   struct iam_str first_code, struct iam_str second_code,
                                   int64_t high_ms) IAM_MUST_USE;
