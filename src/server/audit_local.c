/* SPDX-License-Identifier: Apache-2.0 */
#include "server/audit_local.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/heap.h"
#include "base/time.h"
#include "codec/json.h"
#include "keeper/random.h"
#include "model/kind.h"

#define MAX_BYTES 4096
#define ID_BYTES 16

static void add(struct iam_buf *b, bool *first, const char *name, struct iam_str value)
{
    if (iam_str_is_set(value)) {
        iam_json_add_name(b, first, iam_str_c(name));
        iam_json_add_string(b, value);
    }
}

static void add_raw(struct iam_buf *b, bool *first, const char *name, const char *json)
{
    iam_json_add_name(b, first, iam_str_c(name));
    iam_buf_add(b, iam_str_c(json));
}

/* Adds who it was: nobody whom IAM knows, but a user of the system. */
static void add_identity(struct iam_buf *b, bool *first, const struct audit_local *e)
{
    char uid[32];
    bool first_inside = true;
    (void)snprintf(uid, sizeof(uid), "uid:%lu", (unsigned long)e->uid);
    add_raw(b, first, "userIdentity", "{");
    add(b, &first_inside, "type", iam_kind_get(IAM_KIND_NONE)->identity_type);
    add(b, &first_inside, "principalId", iam_str_c(uid));
    iam_buf_add_char(b, '}');
}

static void add_parameters(struct iam_buf *b, bool *first, const struct audit_local *e)
{
    bool first_inside = true;
    add_raw(b, first, "requestParameters", "null");
    if (!iam_str_is_set(e->access_key_id)) {
        add_raw(b, first, "responseElements", "null");
        return;
    }
    add_raw(b, first, "responseElements", "{");
    add(b, &first_inside, "accessKeyId", e->access_key_id);
    iam_buf_add_char(b, '}');
}

static void add_event(struct iam_buf *b, const struct audit_local *e, struct iam_str id)
{
    char time_text[IAM_TIME_ISO_LEN + 1];
    bool first = true;
    iam_time_to_iso(e->now_ms, time_text);
    iam_buf_add_char(b, '{');
    add(b, &first, "eventVersion", IAM_STR(AUDIT_EVENT_VERSION));
    add_identity(b, &first, e);
    add(b, &first, "eventTime", iam_str_c(time_text));
    add(b, &first, "eventSource", IAM_STR("iamd.amazonaws.com"));
    add(b, &first, "eventName", iam_str_c(e->event_name));
    add_parameters(b, &first, e);
    if (e->error != NULL) {
        add(b, &first, "errorCode", IAM_STR("Failed"));
        add(b, &first, "errorMessage", iam_str_c(e->error));
    }
    add(b, &first, "eventID", id);
    add_raw(b, &first, "readOnly", "false");
    add(b, &first, "eventType", IAM_STR("AwsServiceEvent"));
    add_raw(b, &first, "managementEvent", "true");
    add(b, &first, "recipientAccountId", e->account);
    add(b, &first, "eventCategory", IAM_STR("Management"));
    iam_buf_add(b, IAM_STR("}\n"));
}

enum iam_status audit_local(struct audit *a, const struct audit_local *event)
{
    uint8_t random[ID_BYTES];
    char id[2 * ID_BYTES + 1];
    struct iam_buf b;
    struct iam_str line;
    IAM_TRY(iam_keeper_random(random, sizeof(random)));
    for (size_t i = 0; i < ID_BYTES; i++) {
        (void)snprintf(id + 2 * i, 3, "%02x", random[i]);
    }
    iam_buf_init(&b, iam_heap(), MAX_BYTES);
    add_event(&b, event, iam_str_c(id));
    enum iam_status st = iam_buf_finish(&b, &line);
    if (st == IAM_OK && audit_write(a, &line, 1) != 1) {
        st = IAM_IO;
    }
    iam_buf_done(&b);
    return st;
}
