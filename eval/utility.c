/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/utility.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/folds.h"

enum { MIN_CLASS_ROWS = 20, NO_CLASS = UINT16_MAX };

void eval_utility_done(struct eval_utility *utility)
{
	eval_matrix_done(&utility->test);
	free(utility->truth);
	for (int on = 0; on < EVAL_N_TRAINED_ON; on++) {
		eval_matrix_done(&utility->train[on]);
		free(utility->train_truth[on]);
		for (int l = 0; l < EVAL_N_LEARNERS; l++)
			free(utility->answers[l][on]);
	}
	memset(utility, 0, sizeof(*utility));
}

/* The text, and the bytes it has: a name that does not end where it should is cut. */
static size_t target_of(const struct flow_record *record, bool label, const char **ret_text)
{
	*ret_text = label ? record->label : record->service;
	return strnlen(*ret_text, (label ? FLOW_LABEL_BYTES : FLOW_SERVICE_BYTES) - 1);
}

struct value {
	char text[FLOW_LABEL_BYTES];
	uint32_t n;
};

static_assert(FLOW_SERVICE_BYTES <= FLOW_LABEL_BYTES, "a value holds either");

static int compare_texts(const void *a, const void *b)
{
	return strcmp(((const struct value *)a)->text, ((const struct value *)b)->text);
}

static int compare_counts(const void *a, const void *b)
{
	const struct value *x = a, *y = b;

	return x->n != y->n ? (x->n > y->n ? -1 : 1) : strcmp(x->text, y->text);
}

/* The values of one side's rows, the most frequent first. */
static int count_values(const struct eval_judged *judged, const struct flow_table *table, int side,
			bool label, struct value **ret_values, size_t *ret_n, struct err *err)
{
	struct value *values = mem_array(judged->n, sizeof(*values));
	size_t n = 0, n_values = 0;

	if (values == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < judged->n; i++) {
		if (judged->synthetic[i] == side) {
			const char *text;
			size_t n_bytes = target_of(&table->rows[judged->rows[i]], label, &text);

			memcpy(values[n].text, text, n_bytes);
			values[n++].n = 1;
		}
	}
	qsort(values, n, sizeof(*values), compare_texts);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && compare_texts(&values[i], &values[n_values - 1]) == 0)
			values[n_values - 1].n++;
		else
			values[n_values++] = values[i];
	}
	qsort(values, n_values, sizeof(*values), compare_counts);
	*ret_values = values;
	*ret_n = n_values;
	return 0;
}

/* Labels when both sides have two kinds, else services. */
static int choose_target(const struct eval_judged *judged, const struct flow_table *const tables[2],
			 struct eval_utility *utility, struct err *err)
{
	utility->target = "label";
	for (int side = 0; side < 2; side++) {
		CLEANUP(freep) struct value *values = NULL;
		size_t n = 0;
		int r = count_values(judged, tables[side], side, true, &values, &n, err);

		if (r < 0)
			return r;
		if (n < 2)
			utility->target = "service";
	}
	return 0;
}

static int choose_classes(const struct eval_judged *judged, const struct flow_table *real,
			  struct eval_utility *utility, struct err *err)
{
	CLEANUP(freep) struct value *values = NULL;
	size_t n = 0;
	int r = count_values(judged, real, 0, strcmp(utility->target, "label") == 0, &values, &n,
			     err);

	for (size_t v = 0; r == 0 && v < n && v < EVAL_MAX_CLASSES; v++) {
		if (values[v].n >= MIN_CLASS_ROWS)
			memcpy(utility->classes[utility->n_classes++], values[v].text,
			       FLOW_LABEL_BYTES);
	}
	return r;
}

static uint16_t class_of(const struct eval_utility *utility, const struct flow_record *record)
{
	const char *text;
	size_t n = target_of(record, strcmp(utility->target, "label") == 0, &text);

	for (uint16_t c = 0; c < utility->n_classes; c++) {
		if (strlen(utility->classes[c]) == n && memcmp(utility->classes[c], text, n) == 0)
			return c;
	}
	return NO_CLASS;
}

/* The service is told by the ports, so they would give it away. */
static void choose_columns(struct eval_utility *utility)
{
	bool service = strcmp(utility->target, "service") == 0;

	for (int f = 0; f < EVAL_N_FLOW_FEATURES; f++) {
		if (!service ||
		    (f != EVAL_F_SERVICE && f != EVAL_F_SRC_PORT && f != EVAL_F_DST_PORT))
			utility->columns[utility->n_columns++] = (enum eval_feature)f;
	}
}

