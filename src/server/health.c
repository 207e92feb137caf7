/* SPDX-License-Identifier: Apache-2.0 */
#include "server/health.h"

#include "server/log.h"

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

/* A row; its text as readyz and the log tell it. */
#define TROUBLE(parts, text)                                                \
    {                                                                       \
        parts, false, IAM_STR_INIT(text), "not ready: " text, "over: " text \
    }
#define WARNING(parts, text)                                                        \
    {                                                                               \
        parts, true, IAM_STR_INIT("ok, but " text), "warning: " text, "over: " text \
    }

static const struct {
    unsigned parts;  /* what does not work while it lasts */
    bool is_warning; /* these do work */
    struct iam_str text;
    const char *begins; /* for the log */
    const char *ends;
} troubles[] = {
    [HEALTH_DRAINING] = TROUBLE(AUTHENTICATES | DECIDES | WRITES | RECORDS, "stopping"),
    [HEALTH_DIRECTORY_CLOSED] =
        TROUBLE(AUTHENTICATES | DECIDES | WRITES, "the store cannot be read"),
    [HEALTH_CLOCK_BEHIND] =
        TROUBLE(AUTHENTICATES | DECIDES, "the clock is behind a time that was seen before"),
    /* Decisions go on: they need the store only for who is not in memory. */
    [HEALTH_STORE_UNREADABLE] = TROUBLE(WRITES, "the store answers no question"),
    [HEALTH_WRITES_FAIL] = TROUBLE(WRITES, "the store took no change"),
    [HEALTH_AUDIT_FAILED] = TROUBLE(RECORDS, "the audit trail takes no records"),
    [HEALTH_AUDIT_ROOM_LOW] =
        WARNING(RECORDS, "room for the audit trail is low: strangers are only counted"),
    [HEALTH_STORE_FULL] = TROUBLE(WRITES, "the disk is full, nothing new can be made"),
    [HEALTH_STORE_FAILED] = TROUBLE(WRITES, "the store cannot be written"),
    [HEALTH_INTEGRITY] = TROUBLE(DECIDES, "a row of the store was altered or is damaged"),
    [HEALTH_WRITER_HUNG] = TROUBLE(WRITES, "the writer hangs"),
    /* Whose keys are there goes on signing in, and everybody with a signature. */
    [HEALTH_NOBODY_FETCHES] =
        WARNING(AUTHENTICATES, "keys of identity providers cannot be fetched"),
};
_Static_assert(IAM_COUNT(troubles) == HEALTH_TROUBLES, "every trouble has a row");

/* Logs that a trouble has begun or is over. That the server stops is logged by those who stop it.
 */
static void log_news(const struct health *h, enum health_trouble trouble, bool is_there)
{
    const char *msg = is_there ? troubles[trouble].begins : troubles[trouble].ends;
    enum log_level bad = troubles[trouble].is_warning ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR;
    if (trouble != HEALTH_DRAINING) {
        log_write(is_there ? bad : LOG_LEVEL_INFO, msg,
                  LOG_FIELDS({ "ready", health_is_ready(h) ? IAM_STR("yes") : IAM_STR("no") }));
    }
}

bool health_set(struct health *h, enum health_trouble trouble, bool is_there)
{
    unsigned bit = 1u << trouble;
    unsigned before =
        is_there ? atomic_fetch_or(&h->troubles, bit) : atomic_fetch_and(&h->troubles, ~bit);
    bool is_news = ((before & bit) != 0) != is_there;
    if (is_news) {
        log_news(h, trouble, is_there);
    }
    return is_news;
}

bool health_has(const struct health *h, enum health_trouble trouble)
{
    return (atomic_load(&h->troubles) & (1u << trouble)) != 0;
}

void health_set_missing(struct health *h, uint64_t count)
{
    atomic_store(&h->missing_records, count);
}

bool health_is_ready(const struct health *h)
{
    unsigned set = atomic_load(&h->troubles);
    for (unsigned i = 0; i < HEALTH_TROUBLES; i++) {
        if ((set & (1u << i)) != 0 && !troubles[i].is_warning) {
            return false;
        }
    }
    return true;
}

/* Finds the first trouble with part among those that are, or are not, warnings. */
static bool find(unsigned set, unsigned part, bool is_warning, struct iam_str *ret)
{
    for (unsigned i = 0; i < HEALTH_TROUBLES; i++) {
        if ((set & (1u << i)) != 0 && (troubles[i].parts & part) != 0 &&
            troubles[i].is_warning == is_warning) {
            *ret = troubles[i].text;
            return true;
        }
    }
    return false;
}

/* Returns the first trouble that takes part away, or else the first warning about it, or ok. */
static struct iam_str state_of(unsigned set, unsigned part)
{
    struct iam_str text = IAM_STR("ok");
    if (!find(set, part, false, &text)) {
        (void)find(set, part, true, &text);
    }
    return text;
}

static void add_missing(struct iam_buf *b, uint64_t count)
{
    if (count > 0) {
        iam_buf_add(b, IAM_STR(", missing: "));
        iam_buf_add_u64(b, count);
    }
}

void health_describe(const struct health *h, struct iam_buf *b)
{
    unsigned set = atomic_load(&h->troubles);
    for (size_t i = 0; i < IAM_COUNT(parts); i++) {
        iam_buf_add(b, parts[i].name);
        iam_buf_add(b, IAM_STR(": "));
        iam_buf_add(b, state_of(set, parts[i].bit));
        add_missing(b, parts[i].bit == RECORDS ? atomic_load(&h->missing_records) : 0);
        iam_buf_add_char(b, '\n');
    }
}
