/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/context.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A row in the company of those with its key, in order of time. */
struct place {
	uint64_t key;
	int64_t start_ns;
	uint32_t row;
	uint32_t side;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	if (x->side != y->side)
		return x->side < y->side ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

/* Differences of times that files tell may not fit. */
static int64_t apart_ns(const struct place *later, const struct place *earlier)
{
	int64_t gap;

	return __builtin_sub_overflow(later->start_ns, earlier->start_ns, &gap) ? INT64_MAX : gap;
}

static uint64_t key_of(const struct eval_rows *rows, size_t i, enum eval_party party)
{
	uint64_t client = rows->codes[EVAL_SRC_IP][i], server = rows->codes[EVAL_DST_IP][i];

	return party == EVAL_CLIENT ? client : client << 32 | server;
}

void eval_context_done(struct eval_context *context)
{
	for (int p = 0; p < EVAL_N_PARTIES; p++) {
		free(context->n_before[p]);
		free(context->before[p]);
	}
	memset(context, 0, sizeof(*context));
}

static void look_back(struct place *places, size_t n, uint32_t *n_before, uint32_t *before)
{
	size_t first = 0;

	qsort(places, n, sizeof(*places), compare_places);
	for (size_t i = 0; i < n; i++) {
		while (places[first].key != places[i].key ||
		       apart_ns(&places[i], &places[first]) > EVAL_CONTEXT_NS)
			first++;
		n_before[places[i].row] = (uint32_t)(i - first);
		before[places[i].row] = i > first ? places[i - 1].row : EVAL_NO_ROW;
	}
}

int eval_context_make(const struct flow_table *table, const struct eval_rows *rows,
		      struct eval_context *ret_context, struct err *err)
{
	CLEANUP(freep) struct place *places = mem_array(rows->n, sizeof(*places));
	struct eval_context context = { { NULL }, { NULL } };

	if (places == NULL)
		return err_no_memory(err);
	for (int p = 0; p < EVAL_N_PARTIES; p++) {
		context.n_before[p] = mem_array(rows->n, sizeof(uint32_t));
		context.before[p] = mem_array(rows->n, sizeof(uint32_t));
		if (context.n_before[p] == NULL || context.before[p] == NULL) {
			eval_context_done(&context);
			return err_no_memory(err);
		}
		for (size_t i = 0; i < rows->n; i++)
			places[i] = (struct place) { key_of(rows, i, (enum eval_party)p),
						     table->rows[i].start_ns, (uint32_t)i, 0 };
		look_back(places, rows->n, context.n_before[p], context.before[p]);
	}
	*ret_context = context;
	return 0;
}

int eval_sessions(const struct flow_table *const tables[2], const struct eval_rows rows[2],
		  uint32_t *const ret_sessions[2], struct err *err)
{
	size_t n = rows[0].n + rows[1].n, at = 0, first = 0;
	CLEANUP(freep) struct place *places = mem_array(n, sizeof(*places));
	uint32_t session = 0;

	if (places == NULL)
		return err_no_memory(err);
	for (uint32_t t = 0; t < 2; t++) {
		for (size_t i = 0; i < rows[t].n; i++)
			places[at++] =
				(struct place) { (uint64_t)t << 32 | rows[t].codes[EVAL_SRC_IP][i],
						 tables[t]->rows[i].start_ns, (uint32_t)i, t };
	}
	qsort(places, n, sizeof(*places), compare_places);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && (places[i].key != places[first].key ||
			      apart_ns(&places[i], &places[first]) > EVAL_SESSION_NS)) {
			session++;
			first = i;
		}
		ret_sessions[places[i].side][places[i].row] = session;
	}
	return 0;
}
