/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/test.h"

#include "base/str.h"
#include "base/word.h"

/* Every byte at every place, beside bytes that a carry could come from. */
static void finds_and_lowers_each_byte_by_itself(void **state)
{
    static const char *const around[] = { "::::::::", "\xff\xff\xff\xff\xff\xff\xff\xff",
                                          "\0\0\0\0\0\0\0\0", "ZZZZZZZZ", ";9@[`{\x80\xba" };
    (void)state;
    for (size_t a = 0; a < IAM_COUNT(around); a++) {
        for (size_t at = 0; at < 8; at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                char text[8];
                char lower[8];
                memcpy(text, around[a], sizeof(text));
                text[at] = (char)byte;
                uint64_t found = iam_word_find(iam_word_at(text), ':');
                uint64_t low = iam_word_lower(iam_word_at(text));
                memcpy(lower, &low, sizeof(lower));
                for (size_t i = 0; i < sizeof(text); i++) {
                    assert_int_equal(lower[i], iam_ascii_lower(text[i]));
                    if (text[i] == ':') {
                        assert_true(found != 0);
                        assert_int_equal(iam_word_first(&found), i);
                    }
                }
                assert_true(found == 0);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_and_lowers_each_byte_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
