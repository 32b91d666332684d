/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/boost.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/library.h"
#include "base/mem.h"
#include "config.h"

#if HAVE_XGBOOST
#include <xgboost/c_api.h>

enum { N_PARAMETERS = 17, TEXT_BYTES = 32 };

/* What is used of the library. */
struct functions {
	__typeof__(&XGBGetLastError) last_error;
	__typeof__(&XGBSetGlobalConfig) set_global_config;
	__typeof__(&XGDMatrixCreateFromMat_omp) matrix_create;
	__typeof__(&XGDMatrixSetFloatInfo) matrix_set_floats;
	__typeof__(&XGDMatrixFree) matrix_free;
	__typeof__(&XGBoosterCreate) create;
	__typeof__(&XGBoosterSetParam) set_parameter;
	__typeof__(&XGBoosterUpdateOneIter) update;
	__typeof__(&XGBoosterPredictFromDMatrix) predict;
	__typeof__(&XGBoosterFree) free;
};

static int load(struct functions *f, struct err *err)
{
	static const char *const names[] = { "libxgboost.so.0", "libxgboost.so", NULL };
	const struct library_function functions[] = {
		{ "XGBGetLastError", &f->last_error },
		{ "XGBSetGlobalConfig", &f->set_global_config },
		{ "XGDMatrixCreateFromMat_omp", &f->matrix_create },
		{ "XGDMatrixSetFloatInfo", &f->matrix_set_floats },
		{ "XGDMatrixFree", &f->matrix_free },
		{ "XGBoosterCreate", &f->create },
		{ "XGBoosterSetParam", &f->set_parameter },
		{ "XGBoosterUpdateOneIter", &f->update },
		{ "XGBoosterPredictFromDMatrix", &f->predict },
		{ "XGBoosterFree", &f->free },
	};

	return library_load(names, "libxgboost0", functions,
			    sizeof(functions) / sizeof(functions[0]), err);
}

struct handles {
	struct functions f;
	DMatrixHandle train, test;
	BoosterHandle booster;
};

static void handles_done(struct handles *h)
{
	if (h->booster != NULL)
		h->f.free(h->booster);
	if (h->train != NULL)
		h->f.matrix_free(h->train);
	if (h->test != NULL)
		h->f.matrix_free(h->test);
}

bool eval_boost_here(void)
{
	struct functions f;

	return load(&f, NULL) == 0;
}

static int failed(const struct functions *f, struct err *err)
{
	/* Its message may be many lines, with a backtrace. */
	const char *text = f->last_error();
	int n = (int)strcspn(text, "\n");

	return err_set(err, -EIO, "libxgboost: %.*s", n < 200 ? n : 200, text);
}

static int set_parameters(const struct eval_boost *boost, const struct handles *h, struct err *err)
{
	char text[N_PARAMETERS][TEXT_BYTES];
	const bool two = boost->n_classes == 2;
	const char *const names[N_PARAMETERS] = {
		"verbosity",   "booster",	    "tree_method", "max_bin",
		"grow_policy", "nthread",	    "objective",   "num_class",
		"base_score",  "num_parallel_tree", "max_depth",   "eta",
		"subsample",   "colsample_bynode",  "lambda",	   "min_child_weight",
		"seed",
	};
	int n = 0;

	snprintf(text[n++], TEXT_BYTES, "0");
	snprintf(text[n++], TEXT_BYTES, "gbtree");
	snprintf(text[n++], TEXT_BYTES, "hist");
	snprintf(text[n++], TEXT_BYTES, "64");
	snprintf(text[n++], TEXT_BYTES, "depthwise");
	snprintf(text[n++], TEXT_BYTES, "1");
	snprintf(text[n++], TEXT_BYTES, "%s", two ? "binary:logistic" : "multi:softprob");
	snprintf(text[n++], TEXT_BYTES, "%" PRIu32, two ? 0 : boost->n_classes);
	snprintf(text[n++], TEXT_BYTES, "0.5");
	snprintf(text[n++], TEXT_BYTES, "%" PRIu32, boost->n_trees);
	snprintf(text[n++], TEXT_BYTES, "%" PRIu32, boost->depth);
	snprintf(text[n++], TEXT_BYTES, "%.17g", boost->rate);
	snprintf(text[n++], TEXT_BYTES, "%.17g", boost->row_share);
	snprintf(text[n++], TEXT_BYTES, "%.17g", boost->column_share);
	snprintf(text[n++], TEXT_BYTES, "%.17g", boost->lambda);
	snprintf(text[n++], TEXT_BYTES, "%.17g", boost->min_weight);
	snprintf(text[n++], TEXT_BYTES, "%" PRIu32, boost->seed);
	for (int i = 0; i < n; i++) {
		if (h->f.set_parameter(h->booster, names[i], text[i]) != 0)
			return failed(&h->f, err);
	}
	return 0;
}

static int matrix_give(const struct functions *f, const struct eval_matrix *matrix,
		       DMatrixHandle *ret_handle, struct err *err)
{
	return f->matrix_create(matrix->values, matrix->n_rows, matrix->n_columns, NAN, ret_handle,
				1) == 0
		       ? 0
		       : failed(f, err);
}

static int predict(const struct handles *h, size_t n, float *ret_scores, struct err *err)
{
	static const char how[] = "{\"type\": 0, \"training\": false, \"iteration_begin\": 0, "
				  "\"iteration_end\": 0, \"strict_shape\": false}";
	bst_ulong const *shape = NULL;
	bst_ulong n_dimensions = 0, n_found = 1;
	const float *scores = NULL;

	if (h->f.predict(h->booster, h->test, how, &shape, &n_dimensions, &scores) != 0)
		return failed(&h->f, err);
	for (bst_ulong d = 0; d < n_dimensions; d++)
		n_found *= shape[d];
	if (n_found != n)
		return err_set(err, -EIO, "libxgboost: %llu predictions, expected %zu",
			       (unsigned long long)n_found, n);
	memcpy(ret_scores, scores, n * sizeof(*scores));
	return 0;
}

int eval_boost_run(const struct eval_boost *boost, const struct eval_matrix *train,
		   const float *labels, const struct eval_matrix *test, float *ret_scores,
		   struct err *err)
{
	CLEANUP(handles_done) struct handles h = { .booster = NULL };
	size_t n_scores = test->n_rows * (boost->n_classes == 2 ? 1 : boost->n_classes);
	int r = load(&h.f, err);

	if (r == 0 && h.f.set_global_config("{\"verbosity\": 0}") != 0)
		r = failed(&h.f, err);
	if (r == 0)
		r = matrix_give(&h.f, train, &h.train, err);
	if (r == 0)
		r = matrix_give(&h.f, test, &h.test, err);
	if (r == 0 && h.f.matrix_set_floats(h.train, "label", labels, train->n_rows) != 0)
		r = failed(&h.f, err);
	if (r == 0 && h.f.create(&h.train, 1, &h.booster) != 0)
		r = failed(&h.f, err);
	if (r == 0)
		r = set_parameters(boost, &h, err);
	for (uint32_t i = 0; r == 0 && i < boost->n_rounds; i++) {
		if (h.f.update(h.booster, (int)i, h.train) != 0)
			r = failed(&h.f, err);
	}
	return r == 0 ? predict(&h, n_scores, ret_scores, err) : r;
}

#endif
