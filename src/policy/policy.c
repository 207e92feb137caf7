/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy document as a whole: its characters, its JSON, its top level, and the life of the
 * compiled object. The text that is evaluated is the text that is kept: nothing is normalised.
 */
#include "base/diag.h"
#include "policy/read_int.h"

#define TREE_MAX_DEPTH 16
#define TREE_MAX_NODES IAM_POLICY_MAX_BYTES

/* What some editors put before a text in UTF-8. */
#define BYTE_ORDER_MARK IAM_STR("\xef\xbb\xbf")

const struct iam_json_limits iam_read_limits = { IAM_POLICY_MAX_BYTES, TREE_MAX_DEPTH,
                                                 TREE_MAX_NODES };

/*
 * Returns the offset of the first character above U+00FF, or text.len. Other characters that are
 * not permitted are not permitted in JSON either.
 * SPEC: IAM API, policyDocumentType: U+0009, U+000A, U+000D and U+0020 to U+00FF.
 */
static size_t find_wide_character(struct iam_str text)
{
    size_t i = 0;
    while (i < text.len) {
        uint64_t word;
        if (i + sizeof(word) <= text.len) {
            memcpy(&word, text.p + i, sizeof(word));
            if ((word & 0x8080808080808080u) == 0) {
                i += sizeof(word);
                continue;
            }
        }
        /* U+0080 to U+00FF begin with C2 or C3. */
        if ((unsigned char)text.p[i] > 0xc3) {
            return i;
        }
        i++;
    }
    return i;
}

static enum iam_status read_tree(const struct iam_reader *r, const struct iam_json **ret)
{
    struct iam_diag why;
    enum iam_status st;
    struct iam_str text = iam_policy_text(r->policy);
    size_t wide = find_wide_character(text);
    if (wide < text.len) {
        return iam_read_refuse(
            r, wide, IAM_SAYS_SYNTAX,
            iam_str_starts(text, BYTE_ORDER_MARK)
                ? "save the file without a byte order mark (U+FEFF)"
                : "the character is not one of U+0009, U+000A, U+000D, U+0020 to U+00FF",
            iam_str_absent());
    }
    memset(&why, 0, sizeof(why));
    st = iam_json_read(r->scratch, text, &iam_read_limits, ret, &why);
    if (st == IAM_OK) {
        return IAM_OK;
    }
    struct iam_refusal refusal = {
        .says = r->kind == IAM_POLICY_TRUST ? IAM_SAYS_TRUST_JSON : IAM_SAYS_SYNTAX,
        .detail = why.message,
    };
    return iam_refuse(r->diag, r->kind, text, st, why.offset, &refusal);
}

/*
 * Reads the Version.
 * SPEC: IAM User Guide, "IAM JSON policy elements: Version": absent means 2008-10-17.
 */
static enum iam_status read_version(const struct iam_reader *r, const struct iam_json *root)
{
    const struct iam_json *version = iam_json_member(root, IAM_STR("Version"));
    bool old = version == NULL || iam_str_eq(version->text, IAM_STR("2008-10-17"));
    if (version != NULL && version->type != IAM_JSON_STRING) {
        return iam_read_refuse(r, version->offset, IAM_SAYS_SYNTAX,
                               "write \"2012-10-17\" as the Version", iam_str_absent());
    }
    if (!old && !iam_str_eq(version->text, IAM_STR("2012-10-17"))) {
        return iam_read_refuse(r, version->offset, IAM_SAYS_SYNTAX,
                               "write \"2012-10-17\" as the Version instead of", version->text);
    }
    r->policy->variables = !old;
    return IAM_OK;
}

/*
 * Checks the Version of a managed policy, as every boundary is one. It comes before faults that are
 * not of the grammar.
 */
static enum iam_status check_version(const struct iam_reader *r, const struct iam_json *root)
{
    const struct iam_json *version = iam_json_member(root, IAM_STR("Version"));
    bool managed = r->kind == IAM_POLICY_MANAGED || r->kind == IAM_POLICY_BOUNDARY;
    if (!managed || r->policy->variables) {
        return IAM_OK;
    }
    return iam_read_refuse(r, version != NULL ? version->offset : root->offset,
                           IAM_SAYS_NEW_VERSION, "write \"Version\": \"2012-10-17\"",
                           iam_str_absent());
}

static enum iam_status check_top(const struct iam_reader *r, const struct iam_json *root)
{
    if (root->type != IAM_JSON_OBJECT) {
        return iam_read_refuse(r, root->offset, IAM_SAYS_SYNTAX, "a policy is an object",
                               iam_str_absent());
    }
    IAM_TRY(iam_read_check_case(r, root));
    for (const struct iam_json *m = root->first; m != NULL; m = m->next) {
        if (iam_str_eq(m->name, IAM_STR("Id"))) {
            if (m->type != IAM_JSON_STRING) {
                return iam_read_refuse(r, m->offset, IAM_SAYS_SYNTAX,
                                       "write a string as the value of", m->name);
            }
        } else if (!iam_str_eq(m->name, IAM_STR("Version")) &&
                   !iam_str_eq(m->name, IAM_STR("Statement"))) {
            return iam_read_refuse(r, m->name_offset, IAM_SAYS_SYNTAX, "a policy has no element",
                                   m->name);
        }
    }
    return IAM_OK;
}

