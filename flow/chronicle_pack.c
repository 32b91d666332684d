/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/chronicle_pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { LINE_BYTES = 64 };

#define LIMIT_WORDS (UINT32_C(1) << 31)

void chronicle_pack_free(struct chronicle_pack *pack)
{
	if (pack == NULL)
		return;
	free(pack->words);
	free(pack->patterns);
	free(pack->reach_ns);
	free(pack->guides);
	free(pack->pooled);
	free(pack);
}

/* Room for n words, zeroed; their place, or 0. */
static uint32_t reserve(struct chronicle_pack *pack, size_t n)
{
	const size_t at = pack->n_words;

	if (mem_grow(&pack->words, &pack->capacity, at + n, PACK_WORD_BYTES, LIMIT_WORDS) < 0)
		return 0;
	memset(pack->words + at, 0, n * PACK_WORD_BYTES);
	pack->n_words += n;
	return (uint32_t)at;
}

static size_t words_of(size_t n_bytes)
{
	return (n_bytes + PACK_WORD_BYTES - 1) / PACK_WORD_BYTES;
}

static uint32_t put(struct chronicle_pack *pack, const void *bytes, size_t n_bytes)
{
	const uint32_t at = reserve(pack, words_of(n_bytes));

	if (at != 0)
		memcpy(pack->words + at, bytes, n_bytes);
	return at;
}

/* The key of a level's row: what stands for n codes there is the last n of three. */
static uint64_t row_key(const struct bayes_level *level, uint32_t n_parents, uint32_t i)
{
	return level->keys[i] << 16 * (BAYES_MAX_PARENTS - n_parents);
}

static uint32_t put_row(struct chronicle_pack *pack, const struct bayes_level *level,
			uint32_t n_parents, uint32_t i)
{
	const uint32_t first = level->first[i], n = level->first[i + 1] - first;
	const uint32_t *sums = level->sums + first, total = sums[n - 1];
	const uint16_t *codes = level->codes + first;
	const uint64_t key = row_key(level, n_parents, i);
	const bool small = total <= UINT16_MAX;
	const uint32_t at =
		reserve(pack, PACK_ROW_WORDS + n + (small ? 0 : words_of(n * sizeof(*codes))));
	uint32_t *row = pack->words + at;

	if (at == 0)
		return 0;
	row[0] = (uint32_t)key;
	row[1] = (uint32_t)(key >> 32) | (n - 1) << 16;
	row[2] = total;
	row += PACK_ROW_WORDS;
	for (uint32_t k = 0; k < n; k++)
		row[k] = small ? sums[k] << 16 | codes[k] : sums[k];
	if (!small)
		memcpy(row + n, codes, n * sizeof(*codes));
	return at;
}

/* The slots are at most half full, so that looking for what is not there ends soon. */
static uint32_t put_table(struct chronicle_pack *pack, const struct bayes_level *level,
			  uint32_t n_parents)
{
	uint32_t bits = 1, at;

	while (bits < 31 && UINT32_C(1) << bits < 2 * level->n_rows)
		bits++;
	at = reserve(pack, 1 + (UINT32_C(1) << bits));
	if (at == 0)
		return 0;
	pack->words[at] = 64 - bits;
	for (uint32_t i = 0; i < level->n_rows; i++) {
		const uint32_t row = put_row(pack, level, n_parents, i),
			       mask = (UINT32_C(1) << bits) - 1;
		uint32_t s = pack_slot(row_key(level, n_parents, i), 64 - bits);

		if (row == 0)
			return 0;
		while (pack->words[at + 1 + s] != 0)
			s = (s + 1) & mask;
		pack->words[at + 1 + s] = row - at;
	}
	return at;
}

/* The longest lists of parents last: they are what is asked for first, and stand together with what
 * comes next. */
static int put_node(struct chronicle_pack *pack, const struct bayes_node *node, bool falls_back,
		    struct packed_step *step)
{
	step->n_parents = (uint8_t)node->n_parents;
	for (uint32_t k = 0; k < node->n_parents; k++)
		step->parents[k] = (uint8_t)node->parents[k];
	for (uint32_t k = 0; k <= node->n_parents; k++) {
		if (k == 0 && falls_back)
			continue;
		step->tables[k] = k == 0 ? put_row(pack, &node->levels[0], 0, 0)
					 : put_table(pack, &node->levels[k], k);
		if (step->tables[k] == 0)
			return -ENOMEM;
	}
	return 0;
}

