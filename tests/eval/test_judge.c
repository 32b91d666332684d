/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges on tables made by a small program: 40 clients over two hours, four services of different
 * sizes. Tables of two seeds are of one law.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "eval/boost.h"
#include "eval/judge.h"
#include "tests/eval/made_rows.h"

enum { N_FLOWS = 2000 };

static const char *const services[] = { "dns", "http", "https", "ssh" };

static struct flow_table draw_table(uint32_t seed)
{
	struct flow_table table = { NULL, 0, 0 };
	struct rng rng;

	rng_init(&rng, seed, 0, 0, RNG_TEST);
	for (int i = 0; i < N_FLOWS; i++) {
		uint32_t what = rng_below(&rng, 4);
		struct flow_record r = made_flow(rng_below(&rng, 7200), rng_below(&rng, 40), what,
						 443, services[what]);

		r.fwd_packets = 2 + 3 * what + rng_below(&rng, 3);
		r.bwd_packets = r.fwd_packets + rng_below(&rng, 2);
		r.fwd_payload = (100 << what) + rng_below(&rng, 300 << what);
		r.bwd_payload = 4 * r.fwd_payload + rng_below(&rng, 500);
		r.fwd_bytes = r.fwd_payload + 40 * r.fwd_packets;
		r.bwd_bytes = r.bwd_payload + 40 * r.bwd_packets;
		r.duration_ns = (int64_t)rng_below(&rng, 2000) * 1000000 * (1 + what);
		assert_int_equal(flow_table_append(&table, &r, NULL), 0);
	}
	flow_table_sort(&table);
	return table;
}

static void judge(struct flow_table tables[2], unsigned int n_threads, struct eval_judges *judges)
{
	const struct flow_table *pointers[2] = { &tables[0], &tables[1] };
	const struct eval_watch watch = { NULL, NULL };
	const struct eval_judge_options options = { 10000, 1, n_threads, &watch };
	struct eval_rows rows[2];
	struct eval_context contexts[2];
	struct eval_source sources[2];
	struct eval_local local;
	struct err err = { "" };

	assert_int_equal(eval_local_init(&local, NULL, 0, &err), 0);
	assert_int_equal(eval_rows_encode(pointers, 2, rows, &err), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(eval_context_make(&tables[i], &rows[i], &contexts[i], &err), 0);
		sources[i] =
			(struct eval_source) { &tables[i], &rows[i], &contexts[i], NULL, &local };
	}
	if (eval_judge(sources, &options, judges, &err) < 0)
		fail_msg("%s", err.text);
	for (int i = 0; i < 2; i++) {
		eval_context_done(&contexts[i]);
		eval_rows_done(&rows[i]);
	}
}

static struct eval_two_sample compare(struct flow_table synth, struct eval_judges *judges)
{
	struct flow_table tables[2] = { draw_table(1), synth };

	judge(tables, 2, judges);
	flow_table_done(&tables[0]);
	flow_table_done(&tables[1]);
	return judges->tests[EVAL_TEST_FLOWS];
}

/* Four standard errors either way: a right program fails with 1 in 16,000 seeds. */
static void one_law_cannot_be_told_apart(void **state)
{
	struct eval_judges judges;
	struct eval_two_sample test;

	(void)state;
	if (!eval_boost_here())
		skip();
	test = compare(draw_table(2), &judges);
	assert_int_equal(test.n_folds, EVAL_N_FOLDS);
	if (test.auc < 0.5 - 4 * test.error || test.auc > 0.5 + 4 * test.error)
		fail_msg("%.3f +- %.3f", test.auc, test.error);
	/* Of some 4000 rows, mostly alone in their sessions: sqrt(1 / 12 * 2 / 2000) is 0.0091. */
	assert_true(test.error > 0.007 && test.error < 0.013);
	assert_true(test.low < test.auc && test.auc < test.high);
	assert_near(test.roc[EVAL_ROC_POINTS - 1], 1);
	eval_judges_done(&judges);
}

static void planted_differences_are_found(void **state)
{
	struct eval_judges judges;
	struct flow_table synth;

	(void)state;
	if (!eval_boost_here())
		skip();
	synth = draw_table(2);
	for (size_t i = 0; i < synth.n_rows; i++)
		synth.rows[i].fwd_bytes += 60;
	assert_true(compare(synth, &judges).auc > 0.9);
	eval_judges_done(&judges);

	synth = draw_table(2);
	for (size_t i = 0; i < synth.n_rows; i++)
		synth.rows[i].fwd_payload = synth.rows[i].bwd_payload = 0;
	assert_true(compare(synth, &judges).auc > 0.99);
	eval_judges_done(&judges);

	/* Without the fourth service a quarter of the real flows is told for sure, the others not
	 * at all: 1/4 + 3/4 * 1/2. */
	synth = draw_table(2);
	for (size_t i = 0; i < synth.n_rows;) {
		if (strcmp(synth.rows[i].service, "ssh") == 0)
			synth.rows[i] = synth.rows[--synth.n_rows];
		else
			i++;
	}
	flow_table_sort(&synth);
	compare(synth, &judges);
	assert_true(judges.tests[0].auc > 0.59 && judges.tests[0].auc < 0.67);
	eval_judges_done(&judges);

	/* All of a minute at its beginning. */
	synth = draw_table(2);
	for (size_t i = 0; i < synth.n_rows; i++)
		synth.rows[i].start_ns -= synth.rows[i].start_ns % 60000000000;
	assert_true(compare(synth, &judges).low > 0.55);
	eval_judges_done(&judges);
}

