/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents and requests made to be slow. Each took seconds before the factor in question was
 * charged to the budget or asked once; only such a mistake exceeds the bound here.
 */
#include <time.h>

#include "decide/eval.h"
#include "policy/key.h"
#include "unit/decide/world.h"

#define ROOM (IAM_POLICY_MAX_BYTES + 4096u)
#define FULL (IAM_POLICY_MAX_BYTES - 4096u)
#define MAX_SECONDS 10.0

static char document[ROOM];
static size_t document_len;

static void put(const char *text)
{
    size_t n = strlen(text);
    assert_true(document_len + n < ROOM);
    memcpy(document + document_len, text, n + 1);
    document_len += n;
}

/* A list of item, as long as the document stays below until. */
static void put_list(const char *item, size_t until)
{
    put("[");
    do {
        put(item);
        put(",");
    } while (document_len + strlen(item) + 2 < until);
    put(item);
    put("]");
}

static void begin(const char *text)
{
    document_len = 0;
    put(text);
}

static enum iam_effect decide_fast(const struct iam_request *r)
{
    const char *texts[] = { document };
    struct iam_policy_set *set = world_set(IAM_POLICY_IDENTITY, texts, 1);
    struct iam_policies p = { .identity = set };
    struct iam_decision d;
    clock_t start = clock();
    iam_decide(&p, r, &d);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    iam_policy_set_unref(set);
    assert_true(seconds < MAX_SECONDS);
    return d.effect;
}

