/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/sample.h"

#include "base/detmath.h"
#include "base/mem.h"

static void gather(const struct eval_rows *from, const uint32_t *index, struct eval_rows *to)
{
	for (int c = 0; c < EVAL_N_CODES; c++) {
		to->n_values[c] = from->n_values[c];
		for (size_t i = 0; i < to->n; i++)
			to->codes[c][i] = from->codes[c][index[i]];
	}
	for (int c = 0; c < EVAL_N_NUMBERS; c++) {
		for (size_t i = 0; i < to->n; i++) {
			to->numbers[c][i] = from->numbers[c][index[i]];
			to->logs[c][i] = from->logs[c][index[i]];
		}
	}
	for (size_t i = 0; i < to->n; i++) {
		to->time_ns[i] = from->time_ns[index[i]];
		to->row[i] = from->row[index[i]];
	}
}

int eval_sample(const struct eval_rows *rows, size_t n, uint64_t seed, uint32_t draw, uint32_t side,
		struct eval_rows *ret_sample, struct err *err)
{
	CLEANUP(freep) uint32_t *index = mem_array(rows->n, sizeof(*index));
	struct rng rng;
	int r;

	if (index == NULL)
		return err_no_memory(err);
	if (n > rows->n)
		n = rows->n;
	r = eval_rows_init(ret_sample, n, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < rows->n; i++)
		index[i] = (uint32_t)i;
	rng_init(&rng, seed, side, draw, RNG_EVAL);
	/* The front of a Fisher-Yates shuffle. */
	for (size_t i = 0; i < n; i++) {
		size_t j = i + rng_below(&rng, (uint32_t)(rows->n - i));
		uint32_t kept = index[i];

		index[i] = index[j];
		index[j] = kept;
	}
	gather(rows, index, ret_sample);
	return 0;
}

struct eval_value eval_value_of(const double *values, size_t n)
{
	struct eval_value value = { (uint32_t)n, 0, 0 };

	if (n == 0)
		return value;
	for (size_t i = 0; i < n; i++)
		value.mean += values[i] - values[0];
	/* From the first: equal values have their value as mean, and no deviation. */
	value.mean = values[0] + value.mean / (double)n;
	for (size_t i = 0; i < n; i++)
		value.std += (values[i] - value.mean) * (values[i] - value.mean);
	value.std = n > 1 ? det_sqrt(value.std / (double)(n - 1)) : 0;
	return value;
}
