/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index of a file of policies: lines of fields, with a tab between two. INVARIANT: what is
 * returned refers to frames and to places in them that there are, and every policy has a version.
 */
#include "catalogue/parts_int.h"

#include "base/cur.h"
#include "model/arn.h"

#define LINE_MAX_BYTES 1024
#define NUMBER_DIGITS 19

struct reader {
    struct iam_cur text;
    struct iam_arena *arena;
    struct iam_catalogue_index index;
    struct iam_catalogue_version *versions; /* of all policies, one after the other */
    size_t version_count;
    uint64_t next_offset; /* of the next frame */
};

/* ---- fields ---- */

static enum iam_status read_number(struct iam_cur *line, uint64_t max, uint64_t *ret)
{
    uint64_t value;

    if (!iam_cur_char(line, '\t') || !iam_cur_digits(line, NUMBER_DIGITS, &value) || value > max) {
        return IAM_SYNTAX;
    }
    *ret = value;
    return IAM_OK;
}

static enum iam_status read_u32(struct iam_cur *line, uint32_t max, uint32_t *ret)
{
    uint64_t value;

    IAM_TRY(read_number(line, max, &value));
    *ret = (uint32_t)value;
    return IAM_OK;
}

/* Reads a time, in seconds. */
static enum iam_status read_time(struct iam_cur *line, int64_t *ret)
{
    uint64_t value;

    IAM_TRY(read_number(line, UINT32_MAX, &value));
    *ret = (int64_t)value * 1000;
    return IAM_OK;
}

static enum iam_status end_line(const struct iam_cur *line)
{
    return iam_cur_at_end(line) ? IAM_OK : IAM_SYNTAX;
}

enum iam_status iam_catalogue_name(struct iam_str tail, struct iam_arena *arena,
                                   struct iam_catalogue_policy *ret)
{
    const struct iam_str parts[] = { IAM_STR(IAM_AWS_POLICY_PREFIX), tail };
    struct iam_entity_arn arn;

    IAM_TRY(iam_arena_join(arena, parts, IAM_COUNT(parts), &ret->arn));
    IAM_ENSURE(iam_entity_arn_parse(ret->arn, &arn) == IAM_OK && arn.kind == IAM_KIND_POLICY,
               IAM_SYNTAX);
    ret->path = arn.path;
    ret->name = arn.name;
    return IAM_OK;
}

/* ---- lines ---- */

static enum iam_status read_frame(struct reader *r, struct iam_cur *line)
{
    struct iam_catalogue_frame frame = { .offset = r->next_offset };
    uint32_t has_prefix;

    IAM_TRY(read_u32(line, IAM_CATALOGUE_FRAME_MAX, &frame.bytes));
    IAM_TRY(read_u32(line, IAM_CATALOGUE_FRAME_MAX, &frame.raw_bytes));
    IAM_TRY(read_u32(line, 1, &has_prefix));
    frame.has_prefix = has_prefix == 1;
    r->next_offset += frame.bytes;
    r->index.frames[r->index.frame_count++] = frame;
    return end_line(line);
}

static enum iam_status read_policy(struct reader *r, struct iam_cur *line)
{
    struct iam_catalogue_policy policy = { .versions = &r->versions[r->version_count] };
    struct iam_str tail;

    if (!iam_cur_char(line, '\t') || !iam_cur_until(line, '\t', LINE_MAX_BYTES, &tail)) {
        return IAM_SYNTAX;
    }
    line->p--; /* the tab is of the number after it */
    IAM_TRY(iam_catalogue_name(tail, r->arena, &policy));
    IAM_TRY(read_time(line, &policy.created_ms));
    IAM_TRY(read_time(line, &policy.updated_ms));
    r->index.policies[r->index.policy_count++] = policy;
    return end_line(line);
}

/* Tells whether the place of a version is in a frame, and the newest one in one without prefix. */
static bool is_in_frame(const struct reader *r, const struct iam_catalogue_version *version,
                        bool is_newest)
{
    const struct iam_catalogue_frame *frame = &r->index.frames[version->frame];

    return version->offset <= frame->raw_bytes &&
           version->bytes <= frame->raw_bytes - version->offset &&
           (!is_newest || !frame->has_prefix);
}