static void threads_do_not_show(void **state)
{
	struct flow_table tables[2] = { draw_table(1), draw_table(2) };
	struct eval_judges one, three;

	(void)state;
	judge(tables, 1, &one);
	judge(tables, 3, &three);
	for (int t = 0; t < EVAL_N_TESTS; t++) {
		assert_int_equal(one.tests[t].n, three.tests[t].n);
		for (size_t i = 0; i < one.tests[t].n; i++)
			assert_memory_equal(&one.tests[t].scores[i].score,
					    &three.tests[t].scores[i].score, sizeof(double));
	}
	for (int l = 0; l < EVAL_N_LEARNERS; l++) {
		for (int on = 0; on < EVAL_N_TRAINED_ON; on++)
			assert_memory_equal(one.utility.answers[l][on],
					    three.utility.answers[l][on],
					    one.utility.test.n_rows * sizeof(uint16_t));
	}
	eval_judges_done(&one);
	eval_judges_done(&three);
	flow_table_done(&tables[0]);
	flow_table_done(&tables[1]);
}

static void learners_learn(void **state)
{
	struct eval_judges judges;
	struct flow_table synth = draw_table(2);

	(void)state;
	/* Sizes tell nearly all; where the synthetic names are turned round nothing is right. */
	for (size_t i = 0; i < synth.n_rows; i++)
		snprintf(synth.rows[i].label, sizeof(synth.rows[i].label), "%s",
			 i % 2 ? "a" : "b"); /* the real side has no labels: services */
	compare(synth, &judges);
	assert_string_equal(judges.utility.target, "service");
	assert_int_equal(judges.utility.n_classes, 4);
	for (int l = 0; l < EVAL_N_LEARNERS; l++) {
		if (!eval_learner_here((enum eval_learner)l))
			continue;
		print_message("%s: synthetic %.3f, real %.3f\n",
			      eval_learner_info((enum eval_learner)l)->key,
			      judges.utility.f1[l][EVAL_ON_SYNTHETIC],
			      judges.utility.f1[l][EVAL_ON_REAL]);
		assert_true(judges.utility.f1[l][EVAL_ON_REAL] > 0.9);
		assert_true(judges.utility.f1[l][EVAL_ON_SYNTHETIC] > 0.9);
	}
	eval_judges_done(&judges);

	synth = draw_table(2);
	for (size_t i = 0; i < synth.n_rows; i++) {
		char *service = synth.rows[i].service;
		int next = (strcmp(service, "http") == 0) + 2 * (strcmp(service, "https") == 0) +
			   3 * (strcmp(service, "ssh") == 0) + 1;

		memset(service, 0, FLOW_SERVICE_BYTES);
		strncpy(service, services[next % 4], FLOW_SERVICE_BYTES - 1);
	}
	compare(synth, &judges);
	for (int l = 0; l < EVAL_N_LEARNERS; l++) {
		if (!eval_learner_here((enum eval_learner)l))
			continue;
		assert_true(judges.utility.f1[l][EVAL_ON_REAL] > 0.9);
		assert_true(judges.utility.f1[l][EVAL_ON_SYNTHETIC] < 0.1);
	}
	eval_judges_done(&judges);
}

static void labels_when_both_have_them(void **state)
{
	struct flow_table tables[2] = { draw_table(1), draw_table(2) };
	struct eval_judges judges;

	(void)state;
	for (int t = 0; t < 2; t++) {
		for (size_t i = 0; i < tables[t].n_rows; i++) {
			struct flow_record *r = &tables[t].rows[i];

			/* One column tells. A label of a few rows is none. */
			r->label[0] = i < 5 ? 'x' : r->fwd_packets > 8 ? 'm' : '-';
		}
	}
	judge(tables, 2, &judges);
	assert_string_equal(judges.utility.target, "label");
	assert_int_equal(judges.utility.n_classes, 2);
	for (int l = EVAL_LEARNER_TREE; eval_boost_here() && l < EVAL_N_LEARNERS; l++)
		assert_true(judges.utility.f1[l][EVAL_ON_SYNTHETIC] > 0.99);
	eval_judges_done(&judges);
	flow_table_done(&tables[0]);
	flow_table_done(&tables[1]);
}

static void too_few_flows_are_not_judged(void **state)
{
	struct flow_table tables[2] = { draw_table(1), draw_table(2) };
	struct eval_judges judges;

	(void)state;
	tables[1].n_rows = EVAL_JUDGED_MIN - 1;
	judge(tables, 1, &judges);
	assert_false(judges.done);
	assert_int_equal(judges.tests[0].n_folds, 0);
	eval_judges_done(&judges);
	flow_table_done(&tables[0]);
	flow_table_done(&tables[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_law_cannot_be_told_apart),
		cmocka_unit_test(planted_differences_are_found),
		cmocka_unit_test(threads_do_not_show),
		cmocka_unit_test(learners_learn),
		cmocka_unit_test(labels_when_both_have_them),
		cmocka_unit_test(too_few_flows_are_not_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
