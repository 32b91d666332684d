/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/one_hot.h"

#include <math.h>
#include <stdlib.h>

#include "base/detmath.h"
#include "base/mem.h"

/* One column of the new matrices. */
struct made_column {
	size_t from;
	bool is_code;
	float value; /* of the code; NaN: missing */
	double mean, scale;
};

struct made_columns {
	struct made_column *columns;
	size_t n, capacity;
};

static int add(struct made_columns *made, const struct made_column *column, struct err *err)
{
	if (mem_grow(&made->columns, &made->capacity, made->n + 1, sizeof(*made->columns),
		     UINT32_MAX) < 0)
		return err_no_memory(err);
	made->columns[made->n++] = *column;
	return 0;
}

static int compare_values(const void *a, const void *b)
{
	const float *x = a, *y = b;

	if (isnan(*x) || isnan(*y))
		return (isnan(*x) != 0) - (isnan(*y) != 0);
	return (*x > *y) - (*x < *y);
}

static int add_code(struct made_columns *made, const struct eval_matrix *train, size_t from,
		    struct err *err)
{
	CLEANUP(freep) float *values = mem_array(train->n_rows, sizeof(*values));
	int r = 0;

	if (values == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < train->n_rows; i++)
		values[i] = train->values[i * train->n_columns + from];
	qsort(values, train->n_rows, sizeof(*values), compare_values);
	for (size_t i = 0; r == 0 && i < train->n_rows; i++) {
		const struct made_column column = { from, true, values[i], 0, 0 };

		if (i == 0 || compare_values(&values[i], &values[i - 1]) != 0)
			r = add(made, &column, err);
	}
	return r;
}

static int add_number(struct made_columns *made, const struct eval_matrix *train, size_t from,
		      struct err *err)
{
	struct made_column column = { from, false, 0, 0, 0 };
	double n = (double)train->n_rows, squares = 0;

	for (size_t i = 0; i < train->n_rows; i++)
		column.mean += train->values[i * train->n_columns + from] / n;
	for (size_t i = 0; i < train->n_rows; i++) {
		double off = train->values[i * train->n_columns + from] - column.mean;

		squares += off * off / n;
	}
	/* What is left of a constant by rounding must not be blown up. */
	if (squares < 1e-12)
		return 0;
	column.scale = 1 / det_sqrt(squares);
	return add(made, &column, err);
}

static int make(const struct made_columns *made, const struct eval_matrix *from,
		struct eval_matrix *ret_matrix, struct err *err)
{
	int r = eval_matrix_init(ret_matrix, from->n_rows, made->n > 0 ? made->n : 1, err);

	for (size_t i = 0; r == 0 && i < from->n_rows; i++) {
		for (size_t c = 0; c < made->n; c++) {
			const struct made_column *column = &made->columns[c];
			float value = from->values[i * from->n_columns + column->from];

			ret_matrix->values[i * ret_matrix->n_columns + c] =
				column->is_code ? compare_values(&value, &column->value) == 0
						: (float)((value - column->mean) * column->scale);
		}
	}
	return r;
}

int eval_one_hot(const struct eval_matrix *train, const struct eval_matrix *test,
		 const enum eval_feature *columns, struct eval_matrix *ret_train,
		 struct eval_matrix *ret_test, struct err *err)
{
	struct made_columns made = { NULL, 0, 0 };
	struct eval_matrix both[2] = { { 0, 0, NULL }, { 0, 0, NULL } };
	int r = 0;

	for (size_t c = 0; r == 0 && c < train->n_columns; c++)
		r = (eval_feature_is_code(columns[c]) ? add_code : add_number)(&made, train, c,
									       err);
	if (r == 0)
		r = make(&made, train, &both[0], err);
	if (r == 0)
		r = make(&made, test, &both[1], err);
	free(made.columns);
	if (r < 0) {
		eval_matrix_done(&both[0]);
		eval_matrix_done(&both[1]);
		return r;
	}
	*ret_train = both[0];
	*ret_test = both[1];
	return 0;
}
