/* SPDX-License-Identifier: Apache-2.0 */
/* sosie eval: how close synthetic traffic is to real traffic. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gen/cmd.h"
#include "gen/eval_flags.h"
#include "gen/eval_print.h"
#include "gen/eval_run.h"
#include "gen/judge_print.h"
#include "packet/capture.h"

struct settings {
	struct eval_settings eval;
	const char *answers, *labels;
	bool flags, json;
};

#define AT(field) offsetof(struct settings, field)
static const struct option_spec specs[] = {
	EVAL_OPTION_SPECS(AT(eval)),
	{ .name = "json", .type = OPTION_FLAG, .offset = AT(json), .help = "JSON, not a table" },
	{ .name = "answers",
	  .type = OPTION_STRING,
	  .offset = AT(answers),
	  .metavar = "FILE",
	  .help = "write every answer of every classifier, as CSV" },
	{ .name = "flags",
	  .type = OPTION_FLAG,
	  .offset = AT(flags),
	  .help = "look at the TCP flags and headers of one capture instead" },
	{ .name = "labels",
	  .type = OPTION_STRING,
	  .offset = AT(labels),
	  .metavar = "TABLE",
	  .help = "with --flags: a flow table that labels the capture's flows; otherwise their "
		  "services are compared" },
};
enum { N_SPECS = sizeof(specs) / sizeof(specs[0]) };

/* Of the comparison alone. */
static const char *const comparing[] = { "train",   "draws", "rows",	"seed",		 "rules",
					 "threads", "local", "answers", "no-classifiers" };

static const char usage[] = "sosie eval REAL SYNTHETIC [OPTION...]\n"
			    "sosie eval --flags CAPTURE [--labels TABLE] [OPTION...]";
static const char about[] =
	"Says how close the synthetic traffic is to the real, each a capture or a flow table "
	"(ours, "
	"Zeek's conn.log, CIDDS): one line per metric, as it was published and as it should be. "
	"With --flags says what the TCP flags and headers of one capture tell.";

static int print(struct eval_run *run, const struct settings *settings, struct err *err)
{
	const struct eval_judges *judges = eval_run_judges(run);
	const struct eval_report report = {
		&run->sides[0], &run->sides[1], eval_run_train(run),
		&run->options,	run->lines,	judges,
	};
	int r = 0;

	progress_freep(&run->progress);
	if (settings->answers != NULL)
		r = judge_write_answers(judges, settings->answers, err);
	if (r < 0)
		return r;
	(settings->json ? eval_print_json : eval_print_table)(&report, stdout);
	return fflush(stdout) == 0 ? 0
				   : err_set(err, -errno, "writing to stdout: %s", strerror(errno));
}

static int run_flags(struct eval_run *run, const struct settings *settings, const char *path,
		     struct err *err)
{
	int r = 0;

	/* A pipe cannot be looked at before it is read. */
	if (strcmp(path, "-") != 0) {
		r = capture_recognise(path, err);
		if (r == 0)
			return err_set(err, -EINVAL, "'%s': not a capture", path);
	}
	if (r < 0 && r != -ESPIPE)
		return r;
	err->text[0] = '\0';
	r = eval_flags_run(path, settings->labels, settings->json, &run->options.watch, stdout,
			   err);
	progress_freep(&run->progress);
	if (r == 0 && fflush(stdout) != 0)
		r = err_set(err, -errno, "writing to stdout: %s", strerror(errno));
	return r;
}

static int eval(const struct settings *settings, const struct option_strings *paths)
{
	struct err err = { "" };
	struct eval_run run;
	int r = eval_run_init(&run, "eval", &settings->eval, &err);

	if (r == 0 && settings->flags) {
		r = run_flags(&run, settings, paths->items[0], &err);
	} else if (r == 0) {
		r = eval_run_all(&run, paths->items[0], paths->items[1], &err);
		if (r == 0)
			r = print(&run, settings, &err);
	}
	eval_run_done(&run);
	if (r == -EINTR) {
		fprintf(stderr, "sosie eval: interrupted\n");
		return 130;
	}
	if (r < 0)
		fprintf(stderr, "sosie eval: %s\n", err.text);
	return r < 0 ? 1 : 0;
}

/* What was given goes together. */
static int check(const struct settings *s, const struct option_strings *paths, uint64_t given,
		 struct err *err)
{
	for (size_t i = 0; s->flags && i < N_SPECS; i++) {
		for (size_t k = 0; k < sizeof(comparing) / sizeof(comparing[0]); k++) {
			if ((given >> i & 1) != 0 && strcmp(specs[i].name, comparing[k]) == 0)
				return err_set(err, -EINVAL, "--%s does not go with --flags",
					       specs[i].name);
		}
	}
	if (!s->flags && s->labels != NULL)
		return err_set(err, -EINVAL, "--labels goes with --flags only");
	if (s->flags && paths->n != 1)
		return err_set(err, -EINVAL, "%zu files, expected one capture", paths->n);
	if (s->eval.no_classifiers && s->answers != NULL)
		return err_set(err, -EINVAL, "--answers without classifiers has nothing to write");
	if (!s->flags && paths->n != 2)
		return err_set(err, -EINVAL, "%zu files, expected two: the real and the synthetic",
			       paths->n);
	return 0;
}

static const struct verb verb = { "eval", specs, N_SPECS, usage, about };

int cmd_eval(int argc, char **argv)
{
	const struct settings defaults = { .eval = eval_settings_default };
	struct settings settings = defaults;
	struct option_strings paths = { NULL, 0, 0 };
	struct err err = { "" };
	uint64_t given = 0;
	int r = option_parse(specs, N_SPECS, argc, argv, &settings, &paths, &given, &err);
	int status;

	if (r == 0)
		r = check(&settings, &paths, given, &err);
	status = verb_answer(&verb, r, &defaults, &err);
	if (status == VERB_WORKS)
		status = eval(&settings, &paths);
	option_strings_done(&paths);
	option_done(specs, N_SPECS, &settings);
	return status;
}
