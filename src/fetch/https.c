/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/https.h"

#include <curl/curl.h>
#include <unistd.h>

#define USER_AGENT "iamd"

/* One GET while it is made. */
struct get {
    const struct iam_fetch_networks *allowed;
    struct iam_fetch_ask *ask;
    struct iam_buf *buf;
    size_t header_bytes;
    int64_t fresh_s;
    bool is_refused; /* an address was */
};

enum iam_status iam_fetch_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? IAM_OK : IAM_NOMEM;
}

/* ---- what libcurl calls ---- */

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct get *get = arg;
    iam_buf_add(get->buf, (struct iam_str){ bytes, size * count });
    return get->buf->status == IAM_OK ? size * count : 0;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *arg)
{
    struct get *get = arg;
    get->header_bytes += size * count;
    iam_fetch_fresh_read((struct iam_str){ bytes, size * count }, &get->fresh_s);
    return get->header_bytes <= IAM_FETCH_HEADERS_MAX ? size * count : 0;
}

/* Opens the socket of a connection: the address is the one that is connected to, and no other. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct get *get = arg;
    bool may_connect = purpose == CURLSOCKTYPE_IPCXN &&
                       iam_fetch_may_connect(&address->addr, address->addrlen, get->allowed);
    if (!may_connect) {
        get->is_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static CURLcode set_trust(CURL *curl, void *ssl_ctx, void *arg)
{
    struct get *get = arg;
    (void)curl;
    iam_fetch_trust_use(ssl_ctx, get->ask);
    return CURLE_OK;
}

/* ---- the GET ---- */

static CURLcode set_limits(CURL *curl)
{
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {
        {CURLOPT_NOSIGNAL,           1                      },
        { CURLOPT_FOLLOWLOCATION,    0                      },
        { CURLOPT_CONNECTTIMEOUT_MS, IAM_FETCH_CONNECT_MS   },
        { CURLOPT_TIMEOUT_MS,        IAM_FETCH_TOTAL_MS     },
        { CURLOPT_SSL_VERIFYPEER,    1                      },
        { CURLOPT_SSL_VERIFYHOST,    2                      },
        { CURLOPT_SSLVERSION,        CURL_SSLVERSION_TLSv1_2},
        { CURLOPT_FORBID_REUSE,      1                      },
        { CURLOPT_FRESH_CONNECT,     1                      },
        { CURLOPT_DNS_CACHE_TIMEOUT, 0                      },
        { CURLOPT_HTTP_VERSION,      CURL_HTTP_VERSION_1_1  },
        { CURLOPT_NETRC,             CURL_NETRC_IGNORED     },
    };
    CURLcode code = CURLE_OK;
    for (size_t i = 0; code == CURLE_OK && i < IAM_COUNT(numbers); i++) {
        code = curl_easy_setopt(curl, numbers[i].option, numbers[i].value);
    }
    return code;
}

/* Sets texts: no scheme but https, and no proxy, for which another would open the connection. */
static CURLcode set_texts(CURL *curl, const char *url)
{
    const struct {
        CURLoption option;
        const char *value;
    } texts[] = {
        {CURLOPT_URL,            url       },
        { CURLOPT_PROTOCOLS_STR, "https"   },
        { CURLOPT_PROXY,         ""        },
        { CURLOPT_NOPROXY,       "*"       },
        { CURLOPT_USERAGENT,     USER_AGENT},
        { CURLOPT_CAINFO,        NULL      },
        { CURLOPT_CAPATH,        NULL      },
    };
    CURLcode code = CURLE_OK;
    for (size_t i = 0; code == CURLE_OK && i < IAM_COUNT(texts); i++) {
        code = curl_easy_setopt(curl, texts[i].option, texts[i].value);
    }
    return code;
}

static CURLcode set_callbacks(CURL *curl, struct get *get)
{
    bool is_set = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
                  curl_easy_setopt(curl, CURLOPT_WRITEDATA, get) == CURLE_OK &&
                  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
                  curl_easy_setopt(curl, CURLOPT_HEADERDATA, get) == CURLE_OK &&
                  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
                  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, get) == CURLE_OK &&
                  curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, set_trust) == CURLE_OK &&
                  curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, get) == CURLE_OK;
    return is_set ? CURLE_OK : CURLE_FAILED_INIT;
}

static CURLcode perform(CURL *curl, const char *url, struct get *get)
{
    CURLcode code = set_limits(curl);
    if (code == CURLE_OK) {
        code = set_texts(curl, url);
    }
    if (code == CURLE_OK) {
        code = set_callbacks(curl, get);
    }
    return code == CURLE_OK ? curl_easy_perform(curl) : code;
}

static enum iam_fetch_result result_of(CURLcode code, const struct get *get, long status)
{
    if (get->buf->status != IAM_OK || get->header_bytes > IAM_FETCH_HEADERS_MAX) {
        return IAM_FETCH_TOO_LARGE;
    }
    if (get->is_refused || code == CURLE_UNSUPPORTED_PROTOCOL) {
        return IAM_FETCH_REFUSED;
    }
    if (get->ask->is_unknown || code == CURLE_PEER_FAILED_VERIFICATION) {
        return IAM_FETCH_UNKNOWN;
    }
    if (code == CURLE_URL_MALFORMAT) {
        return IAM_FETCH_UNUSABLE;
    }
    if (code != CURLE_OK || status >= 500) {
        return IAM_FETCH_UNREACHABLE;
    }
    return status == 200 ? IAM_FETCH_OK : IAM_FETCH_UNUSABLE;
}

void iam_fetch_get(const char *url, const struct iam_fetch_networks *allowed,
                   struct iam_fetch_ask *ask, struct iam_buf *buf, struct iam_fetch_answer *ret)
{
    struct get get = {
        .allowed = allowed, .ask = ask, .buf = buf, .fresh_s = IAM_FETCH_FRESH_UNSAID
    };
    struct iam_fetch_answer answer = { .result = IAM_FETCH_UNREACHABLE,
                                       .fresh_s = IAM_FETCH_FRESH_UNSAID };
    long status = 0;
    CURL *curl = curl_easy_init();
    ask->is_unknown = false;
    iam_fetch_trust_complete(ask->trust); /* before the time of the connection runs */
    if (curl != NULL) {
        CURLcode code = perform(curl, url, &get);
        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        answer.result = result_of(code, &get, status);
        answer.status = (int)status;
        answer.fresh_s = get.fresh_s;
        curl_easy_cleanup(curl);
    }
    if (answer.result == IAM_FETCH_OK && iam_buf_finish(buf, &answer.body) != IAM_OK) {
        answer.result = IAM_FETCH_TOO_LARGE;
    }
    *ret = answer;
}
