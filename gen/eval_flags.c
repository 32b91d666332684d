/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/eval_flags.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A few hundred classes at most: by insertion, so that no comparison needs to know the classes. */
static void order_classes(struct eval_flags_report *report)
{
	const struct eval_flag_class *classes = report->flags->classes;

	for (size_t i = 0; i < report->flags->n_classes; i++) {
		size_t at = i;

		for (; at > 0; at--) {
			const struct eval_flag_class *before = &classes[report->order[at - 1]];

			if (before->n_flows > classes[i].n_flows ||
			    (before->n_flows == classes[i].n_flows &&
			     strcmp(before->name, classes[i].name) < 0))
				break;
			report->order[at] = report->order[at - 1];
		}
		report->order[at] = i;
	}
}

static int find(struct eval_flags_report *report, struct err *err)
{
	const struct eval_flags *flags = report->flags;
	int r = 0;

	for (int a = 0; r == 0 && a < EVAL_N_FLAGS; a++) {
		for (int b = 0; r == 0 && b < EVAL_N_FLAGS; b++)
			r = eval_flags_pair(flags, a, b, &report->pairs[a][b], err);
		if (r == 0)
			r = eval_flags_of_class(flags, a, &report->of_class[a], err);
	}
	if (r == 0)
		r = eval_flags_importance(flags, report->importance, err);
	if (r == 0)
		r = eval_flags_signatures(flags, &flags->openings, EVAL_FLAGS_BEST,
					  report->openings, report->n_openings, err);
	if (r == 0)
		r = eval_flags_signatures(flags, &flags->grams, EVAL_FLAGS_BEST, report->grams,
					  report->n_grams, err);
	if (r < 0)
		return r;
	report->n_correlations =
		eval_correlations_above(&flags->correlations, EVAL_FLAGS_CORRELATED,
					report->correlations);
	order_classes(report);
	return 0;
}

int eval_flags_run(const char *capture, const char *labels, bool json,
		   const struct eval_watch *watch, FILE *out, struct err *err)
{
	CLEANUP(freep) struct eval_flags_report *report = calloc(1, sizeof(*report));
	CLEANUP(eval_flags_freep) struct eval_flags *flags = NULL;
	struct eval_labels table = { { NULL, 0, 0 }, NULL };
	int r = 0;

	if (report == NULL)
		return err_no_memory(err);
	if (labels != NULL)
		r = eval_labels_read(labels, &table, err);
	if (r == 0)
		r = eval_flags_read(capture, labels != NULL ? &table : NULL, watch, &flags, err);
	eval_labels_done(&table);
	if (r < 0)
		return r;
	report->capture = capture;
	report->labels = labels;
	report->flags = flags;
	r = find(report, err);
	if (r == 0)
		(json ? eval_flags_print_json : eval_flags_print)(report, out);
	return r;
}
