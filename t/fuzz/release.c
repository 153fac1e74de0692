/* A release of any bytes: read or refused, never believed. The promise: whatever the bytes, it is
 * verified only with the signatures of two keys whose private halves no fuzzer has. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "spe-cli/verify.h"
#include "spe/cleanup.h"
#include "sped/base/buf.h"
#include "sped/base/json.h"

static const char gate[] =
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO7F8VO4ue3NpKvkC/TyHuMCCTfK8G7Tqef4MMmEtIUx";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	auto_close int fd = memfd_create("release", MFD_CLOEXEC);
	const struct verify_keys own = { NULL, NULL }, given = { gate, NULL };
	auto_json json_t *first = NULL, *second = NULL;

	if (fd < 0 || io_write_all(fd, data, len) < 0 || lseek(fd, 0, SEEK_SET) != 0)
		return 0;
	if (verify_release(fd, &own, &first, NULL) == 0 &&
		!json_is_array(json_object_get(first, "steps")))
		__builtin_trap();
	if (lseek(fd, 0, SEEK_SET) != 0)
		return 0;
	if (verify_release(fd, &given, &second, NULL) == 0 && json_flag(second, "verified"))
		__builtin_trap();
	return 0;
}
