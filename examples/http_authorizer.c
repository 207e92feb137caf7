/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An authorizer for an HTTP service. A table maps method and path to an action and a resource, and
 * libiam decides with the policies read from the files named on the command line:
 *
 *   http_authorizer policies/photos-members.json policies/photos-guardrail.json
 *
 * authorize() is the part to take home. The rest shows it at work: a server on a loopback socket
 * gets a few requests, and the program fails unless each is answered as the policies say.
 *
 * Who the caller is has been found out before: here a proxy in front sets X-User. A path that is
 * not exactly one of the table's is not guessed at, it is refused.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <iam/decide.h>

#define ACCOUNT "111122223333"
#define MAX_POLICIES 16
#define MAX_REQUEST 4096
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void *take(void *ctx, size_t bytes)
{
    (void)ctx;
    return malloc(bytes);
}

static void give(void *ctx, void *p)
{
    (void)ctx;
    free(p);
}

static const struct iam_alloc heap = { take, give, NULL };

static struct iam_str str(const char *text)
{
    struct iam_str s = { text, strlen(text) };
    return s;
}

/* ---- method and path to action and resource ---------------------------------------------------
 */

/* What one request line asks for. The texts are NUL-terminated. */
struct question {
    const char *action;
    char resource[512];
};

struct route {
    const char *method;
    size_t segments; /* of the path, after "/photos" */
    const char *action;
};

static const struct route routes[] = {
    {"GET",     0, "photos:ListPhotos" },
    { "GET",    2, "photos:GetPhoto"   },
    { "PUT",    2, "photos:PutPhoto"   },
    { "DELETE", 2, "photos:DeletePhoto"},
};

/*
 * Counts the segments of "/a/b". Returns false for anything that two readers could take for two
 * different paths: empty segments, dots at the start ("..", "."), percent signs, wildcards, other
 * bytes.
 */
static bool count_segments(const char *path, size_t *ret)
{
    size_t n = 0;
    while (*path != '\0') {
        size_t len = strspn(path + 1, "abcdefghijklmnopqrstuvwxyz0123456789._-");
        if (*path != '/' || len == 0 || path[1] == '.') {
            return false;
        }
        path += 1 + len;
        n++;
    }
    *ret = n;
    return true;
}

/* Returns false when there is no such operation: then there is nothing to ask. */
static bool map(const char *method, const char *path, struct question *ret)
{
    static const char top[] = "/photos";
    size_t segments;
    if (strncmp(path, top, sizeof(top) - 1) != 0 ||
        !count_segments(path + sizeof(top) - 1, &segments)) {
        return false;
    }
    for (size_t i = 0; i < COUNT(routes); i++) {
        if (segments == routes[i].segments && strcmp(method, routes[i].method) == 0) {
            int n = snprintf(ret->resource, sizeof(ret->resource), "arn:aws:photos::%s:photo%s",
                             ACCOUNT, segments > 0 ? path + sizeof(top) - 1 : "/");
            ret->action = routes[i].action;
            return n > 0 && (size_t)n < sizeof(ret->resource);
        }
    }
    return false;
}

/* ---- the decision ------------------------------------------------------------------------------
 */

/*
 * Decides whether this user, calling from this address, may do this. The sentence about a denial
 * goes to why (cap bytes, NUL-terminated). Takes no lock and allocates nothing: call it from as
 * many threads as you like with the same policies.
 */
