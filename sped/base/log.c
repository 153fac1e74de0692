/* base/log.c - see spe/log.h. Root links this. */
#include "spe/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *program_name = "spe";

void spe_log_name(const char *program)
{
	program_name = program;
}

/* One write, so that lines of several programs do not mix. */
void spe_log(const char *topic, const char *fmt, ...)
{
	char buf[1024];
	int head = snprintf(buf, 128, "%s: %s: ", program_name, topic), n; /* both are ours, and short */
	size_t at, i;
	va_list ap;

	va_start(ap, fmt);
	n = vsnprintf(buf + head, sizeof(buf) - 128, fmt, ap);
	va_end(ap);
	at = strnlen(buf, sizeof(buf) - 2);
	for (i = 0; i < at && n >= 0; i++)
		if ((unsigned char)buf[i] < 0x20 || buf[i] == 0x7f)
			buf[i] = '?';
	buf[at++] = '\n';
	if (write(STDERR_FILENO, buf, at) < 0)
		return; /* nobody is left to tell */
}
