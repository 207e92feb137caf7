/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resource and NotResource: "*", or an ARN pattern. A pattern is divided at its first five colons
 * when it is compiled, so that a wildcard in one part can never reach into the next.
 */
#include "policy/read_int.h"

static bool is_wild(char c)
{
    return c == '*' || c == '?';
}

static bool begins_variable(struct iam_str text, size_t at)
{
    return text.p[at] == '$' && at + 1 < text.len && text.p[at + 1] == '{';
}

/* Finds the literal prefix of the sixth part, and what kind of text follows it. */
static void classify_tail(struct iam_pattern *p, struct iam_str tail)
{
    size_t n = 0;
    while (n < tail.len && !is_wild(tail.p[n]) && !(p->has_template && begins_variable(tail, n))) {
        n++;
    }
    p->tail_literal = (uint16_t)n;
    if (p->has_template) {
        p->tail = IAM_TAIL_GLOB;
    } else if (n == tail.len) {
        p->tail = IAM_TAIL_LITERAL;
    } else if (n + 1 == tail.len && tail.p[n] == '*') {
        p->tail = n == 0 ? IAM_TAIL_ANY : IAM_TAIL_PREFIX;
    } else {
        p->tail = IAM_TAIL_GLOB;
    }
}

void iam_pattern_make(struct iam_str text, const struct iam_template *template,
                      struct iam_pattern *p)
{
    size_t n = 0;
    size_t at = 0;
    bool wild_head = false;
    iam_rel_set(&p->from, template != NULL ? (const void *)template : text.p);
    p->has_template = template != NULL;
    p->len = (uint16_t)text.len;
    p->any = iam_str_eq(text, IAM_STR("*"));
    p->has_one = iam_str_find(text, '?', 0) < text.len;
    for (; at < text.len && n < IAM_ARN_PARTS - 1; at++) {
        wild_head |= is_wild(text.p[at]);
        if (text.p[at] == ':') {
            p->colon[n++] = (uint16_t)at;
        } else if (template != NULL && begins_variable(text, at)) {
            n = 0;
            break;
        }
    }
    p->parts = (uint8_t)(n + 1);
    if (n < IAM_ARN_PARTS - 1) {
        p->tail = template != NULL ? IAM_TAIL_GLOB : IAM_TAIL_ANY;
    } else {
        p->literal_head = !wild_head;
        classify_tail(p, iam_str_sub(text, at, text.len));
    }
}

/* ---- what AWS permits in the parts ----------------------------------------------------------- */

/*
 * Tells whether IAM itself checks the parts. What Organizations checks in its policies, and other
 * services in those of their resources, is not known.
 */
static bool is_checked(enum iam_policy_kind kind)
{
    return kind == IAM_POLICY_IDENTITY || kind == IAM_POLICY_MANAGED ||
           kind == IAM_POLICY_SESSION || kind == IAM_POLICY_BOUNDARY;
}

/* The parts as they are written; colons inside of variables divide nothing. */
struct parts {
    struct iam_str part[IAM_ARN_PARTS];
    size_t count;
    bool has_variables;
};

static struct parts divide(struct iam_str text, bool has_variables)
{
    struct parts x = { .has_variables = has_variables };
    size_t from = 0;
    bool inside = false;
    for (size_t at = 0; at < text.len && x.count < IAM_ARN_PARTS - 1; at++) {
        inside |= has_variables && begins_variable(text, at);
        if (text.p[at] == ':' && !inside) {
            x.part[x.count++] = iam_str_sub(text, from, at - from);
            from = at + 1;
        }
        inside = inside && text.p[at] != '}';
    }
    x.part[x.count++] = iam_str_sub(text, from, text.len);
    return x;
}

/* Tells whether the partition may turn out to be something else than what is written. */
static bool is_open(const struct parts *x)
{
    struct iam_str part = x->part[1];
    return iam_literal_len(part) < part.len ||
           (x->has_variables && iam_str_find(part, '$', 0) < part.len);
}

/*
 * Tells whether there is such a partition. Which of them an account is in, the library does not
 * know.
 */
static bool has_partition(const struct parts *x)
{
    static const struct iam_str partitions[] = {
        IAM_STR_INIT("aws"),       IAM_STR_INIT("aws-cn"),    IAM_STR_INIT("aws-us-gov"),
        IAM_STR_INIT("aws-iso"),   IAM_STR_INIT("aws-iso-b"), IAM_STR_INIT("aws-iso-e"),
        IAM_STR_INIT("aws-iso-f"), IAM_STR_INIT("aws-eusc"),
    };
    for (size_t i = 0; i < IAM_COUNT(partitions); i++) {
        if (iam_str_eq(partitions[i], x->part[1])) {
            return true;
        }
    }
    return is_open(x);
}

