/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every rule about signed requests, each with AWS's code: one row, one way to break it. Numbers
 * such as S06 are those of the published attacks that a row covers.
 */
#include "rig.h"

#define HEADERS "host;x-amz-date"

struct row {
    const char *name;
    void (*build)(struct rig *rig); /* makes the whole request, signature included */
    enum iam_authn_error error;
    const char *part;
};

static void unsigned_request(struct rig *rig)
{
    (void)rig;
}

static void bearer(struct rig *rig)
{
    rig_set(rig, "Authorization", IAM_STR("Bearer abcdef"));
}

static void empty_authorization(struct rig *rig)
{
    rig_set(rig, "Authorization", IAM_STR(""));
}

static void algorithm_only(struct rig *rig)
{
    rig_set(rig, "X-Amz-Date", rig->date);
    rig_set(rig, "Authorization", IAM_STR("AWS4-HMAC-SHA256"));
}

static void sign_well(struct rig *rig)
{
    rig_sign(rig, HEADERS);
}

static void no_date(struct rig *rig)
{
    sign_well(rig);
    rig_remove(rig, "x-amz-date");
}

static void unknown_parameter(struct rig *rig)
{
    sign_well(rig);
    struct iam_str old = rig->headers[rig->request.header_count - 1].value;
    rig_set(rig, "Authorization", rig_fmt(rig, "%.*s, Extra=1", IAM_STR_ARG(old)));
}

static void parameter_twice(struct rig *rig)
{
    sign_well(rig);
    struct iam_str old = rig->headers[rig->request.header_count - 1].value;
    rig_set(rig, "Authorization",
            rig_fmt(rig, "%.*s, Credential=AKIDOTHER/20150830/us-east-1/iam/aws4_request",
                    IAM_STR_ARG(old)));
}

static void parameter_without_equals(struct rig *rig)
{
    rig_set(rig, "X-Amz-Date", rig->date);
    rig_set(rig, "Authorization", IAM_STR("AWS4-HMAC-SHA256 Credential"));
}

/* S16: SigV4a is not accepted in any form. */
static void sigv4a(struct rig *rig)
{
    sign_well(rig);
    rig_set(rig, "Authorization",
            IAM_STR("AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/iam/aws4_request, "
                    "SignedHeaders=host;x-amz-date;x-amz-region-set, Signature=3045"));
    rig_set(rig, "X-Amz-Region-Set", IAM_STR("*"));
}

static void sha1_algorithm(struct rig *rig)
{
    sign_well(rig);
    struct iam_str old = rig->headers[rig->request.header_count - 1].value;
    rig_set(rig, "Authorization",
            rig_fmt(rig, "AWS4-HMAC-SHA1%.*s", (int)old.len - 16, old.p + 16));
}

static void credential(struct rig *rig, struct iam_str text)
{
    rig_set(rig, "X-Amz-Date", rig->date);
    rig_set(rig, "Authorization",
            rig_fmt(rig,
                    "AWS4-HMAC-SHA256 Credential=%.*s, SignedHeaders=" HEADERS ", Signature=00",
                    IAM_STR_ARG(text)));
}

/* S15: an access key ID with a slash in it. */
static void id_with_slash(struct rig *rig)
{
    credential(rig, IAM_STR("AKID/EXAMPLE/20150830/us-east-1/iam/aws4_request"));
}

static void credential_too_short(struct rig *rig)
{
    credential(rig, IAM_STR("AKIDEXAMPLE/20150830/us-east-1/iam"));
}

static void id_empty(struct rig *rig)
{
    credential(rig, IAM_STR("/20150830/us-east-1/iam/aws4_request"));
}

static void id_with_nul(struct rig *rig)
{
    rig_set(rig, "X-Amz-Date", rig->date);
    struct iam_str text = IAM_STR("AWS4-HMAC-SHA256 Credential=AKID\0X/20150830/us-east-1/iam/"
                                  "aws4_request, SignedHeaders=" HEADERS ", Signature=00");
    rig_set(rig, "Authorization", text);
}

static void id_with_line_break(struct rig *rig)
{
    credential(rig, IAM_STR("AKID\nlevel=info/20150830/us-east-1/iam/aws4_request"));
}

static void id_with_look_alike(struct rig *rig)
{
    credential(rig, IAM_STR("AK\xd0\x86"
                            "DEXAMPLE/20150830/us-east-1/iam/aws4_request"));
}

