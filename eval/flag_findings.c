/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/flag_findings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/conn.h"
#include "base/detmath.h"
#include "base/mem.h"

enum { SHIFT_CLASS = 56, N_BINS = 256 };

static const uint64_t words_mask = (UINT64_C(1) << SHIFT_CLASS) - 1;

int eval_flags_pair(const struct eval_flags *flags, int a, int b, struct eval_flag_pair *ret_pair,
		    struct err *err)
{
	double cells[4] = { 0, 0, 0, 0 }, product, difference;
	struct eval_flag_pair pair = { 0, 0, { 0, 0, 0, 0 } };
	int r;

	for (unsigned int byte = 0; byte < 256; byte++)
		cells[(byte >> a & 1) * 2 + (byte >> b & 1)] += (double)flags->bytes[byte];
	r = eval_mutual(cells, 2, 2, &pair.mutual, err);
	if (r < 0)
		return r;
	pair.n = (uint64_t)cells[3];
	product = det_sqrt(cells[0] + cells[1]) * det_sqrt(cells[2] + cells[3]) *
		  det_sqrt(cells[0] + cells[2]) * det_sqrt(cells[1] + cells[3]);
	difference = cells[3] * cells[0] - cells[1] * cells[2];
	pair.phi = product > 0 ? difference / product : 0;
	*ret_pair = pair;
	return 0;
}

int eval_flags_of_class(const struct eval_flags *flags, int flag, struct eval_mutual *ret_mutual,
			struct err *err)
{
	double cells[2 * EVAL_FLAGS_LIMIT_CLASSES] = { 0 };

	for (size_t i = 0; i < flags->n_classes; i++) {
		const struct eval_flag_class *class = &flags->classes[i];

		cells[i] = (double)class->n_flags[flag];
		cells[flags->n_classes + i] = (double)(class->n_packets - class->n_flags[flag]);
	}
	return eval_mutual(cells, 2, flags->n_classes, ret_mutual, err);
}

static int compare_importance(const void *a, const void *b)
{
	const struct eval_importance *x = a, *y = b;

	if (x->mutual.corrected > y->mutual.corrected || x->mutual.corrected < y->mutual.corrected)
		return x->mutual.corrected > y->mutual.corrected ? -1 : 1;
	return x->feature < y->feature ? -1 : x->feature > y->feature;
}

int eval_flags_importance(const struct eval_flags *flags,
			  struct eval_importance ret_importance[EVAL_N_FLAG_FEATURES],
			  struct err *err)
{
	size_t n_cells = (size_t)N_BINS * flags->n_classes;
	CLEANUP(freep) double *cells = mem_array(EVAL_N_FLAG_FEATURES * n_cells, sizeof(*cells));
	struct eval_importance found[EVAL_N_FLAG_FEATURES];

	if (cells == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < flags->bins.capacity; i++) {
		const struct eval_cell *cell = &flags->bins.cells[i];
		size_t feature = cell->key >> 16, bin = cell->key >> 8 & 255;

		if (cell->n > 0)
			cells[feature * n_cells + bin * flags->n_classes + (cell->key & 255)] =
				(double)cell->n;
	}
	for (size_t i = 0; i < EVAL_N_FLAG_FEATURES; i++) {
		int r = eval_mutual(cells + i * n_cells, N_BINS, flags->n_classes, &found[i].mutual,
				    err);

		if (r < 0)
			return r;
		found[i].feature = (enum eval_flag_feature)i;
		found[i].n = flags->flows[i].n;
	}
	qsort(found, EVAL_N_FLAG_FEATURES, sizeof(found[0]), compare_importance);
	memcpy(ret_importance, found, sizeof(found));
	return 0;
}

/* One sequence of one class, and how typical it is. */
struct gram {
	uint64_t words, i_class, n;
	double lift, weight;
};

