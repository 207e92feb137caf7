/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which services and actions principals use: every authenticated call and every question that was
 * decided counts, denied ones too. Of the same principal and action one a minute is looked at, so
 * that the others cost a hash and one read of memory; what was looked at is collected and written
 * to the store periodically. A crash loses the last second or so, and so does a full collection:
 * no decision depends on it.
 */
#pragma once

#include "dispatch/call.h"

struct service_uses;

/* Makes an empty collection. seed must be unpredictable. IAM_NOMEM. */
enum iam_status service_uses_new(uint64_t seed, struct service_uses **ret) IAM_MUST_USE;
/* Frees it; what was not flushed is lost. Accepts NULL. */
void service_uses_free(struct service_uses *u);
/* Remembers a use, by any thread; for api_env.note_service. */
void service_uses_note(void *ctx, const struct api_service_use *use, int64_t now_ms);
/*
 * Writes what was collected; what cannot be written is dropped. Only one thread at a time may call
 * this.
 */
enum iam_status service_uses_flush(struct service_uses *u, struct iam_store *store) IAM_MUST_USE;
