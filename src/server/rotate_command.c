/* SPDX-License-Identifier: Apache-2.0 */
/* iamd rotate-master-key. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/audit_local.h"
#include "server/clock.h"
#include "server/commands.h"
#include "server/control.h"
#include "server/offline.h"

static enum iam_status record(struct offline *o, const char *error)
{
    struct audit_local event = {
        .event_name = "RotateMasterKey", .error = error, .uid = getuid(), .now_ms = clock_now_ms()
    };
    return audit_local(o->audit, &event);
}

static enum iam_status work(struct rotate *r)
{
    while (r->has_work) {
        IAM_TRY(rotate_step(r));
    }
    return IAM_OK;
}

/* Does all that a server would do. */
static enum iam_status rotate_here(struct offline *o, const struct server_config *config,
                                   char text[CONTROL_ANSWER_MAX])
{
    struct rotate r = { .dir = &o->dir, .store = o->store, .keeper = o->keeper };
    enum iam_status st = rotate_switch(&r, config->new_master_key, clock_now_ms(), text);
    enum iam_status recorded = record(o, st == IAM_OK ? NULL : text);
    IAM_TRY(st);
    if (recorded != IAM_OK) {
        (void)fprintf(stderr, "iamd: the audit file does not take the record\n");
    }
    st = work(&r);
    size_t len = strlen(text);
    (void)snprintf(text + len, CONTROL_ANSWER_MAX - len,
                   "; %lu secrets are sealed with the new "
                   "key%s",
                   r.walk.sealed, st == IAM_OK ? "" : ", the next start does the rest");
    return IAM_OK;
}

/*
 * Asks the server first: root may do that of a server of another user, whose files it must not
 * write itself.
 */
static enum iam_status rotate(struct offline *o, const struct server_config *config,
                              char text[CONTROL_ANSWER_MAX])
{
    char why[CONTROL_ANSWER_MAX];
    const struct control_request request = { CONTROL_ROTATE, config->new_master_key != NULL
                                                                 ? iam_str_c(config->new_master_key)
                                                                 : iam_str_absent() };
    enum iam_status st = control_ask(config->data_dir, &request, why);
    if (st == IAM_IO) {
        st = offline_open(o, config, text);
        if (st == IAM_OK) {
            return rotate_here(o, config, text);
        }
        if (st != IAM_CONFLICT) {
            return st;
        }
    }
    memcpy(text, why, sizeof(why));
    return st;
}

int command_rotate_master_key(const struct server_config *config)
{
    struct offline o = {
        .dir = {.fd = -1, .lock_fd = -1, .db_fd = -1}
    };
    char text[CONTROL_ANSWER_MAX] = "";
    enum iam_status st = rotate(&o, config, text);
    (void)fprintf(st == IAM_OK ? stdout : stderr, "iamd: %s\n", text);
    offline_close(&o);
    return st == IAM_OK ? 0 : 1;
}
