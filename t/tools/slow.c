/* t/tools/slow.c - what makes of spe-unpack one that takes its time: linked to it with --wrap=archive_read_new, so that
 * t/0345-attest.t has a job that is still being begun when it is read first. Nothing is installed. */
#include <archive.h>
#include <time.h>

struct archive *__real_archive_read_new(void);
struct archive *__wrap_archive_read_new(void);

struct archive *__wrap_archive_read_new(void)
{
	const struct timespec while_ago = { 2, 0 };

	nanosleep(&while_ago, NULL);
	return __real_archive_read_new();
}
