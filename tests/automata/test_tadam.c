/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TADAM: the published package's figures on the reference's words, a score that differences keep
 * exact, trials that leave nothing behind, and the true automaton found in words with noise.
 */
#include "tests/unit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "automata/tadam_internal.h"
#include "base/mem.h"
#include "base/rng.h"
#include "tests/automata/made_words.h"

enum { LIMIT_EVENTS = 20000, LIMIT_WORDS = 2000 };
static const char reference[] = "../shared/reference/tadam_syn30.txt";

struct words {
	struct word_set set;
	uint32_t first[LIMIT_WORDS + 1];
	struct word_event events[LIMIT_EVENTS];
};

static void put(struct words *w, char symbol, int32_t value)
{
	static const char symbols[] = "sabdf";

	w->events[w->first[w->set.n_words + 1]++] =
		(struct word_event) { .symbol = (uint16_t)(strchr(symbols, symbol) - symbols),
				      .value = { value } };
}

static void init(struct words *w)
{
	memset(w, 0, sizeof(*w));
	w->set = (struct word_set) {
		.n_symbols = 5, .n_values = 1, .first = w->first, .events = w->events
	};
}

static void end_word(struct words *w)
{
	w->set.n_words++;
	w->first[w->set.n_words + 1] = w->first[w->set.n_words];
}

static int32_t around(struct rng *rng, int32_t mean, uint32_t spread)
{
	return mean + (int32_t)(rng_below(rng, spread) + rng_below(rng, spread)) - (int32_t)spread +
	       1;
}

/* s, then a d* f or b d* f, with delays of their own: 5 states and the end, 8 edges. With noise, an
 * event in ten is lost, doubled or foreign. */
static void make(struct words *w, size_t n, bool noisy, uint64_t seed)
{
	struct rng rng;

	init(w);
	rng_init(&rng, seed, 0, 0, RNG_TEST);
	for (size_t i = 0; i < n; i++) {
		const bool left = rng_below(&rng, 10) < 7;
		char symbols[64] = "s";
		size_t length = 1;

		symbols[length++] = left ? 'a' : 'b';
		while (length < 60 && rng_below(&rng, 100) < (left ? 60 : 30))
			symbols[length++] = 'd';
		symbols[length++] = 'f';
		for (size_t k = 0; k < length; k++) {
			const char c = symbols[k];
			const int32_t v = c == 's'   ? around(&rng, 10, 5)
					  : c == 'a' ? around(&rng, 50, 9)
					  : c == 'b' ? around(&rng, 200, 25)
					  : c == 'd' ? around(&rng, left ? 20 : 107, 6)
						     : around(&rng, left ? 31 : 5, 3);
			const uint32_t fate = noisy ? rng_below(&rng, 30) : 3;

			if (fate != 0)
				put(w, c, v);
			if (fate == 1)
				put(w, c, v + 1);
			if (fate == 2) {
				/* One after the other: arguments are evaluated in any order. */
				const int32_t value = (int32_t)rng_below(&rng, 300);

				put(w, "sabdf"[rng_below(&rng, 5)], value);
			}
		}
		end_word(w);
	}
}

static struct timed_automaton *learned_so(const struct word_set *set,
					  const struct tadam_options *options)
{
	struct timed_automaton *a = NULL;
	struct err err = { "" };

	if (tadam_learn(set, options, &a, &err) < 0)
		fail_msg("%s", err.text);
	return a;
}

static struct timed_automaton *learned(const struct words *w, uint32_t inits, uint32_t n_threads)
{
	const struct tadam_options options = { .inits = inits, .n_threads = n_threads };

	return learned_so(&w->set, &options);
}

static bool read_reference(struct words *w)
{
	CLEANUP(fclosep) FILE *file = fopen(reference, "r");
	char line[512];

	if (file == NULL)
		return false;
	init(w);
	while (fgets(line, sizeof(line), file) != NULL) {
		char *rest, *token = strtok_r(line, " \n", &rest);

		for (; token != NULL; token = strtok_r(NULL, " \n", &rest))
			put(w, token[0], atoi(token + 2));
		end_word(w);
	}
	return true;
}

/*
 * The package starts from 1337.89 and 1879.94 bits and reaches 1123.11 and 961.1 (printed so). With
 * guards that may leave outliers out the search comes below both from either start. With plain
 * guards, which must fit all values of an edge, it comes to 961.21 from every start but one: 6
 * states and 8 edges, as the package's. Without trimming (tadam_trim.c) it ended at 989.91.
 */
