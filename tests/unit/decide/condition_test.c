/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each operator over each kind of value: whether an Allow and a Deny with that condition apply.
 * SPEC: docs/conformance.md, "Conditions".
 */
#include "unit/decide/world.h"

#define RESOURCE "arn:aws:s3:::b/k"
#define MAX_VALUES 4

struct row {
    const char *condition;
    const char *values; /* of the key k:k, divided by '|'; NULL: it is absent */
    bool is_list;
    bool allow; /* an Allow applies */
    bool deny;  /* a Deny applies */
};

/* Divides text into values; returns how many there are. */
static size_t divide(const char *text, struct iam_str values[MAX_VALUES])
{
    size_t n = 0;
    const char *end = text;
    while (text != NULL && *text != '\0' && n < MAX_VALUES) {
        end = strchrnul(text, '|');
        values[n++] = (struct iam_str){ text, (size_t)(end - text) };
        text = *end == '|' ? end + 1 : end;
    }
    return n;
}

static enum iam_effect decide(const struct row *row, enum iam_policy_kind kind, const char *effect)
{
    static const char *const all[] = { WORLD_ALLOW_ALL };
    char text[1024];
    const char *texts[] = { text };
    struct iam_str values[MAX_VALUES];
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    struct iam_decision d;
    size_t n = divide(row->values, values);
    if (n == 0 && !row->is_list) {
        values[n++] = IAM_STR("");
    }
    const struct iam_str n1 = IAM_STR("arn:aws:iam::1:role/r");
    const struct iam_context_entry context[] = {
        {IAM_STR("v:arn"), &n1,    1, false       },
        { IAM_STR("K:k"),  values, n, row->is_list},
    };
    (void)snprintf(text, sizeof(text),
                   "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"%s\",\"Action\":\"*\","
                   "\"Resource\":\"*\",\"Condition\":%s}}",
                   effect, row->condition);
    struct iam_policy_set *set = world_set(kind, texts, 1);
    struct iam_policy_set *whole = world_set(IAM_POLICY_IDENTITY, all, 1);
    const struct iam_policy_set *session[] = { set };
    struct iam_policies p = { .identity = kind == IAM_POLICY_SESSION ? whole : set,
                              .session = session,
                              .session_count = kind == IAM_POLICY_SESSION };
    r.context = context;
    r.context_count = row->values != NULL ? 2 : 1;
    iam_decide(&p, &r, &d);
    iam_policy_set_unref(set);
    iam_policy_set_unref(whole);
    return d.effect;
}

static void judge(const struct row *rows, size_t count, enum iam_policy_kind kind)
{
    for (size_t i = 0; i < count; i++) {
        bool allow = decide(&rows[i], kind, "Allow") == IAM_ALLOW;
        bool deny = decide(&rows[i], kind, "Deny") == IAM_EXPLICIT_DENY;
        if (allow != rows[i].allow || deny != rows[i].deny) {
            fail_msg("%s over %s: Allow %d, Deny %d", rows[i].condition,
                     rows[i].values != NULL ? rows[i].values : "nothing", allow, deny);
        }
    }
}

#define ONE(op, value) "{\"" op "\":{\"k:k\":\"" value "\"}}"
#define TWO(op, a, b) "{\"" op "\":{\"k:k\":[\"" a "\",\"" b "\"]}}"
#define NONE(op) "{\"" op "\":{\"k:k\":[]}}"

