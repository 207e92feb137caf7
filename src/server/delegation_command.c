/* SPDX-License-Identifier: Apache-2.0 */
/* iamd delegation-token. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/ct.h"
#include "server/audit_local.h"
#include "server/clock.h"
#include "server/commands.h"
#include "server/control.h"
#include "server/delegation_token.h"
#include "server/offline.h"

static enum iam_status make_here(struct offline *o, struct iam_str id,
                                 char text[CONTROL_ANSWER_MAX])
{
    struct audit_local event = { .event_name = "ReadDelegationToken",
                                 .uid = getuid(),
                                 .now_ms = clock_now_ms() };
    enum iam_status st = delegation_token_make(o->store, o->keeper, id, clock_high_ms(), text);
    event.error = st == IAM_OK ? NULL : text;
    if (audit_local(o->audit, &event) != IAM_OK) {
        (void)snprintf(text, CONTROL_ANSWER_MAX, "the audit file does not take the record");
        return IAM_IO;
    }
    return st;
}

/* Asks the server, and does it here when there is none. */
static enum iam_status give(struct offline *o, const struct server_config *config,
                            char text[CONTROL_ANSWER_MAX])
{
    const struct control_request request = { CONTROL_DELEGATION_TOKEN,
                                             iam_str_c(config->request_id) };
    char why[CONTROL_ANSWER_MAX];
    enum iam_status st = control_ask(config->data_dir, &request, why);
    if (st == IAM_IO) {
        st = offline_open(o, config, text);
        if (st == IAM_OK) {
            return make_here(o, request.argument, text);
        }
        if (st != IAM_CONFLICT) {
            return st;
        }
    }
    memcpy(text, why, sizeof(why));
    iam_wipe(why, sizeof(why));
    return st;
}

int command_delegation_token(const struct server_config *config)
{
    struct offline o = {
        .dir = {.fd = -1, .lock_fd = -1, .db_fd = -1}
    };
    char text[CONTROL_ANSWER_MAX] = "";
    enum iam_status st = give(&o, config, text);
    (void)fprintf(st == IAM_OK ? stdout : stderr, st == IAM_OK ? "%s\n" : "iamd: %s\n", text);
    iam_wipe(text, sizeof(text));
    offline_close(&o);
    return st == IAM_OK ? 0 : 1;
}
