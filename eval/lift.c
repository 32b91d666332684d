/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/lift.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { N = EVAL_LIFT_SERVICES + 1 };

struct matrix {
	double n;
	double from[N];	     /* flows of A */
	double in_basket[N]; /* flows with B in their basket */
	double pairs[N][N];  /* flows of A with B in their basket */
};

struct frequent {
	uint64_t n;
	uint32_t code;
};

static int compare_frequent(const void *a, const void *b)
{
	const struct frequent *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return x->code < y->code ? -1 : x->code > y->code;
}

/* ret_places[code]: 0 .. EVAL_LIFT_SERVICES - 1, or EVAL_LIFT_SERVICES for the rest. */
static int choose_services(const struct eval_rows *a, const struct eval_rows *b,
			   uint8_t *ret_places, struct err *err)
{
	size_t n = a->n_values[EVAL_SERVICE];
	CLEANUP(freep) struct frequent *counts = mem_array(n, sizeof(*counts));

	if (counts == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < n; i++)
		counts[i].code = (uint32_t)i;
	for (size_t i = 0; i < a->n; i++)
		counts[a->codes[EVAL_SERVICE][i]].n++;
	for (size_t i = 0; i < b->n; i++)
		counts[b->codes[EVAL_SERVICE][i]].n++;
	qsort(counts, n, sizeof(*counts), compare_frequent);
	for (size_t i = 0; i < n; i++)
		ret_places[counts[i].code] =
			(uint8_t)(i < EVAL_LIFT_SERVICES ? i : EVAL_LIFT_SERVICES);
	return 0;
}

/* From the last flow to the first, with each client's next start of each service. */
static int count_pairs(const struct flow_table *table, const struct eval_rows *rows,
		       const uint8_t *places, struct matrix *m, struct err *err)
{
	size_t n_next = (size_t)rows->n_values[EVAL_SRC_IP] * N;
	CLEANUP(freep) int64_t *next = mem_array(n_next, sizeof(*next));

	if (next == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < n_next; i++)
		next[i] = INT64_MAX;
	memset(m, 0, sizeof(*m));
	m->n = (double)rows->n;
	for (size_t i = rows->n; i-- > 0;) {
		int64_t *client = next + (size_t)rows->codes[EVAL_SRC_IP][i] * N;
		int64_t at = table->rows[i].start_ns;
		uint8_t service = places[rows->codes[EVAL_SERVICE][i]];

		m->from[service]++;
		for (int b = 0; b < N; b++) {
			if (client[b] == INT64_MAX || client[b] - at > EVAL_LIFT_WINDOW_NS)
				continue;
			m->in_basket[b]++;
			m->pairs[service][b]++;
		}
		client[service] = at;
	}
	return 0;
}

/* lift / (1 + lift) */
static double bounded_lift(const struct matrix *m, int a, int b)
{
	double expected = m->from[a] * m->in_basket[b] / m->n;

	return m->pairs[a][b] > 0 ? m->pairs[a][b] / (m->pairs[a][b] + expected) : 0;
}

static double weight(const struct matrix *m, int a, int b)
{
	return m->from[a] / m->n * (m->in_basket[b] / m->n);
}

/* Both sides' counts on the same services; ret_places as choose_services has them. */
static int count_both(const struct flow_table *real, const struct eval_rows *real_rows,
		      const struct flow_table *synth, const struct eval_rows *synth_rows,
		      uint8_t *ret_places, struct matrix ret_m[2], struct err *err)
{
	int r = choose_services(real_rows, synth_rows, ret_places, err);

	if (r == 0)
		r = count_pairs(real, real_rows, ret_places, &ret_m[0], err);
	if (r == 0)
		r = count_pairs(synth, synth_rows, ret_places, &ret_m[1], err);
	return r;
}

int eval_lift(const struct flow_table *real, const struct eval_rows *real_rows,
	      const struct flow_table *synth, const struct eval_rows *synth_rows, double *ret_lift,
	      struct err *err)
{
	CLEANUP(freep) uint8_t *places = mem_array(real_rows->n_values[EVAL_SERVICE], 1);
	CLEANUP(freep) struct matrix *m = mem_array(2, sizeof(*m));
	double sum = 0, weights = 0;
	int r;

	if (places == NULL || m == NULL)
		return err_no_memory(err);
	r = count_both(real, real_rows, synth, synth_rows, places, m, err);
	if (r < 0)
		return r;
	for (int a = 0; a < N; a++) {
		for (int b = 0; b < N; b++) {
			double w = (weight(&m[0], a, b) + weight(&m[1], a, b)) / 2;
			double apart = bounded_lift(&m[0], a, b) - bounded_lift(&m[1], a, b);

			sum += w * (apart < 0 ? -apart : apart);
			weights += w;
		}
	}
	*ret_lift = weights > 0 ? sum / weights : 0;
	return 0;
}

enum { ENOUGH = 5 /* expected or seen, as the chi-square test asks for */ };

static double lift_shown(const struct matrix *m, size_t a, size_t b)
{
	double expected = m->from[a] * m->in_basket[b] / m->n;

	return expected < ENOUGH && m->pairs[a][b] < ENOUGH ? -1 : bounded_lift(m, (int)a, (int)b);
}

static void name_services(const struct flow_table *table, const struct eval_rows *rows,
			  const uint8_t *places, struct eval_lift_matrices *matrices)
{
	for (size_t i = 0; i < rows->n; i++) {
		uint8_t place = places[rows->codes[EVAL_SERVICE][i]];

		if (place >= EVAL_LIFT_SERVICES || matrices->names[place][0] != '\0')
			continue;
		memcpy(matrices->names[place], table->rows[i].service, FLOW_SERVICE_BYTES);
		matrices->n = place + 1u > matrices->n ? place + 1u : matrices->n;
	}
}

int eval_lift_matrices_of(const struct flow_table *real, const struct eval_rows *real_rows,
			  const struct flow_table *synth, const struct eval_rows *synth_rows,
			  struct eval_lift_matrices *ret_matrices, struct err *err)
{
	CLEANUP(freep) uint8_t *places = mem_array(real_rows->n_values[EVAL_SERVICE], 1);
	CLEANUP(freep) struct matrix *m = mem_array(2, sizeof(*m));
	int r;

	if (places == NULL || m == NULL)
		return err_no_memory(err);
	r = count_both(real, real_rows, synth, synth_rows, places, m, err);
	if (r < 0)
		return r;
	memset(ret_matrices, 0, sizeof(*ret_matrices));
	name_services(real, real_rows, places, ret_matrices);
	name_services(synth, synth_rows, places, ret_matrices);
	for (int side = 0; side < 2; side++) {
		for (size_t a = 0; a < ret_matrices->n; a++) {
			for (size_t b = 0; b < ret_matrices->n; b++)
				ret_matrices->lift[side][a][b] = lift_shown(&m[side], a, b);
		}
	}
	return 0;
}
