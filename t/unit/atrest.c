/* t/unit/atrest.c - encryption at rest, told by a made-up /sys/dev/block beside the device that a directory is on. */
#include "t/tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/engine/atrest.h"

static unsigned major_is, minor_is;

static void make(const char *line)
{
	char command[600];

	snprintf(command, sizeof(command), "rm -rf sys && mkdir -p sys/%u:%u && cd sys/%u:%u && %s", major_is, minor_is, major_is, minor_is, line);
	if (system(command) != 0)
		exit(99);
}

static const struct {
	const char *what, *line;
	enum atrest want;
} devices[] = {
	{ "a partition", "mkdir slaves && touch partition", ATREST_PLAIN },
	{ "LUKS", "mkdir dm slaves && echo CRYPT-LUKS2-0123-home >dm/uuid", ATREST_DMCRYPT },
	{ "LVM on a disk", "mkdir -p dm slaves/sda && echo LVM-abc >dm/uuid", ATREST_PLAIN },
	{ "LVM on LUKS", "mkdir -p dm slaves/dm-0/dm && echo LVM-abc >dm/uuid && echo CRYPT-LUKS1-0123 >slaves/dm-0/dm/uuid", ATREST_DMCRYPT },
	{ "RAID of two LUKS", "mkdir -p slaves/dm-0/dm slaves/dm-1/dm && echo CRYPT-LUKS2-a >slaves/dm-0/dm/uuid && "
			      "echo CRYPT-LUKS2-b >slaves/dm-1/dm/uuid", ATREST_DMCRYPT },
	{ "RAID of LUKS and a disk", "mkdir -p slaves/dm-0/dm slaves/sdb && echo CRYPT-LUKS2-a >slaves/dm-0/dm/uuid", ATREST_PLAIN },
	{ "another mapping", "mkdir dm && echo SUBDEV-CRYPT-x >dm/uuid", ATREST_PLAIN },
	{ "nothing is there", "true", ATREST_PLAIN },
};

int main(void)
{
	char path[] = P_tmpdir "/spe-unit.XXXXXX";
	struct stat st;
	size_t i;

	if (!mkdtemp(path) || chdir(path) < 0)
		return 99;
	auto_close int dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0 || fstat(dir, &st) < 0)
		return 99;
	major_is = major(st.st_dev);
	minor_is = minor(st.st_dev);
	for (i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		make(devices[i].line);
		is_int(atrest_look(dir, "sys"), major_is == 0 ? ATREST_UNKNOWN : devices[i].want, devices[i].what);
	}
	if (chdir("/") < 0)
		return 99;
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", path);
	return system(command) != 0 ? 99 : tap_end();
}
