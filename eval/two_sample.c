/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/two_sample.h"

#include <stdlib.h>
#include <string.h>

#include "base/detmath.h"
#include "base/mem.h"
#include "eval/boost.h"
#include "eval/folds.h"

void eval_two_sample_done(struct eval_two_sample *test)
{
	free(test->scores);
	free(test->folds);
	memset(test, 0, sizeof(*test));
}

int eval_two_sample_init(const struct eval_judged *judged, uint64_t seed,
			 struct eval_two_sample *ret_test, struct err *err)
{
	struct eval_two_sample test;
	int r;

	memset(&test, 0, sizeof(test));
	test.n = judged->n;
	test.scores = mem_array(test.n, sizeof(*test.scores));
	test.folds = mem_array(test.n, sizeof(*test.folds));
	r = test.scores == NULL || test.folds == NULL
		    ? err_no_memory(err)
		    : eval_folds(judged->sessions, judged->synthetic, test.n, EVAL_N_FOLDS, seed,
				 test.folds, err);
	if (r < 0) {
		eval_two_sample_done(&test);
		return r;
	}
	for (size_t i = 0; i < test.n; i++)
		test.scores[i] =
			(struct eval_score) { 0, judged->sessions[i], judged->synthetic[i] != 0 };
	*ret_test = test;
	return 0;
}

/* What a judge learns from and is asked about. */
struct parts {
	struct eval_matrix train, test;
	uint8_t *keep;
	float *labels, *answers;
};

static void parts_done(struct parts *parts)
{
	eval_matrix_done(&parts->train);
	eval_matrix_done(&parts->test);
	free(parts->keep);
	free(parts->labels);
	free(parts->answers);
}

static int part(const struct eval_judged *judged, size_t n_columns, uint32_t fold,
		const uint8_t *folds, struct parts *parts, struct err *err)
{
	enum eval_feature columns[EVAL_N_FEATURES];
	size_t n_train = 0;
	int r;

	for (size_t c = 0; c < n_columns; c++)
		columns[c] = (enum eval_feature)c;
	parts->keep = mem_array(judged->n, sizeof(*parts->keep));
	parts->labels = mem_array(judged->n, sizeof(*parts->labels));
	parts->answers = mem_array(judged->n, sizeof(*parts->answers));
	if (parts->keep == NULL || parts->labels == NULL || parts->answers == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < judged->n; i++)
		parts->keep[i] = folds[i] == fold;
	r = eval_judged_cut(judged, parts->keep, columns, n_columns, &parts->test, err);
	for (size_t i = 0; i < judged->n; i++) {
		parts->keep[i] = folds[i] != fold;
		if (parts->keep[i])
			parts->labels[n_train++] = judged->synthetic[i];
	}
	if (r == 0)
		r = eval_judged_cut(judged, parts->keep, columns, n_columns, &parts->train, err);
	return r;
}

/* Whether labels (n) have both classes. */
static bool has_both(const float *labels, size_t n)
{
	bool has[2] = { false, false };

	for (size_t i = 0; i < n; i++)
		has[labels[i] > 0] = true;
	return has[0] && has[1];
}

int eval_two_sample_fold(const struct eval_judged *judged, size_t n_columns, uint64_t seed,
			 uint32_t fold, struct eval_two_sample *test, struct err *err)
{
	const struct eval_boost boost = {
		.n_classes = 2,
		.n_rounds = 100,
		.n_trees = 1,
		.depth = 5,
		.rate = 0.15,
		.row_share = 1,
		.column_share = 1,
		.lambda = 1,
		.min_weight = 4,
		.seed = (uint32_t)(seed & INT32_MAX),
	};
	CLEANUP(parts_done)
	struct parts parts = { { 0, 0, NULL }, { 0, 0, NULL }, NULL, NULL, NULL };
	size_t at = 0;
	int r = part(judged, n_columns, fold, test->folds, &parts, err);

	if (r < 0)
		return r;
	/* Few sessions: a fold without flows, or with all of a side. It has no say, or knows
	 * nothing. */
	if (parts.test.n_rows == 0 || !has_both(parts.labels, parts.train.n_rows))
		return 0;
	r = eval_boost_run(&boost, &parts.train, parts.labels, &parts.test, parts.answers, err);
	for (size_t i = 0; r == 0 && i < judged->n; i++) {
		if (test->folds[i] == fold)
			test->scores[i].score = parts.answers[at++];
	}
	return r;
}

int eval_two_sample_sum(struct eval_two_sample *test, struct err *err)
{
	CLEANUP(freep) struct eval_score *scores = mem_array(test->n, sizeof(*scores));
	double areas = 0, variances = 0, roc[EVAL_ROC_POINTS], mean[EVAL_ROC_POINTS] = { 0 };
	uint32_t n_folds = 0;

	if (scores == NULL)
		return err_no_memory(err);
	for (uint32_t fold = 0; fold < EVAL_N_FOLDS; fold++) {
		struct eval_auc auc;
		size_t n = 0;
		int r;

		for (size_t i = 0; i < test->n; i++) {
			if (test->folds[i] == fold)
				scores[n++] = test->scores[i];
		}
		r = eval_auc(scores, n, &auc, err);
		if (r > 0)
			r = eval_roc(scores, n, roc, err) < 0 ? -1 : 1;
		if (r < 0)
			return err_no_memory(err);
		for (int p = 0; r > 0 && p < EVAL_ROC_POINTS; p++)
			mean[p] += roc[p];
		areas += r > 0 ? auc.auc : 0;
		variances += r > 0 ? auc.variance : 0;
		n_folds += r > 0;
	}
	test->n_folds = n_folds;
	if (n_folds < 2)
		return 0;
	test->auc = areas / n_folds;
	test->error = det_sqrt(variances) / n_folds;
	test->low = test->auc - 1.96 * test->error;
	test->low = test->low > 0 ? test->low : 0;
	test->high = test->auc + 1.96 * test->error;
	test->high = test->high < 1 ? test->high : 1;
	for (int p = 0; p < EVAL_ROC_POINTS; p++)
		test->roc[p] = mean[p] / n_folds;
	return 0;
}
