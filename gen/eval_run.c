/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/eval_run.h"

#include <errno.h>
#include <string.h>

#include "gen/interrupt.h"
#include "packet/capture.h"

const struct eval_settings eval_settings_default = { .draws = 20, .rows = 10000, .seed = 1 };

int eval_run_init(struct eval_run *run, const char *what, const struct eval_settings *settings,
		  struct err *err)
{
	memset(run, 0, sizeof(*run));
	run->settings = settings;
	run->interrupted = interrupt_flag();
	run->options = (struct eval_options) {
		.n_rows = settings->rows,
		.n_draws = (uint32_t)settings->draws,
		.seed = settings->seed,
		.n_threads = (unsigned int)settings->threads,
		.watch = { eval_run_look, run },
	};
	run->options.local = &run->local;
	if (eval_local_init(&run->local, settings->local.items, settings->local.n, err) < 0)
		return err_wrap(err, -EINVAL, "--local");
	return settings->quiet ? 0 : progress_new(what, settings->verbose, &run->progress, err);
}

void eval_run_done(struct eval_run *run)
{
	for (int i = 0; i < EVAL_MAX_TABLES; i++)
		eval_side_done(&run->sides[i]);
	eval_rules_freep(&run->published_rules);
	eval_rules_freep(&run->corrected_rules);
	eval_judges_done(&run->judges);
	progress_freep(&run->progress);
}

struct eval_judges *eval_run_judges(struct eval_run *run)
{
	return run->settings->no_classifiers ? NULL : &run->judges;
}

struct eval_side *eval_run_train(struct eval_run *run)
{
	return run->settings->train != NULL ? &run->sides[2] : NULL;
}

int eval_run_look(void *context, const char *what, double done)
{
	struct eval_run *run = context;

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

static int read_side(struct eval_run *run, const char *path, struct eval_side *side,
		     struct err *err)
{
	struct flow_read_stats stats;
	int r = strcmp(path, "-") == 0 ? 0 : capture_recognise(path, err);

	if (r < 0 && r != -ESPIPE)
		return r;
	/* What cannot be looked at twice, such as stdin, is a table. */
	err->text[0] = '\0';
	side->name = path;
	side->is_capture = r > 0;
	if (side->is_capture)
		return eval_capture_read(path, &run->options.watch, &side->table, &side->packets,
					 err);
	r = eval_run_look(run, path, -1);
	return r < 0 ? r : flow_table_read(path, &side->table, &stats, err);
}

static int read_rules(struct eval_run *run, struct err *err)
{
	int r = eval_rules_parse("dkc-cidds.conf", eval_rules_cidds_text, &run->published_rules,
				 err);

	if (r < 0)
		return r;
	return run->settings->rules != NULL
		       ? eval_rules_load(run->settings->rules, &run->corrected_rules, err)
		       : eval_rules_parse("dkc.conf", eval_rules_any_text, &run->corrected_rules,
					  err);
}

int eval_run_all(struct eval_run *run, const char *real, const char *synth, struct err *err)
{
	struct eval_side *train = eval_run_train(run);
	int r = read_rules(run, err);

	if (r == 0)
		r = read_side(run, real, &run->sides[0], err);
	if (r == 0)
		r = read_side(run, synth, &run->sides[1], err);
	if (r == 0 && train != NULL)
		r = read_side(run, run->settings->train, train, err);
	if (r < 0)
		return r;
	run->options.published_rules = run->published_rules;
	run->options.corrected_rules = run->corrected_rules;
	return eval_suite(&run->sides[0], &run->sides[1], train, &run->options, run->lines,
			  eval_run_judges(run), err);
}
