/* api/client.c - see api.h: connections, and who made them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "spe/cleanup.h"
#include "sped/api/api.h"

static struct client *clients;

/* Connections of one uid, and of all but root. */
static unsigned count(uid_t uid, unsigned *ret_others)
{
	const struct client *c;
	unsigned n = 0;

	*ret_others = 0;
	for (c = clients; c; c = c->next) {
		n += c->uid == uid;
		*ret_others += c->uid != 0;
	}
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
static void refuse(int fd, bool of_one)
{
	struct spe_error e = { 0 };

	spe_fail(&e, SPE_E_BUSY, "too many connections %sare open", of_one ? "of one user " : "");
	spe_remedy(&e, of_one ? "try: again when others of yours have ended" : "try: again in a while");
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
	unsigned n, others;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return;
	n = count(peer.uid, &others);
	if (peer.uid != 0 && (n >= API_PER_UID + API_PER_UID_TOLD || others >= API_OTHERS)) {
		refuse(fd, n >= API_PER_UID + API_PER_UID_TOLD);
		return;
	}
	c = calloc(1, sizeof(*c));
	if (!c)
		return;
	*c = (struct client){ .next = clients, .uid = peer.uid, .busy = peer.uid != 0 && n >= API_PER_UID };
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