static void id_too_long(struct rig *rig)
{
    char id[IAM_ACCESS_KEY_ID_MAX + 1];
    memset(id, 'A', sizeof(id));
    credential(rig, rig_fmt(rig, "%.*s/20150830/us-east-1/iam/aws4_request", (int)sizeof(id), id));
}

static void authorization_10_kb(struct rig *rig)
{
    char id[10240];
    memset(id, 'A', sizeof(id));
    credential(rig, rig_fmt(rig, "%.*s/20150830/us-east-1/iam/aws4_request", (int)sizeof(id), id));
}

/* S04: two ways at once, even when both are right. */
static void header_and_query(struct rig *rig)
{
    rig_presign(rig, "host", "60", NULL);
    sign_well(rig);
}

static void header_and_one_parameter(struct rig *rig)
{
    rig->request.query = IAM_STR("X-Amz-Signature=00");
    sign_well(rig);
}

/* S02: the credential in one place, the signature in the other. */
static void credential_in_query_only(struct rig *rig)
{
    rig->request.query =
        IAM_STR("X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fiam%2Faws4_request");
}

static void query_with_token_header(struct rig *rig)
{
    rig_presign(rig, "host", "60", NULL);
    rig_add(rig, "X-Amz-Security-Token", IAM_STR("token"));
}

/* S05 */
static void authorization_twice(struct rig *rig)
{
    sign_well(rig);
    rig_add(rig, "authorization", IAM_STR("AWS4-HMAC-SHA256 x"));
}

static void date_twice(struct rig *rig)
{
    sign_well(rig);
    rig_add(rig, "x-amz-date", rig->date);
}

static void host_twice(struct rig *rig)
{
    sign_well(rig);
    rig_add(rig, "HOST", IAM_STR("evil.example.com"));
}

static void content_type_twice(struct rig *rig)
{
    rig_set(rig, "Content-Type", IAM_STR("a/b"));
    rig_sign(rig, "content-type;host;x-amz-date");
    rig_add(rig, "content-type", IAM_STR("a/b"));
}

static void target_twice(struct rig *rig)
{
    rig_set(rig, "X-Amz-Target", IAM_STR("a"));
    rig_sign(rig, "host;x-amz-date;x-amz-target");
    rig_add(rig, "x-amz-target", IAM_STR("b"));
}

static void query_twice(struct rig *rig, const char *more)
{
    rig_presign(rig, "host", "60", NULL);
    rig->request.query = rig_fmt(rig, "%.*s&%s", IAM_STR_ARG(rig->request.query), more);
}

static void parameter_twice_in_query(struct rig *rig)
{
    query_twice(rig, "X-Amz-Credential=AKIDOTHER%2F20150830%2Fus-east-1%2Fiam%2Faws4_request");
}

static void parameter_in_other_case(struct rig *rig)
{
    query_twice(rig, "x-amz-credential=AKIDOTHER%2F20150830%2Fus-east-1%2Fiam%2Faws4_request");
}

static void parameter_with_escaped_name(struct rig *rig)
{
    query_twice(rig, "%58-Amz-S%69gnature=00");
}

static void parameter_empty_twice(struct rig *rig)
{
    query_twice(rig, "X-Amz-Expires");
}

static void broken_escape(struct rig *rig)
{
    query_twice(rig, "a=%4");
}

static void too_many_parameters(struct rig *rig)
{
    rig_presign(rig, "host", "60", NULL);
    char many[2 * 600 + 1];
    for (size_t i = 0; i < 600; i++) {
        memcpy(many + 2 * i, "a&", 2);
    }
    many[2 * 600] = '\0';
    rig->request.query = rig_fmt(rig, "%s%.*s", many, IAM_STR_ARG(rig->request.query));
}

static void query_too_long(struct rig *rig)
{
    static char text[20000];
    memset(text, 'a', sizeof(text));
    sign_well(rig);
    rig->request.query = (struct iam_str){ text, sizeof(text) };
}

static void path_relative(struct rig *rig)
{
    sign_well(rig);
    rig->request.path = IAM_STR("x");
}

/* S06 */
static void host_unsigned(struct rig *rig)
{
    rig_sign(rig, "x-amz-date");
}

static void date_unsigned(struct rig *rig)
{
    rig_sign(rig, "host");
}

static void token_unsigned(struct rig *rig)
{
    rig_set(rig, "X-Amz-Security-Token", IAM_STR("token"));
    sign_well(rig);
}

