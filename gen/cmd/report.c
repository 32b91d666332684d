/* SPDX-License-Identifier: Apache-2.0 */
/* sosie report: what sosie eval says, with verdicts and pictures, as one page. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "eval/halves.h"
#include "gen/cmd.h"
#include "gen/report/child.h"
#include "gen/report/comparison_page.h"
#include "gen/report/page_file.h"

/* The floor is a mean like the values judged, but needs no such precision. */
enum { FLOOR_DRAWS = 5, LEAST_FLOWS_TO_HALVE = 20 };

struct settings {
	struct eval_settings eval;
	const char *output;
};

#define AT(field) offsetof(struct settings, field)
static const struct option_spec specs[] = {
	{ .name = "output",
	  .letter = 'o',
	  .type = OPTION_STRING,
	  .offset = AT(output),
	  .metavar = "FILE",
	  .help = "where the page goes, page.html or such; - is stdout" },
	EVAL_OPTION_SPECS(AT(eval)),
};
enum { N_SPECS = sizeof(specs) / sizeof(specs[0]) };

static const char usage[] = "sosie report REAL SYNTHETIC -o FILE [OPTION...]";
static const char about[] =
	"Writes one HTML page that says how close the synthetic traffic is to the real: the "
	"metrics "
	"of 'sosie eval', each with a verdict, and pictures. The page is complete in itself. Needs "
	"gnuplot.";

/* Better at once than after minutes of work. */
static int check_gnuplot(const atomic_bool *interrupted, struct err *err)
{
	static const char *const argv[] = { "gnuplot", "--version", NULL };
	const struct child child = { argv, "gnuplot-nox", interrupted };
	CLEANUP(freep) char *text = NULL;
	size_t n = 0;

	return child_run(&child, "", 0, &text, &n, err);
}

/* 1 with the lines of the real side's halves; 0 when there is too little to halve. */
static int measure_floor(struct eval_run *run, struct eval_line *ret_lines, struct err *err)
{
	struct eval_options options = run->options;
	struct eval_side halves[2];
	int r;

	if (run->sides[0].table.n_rows < LEAST_FLOWS_TO_HALVE)
		return 0;
	if (options.n_draws > FLOOR_DRAWS)
		options.n_draws = FLOOR_DRAWS;
	r = eval_halves(&run->sides[0], options.seed, &options.watch, halves, err);
	if (r == 0 && (halves[0].table.n_rows < 2 || halves[1].table.n_rows < 2))
		r = -ENODATA;
	if (r == 0)
		r = eval_suite(&halves[0], &halves[1], eval_run_train(run), &options, ret_lines,
			       NULL, err);
	eval_side_done(&halves[0]);
	eval_side_done(&halves[1]);
	return r == 0 ? 1 : r == -ENODATA ? 0 : r;
}

static int make(struct eval_run *run, struct page_file *file, const char *const *paths,
		struct err *err)
{
	const struct canvas canvas = { file->page, run->interrupted };
	struct eval_line floor[EVAL_N_METRICS];
	int has_floor = 0, r = check_gnuplot(run->interrupted, err);

	if (r == 0)
		r = eval_run_all(run, paths[0], paths[1], err);
	if (r == 0)
		r = has_floor = measure_floor(run, floor, err);
	if (r >= 0)
		r = comparison_page_write(run, has_floor > 0 ? floor : NULL, &canvas, err);
	progress_freep(&run->progress);
	return r < 0 ? r : page_file_commit(file, err);
}

static int report(const struct settings *settings, const struct option_strings *paths)
{
	const char *const inputs[] = { paths->items[0], paths->items[1], settings->eval.train,
				       settings->eval.rules };
	struct err err = { "" };
	struct page_file file;
	struct eval_run run;
	int r = eval_run_init(&run, "report", &settings->eval, &err);
	int r_file = page_file_open(&file, settings->output, inputs, 4, r == 0 ? &err : NULL);

	r = r < 0 ? r : r_file;
	if (r == 0)
		r = make(&run, &file, inputs, &err);
	page_file_done(&file);
	eval_run_done(&run);
	if (r == -EINTR) {
		fprintf(stderr, "sosie report: interrupted; nothing was left behind\n");
		return 130;
	}
	if (r < 0)
		fprintf(stderr, "sosie report: %s\n", err.text);
	return r < 0 ? 1 : 0;
}

static const struct verb verb = { "report", specs, N_SPECS, usage, about };

int cmd_report(int argc, char **argv)
{
	const struct settings defaults = { .eval = eval_settings_default };
	struct settings settings = defaults;
	struct option_strings paths = { NULL, 0, 0 };
	struct err err = { "" };
	int r = option_parse(specs, N_SPECS, argc, argv, &settings, &paths, NULL, &err);
	int status;

	if (r == 0 && paths.n != 2)
		r = err_set(&err, -EINVAL, "%zu files, expected two: the real and the synthetic",
			    paths.n);
	if (r == 0 && settings.output == NULL)
		r = err_set(&err, -EINVAL, "where does the page go? -o FILE");
	status = verb_answer(&verb, r, &defaults, &err);
	if (status == VERB_WORKS)
		status = report(&settings, &paths);
	option_strings_done(&paths);
	option_done(specs, N_SPECS, &settings);
	return status;
}
