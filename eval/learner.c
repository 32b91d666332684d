/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/learner.h"

#include "base/detmath.h"
#include "base/mem.h"
#include "eval/boost.h"
#include "eval/linear.h"
#include "eval/one_hot.h"

static const struct eval_learner_info infos[EVAL_N_LEARNERS] = {
	[EVAL_LEARNER_LOGISTIC] = { "logistic_regression", "Logistic regr.", "liblinear-dev" },
	[EVAL_LEARNER_SVC] = { "linear_svc", "Linear SVC", "liblinear-dev" },
	[EVAL_LEARNER_TREE] = { "decision_tree", "Decision tree", "libxgboost-dev" },
	[EVAL_LEARNER_FOREST] = { "random_forest", "Random forest", "libxgboost-dev" },
};

const struct eval_learner_info *eval_learner_info(enum eval_learner learner)
{
	return &infos[learner];
}

bool eval_learner_here(enum eval_learner learner)
{
	return learner <= EVAL_LEARNER_SVC ? eval_linear_here() : eval_boost_here();
}

static int run_linear(const struct eval_lesson *lesson, enum eval_linear how, uint16_t *ret_answers,
		      struct err *err)
{
	struct eval_matrix train, test;
	int r = eval_one_hot(lesson->train, lesson->test, lesson->columns, &train, &test, err);

	if (r < 0)
		return r;
	r = eval_linear_run(how, &train, lesson->labels, &test, ret_answers, err);
	eval_matrix_done(&train);
	eval_matrix_done(&test);
	return r;
}

/* The first of the likeliest classes. */
static void choose(const float *scores, size_t n, uint32_t n_classes, uint16_t *ret_answers)
{
	for (size_t i = 0; i < n; i++) {
		const float *of_row = scores + i * n_classes;
		uint16_t best = 0;

		if (n_classes == 2) {
			ret_answers[i] = scores[i] > 0.5F;
			continue;
		}
		for (uint32_t c = 1; c < n_classes; c++)
			best = of_row[c] > of_row[best] ? (uint16_t)c : best;
		ret_answers[i] = best;
	}
}

static int run_trees(const struct eval_lesson *lesson, bool forest, uint64_t seed,
		     uint16_t *ret_answers, struct err *err)
{
	const double n_columns = (double)lesson->train->n_columns;
	const struct eval_boost boost = {
		.n_classes = lesson->n_classes,
		.n_rounds = 1,
		.n_trees = forest ? 40 : 1,
		.depth = 12,
		.rate = 1,
		.row_share = forest ? 0.63 : 1,
		.column_share = forest ? 1 / det_sqrt(n_columns) : 1,
		.lambda = 0.01,
		.min_weight = 0,
		.seed = (uint32_t)(seed & INT32_MAX),
	};
	CLEANUP(freep) float *labels = mem_array(lesson->train->n_rows, sizeof(*labels));
	CLEANUP(freep)
	float *scores = mem_array(lesson->test->n_rows * lesson->n_classes, sizeof(*scores));
	int r;

	if (labels == NULL || scores == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < lesson->train->n_rows; i++)
		labels[i] = lesson->labels[i];
	r = eval_boost_run(&boost, lesson->train, labels, lesson->test, scores, err);
	if (r == 0)
		choose(scores, lesson->test->n_rows, lesson->n_classes, ret_answers);
	return r;
}

int eval_learner_run(enum eval_learner learner, const struct eval_lesson *lesson, uint64_t seed,
		     uint16_t *ret_answers, struct err *err)
{
	if (lesson->train->n_rows == 0) {
		for (size_t i = 0; i < lesson->test->n_rows; i++)
			ret_answers[i] = UINT16_MAX;
		return 0;
	}
	switch (learner) {
	case EVAL_LEARNER_LOGISTIC:
		return run_linear(lesson, EVAL_LINEAR_LOGISTIC, ret_answers, err);
	case EVAL_LEARNER_SVC:
		return run_linear(lesson, EVAL_LINEAR_SVC, ret_answers, err);
	default:
		return run_trees(lesson, learner == EVAL_LEARNER_FOREST, seed, ret_answers, err);
	}
}
