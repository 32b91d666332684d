/* SPDX-License-Identifier: Apache-2.0 */
/* sosie eval: how close synthetic traffic is to real traffic. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "conf/option.h"
#include "eval/suite.h"
#include "gen/cmd.h"
#include "gen/eval_flags.h"
#include "gen/eval_print.h"
#include "gen/interrupt.h"
#include "gen/judge_print.h"
#include "gen/progress.h"
#include "packet/capture.h"

struct settings {
	const char *train, *rules, *answers, *labels;
	struct option_strings local;
	uint64_t draws, rows, seed, threads;
	bool flags, json, no_classifiers, quiet, verbose;
};

#define AT(field) offsetof(struct settings, field)
static const struct option_spec specs[] = {
	{ .name = "train",
	  .type = OPTION_STRING,
	  .offset = AT(train),
	  .metavar = "FILE",
	  .help = "what the model learned from; REAL should be other traffic of that network. Adds "
		  "how much of FILE was remembered" },
	{ .name = "json", .type = OPTION_FLAG, .offset = AT(json), .help = "JSON, not a table" },
	{ .name = "draws",
	  .type = OPTION_COUNT,
	  .offset = AT(draws),
	  .min = 1,
	  .max = EVAL_LIMIT_DRAWS,
	  .help = "how many samples the metrics of flows are the mean of" },
	{ .name = "rows",
	  .type = OPTION_COUNT,
	  .offset = AT(rows),
	  .min = 2,
	  .max = EVAL_LIMIT_ROWS,
	  .help = "flows in a sample, at most; time grows with its square" },
	{ .name = "seed",
	  .letter = 's',
	  .type = OPTION_COUNT,
	  .offset = AT(seed),
	  .max = INT64_MAX,
	  .help = "of the samples; the same seed gives the same numbers" },
	{ .name = "rules",
	  .type = OPTION_STRING,
	  .offset = AT(rules),
	  .metavar = "FILE",
	  .help = "rules for the corrected DKC, in place of those that hold for any network" },
	{ .name = "local",
	  .type = OPTION_STRINGS,
	  .offset = AT(local),
	  .metavar = "CIDR",
	  .help = "for the classifiers, what is inside (repeatable) besides private and link-local "
		  "addresses: what learn was told" },
	{ .name = "no-classifiers",
	  .type = OPTION_FLAG,
	  .offset = AT(no_classifiers),
	  .help = "leave out what takes classifiers" },
	{ .name = "answers",
	  .type = OPTION_STRING,
	  .offset = AT(answers),
	  .metavar = "FILE",
	  .help = "write every answer of every classifier, as CSV" },
	{ .name = "threads",
	  .letter = 'j',
	  .type = OPTION_COUNT,
	  .offset = AT(threads),
	  .max = EVAL_LIMIT_THREADS,
	  .help = "threads; the default is one for each core" },
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
	{ .name = "quiet",
	  .letter = 'q',
	  .type = OPTION_FLAG,
	  .offset = AT(quiet),
	  .help = "no progress" },
	{ .name = "verbose",
	  .letter = 'v',
	  .type = OPTION_FLAG,
	  .offset = AT(verbose),
	  .help = "progress also when stderr is no terminal" },
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

struct run {
	struct settings settings;
	struct eval_side sides[EVAL_MAX_TABLES];
	struct eval_rules *published_rules, *corrected_rules;
	struct eval_judges judges;
	struct progress *progress;
	const char *stage;
	const atomic_bool *interrupted;
};

static void run_done(struct run *run)
{
	for (int i = 0; i < EVAL_MAX_TABLES; i++)
		eval_side_done(&run->sides[i]);
	eval_rules_freep(&run->published_rules);
	eval_rules_freep(&run->corrected_rules);
	eval_judges_done(&run->judges);
	progress_freep(&run->progress);
}

static int look(void *context, const char *what, double done)
{
	struct run *run = context;

	if (atomic_load_explicit(run->interrupted, memory_order_relaxed))
		return -EINTR;
	if (run->progress == NULL)
		return 0;
	if (run->stage != what)
		progress_stage(run->progress, what);
	run->stage = what;
	progress_update(run->progress, done, 0, 0);
	return 0;
}

static int read_side(struct run *run, const char *path, struct eval_side *side, struct err *err)
{
	const struct eval_watch watch = { look, run };
	struct flow_read_stats stats;
	int r = strcmp(path, "-") == 0 ? 0 : capture_recognise(path, err);

	if (r < 0 && r != -ESPIPE)
		return r;
	/* What cannot be looked at twice, such as stdin, is a table. */
	err->text[0] = '\0';
	side->name = path;
	side->is_capture = r > 0;
	if (side->is_capture)
		return eval_capture_read(path, &watch, &side->table, &side->packets, err);
	r = look(run, path, -1);
	return r < 0 ? r : flow_table_read(path, &side->table, &stats, err);
}