static void test_published_figures(void **state)
{
	static const struct {
		uint32_t init;
		double begins, published;
	} starts[] = { { TADAM_STATE_SYMBOL, 1337.89, 1123.11 }, { TADAM_APTA, 1879.94, 961.1 } };
	static struct words w;

	(void)state;
	if (!read_reference(&w)) {
		printf("no %s: skipped\n", reference);
		skip();
	}
	for (int i = 0; i < 4; i++) {
		const bool plain = i >= 2;
		const struct tadam_options options = { .inits = starts[i % 2].init,
						       .compat = true,
						       .plain_guards = plain };
		struct timed_automaton *a = learned_so(&w.set, &options);

		assert_true(fabs(a->initial_bits - starts[i % 2].begins) < 0.01);
		if (plain) {
			assert_true(a->bits < 961.22);
			assert_int_equal(a->n_states, 6);
			assert_int_equal(a->n_edges, 8);
		} else {
			assert_true(a->bits <= starts[i % 2].published);
		}
		timed_automaton_freep(&a);
	}
}

/* The way that always does what helps most ends at 1243.28 bits here, from whatever it begins. The
 * result of the other ways does not depend on the threads either. */
static void test_begins_again(void **state)
{
	struct made_automaton *made = made_automaton_new(22, 6, 6);
	struct word_set set = made_words(made, 1, 20, 0.1, MADE_ALL);
	const struct tadam_options one = { .n_threads = 1 }, many = { .n_threads = 3 };
	struct timed_automaton *a = learned_so(&set, &one), *b = learned_so(&set, &many);

	(void)state;
	assert_true(a->bits < 1230);
	assert_true(a->bits == b->bits);
	assert_int_equal(a->n_trials, b->n_trials);
	assert_int_equal(a->n_edges, b->n_edges);
	assert_memory_equal(a->edges, b->edges, a->n_edges * sizeof(*a->edges));
	timed_automaton_freep(&a);
	timed_automaton_freep(&b);
	word_set_done(&set);
	made_automaton_freep(&made);
}

static void start(struct tadam *t, struct tadam_frame *frame, const struct words *w, uint32_t init)
{
	*frame = (struct tadam_frame) { .set = &w->set,
					.n_symbols = 5,
					.n_values = 1,
					.n_words = w->set.n_words,
					.noise = TADAM_ALL_NOISE,
					.log2_symbols = code_log2(6) };
	code_normal_init(&frame->normal);
	code_counts_init(&frame->counts);
	assert_int_equal(tadam_start(t, frame, init), 0);
}

/* The score from nothing but the words and the moves that explain them. */
static int64_t score_anew(const struct tadam *t)
{
	struct tadam copy = { 0 };
	int64_t score;

	assert_int_equal(tadam_clone(&copy, t, NULL, NULL), 0);
	for (uint32_t e = 0; e < copy.sums.n_edge_slots; e++) {
		copy.edges[e].n_uses = 0;
		copy.edges[e].hist[0] = NULL;
		copy.edges[e].guard_data = 0;
		copy.edges[e].guard_model = 0;
		tadam_dirty_edge(&copy, e);
	}
	for (uint32_t s = 0; s < copy.sums.n_state_slots; s++) {
		copy.states[s].cost = 0;
		tadam_dirty_state(&copy, s);
	}
	copy.sums.guard_data = copy.sums.guard_model = copy.sums.choice = 0;
	copy.sums.foreign = copy.sums.spelled = copy.sums.n_spelled_words = 0;
	memset(copy.sums.n_kind, 0, sizeof(copy.sums.n_kind));
	for (uint32_t w = 0; w < copy.n_words; w++)
		tadam_put_word(&copy, w, 1);
	tadam_flush(&copy);
	tadam_settle(&copy);
	score = tadam_score(&copy);
	tadam_done(&copy);
	return score;
}

/* Everything that a trial may touch, as one number. */
static uint64_t fingerprint(const struct tadam *t)
{
	uint64_t hash = 14695981039346656037u;

#define MIX(x) (hash = (hash ^ (uint64_t)(x)) * 1099511628211u)
	MIX(tadam_score(t));
	for (uint32_t e = 0; e < t->sums.n_edge_slots; e++) {
		const struct tadam_edge *x = &t->edges[e];

		MIX(x->src), MIX(x->dst), MIX(x->symbol), MIX(x->alive), MIX(x->n_uses);
		MIX(x->next_out), MIX(x->prev_out), MIX(x->next_in), MIX(x->prev_in);
		MIX(t->alias[e]), MIX(x->guard_data), MIX(x->mean[0] * 1e6);
		for (uint32_t i = 0; x->hist[0] != NULL && i < x->hist[0]->n; i++)
			MIX(x->hist[0]->items[i].value), MIX(x->hist[0]->items[i].weight);
	}
	for (uint32_t s = 0; s < t->sums.n_state_slots; s++)
		MIX(t->states[s].first_out), MIX(t->states[s].first_in), MIX(t->states[s].cost);
	for (uint32_t w = 0; w < t->n_words; w++) {
		for (uint32_t i = 0; i < t->words[w].n_moves; i++)
			MIX(t->words[w].moves[i].edge), MIX(t->words[w].moves[i].kind);
	}
#undef MIX
	return hash;
}

