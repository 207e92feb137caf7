/* SPDX-License-Identifier: Apache-2.0 */
/* Seeds of MFA devices: sealed for one device, never asked too often; the codes of RFC 6238. */
#include "lib/test.h"

#include <stdio.h>

#include "base/heap.h"
#include "keeper/attempts_int.h"
#include "keeper/keeper.h"
#include "keeper/rotation.h"
#include "keeper/seed.h"
#include "keeper/totp_int.h"

#define KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define DEVICE IAM_STR("AMFA1")
#define OTHER IAM_STR("AMFA2")
#define RFC_SEED IAM_STR("12345678901234567890")
#define WINDOW ATTEMPTS_WINDOW_MS

struct fixture {
    struct iam_keeper *keeper;
    struct iam_arena arena;
    int64_t now_ms; /* another window for each test of codes */
};

static struct fixture f;

static int setup(void **state)
{
    char error[128];
    struct iam_keeper_config config = { .alloc = iam_heap(), .key_base64 = KEY };
    (void)state;
    iam_arena_init(&f.arena, iam_heap(), 1 << 20);
    return iam_keeper_new(&config, &f.keeper, error, sizeof(error));
}

static int teardown(void **state)
{
    (void)state;
    iam_keeper_free(f.keeper);
    iam_arena_done(&f.arena);
    return 0;
}

/* RFC 6238, appendix B: SHA-1, eight digits. */
static void rfc_6238(void **state)
{
    static const struct {
        int64_t seconds;
        uint32_t code;
    } VECTORS[] = {
        {59,             94287082},
        { 1111111109,    7081804 },
        { 1111111111,    14050471},
        { 1234567890,    89005924},
        { 2000000000,    69279037},
        { 20000000000LL, 65353130},
    };
    struct keeper_totp totp;
    uint32_t value;
    (void)state;
    assert_ok(keeper_totp_init(&totp, RFC_SEED));
    for (size_t i = 0; i < IAM_COUNT(VECTORS); i++) {
        assert_ok(keeper_totp_value(&totp, VECTORS[i].seconds / 30, &value));
        assert_int_equal(value % 100000000, VECTORS[i].code);
    }
    keeper_totp_done(&totp);
    keeper_totp_done(&totp);
}

/* RFC 4226, appendix D: the counters 0 to 9, six digits. */
static void rfc_4226(void **state)
{
    static const uint32_t CODES[] = { 755224, 287082, 359152, 969429, 338314,
                                      254676, 287922, 162583, 399871, 520489 };
    struct keeper_totp totp;
    uint32_t value;
    (void)state;
    assert_ok(keeper_totp_init(&totp, RFC_SEED));
    for (size_t i = 0; i < IAM_COUNT(CODES); i++) {
        assert_ok(keeper_totp_value(&totp, (int64_t)i, &value));
        assert_int_equal(value % 1000000, CODES[i]);
    }
    keeper_totp_done(&totp);
}

/* ---- base32 ---- */

/* RFC 4648, section 10. */
static void base32_vectors(void **state)
{
    static const char *const VECTORS[][2] = {
        {"",        ""                },
        { "f",      "MY======"        },
        { "fo",     "MZXQ===="        },
        { "foo",    "MZXW6==="        },
        { "foob",   "MZXW6YQ="        },
        { "fooba",  "MZXW6YTB"        },
        { "foobar", "MZXW6YTBOI======"},
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(VECTORS); i++) {
        struct iam_str plain = iam_str_c(VECTORS[i][0]);
        struct iam_str text = iam_str_c(VECTORS[i][1]);
        struct iam_str bare = iam_str_sub(text, 0, IAM_BASE32_LEN(plain.len));
        char encoded[32] = "";
        uint8_t bytes[8];
        size_t len = 9;
        iam_base32_encode((const uint8_t *)plain.p, plain.len, encoded);
        assert_same_str(iam_str_c(encoded), bare);
        assert_ok(iam_base32_decode(text, bytes, sizeof(bytes), &len));
        assert_int_equal(len, plain.len);
        assert_memory_equal(bytes, plain.p, len);
        assert_ok(iam_base32_decode(bare, bytes, sizeof(bytes), &len));
        assert_int_equal(len, plain.len);
    }
}

