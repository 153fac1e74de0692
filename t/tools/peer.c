/* t/tools/peer.c - t-peer SOCKET: the pid of the process that listens on a SOCK_SEQPACKET socket. */
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char **argv)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (argc != 2 || snprintf(a.sun_path, sizeof(a.sun_path), "%s", argv[1]) >= (int)sizeof(a.sun_path))
		return 2;
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return 1;
	return printf("%d\n", peer.pid) < 0;
}
