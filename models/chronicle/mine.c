/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search: candidates wait in a queue by their estimated gain; the best is worked out anew,
 * since the cover has changed below it, and goes back if another is better now; else it is formed
 * in full, and taken if the total falls.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "models/chronicle.h"
#include "models/chronicle/crew.h"
#include "models/chronicle/join.h"
#include "models/chronicle/net.h"
#include "models/chronicle/pairs.h"
#include "models/chronicle/restrict.h"
#include "models/chronicle/shape.h"

enum { MAX_ROUNDS = 50, PROGRESS_STEPS = 64 };

struct miner {
	const struct chronicle_table *table;
	const struct chronicle_options *options;
	struct cover cover;
	struct crew crew;
	struct worker *first; /* of the crew: works for this thread between shifts */
	struct link_clock clock;
	struct postings postings;
	struct queue queue;
	double start;
	size_t n_tested;
};

/* Windows of a candidate (in the worker), and its gain under the networks there are. */
static int estimate(const struct miner *m, struct worker *w, const struct candidate *candidate,
		    uint32_t *ret_n, double *ret_gain)
{
	const struct cover *cover = &m->cover;

	*ret_gain = -1;
	if (candidate->kind == CANDIDATE_LINK) {
		for (uint32_t side = 0; side < 2; side++)
			if (cover->homes[candidate->sides[side].home] == NULL)
				return 0;
		link_windows(cover, &m->postings, &m->clock, candidate, &w->linker);
		return link_estimate(cover, &w->tester, candidate, &w->linker, ret_gain);
	}
	if (cover->homes[candidate->home] == NULL)
		return 0;
	if (candidate->kind == CANDIDATE_JOIN) {
		if (cover->homes[candidate->other] == NULL)
			return 0;
		*ret_n = join_rows(cover, &m->postings, candidate, w->list);
		return join_estimate(cover, &w->tester, candidate, w->list, *ret_n, ret_gain);
	}
	*ret_n = restrict_windows(cover, &m->postings, candidate, w->list);
	if (*ret_n >= 2)
		*ret_gain = restrict_estimate(cover, &w->tester, candidate, w->list, *ret_n);
	return 0;
}

static int form(const struct miner *m, struct worker *w, const struct candidate *candidate,
		uint32_t n, struct chronicle_pattern *ret)
{
	if (candidate->kind == CANDIDATE_LINK)
		return link_form(&m->cover, candidate, &w->linker, ret);
	if (candidate->kind == CANDIDATE_JOIN)
		return join_form(&m->cover, candidate, w->list, n, ret);
	return restrict_form(&m->cover, candidate, w->list, n, ret);
}

/* Forms the candidate just estimated and takes it if the total falls. *ret_id: 0 if not. */
static int try(struct miner *m, const struct candidate *candidate, uint32_t n, uint32_t *ret_id)
{
	struct tester *tester = &m->first->tester;
	struct chronicle_pattern pattern = { 0 };
	double cost, saved;
	int r;

	*ret_id = 0;
	r = form(m, m->first, candidate, n, &pattern);
	if (r < 0)
		return r;
	m->n_tested++;
	r = cover_form(&m->cover, tester, &pattern, &cost);
	if (r == 0)
		r = cover_take(&m->cover, tester, pattern.windows, pattern.n_windows,
			       pattern.n_rows, &saved);
	if (r == 0 && saved - cost > COVER_LEAST_GAIN)
		r = cover_accept(&m->cover, tester, &pattern, ret_id);
	free(pattern.windows);
	return r;
}

static int report(struct miner *m)
{
	struct chronicle_progress progress = {
		.n_patterns = m->cover.n_patterns,
		.saved_bits = m->start - m->cover.total,
		.n_queued = m->queue.n,
		.n_tested = m->n_tested,
	};

	if (m->options->progress == NULL)
		return 0;
	return m->options->progress(m->options->context, &progress);
}

