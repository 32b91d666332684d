/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/linear.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "base/library.h"
#include "base/mem.h"
#include "config.h"

#if HAVE_LIBLINEAR
#include <linear.h>

/* Rows of pairs (column from 1, value), zeros left out, ended by column -1. */
struct sparse {
	struct feature_node *nodes;
	struct feature_node **rows;
	double *labels;
};

static void sparse_done(struct sparse *sparse)
{
	free(sparse->nodes);
	free(sparse->rows);
	free(sparse->labels);
}

static int sparse_init(struct sparse *sparse, const struct eval_matrix *matrix, struct err *err)
{
	const size_t n_columns = matrix->n_columns;
	struct feature_node *node;

	/* The bias, and the end. */
	sparse->nodes = mem_array(matrix->n_rows * (n_columns + 2), sizeof(*sparse->nodes));
	sparse->rows = mem_array(matrix->n_rows, sizeof(*sparse->rows));
	sparse->labels = mem_array(matrix->n_rows, sizeof(*sparse->labels));
	if (sparse->nodes == NULL || sparse->rows == NULL || sparse->labels == NULL)
		return err_no_memory(err);
	node = sparse->nodes;
	for (size_t i = 0; i < matrix->n_rows; i++) {
		const float *values = matrix->values + i * n_columns;

		sparse->rows[i] = node;
		for (size_t c = 0; c < n_columns; c++) {
			if (values[c] < 0 || values[c] > 0)
				*node++ = (struct feature_node) { (int)c + 1, values[c] };
		}
		*node++ = (struct feature_node) { (int)n_columns + 1, 1 };
		*node++ = (struct feature_node) { -1, 0 };
	}
	return 0;
}

/* What is used of the library. */
struct functions {
	__typeof__(&set_print_string_function) set_print_string_function;
	__typeof__(&train) train;
	__typeof__(&predict) predict;
	__typeof__(&free_and_destroy_model) free_and_destroy_model;
};

static int load(struct functions *f, struct err *err)
{
	static const char *const names[] = { "liblinear.so.4", "liblinear.so", NULL };
	const struct library_function functions[] = {
		{ "set_print_string_function", &f->set_print_string_function },
		{ "train", &f->train },
		{ "predict", &f->predict },
		{ "free_and_destroy_model", &f->free_and_destroy_model },
	};

	return library_load(names, "liblinear4", functions,
			    sizeof(functions) / sizeof(functions[0]), err);
}

static void say_nothing(const char *text)
{
	(void)text;
}

bool eval_linear_here(void)
{
	struct functions f;

	return load(&f, NULL) == 0;
}

int eval_linear_run(enum eval_linear how, const struct eval_matrix *train_rows,
		    const uint16_t *labels, const struct eval_matrix *test, uint16_t *ret_answers,
		    struct err *err)
{
	CLEANUP(sparse_done) struct sparse from = { NULL, NULL, NULL };
	CLEANUP(sparse_done) struct sparse to = { NULL, NULL, NULL };
	struct functions f;
	struct model *model;
	const struct parameter parameter = {
		.solver_type = how == EVAL_LINEAR_LOGISTIC ? L2R_LR : L2R_L2LOSS_SVC,
		.eps = 0.001,
		.C = 1,
	};
	struct problem problem = { .bias = 1 };
	int r = load(&f, err);

	if (r < 0)
		return r;
	if (train_rows->n_rows > INT_MAX || train_rows->n_columns >= INT_MAX - 1)
		return err_set(err, -E2BIG, "%zu rows, more than liblinear takes",
			       train_rows->n_rows);
	r = sparse_init(&from, train_rows, err);
	if (r == 0)
		r = sparse_init(&to, test, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < train_rows->n_rows; i++)
		from.labels[i] = labels[i];
	problem.l = (int)train_rows->n_rows;
	problem.n = (int)train_rows->n_columns + 1;
	problem.y = from.labels;
	problem.x = from.rows;
	/* The library's one global; every thread writes the same. */
	f.set_print_string_function(say_nothing);
	model = f.train(&problem, &parameter);
	if (model == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < test->n_rows; i++)
		ret_answers[i] = (uint16_t)f.predict(model, to.rows[i]);
	f.free_and_destroy_model(&model);
	return 0;
}

#endif
