/* SPDX-License-Identifier: Apache-2.0 */
/* The reader's tools: refusals, memory, and the "one or a list" form that most elements have. */
#include "policy/read_int.h"

#include "base/diag.h"
#include "base/sort.h"

#define QUOTED_MAX 80
/* LIMIT: of what a sentence quotes. */
#define SENTENCE_QUOTED_MAX 256
/* Separates AWS's sentence from our detail in a message. */
#define SEPARATOR " -- "

/*
 * AWS's sentences, with the full stop where AWS has one; % is what is quoted.
 * SPEC: docs/conformance.md, "Refusals" says which were recorded.
 */
static const char *const sentences[] = {
    [IAM_SAYS_SYNTAX] = "Syntax errors in policy.",
    [IAM_SAYS_TRUST_JSON] = "This policy contains invalid Json",
    [IAM_SAYS_NEW_VERSION] = "Policy document must be version 2012-10-17 or greater.",
    [IAM_SAYS_LEGACY] = "The policy failed legacy parsing",
    [IAM_SAYS_SIDS] = "Statement IDs (SID) in a single policy must be unique.",
    [IAM_SAYS_SID_CHARACTERS] = "Statement IDs (SID) must be alpha-numeric. Check that your input "
                                "satisfies the regular expression [0-9A-Za-z]*",
    [IAM_SAYS_PRINCIPAL] = "Policy document should not specify a principal.",
    [IAM_SAYS_NO_PRINCIPAL] = "Missing required field Principal",
    [IAM_SAYS_NOT_PRINCIPAL] = "Has prohibited field NotPrincipal",
    [IAM_SAYS_STAR] = "AssumeRolepolicy contained an invalid principal: \"STAR\":\"*\".",
    [IAM_SAYS_FEDERATED] = "Federated principals must be valid domain names or SAML metadata ARNs",
    [IAM_SAYS_BAD_PRINCIPAL] = "Invalid principal in policy: \"%\":\"%\"",
    [IAM_SAYS_NO_ACTIONS] = "Policy statement must contain actions.",
    [IAM_SAYS_NO_RESOURCES] = "Policy statement must contain resources.",
    [IAM_SAYS_RESOURCE] = "Has prohibited field Resource",
    [IAM_SAYS_NO_ARN] = "Resource % must be in ARN format or \"*\".",
    [IAM_SAYS_PARTITION] = "Partition \"%\" is not valid for resource \"%\".",
    [IAM_SAYS_RESOURCE_VENDOR] =
        "Resource vendor must be fully qualified and cannot contain regexes.",
    [IAM_SAYS_IAM_REGION] = "IAM resource % cannot contain region information.",
    [IAM_SAYS_S3_REGION] = "Resource % can not contain region information.",
    [IAM_SAYS_IAM_PATH] =
        "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, "
        "group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, "
        "oidc-provider/, report/, access-report/.",
    [IAM_SAYS_VENDOR] =
        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
    [IAM_SAYS_VENDOR_NAME] = "Vendor % is not valid",
    [IAM_SAYS_VENDOR_WILDCARD] =
        "Action vendors (e.g., aws, ec2, etc.) must not contain wildcards.",
    [IAM_SAYS_ONE_COLON] = "Actions/Condition can contain only one colon.",
    [IAM_SAYS_TRUST_ACTION] = "AssumeRole policy may only specify STS AssumeRole actions.",
    [IAM_SAYS_SHARED_PROVIDER] =
        "Trust policy with trusted principal % must evaluate, using StringEquals, StringLike or "
        "StringEqualsIgnoreCase, % which is not scoped to all",
    [IAM_SAYS_ORGANIZATION] = "The provided policy document does not meet the requirements of the "
                              "specified policy type.",
};

_Static_assert(IAM_COUNT(sentences) == IAM_SAYS_COUNT, "every sentence is there");

/* Adds a sentence of the table with what it quotes. */
static void add_sentence(struct iam_diag *diag, const char *sentence,
                         const struct iam_str quoted[2])
{
    struct iam_str rest = iam_str_c(sentence);
    for (size_t at = iam_str_find(rest, '%', 0), i = 0; at < rest.len && i < 2; i++) {
        iam_diag_add(diag, iam_str_sub(rest, 0, at));
        iam_diag_add_part(diag, quoted[i], SENTENCE_QUOTED_MAX);
        rest = iam_str_sub(rest, at + 1, rest.len);
        at = iam_str_find(rest, '%', 0);
    }
    iam_diag_add(diag, rest);
}

enum iam_status iam_refuse(struct iam_diag *diag, enum iam_policy_kind kind, struct iam_str text,
                           enum iam_status status, size_t offset, const struct iam_refusal *why)
{
    bool organization = kind == IAM_POLICY_SCP || kind == IAM_POLICY_RCP;
    (void)iam_diag_set(diag, status, text, offset, "");
    if (diag == NULL) {
        return status;
    }
    add_sentence(diag, sentences[organization ? IAM_SAYS_ORGANIZATION : why->says], why->quoted);
    diag->answer_len = (unsigned)strlen(diag->message);
    iam_diag_add_c(diag, SEPARATOR);
    iam_diag_add_c(diag, why->detail);
    if (iam_str_is_set(why->subject)) {
        iam_diag_add_c(diag, " ");
        iam_diag_add_quoted(diag, why->subject, QUOTED_MAX);
    }
    return status;
}

static enum iam_status fill(const struct iam_reader *r, enum iam_status status, size_t offset,
                            const struct iam_refusal *why)
{
    return iam_refuse(r->diag, r->kind, iam_policy_text(r->policy), status, offset, why);
}