/* The best come first, so what is not looked at any more would have saved less. */
static bool full(const struct miner *m)
{
	return m->options->max_patterns != 0 && m->cover.n_patterns >= m->options->max_patterns;
}

static int empty_queue(struct miner *m)
{
	struct candidate candidate;
	uint32_t n = 0, id;
	int r = 0;

	for (uint32_t step = 0; r == 0 && !full(m) && queue_pop(&m->queue, &candidate); step++) {
		double gain;

		r = estimate(m, m->first, &candidate, &n, &gain);
		if (r < 0 || gain <= 0)
			continue;
		if (m->queue.n > 0 && gain < m->queue.heap[0].estimate) {
			candidate.estimate = gain;
			r = queue_put_back(&m->queue, &candidate);
			continue;
		}
		r = try(m, &candidate, n, &id);
		if (r == 0 && id != 0)
			r = restrict_generate(&m->cover, &m->first->tester, id, &m->queue);
		if (r == 0 && step % PROGRESS_STEPS == 0)
			r = report(m);
	}
	return r;
}

struct link_shift {
	const struct miner *m;
	struct candidate *found;
};

static int estimate_link(void *context, struct worker *worker, size_t i)
{
	struct link_shift *shift = context;
	uint32_t unused;

	return estimate(shift->m, worker, &shift->found[i], &unused, &shift->found[i].estimate);
}

static int offer_links(struct miner *m)
{
	CLEANUP(freep) struct candidate *found = mem_array(PAIRS_OFFERED, sizeof(*found));
	struct link_shift shift = { m, found };
	uint32_t n = 0;
	int r;

	if (m->options->max_rows < 2)
		return 0;
	if (found == NULL)
		return -ENOMEM;
	r = pairs_find(&m->cover, m->options->max_rows, m->options->horizon_ticks, found, &n);
	if (r == 0)
		r = crew_run(&m->crew, n, estimate_link, &shift);
	for (uint32_t i = 0; i < n && r == 0; i++)
		if (found[i].estimate > 0)
			r = queue_push(&m->queue, &found[i]);
	return r;
}

/* A home's candidates that fix node i; `found` are theirs. */
struct part {
	uint32_t home, i;
	struct queue found;
};

struct part_shift {
	const struct miner *m;
	struct part *parts;
};

static int generate_part(void *context, struct worker *worker, size_t i)
{
	struct part_shift *shift = context;
	struct part *part = &shift->parts[i];

	return restrict_generate_part(&shift->m->cover, &worker->tester, part->home, part->i,
				      &part->found);
}

/* In the order of their heap, which is that of their making and their estimates. */
static int push_found(struct miner *m, const struct queue *found)
{
	int r = 0;

	for (size_t i = 0; i < found->n && r == 0; i++)
		r = queue_push(&m->queue, &found->heap[i]);
	return r;
}

static int offer_restricted(struct miner *m)
{
	struct part_shift shift = { .m = m };
	size_t n = 0, capacity = 0;
	int r = 0;

	for (uint32_t id = 0; id < m->cover.n_homes && r == 0; id++) {
		const struct home *home = m->cover.homes[id];

		for (uint32_t i = 0; home != NULL && i <= home->n_nodes && r == 0; i++) {
			r = mem_grow(&shift.parts, &capacity, n + 1, sizeof(*shift.parts),
				     UINT32_MAX);
			if (r == 0)
				shift.parts[n++] = (struct part) { .home = id, .i = i };
		}
	}
	if (r == 0)
		r = crew_run(&m->crew, n, generate_part, &shift);
	for (size_t i = 0; i < n; i++) {
		if (r == 0)
			r = push_found(m, &shift.parts[i].found);
		queue_done(&shift.parts[i].found);
	}
	free(shift.parts);
	return r;
}

