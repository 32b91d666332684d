/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/chronicle_draw.h"

#include <string.h>

#include "base/dist.h"

enum { END_TRIES = 16, TUPLE_TRIES = 8 };

/* Index of the first of n running sums above x. */
static uint32_t find64(const uint64_t *sums, uint32_t n, uint64_t x)
{
	uint32_t lo = 0;

	while (n > 1) {
		uint32_t half = n / 2;

		if (sums[lo + half - 1] <= x) {
			lo += half;
			n -= half;
		} else {
			n = half;
		}
	}
	return lo;
}

static uint32_t find32(const uint32_t *sums, uint32_t n, uint32_t x)
{
	uint32_t lo = 0;

	while (n > 1) {
		uint32_t half = n / 2;

		if (sums[lo + half - 1] <= x) {
			lo += half;
			n -= half;
		} else {
			n = half;
		}
	}
	return lo;
}

void chronicle_draw_kinds(const struct chronicle_flows *flows, int64_t start_ns,
			  struct pattern_draw *draw, struct rng *flow)
{
	const uint32_t n = flows->n_patterns;
	const uint64_t *weights = flows->weights + (size_t)pattern_hour(start_ns) * n;
	const struct flow_pattern *p =
		&flows->patterns[find64(weights, n, rng_below64(flow, weights[n - 1]))];
	uint32_t v = 0;

	draw->pattern = p;
	memset(draw->codes, 0xff, p->n_rows * FLOW_N_COLUMNS * sizeof(*draw->codes));
	if (p->n_variants > 1)
		v = find32(p->sums, p->n_variants, rng_below(flow, pattern_count(p)));
	for (uint32_t r = 0; r < p->n_rows; r++)
		pattern_codes(draw, r)[FLOW_KIND] = p->kinds[v * p->n_rows + r];
}

/* From the row's network, or from the base network where that gives way. */
static uint16_t draw_cell(const struct chronicle_flows *flows, const struct pattern_row *row, int c,
			  const uint16_t *codes, struct rng *rng)
{
	const struct bayes_node *base = &flows->base.net.nodes[c], *node;
	struct bayes_row cells;
	uint32_t level, total, x;

	if (row->cells[c].source != PATTERN_NODE)
		return bayes_node_draw(base, codes, rng);
	node = &row->net->nodes[c];
	cells = bayes_node_row(node, codes, &level);
	/* Hosts and states of another kind would be none of this one's. */
	if (level == 0 && node->n_parents > 0 && node->parents[0] == FLOW_KIND)
		return bayes_node_draw(base, codes, rng);
	total = cells.sums[cells.n - 1];
	x = rng_below(rng, total + cells.n);
	return x < total ? bayes_row_at(&cells, x) : bayes_node_draw(base, codes, rng);
}

/* A host that is not the flow's other end; pooled ones may meet, being many. */
static uint16_t draw_end(const struct chronicle_flows *flows, const struct pattern_row *row, int c,
			 const uint16_t *codes, struct rng *tuple)
{
	const uint16_t other = codes[c == FLOW_SRC_HOST ? FLOW_DST_HOST : FLOW_SRC_HOST];
	const struct bayes_node *base = &flows->base.net.nodes[c];
	uint16_t code = draw_cell(flows, row, c, codes, tuple);
	struct bayes_row any;

	if (other == BAYES_NO_CODE || flows->base.hosts->hosts[other].span > 1)
		return code;
	for (int i = 0; i < END_TRIES && code == other; i++)
		code = draw_cell(flows, row, c, codes, tuple);
	if (code != other)
		return code;
	any = bayes_level_row(&base->levels[1], codes[FLOW_KIND]);
	code = bayes_row_draw_except(&any, other, tuple);
	return code == BAYES_NO_CODE ? other : code;
}

static void draw_row_tuple(const struct chronicle_flows *flows, struct pattern_draw *draw,
			   uint32_t r, struct rng *tuple)
{
	const struct pattern_row *row = &draw->pattern->rows[r];
	uint16_t *codes = pattern_codes(draw, r);

	/* Ends that are settled first, so that the other one can keep clear of them. */
	for (int c = FLOW_SRC_HOST; c <= FLOW_DST_PORT; c++)
		codes[c] = row->cells[c].source == PATTERN_FIXED ? row->cells[c].code
			   : row->cells[c].source == PATTERN_USE
				   ? draw->bound[row->cells[c].variable]
				   : BAYES_NO_CODE;
	for (int k = 0; k < FLOW_N_COLUMNS; k++) {
		const int c = (int)flows->base.net.order[k];

		if (!flow_column_is_tuple(c) || codes[c] != BAYES_NO_CODE)
			continue;
		codes[c] = c <= FLOW_DST_HOST ? draw_end(flows, row, c, codes, tuple)
					      : draw_cell(flows, row, c, codes, tuple);
	}
	for (int c = FLOW_SRC_HOST; c <= FLOW_DST_HOST; c++)
		if (row->cells[c].variable != PATTERN_NO_VARIABLE)
			draw->bound[row->cells[c].variable] = codes[c];
}

static bool meets_itself(const struct chronicle_flows *flows, const uint16_t *codes)
{
	return codes[FLOW_KIND] != BAYES_NO_CODE && codes[FLOW_SRC_HOST] == codes[FLOW_DST_HOST] &&
	       flows->base.hosts->hosts[codes[FLOW_SRC_HOST]].span == 1;
}

void chronicle_draw_tuples(const struct chronicle_flows *flows, struct pattern_draw *draw,
			   struct rng *tuple)
{
	const uint32_t n = draw->pattern->n_rows;

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
	int64_t at = 0;

	for (uint32_t r = 0; r < draw->pattern->n_rows; r++) {
		const struct pattern_row *row = &draw->pattern->rows[r];
		const struct quantile_table delay = { row->n_knots, row->knots };
		uint16_t *codes = pattern_codes(draw, r);

		if (codes[FLOW_KIND] == BAYES_NO_CODE)
			continue;
		if (row->n_knots == 1)
			at += row->knots[0];
		else if (row->n_knots > 1)
			at += quantile_value(&delay, rng_u32(flow));
		draw->offset_ns[r] = at;
		for (int k = 0; k < FLOW_N_COLUMNS; k++) {
			const int c = (int)flows->base.net.order[k];

			if (c <= FLOW_DST_PORT)
				continue;
			codes[c] = row->cells[c].source == PATTERN_FIXED
					   ? row->cells[c].code
					   : draw_cell(flows, row, c, codes, flow);
		}
	}
}