static int put_base(struct chronicle_pack *pack, const struct chronicle_flows *flows)
{
	for (int c = 0; c < FLOW_N_COLUMNS; c++) {
		struct packed_step step = { .column = (uint8_t)c, .by_base = true };

		if (put_node(pack, &flows->base.net.nodes[c], false, &step) < 0)
			return -ENOMEM;
		pack->base[c] = step;
	}
	return 0;
}

/* The only code that a row of the base network can give for a kind, or BAYES_NO_CODE. */
static uint16_t base_certain(const struct chronicle_flows *flows, int c, uint16_t kind)
{
	const struct bayes_node *node = &flows->base.net.nodes[c];
	struct bayes_row row;

	if (node->n_parents == 0 || node->parents[0] != FLOW_KIND)
		return BAYES_NO_CODE;
	row = bayes_level_row(&node->levels[1], kind);
	return row.n == 1 ? row.codes[0] : BAYES_NO_CODE;
}

/* The only code that a cell can have whatever the row's kind is, or BAYES_NO_CODE. */
static uint16_t certain(const struct chronicle_flows *flows, const struct flow_pattern *p,
			uint32_t r, int c)
{
	const struct pattern_row *row = &p->rows[r];
	uint16_t code = BAYES_NO_CODE;

	if (row->cells[c].source == PATTERN_NODE) {
		const struct bayes_level *all = &row->net->nodes[c].levels[0];

		if (all->first[1] != 1)
			return BAYES_NO_CODE;
		code = all->codes[0];
	}
	for (uint32_t v = 0; v < p->n_variants; v++) {
		const uint16_t kind = p->kinds[(size_t)v * p->n_rows + r];
		const uint16_t one = kind == BAYES_NO_CODE ? code : base_certain(flows, c, kind);

		if (kind == BAYES_NO_CODE)
			continue;
		if (one == BAYES_NO_CODE || (code != BAYES_NO_CODE && code != one))
			return BAYES_NO_CODE;
		code = one;
	}
	return code;
}

/* What is settled, and which columns are to be drawn, in the base network's order. */
static uint32_t settle(const struct chronicle_flows *flows, const struct flow_pattern *p,
		       uint32_t r, struct packed_row *row, struct packed_step *steps)
{
	uint32_t n = 0;

	memset(row, 0, sizeof(*row));
	memset(row->codes, 0xff, sizeof(row->codes));
	for (int c = FLOW_SRC_HOST; c < FLOW_N_COLUMNS; c++) {
		const struct pattern_cell *cell = &p->rows[r].cells[c];

		if (cell->source == PATTERN_FIXED)
			row->codes[c] = cell->code;
		else if (c > FLOW_DST_HOST)
			row->codes[c] = certain(flows, p, r, c);
		if (c > FLOW_DST_HOST)
			continue;
		row->variables[c - FLOW_SRC_HOST] = cell->variable;
		row->uses[c - FLOW_SRC_HOST] = cell->source == PATTERN_USE;
	}
	for (int tuple = 1; tuple >= 0; tuple--)
		for (int k = 0; k < FLOW_N_COLUMNS; k++) {
			const int c = (int)flows->base.net.order[k];
			const bool open = c != FLOW_KIND && row->codes[c] == BAYES_NO_CODE &&
					  p->rows[r].cells[c].source != PATTERN_USE;

			if (!open || flow_column_is_tuple(c) != (tuple == 1))
				continue;
			steps[n++] = (struct packed_step) {
				.column = (uint8_t)c,
				.by_base = p->rows[r].cells[c].source != PATTERN_NODE,
			};
			if (tuple == 1)
				row->n_tuple++;
			else
				row->n_rest++;
		}
	return n;
}

static int put_knots(struct chronicle_pack *pack, const int64_t *knots, uint32_t n,
		     uint32_t *ret_at)
{
	if (n == 0)
		return 0;
	if (pack->n_words % 2 != 0 && reserve(pack, 1) == 0)
		return -ENOMEM;
	*ret_at = put(pack, knots, n * sizeof(*knots));
	return *ret_at == 0 ? -ENOMEM : 0;
}

/* The row's delays and tables, after which its steps are known and written to their place. */
static int put_row_tables(struct chronicle_pack *pack, const struct flow_pattern *p, uint32_t r,
			  struct packed_row *row, struct packed_step *steps, uint32_t at)
{
	const struct pattern_row *from = &p->rows[r];
	const uint32_t n = (uint32_t)(row->n_tuple + row->n_rest);