static enum iam_status read_version(struct reader *r, struct iam_cur *line)
{
    IAM_ENSURE(r->index.policy_count > 0 && r->index.frame_count > 0, IAM_SYNTAX);
    struct iam_catalogue_policy *policy = &r->index.policies[r->index.policy_count - 1];
    struct iam_catalogue_version version;
    bool is_newest = policy->version_count == 0;
    uint64_t number;

    IAM_TRY(read_number(line, IAM_CATALOGUE_MAX_VERSIONS, &number));
    version.number = (int64_t)number;
    IAM_TRY(read_time(line, &version.created_ms));
    IAM_TRY(read_u32(line, (uint32_t)r->index.frame_count - 1, &version.frame));
    IAM_TRY(read_u32(line, IAM_CATALOGUE_FRAME_MAX, &version.offset));
    IAM_TRY(read_u32(line, IAM_CATALOGUE_FRAME_MAX, &version.bytes));
    IAM_ENSURE(number > 0 && is_in_frame(r, &version, is_newest), IAM_SYNTAX);
    IAM_ENSURE(is_newest || number < (uint64_t)r->versions[r->version_count - 1].number,
               IAM_SYNTAX);
    r->versions[r->version_count++] = version;
    policy->version_count++;
    return end_line(line);
}

/* Says what the file was made of, for people. */
static enum iam_status read_source(struct reader *r, struct iam_cur *line)
{
    (void)r;
    (void)line;
    return IAM_OK;
}

/* Copies a field, up to the next tab or the end; an empty one is absent. */
static enum iam_status read_text(struct reader *r, struct iam_cur *line, bool is_last,
                                 struct iam_str *ret)
{
    struct iam_str text = iam_cur_rest(line);

    if (!is_last && !iam_cur_until(line, '\t', LINE_MAX_BYTES, &text)) {
        return IAM_SYNTAX;
    }
    return iam_arena_dup(r->arena, text.len > 0 ? text : iam_str_absent(), ret);
}

/* Tells whether each policy of a list has the form of the end of an ARN. */
static enum iam_status check_policies(struct reader *r, struct iam_str list)
{
    struct iam_cur c = iam_cur_of(list);
    struct iam_catalogue_policy ignored;
    struct iam_str tail;

    while (iam_cur_until(&c, ',', LINE_MAX_BYTES, &tail)) {
        IAM_TRY(iam_catalogue_name(tail, r->arena, &ignored));
    }
    return iam_catalogue_name(iam_cur_rest(&c), r->arena, &ignored);
}

static enum iam_status read_service(struct reader *r, struct iam_cur *line)
{
    struct iam_catalogue_service service;
    struct iam_str suffix;

    IAM_TRY(read_text(r, line, false, &service.service));
    IAM_TRY(read_text(r, line, false, &service.role_name));
    IAM_TRY(read_text(r, line, false, &service.policies));
    IAM_TRY(read_text(r, line, false, &suffix));
    IAM_TRY(read_text(r, line, true, &service.description));
    IAM_ENSURE(iam_str_is_set(service.service) && iam_str_is_set(service.role_name) &&
                   iam_str_find(service.service, '/', 0) == service.service.len &&
                   iam_str_find(service.role_name, '/', 0) == service.role_name.len,
               IAM_SYNTAX);
    IAM_TRY(check_policies(r, service.policies));
    service.takes_suffix = iam_str_eq(suffix, IAM_STR("1"));
    IAM_ENSURE(service.takes_suffix || iam_str_eq(suffix, IAM_STR("0")), IAM_SYNTAX);
    r->index.services[r->index.service_count++] = service;
    return IAM_OK;
}

/* Reads the line of an index, after its word. */
static enum iam_status read_service_line(struct reader *r, struct iam_cur *line)
{
    return iam_cur_char(line, '\t') ? read_service(r, line) : IAM_SYNTAX;
}

/* The places of these in the table. */
enum { SOURCE, FRAME, POLICY, VERSION, SERVICE };

static const struct {
    struct iam_str word;
    enum iam_status (*read)(struct reader *r, struct iam_cur *line);
} LINES[] = {
    {IAM_STR_INIT("source"),   read_source      },
    { IAM_STR_INIT("frame"),   read_frame       },
    { IAM_STR_INIT("policy"),  read_policy      },
    { IAM_STR_INIT("version"), read_version     },
    { IAM_STR_INIT("service"), read_service_line},
};

