/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a response, as bytes. */
#pragma once

#include "base/buf.h"
#include "http/http.h"

/* "Tue, 24 Nov 2026 23:02:13 GMT" (RFC 9110 5.6.7) */
#define IAM_HTTP_DATE_LEN 29

/* Writes the date of ms, which counts from 1970, in the years 1 to 9999. */
void iam_http_date(int64_t ms, char ret[IAM_HTTP_DATE_LEN + 1]);

/*
 * Appends status line, Date, Cache-Control, Content-Length, Connection: close when asked, the
 * response's own headers and the empty line. Nothing is appended and IAM_RANGE returned for a
 * status outside 200..599, a name that is not a token or a value with a control character.
 * Otherwise IAM_OK; iam_buf_finish reports it when out had no memory or no room.
 */
enum iam_status iam_http_response_head(struct iam_buf *out, const struct iam_http_response *r,
                                       const char *date, bool close) IAM_MUST_USE;

/* Tells whether a response to method with this status carries its body. */
bool iam_http_response_has_body(struct iam_str method, int status);