	row->n_knots = from->n_knots;
	if (put_knots(pack, from->knots, from->n_knots, &row->knots) < 0)
		return -ENOMEM;
	for (uint32_t k = 0; k < n; k++) {
		const struct bayes_node *node;

		if (steps[k].by_base)
			continue;
		node = &from->net->nodes[steps[k].column];
		/* Hosts and states of another kind would be none of this one's. */
		if (put_node(pack, node, node->n_parents > 0 && node->parents[0] == FLOW_KIND,
			     &steps[k]) < 0)
			return -ENOMEM;
	}
	row->steps = at + (uint32_t)words_of(sizeof(*row));
	memcpy(pack->words + at, row, sizeof(*row));
	memcpy(pack->words + row->steps, steps, n * sizeof(*steps));
	return 0;
}

static int put_variants(struct chronicle_pack *pack, const struct flow_pattern *p,
			struct packed_pattern *packed)
{
	packed->n_variants = p->n_variants;
	packed->count = pattern_count(p);
	if (p->n_variants == 0)
		return 0;
	packed->sums = put(pack, p->sums, p->n_variants * sizeof(*p->sums));
	if (packed->sums == 0 ||
	    put(pack, p->kinds, (size_t)p->n_variants * p->n_rows * sizeof(*p->kinds)) == 0)
		return -ENOMEM;
	return 0;
}

static int put_follow(struct chronicle_pack *pack, const struct chronicle_flows *flows,
		      const struct pattern_follow *from, uint32_t at)
{
	const struct flow_pattern *next = &flows->patterns[from->pattern];
	struct packed_follow to = { .pattern = (uint16_t)from->pattern,
				    .n_knots = (uint16_t)from->n_knots,
				    .n_rows = (uint8_t)(next->n_variants == 0 ? 0 : next->n_rows),
				    .ends = { from->ends[0], from->ends[1] } };

	if (put_knots(pack, from->knots, from->n_knots, &to.knots) < 0)
		return -ENOMEM;
	memcpy(pack->words + at, &to, sizeof(to));
	return 0;
}

static int put_place(struct chronicle_pack *pack, const struct chronicle_flows *flows,
		     const struct flow_pattern *p, uint32_t place, struct packed_place *ret_place)
{
	const struct pattern_follow *from = p->follows + p->first_follow[place];
	const uint32_t n = p->first_follow[place + 1] - p->first_follow[place];
	const uint32_t n_each = (uint32_t)words_of(sizeof(struct packed_follow));
	uint32_t at;

	*ret_place = (struct packed_place) { 0 };
	if (n == 0)
		return 0;
	at = reserve(pack, n * (1 + (size_t)n_each));
	if (at == 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		pack->words[at + i] = from[i].sum;
		if (put_follow(pack, flows, &from[i], at + n + i * n_each) < 0)
			return -ENOMEM;
	}
	*ret_place = (struct packed_place) { n, from[n - 1].sum, at };
	return 0;
}

/* Seldom looked at: most occurrences are the last of their session, which the totals say. */
static int put_follows(struct chronicle_pack *pack, const struct chronicle_flows *flows,
		       const struct flow_pattern *p, uint32_t at)
{
	struct packed_place place;

	for (uint32_t r = 0; r < p->n_rows; r++) {
		struct packed_row *row;

		if (put_place(pack, flows, p, r, &place) < 0)
			return -ENOMEM;
		row = (void *)(pack->words +
			       ((struct packed_pattern *)(pack->words + at))->rows[r]);
		row->follows = place;
	}
	if (put_place(pack, flows, p, PATTERN_LATER, &place) < 0)
		return -ENOMEM;
	((struct packed_pattern *)(pack->words + at))->later = place;
	return 0;
}

static int put_pattern(struct chronicle_pack *pack, const struct chronicle_flows *flows,
		       const struct flow_pattern *p, uint32_t *ret_at)
{
	struct packed_pattern packed = { .n_rows = p->n_rows,
					 .n_variables = p->n_variables,
					 .weight = p->weight };
	struct packed_row rows[CHRONICLE_MAX_ROWS];
	struct packed_step steps[CHRONICLE_MAX_ROWS][FLOW_N_COLUMNS];
	const uint32_t at = reserve(pack, words_of(sizeof(packed)));

	if (at == 0)
		return -ENOMEM;
	for (uint32_t r = 0; r < p->n_rows; r++) {
		const uint32_t n = settle(flows, p, r, &rows[r], steps[r]);

		packed.rows[r] =
			reserve(pack, words_of(sizeof(*rows)) + words_of(n * sizeof(**steps)));
		if (packed.rows[r] == 0)
			return -ENOMEM;
	}
	if (put_variants(pack, p, &packed) < 0)
		return -ENOMEM;
	for (uint32_t r = 0; r < p->n_rows; r++)
		if (put_row_tables(pack, p, r, &rows[r], steps[r], packed.rows[r]) < 0)
			return -ENOMEM;
	packed.n_words = (uint32_t)pack->n_words - at;
	memcpy(pack->words + at, &packed, sizeof(packed));
	*ret_at = at;
	return put_follows(pack, flows, p, at);
}

