/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Action and NotAction: "*" or "service:Name" with '*' and '?' anywhere in the name. Kept in lower
 * case, since neither half is case-sensitive.
 */
#include "policy/read_int.h"

static const bool in_service[256] = { ['0' ... '9'] = true, ['A' ... 'Z'] = true,
                                      ['a' ... 'z'] = true, ['-'] = true,
                                      ['.'] = true,         ['_'] = true };

/* ASCII without the quote, the backslash, the colon and the characters of variables. */
static const bool in_name[256] = {
    [' ' ... '!'] = true, ['#'] = true, ['%' ... '9'] = true, [';' ... '['] = true,
    [']' ... 'z'] = true, ['|'] = true, ['~'] = true
};

static bool all_in(struct iam_str text, const bool *permitted)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!permitted[(unsigned char)text.p[i]]) {
            return false;
        }
    }
    return true;
}

/* What a trust policy can be about. */
static const struct iam_str trust_actions[] = {
    IAM_STR_INIT("sts:AssumeRole"),
    IAM_STR_INIT("sts:AssumeRoleWithSAML"),
    IAM_STR_INIT("sts:AssumeRoleWithWebIdentity"),
    IAM_STR_INIT("sts:SetContext"),
    IAM_STR_INIT("sts:SetSourceIdentity"),
    IAM_STR_INIT("sts:TagSession"),
};

bool iam_is_trust_action(struct iam_str action)
{
    for (size_t i = 0; i < IAM_COUNT(trust_actions); i++) {
        if (iam_str_eq_nocase(trust_actions[i], action)) {
            return true;
        }
    }
    return false;
}

bool iam_is_refused_to_root(struct iam_str action)
{
    return iam_str_eq_nocase(action, IAM_STR("sts:AssumeRole"));
}

/* Tells whether action is one of them, or a pattern that begins like one. */
static bool is_trust_pattern(struct iam_str action)
{
    size_t literal = iam_literal_len(action);
    for (size_t i = 0; i < IAM_COUNT(trust_actions); i++) {
        struct iam_str name = trust_actions[i];
        bool begins = iam_str_starts_nocase(name, iam_str_sub(action, 0, literal));
        if (begins && (literal < action.len || name.len == action.len)) {
            return iam_str_starts_nocase(action, IAM_STR("sts:"));
        }
    }
    return false;
}

/*
 * The services of RCPs, in order.
 * SPEC: Organizations User Guide, "Resource control policies", list of AWS services that support
 * RCPs (2026-09-27).
 */
static const struct iam_str rcp_services[] = {
    IAM_STR_INIT("aoss"),
    IAM_STR_INIT("appconfig"),
    IAM_STR_INIT("appstream"),
    IAM_STR_INIT("autoscaling"),
    IAM_STR_INIT("autoscaling-plans"),
    IAM_STR_INIT("budgets"),
    IAM_STR_INIT("clouddirectory"),
    IAM_STR_INIT("cloudfront"),
    IAM_STR_INIT("cloudsearch"),
    IAM_STR_INIT("cloudtrail-data"),
    IAM_STR_INIT("codeartifact"),
    IAM_STR_INIT("codebuild"),
    IAM_STR_INIT("codecommit"),
    IAM_STR_INIT("codepipeline"),
    IAM_STR_INIT("cognito-identity"),
    IAM_STR_INIT("cognito-idp"),
    IAM_STR_INIT("comprehend"),
    IAM_STR_INIT("comprehendmedical"),
    IAM_STR_INIT("compute-optimizer"),
    IAM_STR_INIT("cost-optimization-hub"),
    IAM_STR_INIT("dax"),
    IAM_STR_INIT("dsql"),
    IAM_STR_INIT("dynamodb"),
    IAM_STR_INIT("ecr"),
    IAM_STR_INIT("ecr-public"),
    IAM_STR_INIT("events"),
    IAM_STR_INIT("firehose"),
    IAM_STR_INIT("fis"),
    IAM_STR_INIT("fms"),
    IAM_STR_INIT("gamelift"),
    IAM_STR_INIT("health"),
    IAM_STR_INIT("inspector-scan"),
    IAM_STR_INIT("kendra"),
    IAM_STR_INIT("kinesisvideo"),
    IAM_STR_INIT("kms"),
    IAM_STR_INIT("logs"),
    IAM_STR_INIT("memorydb"),
    IAM_STR_INIT("networkmonitor"),
    IAM_STR_INIT("notifications"),
    IAM_STR_INIT("opensearch"),
    IAM_STR_INIT("pca-connector-ad"),
    IAM_STR_INIT("personalize"),
    IAM_STR_INIT("polly"),
    IAM_STR_INIT("pricing"),
    IAM_STR_INIT("resource-groups"),
    IAM_STR_INIT("rolesanywhere"),
    IAM_STR_INIT("s3"),
    IAM_STR_INIT("secretsmanager"),
    IAM_STR_INIT("servicediscovery"),
    IAM_STR_INIT("signin"),
    IAM_STR_INIT("sqs"),
    IAM_STR_INIT("sts"),
    IAM_STR_INIT("support"),
    IAM_STR_INIT("swf"),
    IAM_STR_INIT("textract"),
    IAM_STR_INIT("timestream-influxdb"),
    IAM_STR_INIT("transcribe"),
    IAM_STR_INIT("transfer"),
    IAM_STR_INIT("translate"),
    IAM_STR_INIT("wafv2"),
    IAM_STR_INIT("workspaces"),
    IAM_STR_INIT("xray"),
};

