/* trust/path.c - see spe/path.h. */
#include "spe/path.h"

#include <string.h>

static size_t name_length(const char *s)
{
	size_t n;

	for (n = 0; (unsigned char)s[n] >= 0x20 && s[n] != 0x7f && !strchr(".[]=", s[n]); n++)
		;
	return n;
}

static int member(const char **at, struct path_step *ret)
{
	*ret = (struct path_step){ .kind = PATH_MEMBER, .name = *at, .name_len = name_length(*at) };
	*at += ret->name_len;
	return ret->name_len > 0 ? 1 : -1;
}

static int in_list(const char **at, struct path_step *ret)
{
	const char *p = *at + 1, *end = strchr(p, ']');

	if (!end)
		return -1;
	*at = end + 1;
	*ret = (struct path_step){ .kind = PATH_INDEX, .name = p, .name_len = name_length(p) };
	if (p[ret->name_len] == '=' && ret->name_len > 0) {
		ret->kind = PATH_WHERE;
		ret->value = p + ret->name_len + 1;
		ret->value_len = (size_t)(end - ret->value);
		for (p = ret->value; p < end; p++)
			if ((unsigned char)*p < 0x20 || *p == 0x7f)
				return -1;
		return ret->value_len > 0 ? 1 : -1;
	}
	if (p + ret->name_len != end || ret->name_len == 0 || ret->name_len > 6 || (*p == '0' && ret->name_len > 1))
		return -1;
	for (; p < end; p++) {
		if (*p < '0' || *p > '9')
			return -1;
		ret->index = ret->index * 10 + (uint32_t)(*p - '0');
	}
	return ret->index < PATH_INDEX_MAX ? 1 : -1;
}

int path_next(const char *path, const char **at, struct path_step *ret)
{
	if (*at == path)
		return member(at, ret);
	if (**at == '\0')
		return 0;
	if (**at == '[')
		return in_list(at, ret);
	if (**at != '.')
		return -1;
	++*at;
	return member(at, ret);
}

bool path_ok(const char *path)
{
	struct path_step step;
	const char *at = path;
	int r, n;

	for (n = 0; (r = path_next(path, &at, &step)) > 0; n++)
		;
	return r == 0 && n <= PATH_STEPS_MAX && strlen(path) <= PATH_MAX_BYTES;
}
