/* policy/patterns.h - the patterns of kernels.c, in terms of classes of characters. It is included once for each way to shift
 * words: UP(x, n) is where x stands n characters before, OF(name) what a function is called then, TARGET the instructions
 * that it may use. */

/* Here x, and n characters before y. */
#define BOTH(x, y, n) { (x).now & UP(y, n), (x).old & (y).old << (n) }
#define FIRST(x) ((x).now & ~UP(x, 1)) /* of a row */

static INLINE TARGET void OF(get)(struct pair *ret, const struct walk *w, enum class c, size_t k)
{
	ret->now = LOAD(&w->of[c][k]);
	ret->old = LOAD(&w->of[c][k - 1]);
}

static INLINE TARGET void OF(next)(lanes *ret, const struct walk *w, enum class c, size_t k)
{
	*ret = LOAD(&w->of[c][k + 1]);
}

static INLINE TARGET void OF(put)(struct walk *w, enum pattern p, size_t k, const lanes *v, lanes *any)
{
	memcpy(&w->found[p][k], v, sizeof(*v));
	if (any)
		*any |= *v;
}

/* Digits and joints in chains. "2026-01-15 12:30", which programs write in each line, is a chain of ten digits
 * that no number begins in: what is before ':' and a digit is part of a time. */
static INLINE TARGET void OF(find_chains)(struct walk *w, size_t k, const struct pair *d, const struct pair *d4, const struct pair *letter,
	const struct pair *word)
{
	struct pair dot, blank, dash, plus, under, d27, colon;

	OF(get)(&dot, w, DOT, k), OF(get)(&blank, w, BLANK, k), OF(get)(&dash, w, DASH, k);
	OF(get)(&plus, w, PLUS, k), OF(get)(&under, w, UNDER, k), OF(get)(&d27, w, DIGIT27, k), OF(get)(&colon, w, COLON, k);

	lanes behind, found;
	struct pair joint = { blank.now | dash.now | plus.now | under.now, blank.old | dash.old | plus.old | under.old };
	struct pair joined = { d->now | (joint.now & UP(*d, 1)), d->old | (joint.old & d->old << 1) };
	struct pair row2 = BOTH(joined, joined, 1), row4 = BOTH(row2, row2, 2), row6 = BOTH(row4, row2, 4), row8 = BOTH(row4, row4, 4);
	struct pair d8 = BOTH(*d4, *d4, 4);
	struct pair ten = BOTH(row8, row2, 8), nine = BOTH(d8, *d, 8), d2 = BOTH(*d, *d, 1);
	struct pair either = { ten.now | nine.now, ten.old | nine.old };
	struct pair dashes = { dash.now & ~dot.now, dash.old & ~dot.old };

	OF(next)(&behind, w, DIGIT, k);
	found = colon.now & (d->now >> 1 | behind << 63);
	found &= UP(d2, 1) & UP(blank, 3) & UP(d2, 4) & UP(dashes, 6) & UP(d2, 7) & UP(dashes, 9) & UP(*d4, 10) & UP(d27, 13) &
		~UP(joint, 14) & ~UP(*d, 14);
	found = UP(either, 1) & ~joined.now & ~found;
	OF(put)(w, CHAIN, k, &found, NULL);
	found = d2.now & UP(*d, 2) & UP(*letter, 3) & (UP(row6, 4) | (UP(row6, 5) & ~UP(*word, 4)));
	OF(put)(w, LETTERED, k, &found, NULL);
}

/* Numbers behind words: a letter, and up to three characters that are none. */
static INLINE TARGET void OF(find_told)(struct walk *w, size_t k, const struct pair *d, const struct pair *d4, const struct pair *letter,
	const struct pair *word, lanes *seldom)
{
	struct pair dot, dash, alpha;

	OF(get)(&dot, w, DOT, k), OF(get)(&dash, w, DASH, k), OF(get)(&alpha, w, ALPHA, k);

	struct pair near = { UP(*letter, 1) | (~UP(*word, 1) & (UP(*letter, 2) | (~UP(*word, 2) & (UP(*letter, 3) |
								(~UP(*word, 3) & UP(*letter, 4)))))),
		letter->old << 1 | (~(word->old << 1) & (letter->old << 2 | (~(word->old << 2) & (letter->old << 3 |
								(~(word->old << 3) & letter->old << 4))))) };
	struct pair five = BOTH(*d4, *d, 4), part = BOTH(dash, *d, 1), point = BOTH(dot, *d, 1);
	struct pair point2 = { point.now & (UP(point, 2) | UP(point, 3) | UP(point, 4)),
		point.old & (point.old << 2 | point.old << 3 | point.old << 4) };
	lanes found = FIRST(five) & ~UP(dot, 5) & (UP(near, 4) | UP(part, 5));

	OF(put)(w, TOLD, k, &found, NULL);
	found = d4->now & UP(point, 4) & (UP(near, 5) | UP(near, 6) | UP(near, 7));
	OF(put)(w, DEGREES, k, &found, seldom);
	found = point.now & (UP(point2, 2) | UP(point2, 3) | UP(point2, 4));
	OF(put)(w, IPV4, k, &found, seldom);
	found = d->now & UP(*d, 1) & UP(alpha, 2) & UP(alpha, 3) & ~UP(*word, 4);
	OF(put)(w, IBAN, k, &found, seldom);
}

