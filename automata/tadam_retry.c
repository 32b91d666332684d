/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ways out of where the search stops. What it comes to hangs on what is done early, and doing
 * always what helps most comes to one place alone; so it begins anew, looking at a random part of
 * the operations at a time (greedy, randomised, adaptive search: Feo and Resende 1995), and the
 * shortest description found is then disturbed by random operations and searched from again
 * (iterated local search: Lourenco, Martin, Stutzle 2003). The budget is in trials and the streams
 * are counter-based, so the result is the same on any machine, for any number of threads.
 */
#include "automata/tadam_crew.h"

#include <errno.h>

enum {
	/* Trials of one event each, all in all; what a trial takes grows with the events. */
	BUDGET_EVENTS = 30000000,
	MOST_TRIALS = 55000,	 /* however few the events */
	BEGINNINGS_PERCENT = 60, /* of the budget at most; the rest is for kicks */
	LOOK_PART = 8, /* the part of the operations that is looked at at a time is 1 of so many */
	LOOK_LEAST = 64,
	AGREED = 2,	 /* beginnings that end where the best did: there is little to find */
	IDLE_KICKS = 12, /* in a row, after which they end */
	MOST_KICKS = 3,	 /* operations in one kick */
	KICK_DRAWS = 50,
	KICK_BITS = 400, /* an operation that costs more is not done */
};

/* Down from where the automaton is, by random parts of the operations; redirections come last, as
 * there are many. */
static int descend(struct tadam_crew *crew, struct rng *rng, bool redirect)
{
	static const uint32_t kinds[] = { TADAM_SPLITS | TADAM_JOINS, TADAM_ADDS, TADAM_REDIRECTS };
	const uint32_t n_stages = redirect ? 3 : 2;
	uint32_t stage = 0;

	while (stage < n_stages) {
		int r = tadam_crew_list(crew, kinds[stage]);
		size_t part = crew->n / LOOK_PART > LOOK_LEAST ? crew->n / LOOK_PART : LOOK_LEAST;

		tadam_crew_shuffle(crew, rng);
		for (size_t i = 0; i < crew->n && r == 0; i += part)
			r = tadam_crew_choose(crew, i, part < crew->n - i ? part : crew->n - i);
		if (r < 0)
			return r;
		stage = r > 0 ? 0 : stage + 1;
	}
	return 0;
}

/* Keeps the shorter of two in *t; the other goes. Returns the sign of what was gained. */
static int keep_shorter(struct tadam *t, struct tadam *other)
{
	const int64_t gain = tadam_score(t) - tadam_score(other);

	if (gain > 0) {
		struct tadam longer = *t;

		*t = *other;
		*other = longer;
	}
	tadam_done(other);
	return (gain > 0) - (gain < 0);
}

static int begin_anew(struct tadam *t, struct tadam_crew *crew, const struct tadam *start,
		      uint32_t number)
{
	struct tadam other = { 0 };
	struct rng rng;
	int r = tadam_clone(&other, start, NULL, NULL);

	rng_init(&rng, 0, number, 0, RNG_LEARN);
	if (r == 0)
		r = tadam_crew_take(crew, &other);
	if (r == 0)
		r = descend(crew, &rng, false);
	if (r < 0) {
		tadam_done(&other);
		return r;
	}
	return keep_shorter(t, &other) + 1; /* 1: as long as what there was */
}

/* Does one random operation; 0 when the one drawn cannot be done. */
static int disturb(struct tadam_crew *crew, struct rng *rng)
{
	struct tadam *t = crew->t;
	const int64_t most = tadam_score(t) + (int64_t)KICK_BITS * CODE_BIT;
	struct tadam_operation operation;
	int r = tadam_crew_list(crew, TADAM_ANY);

	if (r < 0 || crew->n == 0)
		return r;
	operation = crew->candidates[rng_below(rng, (uint32_t)crew->n)].operation;
	r = tadam_do(t, &operation, most);
	crew->n_trials++;
	if (r <= 0)
		return r;
	r = tadam_rebuild(t, NULL, NULL);
	return r < 0 ? r : 1;
}

/* other: where the copy that is disturbed is made; nothing is left in it. */
static int kick(struct tadam *t, struct tadam *other, struct tadam_crew *crew, uint32_t number)
{
	uint32_t left;
	struct rng rng;
	int r;

	*other = (struct tadam) { 0 };
	r = tadam_clone(other, t, NULL, NULL);
	rng_init(&rng, 0, number, 1, RNG_LEARN);
	left = 1 + rng_below(&rng, MOST_KICKS);
	crew->t = other;
	for (uint32_t i = 0; i < KICK_DRAWS && left > 0 && r >= 0; i++) {
		r = tadam_stopped(t) ? -EINTR : disturb(crew, &rng);
		if (r > 0)
			left--;
	}
	if (r >= 0)
		r = tadam_crew_take(crew, other);
	if (r == 0)
		r = descend(crew, &rng, true);
	if (r < 0) {
		tadam_done(other);
		return r;
	}
	return keep_shorter(t, other) > 0;
}

int tadam_retry(struct tadam *t, const struct tadam_options *options, uint32_t init,
		uint64_t *n_trials)
{
	const struct word_set *set = t->frame->set;
	const uint64_t share = BUDGET_EVENTS / (set->first[set->n_words] + 1u);
	const uint64_t budget = share < MOST_TRIALS ? share : MOST_TRIALS;
	struct tadam start = { 0 }, other;
	struct tadam_crew crew;
	uint32_t n_agree = 0, idle = 0;
	int r = tadam_crew_open(&crew, options);

	if (r == 0)
		r = tadam_start(&start, t->frame, init);
	if (r == 0)
		r = tadam_begin_search(&start, &crew.n_trials);
	for (uint32_t i = 0;
	     r >= 0 && n_agree < AGREED && crew.n_trials < budget / 100 * BEGINNINGS_PERCENT; i++) {
		r = begin_anew(t, &crew, &start, i);
		n_agree = r == 1 ? n_agree + 1 : r == 2 ? 0 : n_agree;
	}
	for (uint32_t i = 0; r >= 0 && idle < IDLE_KICKS && crew.n_trials < budget; i++) {
		r = kick(t, &other, &crew, i);
		idle = r > 0 ? 0 : idle + 1;
	}
	*n_trials += crew.n_trials;
	tadam_crew_done(&crew);
	tadam_done(&start);
	return r < 0 ? r : 0;
}
