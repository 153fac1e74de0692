/* api/client.c - see api.h: connections, and who made them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "spe/cleanup.h"
#include "sped/api/api.h"

static struct client *clients;

static unsigned count(uid_t uid)
{
	const struct client *c;
	unsigned n = 0;

	for (c = clients; c; c = c->next)
		n += c->uid == uid;
	return n;
}

void client_tell(int fd, unsigned status, const struct spe_error *e)
{
	auto_buf struct buf b = { 0 };
	auto_free char *text = answer_text(e);

	if (!text)
		return;
	buf_fmt(&b,
		"HTTP/1.1 %u %s\r\nConnection: close\r\nContent-Type: application/json\r\n"
		"Content-Length: %zu\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n%s",
		status, MHD_get_reason_phrase_for(status), strlen(text), text);
	/* Less than any socket buffer; who does not read it has closed. */
	if (!b.bad && send(fd, b.p, b.len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return;
}

/* Beyond the connections that are told there is no waiting: the next must get its turn. */
static void refuse(int fd)
{
	struct spe_error e = { 0 };

	spe_fail(&e, SPE_E_BUSY, "too many connections of one user are open");
	spe_remedy(&e, "try: again when others of yours have ended");
	client_tell(fd, 503, &e);
	shutdown(fd, SHUT_RDWR);
}

/* Where nothing is set, serve_request closes. */
static void begin(struct MHD_Connection *conn, void **ret)
{
	int fd = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	struct ucred peer;
	socklen_t len = sizeof(peer);
	struct client *c;
	unsigned n;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return;
	n = peer.uid == 0 ? 0 : count(peer.uid);
	if (n >= API_PER_UID + API_PER_UID_TOLD) {
		refuse(fd);
		return;
	}
	c = calloc(1, sizeof(*c));
	if (!c)
		return;
	*c = (struct client){ .next = clients, .uid = peer.uid, .busy = n >= API_PER_UID };
	if (c->busy)
		MHD_set_connection_option(
			conn, MHD_CONNECTION_OPTION_TIMEOUT, (unsigned)API_TOLD_S);
	clients = c;
	*ret = c;
}

static void end(struct client *gone)
{
	struct client **at = &clients;

	while (*at && *at != gone)
		at = &(*at)->next;
	if (*at)
		*at = gone->next;
	free(gone);
}

void client_notify(void *unused, struct MHD_Connection *conn, void **client,
	enum MHD_ConnectionNotificationCode what)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		begin(conn, client);
	else if (*client)
		end(*client);
}
