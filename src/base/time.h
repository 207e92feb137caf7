/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instants as milliseconds since 1970-01-01T00:00:00Z, and their texts. No clock is read here: an
 * instant always comes from the caller.
 */
#pragma once

#include "base/cur.h"

/* "2026-11-23T23:02:13Z" and "2026-11-23T23:02:13.120Z" */
#define IAM_TIME_ISO_LEN 20
#define IAM_TIME_ISO_MS_LEN 24
/* "20261123T230213Z", as SigV4 writes it */
#define IAM_TIME_BASIC_LEN 16

/* Writes ms in the years 1 to 9999, and the nearest instant of these for one outside. */
void iam_time_to_iso(int64_t ms, char ret[IAM_TIME_ISO_LEN + 1]);
void iam_time_to_iso_ms(int64_t ms, char ret[IAM_TIME_ISO_MS_LEN + 1]);
void iam_time_to_basic(int64_t ms, char ret[IAM_TIME_BASIC_LEN + 1]);
/* Reads exactly the basic form: a real calendar date and time of day. IAM_SYNTAX. */
enum iam_status iam_time_from_basic(struct iam_str s, int64_t *ret_ms) IAM_MUST_USE;
/*
 * Reads the W3C profile of ISO 8601: YYYY, YYYY-MM, YYYY-MM-DD, YYYY-MM-DDThh:mm[:ss[.f...]]TZD
 * where TZD is Z or +hh:mm or -hh:mm. IAM_SYNTAX otherwise.
 */
enum iam_status iam_time_from_iso(struct iam_str s, int64_t *ret_ms) IAM_MUST_USE;
/*
 * Counts the days from 1970-01-01 to a date of the proleptic Gregorian calendar, in which the year
 * 0 comes before the year 1. IAM_SYNTAX when there is no such date.
 */
enum iam_status iam_time_days(int year, unsigned month, unsigned day, int64_t *ret) IAM_MUST_USE;
/*
 * Reads the digits of a fraction of a second, 1 to 9; what is finer than a millisecond is cut off.
 */
bool iam_time_fraction(struct iam_cur *c, unsigned *ret_ms);