static bool authorize(const struct iam_policies *policies, const char *user, const char *address,
                      const struct question *q, char *why, size_t cap)
{
    char arn[256];
    int n = snprintf(arn, sizeof(arn), "arn:aws:iam::%s:user/%s", ACCOUNT, user);
    if (n < 0 || (size_t)n >= sizeof(arn)) {
        why[0] = '\0';
        return false;
    }
    const struct iam_str name = str(user);
    const struct iam_str from = str(address);
    const struct iam_str principal = str(arn);
    const struct iam_context_entry context[] = {
        {{ "aws:username", 12 },      &name,      1, false},
        { { "aws:SourceIp", 12 },     &from,      1, false},
        { { "aws:PrincipalArn", 16 }, &principal, 1, false},
    };
    const struct iam_request request = {
        .principal = {.kind = IAM_PRINCIPAL_USER, .account = str(ACCOUNT), .arn = principal},
        .action = str(q->action),
        .resource = str(q->resource),
        .context = context,
        .context_count = COUNT(context),
    };
    struct iam_decision decision;
    iam_decide(policies, &request, &decision);
    why[iam_decision_message(&decision, &request, why, cap - 1)] = '\0';
    return decision.effect == IAM_ALLOW;
}

/* ---- policies from files -----------------------------------------------------------------------
 */

/* Parses one file; says where and why when it is refused. NULL on failure. */
static struct iam_policy *load(const char *path)
{
    static char text[IAM_POLICY_MAX_BYTES + 1];
    struct iam_policy *policy = NULL;
    struct iam_diag diag;
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        perror(path);
        return NULL;
    }
    struct iam_str all = { text, fread(text, 1, sizeof(text), f) };
    if (ferror(f) != 0) {
        perror(path);
    } else if (iam_policy_parse(&heap, IAM_POLICY_IDENTITY, all, &policy, &diag) != IAM_OK) {
        fprintf(stderr, "%s:%u:%u: %s\n", path, diag.line, diag.column, diag.message);
    }
    fclose(f);
    return policy;
}

/*
 * Reads all or nothing: a policy that cannot be read could be the one that denies. NULL on failure.
 */
static struct iam_policy_set *load_all(char **paths, size_t count)
{
    struct iam_set_entry entries[MAX_POLICIES] = { { 0 } };
    struct iam_policy_set *set = NULL;
    size_t n = 0;
    while (n < count && (entries[n].policy = load(paths[n])) != NULL) {
        entries[n].name = str(paths[n]);
        n++;
    }
    if (n == count && iam_policy_set_new(&heap, entries, n, &set) != IAM_OK) {
        fprintf(stderr, "the policies cannot be compiled\n");
    }
    for (size_t i = 0; i < n; i++) {
        iam_policy_unref(entries[i].policy); /* the set holds its own references */
    }
    return set;
}

/* ---- a demonstration over a loopback socket ----------------------------------------------------
 */

/* Reads up to the blank line that ends the head of a request. */
static bool read_head(int fd, char *head)
{
    size_t n = 0;
    head[0] = '\0';
    while (strstr(head, "\r\n\r\n") == NULL) {
        ssize_t got = n + 1 < MAX_REQUEST ? read(fd, head + n, MAX_REQUEST - n - 1) : 0;
        if (got <= 0) {
            return false;
        }
        n += (size_t)got;
        head[n] = '\0';
    }
    return true;
}

/* Cuts "METHOD PATH HTTP/1.1\r\nX-User: NAME\r\n..." into its three words. */
static bool split_head(char *head, char **ret_method, char **ret_path, char **ret_user)
{
    static const char header[] = "\r\nX-User: ";
    char *user = strstr(head, header);
    char *path = strchr(head, ' ');
    char *end = path != NULL ? strchr(path + 1, ' ') : NULL;
    if (user == NULL || end == NULL || end > user) {
        return false;
    }
    *ret_method = head;
    *ret_path = path + 1;
    *ret_user = user + sizeof(header) - 1;
    *path = '\0';
    *end = '\0';
    (*ret_user)[strcspn(*ret_user, "\r")] = '\0';
    return true;
}

