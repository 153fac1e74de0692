/* t/unit/atrest.c - encryption at rest, told by a made-up /sys/dev/block. */
#include "t/tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "spe/cleanup.h"
#include "sped/engine/atrest.h"

static const unsigned major_is = 259, minor_is = 3;

static void make(const char *line)
{
	char command[600];

	snprintf(command, sizeof(command), "rm -rf sys && mkdir -p sys/%u:%u && cd sys/%u:%u && %s", major_is, minor_is, major_is, minor_is, line);
	if (system(command) != 0)
		exit(99);
}

static const struct {
	const char *what, *line;
	bool want;
} devices[] = {
	{ "a partition", "mkdir slaves && touch partition", false },
	{ "LUKS", "mkdir dm slaves && echo CRYPT-LUKS2-0123-home >dm/uuid", true },
	{ "LVM on a disk", "mkdir -p dm slaves/sda && echo LVM-abc >dm/uuid", false },
	{ "LVM on LUKS", "mkdir -p dm slaves/dm-0/dm && echo LVM-abc >dm/uuid && echo CRYPT-LUKS1-0123 >slaves/dm-0/dm/uuid", true },
	{ "RAID of two LUKS", "mkdir -p slaves/dm-0/dm slaves/dm-1/dm && echo CRYPT-LUKS2-a >slaves/dm-0/dm/uuid && "
			      "echo CRYPT-LUKS2-b >slaves/dm-1/dm/uuid", true },
	{ "RAID of LUKS and a disk", "mkdir -p slaves/dm-0/dm slaves/sdb && echo CRYPT-LUKS2-a >slaves/dm-0/dm/uuid", false },
	{ "another mapping", "mkdir dm && echo SUBDEV-CRYPT-x >dm/uuid", false },
	{ "dm-integrity alone", "mkdir -p dm slaves/sda && echo CRYPT-INTEGRITY-home_dif >dm/uuid", false },
	{ "dm-verity alone", "mkdir -p dm slaves/sda && echo CRYPT-VERITY-0123-usr >dm/uuid", false },
	{ "dm-integrity on LUKS", "mkdir -p dm slaves/dm-0/dm && echo CRYPT-INTEGRITY-x >dm/uuid && "
				  "echo CRYPT-LUKS2-a >slaves/dm-0/dm/uuid", true },
	{ "LUKS on dm-integrity", "mkdir -p dm slaves/dm-0/dm && echo CRYPT-LUKS2-a >dm/uuid && "
				  "echo CRYPT-INTEGRITY-x >slaves/dm-0/dm/uuid", true },
	{ "nothing is there", "true", false },
};

int main(void)
{
	char path[] = P_tmpdir "/spe-unit.XXXXXX";
	struct stat st;
	char command[64];
	size_t i;

	if (!mkdtemp(path) || chdir(path) < 0)
		return 99;
	for (i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		make(devices[i].line);
		is_int(atrest_device("sys", major_is, minor_is), devices[i].want, devices[i].what);
	}
	auto_close int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (here < 0 || fstat(here, &st) < 0)
		return 99;
	is_int(atrest_look(proc, "sys"), ATREST_UNKNOWN, "a file system without a device of its own");
	if (major(st.st_dev) && atrest_look(here, "sys") != ATREST_FSCRYPT) /* as that of most hosts' temporary files */
		is_int(atrest_look(here, "sys"), ATREST_PLAIN, "one whose device is nothing that we made up");
	if (chdir("/") < 0)
		return 99;
	snprintf(command, sizeof(command), "rm -r %s", path);
	return system(command) != 0 ? 99 : tap_end();
}
