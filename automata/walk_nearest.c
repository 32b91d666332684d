/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which counts some path has, beyond the table: sets of counts as bits. Row r holds for each state
 * the f for which some path of r packets, f of them forward, ends the flow; a row follows from the
 * one before by shifts and ors. Very large counts are first made smaller by whole cycles of the
 * automaton, which long paths must hold anyway.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "automata/walk_internal.h"
#include "base/mem.h"

enum {
	EXACT_PACKETS = 8192,	/* longest path whose counts are looked at as they are */
	REDUCED_PACKETS = 4096, /* what longer ones are reduced to */
};

struct support {
	const struct walk *walk;
	uint32_t top, limit;  /* rows side..top are made; limit bounds top */
	size_t n_words;	      /* of one state's row at limit */
	uint64_t *now, *next; /* n_states x n_words */
	uint64_t *start;      /* the start's rows, from side on, packed: (r + 64) / 64 words each */
	size_t n_start, start_capacity;
	size_t *offset; /* limit - side + 1: where a row begins in start */
};

static void support_done(struct support *s)
{
	free(s->now);
	free(s->next);
	free(s->start);
	free(s->offset);
}

static int keep_start(struct support *s)
{
	size_t n = s->top / 64 + 1;
	int r = mem_grow(&s->start, &s->start_capacity, s->n_start + n, sizeof(*s->start),
			 (size_t)1 << 27);

	if (r < 0)
		return -ENOMEM;
	memcpy(s->start + s->n_start, s->now, n * sizeof(*s->start));
	s->offset[s->top - s->walk->side] = s->n_start;
	s->n_start += n;
	return 0;
}

static int support_init(struct support *s, const struct walk *w, uint32_t limit)
{
	size_t n = w->n_states;

	memset(s, 0, sizeof(*s));
	s->walk = w;
	s->top = w->side;
	s->limit = limit < w->side ? w->side : limit;
	s->n_words = s->limit / 64 + 1;
	s->now = mem_array(n * s->n_words, sizeof(*s->now));
	s->next = mem_array(n * s->n_words, sizeof(*s->next));
	s->offset = mem_array(s->limit - w->side + 1, sizeof(*s->offset));
	if (s->now == NULL || s->next == NULL || s->offset == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i <= w->side; i++) {
		for (size_t k = 0; k < n; k++) {
			if (w->border[i * n + k] != 0)
				s->now[k * s->n_words + i / 64] |= UINT64_C(1) << i % 64;
		}
	}
	return keep_start(s);
}

static void or_row(uint64_t *to, const uint64_t *from, size_t n, bool shift)
{
	uint64_t carry = 0;

	for (size_t k = 0; k < n; k++) {
		to[k] |= shift ? from[k] << 1 | carry : from[k];
		carry = from[k] >> 63;
	}
}

static int support_extend(struct support *s, uint32_t to)
{
	const struct walk *w = s->walk;

	while (s->top < to) {
		uint64_t *last = s->now;
		size_t n = (s->top + 1) / 64 + 1;

		memset(s->next, 0, w->n_states * s->n_words * sizeof(*s->next));
		for (uint32_t k = 0; k < w->n_states; k++) {
			for (uint32_t e = w->first[k]; e < w->first[k + 1]; e++)
				or_row(s->next + k * s->n_words,
				       last + w->edges[e].dst * s->n_words, n, e < w->backward[k]);
		}
		s->now = s->next;
		s->next = last;
		s->top++;
		if (keep_start(s) < 0)
			return -ENOMEM;
	}
	return 0;
}

static bool table_has(const struct walk *w, uint32_t f, uint32_t n)
{
	return w->start[walk_cell_index(f, n)] != 0;
}

/* 1, 0, or -ENOMEM. */
static int support_has(struct support *s, uint64_t f, uint64_t b)
{
	uint64_t n = f + b;
	const uint64_t *row;

	if (n <= s->walk->side)
		return table_has(s->walk, (uint32_t)f, (uint32_t)n);
	if (n > s->limit)
		return 0;
	if (support_extend(s, (uint32_t)n) < 0)
		return -ENOMEM;
	row = s->start + s->offset[n - s->walk->side];
	return row[f / 64] >> f % 64 & 1;
}

