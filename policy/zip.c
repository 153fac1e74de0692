/* policy/zip.c - an archive whose directory and entries say the same: the parts lie one behind the other from the first byte
 * on, then the directory, then its end, and nothing else. Only what a document's own parts need is unpacked, within bounds;
 * what is packed in a part stays so. Source: PKWARE APPNOTE 6.3.10, 4.3 to 4.5. */
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "policy/story.h"

#define UNPACKED_MAX ((size_t)64 << 20)
#define RATIO_MAX 100u
#define END_BYTES 22u
#define CENTRAL_BYTES 46u
#define LOCAL_BYTES 30u
#define FLAG_LATER 8u /* checksum and sizes stand behind the data */

/* An entry of the central directory. */
struct entry {
	uint16_t flags, method;
	uint32_t crc, packed, size, local;
	const uint8_t *name;
	size_t name_len, whole;
};

struct archive {
	struct zip *zip;
	const uint8_t *p;
	size_t n, next; /* next: where the next entry has to begin */
};

static bool refuse(struct archive *a, size_t at, const char *wrong)
{
	if (!a->zip->wrong) {
		a->zip->wrong = wrong;
		a->zip->at = at;
	}
	return false;
}

static uint16_t u16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t u32(const uint8_t *p)
{
	return (uint32_t)u16(p) | (uint32_t)u16(p + 2) << 16;
}

static bool has_bytes(const struct archive *a, size_t at, size_t n)
{
	return at <= a->n && a->n - at >= n;
}

/* One of Office's own fields may stand there: room for growing, all zeros. */
static bool is_padding(const uint8_t *p, size_t n)
{
	size_t i;

	if (n < 8 || u16(p) != 0xa220 || u16(p + 2) != n - 4 || u16(p + 4) != 0xa028)
		return n == 0;
	for (i = 8; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

/* Checksum and sizes in the entry's own head: those of the directory, or nothing where they come later. */
static bool same_sizes(const uint8_t *l, const struct entry *e)
{
	if ((e->flags & FLAG_LATER) && u32(l) == 0 && u32(l + 4) == 0 && u32(l + 8) == 0)
		return true;
	return u32(l) == e->crc && u32(l + 4) == e->packed && u32(l + 8) == e->size;
}

static const char *entry_wrong(const struct archive *a, const struct entry *e)
{
	const uint8_t *l = a->p + e->local;

	if (e->flags & ~(0x0806u | FLAG_LATER))
		return "encrypted entries";
	if (e->method != 0 && e->method != 8)
		return "an entry packed in an unusual way";
	if (e->local != a->next || !has_bytes(a, e->local, LOCAL_BYTES + e->name_len))
		return "bytes between its entries";
	if (memcmp(l, "PK\3\4", 4) != 0 || u16(l + 6) != e->flags || u16(l + 8) != e->method || u16(l + 26) != e->name_len ||
		memcmp(l + LOCAL_BYTES, e->name, e->name_len) != 0 || !same_sizes(l + 14, e))
		return "an entry that is not what the directory says";
	if (!has_bytes(a, e->local + LOCAL_BYTES + e->name_len, u16(l + 28)) ||
		!is_padding(l + LOCAL_BYTES + e->name_len, u16(l + 28)))
		return "extra fields in its entries";
	if (!has_bytes(a, e->local + LOCAL_BYTES + e->name_len + u16(l + 28), e->packed))
		return "an entry that is cut off";
	if (e->size / RATIO_MAX > e->packed || e->size > UNPACKED_MAX - a->zip->unpacked)
		return "an entry that unpacks to too much";
	return NULL;
}

/* The entry's bytes, malloc'd, or NULL. */
static char *unpack(const uint8_t *p, const struct entry *e)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)p, .avail_in = e->packed };
	char *text = malloc((size_t)e->size + 1);
	int code = Z_STREAM_END;

	if (text && e->method == 0) {
		code = e->packed == e->size ? Z_STREAM_END : Z_DATA_ERROR;
		if (code == Z_STREAM_END)
			memcpy(text, p, e->size);
	} else if (text && inflateInit2(&z, -MAX_WBITS) == Z_OK) {
		z.next_out = (Bytef *)text;
		z.avail_out = e->size + 1;
		code = inflate(&z, Z_FINISH);
		if (z.total_out != e->size || z.avail_in > 0)
			code = Z_DATA_ERROR;
		inflateEnd(&z);
	}
	if (!text || code != Z_STREAM_END || crc32(crc32(0, NULL, 0), (const Bytef *)text, e->size) != e->crc) {
		free(text);
		return NULL;
	}
	text[e->size] = '\0';
	return text;
}

/* What stands behind the data where checksum and sizes do: with or without a mark before them. */
static size_t later_bytes(const struct archive *a, size_t at, const struct entry *e)
{
	size_t mark = has_bytes(a, at, 16) && memcmp(a->p + at, "PK\7\10", 4) == 0 ? 4 : 0;

	if (!has_bytes(a, at + mark, 12) || u32(a->p + at + mark) != e->crc || u32(a->p + at + mark + 4) != e->packed ||
		u32(a->p + at + mark + 8) != e->size)
		return 0;
	return mark + 12;
}

static bool take_name(struct archive *a, const struct entry *e, bool (*may)(const char *name))
{
	struct zip_part *part = &a->zip->part[a->zip->parts];

	if (e->name_len >= ZIP_NAME || memchr(e->name, '\0', e->name_len))
		return refuse(a, e->local, "a part that a plain document doesn't have");
	snprintf(part->name, sizeof(part->name), "%.*s", (int)e->name_len, (const char *)e->name);
	if (!may(part->name))
		return refuse(a, e->local, "a part that a plain document doesn't have");
	if (zip_find(a->zip, part->name))
		return refuse(a, e->local, "two parts of one name");
	return true;
}