static void base32_refusals(void **state)
{
    static const char *const BAD[] = {
        "M",        "MZX",      "MZXW6Y",   "MZ",       "MY=",      "MY====",          "MY=======",
        "MZXW6YT1", "MZXW6YT8", "MZXW 6YT", "M=Y=====", "========", "MZXW6YTB========"
    };
    uint8_t bytes[8];
    size_t len = 7;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(BAD); i++) {
        if (iam_base32_decode(iam_str_c(BAD[i]), bytes, sizeof(bytes), &len) != IAM_SYNTAX) {
            fail_msg("taken: %s", BAD[i]);
        }
    }
    assert_int_equal(len, 7);
    assert_int_equal(iam_base32_decode(IAM_STR("MZXW6YTBOI"), bytes, 5, &len), IAM_LIMIT);
    assert_ok(iam_base32_decode(IAM_STR("mzxw6ytb"), bytes, 5, &len));
    assert_memory_equal(bytes, "fooba", 5);
}

/* ---- sealing ---- */

static void a_seed_opens_for_its_device(void **state)
{
    struct iam_seed_text seed;
    struct iam_seed_text again;
    struct iam_str sealed;
    struct iam_str secret;
    struct iam_secret_text text;
    (void)state;
    assert_ok(iam_keeper_make_seed(f.keeper, DEVICE, &f.arena, &sealed, &seed));
    assert_int_equal(strlen(seed.text), IAM_SEED_TEXT_LEN);
    assert_ok(iam_keeper_check_seed(f.keeper, DEVICE, sealed));
    assert_int_equal(iam_keeper_check_seed(f.keeper, OTHER, sealed), IAM_CORRUPT);
    assert_int_equal(iam_keeper_check_seed(f.keeper, DEVICE, iam_str_absent()), IAM_CORRUPT);
    assert_int_equal(
        iam_keeper_check_seed(f.keeper, DEVICE, iam_str_sub(sealed, 0, sealed.len - 1)),
        IAM_CORRUPT);
    assert_ok(iam_keeper_make_seed(f.keeper, DEVICE, &f.arena, &sealed, &again));
    assert_string_not_equal(seed.text, again.text);
    /* each purpose has its own key */
    assert_int_equal(iam_keeper_check_secret(f.keeper, DEVICE, sealed), IAM_CORRUPT);
    assert_ok(iam_keeper_make_secret(f.keeper, DEVICE, &f.arena, &secret, &text));
    assert_int_equal(iam_keeper_check_seed(f.keeper, DEVICE, secret), IAM_CORRUPT);
}

static void given_seeds_have_bounds(void **state)
{
    char bytes[IAM_GIVEN_SEED_MAX + 1] = { 0 };
    struct iam_str sealed;
    (void)state;
    for (size_t n = 0; n <= sizeof(bytes); n++) {
        enum iam_status want =
            n >= IAM_GIVEN_SEED_MIN && n <= IAM_GIVEN_SEED_MAX ? IAM_OK : IAM_RANGE;
        struct iam_str seed = { bytes, n };
        assert_int_equal(iam_keeper_seal_given_seed(f.keeper, DEVICE, seed, &f.arena, &sealed),
                         want);
    }
}

static void a_seed_survives_a_rotation(void **state)
{
    char error[128];
    struct iam_keeper_config next = { .alloc = iam_heap(),
                                      .key_base64 =
                                          "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=" };
    struct iam_rotation *rotation;
    struct iam_str sealed;
    struct iam_str again;
    (void)state;
    assert_ok(iam_keeper_seal_given_seed(f.keeper, DEVICE, RFC_SEED, &f.arena, &sealed));
    assert_int_equal(iam_keeper_reseal_seed(f.keeper, DEVICE, sealed, &f.arena, &again),
                     IAM_EXISTS);
    assert_ok(iam_rotation_new(f.keeper, &next, 2, &rotation, error, sizeof(error)));
    assert_ok(iam_rotation_commit(rotation, true));
    iam_rotation_free(rotation);
    assert_ok(iam_keeper_check_seed(f.keeper, DEVICE, sealed));
    assert_int_equal(iam_keeper_reseal_seed(f.keeper, OTHER, sealed, &f.arena, &again),
                     IAM_CORRUPT);
    assert_ok(iam_keeper_reseal_seed(f.keeper, DEVICE, sealed, &f.arena, &again));
    iam_keeper_drop_generation(f.keeper, 1);
    assert_int_equal(iam_keeper_check_seed(f.keeper, DEVICE, sealed), IAM_CORRUPT);
    assert_ok(iam_keeper_check_seed(f.keeper, DEVICE, again));
}