/* clang-format off */
static const struct row texts[] = {
    { ONE("StringEquals", "a"), "a", false, true, true },
    { ONE("StringEquals", "a"), "A", false, false, false },
    { ONE("StringEquals", "a*"), "ab", false, false, false },
    { TWO("StringEquals", "a", "b"), "b", false, true, true },
    { ONE("StringNotEquals", "a"), "b", false, true, true },
    { TWO("StringNotEquals", "a", "b"), "b", false, false, false },
    { ONE("StringEqualsIgnoreCase", "stra\\u00dfe"), "STRA\xe1\xba\x9e" "E", false, true, true },
    { ONE("StringEqualsIgnoreCase", "a"), "b", false, false, false },
    { ONE("StringLike", "a*c?"), "abcd", false, true, true },
    { ONE("StringLike", "a*c?"), "abc", false, false, false },
    { ONE("StringNotLike", "a*"), "b", false, true, true },
    { ONE("StringLike", "${v:arn}*"), "arn:aws:iam::1:role/r/x", false, true, true },
    { ONE("StringEquals", "${v:arn}"), "arn:aws:iam::1:role/r", false, true, true },
    { ONE("StringEquals", "${v:arn}"), "x", false, false, false },
    { ONE("StringEquals", "${v:none}"), "", false, false, false },
    { ONE("StringNotEquals", "${v:none}"), "", false, true, true },
    { ONE("StringEquals", "${v:none, 'd'}"), "d", false, true, true },
    { ONE("Bool", "true"), "TRUE", false, true, true },
    { ONE("Bool", "true"), "yes", false, false, false },
    { ONE("Bool", "false"), "yes", false, true, true },
    { ONE("Bool", "no"), "1", false, true, true },
    { ONE("BinaryEquals", "YQ=="), "YQ==", false, true, true },
    { ONE("BinaryEquals", "YWI="), "YWI=", false, true, true },
    { ONE("BinaryEquals", "YWJj+/8A"), "YWJj+/8A", false, true, true },
    { ONE("BinaryEquals", "YWJj+/8A"), "YWJj-_8A", false, false, false },
    { ONE("BinaryEquals", "YQ=="), "YR==", false, false, false },
    { ONE("BinaryEquals", "YQ=="), "YQ", false, false, false },
    { ONE("BinaryEquals", "YQ=="), "YQA=", false, false, false },
    { ONE("BinaryEquals", "YQ=="), "YQ=A", false, false, false },
    { ONE("BinaryEquals", "0000"), "0000", false, true, true },
    { ONE("BinaryEquals", "zzzz"), "ZZZZ", false, false, false },
};

static const struct row numbers[] = {
    { ONE("NumericEquals", "10"), "1e1", false, true, true },
    { ONE("NumericEquals", "10"), "11", false, false, false },
    { ONE("NumericNotEquals", "10"), "11", false, true, true },
    { ONE("NumericEquals", "10"), "ten", false, false, false },
    { ONE("NumericNotEquals", "10"), "ten", false, true, true },
    { ONE("NumericLessThan", "10"), "9", false, true, true },
    { ONE("NumericLessThan", "10"), "10", false, false, false },
    { ONE("NumericLessThanEquals", "10"), "10", false, true, true },
    { ONE("NumericLessThanEquals", "10"), "11", false, false, false },
    { ONE("NumericGreaterThan", "10"), "11", false, true, true },
    { ONE("NumericGreaterThan", "10"), "10", false, false, false },
    { ONE("NumericGreaterThanEquals", "10"), "10", false, true, true },
    { ONE("NumericGreaterThanEquals", "10"), "9", false, false, false },
    { ONE("NumericLessThan", "10"), "ten", false, false, false },
    /* An exponent that does not fit cannot be compared. */
    { ONE("NumericEquals", "10"), "1e2147483648", false, false, true },
    { ONE("NumericNotEquals", "10"), "1e2147483648", false, false, true },
    { ONE("DateEquals", "1970-01-02"), "86400", false, true, true },
    { ONE("DateEquals", "1970-01-02"), "86401", false, false, false },
    { ONE("DateNotEquals", "1970-01-02"), "86401", false, true, true },
    { ONE("DateNotEquals", "1970-01-02"), "now", false, true, true },
    { ONE("DateEquals", "1970-01-02"), "now", false, false, false },
    { ONE("DateLessThan", "1970-01-02"), "86399", false, true, true },
    { ONE("DateLessThan", "1970-01-02"), "86400", false, false, false },
    { ONE("DateGreaterThanEquals", "1970-01-02"), "86400", false, true, true },
    { ONE("DateGreaterThan", "1970-01-02"), "86400", false, false, false },
};