/* Finds out what a line is, and consumes its first word. */
static enum iam_status kind_of_line(struct iam_cur *line, size_t *ret)
{
    for (size_t i = 0; i < IAM_COUNT(LINES); i++) {
        struct iam_cur c = *line;

        if (iam_cur_lit(&c, LINES[i].word) && !iam_cur_at_end(&c) && *c.p == '\t') {
            *line = c;
            *ret = i;
            return IAM_OK;
        }
    }
    return IAM_SYNTAX;
}

/* ---- all of it ---- */

/* Counts the lines of each kind, so that there is room for what they say. */
static enum iam_status count_lines(struct iam_cur text, size_t counts[IAM_COUNT(LINES)])
{
    struct iam_str line;
    size_t kind;

    while (iam_cur_until(&text, '\n', LINE_MAX_BYTES, &line)) {
        struct iam_cur c = iam_cur_of(line);

        IAM_TRY(kind_of_line(&c, &kind));
        counts[kind]++;
    }
    return end_line(&text);
}

static enum iam_status make_room(struct reader *r)
{
    size_t counts[IAM_COUNT(LINES)] = { 0 };

    IAM_TRY(count_lines(r->text, counts));
    IAM_ENSURE(counts[FRAME] <= IAM_CATALOGUE_MAX_FRAMES &&
                   counts[POLICY] <= IAM_CATALOGUE_MAX_POLICIES &&
                   counts[VERSION] <= IAM_CATALOGUE_MAX_VERSIONS &&
                   counts[SERVICE] <= IAM_CATALOGUE_MAX_SERVICES,
               IAM_SYNTAX);
    r->index.frames = iam_arena_zalloc(r->arena, counts[FRAME] + 1, sizeof(*r->index.frames));
    r->index.policies = iam_arena_zalloc(r->arena, counts[POLICY] + 1, sizeof(*r->index.policies));
    r->versions = iam_arena_zalloc(r->arena, counts[VERSION] + 1, sizeof(*r->versions));
    r->index.services = iam_arena_zalloc(r->arena, counts[SERVICE] + 1, sizeof(*r->index.services));
    IAM_ENSURE(r->index.frames != NULL && r->index.policies != NULL && r->versions != NULL &&
                   r->index.services != NULL,
               IAM_NOMEM);
    return IAM_OK;
}

static enum iam_status read_lines(struct reader *r)
{
    struct iam_str line;
    size_t kind;

    while (iam_cur_until(&r->text, '\n', LINE_MAX_BYTES, &line)) {
        struct iam_cur c = iam_cur_of(line);

        IAM_TRY(kind_of_line(&c, &kind));
        IAM_TRY(LINES[kind].read(r, &c));
    }
    return IAM_OK;
}

enum iam_status iam_catalogue_parse(struct iam_str text, uint64_t first_offset,
                                    struct iam_arena *arena, struct iam_catalogue_index *ret)
{
    struct reader r = { .text = iam_cur_of(text), .arena = arena, .next_offset = first_offset };

    IAM_ENSURE(text.len <= IAM_CATALOGUE_INDEX_MAX, IAM_SYNTAX);
    IAM_TRY(make_room(&r));
    IAM_TRY(read_lines(&r));
    for (size_t i = 0; i < r.index.policy_count; i++) {
        IAM_ENSURE(r.index.policies[i].version_count > 0, IAM_SYNTAX);
    }
    *ret = r.index;
    return IAM_OK;
}

enum iam_status iam_catalogue_services(struct iam_str text, struct iam_arena *arena,
                                       struct iam_catalogue_index *ret, size_t *ret_line)
{
    struct reader r = { .text = iam_cur_of(text), .arena = arena };
    struct iam_str line;
    size_t count = 1;

    for (size_t i = 0; i < text.len; i++) {
        count += text.p[i] == '\n' ? 1 : 0;
    }
    r.index.services = iam_arena_zalloc(arena, count, sizeof(*r.index.services));
    IAM_ENSURE(r.index.services != NULL, IAM_NOMEM);
    for (*ret_line = 1; iam_cur_until(&r.text, '\n', LINE_MAX_BYTES, &line); (*ret_line)++) {
        struct iam_cur c = iam_cur_of(line);
        if (line.len > 0 && line.p[0] != '#') {
            IAM_TRY(read_service(&r, &c));
        }
    }
    IAM_TRY(end_line(&r.text));
    ret->services = r.index.services;
    ret->service_count = r.index.service_count;
    return IAM_OK;
}