/* ---- codes ---- */

static struct iam_str rfc_sealed(void)
{
    struct iam_str sealed;
    assert_ok(iam_keeper_seal_given_seed(f.keeper, DEVICE, RFC_SEED, &f.arena, &sealed));
    return sealed;
}

static enum iam_status find(struct iam_str sealed, const struct iam_code_search *search,
                            int64_t *ret)
{
    f.now_ms += WINDOW;
    return iam_keeper_find_code(f.keeper, DEVICE, sealed, search, f.now_ms, ret);
}

/* The codes of RFC 4226 are those of the steps 0 to 9. */
static void codes_are_found(void **state)
{
    struct iam_str sealed = rfc_sealed();
    struct iam_code_search s = { .first = 1, .last = 9, .near = 5, .code = IAM_STR("338314") };
    int64_t step = 0;
    (void)state;
    assert_ok(find(sealed, &s, &step));
    assert_int_equal(step, 4);
    s.before = IAM_STR("969429");
    assert_ok(find(sealed, &s, &step));
    s.before = IAM_STR("359152");
    step = 77;
    assert_int_equal(find(sealed, &s, &step), IAM_NOT_FOUND);
    assert_int_equal(step, 77);
    s.before = iam_str_absent();
    s.skip = 1 << 3;
    assert_int_equal(find(sealed, &s, &step), IAM_NOT_FOUND);
    s.skip = 1 << 2;
    assert_ok(find(sealed, &s, &step));
    /* the ends, and beyond */
    s = (struct iam_code_search){ .first = 1, .last = 1, .near = 1, .code = IAM_STR("287082") };
    assert_ok(find(sealed, &s, &step));
    assert_int_equal(step, 1);
    s.before = IAM_STR("755224");
    assert_ok(find(sealed, &s, &step));
    s.last = 0;
    assert_int_equal(find(sealed, &s, &step), IAM_NOT_FOUND);
}

/* Finds two steps with one code that one search can have; of 10,000 there are some. */
static void find_twins(int64_t *ret_first, int64_t *ret_second)
{
    static uint32_t codes[10000];
    struct keeper_totp totp;
    assert_ok(keeper_totp_init(&totp, RFC_SEED));
    *ret_first = 0;
    for (int64_t i = 1; i < (int64_t)IAM_COUNT(codes); i++) {
        assert_ok(keeper_totp_value(&totp, i, &codes[i]));
        codes[i] %= 1000000;
        for (int64_t j = i > 2000 ? i - 2000 : 1; j < i && *ret_first == 0; j++) {
            if (codes[j] == codes[i]) {
                *ret_first = j;
                *ret_second = i;
            }
        }
    }
    keeper_totp_done(&totp);
    assert_true(*ret_first > 0);
}

static void the_nearest_of_several_steps_is_found(void **state)
{
    struct iam_str sealed = rfc_sealed();
    struct iam_code_search s = { 0 };
    struct keeper_totp totp;
    int64_t first;
    int64_t second = 0;
    int64_t step = 0;
    uint32_t value;
    char code[16];
    (void)state;
    find_twins(&first, &second);
    assert_ok(keeper_totp_init(&totp, RFC_SEED));
    assert_ok(keeper_totp_value(&totp, first, &value));
    keeper_totp_done(&totp);
    (void)snprintf(code, sizeof(code), "%06u", value % 1000000);
    s.code = iam_str_c(code);
    s.first = first;
    s.last = second;
    s.near = first;
    assert_ok(find(sealed, &s, &step));
    assert_int_equal(step, first);
    s.near = second;
    assert_ok(find(sealed, &s, &step));
    assert_int_equal(step, second);
}

/* The mask is of the first 64 steps of a search, and of no other. */
static void only_masked_steps_are_skipped(void **state)
{
    struct iam_str sealed = rfc_sealed();
    struct iam_code_search s = { .first = 1, .last = 70, .skip = UINT64_MAX };
    struct keeper_totp totp;
    (void)state;
    assert_ok(keeper_totp_init(&totp, RFC_SEED));
    for (int64_t at = 60; at <= 70; at++) {
        uint32_t value;
        int64_t step = 0;
        char code[16];
        assert_ok(keeper_totp_value(&totp, at, &value));
        (void)snprintf(code, sizeof(code), "%06u", value % 1000000);
        s.code = iam_str_c(code);
        s.near = at;
        assert_int_equal(find(sealed, &s, &step), at - s.first < 64 ? IAM_NOT_FOUND : IAM_OK);
        assert_int_equal(step, at - s.first < 64 ? 0 : at);
    }
    keeper_totp_done(&totp);
}