static enum iam_status check_objects(const struct iam_reader *r, const struct iam_json *node,
                                     const struct iam_json *item)
{
    for (; item != NULL; item = iam_read_next(node, item)) {
        if (item->type != IAM_JSON_OBJECT) {
            return iam_read_refuse(r, item->offset, IAM_SAYS_SYNTAX, "a statement is an object",
                                   iam_str_absent());
        }
    }
    return IAM_OK;
}

static enum iam_status read_statements(const struct iam_reader *r, const struct iam_json *root)
{
    const struct iam_json *node = iam_json_member(root, IAM_STR("Statement"));
    struct iam_statement *statements = NULL;
    if (node == NULL || (node->type == IAM_JSON_ARRAY && node->child_count == 0)) {
        return iam_read_refuse(r, node != NULL ? node->offset : root->offset, IAM_SAYS_SYNTAX,
                               "the policy has no Statement", iam_str_absent());
    }
    const struct iam_json *item = node->type == IAM_JSON_ARRAY ? node->first : node;
    uint32_t count = node->type == IAM_JSON_ARRAY ? node->child_count : 1;
    if (count > IAM_POLICY_MAX_STATEMENTS) {
        return iam_read_too_much(r, node->offset, "a policy has at most 1000 statements");
    }
    IAM_TRY(check_objects(r, node, item));
    IAM_TRY(iam_read_array(r, count, sizeof(*statements), &statements));
    struct iam_draft *drafts = iam_arena_zalloc(r->scratch, count, sizeof(*drafts));
    if (drafts == NULL) {
        return iam_read_no_memory(r);
    }
    for (uint32_t i = 0; i < count; i++, item = iam_read_next(node, item)) {
        IAM_TRY(iam_draft_begin(r, item, &statements[i], &drafts[i]));
    }
    iam_rel_set(&r->policy->statements, statements);
    r->policy->statement_count = (uint16_t)count;
    IAM_TRY(check_version(r, root));
    return iam_draft_read(r, drafts, count);
}

static enum iam_status read_document(const struct iam_reader *r)
{
    const struct iam_json *root = NULL;
    IAM_TRY(read_tree(r, &root));
    IAM_TRY(check_top(r, root));
    IAM_TRY(read_version(r, root));
    return read_statements(r, root);
}

static enum iam_status no_memory(struct iam_diag *diag)
{
    return iam_diag_set(diag, IAM_NOMEM, iam_str_absent(), 0, "not enough memory for the policy");
}

static enum iam_status compile(struct iam_arena *scratch, const struct iam_alloc *alloc,
                               enum iam_policy_kind kind, struct iam_str text,
                               struct iam_policy **ret, struct iam_diag *diag)
{
    struct iam_image image;
    if (!iam_image_begin(&image, scratch, alloc, text)) {
        return no_memory(diag);
    }
    image.policy->kind = (uint8_t)(kind == IAM_POLICY_MANAGED ? IAM_POLICY_IDENTITY : kind);
    struct iam_reader r = { kind, image.policy, &image, scratch, diag };
    IAM_TRY(read_document(&r));
    struct iam_policy *policy = iam_image_finish(&image);
    if (policy == NULL) {
        return no_memory(diag);
    }
    *ret = policy;
    return IAM_OK;
}

enum iam_status iam_policy_parse(const struct iam_alloc *alloc, enum iam_policy_kind kind,
                                 struct iam_str text, struct iam_policy **ret,
                                 struct iam_diag *diag)
{
    struct iam_arena scratch;
    if (text.len > IAM_POLICY_MAX_BYTES) {
        return iam_diag_set(diag, IAM_LIMIT, iam_str_absent(), 0,
                            "the policy is longer than 131072 bytes");
    }
    if (kind > IAM_POLICY_MANAGED) {
        return iam_diag_set(diag, IAM_RANGE, iam_str_absent(), 0, "no such kind of policy");
    }
    iam_arena_init(&scratch, alloc, IAM_READ_MAX_BYTES);
    enum iam_status st =
        compile(&scratch, alloc, kind, text.p != NULL ? text : IAM_STR(""), ret, diag);
    iam_arena_done(&scratch);
    return st;
}

struct iam_policy *iam_policy_ref(struct iam_policy *policy)
{
    atomic_fetch_add_explicit(&policy->refs, 1, memory_order_relaxed);
    return policy;
}

void iam_policy_unref(struct iam_policy *policy)
{
    if (policy != NULL && atomic_fetch_sub_explicit(&policy->refs, 1, memory_order_acq_rel) == 1) {
        struct iam_alloc alloc = policy->alloc;
        alloc.free(alloc.ctx, policy);
    }
}
