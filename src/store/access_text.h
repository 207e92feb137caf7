/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two texts of a report about used services (access_job.h): lines, each of a letter and fields
 * that end with a tab. What is written has no tab and no line end, since names, paths, ARNs,
 * namespaces and regions have none. Texts of reading borrow from what is read. The functions that
 * read return IAM_NOT_FOUND at the end and IAM_CORRUPT for what was not written here.
 */
#pragma once

#include "base/buf.h"
#include "base/cur.h"

/* A service that can be used, or an action of it, and the last use. */
struct iam_access_use {
    struct iam_str space; /* of a service */
    struct iam_str name;  /* of the service, or the action */
    uint64_t total;       /* of a service: entities that have used it */
    int64_t used_ms;      /* 0: nobody has */
    struct iam_str
        entity; /* the ARN of who used it last, or a path in an organization; empty: none */
    struct iam_str region; /* empty: not known */
};

/* Somebody who can use the services. */
struct iam_access_entity {
    bool is_role; /* or a user */
    struct iam_str id;
    struct iam_str arn;
    struct iam_str name;
    struct iam_str path;
};

/* ---- the services: each is followed by its actions ---- */

void iam_access_add_service(struct iam_buf *text, const struct iam_access_use *service);
void iam_access_add_action(struct iam_buf *text, const struct iam_access_use *action);
/* Reads a service, and passes over its actions, which *ret_actions holds. */
enum iam_status iam_access_next_service(struct iam_cur *text, struct iam_access_use *ret,
                                        struct iam_cur *ret_actions) IAM_MUST_USE;
enum iam_status iam_access_next_action(struct iam_cur *actions,
                                       struct iam_access_use *ret) IAM_MUST_USE;

/* ---- the entities, and after them who of them used what ---- */

/* A use of a service by the entity with that number, from 0. */
struct iam_access_entity_use {
    struct iam_str space;
    uint64_t entity;
    int64_t used_ms;
};

void iam_access_add_entity(struct iam_buf *text, const struct iam_access_entity *entity);
void iam_access_add_entity_use(struct iam_buf *text, const struct iam_access_entity_use *use);
enum iam_status iam_access_next_entity(struct iam_cur *text,
                                       struct iam_access_entity *ret) IAM_MUST_USE;
/* Reads a use, after the last entity. */
enum iam_status iam_access_next_entity_use(struct iam_cur *text,
                                           struct iam_access_entity_use *ret) IAM_MUST_USE;