static struct tadam_operation draw(const struct tadam *t, struct rng *rng)
{
	const uint32_t s = rng_below(rng, t->sums.n_state_slots);
	const uint32_t other = rng_below(rng, t->sums.n_state_slots);
	const uint32_t n_edges = t->sums.n_edge_slots; /* 0: every word is spelled out */
	const uint32_t e = n_edges > 0 ? rng_below(rng, n_edges) : 0;

	switch (n_edges > 0 ? rng_below(rng, 8) : 0) {
	case 0:
		return (struct tadam_operation) { .kind = TADAM_SPLIT,
						  .a = s == TADAM_END ? TADAM_START : s };
	case 1:
		return (struct tadam_operation) { .kind = TADAM_SPLIT_EDGE, .a = e };
	case 2:
		return (struct tadam_operation) { .kind = TADAM_DELETE, .a = e };
	case 3:
		return (struct tadam_operation) { .kind = TADAM_PRUNE,
						  .a = 1 + rng_below(rng, 200) };
	case 4:
		return (struct tadam_operation) { .kind = TADAM_ADD,
						  .a = s == TADAM_END ? TADAM_START : s,
						  .b = other == TADAM_END ? TADAM_START : other,
						  .symbol = (uint16_t)rng_below(rng, 5) };
	case 5:
		return (struct tadam_operation) { .kind = TADAM_REDIRECT,
						  .a = e,
						  .b = other == TADAM_END ? TADAM_START : other };
	case 6:
		return (struct tadam_operation) { .kind = TADAM_TRIM,
						  .a = rng_below(rng, 4) == 0 ? TADAM_NONE : e };
	default:
		if (s == other || s == TADAM_END || other == TADAM_END)
			return (struct tadam_operation) { .kind = TADAM_SPLIT, .a = TADAM_START };
		return (struct tadam_operation) {
			.kind = TADAM_MERGE, .fold = (uint8_t)rng_below(rng, 3), .a = s, .b = other
		};
	}
}

/* Random operations from a random walk among automata: undone, the automaton is as it was; done,
 * the score by differences is that from nothing. */
static void operate(struct tadam *t, struct rng *rng, unsigned int *n_done)
{
	const struct tadam_operation operation = draw(t, rng);
	const uint64_t before = fingerprint(t);
	struct tadam_mark mark;
	int64_t score;
	int r = tadam_try(t, &operation, rng_below(rng, 2) == 0, &score);

	assert_true(r == 0 || r == -ENOENT);
	assert_true(fingerprint(t) == before);
	if (r < 0 || rng_below(rng, 3) != 0)
		return;
	assert_int_equal(tadam_room(t, &operation), 0);
	mark = tadam_begin(t);
	assert_int_equal(tadam_apply(t, &operation), 0);
	if (rng_below(rng, 2) == 0)
		assert_int_equal(tadam_realign(t), 0);
	tadam_commit(t, mark);
	assert_true(score_anew(t) == tadam_score(t));
	assert_int_equal(tadam_rebuild(t, NULL, NULL), 0);
	assert_true(score_anew(t) == tadam_score(t));
	++*n_done;
}

static void test_differences_and_undo(void **state)
{
	static struct words w;
	struct rng rng;

	(void)state;
	rng_init(&rng, 9, 0, 0, RNG_TEST);
	make(&w, 60, true, 11);
	for (uint32_t init = TADAM_APTA; init <= TADAM_UNIVERSAL; init <<= 1) {
		CLEANUP(freep) struct tadam_frame *frame = malloc(sizeof(*frame));
		unsigned int n_done = 0;

		for (int run = 0; run < 6; run++) {
			struct tadam t = { 0 };

			start(&t, frame, &w, init);
			t.robust = run % 2 == 0;
			for (uint32_t e = 0; e < t.sums.n_edge_slots; e++)
				tadam_dirty_edge(&t, e);
			tadam_settle(&t);
			assert_true(score_anew(&t) == tadam_score(&t));
			for (int k = 0; k < 60; k++)
				operate(&t, &rng, &n_done);
			tadam_done(&t);
		}
		assert_true(n_done > 30);
	}
}