/* Colons two to five apart, and dashes three apart. */
static INLINE TARGET void OF(find_colons)(struct walk *w, size_t k, lanes *seldom)
{
	struct pair colon, dash;

	OF(get)(&colon, w, COLON, k), OF(get)(&dash, w, DASH, k);

#define NEAR(x) { UP(x, 2) | UP(x, 3) | UP(x, 4) | UP(x, 5), (x).old << 2 | (x).old << 3 | (x).old << 4 | (x).old << 5 }
	struct pair near = NEAR(colon), second = { colon.now & near.now, colon.old & near.old };
	struct pair third = NEAR(second), apart = BOTH(dash, dash, 3), apart2 = BOTH(apart, apart, 3);
	lanes found = colon.now & (third.now | UP(colon, 1));
#undef NEAR

	OF(put)(w, COLONS, k, &found, seldom);
	found = apart2.now & UP(apart2, 6);
	OF(put)(w, DASHES, k, &found, seldom);
}

static INLINE TARGET void OF(find_rest)(struct walk *w, size_t k, const struct pair *d, const struct pair *word, bool few, lanes *seldom)
{
	struct pair dot, dash, plus, under, alpha, p;
	lanes behind, other, bad, d27, at, found;

	OF(get)(&dot, w, DOT, k), OF(get)(&dash, w, DASH, k), OF(get)(&plus, w, PLUS, k), OF(get)(&under, w, UNDER, k);
	OF(get)(&alpha, w, ALPHA, k), OF(get)(&p, w, LETTER_P, k);

	d27 = LOAD(&w->of[DIGIT27][k]);
	behind = LOAD(&w->of[DIGIT27][k - 1]);

	struct pair token = { alpha.now | d27, alpha.old | behind };
	struct pair coded = { d->now | alpha.now | plus.now | under.now | (dash.now & ~dot.now),
		d->old | alpha.old | plus.old | under.old | (dash.old & ~dot.old) };
	struct pair row = few ? token : coded;
	struct pair row2 = BOTH(row, row, 1), row4 = BOTH(row2, row2, 2), row8 = BOTH(row4, row4, 4), row16 = BOTH(row8, row8, 8);
	struct pair row24 = BOTH(row16, row8, 16), row31 = BOTH(row16, row16, 15);

	found = few ? FIRST(row31) : FIRST(row24);
	OF(put)(w, CODED, k, &found, NULL);
	OF(next)(&behind, w, DIGIT27, k);
	found = p.now & ~UP(*word, 1) & (lanes)((d27 | behind) != 0);
	OF(next)(&other, w, DIGIT, k);
	bad = d->now & ~d27;
	behind = other & ~behind;
#define DOWN(n) (bad |= bad >> (n) | behind << (64 - (n)), behind |= behind >> (n))
	DOWN(1), DOWN(2), DOWN(4), DOWN(8), DOWN(15);
#undef DOWN
	found &= ~bad; /* which no pseudonym has, in 31 characters */
	OF(put)(w, WORDS, k, &found, NULL);
	behind = other;
	at = LOAD(&w->of[AT][k]);
	found = at | (plus.now & (d->now >> 1 | behind << 63));
	OF(put)(w, SIGNS, k, &found, seldom);
}

static INLINE TARGET void OF(find)(struct walk *w, size_t n, bool few)
{
	size_t k;

	for (k = 1; k <= n; k += LANES) {
		struct pair d, alpha, other;
		lanes seldom = { 0 };

		OF(get)(&d, w, DIGIT, k), OF(get)(&alpha, w, ALPHA, k), OF(get)(&other, w, OTHER, k);

		struct pair letter = { alpha.now | other.now, alpha.old | other.old };
		struct pair word = { letter.now | d.now, letter.old | d.old };
		struct pair d2 = BOTH(d, d, 1), d4 = BOTH(d2, d2, 2);

		OF(find_chains)(w, k, &d, &d4, &letter, &word);
		if (!few) {
			OF(find_told)(w, k, &d, &d4, &letter, &word, &seldom);
			OF(find_colons)(w, k, &seldom);
		}
		OF(find_rest)(w, k, &d, &word, few, &seldom);
		OF(put)(w, SELDOM, k, &seldom, NULL);
	}
}

#undef BOTH
#undef FIRST
#undef UP
#undef OF
#undef TARGET
