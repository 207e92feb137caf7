/* SPDX-License-Identifier: Apache-2.0 */
#include "store/access_text.h"

#define SERVICE 'S'
#define ACTION 'A'
#define ENTITY 'E'
#define USE 'U'
/* LIMIT: of a field. */
#define MAX_FIELD 4096
/* LIMIT: digits of a number. */
#define MAX_DIGITS 18

/* ---- writing ---- */

static void add_text(struct iam_buf *b, struct iam_str text)
{
    iam_buf_add(b, text);
    iam_buf_add_char(b, '\t');
}

static void add_number(struct iam_buf *b, uint64_t number)
{
    iam_buf_add_fmt(b, "%llu\t", (unsigned long long)number);
}

static void add_use(struct iam_buf *b, const struct iam_access_use *use)
{
    add_text(b, use->name);
    add_number(b, (uint64_t)use->used_ms);
    add_text(b, use->entity);
    add_text(b, use->region);
    iam_buf_add_char(b, '\n');
}

void iam_access_add_service(struct iam_buf *text, const struct iam_access_use *service)
{
    iam_buf_add_char(text, SERVICE);
    add_text(text, service->space);
    add_number(text, service->total);
    add_use(text, service);
}

void iam_access_add_action(struct iam_buf *text, const struct iam_access_use *action)
{
    iam_buf_add_char(text, ACTION);
    add_use(text, action);
}

void iam_access_add_entity(struct iam_buf *text, const struct iam_access_entity *entity)
{
    iam_buf_add_char(text, ENTITY);
    add_number(text, entity->is_role ? 1 : 0);
    add_text(text, entity->id);
    add_text(text, entity->arn);
    add_text(text, entity->name);
    add_text(text, entity->path);
    iam_buf_add_char(text, '\n');
}

void iam_access_add_entity_use(struct iam_buf *text, const struct iam_access_entity_use *use)
{
    iam_buf_add_char(text, USE);
    add_text(text, use->space);
    add_number(text, use->entity);
    add_number(text, (uint64_t)use->used_ms);
    iam_buf_add_char(text, '\n');
}

/* ---- reading ---- */

static bool next_is(const struct iam_cur *c, char letter)
{
    return !iam_cur_at_end(c) && *c->p == letter;
}

static bool read_text(struct iam_cur *c, struct iam_str *ret)
{
    return iam_cur_until(c, '\t', MAX_FIELD, ret);
}

static bool read_number(struct iam_cur *c, uint64_t *ret)
{
    return iam_cur_digits(c, MAX_DIGITS, ret) && iam_cur_char(c, '\t');
}

static bool read_time(struct iam_cur *c, int64_t *ret)
{
    uint64_t ms = 0;
    bool is_read = read_number(c, &ms);
    *ret = (int64_t)ms;
    return is_read;
}

static bool read_use(struct iam_cur *c, struct iam_access_use *ret)
{
    return read_text(c, &ret->name) && read_time(c, &ret->used_ms) && read_text(c, &ret->entity) &&
           read_text(c, &ret->region) && iam_cur_char(c, '\n');
}

enum iam_status iam_access_next_action(struct iam_cur *actions, struct iam_access_use *ret)
{
    *ret = (struct iam_access_use){ 0 };
    IAM_ENSURE(!iam_cur_at_end(actions), IAM_NOT_FOUND);
    return iam_cur_char(actions, ACTION) && read_use(actions, ret) ? IAM_OK : IAM_CORRUPT;
}

enum iam_status iam_access_next_service(struct iam_cur *text, struct iam_access_use *ret,
                                        struct iam_cur *ret_actions)
{
    struct iam_access_use action;
    *ret = (struct iam_access_use){ 0 };
    IAM_ENSURE(!iam_cur_at_end(text), IAM_NOT_FOUND);
    if (!iam_cur_char(text, SERVICE) || !read_text(text, &ret->space) ||
        !read_number(text, &ret->total) || !read_use(text, ret)) {
        return IAM_CORRUPT;
    }
    const char *start = text->p;
    while (next_is(text, ACTION)) {
        IAM_TRY(iam_access_next_action(text, &action));
    }
    *ret_actions = (struct iam_cur){ start, text->p };
    return IAM_OK;
}

enum iam_status iam_access_next_entity(struct iam_cur *text, struct iam_access_entity *ret)
{
    uint64_t is_role = 0;
    *ret = (struct iam_access_entity){ 0 };
    IAM_ENSURE(next_is(text, ENTITY), IAM_NOT_FOUND);
    bool is_read = iam_cur_char(text, ENTITY) && read_number(text, &is_role) &&
                   read_text(text, &ret->id) && read_text(text, &ret->arn) &&
                   read_text(text, &ret->name) && read_text(text, &ret->path) &&
                   iam_cur_char(text, '\n');
    ret->is_role = is_role != 0;
    return is_read ? IAM_OK : IAM_CORRUPT;
}

enum iam_status iam_access_next_entity_use(struct iam_cur *text, struct iam_access_entity_use *ret)
{
    *ret = (struct iam_access_entity_use){ 0 };
    IAM_ENSURE(!iam_cur_at_end(text), IAM_NOT_FOUND);
    bool is_read = iam_cur_char(text, USE) && read_text(text, &ret->space) &&
                   read_number(text, &ret->entity) && read_time(text, &ret->used_ms) &&
                   iam_cur_char(text, '\n');
    return is_read ? IAM_OK : IAM_CORRUPT;
}
