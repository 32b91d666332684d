/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/report/metrics_table.h"

#include <string.h>

#include "gen/eval_print.h"
#include "gen/report/html.h"

static bool is_shown(const struct eval_line *line)
{
	return line->published.n > 0 || line->corrected.n > 0;
}

void metrics_table_init(struct metrics_table *table, const struct eval_line *lines,
			const struct eval_line *floor, const struct eval_judges *judges)
{
	memset(table, 0, sizeof(*table));
	table->lines = lines;
	table->floor = floor;
	for (int m = 0; m < EVAL_N_METRICS; m++) {
		if (!is_shown(&lines[m]))
			continue;
		eval_verdict_of((enum eval_metric)m, &lines[m], floor != NULL ? &floor[m] : NULL,
				&table->verdicts[m]);
		table->n_of[table->verdicts[m].grade]++;
	}
	for (int t = 0; judges != NULL && t < EVAL_N_TESTS; t++) {
		const struct eval_two_sample *test = &judges->tests[t];
		struct eval_verdict verdict;

		if (test->n_folds < 2)
			continue;
		eval_verdict_auc(test->auc, test->low, &verdict);
		table->tests[t] = verdict.grade;
		table->n_of[verdict.grade]++;
	}
}

/* "CMD, JSD": the shown metrics of a grade. */
static void print_names(const struct metrics_table *table, enum eval_grade grade, FILE *out)
{
	const char *between = "";

	for (int t = 0; t < EVAL_N_TESTS; t++) {
		if (table->tests[t] != grade)
			continue;
		fprintf(out, "%s%s", between, eval_test_info((enum eval_test)t)->name);
		between = ", ";
	}
	for (int m = 0; m < EVAL_N_METRICS; m++) {
		if (!is_shown(&table->lines[m]) || table->verdicts[m].grade != grade)
			continue;
		fprintf(out, "%s%s", between, eval_metric_info((enum eval_metric)m)->name);
		between = ", ";
	}
}

void metrics_table_summary(const struct metrics_table *table, FILE *out)
{
	fputs("<p class=\"tally\">", out);
	for (int grade = EVAL_GOOD; grade <= EVAL_POOR; grade++)
		fprintf(out, "<span class=\"%s\">%u %s</span>\n",
			eval_grade_name((enum eval_grade)grade), table->n_of[grade],
			eval_grade_name((enum eval_grade)grade));
	fputs("</p>\n", out);
	if (table->n_of[EVAL_POOR] > 0) {
		fputs("<p><strong>What differs most:</strong> ", out);
		print_names(table, EVAL_POOR, out);
		fputs(".</p>\n", out);
	} else if (table->n_of[EVAL_GOOD] + table->n_of[EVAL_FAIR] > 0) {
		fputs("<p>Nothing that is judged is clearly off.</p>\n", out);
	}
	fputs("<p class=\"note\">A verdict compares a value with the noise floor: the same metric "
	      "of two random halves of the real traffic. No model can be expected to do better "
	      "than that. How far above the floor is still good is a convention, told in each "
	      "row.</p>\n",
	      out);
	if (table->floor == NULL)
		fputs("<p class=\"note\">There is too little real traffic to halve: values are "
		      "judged as they stand.</p>\n",
		      out);
}

static void print_value(const struct eval_value *value, const char *label, FILE *out)
{
	if (value == NULL || value->n == 0) {
		fprintf(out,
			"<td class=\"num empty\" data-label=\"%s\">\xe2\x80\x93<span "
			"class=\"pm\"></span>"
			"</td>\n",
			label);
		return;
	}
	fprintf(out, "<td class=\"num\" data-label=\"%s\"><span><data value=\"%.17g\">", label,
		value->mean);
	/* One number of decimals, so that they stand below each other. */
	fprintf(out, value->mean < 10000 ? "%.4f" : "%.4e", value->mean);
	fputs("</data><span class=\"pm\">", out);
	/* What rounds to nothing is said by its absence. */
	if (value->n > 1 && value->std >= 0.00005)
		fprintf(out, value->std < 1000 ? " \xc2\xb1\xc2\xa0%.4f" : " \xc2\xb1\xc2\xa0%.1e",
			value->std);
	fputs("</span></span></td>\n", out);
}

static void print_row(const struct metrics_table *table, int m, FILE *out)
{
	const struct eval_metric_info *info = eval_metric_info((enum eval_metric)m);
	const struct eval_line *line = &table->lines[m];
	const struct eval_verdict *verdict = &table->verdicts[m];
	const char *grade = eval_grade_name(verdict->grade);

	fprintf(out,
		"<tr id=\"metric-%s\">\n<th scope=\"row\">%s <span class=\"better\">better: "
		"%s</span><span class=\"why\">",
		info->key, info->name, info->goal);
	html_text(out, verdict->because);
	fprintf(out,
		"</span></th>\n<td data-label=\"Verdict\"><span class=\"badge "
		"%s\">%s</span></td>\n",
		verdict->grade == EVAL_NO_VERDICT ? "none" : grade,
		verdict->grade == EVAL_NO_VERDICT ? "no verdict" : grade);
	print_value(&line->corrected, "Value", out);
	print_value(table->floor != NULL ? &table->floor[m].corrected : NULL, "Noise floor", out);
	print_value(&line->published, "As published", out);
	fputs("</tr>\n", out);
}

void metrics_table_print(const struct metrics_table *table, FILE *out)
{
	const char *group = "";

	fputs("<table class=\"metrics\">\n<thead><tr><th scope=\"col\">Metric</th>"
	      "<th scope=\"col\">Verdict</th><th scope=\"col\" class=\"num\">Value<span "
	      "class=\"pm\"></span></th>"
	      "<th scope=\"col\" class=\"num\">Noise floor<span class=\"pm\"></span></th>"
	      "<th scope=\"col\" class=\"num\">As published<span "
	      "class=\"pm\"></span></th></tr></thead>\n<tbody>\n",
	      out);
	for (int m = 0; m < EVAL_N_METRICS; m++) {
		const struct eval_metric_info *info = eval_metric_info((enum eval_metric)m);

		if (!is_shown(&table->lines[m]))
			continue;
		if (strcmp(group, info->what) != 0)
			fprintf(out,
				"<tr class=\"group\"><th colspan=\"5\" scope=\"rowgroup\">%s</th>"
				"</tr>\n",
				eval_group_heading(info->what));
		group = info->what;
		print_row(table, m, out);
	}
	fputs("</tbody>\n</table>\n"
	      "<p class=\"note\">\xe2\x80\x9c"
	      "As published\xe2\x80\x9d are the definitions that papers report, with their "
	      "oddities, for comparison with their numbers. Some of them improve under damage; no "
	      "verdict leans on them.</p>\n",
	      out);
}
