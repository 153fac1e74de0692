/* policy/rebuild_png.c - pictures drawn anew: decoded by libpng, written with the chunks that a picture needs and no
 * others. What no eye sees is not written: what is nearly transparent, palette entries that no pixel has, 16 bits where 8
 * are shown; and the lowest bit of each sample where low bits vary in areas of one colour, or two where colours near it do.
 * Sources: W3C PNG specification (third edition); libpng manual. Only memory is read and written. */
#include <png.h>
#include <setjmp.h>
#include <string.h>

#include "policy/formats.h"

#define SIDE_MAX 8192u /* as png.c */
#define PIXELS_MAX ((uint64_t)64 << 20)
#define WHOLE_MAX ((uint64_t)160 << 20) /* bytes of an interlaced picture, which has to be held whole */
#define SLOW_MAX ((uint64_t)24 << 20)   /* bytes of rows; above, packing fast matters more than packing well */
#define FAINT 13     /* of 255: opacity that nobody sees, 5 %, as in svg.c */
#define NEAR 3       /* of 255: two colours that differ by no more are one to the eye */
#define FLAT 8       /* pixels in a row with the same upper bits make an area */
#define WINDOW 2048u /* low bits that are judged at once */
#define WINDOW_LEAST 256u
/* A share of changes with an entropy of more than 0.9 bits per bit lies between these, in thousandths. */
#define SHARE_MIN 316u
#define SHARE_MAX 684u
/* What antialiased lines and letters make of changes in a whole picture, with room: charts of R and Matplotlib have up to 130
 * within runs of one colour, and up to 950 where runs of few colours take turns. */
#define RUN_CHANGES 256u
#define TURN_CHANGES 2048u
/* What hexagons, translucent points and smooth surfaces make of them, with room: those have up to 3000. */
#define NEAR_CHANGES 4096u
#define COLOURS 4    /* of the row's last ones that a pixel is compared with */

struct source {
	const unsigned char *p;
	size_t n, at;
};

/* Low bits of flat areas: whether each is that of the pixel before. Even colours and slow gradients seldom change: each channel
 * once in a run, or once for each colour of a row. More than that is counted over the whole picture, as a quiet stretch beside
 * a noisy one says nothing about it. */
struct noise {
	uint64_t same, other;
	uint64_t run_changes, turn_changes, near_changes;
	bool found;
};

/* A colour by its upper seven bits, as the row had it last. */
struct recent {
	const unsigned char *pixel;
	unsigned changed_in_run, changed_in_row; /* a bit for each channel */
};

/* A colour and those near it, as the row had them last: a gradient goes on, a message goes back and forth. */
struct near {
	const unsigned char *pixel;
	unsigned up, down, once, twice; /* a bit for each channel: how it went last, and how often it turned */
};

struct drawing {
	jmp_buf failed; /* libpng comes back here */
	struct source in;
	struct out *out;
	png_structp read, write;
	png_infop read_info, write_info;
	uint32_t width, height;
	int depth, colour, interlace, passes, channels;
	size_t row_bytes;
	unsigned char *row, *whole; /* whole: of an interlaced picture */
	unsigned char *line, *above; /* colours of a palette's row; the row before */
	bool used[256];  /* entries of the palette */
	png_color palette[256];
	png_byte alpha[256], map[256];
	int entries, alphas;
	unsigned char low; /* bits that are not written */
	struct noise noise;
};