/* How probable counts are, in some unit: decides ties. */
static double score(const struct walk *w, uint64_t f, uint64_t b)
{
	uint64_t n = f + b;

	if (n <= w->side)
		return walk_log2_mass(w, (uint32_t)f, (uint32_t)b);
	return walk_curve_rate(w, (uint32_t)f, (uint32_t)n) * (double)n * 1.4426950408889634;
}

struct ring {
	struct support *support;
	uint64_t forward, backward;
	uint64_t best[2];
	double best_score;
	bool found;
};

static int ring_look(struct ring *ring, int64_t a, int64_t b)
{
	int64_t f = (int64_t)ring->forward + a, g = (int64_t)ring->backward + b;
	double now;
	int r;

	if (f < 0 || g < 0)
		return 0;
	r = support_has(ring->support, (uint64_t)f, (uint64_t)g);
	if (r <= 0)
		return r;
	now = score(ring->support->walk, (uint64_t)f, (uint64_t)g);
	if (ring->found && now <= ring->best_score)
		return 0;
	ring->found = true;
	ring->best_score = now;
	ring->best[0] = (uint64_t)f;
	ring->best[1] = (uint64_t)g;
	return 0;
}

/* All counts that are `distance` packets off, until some have a path. */
static int ring_search(struct ring *ring, uint64_t distance_max)
{
	for (int64_t d = 0; d <= (int64_t)distance_max; d++) {
		for (int64_t a = -d; a <= d; a++) {
			int64_t b = d - (a < 0 ? -a : a);

			if (ring_look(ring, a, b) < 0 || (b != 0 && ring_look(ring, a, -b) < 0))
				return -ENOMEM;
		}
		if (ring->found)
			return 0;
	}
	return -ENOENT;
}

/* Divides off what lies outside the cone of the two extreme cycles, the cheaper way, when it is
 * much. */
static void project(const struct walk *w, uint64_t *f, uint64_t *b)
{
	for (int side = 0; side < 2; side++) {
		uint64_t cf = w->cycle[side][side], cb = w->cycle[side][1 - side];
		uint64_t *few = side == 0 ? f : b, *many = side == 0 ? b : f;
		uint64_t drop, add;

		/* Along this ray few / many = cf / cb; below it, no long path. */
		if (*few * cb >= *many * cf)
			continue;
		drop = *many - *few * cb / cf;
		add = cb > 0 ? (*many * cf + cb - 1) / cb - *few : UINT64_MAX;
		if (drop < REDUCED_PACKETS / 4 || add < REDUCED_PACKETS / 4)
			continue;
		if (drop <= add)
			*many -= drop;
		else
			*few += add;
	}
}

/* Takes whole cycles off both counts until about REDUCED_PACKETS are left; ret_taken: what was
 * taken. Counts no cycle can carry are cut. */
