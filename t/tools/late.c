/* t/tools/late.c - what makes of spe-init one whose command takes its time to be executed: linked to it with --wrap=execvpe, so
 * that t/0345-attest.t has a job whose first process waits for that while it is read. Nothing is installed. */
#include <time.h>

int __real_execvpe(const char *file, char *const *argv, char *const *env);
int __wrap_execvpe(const char *file, char *const *argv, char *const *env);

int __wrap_execvpe(const char *file, char *const *argv, char *const *env)
{
	const struct timespec while_ago = { 4, 0 };

	nanosleep(&while_ago, NULL);
	return __real_execvpe(file, argv, env);
}