static void on_error(png_structp png, png_const_charp text)
{
	struct drawing *d = png_get_error_ptr(png);

	(void)text;
	longjmp(d->failed, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

static void give(png_structp png, png_bytep to, size_t n)
{
	struct source *s = png_get_io_ptr(png);

	if (n > s->n - s->at)
		png_error(png, "cut off");
	memcpy(to, s->p + s->at, n);
	s->at += n;
}

static void keep(png_structp png, png_bytep p, size_t n)
{
	struct out *o = png_get_io_ptr(png);

	out_add(o, (const char *)p, n);
	if (o->failed)
		png_error(png, "no memory");
}

static void nothing(png_structp png)
{
	(void)png;
}

/* --- low bits --- */

static void end_window(struct noise *z, uint64_t least)
{
	uint64_t all = z->same + z->other;

	if (all < least)
		return;
	z->found |= z->other * 1000 > SHARE_MIN * all && z->other * 1000 < SHARE_MAX * all;
	z->same = z->other = 0;
}

static bool same_colour(const unsigned char *a, const unsigned char *b, int channels)
{
	int i;

	for (i = 0; i < channels; i++)
		if ((a[i] ^ b[i]) & 0xfe)
			return false;
	return true;
}

/* A run of pixels whose upper seven bits are the same: pixels from..to of a row. */
static void take_run(struct noise *z, const unsigned char *row, size_t from, size_t to, int channels)
{
	size_t i, samples = (size_t)channels;

	if (to - from < FLAT)
		return;
	for (i = (from + 1) * samples; i < to * samples; i++) {
		bool other = (row[i] ^ row[i - samples]) & 1;

		z->other += other;
		z->same += !other;
	}
	end_window(z, WINDOW);
}

/* A pixel and the last one of its colour: changes that are not the first of their channel. In a run that one is beside it. */
static void take_pixel(struct noise *z, struct recent *r, const unsigned char *pixel, int channels, bool in_run)
{
	unsigned changed = 0;
	int i;

	for (i = 0; i < channels; i++)
		changed |= (unsigned)((r->pixel[i] ^ pixel[i]) & 1) << i;
	z->run_changes += in_run ? (unsigned)__builtin_popcount(changed & r->changed_in_run) : 0;
	z->turn_changes += (unsigned)__builtin_popcount(changed & r->changed_in_row);
	r->changed_in_run = in_run ? r->changed_in_run | changed : 0;
	r->changed_in_row |= changed;
	r->pixel = pixel;
}

static void count_changes(struct noise *z, const unsigned char *row, size_t pixels, int channels)
{
	struct recent recent[COLOURS];
	size_t i, k, was = 0, all = 0;

	for (i = 0; i < pixels; i++) {
		const unsigned char *pixel = row + i * (size_t)channels;

		for (k = 0; k < all && k < COLOURS && !same_colour(recent[k].pixel, pixel, channels); k++)
			;
		if (k == all || k == COLOURS) {
			k = all++ % COLOURS;
			recent[k] = (struct recent){ .pixel = pixel };
		} else {
			take_pixel(z, &recent[k], pixel, channels, k == was);
		}
		was = k;
	}
}

static bool is_near(const unsigned char *a, const unsigned char *b, int channels)
{
	int i;

	for (i = 0; i < channels; i++)
		if (a[i] > b[i] + NEAR || b[i] > a[i] + NEAR)
			return false;
	return true;
}

/* Channels that go up, and those that go down, from one pixel to another. What the lowest bit says is counted above. */
static void find_ways(const unsigned char *from, const unsigned char *to, int channels, unsigned *ret_up, unsigned *ret_down)
{
	int i;

	for (i = 0, *ret_up = *ret_down = 0; i < channels; i++) {
		bool other = (from[i] ^ to[i]) & 0xfe;

		*ret_up |= (unsigned)(other && to[i] > from[i]) << i;
		*ret_down |= (unsigned)(other && to[i] < from[i]) << i;
	}
}

/* The channels that turn for the third time or later. */
static unsigned take_near(struct near *n, const unsigned char *pixel, int channels)
{
	unsigned up, down, turned, again;

	find_ways(n->pixel, pixel, channels, &up, &down);
	turned = (up & n->down) | (down & n->up);
	again = turned & n->twice;
	n->twice |= turned & n->once;
	n->once |= turned;
	n->up = (n->up & ~down) | up;
	n->down = (n->down & ~up) | down;
	n->pixel = pixel;
	return again;
}

/* What the row above has too is counted there: cells of a heat map go back and forth as well, but in many rows alike. */
static void count_near(struct noise *z, const unsigned char *row, const unsigned char *above, size_t pixels, int channels)
{
	struct near near[COLOURS];
	size_t i, k, last = 0, all = 0, c = (size_t)channels;

	for (i = 0; i < pixels * c; i += c) {
		const unsigned char *was;
		unsigned again;

		if (i > 0 && memcmp(row + i, row + i - c, c) == 0) { /* most of a chart */
			near[last].pixel = row + i;
			continue;
		}
		for (k = 0; k < all && k < COLOURS && !is_near(near[k].pixel, row + i, channels); k++)
			;
		if (k == all || k == COLOURS) {
			last = all++ % COLOURS;
			near[last] = (struct near){ .pixel = row + i };
			continue;
		}
		last = k;
		was = near[k].pixel;
		again = take_near(&near[k], row + i, channels);
		if (memcmp(row + i, above + i, c) != 0 || memcmp(was, above + (was - row), c) != 0)
			z->near_changes += (unsigned)__builtin_popcount(again);
	}
}

static void take_row(struct noise *z, const unsigned char *row, unsigned char *above, size_t pixels, int channels)
{
	size_t i, from = 0, c = (size_t)channels;

	count_changes(z, row, pixels, channels);
	count_near(z, row, above, pixels, channels);
	memcpy(above, row, pixels * c);
	for (i = 1; i < pixels; i++) {
		if (same_colour(row + i * c, row + (i - 1) * c, channels))
			continue;
		take_run(z, row, from, i, channels);
		from = i;
	}
	take_run(z, row, from, pixels, channels);
}

/* A palette's colours, pixel by pixel. */
static void take_indexed(struct drawing *d, const unsigned char *row)
{
	size_t i;

	for (i = 0; i < d->width; i++) {
		const png_color *c = &d->palette[row[i]];

		d->used[row[i]] = true;
		memcpy(d->line + 4 * i, (unsigned char[4]){ c->red, c->green, c->blue, d->alpha[row[i]] }, 4);
	}
	for (i = 0; i < d->width; i += 512)
		take_row(&d->noise, d->line + 4 * i, d->above + 4 * i, d->width - i < 512 ? d->width - i : 512, 4);
}

/* --- reading --- */

static bool read_begin(struct drawing *d)
{
	d->in.at = 0;
	d->read = png_create_read_struct(PNG_LIBPNG_VER_STRING, d, on_error, on_warning);
	d->read_info = d->read ? png_create_info_struct(d->read) : NULL;
	return d->read_info != NULL;
}

static void read_header(struct drawing *d)
{
	png_set_user_limits(d->read, SIDE_MAX, SIDE_MAX);
	png_set_chunk_cache_max(d->read, 64);
	png_set_chunk_malloc_max(d->read, 1 << 20);
	png_set_crc_action(d->read, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
	png_set_keep_unknown_chunks(d->read, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
	png_set_read_fn(d->read, &d->in, give);
	png_read_info(d->read, d->read_info);
	png_get_IHDR(d->read, d->read_info, &d->width, &d->height, &d->depth, &d->colour, &d->interlace, NULL, NULL);
	if ((uint64_t)d->width * d->height > PIXELS_MAX)
		png_error(d->read, "too large");
	if (d->depth == 16)
		png_set_scale_16(d->read);
	if (d->colour == PNG_COLOR_TYPE_PALETTE)
		png_set_packing(d->read);
	else if (png_get_valid(d->read, d->read_info, PNG_INFO_tRNS))
		png_set_tRNS_to_alpha(d->read);
	else if (d->depth < 8)
		png_set_expand_gray_1_2_4_to_8(d->read);
	d->passes = png_set_interlace_handling(d->read);
	png_read_update_info(d->read, d->read_info);
	d->colour = png_get_color_type(d->read, d->read_info);
	d->channels = png_get_channels(d->read, d->read_info);
	d->row_bytes = png_get_rowbytes(d->read, d->read_info);
	if (d->row_bytes != (size_t)d->width * (size_t)d->channels)
		png_error(d->read, "odd rows");
}

/* libpng has no palette without one; entries beyond it are black, so that no index is outside. */
static void read_palette(struct drawing *d)
{
	png_colorp colours;
	png_bytep alphas;
	int n = 0, i;

	memset(d->palette, 0, sizeof(d->palette));
	memset(d->alpha, 255, sizeof(d->alpha));
	if (d->colour != PNG_COLOR_TYPE_PALETTE)
		return;
	if (png_get_PLTE(d->read, d->read_info, &colours, &d->entries) != PNG_INFO_PLTE || d->entries > 256)
		png_error(d->read, "no palette");
	memcpy(d->palette, colours, sizeof(*colours) * (size_t)d->entries);
	if (png_get_tRNS(d->read, d->read_info, &alphas, &n, NULL) == PNG_INFO_tRNS && alphas)
		for (i = 0; i < n && i < 256; i++)
			d->alpha[i] = alphas[i];
	for (i = 0; i < 256; i++)
		if (d->alpha[i] < FAINT) {
			d->palette[i] = (png_color){ 0 };
			d->alpha[i] = 0;
		}
}

/* Colours that nobody sees, under an alpha of next to nothing. */
static void clear_hidden(const struct drawing *d, unsigned char *row)
{
	size_t i, k, c = (size_t)d->channels;

	if (!(d->colour & PNG_COLOR_MASK_ALPHA))
		return;
	for (i = 0; i < d->row_bytes; i += c)
		for (k = 0; row[i + c - 1] < FAINT && k < c; k++)
			row[i + k] = 0;
}

static void look_at_row(struct drawing *d, unsigned char *row)
{
	if (d->colour == PNG_COLOR_TYPE_PALETTE) {
		take_indexed(d, row);
		return;
	}
	clear_hidden(d, row);
	take_row(&d->noise, row, d->above, d->width, d->channels);
}

static void read_rows(struct drawing *d, void (*act)(struct drawing *d, unsigned char *row))
{
	uint32_t y;
	int pass;

	for (pass = 0; pass + 1 < d->passes; pass++)
		for (y = 0; y < d->height; y++)
			png_read_row(d->read, d->whole + y * d->row_bytes, NULL);
	for (y = 0; y < d->height; y++) {
		unsigned char *row = d->whole ? d->whole + y * d->row_bytes : d->row;

		png_read_row(d->read, row, NULL);
		act(d, row);
	}
	png_read_end(d->read, NULL);
}

static void make_room(struct drawing *d)
{
	uint64_t all = (uint64_t)d->row_bytes * d->height;

	if (d->passes > 1 && all <= WHOLE_MAX && !d->whole)
		d->whole = calloc(1, (size_t)all);
	if (d->passes == 1 && !d->row)
		d->row = malloc(d->row_bytes);
	if (!d->line)
		d->line = calloc(2, (size_t)d->width * 4);
	d->above = d->line ? d->line + (size_t)d->width * 4 : NULL;
	if ((!d->whole && !d->row) || !d->line)
		png_error(d->read, "no memory");
}

static bool survey(struct drawing *d)
{
	bool good = read_begin(d);

	if (setjmp(d->failed)) {
		good = false;
	} else if (good) {
		read_header(d);
		read_palette(d);
		make_room(d);
		read_rows(d, look_at_row);
		end_window(&d->noise, WINDOW_LEAST);
		d->noise.found |= d->noise.run_changes > RUN_CHANGES || d->noise.turn_changes > TURN_CHANGES;
		d->low = d->noise.near_changes > NEAR_CHANGES ? 3 : d->noise.found;
	}
	png_destroy_read_struct(&d->read, &d->read_info, NULL);
	return good;
}

/* --- writing --- */

static bool same_entry(const struct drawing *d, int a, int b)
{
	return memcmp(&d->palette[a], &d->palette[b], sizeof(png_color)) == 0 && d->alpha[a] == d->alpha[b];
}

/* Entries that are used, each colour once, in their order: which of two equal ones a pixel has says nothing. */
static void squeeze_palette(struct drawing *d)
{
	int i, k, n = 0;

	for (i = 0; i < 256; i++) {
		if (!d->used[i])
			continue;
		d->palette[i].red &= (png_byte)~d->low;
		d->palette[i].green &= (png_byte)~d->low;
		d->palette[i].blue &= (png_byte)~d->low;
		d->alpha[i] |= d->alpha[i] > 0 ? d->low : 0;
		for (k = 0; k < n && !same_entry(d, k, i); k++)
			;
		d->map[i] = (png_byte)k;
		if (k < n)
			continue;
		d->palette[n] = d->palette[i];
		d->alpha[n++] = d->alpha[i];
	}
	d->entries = n;
	for (d->alphas = n; d->alphas > 0 && d->alpha[d->alphas - 1] == 255;)
		d->alphas--;
}

/* Of alpha the low bits become 1, so that what is opaque stays so. */
static void zero_low(const struct drawing *d, unsigned char *row)
{
	bool alpha = d->colour & PNG_COLOR_MASK_ALPHA;
	size_t i, c = (size_t)d->channels;

	for (i = 0; i < d->row_bytes; i++) {
		if (!alpha || i % c != c - 1)
			row[i] &= (unsigned char)~d->low;
		else
			row[i] |= row[i] > 0 ? d->low : 0;
	}
}

static void write_row(struct drawing *d, unsigned char *row)
{
	size_t i;

	if (d->colour == PNG_COLOR_TYPE_PALETTE)
		for (i = 0; i < d->row_bytes; i++)
			row[i] = d->map[row[i]];
	clear_hidden(d, row);
	if (d->low && d->colour != PNG_COLOR_TYPE_PALETTE)
		zero_low(d, row);
	png_write_row(d->write, row);
}

static int packed_depth(const struct drawing *d)
{
	if (d->colour != PNG_COLOR_TYPE_PALETTE)
		return 8;
	return d->entries <= 2 ? 1 : d->entries <= 4 ? 2 : d->entries <= 16 ? 4 : 8;
}

/* How large the picture is meant to be and how bright, where that is sane; any number is not. */
static void write_hints(struct drawing *d)
{
	png_uint_32 x, y;
	int unit, intent;
	png_fixed_point gamma;

	if (png_get_sRGB(d->read, d->read_info, &intent) == PNG_INFO_sRGB)
		png_set_sRGB(d->write, d->write_info, PNG_sRGB_INTENT_PERCEPTUAL);
	else if (png_get_gAMA_fixed(d->read, d->read_info, &gamma) == PNG_INFO_gAMA && gamma == 45455)
		png_set_gAMA_fixed(d->write, d->write_info, gamma);
	if (png_get_pHYs(d->read, d->read_info, &x, &y, &unit) == PNG_INFO_pHYs && x == y && x >= 1000 && x <= 100000 &&
		unit == PNG_RESOLUTION_METER)
		png_set_pHYs(d->write, d->write_info, x, y, unit);
}

static void write_header(struct drawing *d)
{
	png_set_IHDR(d->write, d->write_info, d->width, d->height, packed_depth(d), d->colour, PNG_INTERLACE_NONE,
		PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	if (d->colour == PNG_COLOR_TYPE_PALETTE) {
		png_set_PLTE(d->write, d->write_info, d->palette, d->entries);
		if (d->alphas > 0)
			png_set_tRNS(d->write, d->write_info, d->alpha, d->alphas, NULL);
	}
	write_hints(d);
	if ((uint64_t)d->row_bytes * d->height > SLOW_MAX)
		png_set_compression_level(d->write, 2);
	png_write_info(d->write, d->write_info);
	png_set_packing(d->write);
}

static bool write_begin(struct drawing *d)
{
	d->write = png_create_write_struct(PNG_LIBPNG_VER_STRING, d, on_error, on_warning);
	d->write_info = d->write ? png_create_info_struct(d->write) : NULL;
	return d->write_info != NULL;
}

static bool draw(struct drawing *d)
{
	bool good = read_begin(d) && write_begin(d);

	/* Either side's error ends both; what libpng holds is freed below. */
	if (setjmp(d->failed)) {
		good = false;
	} else if (good) {
		read_header(d);
		png_set_write_fn(d->write, d->out, keep, nothing);
		write_header(d);
		read_rows(d, write_row);
		png_write_end(d->write, NULL);
	}
	png_destroy_read_struct(&d->read, &d->read_info, NULL);
	png_destroy_write_struct(&d->write, &d->write_info);
	return good;
}

bool rebuild_png(struct report *r, struct out *o, const char *p, size_t n)
{
	struct drawing *d = calloc(1, sizeof(*d));
	bool good;

	if (!d)
		return false;
	d->in = (struct source){ .p = (const unsigned char *)p, .n = n };
	d->out = o;
	good = survey(d);
	if (good && d->low)
		report_add(r, RULE_HIDDEN, FINDING_REVIEW, (struct place){ 0 },
			"draw the picture with few colours and save it again",
			"the lowest bits of colours vary where the picture has one colour, which can carry a message; the "
			"release has them all 0");
	if (good) {
		squeeze_palette(d);
		good = draw(d);
	}
	free(d->row);
	free(d->whole);
	free(d->line);
	free(d);
	return good && !o->failed;
}
