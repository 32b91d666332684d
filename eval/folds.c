/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/folds.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"

int eval_draw_numbers(uint32_t from, uint32_t to, size_t n, uint64_t seed, uint64_t drawing,
		      uint32_t *ret_numbers, struct err *err)
{
	struct rng rng;
	size_t n_left = n;

	if (n > to - from)
		return err_set(err, -EINVAL, "a draw of %zu of %u rows", n, to - from);
	rng_init(&rng, seed, drawing, 0, RNG_EVAL);
	/* Each in turn with the chance that fills the places left (Knuth 3.4.2, algorithm S). */
	for (uint32_t i = from; n_left > 0; i++) {
		if (rng_below(&rng, to - i) < n_left) {
			*ret_numbers++ = i;
			n_left--;
		}
	}
	return 0;
}

struct group {
	uint32_t first, n; /* in the rows sorted by group */
	uint32_t n_class[2];
	uint32_t chance;
};

struct member {
	uint32_t group, row;
};

static int compare_members(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

static int compare_groups(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	if (x->chance != y->chance)
		return x->chance < y->chance ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

static size_t find_groups(const struct member *members, const uint8_t *classes, size_t n,
			  uint64_t seed, struct group *groups)
{
	struct rng rng;
	size_t n_groups = 0;

	rng_init(&rng, seed, EVAL_DRAW_FOLDS, 0, RNG_EVAL);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || members[i].group != members[i - 1].group)
			groups[n_groups++] =
				(struct group) { (uint32_t)i, 0, { 0, 0 }, rng_u32(&rng) };
		groups[n_groups - 1].n++;
		groups[n_groups - 1].n_class[classes[members[i].row] != 0]++;
	}
	return n_groups;
}

/* Where the group's rows meet the fewest of their class, as shares of all of that class. */
static uint32_t best_fold(const struct group *group, double shares[][2], const double n_class[2],
			  uint32_t n_folds)
{
	uint32_t best = 0;
	double lowest = 0;

	for (uint32_t f = 0; f < n_folds; f++) {
		double met = 0;

		for (int c = 0; c < 2; c++)
			met += n_class[c] > 0 ? shares[f][c] * group->n_class[c] / n_class[c] : 0;
		if (f == 0 || met < lowest) {
			lowest = met;
			best = f;
		}
	}
	for (int c = 0; c < 2; c++)
		shares[best][c] += n_class[c] > 0 ? group->n_class[c] / n_class[c] : 0;
	return best;
}

int eval_folds(const uint32_t *groups, const uint8_t *classes, size_t n, uint32_t n_folds,
	       uint64_t seed, uint8_t *ret_folds, struct err *err)
{
	CLEANUP(freep) struct member *members = mem_array(n, sizeof(*members));
	CLEANUP(freep) struct group *found = mem_array(n, sizeof(*found));
	double shares[EVAL_MAX_FOLDS][2] = { { 0 } }, n_class[2] = { 0, 0 };
	size_t n_groups;

	if (members == NULL || found == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < n; i++) {
		members[i] = (struct member) { groups[i], (uint32_t)i };
		n_class[classes[i] != 0]++;
	}
	qsort(members, n, sizeof(*members), compare_members);
	n_groups = find_groups(members, classes, n, seed, found);
	qsort(found, n_groups, sizeof(*found), compare_groups);
	for (size_t g = 0; g < n_groups; g++) {
		uint32_t fold = best_fold(&found[g], shares, n_class, n_folds);

		for (uint32_t i = 0; i < found[g].n; i++)
			ret_folds[members[found[g].first + i].row] = (uint8_t)fold;
	}
	return 0;
}