static void reduce(const struct walk *w, uint64_t counts[2], uint64_t ret_taken[2])
{
	const int64_t a0 = (int64_t)w->cycle[0][0], b0 = (int64_t)w->cycle[0][1];
	const int64_t a1 = (int64_t)w->cycle[1][0], b1 = (int64_t)w->cycle[1][1];
	int64_t f = (int64_t)counts[0], b = (int64_t)counts[1], det = a0 * b1 - a1 * b0;
	int64_t keep = REDUCED_PACKETS, n = f + b, k[2] = { 0, 0 };

	if (w->cyclic && det != 0) {
		k[0] = (f * b1 - b * a1) / det;
		k[1] = (a0 * b - b0 * f) / det;
	}
	if (w->cyclic && (det == 0 || k[0] <= 0 || k[1] <= 0)) {
		/* On or outside one ray: as many of its cycles as fit. */
		int side = det != 0 && k[0] <= 0 ? 1 : 0;
		int64_t cf = (int64_t)w->cycle[side][0], cb = (int64_t)w->cycle[side][1];
		int64_t by_f = cf > 0 ? f / cf : INT64_MAX, by_b = cb > 0 ? b / cb : INT64_MAX;

		k[side] = by_f < by_b ? by_f : by_b;
		k[1 - side] = 0;
	}
	for (int side = 0; side < 2; side++) {
		int64_t own = k[side] > 0 ? k[side] - (k[side] * keep + n - 1) / n : 0;

		ret_taken[0] += (uint64_t)own * w->cycle[side][0];
		ret_taken[1] += (uint64_t)own * w->cycle[side][1];
	}
	for (int d = 0; d < 2; d++) {
		counts[d] -= ret_taken[d];
		if (counts[d] > EXACT_PACKETS)
			counts[d] = EXACT_PACKETS;
	}
}

int walk_feasible(const struct walk *w, uint64_t n_forward, uint64_t n_backward)
{
	uint64_t counts[2] = { n_forward, n_backward }, taken[2] = { 0, 0 };
	struct support support;
	int r;

	if (n_forward + n_backward <= w->side)
		return table_has(w, (uint32_t)n_forward, (uint32_t)(n_forward + n_backward));
	if (n_forward + n_backward > EXACT_PACKETS) {
		reduce(w, counts, taken);
		if (counts[0] + taken[0] != n_forward || counts[1] + taken[1] != n_backward)
			return 0;
	}
	r = support_init(&support, w, (uint32_t)(counts[0] + counts[1]));
	if (r == 0)
		r = support_has(&support, counts[0], counts[1]);
	support_done(&support);
	return r < 0 ? -1 : r;
}

static void bound(uint64_t *f, uint64_t *b)
{
	const uint64_t limit = WALK_LIMIT_PACKETS - EXACT_PACKETS;

	if (*f > limit)
		*f = limit;
	if (*b > limit)
		*b = limit;
	if (*f + *b > limit) {
		uint64_t n = *f + *b;

		*f = *f * limit / n;
		*b = *b * limit / n;
	}
}

bool walk_nearest(const struct walk *w, uint64_t *n_forward, uint64_t *n_backward)
{
	uint64_t counts[2] = { *n_forward, *n_backward }, taken[2] = { 0, 0 }, n;
	struct support support;
	struct ring ring;
	bool moved;

	if (counts[0] <= w->side && counts[1] <= w->side && counts[0] + counts[1] <= w->side &&
	    table_has(w, (uint32_t)counts[0], (uint32_t)(counts[0] + counts[1])))
		return false;
	if (counts[0] > WALK_LIMIT_PACKETS || counts[1] > WALK_LIMIT_PACKETS ||
	    counts[0] + counts[1] > WALK_LIMIT_PACKETS)
		bound(&counts[0], &counts[1]);
	for (int d = 0; d < 2; d++) {
		/* Without cycles no path has that many packets, so what is nearest stays it. */
		if (!w->cyclic && counts[d] > w->n_states)
			counts[d] = w->n_states;
	}
	if (counts[0] + counts[1] > EXACT_PACKETS) {
		if (w->cyclic)
			project(w, &counts[0], &counts[1]);
		reduce(w, counts, taken);
	}
	n = counts[0] + counts[1];
	ring = (struct ring) { .support = &support, .forward = counts[0], .backward = counts[1] };
	/* Some path is shorter than the number of states, so the search ends. */
	if (support_init(&support, w, (uint32_t)(2 * n + w->n_states)) < 0 ||
	    ring_search(&ring, n + w->n_states) < 0) {
		support_done(&support);
		return false;
	}
	support_done(&support);
	ring.best[0] += taken[0];
	ring.best[1] += taken[1];
	moved = ring.best[0] != *n_forward || ring.best[1] != *n_backward;
	*n_forward = ring.best[0];
	*n_backward = ring.best[1];
	return moved;
}