bool iam_is_rcp_service(struct iam_str action)
{
    struct iam_str service = iam_str_sub(action, 0, iam_str_find(action, ':', 0));
    for (size_t i = 0; i < IAM_COUNT(rcp_services); i++) {
        if (iam_str_eq(rcp_services[i], service)) {
            return true;
        }
    }
    return false;
}

/* Checks the form. SPEC: IAM User Guide, "IAM JSON policy elements: Action". */
static enum iam_status check_form(const struct iam_reader *r, const struct iam_json *node)
{
    struct iam_str text = node->text;
    size_t colon = iam_str_find(text, ':', 0);
    if (text.len > IAM_POLICY_MAX_ACTION_BYTES) {
        return iam_read_too_much(r, node->offset, "an action is longer than 256 bytes");
    }
    if (colon == 0 || colon + 1 >= text.len) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_VENDOR,
                               "write service:Name instead of the action", text);
    }
    if (iam_str_find(text, ':', colon + 1) < text.len) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_ONE_COLON, "the action is", text);
    }
    struct iam_str vendor = iam_str_sub(text, 0, colon);
    if (iam_literal_len(vendor) < vendor.len) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_VENDOR_WILDCARD,
                               "name the service before the colon instead of", text);
    }
    if (!all_in(vendor, in_service)) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_VENDOR_NAME,
                               "write letters, digits, '-', '.' and '_' instead of", vendor);
    }
    if (!all_in(iam_str_sub(text, colon + 1, text.len), in_name)) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_SYNTAX,
                               "a character is not permitted in the action", text);
    }
    return IAM_OK;
}

static enum iam_status check_action(const struct iam_reader *r, const struct iam_json *node)
{
    if (!iam_str_eq(node->text, IAM_STR("*"))) {
        IAM_TRY(check_form(r, node));
    }
    if (r->kind == IAM_POLICY_TRUST && !is_trust_pattern(node->text)) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_TRUST_ACTION, "the action is", node->text);
    }
    return IAM_OK;
}

/* Writes the action as iam_action_next reads it; returns where the next one begins. */
static char *put_lower(char *out, struct iam_str action)
{
    *out++ = (char)(unsigned char)(action.len - 1);
    for (size_t i = 0; i < action.len; i++) {
        *out++ = iam_ascii_lower(action.p[i]);
    }
    return out;
}

enum iam_status iam_read_actions(const struct iam_reader *r, const struct iam_json *node,
                                 struct iam_statement *s)
{
    const struct iam_json *item;
    uint32_t count;
    IAM_TRY(iam_read_strings(r, node, node->name, &item, &count));
    size_t bytes = 0;
    const struct iam_json *at = item;
    for (uint32_t i = 0; i < count; i++, at = iam_read_next(node, at)) {
        IAM_TRY(check_action(r, at));
        bytes += 1 + at->text.len;
    }
    char *out;
    IAM_TRY(iam_read_bytes(r, bytes, &out));
    iam_rel_set(&s->actions, out);
    s->action_count = (uint16_t)count;
    for (; item != NULL; item = iam_read_next(node, item)) {
        out = put_lower(out, item->text);
    }
    return IAM_OK;
}
