/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Response heads.
 * INVARIANT: what a handler passes cannot break out of its header line: names and values are
 * checked before the first byte is written.
 */
#include "http/response_int.h"

#include "base/time.h"
#include "http/line_int.h"

static const struct {
    int status;
    const char *reason;
} REASONS[] = {
    {200,  "OK"                             },
    { 201, "Created"                        },
    { 202, "Accepted"                       },
    { 204, "No Content"                     },
    { 301, "Moved Permanently"              },
    { 302, "Found"                          },
    { 303, "See Other"                      },
    { 304, "Not Modified"                   },
    { 307, "Temporary Redirect"             },
    { 308, "Permanent Redirect"             },
    { 400, "Bad Request"                    },
    { 401, "Unauthorized"                   },
    { 403, "Forbidden"                      },
    { 404, "Not Found"                      },
    { 405, "Method Not Allowed"             },
    { 406, "Not Acceptable"                 },
    { 408, "Request Timeout"                },
    { 409, "Conflict"                       },
    { 410, "Gone"                           },
    { 411, "Length Required"                },
    { 412, "Precondition Failed"            },
    { 413, "Content Too Large"              },
    { 414, "URI Too Long"                   },
    { 415, "Unsupported Media Type"         },
    { 417, "Expectation Failed"             },
    { 422, "Unprocessable Content"          },
    { 429, "Too Many Requests"              },
    { 431, "Request Header Fields Too Large"},
    { 500, "Internal Server Error"          },
    { 501, "Not Implemented"                },
    { 502, "Bad Gateway"                    },
    { 503, "Service Unavailable"            },
    { 504, "Gateway Timeout"                },
    { 505, "HTTP Version Not Supported"     },
};

/* Returns the phrase, which may be empty (RFC 9112 4). */
static const char *reason_of(int status)
{
    for (size_t i = 0; i < IAM_COUNT(REASONS); i++) {
        if (REASONS[i].status == status) {
            return REASONS[i].reason;
        }
    }
    return "";
}

void iam_http_date(int64_t ms, char ret[IAM_HTTP_DATE_LEN + 1])
{
    static const char DAYS[] = "ThuFriSatSunMonTueWed";
    static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char iso[IAM_TIME_ISO_LEN + 1];
    iam_time_to_iso(ms, iso);
    /* 1970-01-01 was a Thursday; rounded down, so that it holds before 1970 too. */
    int64_t day = ms / 86400000 - (ms % 86400000 < 0);
    size_t weekday = (size_t)((day % 7 + 7) % 7);
    size_t month = (size_t)((iso[5] - '0') * 10 + (iso[6] - '0') - 1);
    memcpy(ret, DAYS + 3 * weekday, 3);
    memcpy(ret + 3, ", ", 2);
    memcpy(ret + 5, iso + 8, 2);
    ret[7] = ' ';
    memcpy(ret + 8, MONTHS + 3 * month, 3);
    ret[11] = ' ';
    memcpy(ret + 12, iso, 4);
    ret[16] = ' ';
    memcpy(ret + 17, iso + 11, 8);
    memcpy(ret + 25, " GMT", 5);
}

static bool header_is_clean(const struct iam_http_header *h)
{
    for (size_t i = 0; i < h->name.len; i++) {
        if (!iam_http_is_token_char(h->name.p[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < h->value.len; i++) {
        unsigned char c = (unsigned char)h->value.p[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return h->name.len > 0;
}

bool iam_http_response_has_body(struct iam_str method, int status)
{
    return status != 204 && status != 304 && !iam_str_eq(method, IAM_STR("HEAD"));
}

enum iam_status iam_http_response_head(struct iam_buf *out, const struct iam_http_response *r,
                                       const char *date, bool close)
{
    IAM_ENSURE(r->status >= 200 && r->status <= 599, IAM_RANGE);
    for (size_t i = 0; i < r->header_count; i++) {
        IAM_ENSURE(header_is_clean(&r->headers[i]), IAM_RANGE);
    }
    iam_buf_add(out, IAM_STR("HTTP/1.1 "));
    iam_buf_add_u64(out, (uint64_t)r->status);
    iam_buf_add_char(out, ' ');
    iam_buf_add_c(out, reason_of(r->status));
    iam_buf_add(out, IAM_STR("\r\nDate: "));
    iam_buf_add(out, (struct iam_str){ date, IAM_HTTP_DATE_LEN });
    /* Answers hold secrets, and decisions that are good for the moment. */
    iam_buf_add(out, r->may_be_kept ? IAM_STR("") : IAM_STR("\r\nCache-Control: no-store"));
    if (r->status != 204 && r->status != 304) {
        iam_buf_add(out, IAM_STR("\r\nContent-Length: "));
        iam_buf_add_u64(out, r->body.len);
    }
    iam_buf_add(out, close ? IAM_STR("\r\nConnection: close\r\n") : IAM_STR("\r\n"));
    for (size_t i = 0; i < r->header_count; i++) {
        iam_buf_add(out, r->headers[i].name);
        iam_buf_add(out, IAM_STR(": "));
        iam_buf_add(out, r->headers[i].value);
        iam_buf_add(out, IAM_STR("\r\n"));
    }
    iam_buf_add(out, IAM_STR("\r\n"));
    return IAM_OK;
}
