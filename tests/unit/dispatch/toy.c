/* SPDX-License-Identifier: Apache-2.0 */
/* See toy.h. */
#include "toy.h"

#include <stddef.h>

struct toy toy;

struct toy_out {
    struct iam_str answer;
};

struct toy_tag {
    struct iam_str key;
    struct iam_str value;
};

static const struct api_shape text = { .name = "Text",
                                       .kind = API_STRING,
                                       .c_size = sizeof(struct iam_str) };
static const struct api_shape number = { .name = "Number",
                                         .kind = API_INTEGER,
                                         .c_size = sizeof(struct api_opt_int) };
static const struct api_shape truth = { .name = "Truth",
                                        .kind = API_BOOLEAN,
                                        .c_size = sizeof(struct api_opt_bool) };
static const struct api_shape texts = {
    .name = "Texts", .kind = API_LIST, .c_size = sizeof(struct api_list), .item = &text
};

#define MEMBER(type, wire, field, of)                                                 \
    {                                                                                 \
        .name = IAM_STR_INIT(wire), .error_name = IAM_STR_INIT(wire), .shape = &(of), \
        .offset = offsetof(struct type, field)                                        \
    }

static const struct api_member tag_members[] = {
    MEMBER(toy_tag, "Key", key, text),
    MEMBER(toy_tag, "Value", value, text),
};
static const struct api_shape tag = { .name = "Tag",
                                      .kind = API_STRUCTURE,
                                      .c_size = sizeof(struct toy_tag),
                                      .members = tag_members,
                                      .member_count = IAM_COUNT(tag_members) };
static const struct api_shape tags = {
    .name = "Tags", .kind = API_LIST, .c_size = sizeof(struct api_list), .item = &tag
};

static const struct api_shape labels = {
    .name = "Labels",
    .kind = API_MAP,
    .c_size = sizeof(struct api_list),
    .key = &text,
    .item = &text,
};

const struct api_member toy_members[TOY_MEMBER_COUNT] = {
    [TOY_NAME] = MEMBER(toy_in, "Name", name, text),
    [TOY_NEW_NAME] = MEMBER(toy_in, "NewName", new_name, text),
    [TOY_PATH] = MEMBER(toy_in, "Path", path, text),
    [TOY_COLOR] = MEMBER(toy_in, "Color", color, text),
    [TOY_COUNT] = MEMBER(toy_in, "Count", count, number),
    [TOY_IS_ON] = MEMBER(toy_in, "IsOn", is_on, truth),
    [TOY_NAMES] = MEMBER(toy_in, "Names", names, texts),
    [TOY_TAGS] = MEMBER(toy_in, "Tags", tags, tags),
    [TOY_LABELS] = MEMBER(toy_in, "Labels", labels, labels),
    [TOY_MARKER] = MEMBER(toy_in, "Marker", marker, text),
    [TOY_MAX_ITEMS] = MEMBER(toy_in, "MaxItems", max_items, number),
};
struct api_shape toy_shape = { .name = "RunRequest",
                               .kind = API_STRUCTURE,
                               .c_size = sizeof(struct toy_in),
                               .members = toy_members };
static const struct api_member out_members[] = { MEMBER(toy_out, "Answer", answer, text) };
static const struct api_shape output = { .name = "RunResponse",
                                         .kind = API_STRUCTURE,
                                         .c_size = sizeof(struct toy_out),
                                         .members = out_members,
                                         .member_count = IAM_COUNT(out_members) };

static const struct api_service query;
static const struct api_service json;

static const struct api_op query_ops[] = {
    {.name = IAM_STR_INIT("Run"),
     .service = &query,
     .input = &toy_shape,
     .output = &output,
     .http_status = 200,
     .rule = &toy.rule},
};
static const struct api_op json_ops[] = {
    {.name = IAM_STR_INIT("Run"),
     .service = &json,
     .input = &toy_shape,
     .output = &output,
     .http_method = IAM_STR_INIT("POST"),
     .http_path = IAM_STR_INIT("/run"),
     .http_status = 200,
     .rule = &toy.rule},
};
static const struct api_service query = { .name = IAM_STR_INIT("toy"),
                                          .signing_name = IAM_STR_INIT("toy"),
                                          .version = IAM_STR_INIT("2001-02-03"),
                                          .xml_namespace = IAM_STR_INIT("https://toy.example/"),
                                          .protocol = API_PROTOCOL_QUERY,
                                          .is_fallback = true,
                                          .invalid_input = API_ERR_INVALID_INPUT,
                                          .ops = query_ops,
                                          .op_count = IAM_COUNT(query_ops) };
static const struct api_service json = { .name = IAM_STR_INIT("json"),
                                         .signing_name = IAM_STR_INIT("json"),
                                         .version = IAM_STR_INIT("2001-02-04"),
                                         .protocol = API_PROTOCOL_REST_JSON,
                                         .is_global = true,
                                         .invalid_input = API_ERR_INVALID_INPUT,
                                         .ops = json_ops,
                                         .op_count = IAM_COUNT(json_ops) };
static const struct api_service *const services[] = { &query, &json };
static const struct api_catalog catalog = { services, IAM_COUNT(services) };