/* SPEC: IAM, the sentence for a resource of IAM that is none (IAM_SAYS_IAM_PATH). */
static const struct iam_str iam_kinds[] = {
    IAM_STR_INIT("user/"),
    IAM_STR_INIT("federated-user/"),
    IAM_STR_INIT("role/"),
    IAM_STR_INIT("group/"),
    IAM_STR_INIT("instance-profile/"),
    IAM_STR_INIT("mfa/"),
    IAM_STR_INIT("server-certificate/"),
    IAM_STR_INIT("policy/"),
    IAM_STR_INIT("sms-mfa/"),
    IAM_STR_INIT("saml-provider/"),
    IAM_STR_INIT("oidc-provider/"),
    IAM_STR_INIT("report/"),
    IAM_STR_INIT("access-report/"),
    IAM_STR_INIT("role-template/"),
    IAM_STR_INIT("delegation-request/"),
};

/* Tells whether the sixth part of an ARN of IAM is "*" or begins with a kind. */
static bool is_iam_resource(struct iam_str text)
{
    for (size_t i = 0; i < IAM_COUNT(iam_kinds); i++) {
        if (iam_str_starts(text, iam_kinds[i])) {
            return true;
        }
    }
    return iam_str_eq(text, IAM_STR("*"));
}

static enum iam_status check_iam(const struct iam_reader *r, const struct iam_json *node,
                                 struct iam_str text, const struct parts *x)
{
    if (x->count > 3 && x->part[3].len > 0) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_IAM_REGION,
                               "leave the fourth part empty in", text);
    }
    bool known = x->count < IAM_ARN_PARTS || is_iam_resource(x->part[5]);
    return known ? IAM_OK
                 : iam_read_refuse(r, node->offset, IAM_SAYS_IAM_PATH,
                                   "write the kind of resource as the sixth part of", text);
}

/*
 * Checks that a bucket or an object, whose ARN has no account, has no region; access points and
 * other resources of S3 have both.
 */
static enum iam_status check_s3(const struct iam_reader *r, const struct iam_json *node,
                                struct iam_str text, const struct parts *x)
{
    bool fits = x->count < IAM_ARN_PARTS || x->part[3].len == 0 || x->part[4].len > 0;
    return fits ? IAM_OK
                : iam_read_refuse(r, node->offset, IAM_SAYS_S3_REGION,
                                  "leave the fourth part empty in", text);
}

/* Refuses a partition, with the ARN as AWS reads it: what is not written is "*". */
static enum iam_status refuse_partition(const struct iam_reader *r, const struct iam_json *node,
                                        const struct parts *x)
{
    static const struct iam_str prefix = IAM_STR_INIT("arn");
    size_t room = prefix.len + 2 * IAM_ARN_PARTS + node->text.len;
    char *arn = iam_arena_alloc(r->scratch, room);
    if (arn == NULL) {
        return iam_read_no_memory(r);
    }
    size_t len = prefix.len;
    memcpy(arn, prefix.p, prefix.len);
    for (size_t i = 1; i < IAM_ARN_PARTS; i++) {
        struct iam_str part = i < x->count ? x->part[i] : IAM_STR("*");
        arn[len++] = ':';
        memcpy(arn + len, part.p, part.len);
        len += part.len;
    }
    return iam_read_refuse_pair(r, node->offset, IAM_SAYS_PARTITION, x->part[1],
                                (struct iam_str){ arn, len },
                                "write a partition such as \"aws\" as the second part of");
}

/* ---- short ARNs ------------------------------------------------------------------------------ */

/*
 * Tells whether text may have fewer than six parts: where the documents leave it open, the kind of
 * policy decides.
 * SPEC: docs/conformance.md, "short ARNs".
 */
static bool may_be_short(enum iam_policy_kind kind, struct iam_str text)
{
    if (is_checked(kind)) {
        return true;
    }
    switch (kind) {
    case IAM_POLICY_RESOURCE:
        return iam_str_find(text, '*', 0) < text.len;
    case IAM_POLICY_SCP:
        return text.len > 0 && text.p[text.len - 1] == '*';
    default:
        return false;
    }
}

