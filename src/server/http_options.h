/* SPDX-License-Identifier: Apache-2.0 */
/* The options about connections: where they may come from, how many, and who may use the socket. */
#pragma once

#include "http/http.h"

struct http_options {
    size_t source_connections; /* 0: a quarter of all */
    struct iam_http_network exempt[IAM_HTTP_EXEMPT_MAX];
    size_t exempt_count;
    bool exempt_is_set; /* the default has been replaced */
    unsigned unix_mode; /* 0: what the umask leaves */
    gid_t unix_gid;     /* (gid_t)-1: that of the process */
};

/* Sets the defaults: loopback is exempt, and nothing else is said. */
void http_options_default(struct http_options *o);

/*
 * What follows reads the value of one option. IAM_RANGE when it is not valid, with a message on
 * stderr.
 */

/* Reads a number from 1 to 65535. */
enum iam_status http_option_source_connections(struct http_options *o,
                                               const char *value) IAM_MUST_USE;
/* Reads an address, a network, or "none"; the first one replaces the default, later ones are added.
 */
enum iam_status http_option_exempt(struct http_options *o, const char *value) IAM_MUST_USE;
/* Reads an octal number from 1 to 777. */
enum iam_status http_option_unix_mode(struct http_options *o, const char *value) IAM_MUST_USE;
/* Reads the name or the number of a group. */
enum iam_status http_option_unix_group(struct http_options *o, const char *value) IAM_MUST_USE;

/* Tells whether anything is set that is about the Unix socket alone. */
bool http_options_need_unix(const struct http_options *o);

/* Tells whether address, as in --listen, is one that only this machine reaches. */
bool http_option_is_loopback(const char *address);
