/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request from its text, as the signing test suite writes it: request line, "Name:value" lines
 * (continued by lines that start with a space), an empty line, the body. For tests and the fuzz
 * target; it takes what a real HTTP reader would refuse.
 */
#pragma once

#include "authn/authn.h"

/* Takes one line, without its line break. */
static inline struct iam_str request_text_line(struct iam_str *rest)
{
    size_t end = iam_str_find(*rest, '\n', 0);
    struct iam_str line = iam_str_sub(*rest, 0, end);
    *rest = iam_str_sub(*rest, end + 1, rest->len);
    return line;
}

/* Reads the request line. The target may hold spaces: it ends at the last one. */
static inline void request_text_target(struct iam_str line, struct iam_authn_request *ret)
{
    size_t first = iam_str_find(line, ' ', 0);
    size_t last = line.len;
    while (last > first + 1 && line.p[last - 1] != ' ') {
        last--;
    }
    struct iam_str target = iam_str_sub(line, first + 1, last > first + 1 ? last - first - 2 : 0);
    size_t question = iam_str_find(target, '?', 0);
    ret->method = iam_str_sub(line, 0, first);
    ret->path = iam_str_sub(target, 0, question);
    ret->query =
        question < target.len ? iam_str_sub(target, question + 1, target.len) : iam_str_absent();
}

/* Fills method, path, query, headers and body. headers holds max; more are dropped. */
static inline void request_text_read(struct iam_str text, struct iam_authn_header *headers,
                                     size_t max, struct iam_authn_request *ret)
{
    request_text_target(request_text_line(&text), ret);
    ret->headers = headers;
    ret->header_count = 0;
    struct iam_str line = request_text_line(&text);
    while (line.len > 0) {
        size_t colon = iam_str_find(line, ':', 0);
        const char *end = line.p + line.len;
        while (text.len > 0 && text.p[0] == ' ') {
            struct iam_str more = request_text_line(&text);
            end = more.p + more.len;
        }
        if (colon < line.len && ret->header_count < max) {
            const char *value = line.p + colon + 1;
            headers[ret->header_count++] = (struct iam_authn_header){
                iam_str_sub(line, 0, colon), {value, (size_t)(end - value)}
            };
        }
        line = request_text_line(&text);
    }
    ret->body = text;
}
