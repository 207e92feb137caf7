/* SPDX-License-Identifier: Apache-2.0 */
#include "server/health.h"

enum part { AUTHENTICATES = 1, DECIDES = 2, WRITES = 4, RECORDS = 8 };

static const struct {
    unsigned bit;
    struct iam_str name;
} parts[] = {
    {AUTHENTICATES, IAM_STR_INIT("authenticates")},
    { DECIDES,      IAM_STR_INIT("decides")      },
    { WRITES,       IAM_STR_INIT("writes")       },
    { RECORDS,      IAM_STR_INIT("records")      },
};

static const struct {
    unsigned parts; /* what does not work while it lasts */
    struct iam_str text;
} troubles[] = {
    [HEALTH_DRAINING] = {AUTHENTICATES | DECIDES | WRITES | RECORDS, IAM_STR_INIT("stopping")        },
    [HEALTH_DIRECTORY_CLOSED] = { AUTHENTICATES | DECIDES | WRITES,
                         IAM_STR_INIT("the store cannot be read")                                    },
    [HEALTH_WRITER_HUNG] = { WRITES,                                    IAM_STR_INIT("the writer hangs")},
};
_Static_assert(IAM_COUNT(troubles) == HEALTH_TROUBLES, "every trouble has a row");

bool health_set(struct health *h, enum health_trouble trouble, bool is_there)
{
    unsigned bit = 1u << trouble;
    unsigned before =
        is_there ? atomic_fetch_or(&h->troubles, bit) : atomic_fetch_and(&h->troubles, ~bit);
    return ((before & bit) != 0) != is_there;
}

bool health_is_ready(const struct health *h)
{
    return atomic_load(&h->troubles) == 0;
}

/* Returns the first trouble that takes part away, or ok. */
static struct iam_str state_of(unsigned set, unsigned part)
{
    for (unsigned i = 0; i < HEALTH_TROUBLES; i++) {
        if ((set & (1u << i)) != 0 && (troubles[i].parts & part) != 0) {
            return troubles[i].text;
        }
    }
    return IAM_STR("ok");
}

void health_describe(const struct health *h, struct iam_buf *b)
{
    unsigned set = atomic_load(&h->troubles);
    for (size_t i = 0; i < IAM_COUNT(parts); i++) {
        iam_buf_add(b, parts[i].name);
        iam_buf_add(b, IAM_STR(": "));
        iam_buf_add(b, state_of(set, parts[i].bit));
        iam_buf_add_char(b, '\n');
    }
}
