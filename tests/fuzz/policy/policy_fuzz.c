/* SPDX-License-Identifier: Apache-2.0 */
/* A document of any kind: the first byte chooses the kind. What parses must print, index and
 * decide; what does not is asked for its condition keys all the same. */
#include <stdlib.h>

#include "base/heap.h"
#include "base/str.h"
#include "iam/simulate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void walk(const struct iam_policy *p)
{
    struct iam_str type;
    struct iam_str value;
    size_t pos = 0;
    while (iam_policy_next_principal(p, &pos, &type, &value)) {
        require(type.len > 0 && value.len > 0);
    }
    for (size_t i = 0; i < iam_policy_statement_count(p); i++) {
        (void)iam_policy_sid(p, i);
    }
}

static bool is_key(void *ctx, struct iam_str key)
{
    require(key.p != NULL && ctx != NULL);
    return true;
}

static void find_places(const struct iam_policy *p)
{
    struct iam_span spans[64];
    size_t count = iam_policy_statement_count(p);
    count = count < IAM_COUNT(spans) ? count : IAM_COUNT(spans);
    iam_policy_spans(p, spans, count);
    for (size_t i = 0; i < count; i++) {
        require(spans[i].start.line <= spans[i].end.line);
        require(i == 0 || (spans[i].start.line == spans[i - 1].end.line &&
                           spans[i].start.column == spans[i - 1].end.column));
    }
}

static void ask(struct iam_policy *p)
{
    struct iam_set_entry entry = { .policy = p, .name = IAM_STR("p") };
    struct iam_policy_set *set = NULL;
    struct iam_str values[2] = { IAM_STR("ann"), IAM_STR("10.0.0.1") };
    const struct iam_context_entry context[] = {
        {IAM_STR("aws:username"),  &values[0], 1, false},
        { IAM_STR("aws:SourceIp"), &values[1], 1, false},
        { IAM_STR("aws:TagKeys"),  values,     2, true },
    };
    struct iam_request r = {
        .principal = {.kind = IAM_PRINCIPAL_USER,
                      .account = IAM_STR("111122223333"),
                      .arn = IAM_STR("arn:aws:iam::111122223333:user/ann")},
        .action = IAM_STR("s3:GetObject"),
        .resource = IAM_STR("arn:aws:s3:::b/ann/k"),
        .context = context,
        .context_count = IAM_COUNT(context),
    };
    struct iam_decision d;
    if (iam_policy_set_new(iam_heap(), &entry, 1, &set) != IAM_OK) {
        return;
    }
    const struct iam_policy_set *layer = set;
    const struct iam_policies as_identity = { .identity = set, .boundary = set };
    const struct iam_policies as_resource = { .resource = set, .scp = &layer, .scp_count = 1 };
    iam_decide(&as_identity, &r, &d);
    iam_decide(&as_resource, &r, &d);
    struct iam_simulated simulated;
    uint64_t steps = IAM_DECISION_MAX_STEPS;
    (void)iam_simulate_within(&as_resource, &r, &steps, &simulated);
    iam_policy_set_unref(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_policy *p = NULL;
    struct iam_policy *again = NULL;
    struct iam_diag diag = { .status = IAM_OK };
    if (size == 0) {
        return 0;
    }
    enum iam_policy_kind kind = (enum iam_policy_kind)(data[0] % (IAM_POLICY_MANAGED + 1));
    struct iam_str text = { (const char *)data + 1, size - 1 };
    enum iam_status keys = iam_policy_read_keys(iam_heap(), text, is_key, &diag, NULL);
    if (iam_policy_parse(iam_heap(), kind, text, &p, &diag) != IAM_OK) {
        require(diag.status != IAM_OK && diag.message[0] != '\0' && diag.line >= 1 &&
                diag.column >= 1 && diag.offset <= text.len);
        require(iam_policy_refusal(&diag).len > 0);
        return 0;
    }
    require(keys == IAM_OK && iam_str_eq(iam_policy_text(p), text));
    require(iam_policy_parse(iam_heap(), kind, iam_policy_text(p), &again, NULL) == IAM_OK);
    iam_policy_unref(again);
    if (iam_policy_check_write(p, &diag) != IAM_OK) {
        require(iam_policy_refusal(&diag).len > 0 && diag.offset <= text.len);
    }
    walk(p);
    find_places(p);
    require(iam_policy_each_key(p, is_key, &diag));
    ask(p);
    iam_policy_unref(p);
    return 0;
}
