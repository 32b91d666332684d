/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/report/judge_section.h"

#include "base/mem.h"

enum { WIDTH = 440, HEIGHT = 400 };

static bool is_known(const struct eval_two_sample *test)
{
	return test->n_folds >= 2;
}

static void put_curve(FILE *script, const struct eval_two_sample *test, int number)
{
	fprintf(script, "$test%d << EOD\n", number);
	for (int p = 0; p < EVAL_ROC_POINTS; p++)
		fprintf(script, "%.6g %.6g\n", p / (EVAL_ROC_POINTS - 1.0), test->roc[p]);
	fputs("EOD\n", script);
}

int picture_roc(const struct eval_judges *judges, const struct canvas *canvas, struct err *err)
{
	static const char *const names[] = { "by flows", "by first packets, too" };
	static const char *const colours[] = { SVG_REAL, SVG_SYNTH };
	CLEANUP(plot_done) struct plot plot;
	int r = plot_init(&plot, WIDTH, HEIGHT, err);

	if (r < 0)
		return r;
	fputs("ROC curves.", plot.alt);
	fputs("set key right bottom\nset xrange [0:1]\nset yrange [0:1]\n"
	      "set xlabel 'real flows called synthetic'\nset ylabel 'synthetic flows found'\n",
	      plot.script);
	for (int t = 0; t < EVAL_N_TESTS; t++) {
		if (is_known(&judges->tests[t]))
			put_curve(plot.script, &judges->tests[t], t);
	}
	fputs("plot x lc rgb '" SVG_FAINT "' dt 2 title 'guessing'", plot.script);
	for (int t = 0; t < EVAL_N_TESTS; t++) {
		const struct eval_two_sample *test = &judges->tests[t];

		if (!is_known(test))
			continue;
		fprintf(plot.script,
			", $test%d using 1:2 with lines lw 2 dt %d lc rgb '%s' title '%s'", t,
			t == 0 ? 1 : 3, colours[t], names[t]);
		fprintf(plot.alt,
			" %s: an area of %.3f; of the synthetic flows %.0f %% are found with "
			"10 %% false alarms.",
			names[t], test->auc, 100 * test->roc[10]);
	}
	fputc('\n', plot.script);
	return plot_draw(&plot, "ROC",
			 "The nearer to the dotted diagonal, the better: there trees only guess.",
			 canvas, err);
}