static bool read_entry(struct archive *a, const struct entry *e, bool (*may)(const char *name))
{
	struct zip_part *part = &a->zip->part[a->zip->parts];
	const char *wrong = entry_wrong(a, e);
	size_t at, more;

	if (wrong)
		return refuse(a, e->local, wrong);
	if (!take_name(a, e, may))
		return false;
	at = e->local + LOCAL_BYTES + e->name_len + u16(a->p + e->local + 28);
	more = e->flags & FLAG_LATER ? later_bytes(a, at + e->packed, e) : 0;
	if ((e->flags & FLAG_LATER) && more == 0)
		return refuse(a, e->local, "sizes behind an entry that are not its own");
	a->next = at + e->packed + more;
	part->text = unpack(a->p + at, e);
	part->len = e->size;
	part->stored = e->method == 0;
	part->used = false;
	if (!part->text)
		return refuse(a, e->local, "a damaged part");
	a->zip->unpacked += e->size;
	a->zip->parts++;
	return true;
}

static bool read_central(const struct archive *a, size_t at, size_t end, struct entry *ret)
{
	const uint8_t *c = a->p + at;

	if (end - at < CENTRAL_BYTES || memcmp(c, "PK\1\2", 4) != 0)
		return false;
	*ret = (struct entry){ .flags = u16(c + 8), .method = u16(c + 10), .crc = u32(c + 16), .packed = u32(c + 20),
		.size = u32(c + 24), .local = u32(c + 42), .name = c + CENTRAL_BYTES, .name_len = u16(c + 28) };
	ret->whole = CENTRAL_BYTES + ret->name_len;
	/* neither extra field nor comment, and all on one disk */
	return u16(c + 30) == 0 && u16(c + 32) == 0 && u16(c + 34) == 0 && ret->name_len > 0 && ret->whole <= end - at &&
	       ret->local <= a->n;
}

bool zip_read(struct zip *z, const char *p, size_t n, bool (*may)(const char *name))
{
	struct archive a = { z, (const uint8_t *)p, n, 0 };
	size_t end = n < END_BYTES ? 0 : n - END_BYTES, at, begin, count;
	const uint8_t *e = a.p + end;
	struct entry entry;

	if (n < END_BYTES || memcmp(e, "PK\5\6", 4) != 0)
		return refuse(&a, n, "no directory at its end, or bytes behind it");
	begin = at = u32(e + 16);
	count = u16(e + 10);
	if (u16(e + 20) != 0 || u32(e + 4) != 0 || u16(e + 8) != count || at > end || end - at != u32(e + 12) || count == 0 ||
		count > ZIP_PARTS)
		return refuse(&a, end, "a directory that does not fit it");
	for (; count > 0; count--, at += entry.whole) {
		if (!read_central(&a, at, end, &entry))
			return refuse(&a, at, "an odd entry in its directory");
		if (!read_entry(&a, &entry, may))
			return false;
	}
	return at == end && a.next == begin ? true : refuse(&a, a.next, "bytes that belong to no part");
}

struct zip_part *zip_find(struct zip *z, const char *name)
{
	size_t i;

	for (i = 0; i < z->parts; i++)
		if (strcmp(z->part[i].name, name) == 0)
			return &z->part[i];
	return NULL;
}

void zip_free(struct zip *z)
{
	size_t i;

	for (i = 0; i < z->parts; i++)
		free(z->part[i].text);
	z->parts = 0;
}

/* --- writing --- */

static void put(struct out *o, unsigned bytes, size_t v)
{
	for (; bytes > 0; bytes--, v >>= 8)
		out_byte(o, (char)(v & 0xff));
}

void zip_add(struct zip_out *z, const char *name, const char *p, size_t n)
{
	size_t crc = crc32(crc32(0, NULL, 0), (const Bytef *)p, (uInt)n), len = strlen(name), at = z->out->len - z->begin;
	struct out *o[2] = { z->out, &z->directory };
	int i;

	for (i = 0; i < 2; i++) {
		out_add(o[i], i ? "PK\1\2\24\0" : "PK\3\4", i ? 6 : 4);
		put(o[i], 2, 20);     /* the version that reads it */
		put(o[i], 4, 0);      /* flags, method */
		put(o[i], 2, 0);      /* midnight */
		put(o[i], 2, 0x21);   /* of 1 January 1980, the first day that there is */
		put(o[i], 4, crc);
		put(o[i], 4, n);
		put(o[i], 4, n);
		put(o[i], 2, len);
		put(o[i], 2, 0);
	}
	put(&z->directory, 2, 0);
	put(&z->directory, 8, 0);
	put(&z->directory, 4, at);
	out_add(&z->directory, name, len);
	out_add(z->out, name, len);
	out_add(z->out, p, n);
	z->parts++;
}

void zip_end(struct zip_out *z)
{
	size_t at = z->out->len - z->begin;

	out_add(z->out, z->directory.p, z->directory.len);
	out_add(z->out, "PK\5\6\0\0\0\0", 8);
	put(z->out, 2, z->parts);
	put(z->out, 2, z->parts);
	put(z->out, 4, z->directory.len);
	put(z->out, 4, at);
	put(z->out, 2, 0);
	z->out->failed |= z->directory.failed;
	free(z->directory.p);
	z->directory = (struct out){ 0 };
}