static int read_rules(struct run *run, struct err *err)
{
	int r = eval_rules_parse("dkc-cidds.conf", eval_rules_cidds_text, &run->published_rules,
				 err);

	if (r < 0)
		return r;
	return run->settings.rules != NULL
		       ? eval_rules_load(run->settings.rules, &run->corrected_rules, err)
		       : eval_rules_parse("dkc.conf", eval_rules_any_text, &run->corrected_rules,
					  err);
}

static int run_all(struct run *run, const struct option_strings *paths, struct err *err)
{
	const struct settings *s = &run->settings;
	struct eval_side *train = s->train != NULL ? &run->sides[2] : NULL;
	struct eval_line lines[EVAL_N_METRICS];
	struct eval_judges *judges = s->no_classifiers ? NULL : &run->judges;
	struct eval_local local;
	struct eval_options options = {
		.n_rows = s->rows,
		.n_draws = (uint32_t)s->draws,
		.seed = s->seed,
		.n_threads = (unsigned int)s->threads,
		.local = &local,
		.watch = { look, run },
	};
	const struct eval_report report = { &run->sides[0], &run->sides[1], train,
					    &options,	    lines,	    judges };
	int r = s->quiet ? 0 : progress_new("eval", s->verbose, &run->progress, err);

	if (r == 0 && eval_local_init(&local, s->local.items, s->local.n, err) < 0)
		r = err_wrap(err, -EINVAL, "--local");
	if (r == 0)
		r = read_rules(run, err);
	for (size_t i = 0; r == 0 && i < 2; i++)
		r = read_side(run, paths->items[i], &run->sides[i], err);
	if (r == 0 && train != NULL)
		r = read_side(run, s->train, train, err);
	if (r < 0)
		return r;
	options.published_rules = run->published_rules;
	options.corrected_rules = run->corrected_rules;
	r = eval_suite(&run->sides[0], &run->sides[1], train, &options, lines, judges, err);
	progress_freep(&run->progress);
	if (r == 0 && s->answers != NULL)
		r = judge_write_answers(judges, s->answers, err);
	if (r < 0)
		return r;
	(s->json ? eval_print_json : eval_print_table)(&report, stdout);
	return fflush(stdout) == 0 ? 0
				   : err_set(err, -errno, "writing to stdout: %s", strerror(errno));
}

static int run_flags(struct run *run, const char *path, struct err *err)
{
	const struct settings *s = &run->settings;
	const struct eval_watch watch = { look, run };
	int r = s->quiet ? 0 : progress_new("eval", s->verbose, &run->progress, err);

	/* A pipe cannot be looked at before it is read. */
	if (r == 0 && strcmp(path, "-") != 0) {
		r = capture_recognise(path, err);
		if (r == 0)
			return err_set(err, -EINVAL, "'%s': not a capture", path);
	}
	if (r < 0 && r != -ESPIPE)
		return r;
	err->text[0] = '\0';
	r = eval_flags_run(path, s->labels, s->json, &watch, stdout, err);
	progress_freep(&run->progress);
	if (r == 0 && fflush(stdout) != 0)
		r = err_set(err, -errno, "writing to stdout: %s", strerror(errno));
	return r;
}

static int eval(struct run *run, const struct option_strings *paths)
{
	struct err err = { "" };
	int r;

	run->interrupted = interrupt_flag();
	r = run->settings.flags ? run_flags(run, paths->items[0], &err) : run_all(run, paths, &err);
	run_done(run);
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
	if (s->no_classifiers && s->answers != NULL)
		return err_set(err, -EINVAL, "--answers without classifiers has nothing to write");
	if (!s->flags && paths->n != 2)
		return err_set(err, -EINVAL, "%zu files, expected two: the real and the synthetic",
			       paths->n);
	return 0;
}

int cmd_eval(int argc, char **argv)
{
	static const struct settings defaults = { .draws = 20, .rows = 10000, .seed = 1 };
	struct run run = { .settings = defaults };
	struct option_strings paths = { NULL, 0, 0 };
	struct err err = { "" };
	uint64_t given = 0;
	int r = option_parse(specs, N_SPECS, argc, argv, &run.settings, &paths, &given, &err);

	if (r == 0)
		r = check(&run.settings, &paths, given, &err);
	if (r == 1) {
		option_print_help(specs, N_SPECS, usage, about, &defaults, stdout);
		r = fflush(stdout) == 0 ? 0 : 1;
	} else if (r < 0) {
		fprintf(stderr, "sosie eval: %s\n", err.text);
		r = 2;
	} else {
		r = eval(&run, &paths);
	}
	option_strings_done(&paths);
	option_done(specs, N_SPECS, &run.settings);
	return r;
}