static const struct row places[] = {
    { ONE("IpAddress", "10.0.0.0/8"), "10.1.2.3", false, true, true },
    { ONE("IpAddress", "10.0.0.0/8"), "11.1.2.3", false, false, false },
    { TWO("IpAddress", "10.0.0.0/8", "::/0"), "2001:db8::1", false, true, true },
    { ONE("NotIpAddress", "10.0.0.0/8"), "11.1.2.3", false, true, true },
    { ONE("IpAddress", "10.0.0.0/8"), "10.1.2.3/32", false, false, false },
    { ONE("NotIpAddress", "10.0.0.0/8"), "10.1.2.3/32", false, false, false },
    { ONE("ArnLike", "arn:aws:iam::1:role/*"), "arn:aws:iam::1:role/r", false, true, true },
    { ONE("ArnEquals", "arn:aws:iam::*:role/r"), "arn:aws:iam::1:role/r", false, true, true },
    { ONE("ArnLike", "arn:aws:iam::1:role/*"), "arn:aws:iam::2:role/r", false, false, false },
    { ONE("ArnNotLike", "arn:aws:iam::1:role/*"), "arn:aws:iam::2:role/r", false, true, true },
    { ONE("ArnLike", "arn:aws:iam::1:role/*"), "role", false, false, false },
    { ONE("ArnNotLike", "arn:aws:iam::1:role/*"), "role", false, false, false },
    { ONE("ArnLike", "${v:arn}"), "arn:aws:iam::1:role/r", false, true, true },
    { ONE("ArnLike", "${v:none, 'x'}"), "arn:aws:iam::1:role/r", false, false, true },
    { ONE("ArnNotLike", "${v:none, 'x'}"), "arn:aws:iam::1:role/r", false, false, true },
    { ONE("ArnNotLike", "${v:none, 'x'}"), "x", false, false, false },
    /* The values count in their order. */
    { TWO("ArnLike", "arn:*:*:*:*:*", "${v:none, 'x'}"), "arn:aws:iam::1:role/r", false, true, true },
    { TWO("ArnLike", "${v:none, 'x'}", "arn:*:*:*:*:*"), "arn:aws:iam::1:role/r", false, false, true },
};

static const struct row sets[] = {
    { ONE("StringEquals", "a"), NULL, false, false, false },
    { ONE("StringNotEquals", "a"), NULL, false, true, true },
    { ONE("StringEqualsIfExists", "a"), NULL, false, true, true },
    { ONE("StringEqualsIfExists", "a"), "b", false, false, false },
    { ONE("StringEquals", "a"), "a", true, false, false },
    { ONE("StringNotEquals", "a"), "b", true, false, false },
    { ONE("StringEqualsIfExists", "a"), "a", true, false, false },
    /* Not recorded: the reading that denies. */
    { ONE("StringEquals", "a"), "", true, false, false },
    { ONE("StringNotEquals", "a"), "", true, false, true },
    { ONE("StringEqualsIfExists", "a"), "", true, false, true },
    { ONE("ForAllValues:StringEquals", "a"), NULL, false, true, true },
    { ONE("ForAllValues:StringEquals", "a"), "", true, true, true },
    { ONE("ForAllValues:StringEquals", "a"), "", false, false, false },
    { ONE("ForAllValues:StringEquals", "a"), "a|b", true, false, false },
    { TWO("ForAllValues:StringEquals", "a", "b"), "a|b", true, true, true },
    { ONE("ForAnyValue:StringEquals", "a"), NULL, false, false, false },
    { ONE("ForAnyValue:StringEqualsIfExists", "a"), NULL, false, false, false },
    { ONE("ForAnyValue:StringEquals", "a"), "", true, false, false },
    { ONE("ForAnyValue:StringEquals", ""), "", false, true, true },
    { ONE("ForAnyValue:StringEquals", "a"), "b|a", true, true, true },
    { ONE("ForAnyValue:StringEquals", "a"), "b|c", true, false, false },
    { ONE("ForAnyValue:StringNotEquals", "a"), "a|b", true, true, true },
    { ONE("ForAnyValue:StringNotEquals", "a"), "a|a", true, false, false },
    { NONE("StringEquals"), "a", false, false, false },
    { NONE("StringNotEquals"), "a", false, true, true },
    /* What is known to decide does, whatever cannot be evaluated. */
    { ONE("ForAnyValue:NumericEquals", "1"), "1e2147483648|1", true, true, true },
    { ONE("ForAnyValue:NumericEquals", "1"), "1e2147483648|2", true, false, true },
    { ONE("ForAllValues:NumericEquals", "1"), "1e2147483648|1", true, false, true },
    { ONE("ForAllValues:NumericEquals", "1"), "1e2147483648|2", true, false, false },
    { ONE("ForAllValues:NumericEquals", "1"), "2|1e2147483648", true, false, false },
    { ONE("Null", "true"), NULL, false, true, true },
    { ONE("Null", "false"), NULL, false, false, false },
    { ONE("Null", "true"), "", false, false, false },
    { ONE("Null", "yes"), "", false, true, true },
    { ONE("Null", "true"), "", true, true, true },
    { TWO("Null", "true", "false"), "a", false, true, true },
    { NONE("Null"), "a", false, false, false },
    { ONE("ForAllValues:Null", "false"), NULL, false, true, true },
    { ONE("ForAnyValue:Null", "true"), NULL, false, false, false },
};

