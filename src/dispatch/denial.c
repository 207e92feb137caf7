/* SPDX-License-Identifier: Apache-2.0 */
#include "dispatch/denial.h"

#include "decide/message.h"
#include "wire/member.h"

#define MAX_DENIAL_BYTES 4096

enum iam_status api_denial_message(struct iam_arena *arena, const struct iam_decision *decision,
                                   const struct iam_request *request, struct iam_str *ret)
{
    char *text = iam_arena_alloc(arena, MAX_DENIAL_BYTES);
    IAM_ENSURE(text != NULL, IAM_NOMEM);
    *ret =
        (struct iam_str){ text, iam_decision_message(decision, request, text, MAX_DENIAL_BYTES) };
    return IAM_OK;
}

/* ---- texts ---- */

/* Tells whether all members that the text needs are given. */
static bool is_complete(const struct api_denial_text *text, const void *input)
{
    for (size_t i = 0; i < text->part_count; i++) {
        const struct api_denial_part *part = &text->parts[i];
        if (part->from == API_DENIAL_MEMBER && !api_member_is_given(part->member, input)) {
            return false;
        }
    }
    return true;
}

/* Returns the first text that is complete; the generator makes sure that the last one always is. */
static const struct api_denial_text *choose(const struct api_denial *denial, const void *input)
{
    size_t i = 0;
    while (i + 1 < denial->text_count && !is_complete(&denial->texts[i], input)) {
        i++;
    }
    return &denial->texts[i];
}

static struct iam_str last_name(struct iam_str arn)
{
    size_t at = arn.len;
    while (at > 0 && arn.p[at - 1] != '/') {
        at--;
    }
    return iam_str_sub(arn, at, arn.len);
}

static struct iam_str caller_name(const struct api_subject *subject)
{
    return subject->kind == IAM_KIND_USER ? subject->view->name : api_subject_arn(subject);
}

static struct iam_str part_text(const struct iam_call *call, const void *input,
                                const struct iam_request *request,
                                const struct api_denial_part *part)
{
    switch (part->from) {
    case API_DENIAL_TEXT:
        return part->text;
    case API_DENIAL_MEMBER:
        return api_quoted(api_member_text(part->member, input));
    case API_DENIAL_RESOURCE:
        return api_quoted(request->resource);
    case API_DENIAL_RESOURCE_NAME:
        return api_quoted(last_name(request->resource));
    case API_DENIAL_CALLER:
        return api_subject_arn(&call->subject);
    case API_DENIAL_CALLER_NAME:
        return caller_name(&call->subject);
    case API_DENIAL_ACTION:
        return request->action;
    }
    return iam_str_absent();
}

static enum iam_status write_text(struct iam_call *call, const void *input,
                                  const struct iam_request *request,
                                  const struct api_denial_text *text, struct iam_str *ret)
{
    struct iam_str *parts = iam_arena_zalloc(call->arena, text->part_count, sizeof(*parts));
    IAM_ENSURE(parts != NULL, IAM_NOMEM);
    for (size_t i = 0; i < text->part_count; i++) {
        parts[i] = part_text(call, input, request, &text->parts[i]);
    }
    return iam_arena_join(call->arena, parts, text->part_count, ret);
}

/* ---- the fault ---- */

static bool tells(const struct api_denial *denial, const struct iam_decision *decision)
{
    if (decision->effect == IAM_IMPLICIT_DENY) {
        return denial->reasons == API_DENIAL_EVERY_REASON;
    }
    return (denial->reasons & (1u << decision->reason)) != 0;
}

enum iam_status api_deny(struct iam_call *call, const void *input,
                         const struct api_permission *permission,
                         const struct iam_decision *decision, const struct iam_request *request)
{
    const struct api_denial *denial = &permission->denial;
    struct iam_str text;
    IAM_ENSURE(denial->text_count > 0, IAM_DENIED);
    char *sentence = iam_arena_alloc(call->arena, MAX_DENIAL_BYTES);
    IAM_ENSURE(sentence != NULL, IAM_NOMEM);
    IAM_TRY(write_text(call, input, request, choose(denial, input), &text));
    if (!denial->is_sentence) {
        text.len = iam_denial_write(decision, request, text, tells(denial, decision), sentence,
                                    MAX_DENIAL_BYTES);
        text.p = sentence;
    }
    return api_fail(call, denial->error, "%.*s", IAM_STR_ARG(text));
}
