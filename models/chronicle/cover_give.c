/* SPDX-License-Identifier: Apache-2.0 */
/* The cover as the miner's result. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "models/chronicle/cover.h"

static int by_gain(const void *a, const void *b)
{
	const struct chronicle_pattern *x = a, *y = b;

	if (x->gain_bits != y->gain_bits)
		return x->gain_bits < y->gain_bits ? 1 : -1;
	/* No two patterns share a row. */
	return (x->windows[0] > y->windows[0]) - (x->windows[0] < y->windows[0]);
}

static int give_patterns(struct cover *cover, struct tester *tester, struct chronicle *ret)
{
	ret->patterns = mem_array(cover->n_patterns, sizeof(*ret->patterns));
	if (ret->patterns == NULL)
		return -ENOMEM;
	for (uint32_t id = 1; id < cover->n_homes; id++) {
		struct home *home = cover->homes[id];

		if (home == NULL)
			continue;
		home->shape.gain_bits = cover_worth(cover, tester, id);
		home->shape.data_bits = home_data_bits(&cover->lengths, home);
		ret->patterns[ret->n_patterns++] = home->shape;
	}
	/* Handed over only now: cover_worth reads them. */
	for (uint32_t id = 1; id < cover->n_homes; id++)
		if (cover->homes[id] != NULL)
			cover->homes[id]->shape.windows = NULL;
	qsort(ret->patterns, ret->n_patterns, sizeof(*ret->patterns), by_gain);
	return 0;
}

static int give_empty(const struct cover *cover, struct chronicle *ret)
{
	const struct home *empty = cover->homes[COVER_EMPTY];

	ret->uncovered = mem_array(empty->n_counted, sizeof(uint32_t));
	if (ret->uncovered == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < cover->table->n_rows; i++)
		if (cover->owner[i] == COVER_EMPTY)
			ret->uncovered[ret->n_uncovered++] = i;
	memcpy(ret->n_parents, empty->shape.n_parents, CHRONICLE_MAX_COLUMNS);
	memcpy(ret->parents, empty->shape.parents, sizeof(ret->parents));
	return 0;
}

int cover_give(struct cover *cover, struct tester *tester, struct chronicle *ret)
{
	int r = give_empty(cover, ret);

	cover_bits(cover, &ret->bits);
	return r == 0 ? give_patterns(cover, tester, ret) : r;
}
