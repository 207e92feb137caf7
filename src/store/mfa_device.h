/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MFA devices: virtual ones, hardware tokens and security keys, named by serial number. Nothing
 * here can open the sealed seed, or knows when a code is right.
 */
#pragma once

#include "store/entity.h"

/*
 * iam_store_mfa_device_get (the name is the serial number), _get_by_id, _list (by serial number),
 * _scan, _count, _delete, _add: see entity.h. One that is added is nobody's, and no code of it was
 * used; IAM_EXISTS: the serial number is taken, or the name among virtual devices.
 */
IAM_STORE_ENTITY(mfa_device, IAM_TABLE_MFA_DEVICE)

enum iam_status iam_store_mfa_device_add(struct iam_txn *txn,
                                         const struct iam_mfa_device *device) IAM_MUST_USE;

enum iam_mfa_assignment { IAM_MFA_ANY, IAM_MFA_ASSIGNED, IAM_MFA_UNASSIGNED };

/* Lists virtual devices, by name. page may be NULL: all. */
enum iam_status iam_store_mfa_device_list_virtual(struct iam_txn *txn, struct iam_arena *arena,
                                                  struct iam_str account,
                                                  enum iam_mfa_assignment assignment,
                                                  const struct iam_page *page,
                                                  struct iam_mfa_device_list *ret) IAM_MUST_USE;
/*
 * Lists the devices of an owner (a user's unique ID, or the account ID), those it had first first.
 * page may be NULL: all.
 */
enum iam_status iam_store_mfa_device_list_of(struct iam_txn *txn, struct iam_arena *arena,
                                             struct iam_str account, struct iam_str owner_id,
                                             const struct iam_page *page,
                                             struct iam_mfa_device_list *ret) IAM_MUST_USE;
/* Counts the devices of an owner. */
enum iam_status iam_store_mfa_device_count_of(struct iam_txn *txn, struct iam_str account,
                                              struct iam_str owner_id, int64_t *ret) IAM_MUST_USE;
/* Counts the devices of an account that somebody has. */
enum iam_status iam_store_mfa_device_count_used(struct iam_txn *txn, struct iam_str account,
                                                int64_t *ret) IAM_MUST_USE;
/*
 * Writes whose the device is, and what is known of its codes: the members from owner_id on.
 * IAM_NOT_FOUND: no such device. IAM_CONFLICT: the owner does not exist.
 */
enum iam_status iam_store_mfa_device_set_state(struct iam_txn *txn,
                                               const struct iam_mfa_device *device) IAM_MUST_USE;
/* Puts another sealed form of the same seed in the place of device's. IAM_NOT_FOUND. */
enum iam_status iam_store_mfa_device_reseal(struct iam_txn *txn,
                                            const struct iam_mfa_device *device,
                                            struct iam_str sealed_seed) IAM_MUST_USE;