enum iam_status iam_read_refuse(const struct iam_reader *r, size_t offset, enum iam_says says,
                                const char *detail, struct iam_str subject)
{
    struct iam_refusal why = {
        says, {subject, iam_str_absent()},
         detail, subject
    };
    return fill(r, IAM_SYNTAX, offset, &why);
}

enum iam_status iam_read_refuse_pair(const struct iam_reader *r, size_t offset, enum iam_says says,
                                     struct iam_str first, struct iam_str second,
                                     const char *detail)
{
    struct iam_refusal why = {
        says, {first, second},
         detail, second
    };
    return fill(r, IAM_SYNTAX, offset, &why);
}

enum iam_status iam_read_too_much(const struct iam_reader *r, size_t offset, const char *detail)
{
    struct iam_refusal why = { .says = IAM_SAYS_SYNTAX, .detail = detail };
    return fill(r, IAM_LIMIT, offset, &why);
}

enum iam_status iam_read_no_memory(const struct iam_reader *r)
{
    return iam_diag_set(r->diag, IAM_NOMEM, iam_str_absent(), 0,
                        "not enough memory for the policy");
}

enum iam_status iam_read_array(const struct iam_reader *r, size_t count, size_t size,
                               void *ret_pointer)
{
    void *p = count <= IAM_POLICY_MAX_ITEMS ? iam_image_array(r->image, count * size) : NULL;
    if (p == NULL) {
        return iam_read_too_much(r, 0, "a list has too many items");
    }
    memcpy(ret_pointer, &p, sizeof(p));
    return IAM_OK;
}

enum iam_status iam_read_bytes(const struct iam_reader *r, size_t count, char **ret)
{
    char *p = iam_image_bytes(r->image, count);
    if (p == NULL) {
        return iam_read_too_much(r, 0, "the document holds too much");
    }
    *ret = p;
    return IAM_OK;
}

enum iam_status iam_read_keep(const struct iam_reader *r, const struct iam_json *node,
                              struct iam_str text, struct iam_str *ret)
{
    struct iam_str own = iam_policy_text(r->policy);
    if (text.len > IAM_POLICY_MAX_VALUE_BYTES) {
        return iam_read_too_much(r, node->offset, "a name or value is longer than 8192 bytes");
    }
    uintptr_t at = (uintptr_t)text.p;
    if (at >= (uintptr_t)own.p && at < (uintptr_t)own.p + own.len) {
        *ret = text;
        return IAM_OK;
    }
    char *p = NULL;
    IAM_TRY(iam_read_bytes(r, text.len, &p));
    memcpy(p, text.p, text.len);
    *ret = (struct iam_str){ p, text.len };
    return IAM_OK;
}

enum iam_status iam_read_strings(const struct iam_reader *r, const struct iam_json *node,
                                 struct iam_str element, const struct iam_json **ret_first,
                                 uint32_t *ret_count)
{
    if (node->type == IAM_JSON_STRING) {
        *ret_first = node;
        *ret_count = 1;
        return IAM_OK;
    }
    if (node->type != IAM_JSON_ARRAY) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_SYNTAX,
                               "write a string or a list of strings as the value of", element);
    }
    for (const struct iam_json *item = node->first; item != NULL; item = item->next) {
        if (item->type != IAM_JSON_STRING) {
            return iam_read_refuse(r, item->offset, IAM_SAYS_SYNTAX,
                                   "every item must be a string in the list of", element);
        }
    }
    *ret_first = node->first;
    *ret_count = node->child_count;
    return IAM_OK;
}

static int order_by_name(const void *a, const void *b)
{
    const struct iam_json *x = a;
    const struct iam_json *y = b;
    return iam_str_cmp_nocase(x->name, y->name);
}

#define FEW_MEMBERS 16

static const struct iam_json *find_twin_of_few(const struct iam_json *obj)
{
    for (const struct iam_json *a = obj->first; a != NULL; a = a->next) {
        for (const struct iam_json *b = a->next; b != NULL; b = b->next) {
            if (iam_str_eq_nocase(a->name, b->name)) {
                return b;
            }
        }
    }
    return NULL;
}

/*
 * Finds two names that differ in case only. Sorts first, so that an object of many members does not
 * take quadratic time.
 */
static enum iam_status find_twin_of_many(const struct iam_reader *r, const struct iam_json *obj,
                                         const struct iam_json **ret)
{
    const void **sorted = NULL;
    size_t n = 0;
    sorted = iam_arena_zalloc(r->scratch, obj->child_count, sizeof(*sorted));
    if (sorted == NULL) {
        return iam_read_no_memory(r);
    }
    for (const struct iam_json *m = obj->first; m != NULL; m = m->next) {
        sorted[n++] = m;
    }
    iam_sort(sorted, n, order_by_name);
    for (size_t i = 1; i < n; i++) {
        const struct iam_json *a = sorted[i - 1];
        const struct iam_json *b = sorted[i];
        if (iam_str_eq_nocase(a->name, b->name)) {
            *ret = a->offset > b->offset ? a : b;
            return IAM_OK;
        }
    }
    return IAM_OK;
}

enum iam_status iam_read_check_case(const struct iam_reader *r, const struct iam_json *obj)
{
    const struct iam_json *twin = NULL;
    if (obj->child_count <= FEW_MEMBERS) {
        twin = find_twin_of_few(obj);
    } else {
        IAM_TRY(find_twin_of_many(r, obj, &twin));
    }
    if (twin != NULL) {
        return iam_read_refuse(r, twin->name_offset, IAM_SAYS_SYNTAX,
                               "the same name is given twice, in another case:", twin->name);
    }
    return IAM_OK;
}
