/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the authorization endpoint: what is noted of them, and how long a denial gets. */
#include "lib/inproc.h"

#include <stdio.h>

/* SPEC: STS API Reference, "DecodeAuthorizationMessage": characters of a message. */
#define MESSAGE_MAX 10240

static struct inproc *s;

static int setup(void **state)
{
    (void)inproc_setup(state);
    s = *state;
    (void)inproc_user(s, "alice", ALLOW("s3:GetObject"));
    return 0;
}

/* Makes a question about alice, with a message for a denial. */
static struct inproc_request question(const char *action, const char *resource, const char *context)
{
    struct iam_str body = signer_fmt(
        &s->arena,
        "{\"subject\":{\"type\":\"user\",\"id\":\"arn:aws:iam::111122223333:user/alice\"},"
        "\"action\":{\"name\":\"%s\"},\"resource\":{\"type\":\"any\",\"id\":\"%s\"},"
        "\"context\":{%s},\"options\":{\"encode_denials\":true}}",
        action, resource, context);
    return inproc_make(s, &s->root, "iamd", "POST", "/access/v1/evaluation", "application/json",
                       body.p);
}

static void ask(const char *action, const char *resource, const char *context)
{
    struct inproc_request q = question(action, resource, context);
    assert_int_equal(inproc_send(s, &q), 200);
}

/* Returns the encoded message of the last answer. */
static struct iam_str message(void)
{
    static const char member[] = "\"encoded_message\":\"";
    const char *at = memmem(s->body.p, s->body.len, member, sizeof(member) - 1);
    assert_non_null(at);
    size_t from = (size_t)(at - s->body.p) + sizeof(member) - 1;
    return iam_str_sub(s->body, from, iam_str_find(s->body, '"', from) - from);
}

/* Asks with a key whose value has that many characters; returns how long the message is. */
static size_t length_with(size_t chars)
{
    char *value = iam_arena_zalloc(&s->arena, chars + 1, 1);
    assert_non_null(value);
    memset(value, 'v', chars);
    ask("s3:PutObject", "*", signer_fmt(&s->arena, "\"app:k\":\"%s\"", value).p);
    return message().len;
}

/* A key is left out when the message would be too long with it, and not before. */
static void test_a_message_is_as_long_as_it_may_be(void **state)
{
    const size_t start = 5000;
    size_t chars = start + (MESSAGE_MAX - length_with(start)) / 4 * 3 - 8;
    size_t longest = 0;
    size_t last = 0;
    (void)state;
    for (size_t i = 0; i < 16; i++) {
        last = length_with(chars + i);
        longest = last > longest ? last : longest;
    }
    assert_int_equal(longest, MESSAGE_MAX);
    assert_true(last < start);
}

static void test_a_long_resource_is_whole(void **state)
{
    char resource[1000] = "arn:aws:s3:::b/";
    (void)state;
    memset(resource + strlen(resource), 'k', sizeof(resource) - 1 - strlen(resource));
    ask("s3:PutObject", resource, "");
    inproc_must(s, &s->root, "sts", "Action=DecodeAuthorizationMessage&EncodedMessage=%.*s",
                IAM_STR_ARG(message()));
    assert_true(inproc_says(s, resource));
}

/* ---- keys of providers ---- */

static void make_provider(const struct inproc_caller *root, const char *url)
{
    inproc_must(s, root, "iam", "Action=CreateOpenIDConnectProvider&Url=%s", url);
}

static void refuse(const char *action, const char *resource, const char *context, const char *why)
{
    struct inproc_request q = question(action, resource, context);
    assert_int_equal(inproc_send(s, &q), 400);
    assert_true(inproc_says(s, why));
}

/* What sessions of a provider have for their life is not a service's to give, whatever its name. */
static void test_keys_of_providers(void **state)
{
    static const char *const theirs[] = { "vault:sub", "VAULT:Aud", "vault:amr", "lan/x:sub" };
    static const char *const free[] = { "app:sub", "other:sub", "vault:tier", "lan:sub", ":sub" };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(theirs); i++) {
        ask("s3:GetObject", "*", signer_fmt(&s->arena, "\"%s\":\"x\"", theirs[i]).p);
    }
    make_provider(&s->root, "https://vault");
    make_provider(&s->root, "https://lan/x");
    make_provider(&s->other_root, "https://other");
    for (size_t i = 0; i < IAM_COUNT(theirs); i++) {
        refuse("s3:GetObject", "*", signer_fmt(&s->arena, "\"%s\":\"x\"", theirs[i]).p,
               "cannot be given");
    }
    for (size_t i = 0; i < IAM_COUNT(free); i++) {
        ask("s3:GetObject", "*", signer_fmt(&s->arena, "\"%s\":\"x\"", free[i]).p);
    }
    refuse("s3:GetObject", "*", "\"app:sub\":\"x\",\"vault:sub\":\"x\"", "cannot be given");
}

/* Providers for which there is no memory are not none. */
static void test_no_provider_is_lost(void **state)
{
    (void)state;
    make_provider(&s->root, "https://vault");
    struct inproc_request q = question("s3:GetObject", "*", "\"vault:sub\":\"x\"");
    for (size_t bytes = 0; !inproc_says(s, "cannot be given"); bytes += 16) {
        assert_true(inproc_send_within(s, &q, bytes) >= 400);
        assert_true(bytes < (1u << 20));
    }
}

/* ---- without memory ---- */

/* A key for which there is no memory is not one that the question does not have. */
static void test_no_key_is_lost(void **state)
{
    int status = 0;
    (void)state;
    inproc_put_user_policy(
        s, "alice",
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\","
        "\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"*\","
        "\"Condition\":{\"StringEquals\":{\"app:k\":\"v\"}}}]}");
    struct inproc_request q = question("s3:GetObject", "*", "\"app:k\":\"v\"");
    for (size_t bytes = 0; status != 200; bytes += 16) {
        status = inproc_send_within(s, &q, bytes);
        assert_true(status == 200 || status >= 400);
        assert_true(bytes < (1u << 20));
    }
    assert_true(inproc_says(s, "\"decision\":false"));
}

/* ---- what is noted ---- */

static char noted[64];

static void note(void *ctx, const struct api_service_use *use, int64_t now_ms)
{
    (void)ctx;
    assert_int_equal(now_ms, INPROC_NOW_MS);
    (void)snprintf(noted, sizeof(noted), "%.*s %.*s", IAM_STR_ARG(use->service),
                   IAM_STR_ARG(use->action));
}

static void test_every_question_is_a_use(void **state)
{
    (void)state;
    s->env.note_service = note;
    ask("s3:GetObject", "*", "");
    assert_string_equal(noted, "s3 GetObject");
    ask("ec2:StopInstances", "*", "");
    assert_string_equal(noted, "ec2 StopInstances");
    s->env.note_service = NULL;
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, inproc_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_a_message_is_as_long_as_it_may_be),
        TEST(test_a_long_resource_is_whole),
        TEST(test_keys_of_providers),
        TEST(test_no_provider_is_lost),
        TEST(test_no_key_is_lost),
        TEST(test_every_question_is_a_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
