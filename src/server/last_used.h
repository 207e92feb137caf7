/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When keys and roles were last used: collected in memory by the request path, written to the
 * store now and then. Losing the last second of it in a crash is accepted; it decides nothing.
 */
#pragma once

#include "model/identity.h"
#include "store/store.h"

struct last_used;

enum iam_status last_used_new(uint64_t seed, struct last_used **ret) IAM_MUST_USE;
/* Accepts NULL. */
void last_used_free(struct last_used *l);
/* As api_env.note_use: remembers the newest use of the caller's key, and of the role of a session.
 */
void last_used_note(void *ctx, const struct iam_identity *caller, struct iam_str service,
                    struct iam_str region, int64_t now_ms);
/* Writes what was collected. What cannot be written is dropped. By one thread at a time. */
enum iam_status last_used_flush(struct last_used *l, struct iam_store *store) IAM_MUST_USE;
