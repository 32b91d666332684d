/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/chronicle_draw.h"

#include <string.h>

#include "base/dist.h"
#include "flow/chronicle_pack.h"

enum { END_TRIES = 16, TUPLE_TRIES = 8, AHEAD_LINES = 16 };

/* Four words at once: SSE2, NEON, or what the compiler makes of it. */
typedef uint32_t words4 __attribute__((vector_size(16)));
typedef uint64_t words2 __attribute__((vector_size(16)));

/* Bit i: is sums[i] above x, of eight. */
static inline uint32_t bits_above(const uint32_t *sums, uint32_t x)
{
	const words4 x4 = { x, x, x, x };
	words4 low, high;
	words2 both;

	memcpy(&low, sums, sizeof(low));
	memcpy(&high, sums + 4, sizeof(high));
	low = (words4)(low > x4) & (words4) { 1, 2, 4, 8 };
	high = (words4)(high > x4) & (words4) { 16, 32, 64, 128 };
	both = (words2)(low | high);
	return (uint32_t)(both[0] | both[1]) | (uint32_t)((both[0] | both[1]) >> 32);
}

/*
 * Index of the first of n running sums above x; they end with one that is, so what stands behind
 * them may be anything. Without a branch for each: which it is cannot be foretold.
 */
static inline uint32_t find_sum(const uint32_t *sums, uint32_t n, uint32_t x)
{
	uint32_t lo = 0;

	while (n > PACK_SCAN_WORDS) {
		const uint32_t half = n / 2;

		lo += half & (0 - (uint32_t)(sums[lo + half - 1] <= x));
		n -= half;
	}
	return lo + (uint32_t)__builtin_ctz(bits_above(sums + lo, x));
}

/* The pattern whose share of the hour's weights a draw falls into. */
uint32_t chronicle_draw_pattern(const struct chronicle_flows *flows, int64_t start_ns,
				struct rng *flow)
{
	const uint32_t hour = pattern_hour(start_ns);
	__extension__ typedef unsigned __int128 uint128;
	const uint32_t n = flows->n_patterns;
	const uint64_t *sums = flows->weights + (size_t)hour * n, total = sums[n - 1];
	const uint16_t *guides = flows->pack->guides + (size_t)hour * (PACK_GUIDES + 1);
	uint64_t u = rng_u64(flow);
	uint32_t i;

	/* As rng_below64() does it; the guide wants the draw itself. */
	if (u * total < total)
		while (u * total < (0 - total) % total)
			u = rng_u64(flow);
	for (i = guides[u / (UINT64_MAX / PACK_GUIDES + 1)];
	     sums[i] <= (uint64_t)((uint128)u * total >> 64); i++)
		;
	return i;
}

static const struct packed_pattern *packed_pattern(const struct chronicle_pack *pack, uint32_t i)
{
	return (const void *)(pack->words + pack->patterns[i]);
}

uint32_t chronicle_draw_rows(const struct chronicle_flows *flows, uint32_t i_pattern)
{
	return packed_pattern(flows->pack, i_pattern)->n_rows;
}

void chronicle_draw_kinds(const struct chronicle_flows *flows, uint32_t i_pattern,
			  struct pattern_draw *draw, struct rng *flow)
{
	const struct chronicle_pack *pack = flows->pack;
	const struct packed_pattern *p = packed_pattern(pack, i_pattern);
	const uint32_t *at = (const void *)p;
	const uint16_t *kinds;
	uint32_t v = 0;

	/* The rest of it is on its way while the first of it is looked at. */
	for (uint32_t k = 1; k < AHEAD_LINES && k * PACK_LINE_WORDS < p->n_words; k++)
		__builtin_prefetch(at + k * PACK_LINE_WORDS);
	draw->i_pattern = i_pattern;
	draw->pinned[0] = draw->pinned[1] = BAYES_NO_CODE;
	draw->packed = p;
	draw->n_rows = p->n_rows;
	if (p->n_variants > 1)
		v = find_sum(pack->words + p->sums, p->n_variants, rng_below(flow, p->count));
	kinds = (const uint16_t *)(pack->words + p->sums + p->n_variants) + v * p->n_rows;
	for (uint32_t r = 0; r < p->n_rows; r++) {
		const struct packed_row *row = (const void *)(pack->words + p->rows[r]);
		uint16_t *codes = pattern_codes(draw, r);

		memcpy(codes, row->codes, sizeof(row->codes));
		codes[FLOW_KIND] = kinds[r];
	}
}

/* The row of a table, or NULL. */
static inline const uint32_t *table_row(const uint32_t *table, uint64_t key)
{
	const uint32_t shift = table[0], mask = (UINT32_C(1) << (64 - shift)) - 1;

	for (uint32_t s = pack_slot(key, shift);; s = (s + 1) & mask) {
		const uint32_t *row = table + table[1 + s];

		if (row == table)
			return NULL;
		if (row[0] == (uint32_t)key && (uint16_t)row[1] == key >> 32)
			return row;
	}
}