static int compare_words(const void *a, const void *b)
{
	const struct gram *x = a, *y = b;

	return x->words < y->words ? -1 : x->words > y->words;
}

static int compare_typical(const void *a, const void *b)
{
	const struct gram *x = a, *y = b;

	if (x->i_class != y->i_class)
		return x->i_class < y->i_class ? -1 : 1;
	if (x->weight > y->weight || x->weight < y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->words < y->words ? -1 : x->words > y->words;
}

static size_t grams_of(const struct eval_counts *counts, struct gram *ret_grams, double *ret_all)
{
	size_t n = 0;

	for (size_t i = 0; i < counts->capacity; i++) {
		const struct eval_cell *cell = &counts->cells[i];

		if (cell->n == 0)
			continue;
		ret_grams[n] = (struct gram) { .words = cell->key & words_mask,
					       .i_class = cell->key >> SHIFT_CLASS,
					       .n = cell->n };
		n++;
		ret_all[cell->key >> SHIFT_CLASS] += (double)cell->n;
	}
	return n;
}

/* in_class: how many sequences each class has. */
static void weigh(struct gram *grams, size_t n, const double *in_class, size_t n_classes)
{
	double all = 0;

	for (size_t i = 0; i < EVAL_FLAGS_LIMIT_CLASSES; i++)
		all += in_class[i];
	qsort(grams, n, sizeof(*grams), compare_words);
	for (size_t i = 0, end; i < n; i = end) {
		double same = 0;

		for (end = i; end < n && grams[end].words == grams[i].words; end++)
			same += (double)grams[end].n;
		for (size_t k = i; k < end; k++) {
			double share = (double)grams[k].n / in_class[grams[k].i_class];

			grams[k].lift = share / (same / all);
			grams[k].weight = n_classes > 1 ? share * det_log2(grams[k].lift) : share;
		}
	}
	qsort(grams, n, sizeof(*grams), compare_typical);
}

int eval_flags_signatures(const struct eval_flags *flags, const struct eval_counts *counts,
			  size_t n_best, struct eval_signature *ret_best, size_t *ret_n,
			  struct err *err)
{
	CLEANUP(freep) struct gram *grams = mem_array(counts->n_keys, sizeof(*grams));
	double in_class[EVAL_FLAGS_LIMIT_CLASSES] = { 0 };
	size_t n;

	if (grams == NULL)
		return err_no_memory(err);
	n = grams_of(counts, grams, in_class);
	weigh(grams, n, in_class, flags->n_classes);
	memset(ret_n, 0, flags->n_classes * sizeof(*ret_n));
	for (size_t i = 0; i < n; i++) {
		const struct gram *gram = &grams[i];
		size_t *n_found = &ret_n[gram->i_class];

		if (*n_found == n_best || (flags->n_classes > 1 && !(gram->lift > 1)))
			continue;
		ret_best[gram->i_class * n_best + (*n_found)++] = (struct eval_signature) {
			gram->words, gram->n, (double)gram->n / in_class[gram->i_class], gram->lift
		};
	}
	return 0;
}

const char *eval_words_format(uint64_t words, char ret_text[EVAL_SIGNATURE_TEXT_BYTES])
{
	static const uint64_t mask = (UINT64_C(1) << EVAL_WORD_BITS) - 1;
	size_t at = 0;

	ret_text[0] = '\0';
	for (int i = EVAL_OPENING_WORDS - 1; i >= 0; i--) {
		uint64_t word = words >> i * EVAL_WORD_BITS & mask;
		char letters[TCP_FLAGS_TEXT_BYTES];

		if (word != 0)
			at += (size_t)snprintf(ret_text + at, EVAL_SIGNATURE_TEXT_BYTES - at,
					       "%s%c%s", at > 0 ? " " : "",
					       (word & 1) != 0 ? '<' : '>',
					       tcp_flags_format((uint8_t)(word >> 1 & 255),
								letters));
	}
	return ret_text;
}
