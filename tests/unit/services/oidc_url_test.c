/* SPDX-License-Identifier: Apache-2.0 */
/* URLs of OpenID Connect providers: which are taken, as what, and what is wrong with the others. */
#include "services/iam/oidc_url.h"

#include "base/heap.h"
#include "lib/test.h"

static void test_urls(void **state)
{
    static const struct {
        const char *url;
        enum iam_status status;
        const char *kept;
    } cases[] = {
        {"https://idp.example.com",            IAM_OK,          "idp.example.com"          },
        { "https://idp.example.com/",          IAM_OK,          "idp.example.com/"         },
        { "https://IDP.example.com/A/b/",      IAM_OK,          "IDP.example.com/A/b/"     },
        { "https://idp.example.com:443",       IAM_OK,          "idp.example.com"          },
        { "https://idp.example.com:443/x",     IAM_OK,          "idp.example.com/x"        },
        { "https://a_b-c.d/%20~!$&'()*+,;=:@", IAM_OK,          "a_b-c.d/%20~!$&'()*+,;=:@"},
        { "https://x/:443",                    IAM_OK,          "x/:443"                   },
        { "",                                  IAM_SYNTAX,      NULL                       },
        { "idp.example.com",                   IAM_SYNTAX,      NULL                       },
        { "https:/idp.example.com",            IAM_SYNTAX,      NULL                       },
        { "https:idp.example.com",             IAM_SYNTAX,      NULL                       },
        { "//idp.example.com",                 IAM_SYNTAX,      NULL                       },
        { "https://",                          IAM_SYNTAX,      NULL                       },
        { "http://idp.example.com",            IAM_UNSUPPORTED, NULL                       },
        { "HTTPS://idp.example.com",           IAM_UNSUPPORTED, NULL                       },
        { "https://idp.example.com?q",         IAM_RANGE,       NULL                       },
        { "https://idp.example.com/?q",        IAM_RANGE,       NULL                       },
        { "https://idp.example.com/#f",        IAM_RANGE,       NULL                       },
        { "https://idp.example.com:8443",      IAM_RANGE,       NULL                       },
        { "https://idp.example.com:443:443",   IAM_RANGE,       NULL                       },
        { "https://:443",                      IAM_RANGE,       NULL                       },
        { "https:///x",                        IAM_RANGE,       NULL                       },
        { "https://.x",                        IAM_RANGE,       NULL                       },
        { "https://u@idp.example.com",         IAM_RANGE,       NULL                       },
        { "https://[::1]",                     IAM_RANGE,       NULL                       },
        { "https://idp.example.com/a b",       IAM_RANGE,       NULL                       },
        { "https://idp.example.com/\xC3\xA9",  IAM_RANGE,       NULL                       },
    };
    struct iam_arena arena;
    (void)state;
    iam_arena_init(&arena, iam_heap(), 1 << 16);
    for (size_t i = 0; i < IAM_COUNT(cases); i++) {
        struct iam_str kept = iam_str_absent();
        enum iam_status st = iam_oidc_url_read(&arena, iam_str_c(cases[i].url), &kept);
        if (st != cases[i].status || !iam_str_eq(kept, iam_str_c(cases[i].kept))) {
            fail_msg("%s: %s, %.*s", cases[i].url, iam_status_text(st), IAM_STR_ARG(kept));
        }
    }
    struct iam_str kept;
    assert_int_equal(iam_oidc_url_read(&arena, (struct iam_str){ "https://x/a\0b", 13 }, &kept),
                     IAM_RANGE);
    iam_arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
