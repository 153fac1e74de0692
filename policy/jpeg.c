/* policy/jpeg.c - JPEG that may leave as it is once reviewed: the segments that a picture needs and no others, and nothing
 * behind its end. Source: ITU-T T.81, annex B; JFIF 1.02. */
#include <string.h>

#include "policy/formats.h"

static void refuse(struct report *r, size_t at, const char *why)
{
	report_add(r, RULE_TYPE, FINDING_BLOCK, (struct place){ .offset = at },
		"save the picture as PNG, or again without metadata", "not a plain JPEG: %s", why);
}

/* NULL, or why a segment of this kind can't be: p has its len bytes behind the length. */
static const char *segment_wrong(uint8_t marker, const uint8_t *p, size_t len)
{
	if (marker == 0xe0)
		return len == 14 && memcmp(p, "JFIF", 5) == 0 && p[12] == 0 && p[13] == 0 ? NULL :
			"its first segment holds more than a resolution";
	if (marker == 0xdb || marker == 0xc4 || marker == 0xda || marker == 0xdd)
		return NULL;
	if (marker >= 0xc0 && marker <= 0xc2)
		return NULL;
	if (marker > 0xe0 && marker <= 0xef)
		return "it has a segment for programs, such as EXIF";
	return marker == 0xfe ? "it has a comment" : "it has a segment that plain pictures don't have";
}

/* Behind a scan's header: to the next marker that is neither a stuffed 0 nor a restart. */
static size_t scan_end_at(const uint8_t *p, size_t n, size_t at)
{
	while (at + 1 < n && !(p[at] == 0xff && p[at + 1] != 0 && !(p[at + 1] >= 0xd0 && p[at + 1] <= 0xd7)))
		at++;
	return at;
}

void jpeg_check(struct report *r, const char *bytes, size_t n)
{
	const uint8_t *p = (const uint8_t *)bytes;
	size_t at = 2;

	while (at + 4 <= n && p[at] == 0xff && p[at + 1] != 0xd9) {
		size_t len = (size_t)p[at + 2] << 8 | p[at + 3];
		const char *wrong;

		if (len < 2 || len > n - at - 2) {
			refuse(r, at, "it is cut off");
			return;
		}
		wrong = segment_wrong(p[at + 1], p + at + 4, len - 2);
		if (wrong) {
			refuse(r, at, wrong);
			return;
		}
		at = p[at + 1] == 0xda ? scan_end_at(p, n, at + 2 + len) : at + 2 + len;
	}
	if (at + 2 > n || p[at] != 0xff || p[at + 1] != 0xd9)
		refuse(r, at, "it doesn't end where it should");
	else if (at + 2 < n)
		refuse(r, at + 2, "bytes follow its end");
}