static void texts_that_are_no_codes(void **state)
{
    static const char *const TEXTS[] = { "", "28708", "2870822", "287 82", "28708\0", " 287082" };
    struct iam_str sealed = rfc_sealed();
    int64_t step;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(TEXTS); i++) {
        struct iam_code_search s = { .first = 1, .last = 9, .code = iam_str_c(TEXTS[i]) };
        assert_int_equal(find(sealed, &s, &step), IAM_NOT_FOUND);
    }
}

static void searches_have_bounds(void **state)
{
    struct iam_str sealed = rfc_sealed();
    struct iam_code_search s = { .first = 1,
                                 .last = IAM_CODE_SEARCH_MAX,
                                 .code = IAM_STR("254676") };
    int64_t step;
    (void)state;
    assert_ok(find(sealed, &s, &step));
    assert_int_equal(step, 5);
    s.last++;
    assert_int_equal(find(sealed, &s, &step), IAM_RANGE);
    s.first = 0;
    s.last = 5;
    assert_int_equal(find(sealed, &s, &step), IAM_RANGE);
    s.first = 1;
    assert_int_equal(find(IAM_STR("none"), &s, &step), IAM_CORRUPT);
}

static void nine_attempts_in_a_window(void **state)
{
    struct iam_str sealed = rfc_sealed();
    struct iam_code_search right = { .first = 1, .last = 9, .code = IAM_STR("254676") };
    struct iam_code_search wrong = { .first = 1, .last = 9, .code = IAM_STR("000000") };
    int64_t now = (f.now_ms += 2 * WINDOW);
    int64_t step;
    (void)state;
    for (int i = 0; i < ATTEMPTS_MAX; i++) {
        assert_int_equal(
            iam_keeper_find_code(f.keeper, DEVICE, sealed, i % 2 ? &wrong : &right, now, &step),
            i % 2 ? IAM_NOT_FOUND : IAM_OK);
    }
    assert_int_equal(iam_keeper_find_code(f.keeper, DEVICE, sealed, &right, now, &step), IAM_LIMIT);
    /* to the end of the window, and not by setting the clock back */
    int64_t last = (now / WINDOW + 1) * WINDOW - 1;
    assert_int_equal(iam_keeper_find_code(f.keeper, DEVICE, sealed, &right, last, &step),
                     IAM_LIMIT);
    assert_int_equal(
        iam_keeper_find_code(f.keeper, DEVICE, sealed, &right, now - 10 * WINDOW, &step),
        IAM_LIMIT);
    assert_ok(iam_keeper_find_code(f.keeper, DEVICE, sealed, &right, last + 1, &step));
    f.now_ms = last + 1;
}

/* Others are not concerned, unless their counters meet: of 100, hardly one. */
static void attempts_are_of_one_name(void **state)
{
    static struct attempts a;
    char name[16];
    size_t refused = 0;
    (void)state;
    assert_ok(attempts_init(&a));
    for (int i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof(name), "name%d", i);
        for (int j = 0; j < ATTEMPTS_MAX; j++) {
            refused += attempts_take(&a, iam_str_c(name), 1) != IAM_OK;
        }
        assert_int_equal(attempts_take(&a, iam_str_c(name), 1), IAM_LIMIT);
    }
    assert_true(refused <= ATTEMPTS_MAX);
    attempts_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_6238),
        cmocka_unit_test(rfc_4226),
        cmocka_unit_test(base32_vectors),
        cmocka_unit_test(base32_refusals),
        cmocka_unit_test_setup_teardown(a_seed_opens_for_its_device, setup, teardown),
        cmocka_unit_test_setup_teardown(given_seeds_have_bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(a_seed_survives_a_rotation, setup, teardown),
        cmocka_unit_test_setup_teardown(codes_are_found, setup, teardown),
        cmocka_unit_test_setup_teardown(the_nearest_of_several_steps_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(texts_that_are_no_codes, setup, teardown),
        cmocka_unit_test_setup_teardown(only_masked_steps_are_skipped, setup, teardown),
        cmocka_unit_test_setup_teardown(searches_have_bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(nine_attempts_in_a_window, setup, teardown),
        cmocka_unit_test(attempts_are_of_one_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