static void actions_by_resources(void **state)
{
    char action[IAM_REQUEST_MAX_ACTION + 1] = "s:";
    char item[300] = "\"s:*";
    (void)state;
    memset(action + 2, 'a', sizeof(action) - 3);
    memset(item + 4, '?', 120);
    memset(item + 124, 'a', 100);
    memcpy(item + 224, "b*\"", 4);
    begin("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":");
    put_list(item, FULL / 2);
    put(",\"Resource\":");
    put_list("\"arn:aws:a:::a\"", FULL);
    put("}}");
    struct iam_request r = world_request(action, "arn:aws:a:::a");
    assert_int_equal(decide_fast(&r), IAM_IMPLICIT_DENY);
}

static void variables_by_values(void **state)
{
    static struct iam_str values[IAM_REQUEST_MAX_VALUES];
    char item[8192] = "\"";
    struct iam_str x = IAM_STR("x");
    struct iam_context_entry context[] = {
        {IAM_STR("a:many"), values, IAM_COUNT(values), true },
        { IAM_STR("a"),     &x,     1,                 false}
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(values); i++) {
        values[i] = IAM_STR("y");
    }
    for (size_t n = 1; n + 6 < sizeof(item) - 100; n += 4) {
        memcpy(item + n, "${a}\"", 6);
    }
    begin("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\","
          "\"Resource\":[\"*\",\"*\",\"*\"],\"Condition\":{\"ForAnyValue:StringEquals\":{"
          "\"a:many\":");
    put_list(item, FULL);
    put("}}}}");
    struct iam_request r = world_request("s3:GetObject", "arn:aws:s3:::b/k");
    r.context = context;
    r.context_count = IAM_COUNT(context);
    assert_int_equal(decide_fast(&r), IAM_IMPLICIT_DENY);
}

/* Keys of the request that all belong into the same slot, and a document that looks for them. */
static void keys_that_collide(void **state)
{
    static char names[IAM_REQUEST_MAX_CONTEXT][24];
    static struct iam_context_entry context[IAM_REQUEST_MAX_CONTEXT];
    struct iam_str x = IAM_STR("x");
    size_t found = 0;
    (void)state;
    for (uint32_t i = 0; found < IAM_COUNT(context); i++) {
        char *name = names[found];
        int n = snprintf(name, sizeof(names[0]), "a:%08x", i);
        struct iam_str key = { name, (size_t)n };
        if ((iam_key_hash(key) & (IAM_CONTEXT_SLOTS - 1)) == 0) {
            context[found++] = (struct iam_context_entry){ key, &x, 1, false };
        }
    }
    char item[64];
    (void)snprintf(item, sizeof(item), "\"${%s}\"", names[found - 1]);
    begin("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\","
          "\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"");
    put(names[found - 1]);
    put("\":");
    put_list(item, FULL);
    put("}}}}");
    struct iam_request r = world_request("s3:GetObject", "arn:aws:s3:::b/k");
    r.context = context;
    r.context_count = found;
    assert_int_equal(decide_fast(&r), IAM_EXPLICIT_DENY);
}

/* Texts without case that differ only near their ends, and whose sigmas have to be looked around.
 */
static void sigmas_by_values(void **state)
{
    static struct iam_str values[IAM_REQUEST_MAX_VALUES];
    static char text[7600];
    static char item[18000] = "\"";
    size_t n = 0;
    size_t m = 1;
    struct iam_context_entry context[] = {
        {IAM_STR("a:many"), values, IAM_COUNT(values), true}
    };
    (void)state;
    for (; n + 8 < sizeof(text); n += 3) {
        memcpy(text + n, "\xce\xa3'", 3);
        memcpy(item + m, "\\u03a3'", 7);
        m += 7;
    }
    memcpy(text + n, "ax", 2);
    memcpy(item + m, "bx\"", 4);
    for (size_t i = 0; i < IAM_COUNT(values); i++) {
        values[i] = (struct iam_str){ text, n + 2 };
    }
    begin("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\","
          "\"Resource\":\"*\",\"Condition\":{\"ForAnyValue:StringEqualsIgnoreCase\":{"
          "\"a:many\":");
    put_list(item, FULL - sizeof(item));
    put("}}}}");
    struct iam_request r = world_request("s3:GetObject", "arn:aws:s3:::b/k");
    r.context = context;
    r.context_count = IAM_COUNT(context);
    assert_int_equal(decide_fast(&r), IAM_EXPLICIT_DENY);
}

static void a_long_pattern_on_a_long_value(void **state)
{
    static char value[IAM_REQUEST_MAX_VALUE];
    char item[8100] = "\"*";
    struct iam_str v = { value, sizeof(value) };
    struct iam_context_entry context[] = {
        {IAM_STR("a:k"), &v, 1, false}
    };
    (void)state;
    memset(value, 0x80, sizeof(value));
    memset(item + 2, '?', 8000);
    memcpy(item + 8002, "b*\"", 4);
    begin("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\","
          "\"Resource\":\"*\",\"Condition\":{\"StringLike\":{\"a:k\":");
    put(item);
    put("}}}}");
    struct iam_request r = world_request("s3:GetObject", "arn:aws:s3:::b/k");
    r.context = context;
    r.context_count = 1;
    /* It cannot be evaluated: the Deny applies. */
    assert_int_equal(decide_fast(&r), IAM_EXPLICIT_DENY);
}

static bool count_statements(void *ctx, const struct iam_explained *e)
{
    size_t *n = ctx;
    *n += e->applies;
    return true;
}

/* The same document and request as a resource policy, for the root user: nothing else is asked. */
static enum iam_effect decide_for_root(struct iam_request *r)
{
    const char *texts[] = { document };
    struct iam_policy_set *set = world_set(IAM_POLICY_RESOURCE, texts, 1);
    struct iam_policies p = { .resource = set };
    struct iam_decision d;
    r->principal.kind = IAM_PRINCIPAL_ROOT;
    r->principal.arn = IAM_STR("arn:aws:iam::111122223333:root");
    iam_decide(&p, r, &d);
    iam_policy_set_unref(set);
    return d.effect;
}

static void first_parts_of_a_pattern(void **state)
{
    static char resource[8192] = "arn:";
    char item[2100] = "\"arn:*";
    (void)state;
    memset(resource + 4, 'a', 7900);
    memcpy(resource + 7904, ":s3:::q", 8);
    memset(item + 6, '?', 1990);
    memcpy(item + 1996, "b*:s3:::*${a:b}\"", 17);
    begin("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":[\"*\","
          "\"s3:*\",\"s3:G*\",\"s3:Ge*\"],\"Resource\":");
    put_list(item, FULL);
    put("}}");
    struct iam_request r = world_request("s3:GetObject", resource);
    assert_int_equal(decide_fast(&r), IAM_IMPLICIT_DENY);
}

/* What NotAction leaves out must not be allowed because the list could not be read to its end. */
static void not_action_without_a_budget(void **state)
{
    char action[IAM_REQUEST_MAX_ACTION + 1] = "iam:";
    char item[300] = "\"i:*";
    (void)state;
    memset(action + 4, 'a', sizeof(action) - 5);
    action[255] = 'x';
    memset(item + 4, '?', 240);
    memcpy(item + 244, "b\"", 3);
    begin("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Resource\":[");
    for (int i = 0; i < 17; i++) {
        put("\"arn:aws:s3:::*z\",");
    }
    put("\"*\"],\"NotAction\":");
    put_list(item, 110000);
    document[document_len - 1] = ',';
    put("\"iam:*x\"]}}");
    struct iam_request r = world_request(action, "arn:aws:iam::111122223333:user/q");
    assert_int_equal(decide_fast(&r), IAM_IMPLICIT_DENY);
}

/*
 * Root, whom nothing has to allow, must not get through either after a statement that took the
 * budget.
 */
static void root_without_a_budget(void **state)
{
    static const size_t lengths[] = { 100, 1900, 8000 };
    char pattern[8100] = "*";
    (void)state;
    memset(pattern + 1, '?', 8000);
    memcpy(pattern + 8001, "c*", 3);
    begin("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":"
          "{\"AWS\":[]},\"Action\":\"*\",\"Resource\":\"arn:aws:s3:::");
    put(pattern);
    put("\"},{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}");
    for (size_t i = 0; i < IAM_COUNT(lengths); i++) {
        static char resource[IAM_REQUEST_MAX_RESOURCE + 1] = "arn:aws:s3:::";
        memset(resource + 13, 'a', lengths[i]);
        resource[13 + lengths[i]] = '\0';
        struct iam_request r = world_request("s3:GetObject", resource);
        assert_int_not_equal(decide_for_root(&r), IAM_ALLOW);
    }
}

/* The budget can end at any statement, with nothing or something left: never is more allowed. */
static void wherever_the_budget_ends(void **state)
{
    static char agent[IAM_REQUEST_MAX_VALUE];
    struct iam_str value = { agent, 0 };
    struct iam_context_entry context[] = {
        {IAM_STR("aws:UserAgent"), &value, 1, false}
    };
    (void)state;
    memset(agent, 'a', sizeof(agent));
    begin("{\"Version\":\"2012-10-17\",\"Statement\":[");
    for (int i = 0; i < 40; i++) {
        put("{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\","
            "\"Condition\":{\"StringLike\":{\"aws:UserAgent\":\"*????????b*\"}}},");
    }
    put("{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}");
    for (size_t n = 10000; n < sizeof(agent); n += 997) {
        value.len = n;
        struct iam_request r = world_request("s3:GetObject", "arn:aws:s3:::b/k");
        r.context = context;
        r.context_count = 1;
        assert_int_not_equal(decide_for_root(&r), IAM_ALLOW);
    }
}

/* A condition that fails at once, and another one that is costly and is not asked any more. */
static void explaining_costs_what_deciding_costs(void **state)
{
    static struct iam_str values[IAM_REQUEST_MAX_VALUES];
    struct iam_str no = IAM_STR("no");
    struct iam_context_entry context[] = {
        {IAM_STR("a:first"), &no,    1,                 false},
        { IAM_STR("a:many"), values, IAM_COUNT(values), true }
    };
    size_t applying = 0;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(values); i++) {
        values[i] = IAM_STR("y");
    }
    begin("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\","
          "\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"a:first\":\"yes\"},"
          "\"ForAnyValue:StringLike\":{\"a:many\":");
    put_list("\"*????????????????????????????????${a:first}\"", FULL);
    put("}}}}");
    const char *texts[] = { document };
    struct iam_policy_set *set = world_set(IAM_POLICY_IDENTITY, texts, 1);
    struct iam_policies p = { .identity = set };
    struct iam_request r = world_request("s3:GetObject", "arn:aws:s3:::b/k");
    r.context = context;
    r.context_count = IAM_COUNT(context);
    clock_t start = clock();
    assert_true(iam_explain(&p, &r, IAM_EXPLAIN_REACHED, count_statements, &applying));
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 0.1);
    assert_int_equal(applying, 0);
    iam_policy_set_unref(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(actions_by_resources),
        cmocka_unit_test(variables_by_values),
        cmocka_unit_test(keys_that_collide),
        cmocka_unit_test(sigmas_by_values),
        cmocka_unit_test(a_long_pattern_on_a_long_value),
        cmocka_unit_test(first_parts_of_a_pattern),
        cmocka_unit_test(not_action_without_a_budget),
        cmocka_unit_test(root_without_a_budget),
        cmocka_unit_test(wherever_the_budget_ends),
        cmocka_unit_test(explaining_costs_what_deciding_costs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
