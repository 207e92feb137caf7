/* SPDX-License-Identifier: Apache-2.0 */
/* The records of what the operator does, each as a whole. */
#include "server/audit_local.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "audit_rig.h"
#include "lib/test.h"

#define HEAD                                                                             \
    "{\"eventVersion\":\"1.11\",\"userIdentity\":{\"type\":\"Unknown\",\"principalId\":" \
    "\"uid:1000\"},\"eventTime\":\"2023-11-14T22:13:20Z\",\"eventSource\":"              \
    "\"iamd.amazonaws.com\",\"eventName\":\"ResetRoot\",\"requestParameters\":null,"
#define ID_HEAD "\"eventID\":\""
#define ID_LEN 32
#define TAIL                                                                            \
    "\",\"readOnly\":false,\"eventType\":\"AwsServiceEvent\",\"managementEvent\":true," \
    "\"recipientAccountId\":\"111122223333\",\"eventCategory\":\"Management\"}\n"

/* Writes a record, which must read head, its ID, and tail; the ID is written to ret_id. */
static void expect(const struct audit_local *event, const char *head, char ret_id[ID_LEN + 1])
{
    char text[2048];
    FILE *f = fopen(audit_path, "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    assert_ok(audit_local(audit, event));
    assert_non_null(fgets(text, sizeof(text), f));
    (void)fclose(f);
    size_t at = strlen(head);
    assert_true(strlen(text) > at + ID_LEN);
    memcpy(ret_id, text + at, ID_LEN);
    ret_id[ID_LEN] = '\0';
    assert_int_equal(strspn(ret_id, "0123456789abcdef"), ID_LEN);
    assert_string_equal(text + at + ID_LEN, TAIL);
    text[at] = '\0';
    assert_string_equal(text, head);
}

static void a_record_is_in_the_form_of_cloudtrail(void **state)
{
    struct audit_local event = { .event_name = "ResetRoot",
                                 .account = IAM_STR("111122223333"),
                                 .access_key_id = IAM_STR("AKIAEXAMPLEEXAMPLE00"),
                                 .uid = 1000,
                                 .now_ms = INT64_C(1700000000123) };
    char first[ID_LEN + 1];
    char second[ID_LEN + 1];
    (void)state;
    expect(&event, HEAD "\"responseElements\":{\"accessKeyId\":\"AKIAEXAMPLEEXAMPLE00\"}," ID_HEAD,
           first);
    event.access_key_id = iam_str_absent();
    event.error = "no \"room\"";
    expect(&event,
           HEAD "\"responseElements\":null,\"errorCode\":\"Failed\","
                "\"errorMessage\":\"no \\\"room\\\"\"," ID_HEAD,
           second);
    assert_string_not_equal(first, second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_record_is_in_the_form_of_cloudtrail, audit_rig_open,
                                        audit_rig_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
