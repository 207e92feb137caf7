/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A REST-JSON request as four parts, one per line: path, query string, the value of every header,
 * and the body. It goes to the operation that its path names, one of the tests' own definitions
 * with members in all of these parts. Decoding it twice must give the same result, and a refusal
 * must say why.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/heap.h"
#include "wire/codec.h"

#define ARENA_BYTES (8u << 20)
#define MAX_INPUT 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static struct iam_str take_line(struct iam_str *rest)
{
    size_t end = iam_str_find(*rest, '\n', 0);
    struct iam_str line = iam_str_sub(*rest, 0, end);
    *rest = iam_str_sub(*rest, end + 1, rest->len);
    return line;
}

/* An empty line means that there is no header. */
static struct iam_str header(void *ctx, struct iam_str name)
{
    const struct iam_str *value = ctx;
    (void)name;
    return value->len > 0 ? *value : iam_str_absent();
}

static const struct api_op *find(struct iam_str path)
{
    static const struct iam_str methods[] = { IAM_STR_INIT("GET"), IAM_STR_INIT("POST"),
                                              IAM_STR_INIT("PUT"), IAM_STR_INIT("DELETE") };
    for (size_t i = 0; i < api_catalog.count * IAM_COUNT(methods); i++) {
        const struct api_service *service = api_catalog.services[i / IAM_COUNT(methods)];
        const struct api_op *op = NULL;
        if (service->protocol == API_PROTOCOL_REST_JSON) {
            op = api_op_route(service, methods[i % IAM_COUNT(methods)], path);
        }
        if (op != NULL) {
            return op;
        }
    }
    return NULL;
}

/* The decoded and validated input, written as JSON. */
static enum iam_status decode(struct iam_arena *arena, const struct api_op *op,
                              const struct api_rest_input *input, struct iam_str *ret,
                              struct api_fault *fault)
{
    struct iam_alloc alloc = iam_arena_allocator(arena);
    struct iam_buf b;
    void *in = iam_arena_zalloc(arena, 1, op->input->c_size);
    IAM_ENSURE(in != NULL, IAM_NOMEM);
    IAM_TRY(api_decode_rest(arena, input, op, in, fault));
    IAM_TRY(api_validate(arena, op->service, op->input, in, fault));
    iam_buf_init(&b, &alloc, 1u << 20);
    api_encode_json(&b, op->input, in);
    return iam_buf_finish(&b, ret);
}

static void check(struct iam_arena *arena, struct iam_str text)
{
    const struct iam_json_limits limits = { .max_bytes = 1u << 20,
                                            .max_depth = 64,
                                            .max_nodes = 20000 };
    struct api_fault fault = { API_ERR_COUNT, iam_str_absent() };
    struct api_rest_input input = { .path = take_line(&text), .query = take_line(&text) };
    struct iam_str value = take_line(&text);
    struct iam_str first;
    struct iam_str second;
    const struct api_op *op = find(input.path);

    input.header = header;
    input.header_ctx = &value;
    if (op == NULL ||
        (text.len > 0 && iam_json_read(arena, text, &limits, &input.body, NULL) != IAM_OK)) {
        return;
    }
    enum iam_status st = decode(arena, op, &input, &first, &fault);
    if (st == IAM_OK) {
        require(decode(arena, op, &input, &second, &fault) == IAM_OK);
        require(iam_str_eq(first, second));
    }
    if (st == IAM_FAULT) {
        require(fault.error < API_ERR_COUNT && fault.message.len > 0);
        require(iam_utf8_is_valid(fault.message));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_str text = { size > 0 ? (const char *)data : "", size };
    struct iam_arena arena;

    if (size > MAX_INPUT || api_validate_start() != IAM_OK) {
        return 0;
    }
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    check(&arena, text);
    iam_arena_done(&arena);
    api_validate_stop();
    return 0;
}