/* Tells whether a part from the service on is empty, in an ARN that ends before its sixth part. */
static bool has_gap(const struct parts *x)
{
    for (size_t i = 2; i < x->count && x->count < IAM_ARN_PARTS; i++) {
        if (x->part[i].len == 0) {
            return true;
        }
    }
    return false;
}

/*
 * Tells whether AWS's older parser refuses the ARN: no service, or an end before the sixth part
 * with a part left empty. It looks no further when the partition is none.
 */
static bool is_legacy_fault(const struct parts *x)
{
    bool no_service = x->count > 2 && x->part[2].len == 0;
    return x->count > 1 && has_partition(x) && (no_service || has_gap(x));
}

/*
 * Tells whether variables are where they are known to work: a whole ARN in one, or in its parts.
 */
static bool has_good_variables(const struct iam_template *t)
{
    bool whole = t->count == 1 && t->pieces[0].kind == IAM_PIECE_VARIABLE;
    return whole || t->colons >= IAM_ARN_PARTS - 1;
}

static enum iam_status read_resource(const struct iam_reader *r, const struct iam_json *node,
                                     struct iam_pattern *p)
{
    struct iam_str text;
    const struct iam_template *template;
    IAM_TRY(iam_read_keep(r, node, node->text, &text));
    IAM_TRY(iam_read_template(r, node, text, &template));
    iam_pattern_make(text, template, p);
    struct parts x = divide(text, template != NULL);
    if (is_checked(r->kind) && is_legacy_fault(&x)) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_LEGACY, "write all six parts of the ARN",
                               text);
    }
    if (template != NULL && iam_str_starts(text, IAM_STR("arn:")) &&
        !has_good_variables(template)) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_LEGACY,
                               "write all six parts of the ARN, or one variable that has them all,"
                               " instead of",
                               text);
    }
    return IAM_OK;
}

enum iam_status iam_read_resources(const struct iam_reader *r, const struct iam_json *node,
                                   struct iam_statement *s)
{
    const struct iam_json *item;
    struct iam_pattern *patterns = NULL;
    uint32_t count;
    IAM_TRY(iam_read_strings(r, node, node->name, &item, &count));
    s->has_resource = true;
    s->resource_count = (uint16_t)count;
    IAM_TRY(iam_read_array(r, count, sizeof(*patterns), &patterns));
    for (uint32_t i = 0; i < count; i++, item = iam_read_next(node, item)) {
        IAM_TRY(read_resource(r, item, &patterns[i]));
    }
    iam_rel_set(&s->resources, patterns);
    return IAM_OK;
}

/* ---- the form -------------------------------------------------------------------------------- */

static enum iam_status check_parts(const struct iam_reader *r, const struct iam_json *node,
                                   struct iam_str text, const struct parts *x)
{
    if (!has_partition(x)) {
        return refuse_partition(r, node, x);
    }
    if (x->count < 3) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_RESOURCE_VENDOR,
                               "write all six parts of the ARN", text);
    }
    if (iam_str_eq(x->part[2], IAM_STR("iam"))) {
        return check_iam(r, node, text, x);
    }
    return iam_str_eq(x->part[2], IAM_STR("s3")) ? check_s3(r, node, text, x) : IAM_OK;
}

static enum iam_status check_resource(const struct iam_reader *r, const struct iam_json *node,
                                      const struct iam_pattern *p)
{
    struct iam_str text = iam_pattern_text(p);
    const struct iam_template *t = iam_pattern_template(p);
    struct parts x = divide(text, t != NULL);
    if (p->any || (t != NULL && t->count == 1 && has_good_variables(t))) {
        return IAM_OK;
    }
    if (x.count > 1 && is_checked(r->kind)) {
        IAM_TRY(check_parts(r, node, text, &x));
    }
    if (!iam_str_starts(text, IAM_STR("arn:"))) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_NO_ARN,
                               "write arn:partition:service:region:account:resource instead of",
                               text);
    }
    if (x.count < IAM_ARN_PARTS && !may_be_short(r->kind, text)) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_LEGACY, "write all six parts of the ARN",
                               text);
    }
    return IAM_OK;
}

enum iam_status iam_check_resources(const struct iam_reader *r, const struct iam_json *node,
                                    const struct iam_statement *s)
{
    const struct iam_json *item = node->type == IAM_JSON_ARRAY ? node->first : node;
    for (uint32_t i = 0; i < s->resource_count; i++, item = iam_read_next(node, item)) {
        IAM_TRY(check_resource(r, item, &iam_statement_resources(s)[i]));
    }
    return IAM_OK;
}
