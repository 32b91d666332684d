/* SPDX-License-Identifier: Apache-2.0 */
/* One comparison as `sosie eval` and `sosie report` make it: options, reading, progress, suite. */
#ifndef SOSIE_GEN_EVAL_RUN_H
#define SOSIE_GEN_EVAL_RUN_H

#include <stdatomic.h>

#include "conf/option.h"
#include "eval/suite.h"
#include "gen/progress.h"

struct eval_settings {
	const char *train, *rules;
	struct option_strings local;
	uint64_t draws, rows, seed, threads;
	bool no_classifiers, quiet, verbose;
};

extern const struct eval_settings eval_settings_default;

/* The rows of a verb's table for them; at: the offset of its struct eval_settings. */
#define EVAL_OPTION_AT(at, field) ((at) + offsetof(struct eval_settings, field))
#define EVAL_OPTION_SPECS(at)                                                                      \
	{ .name = "train",                                                                         \
	  .type = OPTION_STRING,                                                                   \
	  .offset = EVAL_OPTION_AT(at, train),                                                     \
	  .metavar = "FILE",                                                                       \
	  .help = "what the model learned from; REAL should be other traffic of that network. "    \
		  "Adds how much of FILE was remembered" },                                        \
		{ .name = "draws",                                                                 \
		  .type = OPTION_COUNT,                                                            \
		  .offset = EVAL_OPTION_AT(at, draws),                                             \
		  .min = 1,                                                                        \
		  .max = EVAL_LIMIT_DRAWS,                                                         \
		  .help = "how many samples the metrics of flows are the mean of" },               \
		{ .name = "rows",                                                                  \
		  .type = OPTION_COUNT,                                                            \
		  .offset = EVAL_OPTION_AT(at, rows),                                              \
		  .min = 2,                                                                        \
		  .max = EVAL_LIMIT_ROWS,                                                          \
		  .help = "flows in a sample, at most; time grows with its square" },              \
		{ .name = "seed",                                                                  \
		  .letter = 's',                                                                   \
		  .type = OPTION_COUNT,                                                            \
		  .offset = EVAL_OPTION_AT(at, seed),                                              \
		  .max = INT64_MAX,                                                                \
		  .help = "of the samples; the same seed gives the same numbers" },                \
		{ .name = "rules",                                                                 \
		  .type = OPTION_STRING,                                                           \
		  .offset = EVAL_OPTION_AT(at, rules),                                             \
		  .metavar = "FILE",                                                               \
		  .help = "rules for the corrected DKC, in place of those that hold for any "      \
			  "network" },                                                             \
		{ .name = "local",                                                                 \
		  .type = OPTION_STRINGS,                                                          \
		  .offset = EVAL_OPTION_AT(at, local),                                             \
		  .metavar = "CIDR",                                                               \
		  .help = "for the classifiers, what is inside (repeatable) besides private and "  \
			  "link-local addresses: what learn was told" },                           \
		{ .name = "no-classifiers",                                                        \
		  .type = OPTION_FLAG,                                                             \
		  .offset = EVAL_OPTION_AT(at, no_classifiers),                                    \
		  .help = "leave out what takes classifiers" },                                    \
		{ .name = "threads",                                                               \
		  .letter = 'j',                                                                   \
		  .type = OPTION_COUNT,                                                            \
		  .offset = EVAL_OPTION_AT(at, threads),                                           \
		  .max = EVAL_LIMIT_THREADS,                                                       \
		  .help = "threads; the default is one for each core" },                           \
		{ .name = "quiet",                                                                 \
		  .letter = 'q',                                                                   \
		  .type = OPTION_FLAG,                                                             \
		  .offset = EVAL_OPTION_AT(at, quiet),                                             \
		  .help = "no progress" },                                                         \
	{                                                                                          \
		.name = "verbose", .letter = 'v', .type = OPTION_FLAG,                             \
		.offset = EVAL_OPTION_AT(at, verbose),                                             \
		.help = "progress also when stderr is no terminal"                                 \
	}

struct eval_run {
	const struct eval_settings *settings;	 /* borrowed */
	struct eval_side sides[EVAL_MAX_TABLES]; /* real, synthetic, training */
	struct eval_rules *published_rules, *corrected_rules;
	struct eval_options options; /* as eval_suite wants them; its watch is the run's */
	struct eval_local local;
	struct eval_line lines[EVAL_N_METRICS];
	struct eval_judges judges;
	struct progress *progress;
	const char *stage;
	const atomic_bool *interrupted;
};

/* what: the verb, for the progress line. Afterwards eval_run_done, also after an error. */
int eval_run_init(struct eval_run *run, const char *what, const struct eval_settings *settings,
		  struct err *err);
void eval_run_done(struct eval_run *run);

/* The training side, or NULL when there is none. */
struct eval_side *eval_run_train(struct eval_run *run);

/* What the classifiers found, or NULL when they were not wanted. */
struct eval_judges *eval_run_judges(struct eval_run *run);

/* Reads the sides and the rules, and fills lines and judges. -EINTR: Ctrl-C. */
int eval_run_all(struct eval_run *run, const char *real, const char *synth, struct err *err);

/* For struct eval_watch: shows progress; -EINTR when Ctrl-C was pressed. */
int eval_run_look(void *context, const char *what, double done);

#endif
