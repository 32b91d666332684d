/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/rti.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/rti_internal.h"
#include "base/detmath.h"
#include "base/mem.h"

enum { LOGS_LIMIT = 1 << 20, BINS_LIMIT = 100 };

static void rti_done(struct rti *rti)
{
	for (uint32_t s = 0; s < rti->n_states; s++) {
		free(rti->states[s].tails.at);
		free(rti->states[s].counts);
	}
	free(rti->states);
	free(rti->ways);
	free(rti->bin_low);
	free(rti->bin_of);
	free(rti->n_log_n);
}

int rti_tails_add(struct rti_tails *tails, struct rti_tail tail)
{
	int r = mem_grow(&tails->at, &tails->capacity, tails->n + 1, sizeof(*tails->at), SIZE_MAX);

	if (r == 0)
		tails->at[tails->n++] = tail;
	return r;
}

static int compare_delay(const void *left, const void *right)
{
	const int32_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* Bins of equal frequency over all delays; equal bounds are one. */
static int make_bins(struct rti *rti)
{
	const uint32_t n = rti->words->first[rti->words->n_words];
	CLEANUP(freep) int32_t *sorted = mem_array(n, sizeof(*sorted));

	rti->bin_low = mem_array((size_t)rti->options.n_bins + 1, sizeof(*rti->bin_low));
	rti->bin_of = mem_array(n, sizeof(*rti->bin_of));
	if (sorted == NULL || rti->bin_low == NULL || rti->bin_of == NULL)
		return -ENOMEM;
	if (n == 0 || rti->words->n_values == 0)
		return 0;
	for (uint32_t i = 0; i < n; i++)
		sorted[i] = rti->words->events[i].value[0];
	qsort(sorted, n, sizeof(*sorted), compare_delay);
	for (uint32_t b = 0; b < rti->options.n_bins; b++) {
		const int32_t low = sorted[(uint64_t)b * n / rti->options.n_bins];

		if (rti->n_bins == 0 || low > rti->bin_low[rti->n_bins - 1])
			rti->bin_low[rti->n_bins++] = low;
	}
	rti->bin_low[rti->n_bins] = sorted[n - 1] < INT32_MAX ? sorted[n - 1] + 1 : INT32_MAX;
	for (uint32_t i = 0; i < n; i++) {
		while (rti->bin_of[i] + 1U < rti->n_bins &&
		       rti->words->events[i].value[0] >= rti->bin_low[rti->bin_of[i] + 1])
			rti->bin_of[i]++;
	}
	return 0;
}

static int make_logs(struct rti *rti)
{
	const uint64_t n =
		(uint64_t)rti->words->first[rti->words->n_words] + rti->words->n_words + 1;

	rti->n_logs = n < LOGS_LIMIT ? (size_t)n : LOGS_LIMIT;
	rti->n_log_n = mem_array(rti->n_logs, sizeof(*rti->n_log_n));
	if (rti->n_log_n == NULL)
		return -ENOMEM;
	for (size_t i = 1; i < rti->n_logs; i++)
		rti->n_log_n[i] = (double)i * det_log((double)i);
	return 0;
}

static int state_new(struct rti *rti, uint32_t parent, uint32_t way_in, uint32_t *ret_state)
{
	int r = mem_grow(&rti->states, &rti->states_capacity, (size_t)rti->n_states + 1,
			 sizeof(*rti->states), RTI_NONE);

	if (r < 0)
		return r;
	rti->states[rti->n_states] =
		(struct rti_state) { .parent = parent, .way_in = way_in, .first_way = RTI_NONE };
	*ret_state = rti->n_states++;
	return 0;
}

/* A way out of a red state, to a blue state of its own. */
static int way_new(struct rti *rti, uint32_t state, uint32_t symbol, int32_t low, int32_t high,
		   uint32_t *ret_way)
{
	uint32_t dst = RTI_NONE;
	int r = mem_grow(&rti->ways, &rti->ways_capacity, (size_t)rti->n_ways + 1,
			 sizeof(*rti->ways), RTI_NONE);

	if (r == 0)
		r = state_new(rti, state, rti->n_ways, &dst);
	if (r < 0)
		return r;
	rti->ways[rti->n_ways] = (struct rti_way) {
		.symbol = symbol,
		.dst = dst,
		.low = low,
		.high = high,
		.next = rti->states[state].first_way,
	};
	rti->states[state].first_way = rti->n_ways;
	*ret_way = rti->n_ways++;
	return 0;
}

uint32_t rti_way_for(const struct rti *rti, uint32_t state, const struct rti_tail *tail)
{
	const struct word_event *event = &rti->words->events[tail->event];
	uint32_t w = rti->states[state].first_way;

	while (w != RTI_NONE &&
	       (rti->ways[w].symbol != event->symbol || event->value[0] < rti->ways[w].low ||
		event->value[0] > rti->ways[w].high))
		w = rti->ways[w].next;
	return w;
}

/* Sends a tail through red states until it ends or rests in a blue one. */
static int route(struct rti *rti, uint32_t state, struct rti_tail tail)
{
	while (rti->states[state].red) {
		uint32_t way;
		int r;

		rti_count(rti, rti->states[state].counts, &tail);
		rti->states[state].n++;
		if (tail.event == tail.end)
			return 0;
		way = rti_way_for(rti, state, &tail);
		if (way == RTI_NONE) {
			r = way_new(rti, state, rti->words->events[tail.event].symbol, INT32_MIN,
				    INT32_MAX, &way);
			if (r < 0)
				return r;
		}
		rti->ways[way].count++;
		state = rti->ways[way].dst;
		tail.event++;
	}
	return rti_tails_add(&rti->states[state].tails, tail);
}

/* Sends all tails of a blue state on from `to`. */
static int release(struct rti *rti, uint32_t blue, uint32_t to)
{
	struct rti_tails tails = rti->states[blue].tails;
	int r = 0;

	rti->states[blue].tails = (struct rti_tails) { 0 };
	for (size_t i = 0; i < tails.n && r == 0; i++)
		r = route(rti, to, tails.at[i]);
	free(tails.at);
	return r;
}

static int promote(struct rti *rti, uint32_t blue)
{
	struct rti_state *state = &rti->states[blue];

	state->counts = mem_array(rti->n_categories, sizeof(*state->counts));
	if (state->counts == NULL)
		return -ENOMEM;
	state->red = true;
	return release(rti, blue, blue);
}

static int merge(struct rti *rti, uint32_t blue, uint32_t red)
{
	rti->ways[rti->states[blue].way_in].dst = red;
	return release(rti, blue, red);
}

/* Delays above `high` get a way of their own. */
static int split(struct rti *rti, uint32_t blue, int32_t high)
{
	const uint32_t way = rti->states[blue].way_in;
	struct rti_tails *tails, moved;
	uint32_t other;
	size_t n = 0;
	int r = way_new(rti, rti->states[blue].parent, rti->ways[way].symbol, high + 1,
			rti->ways[way].high, &other);

	if (r < 0)
		return r;
	rti->ways[way].high = high;
	tails = &rti->states[blue].tails;
	moved = (struct rti_tails) { 0 };
	for (size_t i = 0; i < tails->n && r == 0; i++) {
		if (rti->words->events[tails->at[i].event - 1].value[0] <= high)
			tails->at[n++] = tails->at[i];
		else
			r = rti_tails_add(&moved, tails->at[i]);
	}
	tails->n = n;
	rti->ways[way].count = (uint32_t)n;
	rti->ways[other].count = (uint32_t)moved.n;
	rti->states[rti->ways[other].dst].tails = moved;
	return r;
}

/* The blue state with the most tails, the first of those; RTI_NONE when all have too few. */
static uint32_t next_blue(const struct rti *rti)
{
	size_t most = rti->options.min_data - 1;
	uint32_t blue = RTI_NONE;

	for (uint32_t s = 0; s < rti->n_states; s++) {
		if (!rti->states[s].red && rti->states[s].tails.n > most) {
			most = rti->states[s].tails.n;
			blue = s;
		}
	}
	return blue;
}

/* One step: a split, a merge or a promotion of the blue state. */
static int settle(struct rti *rti, uint32_t blue)
{
	double log_p, best = rti->log_alpha;
	uint32_t into = RTI_NONE;
	int32_t high = 0;
	int r = rti_test_split(rti, blue, &high, &log_p);

	if (r < 0)
		return r;
	if (log_p < rti->log_alpha)
		return split(rti, blue, high);
	for (uint32_t s = 0; s < rti->n_states && r == 0; s++) {
		if (!rti->states[s].red)
			continue;
		r = rti_test_merge(rti, s, blue, &log_p);
		if (r == 0 && log_p > best) {
			best = log_p;
			into = s;
		}
	}
	if (r < 0)
		return r;
	return into != RTI_NONE ? merge(rti, blue, into) : promote(rti, blue);
}

static int grow(struct rti *rti)
{
	uint32_t root, blue = 0;
	int r = state_new(rti, RTI_NONE, RTI_NONE, &root);

	for (size_t w = 0; w < rti->words->n_words && r == 0; w++)
		r = rti_tails_add(&rti->states[root].tails,
				  (struct rti_tail) { rti->words->first[w],
						      rti->words->first[w + 1] });
	if (r == 0)
		r = promote(rti, root);
	while (r == 0 && (blue = next_blue(rti)) != RTI_NONE) {
		r = settle(rti, blue);
		if (r == 0 && rti->n_states > RTI_LIMIT_STATES)
			r = -E2BIG;
	}
	return r;
}

static int check(const struct word_set *words, const struct rti_options *options, struct err *err)
{
	if (words->n_words == 0)
		return err_set(err, -EINVAL, "rti: no words to learn from");
	if (!(options->alpha > 0) || !(options->alpha < 1) || options->min_data < 1 ||
	    options->n_bins < 1 || options->n_bins > BINS_LIMIT)
		return err_set(err, -EINVAL,
			       "rti: alpha within 0 and 1, 1 or more data, 1 to %d bins expected",
			       BINS_LIMIT);
	if (words->n_symbols > RTI_LIMIT_SYMBOLS)
		return err_set(err, -E2BIG, "rti: %u symbols, at most %d are allowed",
			       words->n_symbols, RTI_LIMIT_SYMBOLS);
	return 0;
}

int rti_learn(const struct word_set *words, const struct rti_options *options,
	      struct guarded **ret_guarded, struct err *err)
{
	CLEANUP(rti_done) struct rti rti = { .words = words, .options = *options };
	int r = check(words, options, err);

	if (r < 0)
		return r;
	rti.n_symbols = words->n_symbols;
	rti.log_alpha = det_log(options->alpha);
	if (make_bins(&rti) < 0 || make_logs(&rti) < 0)
		return err_no_memory(err);
	rti.n_categories = rti.n_symbols + 1 + rti.n_bins;
	r = grow(&rti);
	if (r == -E2BIG)
		return err_set(err, r, "rti: more than %d states", RTI_LIMIT_STATES);
	if (r < 0)
		return err_no_memory(err);
	return rti_export(&rti, ret_guarded, err);
}

static int learn(const struct word_set *words, struct timed_model **ret_model, struct err *err)
{
	struct guarded *guarded;
	int r = rti_learn(words, &RTI_DEFAULT_OPTIONS, &guarded, err);

	if (r == 0)
		*ret_model = &guarded->base;
	return r;
}

const struct timed_learner_ops timed_learner_rti = {
	.name = "rti",
	.summary = "splits by delay and merges states by likelihood-ratio tests (RTI+)",
	.learn = learn,
	.event_bits = guarded_event_bits,
	.event_shared_bits = guarded_event_shared_bits,
	.language = guarded_language,
	.free = guarded_free,
};
