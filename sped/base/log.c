/* base/log.c - see spe/log.h. Root links this. */
#include "spe/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *program_name = "spe";

void spe_log_name(const char *program)
{
	program_name = program;
}

/* One write, so that lines of several programs do not mix. */
__attribute__((format(printf, 2, 0))) static void line(const char *topic, const char *fmt, va_list ap)
{
	char buf[1024];
	int n = snprintf(buf, sizeof(buf), "%s: %s: ", program_name, topic);
	size_t at = n < 0 ? 0 : (size_t)n, i;

	if (at < sizeof(buf)) {
		n = vsnprintf(buf + at, sizeof(buf) - at, fmt, ap);
		at += n < 0 ? 0 : (size_t)n;
	}
	if (at > sizeof(buf) - 2)
		at = sizeof(buf) - 2;
	for (i = 0; i < at; i++)
		if ((unsigned char)buf[i] < 0x20 || buf[i] == 0x7f)
			buf[i] = '?';
	buf[at++] = '\n';
	if (write(STDERR_FILENO, buf, at) < 0)
		return; /* nobody is left to tell */
}

void spe_log(const char *topic, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(topic, fmt, ap);
	va_end(ap);
}

void spe_die(const char *topic, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(topic, fmt, ap);
	va_end(ap);
	exit(1);
}
