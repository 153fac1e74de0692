/* hostile/host.c - what the host of the test has, and a job should not reach. Lives until it is told to end; tries nothing. */
#include "t/hostile/hostile.h"

#include <mqueue.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static int loopback_up(void)
{
	struct ifreq r = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

	return ioctl(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), SIOCSIFFLAGS, &r);
}

static int listen_tcp(int family)
{
	const struct sockaddr_in a4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)told.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct sockaddr_in6 a6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)told.port), .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int s = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (s < 0 && family == AF_INET6)
		return 0;
	return bind(s, family == AF_INET ? (const void *)&a4 : (const void *)&a6, family == AF_INET ? sizeof(a4) : sizeof(a6)) < 0 ? -1 : listen(s, 64);
}

static int listen_abstract(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(a.sun_path + 1, ABSTRACT, strlen(ABSTRACT));
	return bind(s, (const struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(ABSTRACT))) < 0 ? -1 : listen(s, 64);
}

int be_host(void)
{
	umask(0);
	if (loopback_up() < 0 || listen_tcp(AF_INET) < 0 || listen_abstract() < 0 || shmget(KEY, 4096, IPC_CREAT | 0666) < 0 ||
	    semget(KEY, 1, IPC_CREAT | 0666) < 0 || msgget(KEY, IPC_CREAT | 0666) < 0)
		return perror("hostile: the host's objects"), 1;
	listen_tcp(AF_INET6); /* not every host has it */
	mq_open(QUEUE, O_RDWR | O_CREAT, 0666, NULL);
	puts("ready");
	fflush(stdout);
	return pause();
}