static void content_type_unsigned(struct rig *rig)
{
    rig_set(rig, "Content-Type", IAM_STR("application/json"));
    sign_well(rig);
}

static void hash_unsigned(struct rig *rig)
{
    sign_well(rig);
    rig_add(rig, "x-amz-content-sha256",
            IAM_STR("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
}

static void presigned_host_unsigned(struct rig *rig)
{
    rig_add(rig, "My-Header", IAM_STR("x"));
    rig_presign(rig, "my-header", "60", NULL);
}

/* S07: a header that was added after signing. */
static void header_added(struct rig *rig)
{
    sign_well(rig);
    rig_add(rig, "X-Amz-Target", IAM_STR("AWSOrganizationsV20161128.LeaveOrganization"));
}

static void presigned_header_added(struct rig *rig)
{
    rig_presign(rig, "host", "60", NULL);
    rig_add(rig, "X-Amz-Target", IAM_STR("AWSOrganizationsV20161128.LeaveOrganization"));
}

static void date_header_unsigned(struct rig *rig)
{
    rig_add(rig, "Date", rig->date);
    rig_authorize(rig, "host");
}

static void signed_headers_order(struct rig *rig)
{
    rig_sign(rig, "x-amz-date;host");
}

static void signed_headers_case(struct rig *rig)
{
    rig_sign(rig, "Host;x-amz-date");
}

static void signed_headers_twice(struct rig *rig)
{
    rig_sign(rig, "host;host;x-amz-date");
}

static void signed_headers_empty_name(struct rig *rig)
{
    rig_sign(rig, "host;;x-amz-date");
}

static void signed_header_missing(struct rig *rig)
{
    rig_sign(rig, "host;x-amz-date;x-zzz");
}

static void signed_headers_too_many(struct rig *rig)
{
    struct iam_str names = IAM_STR("a00");
    for (int i = 1; i < 200; i++) {
        names = rig_fmt(rig, "%.*s;a%03d", IAM_STR_ARG(names), i);
    }
    rig_sign(rig, names.p);
}

/* S10 */
static void scope_date(struct rig *rig)
{
    rig_set(rig, "X-Amz-Date", rig->date);
    rig->date = IAM_STR("20150829T123600Z");
    rig_authorize(rig, HEADERS);
}

static void scope_service(struct rig *rig)
{
    rig->service = IAM_STR("s3");
    sign_well(rig);
}

static void scope_service_case(struct rig *rig)
{
    rig->service = IAM_STR("IAM");
    sign_well(rig);
}

static void scope_service_empty(struct rig *rig)
{
    rig->service = IAM_STR("");
    rig->request.service = IAM_STR("");
    sign_well(rig);
}

static void scope_region_empty(struct rig *rig)
{
    rig->region = IAM_STR("");
    sign_well(rig);
}

static void scope_region_odd(struct rig *rig)
{
    rig->region = IAM_STR("us east\"1");
    sign_well(rig);
}

static void scope_terminator(struct rig *rig)
{
    credential(rig, IAM_STR("AKIDEXAMPLE/20150830/us-east-1/iam/aws5_request"));
}

/* S11 */
static void too_old(struct rig *rig)
{
    sign_well(rig);
    rig->request.now_ms = RIG_NOW_MS + 15 * 60 * 1000 + 1;
}

static void too_new(struct rig *rig)
{
    sign_well(rig);
    rig->request.now_ms = RIG_NOW_MS - 15 * 60 * 1000 - 1;
}

static void presigned_too_new(struct rig *rig)
{
    rig_presign(rig, "host", "604800", NULL);
    rig->request.now_ms = RIG_NOW_MS - 15 * 60 * 1000 - 1;
}

static void presigned_expired(struct rig *rig)
{
    rig_presign(rig, "host", "60", NULL);
    rig->request.now_ms = RIG_NOW_MS + 60 * 1000 + 1;
}

static void presigned_expired_by_default(struct rig *rig)
{
    rig_presign(rig, "host", NULL, NULL);
    rig->request.now_ms = RIG_NOW_MS + 15 * 60 * 1000 + 1;
}

static void presigned_expired_week(struct rig *rig)
{
    rig_presign(rig, "host", "604800", NULL);
    rig->request.now_ms = RIG_NOW_MS + INT64_C(604800) * 1000 + 1;
}

/* S104: texts that are not numbers, or numbers that do not fit. */
static void expires_zero(struct rig *rig)
{
    rig_presign(rig, "host", "0", NULL);
}

static void expires_too_large(struct rig *rig)
{
    rig_presign(rig, "host", "604801", NULL);
}

static void expires_negative(struct rig *rig)
{
    rig_presign(rig, "host", "-1", NULL);
}

static void expires_overflow(struct rig *rig)
{
    rig_presign(rig, "host", "18446744073709551617", NULL);
}

static void expires_empty(struct rig *rig)
{
    rig_presign(rig, "host", "", NULL);
}

static void expires_text(struct rig *rig)
{
    rig_presign(rig, "host", "60s", NULL);
}

static void date_text(struct rig *rig)
{
    rig_sign(rig, HEADERS);
    rig_set(rig, "X-Amz-Date", IAM_STR("Sun, 30 Aug 2015 12:36:00 GMT"));
}

static void date_impossible(struct rig *rig)
{
    rig->date = IAM_STR("20150231T123600Z");
    sign_well(rig);
}

/* S09, S01 */
static void body(struct rig *rig, const char *hash)
{
    rig->request.method = IAM_STR("POST");
    rig->request.body = IAM_STR("Action=ListUsers&Version=2010-05-08");
    rig_add(rig, "X-Amz-Content-Sha256", iam_str_c(hash));
    rig_sign(rig, "host;x-amz-content-sha256;x-amz-date");
}

static void hash_wrong(struct rig *rig)
{
    body(rig, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void hash_unsigned_payload(struct rig *rig)
{
    body(rig, "UNSIGNED-PAYLOAD");
}

static void hash_streaming(struct rig *rig)
{
    body(rig, "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
}

static void hash_streaming_signed(struct rig *rig)
{
    body(rig, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
}

static void hash_empty(struct rig *rig)
{
    body(rig, "");
}

static void presigned_unsigned_payload(struct rig *rig)
{
    rig->canonical_query = IAM_STR("X-Amz-Content-Sha256=UNSIGNED-PAYLOAD");
    rig_presign(rig, "host", "60", NULL);
}

static void query_incomplete(struct rig *rig)
{
    rig->request.query = IAM_STR("X-Amz-Algorithm=AWS4-HMAC-SHA256");
}

static void query_algorithm(struct rig *rig)
{
    rig->request.query = IAM_STR("X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Credential=a&"
                                 "X-Amz-Date=b&X-Amz-SignedHeaders=host&X-Amz-Signature=c");
}

#define MISSING IAM_AUTHN_MISSING_TOKEN
#define INCOMPLETE IAM_AUTHN_INCOMPLETE_SIGNATURE
#define INVALID IAM_AUTHN_INVALID_TOKEN
#define MISMATCH IAM_AUTHN_SIGNATURE_MISMATCH
#define EXPIRED IAM_AUTHN_REQUEST_EXPIRED

/* clang-format off */
static const struct row ROWS[] = {
    { "unsigned", unsigned_request, MISSING, "Request is missing Authentication Token" },
    { "another scheme", bearer, INCOMPLETE,
      "Authorization header requires 'Credential' parameter. Authorization header requires "
      "'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. "
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
      "(Hashed with SHA-256 and encoded with Base64) Authorization=" },
    { "empty header", empty_authorization, INCOMPLETE, "requires 'Credential'" },
    { "algorithm only", algorithm_only, INCOMPLETE, "requires 'SignedHeaders' parameter. (Hashed" },
    { "no date", no_date, INCOMPLETE, "either a 'X-Amz-Date' or a 'Date' header" },
    { "unknown parameter", unknown_parameter, INCOMPLETE, "something other than one each" },
    { "parameter twice", parameter_twice, INCOMPLETE, "something other than one each" },
    { "parameter without =", parameter_without_equals, INCOMPLETE, "something other than" },
    { "S16 SigV4a", sigv4a, INCOMPLETE, "Unsupported AWS 'algorithm'" },
    { "SHA-1", sha1_algorithm, INCOMPLETE, "Unsupported AWS 'algorithm'" },
    { "S15 slash", id_with_slash, INCOMPLETE, "exactly 5 slash-delimited elements" },
    { "four elements", credential_too_short, INCOMPLETE, "exactly 5 slash-delimited elements" },
    { "empty ID", id_empty, INVALID, "security token included in the request is invalid" },
    { "S15 NUL", id_with_nul, INVALID, "security token" },
    { "S15 line break", id_with_line_break, INVALID, "security token" },
    { "S15 look-alike", id_with_look_alike, INVALID, "security token" },
    { "S15 long", id_too_long, INVALID, "security token" },
    { "S15 10 KB", authorization_10_kb, INCOMPLETE, "too long" },
    { "S04 both", header_and_query, INCOMPLETE, "both by headers and by query-string" },
    { "S04 one parameter", header_and_one_parameter, INCOMPLETE, "both by headers" },
    { "S02", credential_in_query_only, INCOMPLETE, "must include 'X-Amz-Signature'" },
    { "S04 token header", query_with_token_header, INCOMPLETE, "both by headers" },
    { "S05 Authorization", authorization_twice, INCOMPLETE, "more than one Authorization" },
    { "S05 date", date_twice, INCOMPLETE, "" },
    { "S05 host", host_twice, INCOMPLETE, "twice" },
    { "S05 content type", content_type_twice, INCOMPLETE, "twice" },
    { "S05 target", target_twice, INCOMPLETE, "twice" },
    { "S05 parameter", parameter_twice_in_query, INCOMPLETE, "twice or is misspelt" },
    { "S05 parameter case", parameter_in_other_case, INCOMPLETE, "twice or is misspelt" },
    { "S05 escaped name", parameter_with_escaped_name, INCOMPLETE, "twice or is misspelt" },
    { "S05 empty", parameter_empty_twice, INCOMPLETE, "twice or is misspelt" },
    { "broken escape", broken_escape, INCOMPLETE, "broken percent escape" },
    { "too many parameters", too_many_parameters, INCOMPLETE, "too many parameters" },
    { "query too long", query_too_long, INCOMPLETE, "not one that can be signed" },
    { "relative path", path_relative, INCOMPLETE, "not one that can be signed" },
    { "S06 host", host_unsigned, MISMATCH, "'Host' or ':authority' must be a 'SignedHeader'" },
    { "S06 date", date_unsigned, MISMATCH, "not signed" },
    { "S06 token", token_unsigned, MISMATCH, "not signed" },
    { "S06 content type", content_type_unsigned, MISMATCH, "not signed" },
    { "S06 hash", hash_unsigned, MISMATCH, "not signed" },
    { "S06 presigned host", presigned_host_unsigned, MISMATCH, "'Host' or ':authority'" },
    { "S07 header", header_added, MISMATCH, "not signed" },
    { "S07 presigned header", presigned_header_added, MISMATCH, "not signed" },
    { "unsigned Date", date_header_unsigned, MISMATCH, "'Date' must be a 'SignedHeader'" },
    { "names unsorted", signed_headers_order, INCOMPLETE, "sorted list" },
    { "names upper case", signed_headers_case, INCOMPLETE, "sorted list" },
    { "names twice", signed_headers_twice, INCOMPLETE, "sorted list" },
    { "empty name", signed_headers_empty_name, INCOMPLETE, "sorted list" },
    { "signed but missing", signed_header_missing, MISMATCH, "names a header that is not" },
    { "too many names", signed_headers_too_many, INCOMPLETE, "sorted list" },
    { "S10 date", scope_date, MISMATCH, "Date in Credential scope does not match YYYYMMDD" },
    { "S10 service", scope_service, MISMATCH,
      "Credential should be scoped to correct service: 'iam'." },
    { "S10 service case", scope_service_case, MISMATCH, "correct service: 'iam'." },
    { "S10 no service", scope_service_empty, MISMATCH, "correct service: ''." },
    { "no region", scope_region_empty, MISMATCH, "scoped to a valid region" },
    { "odd region", scope_region_odd, MISMATCH, "scoped to a valid region" },
    { "terminator", scope_terminator, MISMATCH, "with a valid terminator: 'aws4_request'." },
    { "S11 old", too_old, MISMATCH,
      "Signature expired: 20150830T123600Z is now earlier than 20150830T123600Z "
      "(20150830T125100Z - 15 min.)" },
    { "S11 new", too_new, MISMATCH,
      "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z "
      "(20150830T122059Z + 15 min.)" },
    { "S11 presigned new", presigned_too_new, MISMATCH, "Signature not yet current" },
    { "S11 presigned", presigned_expired, EXPIRED, "Request has expired." },
    { "S11 presigned default", presigned_expired_by_default, EXPIRED, "expired" },
    { "S11 presigned week", presigned_expired_week, EXPIRED, "expired" },
    { "S104 zero", expires_zero, INCOMPLETE, "from 1 to 604800" },
    { "S104 large", expires_too_large, INCOMPLETE, "from 1 to 604800" },
    { "S104 negative", expires_negative, INCOMPLETE, "from 1 to 604800" },
    { "S104 overflow", expires_overflow, INCOMPLETE, "from 1 to 604800" },
    { "S104 empty", expires_empty, INCOMPLETE, "from 1 to 604800" },
    { "S104 text", expires_text, INCOMPLETE, "from 1 to 604800" },
    { "date text", date_text, INCOMPLETE, "Date must be in ISO-8601 'basic format'" },
    { "date impossible", date_impossible, INCOMPLETE, "Date must be in ISO-8601" },
    { "S09 wrong hash", hash_wrong, MISMATCH, "does not match what was computed" },
    { "S09 unsigned", hash_unsigned_payload, MISMATCH, "must be signed" },
    { "S01 streaming", hash_streaming, MISMATCH, "must be signed" },
    { "S01 streaming signed", hash_streaming_signed, MISMATCH, "must be signed" },
    { "S09 empty hash", hash_empty, MISMATCH, "does not match what was computed" },
    { "S09 presigned", presigned_unsigned_payload, MISMATCH, "must be signed" },
    { "query incomplete", query_incomplete, INCOMPLETE,
      "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters "
      "must include 'X-Amz-Signature'. AWS query-string parameters must include "
      "'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. Re-examine "
      "the query-string parameters." },
    { "query algorithm", query_algorithm, INCOMPLETE, "Unsupported AWS 'algorithm'" },
};
/* clang-format on */

static void test_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(ROWS); i++) {
        struct rig rig;
        rig_init(&rig);
        ROWS[i].build(&rig);
        print_message("%s\n", ROWS[i].name);
        rig_assert_denied(&rig, ROWS[i].error, ROWS[i].part);
        /* No rule here looks at a key: none of these answers depends on whether it exists. */
        if (strcmp(ROWS[i].name, "signed but missing") != 0) {
            assert_int_equal(rig.key_calls, 0);
        }
        rig_done(&rig);
    }
}

/* S15: what is logged holds no byte of the request. */
static void test_short_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(ROWS); i++) {
        struct rig rig;
        rig_init(&rig);
        ROWS[i].build(&rig);
        assert_int_equal(rig_verify(&rig), IAM_DENIED);
        struct iam_str text = rig.failure.short_message;
        for (size_t k = 0; k < text.len; k++) {
            assert_true(text.p[k] >= ' ' && text.p[k] <= '~');
        }
        assert_false(rig_holds(text, "AKID"));
        assert_true(rig.failure.access_key_id.len <= IAM_ACCESS_KEY_ID_MAX);
        for (size_t k = 0; k < rig.failure.access_key_id.len; k++) {
            assert_true(iam_ascii_is_alnum(rig.failure.access_key_id.p[k]));
        }
        rig_done(&rig);
    }
}

/* A swapped ID and secret is the most common mistake: the secret must not be repeated. */
static void test_secret_as_id_is_not_echoed(void **state)
{
    (void)state;
    struct rig rig;
    rig_init(&rig);
    credential(&rig, IAM_STR(RIG_SECRET "/20150830/us-east-1/iam/aws4_request"));
    rig_assert_denied(&rig, INCOMPLETE, "exactly 5");
    assert_false(rig_holds(rig.failure.message, "wJalrXUtnFEMI"));
    assert_false(iam_str_is_set(rig.failure.access_key_id));
    rig_done(&rig);
}

/* The hash in the words about the header is that of the header, as sha256sum and base64 give it. */
static void test_header_is_shown_as_its_hash(void **state)
{
    (void)state;
    struct rig rig;
    rig_init(&rig);
    rig_set(&rig, "Authorization", IAM_STR("Bearer abc"));
    rig_assert_denied(&rig, INCOMPLETE,
                      "Authorization=w1Xc6WwWEogNEZQP/dkBTThsJT4MNlKmzQanIm970rY=");
    rig_set(&rig, "Authorization", IAM_STR("AWS4-HMAC-SHA256"));
    rig_assert_denied(&rig, INCOMPLETE,
                      "Authorization=YI2YWea8FSxnksZL2ETHbs5elHm9HQufxTLK0W0ffV0=");
    rig_done(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_short_messages),
        cmocka_unit_test(test_secret_as_id_is_not_echoed),
        cmocka_unit_test(test_header_is_shown_as_its_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