/* Answers one connection: 200, 403 with the reason, or 404. */
static void serve(int listener, const struct iam_policies *policies)
{
    char head[MAX_REQUEST];
    char address[INET_ADDRSTRLEN];
    char why[1024] = "";
    char *method, *path, *user;
    struct question q;
    struct sockaddr_in peer;
    socklen_t len = sizeof(peer);
    const char *status = "404 Not Found";
    int fd = accept(listener, (struct sockaddr *)&peer, &len);
    if (fd < 0) {
        return;
    }
    if (read_head(fd, head) && split_head(head, &method, &path, &user) && map(method, path, &q) &&
        inet_ntop(AF_INET, &peer.sin_addr, address, sizeof(address)) != NULL) {
        bool yes = authorize(policies, user, address, &q, why, sizeof(why));
        status = yes ? "200 OK" : "403 Forbidden";
    }
    dprintf(fd, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", status,
            strlen(why), why);
    close(fd);
}

static int listen_on_loopback(struct sockaddr_in *ret)
{
    socklen_t len = sizeof(*ret);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    memset(ret, 0, sizeof(*ret));
    ret->sin_family = AF_INET;
    ret->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)ret, len) != 0 || listen(fd, 1) != 0 ||
        getsockname(fd, (struct sockaddr *)ret, &len) != 0) {
        perror("loopback");
        return -1;
    }
    return fd;
}

/* Sends a request, lets the server answer it, and returns the status; the body goes to stdout. */
static int ask(int listener, const struct sockaddr_in *at, const struct iam_policies *policies,
               const char *user, const char *line)
{
    char answer[MAX_REQUEST] = "";
    size_t n = 0;
    ssize_t got;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)at, sizeof(*at)) != 0) {
        perror("connect");
        return -1;
    }
    dprintf(fd, "%s HTTP/1.1\r\nHost: photos\r\nX-User: %s\r\n\r\n", line, user);
    serve(listener, policies);
    while (n + 1 < sizeof(answer) && (got = read(fd, answer + n, sizeof(answer) - n - 1)) > 0) {
        n += (size_t)got;
    }
    close(fd);
    char *body = strstr(answer, "\r\n\r\n");
    if (body == NULL || n < sizeof("HTTP/1.1 200")) {
        return -1;
    }
    printf("%-4s %-40s %.3s %s\n", user, line, answer + 9, body + 4);
    return (answer[9] - '0') * 100 + (answer[10] - '0') * 10 + (answer[11] - '0');
}

struct expectation {
    const char *user;
    const char *line;
    int status;
};

/* What the two policies beside this file mean. */
static const struct expectation expected[] = {
    {"ann",  "GET /photos",                    200},
    { "ann", "GET /photos/bob/dog.jpg",        200},
    { "ann", "PUT /photos/ann/cat.jpg",        200},
    { "ann", "PUT /photos/bob/dog.jpg",        403},
    { "bob", "DELETE /photos/bob/dog.jpg",     200},
    { "bob", "DELETE /photos/ann/cat.jpg",     403},
    { "bob", "PUT /photos/bob/archive-1.jpg",  403},
    { "bob", "POST /photos",                   404},
    { "bob", "PUT /photos/bob/../ann/cat.jpg", 404},
    { "bob", "PUT /photos/%62ob/dog.jpg",      404},
    { "*",   "PUT /photos/ann/cat.jpg",        403},
};

static int demonstrate(const struct iam_policies *policies)
{
    struct sockaddr_in at;
    int wrong = 0;
    int listener = listen_on_loopback(&at);
    if (listener < 0) {
        return 1;
    }
    for (size_t i = 0; i < COUNT(expected); i++) {
        const struct expectation *e = &expected[i];
        int status = ask(listener, &at, policies, e->user, e->line);
        if (status != e->status) {
            fprintf(stderr, "%s %s: %d instead of %d\n", e->user, e->line, status, e->status);
            wrong++;
        }
    }
    close(listener);
    return wrong == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc - 1 > MAX_POLICIES) {
        fprintf(stderr, "usage: http_authorizer POLICY-FILE... (at most %d)\n", MAX_POLICIES);
        return 2;
    }
    struct iam_policy_set *set = load_all(argv + 1, (size_t)argc - 1);
    if (set == NULL) {
        return 2;
    }
    const struct iam_policies policies = { .identity = set };
    int status = demonstrate(&policies);
    iam_policy_set_unref(set);
    return status;
}