static enum iam_status resolve(struct iam_call *call, const void *in,
                               const struct api_reference *ref, struct api_target *ret)
{
    assert_ptr_equal(in, call->input);
    assert_true(toy.asked_count < TOY_ASKED);
    toy.asked[toy.asked_count++] = *ref;
    struct iam_str account = iam_str_or(toy.target.account, ret->account);
    *ret = toy.target;
    ret->account = account;
    if (!iam_str_is_set(ret->arn)) {
        ret->arn = signer_fmt(&toy.server->arena, "arn:aws:toy::111122223333:thing/%.*s",
                              IAM_STR_ARG(ref->name));
    }
    return toy.resolve_status;
}

static enum iam_status run(struct iam_call *call, const void *in, void *out)
{
    struct toy_out *answer = out;
    assert_ptr_equal(in, call->input);
    toy.runs++;
    answer->answer = toy.answer;
    return toy.run_status == IAM_FAULT
               ? api_fail(call, API_ERR_NO_SUCH_ENTITY, "The thing is not there.")
               : toy.run_status;
}

enum iam_status toy_vouch(struct iam_call *call, const void *in)
{
    static const struct iam_identity root = { .kind = IAM_KIND_ACCOUNT,
                                              .account = IAM_STR_INIT("111122223333"),
                                              .principal_id = IAM_STR_INIT("111122223333") };
    const struct iam_view *view;
    assert_ptr_equal(in, call->input);
    if (call->subject.view != NULL) {
        return IAM_OK;
    }
    call->caller = &root;
    IAM_TRY(iam_directory_by_id(call->env->directory, call->txn, root.principal_id, &view));
    return api_subject_open(call, call->arena, view, NULL, &call->subject);
}

void toy_open_door(void)
{
    struct inproc *s = toy.server;
    toy.permissions[0].action = IAM_STR("sts:AssumeRole");
    if (!iam_str_is_set(toy.door)) {
        toy.door = inproc_role(s, "evident",
                               TRUST("arn:aws:iam::111122223333:root", "sts:AssumeRole"), NULL);
    }
    assert_ok(iam_directory_by_arn(s->directory, NULL, toy.door, &toy.target.view));
}

/* What every denial names: the ARN that was decided on. */
#define NAMES_RESOURCE                                                            \
    {                                                                             \
        .texts = &resource_text, .text_count = 1, .error = API_ERR_ACCESS_DENIED, \
        .reasons = API_DENIAL_EVERY_REASON                                        \
    }

int toy_setup(void **state)
{
    static const struct api_denial_part resource = { .from = API_DENIAL_RESOURCE };
    static const struct api_denial_text resource_text = { &resource, 1 };
    (void)inproc_setup(state);
    struct inproc *s = *state;
    toy_shape.member_count = TOY_MEMBER_COUNT;
    toy = (struct toy){
        .server = s,
        .alice = inproc_user(s, "alice", NULL),
        .permissions = {{ .action = IAM_STR("toy:Run"),
                           .resolve = resolve,
                           .name = &toy_members[TOY_NAME],
                           .path = &toy_members[TOY_PATH],
                           .denial = NAMES_RESOURCE },
                        { .action = IAM_STR("toy:Also"), .denial = NAMES_RESOURCE },
                        { .action = IAM_STR("toy:Rename"),
                           .resolve = resolve,
                           .name = &toy_members[TOY_NEW_NAME],
                           .denial = NAMES_RESOURCE }},
        .rule = { .access = API_ACCESS_POLICY,
                        .txn = API_TXN_NONE,
                        .permissions = toy.permissions,
                        .permission_count = 1,
                        .handler = run },
        .answer = IAM_STR("done"),
    };
    return 0;
}

int toy_teardown(void **state)
{
    return inproc_teardown(state);
}

static struct inproc_request request(const struct inproc_caller *who, const char *more)
{
    struct iam_str form = signer_fmt(&toy.server->arena, "Action=Run&Version=2001-02-03&%s", more);
    return inproc_query(toy.server, who, "toy", form.p);
}

int toy_run_as(const struct inproc_caller *who, const char *more)
{
    struct inproc_request q = request(who, more);
    return toy_send(&q);
}

int toy_send(const struct inproc_request *q)
{
    toy.runs = 0;
    toy.asked_count = 0;
    toy.server->env.catalog = &catalog;
    int status = inproc_send(toy.server, q);
    toy.server->env.catalog = &api_catalog;
    return status;
}

int toy_run(const char *policy, const char *more)
{
    inproc_put_user_policy(toy.server, "alice", policy);
    return toy_run_as(&toy.alice, more);
}

void toy_open_as(struct api_request *r, const struct inproc_caller *who, const char *more)
{
    struct inproc *s = toy.server;
    s->env.catalog = &catalog;
    struct inproc_request q = request(who, more);
    struct inproc_request *kept = iam_arena_alloc(&s->arena, sizeof(*kept));
    assert_non_null(kept);
    *kept = q;
    inproc_open(s, kept, &s->arena, r);
    if (r->is_done) {
        fail_msg("%d %.*s", r->response.status, IAM_STR_ARG(r->response.body));
    }
}

void toy_open(struct api_request *r, const char *more)
{
    toy_open_as(r, &toy.alice, more);
}

void toy_close(struct api_request *r)
{
    inproc_close(toy.server, r);
    toy.server->env.catalog = &api_catalog;
}
