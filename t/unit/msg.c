/* t/unit/msg.c - messages between programs: exact sizes, at most one descriptor. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "spe/msg.h"
#include "t/tap.h"

static int ends[2];

static int open_fds(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void a_message_arrives_whole(void)
{
	struct msg_id out = { MSG_STAT, 0x12345678 }, in = { 0 };
	int fd = 7;

	is_int(msg_send(ends[0], &out, sizeof(out), -1), 0, "a message is sent");
	is_int(msg_recv(ends[1], &in, sizeof(in), &fd), 0, "and received");
	is_int(in.id, out.id, "with its content");
	is_int(fd, -1, "and no descriptor");
}

static void a_descriptor_comes_along_closed_on_exec(void)
{
	struct msg_id out = { MSG_STAT, 1 }, in;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), fd = -1;

	msg_send(ends[0], &out, sizeof(out), null);
	is_int(msg_recv(ends[1], &in, sizeof(in), &fd), 0, "a message with a descriptor is received");
	ok(fd >= 0 && fd != null, "the descriptor is a new one");
	is_int(fcntl(fd, F_GETFD), FD_CLOEXEC, "and closes on exec");
	close(fd);
	close(null);
}

static void another_size_is_refused_and_its_descriptor_closed(void)
{
	const char shorter[3] = "ab", longer[64] = "c";
	struct msg_id in;
	int before = open_fds(), fd = -1;

	msg_send(ends[0], shorter, sizeof(shorter), STDOUT_FILENO);
	is_int(msg_recv(ends[1], &in, sizeof(in), &fd), -EBADMSG, "three bytes where eight are wanted: refused");
	msg_send(ends[0], longer, sizeof(longer), STDOUT_FILENO);
	is_int(msg_recv(ends[1], &in, sizeof(in), &fd), -EBADMSG, "sixty-four bytes where eight are wanted: refused");
	is_int(fd, -1, "no descriptor is handed on");
	is_int(open_fds(), before, "and none stays open");
}

static void two_descriptors_are_refused(void)
{
	union {
		char room[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr align;
	} u = { { 0 } };
	struct msg_id out = { MSG_STAT, 1 }, in;
	struct iovec iov = { &out, sizeof(out) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = u.room,
		.msg_controllen = CMSG_LEN(2 * sizeof(int)) };
	const int two[2] = { 1, 2 };
	int before = open_fds(), fd = -1;

	u.align.cmsg_level = SOL_SOCKET;
	u.align.cmsg_type = SCM_RIGHTS;
	u.align.cmsg_len = CMSG_LEN(sizeof(two));
	memcpy(CMSG_DATA(&u.align), two, sizeof(two));
	ok(sendmsg(ends[0], &m, 0) == sizeof(out), "a message with two descriptors is sent");
	is_int(msg_recv(ends[1], &in, sizeof(in), &fd), -EBADMSG, "and refused");
	is_int(open_fds(), before, "with neither left open");
}

static void the_end_is_told(void)
{
	struct msg_id in;
	int fd;

	close(ends[0]);
	is_int(msg_recv(ends[1], &in, sizeof(in), &fd), -EPIPE, "the other side is gone: EPIPE");
	is_int(msg_send(ends[1], &in, sizeof(in), -1), -EPIPE, "for sending too, without a signal");
}

int main(void)
{
	if (!ok(msg_pair(ends) == 0, "a pair is made"))
		return 1;
	a_message_arrives_whole();
	a_descriptor_comes_along_closed_on_exec();
	another_size_is_refused_and_its_descriptor_closed();
	two_descriptors_are_refused();
	the_end_is_told();
	return tap_end();
}
