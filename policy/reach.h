/* policy/reach.h - how far a shape of a drawing goes, on the page or canvas; of PDF and SVG. Boxes are left, top, right and bottom.
 * Touches: memory that it was given. */
#ifndef SPE_POLICY_REACH_H
#define SPE_POLICY_REACH_H
#include <math.h>
#include <stdbool.h>

struct reach {
	double box[4];
	bool far; /* half as wide or high as the page beyond it */
};

static inline void reach_begin(struct reach *r)
{
	*r = (struct reach){ .box = { INFINITY, INFINITY, -INFINITY, -INFINITY } };
}

/* A point of it, which m puts onto the page. */
static inline void reach_point(struct reach *r, const double m[6], const double page[4], double x, double y)
{
	const double a = m[0] * x + m[2] * y + m[4], b = m[1] * x + m[3] * y + m[5];
	const double wide = (page[2] - page[0]) / 2, high = (page[3] - page[1]) / 2;

	r->box[0] = fmin(r->box[0], a);
	r->box[1] = fmin(r->box[1], b);
	r->box[2] = fmax(r->box[2], a);
	r->box[3] = fmax(r->box[3], b);
	r->far |= a < page[0] - wide || a > page[2] + wide || b < page[1] - high || b > page[3] + high;
}

/* Nobody sees it, or it goes far beyond what is seen. */
static inline bool reach_is_outside(const struct reach *r, const double page[4])
{
	const double *c = r->box;

	return c[0] <= c[2] && (r->far || c[2] < page[0] || c[0] > page[2] || c[3] < page[1] || c[1] > page[3]);
}
#endif
