/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest program that decides: one policy, one request, ten statements in main. What a
 * program writes once comes first: its allocator, and a short form of a string slice.
 *
 *   cc decide_in_ten_lines.c $(pkg-config --cflags --libs libiam)
 */
#include <stdio.h>
#include <stdlib.h>

#include <iam/decide.h>

#define STR(literal)                   \
    {                                  \
        (literal), sizeof(literal) - 1 \
    }

static const struct iam_str text = STR("{\"Version\": \"2012-10-17\", \"Statement\": {"
                                       "\"Effect\": \"Allow\", \"Action\": \"s3:Get*\","
                                       "\"Resource\": \"arn:aws:s3:::photos/${aws:username}/*\"}}");
static const struct iam_str ann = STR("ann");
static const struct iam_context_entry context[] = {
    {STR("aws:username"), &ann, 1, false}
};
static const struct iam_request request = {
    .principal = {.kind = IAM_PRINCIPAL_USER,
                  .account = STR("111122223333"),
                  .arn = STR("arn:aws:iam::111122223333:user/ann")},
    .action = STR("s3:GetObject"),
    .resource = STR("arn:aws:s3:::photos/ann/cat.jpg"),
    .context = context,
    .context_count = 1,
};

static void *take(void *ctx, size_t bytes)
{
    (void)ctx;
    return malloc(bytes);
}

static void give(void *ctx, void *p)
{
    (void)ctx;
    free(p);
}

static const struct iam_alloc heap = { take, give, NULL };

int main(void)
{
    struct iam_set_entry entry = { .name = STR("photos-of-their-own") };
    struct iam_policy_set *set;
    struct iam_decision decision;
    if (iam_policy_parse(&heap, IAM_POLICY_IDENTITY, text, &entry.policy, NULL) != IAM_OK ||
        iam_policy_set_new(&heap, &entry, 1, &set) != IAM_OK) {
        return 2;
    }
    iam_decide(&(struct iam_policies){ .identity = set }, &request, &decision);
    printf("%s\n", iam_effect_name(decision.effect));
    iam_policy_set_unref(set);
    iam_policy_unref(entry.policy);
    return decision.effect == IAM_ALLOW ? 0 : 1;
}
