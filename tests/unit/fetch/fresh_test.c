/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/fresh.h"

#include "lib/test.h"

static void test_fresh_seconds(void **state)
{
    static const struct {
        const char *value;
        int64_t seconds;
    } rows[] = {
        {"max-age=60",                          60  },
        { "public, max-age=3600, no-transform", 3600},
        { "Max-Age=5",                          5   },
        { "max-age=60, no-store",               0   },
        { "no-cache",                           0   },
        { "",                                   -1  },
        { "public",                             -1  },
        { "max-age=",                           -1  },
        { "max-age=-1",                         -1  },
        { "max-age=99999999999999999999",       -1  },
        { "s-maxage=60",                        -1  },
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        assert_int_equal(iam_fetch_fresh_seconds(iam_str_c(rows[i].value)), rows[i].seconds);
    }
}

static void test_lines(void **state)
{
    static const struct {
        const char *line;
        int64_t seconds; /* after it */
    } rows[] = {
        {"HTTP/1.1 200 OK\r\n",              -1 },
        { "X-Cache-Control: max-age=1\r\n",  -1 },
        { "Cache-Control: public\r\n",       -1 },
        { "cache-CONTROL:max-age=300\r\n",   300},
        { "Cache-Control: public\r\n",       300},
        { "Cache-Control: max-age=400",      300},
        { "Cache-Control: max-age=200 \r\n", 200},
        { "Cache-Control: no-store\r\n",     0  },
        { "Cache-Control: max-age=200\r\n",  0  },
        { "",                                0  },
        { "\r\n",                            0  },
    };
    int64_t fresh_s = IAM_FETCH_FRESH_UNSAID;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        iam_fetch_fresh_read(iam_str_c(rows[i].line), &fresh_s);
        assert_int_equal(fresh_s, rows[i].seconds);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fresh_seconds),
        cmocka_unit_test(test_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
