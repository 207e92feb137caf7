/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When keys and roles were last used: collected in memory while requests are served, and written to
 * the store periodically. A crash loses the last second or so, which is acceptable: no decision
 * depends on it.
 */
#pragma once

#include "model/identity.h"
#include "store/store.h"

struct last_used;

enum iam_status last_used_new(uint64_t seed, struct last_used **ret) IAM_MUST_USE;
/* Frees it; what was not flushed is lost. Accepts NULL. */
void last_used_free(struct last_used *l);
/*
 * Remembers the latest use of the caller's key, or of the role of a session; for api_env.note_use.
 */
void last_used_note(void *ctx, const struct iam_identity *caller, struct iam_str service,
                    struct iam_str region, int64_t now_ms);
/*
 * Writes what was collected; what cannot be written is dropped. Only one thread at a time may call
 * this.
 */
enum iam_status last_used_flush(struct last_used *l, struct iam_store *store) IAM_MUST_USE;