/* The row for the longest known prefix of the parents, or NULL: the base network draws. */
static inline const uint32_t *find_row(const uint32_t *words, const struct packed_step *step,
				       const uint16_t *codes)
{
	/* Codes that are not known are in no table: what does not count is left out below. */
	const uint64_t key = (uint64_t)codes[step->parents[0]] << 32 |
			     (uint64_t)codes[step->parents[1]] << 16 | codes[step->parents[2]];

	for (uint32_t n = step->n_parents; n > 0; n--) {
		const uint32_t *row = table_row(words + step->tables[n], key & pack_key_mask(n));

		if (row != NULL)
			return row;
	}
	return step->tables[0] == 0 ? NULL : words + step->tables[0];
}

static inline uint32_t row_cells(const uint32_t *row)
{
	return (row[1] >> 16) + 1;
}

/* The code of the cell that x, below the row's total, falls into. */
static inline uint16_t row_code(const uint32_t *row, uint32_t x)
{
	const uint32_t n = row_cells(row), *cells = row + PACK_ROW_WORDS;

	if (row[2] <= UINT16_MAX)
		return (uint16_t)cells[find_sum(cells, n, x << 16 | UINT16_MAX)];
	return ((const uint16_t *)(cells + n))[find_sum(cells, n, x)];
}

static uint16_t draw_by_base(const struct chronicle_pack *pack, uint32_t c, const uint16_t *codes,
			     struct rng *rng)
{
	const uint32_t *row = find_row(pack->words, &pack->base[c], codes);

	return row_code(row, row_cells(row) == 1 ? 0 : rng_below(rng, row[2]));
}

/* From the row's network, or from the base network where that gives way. */
static inline uint16_t draw_step(const struct chronicle_pack *pack, const struct packed_step *step,
				 const uint16_t *codes, struct rng *rng)
{
	const uint32_t *row = step->by_base ? NULL : find_row(pack->words, step, codes);
	uint32_t total, n, x;

	if (row == NULL)
		return draw_by_base(pack, step->column, codes, rng);
	total = row[2];
	n = row_cells(row);
	x = rng_below(rng, total > UINT32_MAX - n ? UINT32_MAX : total + n);
	return x < total ? row_code(row, x) : draw_by_base(pack, step->column, codes, rng);
}

/* A host that is not the flow's other end; pooled ones may meet, being many. */
static uint16_t draw_end(const struct chronicle_flows *flows, const struct packed_step *step,
			 const uint16_t *codes, struct rng *tuple)
{
	const int c = step->column;
	const uint16_t other = codes[c == FLOW_SRC_HOST ? FLOW_DST_HOST : FLOW_SRC_HOST];
	uint16_t code = draw_step(flows->pack, step, codes, tuple);
	struct bayes_row any;

	if (code != other || flows->pack->pooled[other])
		return code;
	for (int i = 0; i < END_TRIES && code == other; i++)
		code = draw_step(flows->pack, step, codes, tuple);
	if (code != other)
		return code;
	any = bayes_level_row(&flows->base.net.nodes[c].levels[1], codes[FLOW_KIND]);
	code = bayes_row_draw_except(&any, other, tuple);
	return code == BAYES_NO_CODE ? other : code;
}

static bool row_has(const uint32_t *row, uint16_t code)
{
	const uint32_t n = row_cells(row), *cells = row + PACK_ROW_WORDS;

	for (uint32_t i = 0; i < n; i++)
		if ((row[2] <= UINT16_MAX ? (uint16_t)cells[i]
					  : ((const uint16_t *)(cells + n))[i]) == code)
			return true;
	return false;
}

/* Was this host ever that end of a first row of this kind? Who never did a thing does not begin to
 * because of the company. */
static bool may_be(const struct chronicle_pack *pack, const struct packed_row *row,
		   const struct packed_step *steps, int c, uint16_t kind, uint16_t code)
{
	const struct packed_step *step = &pack->base[c];
	const uint32_t *known = NULL;

	if (row->uses[c - FLOW_SRC_HOST])
		return false;
	if (row->codes[c] != BAYES_NO_CODE)
		return row->codes[c] == code;
	for (uint32_t k = 0; k < row->n_tuple; k++)
		if (steps[k].column == c && !steps[k].by_base)
			step = &steps[k];
	if (step->n_parents > 0 && step->parents[0] == FLOW_KIND)
		known = table_row(pack->words + step->tables[1], (uint64_t)kind << 32);
	else if (step->tables[0] != 0)
		known = pack->words + step->tables[0];
	return known != NULL && row_has(known, code);
}