/* The rows of a side and half that have a class. */
static int cut(const struct eval_judged *judged, const uint16_t *classes, const uint8_t *halves,
	       int side, int half, const struct eval_utility *utility,
	       struct eval_matrix *ret_matrix, uint16_t **ret_truth, struct err *err)
{
	CLEANUP(freep) uint8_t *keep = mem_array(judged->n, sizeof(*keep));
	CLEANUP(freep) uint16_t *truth = mem_array(judged->n, sizeof(*truth));
	size_t n = 0;
	int r;

	if (keep == NULL || truth == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < judged->n; i++) {
		keep[i] =
			judged->synthetic[i] == side && halves[i] == half && classes[i] != NO_CLASS;
		if (keep[i])
			truth[n++] = classes[i];
	}
	r = eval_judged_cut(judged, keep, utility->columns, utility->n_columns, ret_matrix, err);
	if (r == 0)
		*ret_truth = take(&truth);
	return r;
}

static int part(const struct eval_judged *judged, const uint16_t *classes, uint64_t seed,
		struct eval_utility *utility, struct err *err)
{
	CLEANUP(freep) uint8_t *halves = mem_array(judged->n, sizeof(*halves));
	uint32_t n_tested = 0;
	bool tested[EVAL_MAX_CLASSES] = { false };
	int r = halves != NULL ? eval_folds(judged->sessions, judged->synthetic, judged->n, 2, seed,
					    halves, err)
			       : err_no_memory(err);

	if (r == 0)
		r = cut(judged, classes, halves, 0, 1, utility, &utility->test, &utility->truth,
			err);
	if (r == 0)
		r = cut(judged, classes, halves, 0, 0, utility, &utility->train[EVAL_ON_REAL],
			&utility->train_truth[EVAL_ON_REAL], err);
	if (r == 0)
		r = cut(judged, classes, halves, 1, 0, utility, &utility->train[EVAL_ON_SYNTHETIC],
			&utility->train_truth[EVAL_ON_SYNTHETIC], err);
	for (size_t i = 0; r == 0 && i < utility->test.n_rows; i++) {
		n_tested += !tested[utility->truth[i]];
		tested[utility->truth[i]] = true;
	}
	/* All in one session: nothing is left to tell apart. */
	if (n_tested < 2)
		utility->n_classes = 0;
	return r;
}

int eval_utility_init(const struct eval_judged *judged, const struct flow_table *const tables[2],
		      uint64_t seed, struct eval_utility *ret_utility, struct err *err)
{
	CLEANUP(freep) uint16_t *classes = mem_array(judged->n, sizeof(*classes));
	struct eval_utility utility;
	int r;

	memset(&utility, 0, sizeof(utility));
	r = classes != NULL ? choose_target(judged, tables, &utility, err) : err_no_memory(err);
	if (r == 0)
		r = choose_classes(judged, tables[0], &utility, err);
	if (r == 0) {
		choose_columns(&utility);
		for (size_t i = 0; i < judged->n; i++)
			classes[i] = class_of(&utility,
					      &tables[judged->synthetic[i]]->rows[judged->rows[i]]);
		r = part(judged, classes, seed, &utility, err);
	}
	for (int l = 0; r == 0 && l < EVAL_N_LEARNERS; l++) {
		for (int on = 0; on < EVAL_N_TRAINED_ON; on++) {
			utility.answers[l][on] = mem_array(utility.test.n_rows, sizeof(uint16_t));
			if (utility.answers[l][on] == NULL)
				r = err_no_memory(err);
		}
	}
	if (r < 0)
		eval_utility_done(&utility);
	else
		*ret_utility = utility;
	return r;
}

int eval_utility_run(struct eval_utility *utility, enum eval_learner learner,
		     enum eval_trained_on on, uint64_t seed, struct err *err)
{
	const struct eval_lesson lesson = { &utility->train[on], &utility->test,
					    utility->train_truth[on], utility->columns,
					    utility->n_classes };
	uint16_t *answers = utility->answers[learner][on];
	int r = eval_learner_run(learner, &lesson, seed, answers, err);

	if (r == 0)
		utility->f1[learner][on] =
			eval_macro_f1(utility->truth, answers, utility->test.n_rows);
	return r;
}
