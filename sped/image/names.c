/* image/names.c - which names of an archive are taken, and which mean something else than a file. Pure. */
#include <string.h>
#include <strings.h>

#include "sped/image/image.h"

#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"

const char *const place_dirs[] = { "code", "data", "dev", "outputs", "proc", "sys", "tmp", "work", NULL };
const char *const place_files[] = { "etc/Rprofile.spe", "etc/group", "etc/hostname", "etc/hosts", "etc/nsswitch.conf", "etc/passwd", "etc/resolv.conf", NULL };

/* Bytes of the character at s, 0 where it is no UTF-8 (RFC 3629). */
static size_t utf8_len(const unsigned char *s)
{
	static const struct {
		unsigned char mask, lead;
		unsigned min;
	} forms[] = { { 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 } };
	size_t n, i;

	for (n = 0; n < 4; n++) {
		unsigned c = *s & (unsigned char)~forms[n].mask;

		if ((*s & forms[n].mask) != forms[n].lead)
			continue;
		for (i = 1; i <= n; i++) {
			if ((s[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (s[i] & 0x3f);
		}
		return c < forms[n].min || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : n + 1;
	}
	return 0;
}

const char *name_text_odd(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n;

	if (!*s)
		return "is empty";
	if (strlen(text) >= IMAGE_PATH)
		return "is longer than 4095 bytes";
	for (; *s; s += n) {
		n = utf8_len(s);
		if (n == 0)
			return "is not UTF-8";
		if (*s < 0x20 || *s == 0x7f || (*s == 0xc2 && s[1] < 0xa0))
			return "has a control character";
	}
	return NULL;
}

static const char *component_odd(const char *p, size_t n)
{
	if (n == 0)
		return "has an empty component";
	if (n > 255)
		return "has a component of more than 255 bytes";
	if (n == 1 && *p == '.')
		return "has a component \".\"";
	return n == 2 && p[0] == '.' && p[1] == '.' ? "has a component \"..\"" : NULL;
}

const char *name_clean(const char *path, char ret[IMAGE_PATH])
{
	const char *odd = name_text_odd(path), *p;
	unsigned depth = 0;
	size_t n;

	if (odd)
		return odd;
	if (*path == '/')
		return "is absolute";
	if (path[0] == '.' && (path[1] == '/' || path[1] == '\0'))
		path += path[1] ? 2 : 1;
	n = strlen(path);
	if (n > 0 && path[n - 1] == '/')
		n--;
	memcpy(ret, path, n);
	ret[n] = '\0';
	for (p = ret; *p; p += n + (p[n] == '/')) {
		n = strcspn(p, "/");
		odd = component_odd(p, n);
		if (odd || (p[n] == '/' && p[n + 1] == '\0'))
			return odd ? odd : "has an empty component";
		if (++depth > SPE_DEPTH_MAX)
			return "is deeper than 64 directories";
	}
	return NULL;
}

/* Does list have the first n bytes of s? 1: just so; -1: but for case. */
static int among(const char *const *list, const char *s, size_t n)
{
	for (; *list; list++)
		if (strlen(*list) == n && strncasecmp(*list, s, n) == 0)
			return memcmp(*list, s, n) == 0 ? 1 : -1;
	return 0;
}

enum place name_place(const char *clean)
{
	static const char *const etc[] = { "etc", NULL };
	size_t top = strcspn(clean, "/"), second = clean[top] ? top + 1 + strcspn(clean + top + 1, "/") : 0;
	int is = among(place_dirs, clean, top);

	if (is == 0 && second > 0)
		is = among(place_files, clean, second);
	if (is != 0)
		return is > 0 ? PLACE_OURS : PLACE_ODD;
	is = among(etc, clean, top);
	if (is < 0)
		return PLACE_ODD;
	return is > 0 && clean[top] == '\0' ? PLACE_ETC : PLACE_NONE;
}

int name_whiteout(const char *clean, const char **ret_name)
{
	const char *slash = strrchr(clean, '/'), *last = slash ? slash + 1 : clean;
	const size_t n = sizeof(WHITEOUT) - 1;

	*ret_name = last + n;
	if (strncmp(clean, WHITEOUT, n) == 0 && last != clean)
		return -1;
	if (strstr(clean, "/" WHITEOUT) && strstr(clean, "/" WHITEOUT) + 1 != last)
		return -1; /* beneath one */
	if (strncmp(last, WHITEOUT, n) != 0)
		return 0;
	if (strcmp(last, OPAQUE) == 0)
		return 2;
	return strncmp(last + n, WHITEOUT, n) == 0 || component_odd(last + n, strlen(last + n)) ? -1 : 1;
}