/* guides[g]: the pattern in whose share the g-th of PACK_GUIDES equal parts of [0, 2^64) begins,
 * when that range is scaled to the sum of the weights. */
static void make_guides(const struct chronicle_flows *flows, uint32_t hour, uint16_t *ret_guides)
{
	__extension__ typedef unsigned __int128 uint128;
	const uint32_t n = flows->n_patterns;
	const uint64_t *sums = flows->weights + (size_t)hour * n;
	uint32_t i = 0;

	for (uint32_t g = 0; g < PACK_GUIDES; g++) {
		const uint64_t x = (uint64_t)((uint128)sums[n - 1] * g / PACK_GUIDES);

		while (sums[i] <= x)
			i++;
		ret_guides[g] = (uint16_t)i;
	}
	ret_guides[PACK_GUIDES] = (uint16_t)(n - 1);
}

static void measure_reach(struct chronicle_pack *pack, const struct flow_pattern *p,
			  int64_t *ret_reach_ns)
{
	int64_t sum = 0;

	for (uint32_t r = 1; r < p->n_rows; r++) {
		const struct pattern_row *row = &p->rows[r];

		if (row->n_knots > 0 &&
		    __builtin_add_overflow(sum, row->knots[row->n_knots - 1], &sum))
			sum = INT64_MAX;
	}
	*ret_reach_ns = sum;
	if (pack->max_reach_ns < sum)
		pack->max_reach_ns = sum;
}

/* A session's last follower may be of any pattern. */
static void measure_sessions(struct chronicle_pack *pack, const struct chronicle_flows *flows)
{
	const int64_t longest = pack->max_reach_ns;

	for (uint32_t i = 0; i < flows->n_patterns; i++) {
		if (flows->patterns[i].first_follow[PATTERN_LATER + 1] == 0)
			continue;
		if (__builtin_add_overflow(longest, PATTERN_SESSION_NS, &pack->reach_ns[i]))
			pack->reach_ns[i] = INT64_MAX;
		pack->max_reach_ns = pack->reach_ns[i];
	}
}

static int fill(struct chronicle_pack *pack, const struct chronicle_flows *flows)
{
	const struct host_set *hosts = flows->base.hosts;
	int r;

	pack->patterns = mem_array(flows->n_patterns, sizeof(*pack->patterns));
	pack->reach_ns = mem_array(flows->n_patterns, sizeof(*pack->reach_ns));
	pack->guides = mem_array((size_t)PATTERN_HOURS * (PACK_GUIDES + 1), sizeof(*pack->guides));
	pack->pooled = mem_array(hosts->n_hosts, sizeof(*pack->pooled));
	/* Place 0 is none: a line of nothing. */
	if (pack->patterns == NULL || pack->reach_ns == NULL || pack->guides == NULL ||
	    pack->pooled == NULL ||
	    mem_grow(&pack->words, &pack->capacity, LINE_BYTES, PACK_WORD_BYTES, LIMIT_WORDS) < 0)
		return -ENOMEM;
	pack->n_words = LINE_BYTES / PACK_WORD_BYTES;
	r = put_base(pack, flows);
	for (uint32_t i = 0; i < flows->n_patterns && r == 0; i++)
		r = put_pattern(pack, flows, &flows->patterns[i], &pack->patterns[i]);
	if (r == 0 && reserve(pack, PACK_TAIL_WORDS) == 0)
		r = -ENOMEM;
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < flows->n_patterns; i++)
		if (pattern_count(&flows->patterns[i]) > 0)
			measure_reach(pack, &flows->patterns[i], &pack->reach_ns[i]);
	measure_sessions(pack, flows);
	for (uint32_t h = 0; h < PATTERN_HOURS; h++)
		make_guides(flows, h, pack->guides + (size_t)h * (PACK_GUIDES + 1));
	for (size_t i = 0; i < hosts->n_hosts; i++)
		pack->pooled[i] = hosts->hosts[i].span > 1;
	return 0;
}

int chronicle_pack_new(const struct chronicle_flows *flows, struct chronicle_pack **ret_pack)
{
	struct chronicle_pack *pack = mem_array(1, sizeof(*pack));
	int r = pack == NULL ? -ENOMEM : fill(pack, flows);

	if (r < 0) {
		chronicle_pack_free(pack);
		return r;
	}
	*ret_pack = pack;
	return 0;
}
