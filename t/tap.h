/* t/tap.h - a C test reads as sentences and prints both values when they differ. */
#ifndef SPE_TAP_H
#define SPE_TAP_H
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

/* MANY - so many; a tenth of them where sanitizers look at each access. */
#ifdef __SANITIZE_ADDRESS__
#define MANY(n) ((n) / 10)
#else
#define MANY(n) (n)
#endif

static inline bool ok(bool good, const char *what)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++tap_count, what);
	fflush(stdout);
	tap_failed += !good;
	return good;
}

static inline bool is_int(long long got, long long want, const char *what)
{
	bool good = ok(got == want, what);

	if (!good)
		printf("# got %lld, wanted %lld\n", got, want);
	return good;
}

static inline bool is_str(const char *got, const char *want, const char *what)
{
	bool good = ok(got && want ? strcmp(got, want) == 0 : got == want, what);

	if (!good)
		printf("# got    \"%s\"\n# wanted \"%s\"\n", got ? got : "(null)",
			want ? want : "(null)");
	return good;
}

static inline bool has_str(const char *text, const char *part, const char *what)
{
	bool good = ok(text && strstr(text, part), what);

	if (!good)
		printf("# \"%s\" is not in \"%s\"\n", part, text ? text : "(null)");
	return good;
}

static inline int tap_end(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed > 0;
}
#endif
