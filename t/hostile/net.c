/* hostile/net.c - attempts by sockets and by what System V and POSIX share, on what the host has (host.c). */
#include "t/hostile/hostile.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <mqueue.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_in loopback(void)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)told.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static int connect_to(long family)
{
	const struct sockaddr_in a = loopback();
	int s = (int)syscall(SYS_socket, family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return s < 0 ? -errno : answer(connect(s, (const struct sockaddr *)&a, sizeof(a)));
}

int tcp_host(void) { return connect_to(AF_INET); }
int tcp_high_bits(void) { return connect_to(0x100000000 | AF_INET); }

int tcp6_host(void)
{
	const struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)told.port), .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int s = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return s < 0 ? -errno : answer(connect(s, (const struct sockaddr *)&a, sizeof(a)));
}

int udp_host(void)
{
	const struct sockaddr_in a = loopback();
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return s < 0 ? -errno : answer(sendto(s, "x", 1, 0, (const struct sockaddr *)&a, sizeof(a)));
}

static int abstract(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(a.sun_path + 1, ABSTRACT, strlen(ABSTRACT));
	return connect(s, (const struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(ABSTRACT))) < 0 ? -errno : s;
}

int abstract_host(void)
{
	int s = abstract();

	return s < 0 ? s : 0;
}

/* A descriptor of the data to somebody outside. */
int pass_fd_out(void)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} u = { { 0 } };
	struct iovec iov = { zero, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = u.room, .msg_controllen = CMSG_LEN(sizeof(int)) };
	int fd = open("/data", O_RDONLY | O_CLOEXEC), s = abstract();

	*CMSG_FIRSTHDR(&m) = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &fd, sizeof(fd));
	return s < 0 ? s : answer(sendmsg(s, &m, 0));
}

/* Bring its own loopback up: what comes first for a network of its own. */
int netlink_up(void)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
	} ask = { { sizeof(ask), RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0 }, { .ifi_index = 1, .ifi_flags = IFF_UP, .ifi_change = IFF_UP } };
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[256];
	} said = { .error.error = -EIO };
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (s < 0 || send(s, &ask, sizeof(ask), 0) < 0 || recv(s, &said, sizeof(said), 0) < 0)
		return -errno;
	return said.error.error;
}

int shm_host(void) { return answer(shmget(KEY, 0, 0)); }
int sem_host(void) { return answer(semget(KEY, 0, 0)); }
int msg_host(void) { return answer(msgget(KEY, 0)); }
int mq_host(void) { return answer(mq_open(QUEUE, O_RDONLY)); }