/* A session policy: what it cannot read equals nothing, but no ARN is compared with what is none. */
static const struct row session[] = {
    { ONE("NumericEquals", "ten"), "10", false, false, false },
    { ONE("NumericNotEquals", "ten"), "10", false, true, true },
    { ONE("NumericNotEquals", "ten"), "ten", false, true, true },
    { ONE("NumericNotEquals", "ten"), "1e2147483648", false, false, true },
    { TWO("NumericEquals", "ten", "10"), "10", false, true, true },
    { ONE("NumericNotEquals", "1e2147483648"), "10", false, false, true },
    { TWO("NumericEquals", "1e2147483648", "10"), "10", false, true, true },
    { ONE("DateNotEquals", "now"), "10000", false, true, true },
    { ONE("IpAddress", "2001:db8::1/32"), "2001:db8::1", false, false, false },
    { ONE("NotIpAddress", "2001:db8::1/32"), "2001:db8::1", false, true, true },
    { ONE("ArnLike", "b"), "arn:aws:iam::1:role/r", false, false, true },
    { ONE("ArnNotLike", "b"), "arn:aws:iam::1:role/r", false, false, true },
    { ONE("ArnNotLike", "b"), "b", false, false, false },
    { TWO("ArnLike", "arn:*:*:*:*:*", "b"), "arn:aws:iam::1:role/r", false, true, true },
};
/* clang-format on */

static void texts_are_compared(void **state)
{
    (void)state;
    judge(texts, IAM_COUNT(texts), IAM_POLICY_IDENTITY);
}

static void numbers_and_dates_are_compared(void **state)
{
    (void)state;
    judge(numbers, IAM_COUNT(numbers), IAM_POLICY_IDENTITY);
}

static void addresses_and_arns_are_compared(void **state)
{
    (void)state;
    judge(places, IAM_COUNT(places), IAM_POLICY_IDENTITY);
}

static void absent_keys_and_lists_are_told_apart(void **state)
{
    (void)state;
    judge(sets, IAM_COUNT(sets), IAM_POLICY_IDENTITY);
}

static void a_session_policy_is_looser_and_widens_nothing(void **state)
{
    (void)state;
    judge(session, IAM_COUNT(session), IAM_POLICY_SESSION);
}

/* Addresses and dates are read once a decision: none is taken for another one of the request. */
static void values_are_not_mixed_up(void **state)
{
    const struct iam_str address = IAM_STR("10.0.0.12");
    const struct iam_str date = IAM_STR("20260");
    const struct iam_str values[] = { IAM_STR("10.0.0.3"),        IAM_STR("10.0.0.4"),
                                      iam_str_sub(address, 0, 8), address,
                                      IAM_STR("2026-01-01"),      IAM_STR("2026-01-02"),
                                      iam_str_sub(date, 0, 4),    date };
    static const char *const keys[] = { "k:a", "k:b", "k:c", "k:d", "k:e", "k:f", "k:g", "k:h" };
    static const char *const policies[] = {
        "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\","
        "\"Resource\":\"*\",\"Condition\":{\"IpAddress\":{\"k:a\":\"10.0.0.3\",\"k:b\":\"10.0.0.4\","
        "\"k:c\":\"10.0.0.1\",\"k:d\":\"10.0.0.12\"},\"DateEquals\":{\"k:e\":\"2026-01-01\","
        "\"k:f\":\"2026-01-02\",\"k:g\":\"2026-01-01\",\"k:h\":\"20260\"}}}}",
    };
    struct iam_context_entry context[IAM_COUNT(keys)];
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    struct iam_policy_set *set = world_set(IAM_POLICY_IDENTITY, policies, 1);
    struct iam_policies p = { .identity = set };
    struct iam_decision d;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(keys); i++) {
        context[i] = (struct iam_context_entry){ iam_str_c(keys[i]), &values[i], 1, false };
    }
    r.context = context;
    r.context_count = IAM_COUNT(keys);
    iam_decide(&p, &r, &d);
    assert_int_equal(d.effect, IAM_ALLOW);
    world_drop(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_compared),
        cmocka_unit_test(numbers_and_dates_are_compared),
        cmocka_unit_test(addresses_and_arns_are_compared),
        cmocka_unit_test(values_are_not_mixed_up),
        cmocka_unit_test(absent_keys_and_lists_are_told_apart),
        cmocka_unit_test(a_session_policy_is_looser_and_widens_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
