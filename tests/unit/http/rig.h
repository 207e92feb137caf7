/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server with a small handler, and a client that speaks raw bytes. Every wait of the client ends
 * after RIG_WAIT_MS with a failed test.
 *
 * Paths of the handler: /echo answers with method, target, peer and body; /defer answers from
 * another thread after some milliseconds; /often and, from another thread, /often/defer say 429 and
 * hold the client; /big answers with RIG_BIG bytes; /hold keeps the exchange
 * until rig_release; /round answers when the worker's round ends, and /flush answers itself and
 * before it all of /round; /bad answers with a line break in a header; /known is from a caller who
 * was authenticated, /failed from one who was not; anything else "ok".
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/http.h"

#define RIG_WAIT_MS 30000
#define RIG_BIG ((size_t)8 << 20)
#define RIG_TEXT_CAP 262144

struct rig {
    struct iam_http_config config;
    struct iam_http_server *server;
    char unix_path[64];
    char directory[40];
};

/* Makes a configuration with two workers on 127.0.0.1 and a Unix socket, and generous timeouts. */
void rig_init(struct rig *r);
void rig_start(struct rig *r);
void rig_stop(struct rig *r, unsigned timeout_ms);
bool rig_is_held(void);
void rig_wait_held(void);
/* Answers the exchange that /hold keeps, waiting for it to arrive. */
void rig_release(void);
/* Answers it early, with 503; /hold keeps it all the same. */
void rig_reply_early(void);
/* Counts the calls of the handler since rig_init. */
unsigned rig_calls(void);
/* Waits until count calls of the handler have returned since rig_init. */
void rig_wait_returned(unsigned count);
/* Waits until the server's memory that counts against its budget is at least, at most that. */
void rig_wait_memory(const struct rig *r, size_t least, size_t most);
void rig_sleep_ms(long ms);

int rig_connect(const struct rig *r);
int rig_connect_unix(const struct rig *r);
void rig_send(int fd, const void *bytes, size_t n);
void rig_send_text(int fd, const char *text);
/*
 * Reads one response, head and body by its Content-Length, NUL-terminated in text; returns the
 * status.
 */
int rig_read_response(int fd, char *text, size_t cap);
/* Reads to the end of the stream; returns how much that was. */
size_t rig_read_all(int fd);
/* Reads to the end of the stream; false when it does not end in time. */
bool rig_is_closed(int fd);
/* Tells whether the server has sent something or closed within ms. */
bool rig_wait_readable(int fd, int ms);