static void test_finds_the_automaton(void **state)
{
	static struct words w;

	(void)state;
	for (int noisy = 0; noisy < 2; noisy++) {
		for (uint32_t init = TADAM_APTA; init <= TADAM_UNIVERSAL; init <<= 1) {
			/* From that beginning alone. */
			const struct tadam_options options = { .inits = init, .max_rounds = 1000 };
			struct timed_automaton *a;

			make(&w, 400, noisy == 1, 21);
			a = learned_so(&w.set, &options);
			if (init != TADAM_UNIVERSAL) {
				assert_int_equal(a->n_states, 6);
				assert_int_equal(a->n_edges, 8);
			}
			assert_true(noisy == 1 ? a->n_repaired > 50 : a->n_repaired == 0);
			timed_automaton_freep(&a);
		}
	}
}

/* In haste the search tries less, does not end much higher, and threads do not show. */
static void test_haste(void **state)
{
	struct made_automaton *made = made_automaton_new(21, 10, 10);
	struct word_set set = made_words(made, 1, 50, 0.1, MADE_ALL);
	const uint32_t init = TADAM_STATE_SYMBOL, rounds = 1000;
	const struct tadam_options options[] = {
		{ .inits = init, .max_rounds = rounds },
		{ .inits = init, .max_rounds = rounds, .hasty = true },
		{ .inits = init, .max_rounds = rounds, .hasty = true, .n_threads = 3 },
	};
	struct timed_automaton *a[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		a[i] = learned_so(&set, &options[i]);
	assert_true(10 * a[1]->n_trials < 7 * a[0]->n_trials);
	assert_true(a[1]->bits < 1.02 * a[0]->bits);
	assert_true(a[1]->bits == a[2]->bits);
	assert_int_equal(a[1]->n_trials, a[2]->n_trials);
	for (int i = 0; i < 3; i++)
		timed_automaton_freep(&a[i]);
	word_set_done(&set);
	made_automaton_freep(&made);
}

/* Edges that were deleted by mistake come back: without the only edge for d of one state its words
 * have a foreign d there, or are read as others; adding it again is found, and pays. */
static void test_adding_undoes_deleting(void **state)
{
	CLEANUP(freep) struct tadam_frame *frame = malloc(sizeof(*frame));
	static struct words w;
	struct tadam_oddity oddities[TADAM_ODDITIES];
	struct tadam t = { 0 };
	int64_t score, best = INT64_MAX;
	uint32_t n = 0, loop = 0;

	(void)state;
	make(&w, 200, false, 51);
	start(&t, frame, &w, TADAM_STATE_SYMBOL);
	for (uint32_t e = 0; e < t.sums.n_edge_slots; e++) {
		if (t.edges[e].src == t.edges[e].dst)
			loop = e; /* d after d */
	}
	assert_int_equal(t.edges[loop].symbol, 3);
	assert_int_equal(tadam_oddities(&t, oddities, &n), 0);
	assert_int_equal(n, 0);
	for (size_t i = t.first_user[loop]; i < t.first_user[loop + 1]; i++)
		tadam_put_word(&t, t.users[i], -1);
	tadam_flush(&t);
	tadam_settle(&t);
	assert_int_equal(tadam_build_machine(&t, true), 0);
	for (size_t i = t.first_user[loop]; i < t.first_user[loop + 1]; i++) {
		int64_t cost;
		size_t n_moves = 0;

		tadam_align_word(&t, t.users[i], &cost, &n_moves);
		tadam_explain(&t, t.users[i], n_moves > 0 ? t.scratch.moves : NULL, n_moves);
		tadam_put_word(&t, t.users[i], 1);
	}
	tadam_flush(&t);
	tadam_settle(&t);
	assert_int_equal(tadam_rebuild(&t, NULL, NULL), 0);
	score = tadam_score(&t);
	assert_int_equal(tadam_oddities(&t, oddities, &n), 0);
	assert_true(n > 0);
	assert_int_equal(oddities[0].symbol, 3);
	for (uint32_t dst = 0; dst < t.sums.n_state_slots; dst++) {
		const struct tadam_operation operation = {
			.kind = TADAM_ADD, .a = oddities[0].state, .b = dst, .symbol = 3
		};
		int64_t with = INT64_MAX;

		if (dst == TADAM_END)
			continue;
		assert_int_equal(tadam_room(&t, &operation), 0);
		if (tadam_try(&t, &operation, false, &with) == 0 && with < best)
			best = with;
	}
	assert_true(best < score - 100 * (int64_t)CODE_BIT);
	tadam_done(&t);
}

static void test_threads_do_not_show(void **state)
{
	static struct words w;
	struct timed_automaton *one, *many;

	(void)state;
	make(&w, 150, true, 31);
	one = learned(&w, TADAM_ALL_INITS, 1);
	many = learned(&w, TADAM_ALL_INITS, 5);
	assert_int_equal(one->n_edges, many->n_edges);
	assert_true(one->bits == many->bits);
	assert_int_equal(one->n_trials, many->n_trials);
	assert_memory_equal(one->edges, many->edges, one->n_edges * sizeof(*one->edges));
	timed_automaton_freep(&one);
	timed_automaton_freep(&many);
}

static void test_scores(void **state)
{
	static struct words w;
	const struct word_event swapped[] = { { 1, { 50 } }, { 0, { 10 } }, { 4, { 31 } } };
	const struct word odd = { swapped, 3 };
	struct timed_automaton *a;
	struct tadam_scorer *scorer = NULL;
	const struct align_move *moves;
	const uint32_t *states;
	struct err err = { "" };
	double bits, odd_bits, log2_p, untimed, sum = 0;
	size_t n;

	(void)state;
	make(&w, 400, true, 41);
	a = learned(&w, TADAM_STATE_SYMBOL, 1);
	assert_int_equal(tadam_scorer_new(a, &scorer, &err), 0);
	for (size_t i = 0; i < w.set.n_words; i++) {
		const struct word word = word_at(&w.set, i);

		assert_int_equal(tadam_word_bits(scorer, &word, &bits, &err), 0);
		sum += bits;
	}
	/* The learner's own sum, up to rounding and what tells the statuses apart. */
	assert_true(fabs(sum - a->data_bits) < 0.01 * a->data_bits);
	assert_int_equal(tadam_word_bits(scorer, &odd, &odd_bits, &err), 0);
	assert_int_equal(tadam_align(scorer, &odd, &moves, &n, &err), 0);
	assert_int_equal(n, 4);
	assert_int_equal(moves[0].kind, ALIGN_TRANSPOSITION);
	assert_int_equal(moves[0].event, 1);
	assert_int_equal(moves[1].kind, ALIGN_SECOND);
	assert_int_equal(tadam_word_log2(scorer, &odd, true, &log2_p, &err), 0);
	assert_true(log2_p == TADAM_LEAST_LOG2);
	assert_int_equal(tadam_trace(scorer, &odd, &states, &err), 0);
	assert_int_equal(states[0], TADAM_START);
	for (size_t i = 0; i < w.set.n_words; i++) {
		const struct word word = word_at(&w.set, i);

		assert_int_equal(tadam_word_log2(scorer, &word, true, &log2_p, &err), 0);
		assert_int_equal(tadam_word_log2(scorer, &word, false, &untimed, &err), 0);
		assert_true(log2_p <= untimed && untimed <= 0);
	}
	tadam_scorer_freep(&scorer);
	timed_automaton_freep(&a);
}

static void test_refuses(void **state)
{
	static struct words w;
	const atomic_bool yes = true;
	const struct tadam_options options = { 0 }, stopped = { .stop = &yes };
	struct timed_automaton *a = NULL;
	struct err err = { "" };

	(void)state;
	init(&w);
	assert_int_equal(tadam_learn(&w.set, &options, &a, &err), -EINVAL);
	put(&w, 'f', 1);
	end_word(&w);
	w.set.n_symbols = 4;
	assert_int_equal(tadam_learn(&w.set, &options, &a, &err), -EINVAL);
	assert_null(a);
	/* Told to stop. */
	make(&w, 100, true, 61);
	assert_int_equal(tadam_learn(&w.set, &stopped, &a, &err), -EINTR);
	assert_null(a);
	/* One empty word: a start that ends. */
	init(&w);
	end_word(&w);
	a = learned(&w, 0, 2);
	assert_int_equal(a->n_edges, 1);
	timed_automaton_freep(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published_figures),
		cmocka_unit_test(test_begins_again),
		cmocka_unit_test(test_differences_and_undo),
		cmocka_unit_test(test_finds_the_automaton),
		cmocka_unit_test(test_haste),
		cmocka_unit_test(test_adding_undoes_deleting),
		cmocka_unit_test(test_threads_do_not_show),
		cmocka_unit_test(test_scores),
		cmocka_unit_test(test_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
