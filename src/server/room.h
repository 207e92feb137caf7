/* SPDX-License-Identifier: Apache-2.0 */
/* The room that is left for a file. */
#pragma once

#include "base/base.h"

/*
 * Returns how many bytes this process can still write to the file system of a regular file;
 * UINT64_MAX when that is not known, or is no matter of a file system (a device, a pipe).
 */
uint64_t room_free_bytes(int fd);
/*
 * Returns the bytes that are to stay free there unless the operator says otherwise: a sixteenth of
 * the file system, at most 64 MiB.
 */
uint64_t room_usual_reserve(int fd);
/*
 * Makes sure that a file of this size can grow by bytes though its file system gets full: allocates
 * blocks beyond its end, which stay its own. IAM_LIMIT when there is no room; IAM_UNSUPPORTED when
 * blocks cannot be allocated there.
 */
enum iam_status room_allocate(int fd, uint64_t size, uint64_t bytes) IAM_MUST_USE;
/* Returns the size of a regular file. IAM_UNSUPPORTED for anything else. */
enum iam_status room_file_size(int fd, uint64_t *ret) IAM_MUST_USE;