static void draw_row_tuple(const struct chronicle_flows *flows, struct pattern_draw *draw,
			   uint32_t r, struct rng *tuple)
{
	const uint32_t *words = flows->pack->words;
	const struct packed_row *row = (const void *)(words + draw->packed->rows[r]);
	const struct packed_step *steps = (const void *)(words + row->steps);
	uint16_t *codes = pattern_codes(draw, r);

	/* Ends that are settled first, so that the other one can keep clear of them. */
	for (int i = 0; i < 2; i++)
		codes[FLOW_SRC_HOST + i] = row->uses[i] ? draw->bound[row->variables[i]]
							: row->codes[FLOW_SRC_HOST + i];
	for (int i = 0; i < 2 && r == 0; i++)
		if (draw->pinned[i] != BAYES_NO_CODE &&
		    may_be(flows->pack, row, steps, FLOW_SRC_HOST + i, codes[FLOW_KIND],
			   draw->pinned[i]))
			codes[FLOW_SRC_HOST + i] = draw->pinned[i];
	for (uint32_t k = 0; k < row->n_tuple; k++) {
		const int c = steps[k].column;

		if (c > FLOW_DST_HOST)
			codes[c] = draw_step(flows->pack, &steps[k], codes, tuple);
		else if (codes[c] == BAYES_NO_CODE)
			codes[c] = draw_end(flows, &steps[k], codes, tuple);
	}
	for (int i = 0; i < 2; i++)
		if (row->variables[i] != PATTERN_NO_VARIABLE)
			draw->bound[row->variables[i]] = codes[FLOW_SRC_HOST + i];
}

static bool meets_itself(const struct chronicle_flows *flows, const uint16_t *codes)
{
	return codes[FLOW_KIND] != BAYES_NO_CODE && codes[FLOW_SRC_HOST] == codes[FLOW_DST_HOST] &&
	       !flows->pack->pooled[codes[FLOW_SRC_HOST]];
}

void chronicle_draw_tuples(const struct chronicle_flows *flows, struct pattern_draw *draw,
			   struct rng *tuple)
{
	const uint32_t n = draw->n_rows;

	/* A variable bound in one row may meet itself in a later one: then all of it again. */
	for (int i = 0; i < TUPLE_TRIES; i++) {
		bool again = false;

		for (uint32_t r = 0; r < n; r++)
			if (pattern_codes(draw, r)[FLOW_KIND] != BAYES_NO_CODE) {
				draw_row_tuple(flows, draw, r, tuple);
				again |= meets_itself(flows, pattern_codes(draw, r));
			}
		if (!again)
			return;
	}
	for (uint32_t r = 0; r < n; r++)
		if (meets_itself(flows, pattern_codes(draw, r)))
			pattern_codes(draw, r)[FLOW_KIND] = BAYES_NO_CODE;
}

void chronicle_draw_rest(const struct chronicle_flows *flows, struct pattern_draw *draw,
			 struct rng *flow)
{
	const struct chronicle_pack *pack = flows->pack;
	int64_t at = 0;

	for (uint32_t r = 0; r < draw->n_rows; r++) {
		const struct packed_row *row = (const void *)(pack->words + draw->packed->rows[r]);
		const struct packed_step *steps = (const void *)(pack->words + row->steps);
		const int64_t *knots = (const void *)(pack->words + row->knots);
		const struct quantile_table delay = { row->n_knots, knots };
		uint16_t *codes = pattern_codes(draw, r);

		if (codes[FLOW_KIND] == BAYES_NO_CODE)
			continue;
		if (row->n_knots == 1)
			at += knots[0];
		else if (row->n_knots > 1)
			at += quantile_value(&delay, rng_u32(flow));
		draw->offset_ns[r] = at;
		for (uint32_t k = row->n_tuple; k < row->n_tuple + row->n_rest; k++)
			codes[steps[k].column] = draw_step(pack, &steps[k], codes, flow);
	}
}

const struct packed_follow *chronicle_draw_follow(const struct chronicle_flows *flows,
						  const struct pattern_draw *draw, uint32_t place,
						  struct rng *flow)
{
	const struct chronicle_pack *pack = flows->pack;
	const struct packed_pattern *p = draw->packed;
	const struct packed_place *from = &p->later;
	const struct packed_follow *follows;
	uint32_t x;

	if (place != PATTERN_LATER)
		from = &((const struct packed_row *)(const void *)(pack->words + p->rows[place]))
				->follows;
	if (from->n == 0)
		return NULL;
	x = rng_below(flow, p->weight);
	if (x >= from->total)
		return NULL;
	follows = (const void *)(pack->words + from->at + from->n);
	follows += find_sum(pack->words + from->at, from->n, x);
	/* On its way while the rest of this occurrence is drawn. */
	for (uint32_t k = 0; k < PACK_FOLLOW_LINES; k++)
		__builtin_prefetch(pack->words + pack->patterns[follows->pattern] +
				   k * PACK_LINE_WORDS);
	return follows;
}