/* Patterns that no longer pay, until all do. */
static void prune(struct miner *m)
{
	struct tester *tester = &m->first->tester;
	bool again = true;

	while (again) {
		again = false;
		for (uint32_t id = 1; id < m->cover.n_homes; id++) {
			if (m->cover.homes[id] == NULL ||
			    cover_worth(&m->cover, tester, id) >= -COVER_LEAST_GAIN)
				continue;
			cover_dissolve(&m->cover, tester, id);
			again = true;
		}
	}
}

static int search(struct miner *m)
{
	double was;
	bool last;
	int r;

	for (uint32_t round = 0; round < MAX_ROUNDS; round++) {
		was = m->cover.total;
		r = offer_links(m);
		if (r == 0)
			r = offer_restricted(m);
		if (r == 0)
			r = join_generate(&m->cover, &m->postings, &m->first->tester,
					  m->first->list, &m->queue);
		if (r == 0)
			r = empty_queue(m);
		last = full(m);
		if (r == 0)
			prune(m);
		if (r == 0)
			r = report(m);
		if (r != 0 || last || m->cover.total > was - 1)
			return r;
	}
	return 0;
}

/* The published start: BIC's network over all rows and no patterns. */
static int published_start(struct miner *m, double *ret_bits)
{
	struct chronicle_pattern shape = m->cover.homes[COVER_EMPTY]->shape;
	struct sample sample;
	double bits = 0;
	int r = sample_init(&sample, m->table, &shape, &m->first->tester.grouper);

	memset(shape.n_parents, 0, sizeof(shape.n_parents));
	if (r == 0)
		r = net_climb(&m->cover.lengths, &sample, NET_BIC, &m->first->tester.grouper,
			      shape.n_parents, shape.parents, &bits);
	sample_done(&sample);
	*ret_bits = bits + lengths_net(&m->cover.lengths, m->table->n_columns, shape.n_parents) +
		    lengths_instants(&m->cover.lengths, (uint32_t)m->table->n_rows) +
		    lengths_natural(&m->cover.lengths, 1);
	return r;
}

static int mine(struct miner *m, struct chronicle *ret)
{
	int r = crew_init(&m->crew, &m->cover, m->options->n_threads);

	m->first = &m->crew.workers[0];
	if (r == 0)
		r = postings_init(&m->postings, m->table);
	if (r == 0)
		r = published_start(m, &m->start);
	link_clock_init(&m->clock, m->table, m->options->horizon_ticks);
	if (r == 0)
		r = search(m);
	if (r == 0)
		r = cover_give(&m->cover, &m->first->tester, ret);
	ret->bits.start = m->start;
	return r;
}

int chronicle_mine(const struct chronicle_table *table, const struct chronicle_options *options,
		   struct chronicle *ret, struct err *err)
{
	struct miner m = { .table = table, .options = options };
	struct lengths lengths;
	int r = lengths_init(&lengths, table, options->code, err);

	memset(ret, 0, sizeof(*ret));
	if (r == 0 && (options->max_rows < 1 || options->max_rows > CHRONICLE_MAX_ROWS ||
		       options->horizon_ticks < 0))
		r = err_set(err, -EINVAL, "patterns of %u rows: 1 to %d can be mined",
			    options->max_rows, CHRONICLE_MAX_ROWS);
	if (r == 0)
		r = cover_init(&m.cover, table, &lengths, err);
	if (r == 0) {
		r = mine(&m, ret);
		if (r == -ENOMEM)
			err_no_memory(err);
	}
	queue_done(&m.queue);
	postings_done(&m.postings);
	crew_done(&m.crew);
	cover_done(&m.cover);
	lengths_done(&lengths);
	return r;
}

const char *chronicle_code_name(enum chronicle_code code)
{
	return code == CHRONICLE_SETS ? "sets" : "published";
}

void chronicle_done(struct chronicle *chronicle)
{
	for (uint32_t i = 0; i < chronicle->n_patterns; i++)
		free(chronicle->patterns[i].windows);
	free(chronicle->patterns);
	free(chronicle->uncovered);
	memset(chronicle, 0, sizeof(*chronicle));
}
