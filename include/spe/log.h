/* spe/log.h - one line to standard error: "PROGRAM: topic: sentence". Never data of anyone. */
#ifndef SPE_LOG_H
#define SPE_LOG_H
#include <unistd.h>

void spe_log_name(const char *program);
void spe_log(const char *topic, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* spe_die - (topic, fmt, ...): log once and leave with status 1, libraries as they are: they may be what is short. For main.c files. */
#define spe_die(...) (spe_log(__VA_ARGS__), _exit(1))
#endif
