/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/judge.h"

#include <string.h>

#include "eval/boost.h"

static const struct eval_test_info infos[EVAL_N_TESTS] = {
	[EVAL_TEST_FLOWS] = { "flows", "AUC by flows", "libxgboost-dev" },
	[EVAL_TEST_PACKETS] = { "packets", "AUC by packets", "libxgboost-dev" },
};

const struct eval_test_info *eval_test_info(enum eval_test test)
{
	return &infos[test];
}

void eval_judges_done(struct eval_judges *judges)
{
	for (int t = 0; t < EVAL_N_TESTS; t++)
		eval_two_sample_done(&judges->tests[t]);
	eval_utility_done(&judges->utility);
	memset(judges, 0, sizeof(*judges));
}

enum {
	N_FOLD_TASKS = EVAL_N_TESTS * EVAL_N_FOLDS,
	N_TASKS = N_FOLD_TASKS + EVAL_N_LEARNERS * EVAL_N_TRAINED_ON
};

struct work {
	const struct eval_judged *judged;
	const struct eval_judge_options *options;
	struct eval_judges *judges;
};

static int fold_task(const struct work *work, enum eval_test test, uint32_t fold, struct err *err)
{
	struct eval_two_sample *of_test = &work->judges->tests[test];

	if (of_test->n == 0)
		return 0;
	return eval_two_sample_fold(work->judged,
				    test == EVAL_TEST_FLOWS ? EVAL_N_FLOW_FEATURES
							    : EVAL_N_FEATURES,
				    work->options->seed, fold, of_test, err);
}

/* The longest first: the last to end is then a short one. */
static int task(void *context, uint32_t number, struct err *err)
{
	const struct work *work = context;
	struct eval_utility *utility = &work->judges->utility;
	uint32_t i = number < N_FOLD_TASKS ? N_FOLD_TASKS - 1 - number : N_TASKS - 1 - number;
	enum eval_learner learner = (enum eval_learner)(i / EVAL_N_TRAINED_ON);

	if (number < N_FOLD_TASKS)
		return fold_task(work, (enum eval_test)(i / EVAL_N_FOLDS), i % EVAL_N_FOLDS, err);
	if (utility->n_classes < 2 || !eval_learner_here(learner))
		return 0;
	return eval_utility_run(utility, learner, (enum eval_trained_on)(i % EVAL_N_TRAINED_ON),
				work->options->seed, err);
}

static int run(const struct eval_judged *judged, const struct eval_source sources[2],
	       const struct eval_judge_options *options, struct eval_judges *judges,
	       struct err *err)
{
	const struct flow_table *tables[2] = { sources[0].table, sources[1].table };
	struct work work = { judged, options, judges };
	int r = 0;

	judges->n_real = judged->n_real;
	judges->n_synth = judged->n - judged->n_real;
	if (judges->n_real < EVAL_JUDGED_MIN || judges->n_synth < EVAL_JUDGED_MIN)
		return 0;
	for (int t = 0; r == 0 && eval_boost_here() && t < EVAL_N_TESTS; t++) {
		if (t == EVAL_TEST_FLOWS || sources[0].heads != NULL)
			r = eval_two_sample_init(judged, options->seed, &judges->tests[t], err);
	}
	if (r == 0)
		r = eval_utility_init(judged, tables, options->seed, &judges->utility, err);
	if (r == 0)
		r = eval_crew_run(task, &work, N_TASKS, options->n_threads, options->watch,
				  "classifiers", err);
	for (int t = 0; r == 0 && t < EVAL_N_TESTS; t++) {
		if (judges->tests[t].n > 0)
			r = eval_two_sample_sum(&judges->tests[t], err);
	}
	judges->done = r == 0;
	return r;
}

int eval_judge(const struct eval_source sources[2], const struct eval_judge_options *options,
	       struct eval_judges *ret_judges, struct err *err)
{
	struct eval_judged judged;
	struct eval_judges judges;
	int r;

	memset(&judges, 0, sizeof(judges));
	r = eval_judged_make(sources, options->n_rows, options->seed, &judged, err);
	if (r < 0)
		return r;
	r = run(&judged, sources, options, &judges, err);
	eval_judged_done(&judged);
	if (r < 0)
		eval_judges_done(&judges);
	else
		*ret_judges = judges;
	return r;
}
