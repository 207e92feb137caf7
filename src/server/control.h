/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket DIR/control, through which a command on the machine asks a running server for
 * something: one line, one answer. Only this user and root are heard, by what the kernel says of
 * the peer. Its thread also does what a rotation has left to do.
 */
#pragma once

#include "base/str.h"
#include "directory/directory.h"
#include "server/audit.h"
#include "server/rotate.h"

#define CONTROL_NAME "control"
/* LIMIT: bytes of a request, its line break included. */
#define CONTROL_LINE_MAX 256
/* LIMIT: bytes of an answer. */
#define CONTROL_ANSWER_MAX (DATA_DIR_ERROR_MAX + 64)

struct control;

struct control_options {
    struct rotate *rotate; /* of the socket's thread from then on; its dir is kept */
    struct iam_directory *directory;
    struct audit *audit; /* NULL: none */
};

/* What a server can be asked for. */
enum control_command {
    CONTROL_ROTATE, /* "rotate-master-key": of a new key that comes from outside, or none */
    CONTROL_DELEGATION_TOKEN /* "delegation-token": of a request, by its ID */
};

struct control_request {
    enum control_command command;
    struct iam_str argument; /* absent: none */
};

/*
 * Reads a request: the word of a command, and after a space its argument; a key is 44 characters of
 * base64. The argument borrows line, which has no line break. IAM_SYNTAX for anything else.
 */
enum iam_status control_parse(struct iam_str line, struct control_request *ret) IAM_MUST_USE;
/* Returns the word of a command. */
struct iam_str control_word(enum control_command command);

/*
 * Binds the socket and starts its thread. options is copied. IAM_IO (error says why), IAM_NOMEM.
 */
enum iam_status control_start(const struct control_options *options, struct control **ret,
                              char error[DATA_DIR_ERROR_MAX]) IAM_MUST_USE;
/* Ends the thread, between two transactions, and removes the socket. Accepts NULL. */
void control_stop(struct control *c);

/*
 * Asks the server that uses dir, and waits until it has answered. answer (NUL-terminated) is what
 * to show. IAM_OK, IAM_FAULT when the server refuses or ends meanwhile, IAM_IO when it does not
 * listen.
 */
enum iam_status control_ask(const char *dir, const struct control_request *request,
                            char answer[CONTROL_ANSWER_MAX]) IAM_MUST_USE;
