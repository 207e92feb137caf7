/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where statements are. Nobody asks this of a policy that decides, so that places are not kept: the
 * text is walked when they are asked for. It was parsed, so its quotes and braces match.
 */
#include "policy/compiled.h"

/* In a policy only Statement has a value that is an object or a list. */
#define STATEMENT_DEPTH 2u

struct scan {
    const char *p;
    const char *end;
    struct iam_position at;
    bool after_cr;
};

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0u) == 0x80u;
}

/* Takes one byte, and moves the place. */
static char step(struct scan *s)
{
    char c = *s->p++;
    bool is_second = s->after_cr && c == '\n';
    s->after_cr = c == '\r';
    if (c == '\n' || c == '\r') {
        s->at.line += is_second ? 0 : 1;
        s->at.column = 1;
    } else if (!is_continuation(c)) {
        s->at.column++;
    }
    return c;
}

/* Takes the rest of a string, after its first quote. */
static void skip_string(struct scan *s)
{
    while (s->p < s->end) {
        char c = step(s);
        if (c == '"') {
            return;
        }
        if (c == '\\' && s->p < s->end) {
            (void)step(s);
        }
    }
}

void iam_policy_spans(const struct iam_policy *policy, struct iam_span *ret, size_t count)
{
    struct iam_str text = iam_policy_text(policy);
    struct scan s = {
        text.p, text.p + text.len, {1, 1},
            false
    };
    struct iam_position start = s.at;
    unsigned depth = 0;
    unsigned outer = UINT32_MAX; /* the depth after the end of a statement */
    size_t n = 0;
    while (n < count && s.p < s.end) {
        char c = step(&s);
        if (c == '"') {
            skip_string(&s);
        } else if (c == '{' || c == '[') {
            depth++;
            if (depth == STATEMENT_DEPTH) {
                start = s.at;
                outer = c == '[' ? STATEMENT_DEPTH : STATEMENT_DEPTH - 1;
            }
        } else if (c == '}' || c == ']') {
            depth--;
            if (depth == outer) {
                ret[n++] = (struct iam_span){ start, s.at };
                start = s.at;
            }
        }
    }
    IAM_ASSERT(n == count);
}
