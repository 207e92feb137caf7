/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/notice.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FDS_BYTES (sizeof(int) * IAM_FETCHER_CHANNELS)

union control {
    char bytes[CMSG_SPACE(FDS_BYTES)];
    struct cmsghdr align;
};

enum iam_status iam_fetch_tell(int fd, const struct iam_fetch_notice *notice, const int *fds)
{
    struct iam_fetch_notice copy = *notice;
    struct iovec bytes = { &copy, sizeof(copy) };
    union control control = { { 0 } };
    struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1 };
    if (fds != NULL) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof(control.bytes);
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(FDS_BYTES);
        memcpy(CMSG_DATA(head), fds, FDS_BYTES);
    }
    ssize_t n;
    do {
        n = sendmsg(fd, &message, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(copy) ? IAM_OK : IAM_IO;
}

/* Takes the descriptors out of a message: fewer than were sent, when there is no room for more. */
static size_t take_fds(struct msghdr *message, int fds[IAM_FETCHER_CHANNELS])
{
    const struct cmsghdr *head = CMSG_FIRSTHDR(message);
    if (head == NULL || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) {
        return 0;
    }
    size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(fds, CMSG_DATA(head), count * sizeof(int));
    return count;
}

enum iam_status iam_fetch_hear(int fd, struct iam_fetch_notice *ret,
                               int ret_fds[IAM_FETCHER_CHANNELS], size_t *ret_count)
{
    struct iam_fetch_notice notice;
    struct iovec bytes = { &notice, sizeof(notice) };
    union control control;
    struct msghdr message = { .msg_iov = &bytes,
                              .msg_iovlen = 1,
                              .msg_control = control.bytes,
                              .msg_controllen = sizeof(control.bytes) };
    ssize_t n;
    do {
        n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    IAM_ENSURE(n >= 0 || errno != EAGAIN, IAM_NOT_FOUND);
    IAM_ENSURE(n >= 0, IAM_IO);
    size_t count = take_fds(&message, ret_fds);
    bool is_one = n == (ssize_t)sizeof(notice) && notice.event < IAM_FETCH_EVENT_COUNT;
    if (!is_one || notice.event != IAM_FETCH_STARTED) {
        for (size_t i = 0; i < count; i++) {
            (void)close(ret_fds[i]);
        }
        count = 0;
    }
    IAM_ENSURE(is_one, IAM_IO);
    *ret = notice;
    *ret_count = count;
    return IAM_OK;
}

enum iam_status iam_fetch_wish(int fd, struct iam_fetch_wish wish)
{
    ssize_t n;
    do {
        n = send(fd, &wish, sizeof(wish), MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    IAM_ENSURE(n >= 0 || (errno != EPIPE && errno != ECONNRESET), IAM_IO);
    return n == (ssize_t)sizeof(wish) ? IAM_OK : IAM_LIMIT;
}

enum iam_status iam_fetch_take_wish(int fd, struct iam_fetch_wish *ret)
{
    struct iam_fetch_wish wish;
    ssize_t n = recv(fd, &wish, sizeof(wish), MSG_DONTWAIT);
    IAM_ENSURE(n >= 0 || (errno != EAGAIN && errno != EINTR), IAM_NOT_FOUND);
    IAM_ENSURE(n == (ssize_t)sizeof(wish), IAM_IO);
    *ret = wish;
    return IAM_OK;
}
