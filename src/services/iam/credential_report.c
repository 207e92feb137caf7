/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking for the credential report and showing it; it is made by a thread of the server
 * (server/reports.h). SPEC: IAM API Reference, "GenerateCredentialReport", "GetCredentialReport";
 * docs/conformance.md.
 */
#include "services/iam/convert.h"

#include "store/report.h"

/* SPEC: IAM User Guide, "Generate credential reports for your AWS account". */
#define FRESH_MS (INT64_C(4) * 3600 * 1000)
/* LIMIT: users of a report. AWS gives an account 5,000; what more fit into an answer depends on
 * their paths. */
#define MAX_USERS 20000
/* What reading and encoding bytes of a report costs, in steps of libiam: an eighth of its size. */
#define BYTES_PER_STEP 8

/* Reads how far the report is; of an account that has never asked, zeros. */
static enum iam_status read_state(struct iam_call *call, struct iam_credential_report *ret)
{
    enum iam_status st =
        iam_store_credential_report_get(call->txn, call->arena, api_account(call), ret);
    if (st == IAM_NOT_FOUND) {
        *ret = (struct iam_credential_report){ 0 };
        return IAM_OK;
    }
    return st;
}

static bool is_fresh(const struct iam_call *call, const struct iam_credential_report *report)
{
    return report->generated_ms != 0 && call->high_ms - report->generated_ms < FRESH_MS;
}

static enum iam_status check_users(struct iam_call *call)
{
    int64_t count;
    IAM_TRY(iam_entity_count(call->txn, IAM_TABLE_USER, api_account(call), &count));
    if (count <= MAX_USERS) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_LIMIT_EXCEEDED,
                    "Cannot make a credential report of more than %d users.", MAX_USERS);
}

enum iam_status
api_iam_generate_credential_report(struct iam_call *call,
                                   const struct api_iam_generate_credential_report_in *in,
                                   struct api_iam_generate_credential_report_out *out)
{
    const struct iam_entity_ref account = iam_ref_own_account(call);
    struct iam_credential_report report;
    (void)in;
    IAM_TRY(read_state(call, &report));
    if (report.is_pending || is_fresh(call, &report)) {
        out->state = report.is_pending ? IAM_STR("INPROGRESS") : IAM_STR("COMPLETE");
        return IAM_OK;
    }
    IAM_TRY(check_users(call));
    IAM_TRY(iam_store_report_ask(call->txn, call->arena, &account));
    out->state = IAM_STR("STARTED");
    if (report.generated_ms == 0) {
        out->description = IAM_STR("No report exists. Starting a new report generation task");
    }
    return IAM_OK;
}

/* Fails without a message, as AWS does. */
static enum iam_status fail_without(struct iam_call *call,
                                    const struct iam_credential_report *report)
{
    enum api_error error = API_ERR_REPORT_NOT_PRESENT;
    if (report->is_pending) {
        error = API_ERR_REPORT_IN_PROGRESS;
    } else if (report->generated_ms != 0) {
        error = API_ERR_REPORT_EXPIRED;
    }
    return api_fault_text(&call->fault, error, iam_str_absent());
}

enum iam_status api_iam_get_credential_report(struct iam_call *call,
                                              const struct api_iam_get_credential_report_in *in,
                                              struct api_iam_get_credential_report_out *out)
{
    struct iam_credential_report report;
    struct iam_credential_report_text text;
    (void)in;
    IAM_TRY(read_state(call, &report));
    if (report.is_pending || !is_fresh(call, &report)) {
        return fail_without(call, &report);
    }
    if (!api_work_spend(&call->work, (uint64_t)report.bytes / BYTES_PER_STEP)) {
        return IAM_LIMIT;
    }
    IAM_TRY(iam_store_credential_report_text_get(call->txn, call->arena, api_account(call), &text));
    out->content = text.content;
    out->report_format = IAM_STR("text/csv");
    out->generated_time = api_time(report.generated_ms);
    return IAM_OK;
}
