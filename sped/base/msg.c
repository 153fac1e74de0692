/* base/msg.c - see spe/msg.h. Root links this. */
#include "spe/msg.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "spe/cleanup.h"

union control {
	char room[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

int msg_send(int sock, const void *msg, size_t len, int fd)
{
	union control u = { .align = { .cmsg_len = CMSG_LEN(sizeof(fd)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS } };
	struct iovec iov = { (void *)(uintptr_t)msg, len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (fd >= 0) {
		m.msg_control = u.room;
		m.msg_controllen = u.align.cmsg_len;
		memcpy(CMSG_DATA(&u.align), &fd, sizeof(fd));
	}
	do
		n = sendmsg(sock, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int msg_recv_any(int sock, void *buf, size_t max, size_t *ret_len, int *ret_fd)
{
	union control u;
	struct iovec iov = { buf, max };
	/* CMSG_LEN, not CMSG_SPACE: the padding would let a second descriptor in. */
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = u.room,
			    .msg_controllen = CMSG_LEN(sizeof(int)) };
	ssize_t n;

	do
		n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	auto_close int fd = -1;

	if (m.msg_controllen > 0 && u.align.cmsg_len == CMSG_LEN(sizeof(fd)) && u.align.cmsg_level == SOL_SOCKET && u.align.cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(&u.align), sizeof(fd));
	if (n == 0)
		return -EPIPE;
	if (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return -EBADMSG;
	*ret_len = (size_t)n;
	*ret_fd = spe_take_fd(&fd);
	return 0;
}

int msg_recv(int sock, void *buf, size_t want, int *ret_fd)
{
	auto_close int fd = -1;
	size_t len;
	int r = msg_recv_any(sock, buf, want, &len, &fd);

	if (r < 0 || len != want)
		return r < 0 ? r : -EBADMSG;
	*ret_fd = spe_take_fd(&fd);
	return 0;
}

int msg_pair(int ret_ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_ends) < 0 ? -errno : 0;
}
