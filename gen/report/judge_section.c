/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/report/judge_section.h"

#include "eval/boost.h"
#include "eval/verdict.h"
#include "gen/report/html.h"
#include "gen/report/page.h"

static bool any_known(const struct eval_judges *judges)
{
	for (int t = 0; t < EVAL_N_TESTS; t++) {
		if (judges->tests[t].n_folds >= 2)
			return true;
	}
	return false;
}

static void put_badge(enum eval_grade grade, FILE *page)
{
	fprintf(page, "<td data-label=\"Verdict\"><span class=\"badge %s\">%s</span></td>",
		grade == EVAL_NO_VERDICT ? "none" : eval_grade_name(grade),
		grade == EVAL_NO_VERDICT ? "no verdict" : eval_grade_name(grade));
}

static void put_test(const struct eval_two_sample *test, const struct eval_test_info *info,
		     FILE *page)
{
	struct eval_verdict verdict;

	eval_verdict_auc(test->auc, test->low, &verdict);
	fprintf(page, "<tr id=\"test-%s\"><th scope=\"row\">%s<span class=\"why\">", info->key,
		info->name);
	html_text(page, verdict.because);
	fputs("</span></th>", page);
	put_badge(verdict.grade, page);
	fprintf(page,
		"<td class=\"num\" data-label=\"Area\"><data value=\"%.17g\">%.3f</data></td>"
		"<td class=\"num\" data-label=\"95 %% interval\">%.3f to %.3f</td></tr>\n",
		test->auc, test->auc, test->low, test->high);
}

static void put_tests(const struct eval_judges *judges, FILE *page)
{
	fputs("<table class=\"metrics\">\n<thead><tr><th scope=\"col\">Test</th>"
	      "<th scope=\"col\">Verdict</th><th scope=\"col\" class=\"num\">Area under the ROC "
	      "curve</th><th scope=\"col\" class=\"num\">95 % "
	      "interval</th></tr></thead>\n<tbody>\n",
	      page);
	for (int t = 0; t < EVAL_N_TESTS; t++) {
		if (judges->tests[t].n_folds >= 2)
			put_test(&judges->tests[t], eval_test_info((enum eval_test)t), page);
	}
	fputs("</tbody>\n</table>\n", page);
}

static void put_utility(const struct eval_utility *u, FILE *page)
{
	if (u->n_classes < 2)
		return;
	fputs("<h3 class=\"above\">Train on synthetic, test on real</h3>\n<p class=\"note\">",
	      page);
	html_textf(page,
		   "Macro F1 of telling %u kinds of %s apart, on %zu real flows: of what was "
		   "learned "
		   "from the synthetic flows, and from as real ones. The two should be alike.",
		   u->n_classes, u->target, u->test.n_rows);
	fputs("</p>\n<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">Classifier</th>"
	      "<th scope=\"col\" class=\"num\">Learned from synthetic</th>"
	      "<th scope=\"col\" class=\"num\">Learned from real</th></tr></thead>\n<tbody>\n",
	      page);
	for (int l = 0; l < EVAL_N_LEARNERS; l++) {
		if (!eval_learner_here((enum eval_learner)l))
			continue;
		fputs("<tr><th scope=\"row\">", page);
		html_text(page, eval_learner_info((enum eval_learner)l)->name);
		fprintf(page, "</th><td class=\"num\">%.3f</td><td class=\"num\">%.3f</td></tr>\n",
			u->f1[l][EVAL_ON_SYNTHETIC], u->f1[l][EVAL_ON_REAL]);
	}
	fputs("</tbody>\n</table></div>\n", page);
}

int judge_section_put(const struct eval_judges *judges, const struct canvas *canvas,
		      struct err *err)
{
	FILE *page = canvas->page;
	int r = 0;

	page_section_begin(page, "Can trees tell which is which?",
			   "The hardest judge: boosted trees learn to tell real flows from "
			   "synthetic ones, and are asked about flows of sessions they have not "
			   "seen. An area of 0.5 is guessing, 1 is knowing.");
	if (any_known(judges)) {
		put_tests(judges, page);
		page_grid_begin(page, "");
		r = picture_roc(judges, canvas, err);
		page_grid_end(page);
	} else {
		fprintf(page, "<p class=\"note\">%s</p>\n",
			eval_boost_here() ? "There are too few flows or sessions to tell."
					  : "There are no trees here (libxgboost).");
	}
	put_utility(&judges->utility, page);
	page_section_end(page);
	return r;
}
