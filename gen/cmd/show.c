/* SPDX-License-Identifier: Apache-2.0 */
/* sosie show: a model in words. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "conf/option.h"
#include "gen/cmd.h"
#include "gen/explain.h"
#include "gen/interrupt.h"
#include "gen/report/model_page.h"
#include "gen/report/page_file.h"

struct settings {
	const char *output;
	bool dot, json, html, mdl;
};

#define AT(field) offsetof(struct settings, field)
static const struct option_spec specs[] = {
	{ "dot", 0, OPTION_FLAG, AT(dot), NULL, "an automaton for Graphviz", .group = NULL },
	{ "mdl", 0, OPTION_FLAG, AT(mdl), NULL, "with the patterns, the parts of their code length",
	  .group = NULL },
	{ "json", 0, OPTION_FLAG, AT(json), NULL, "the summary as one JSON object", .group = NULL },
	{ "html", 0, OPTION_FLAG, AT(html), NULL,
	  "all of it as one page with pictures; needs gnuplot and Graphviz", .group = NULL },
	{ "output", 'o', OPTION_STRING, AT(output), "FILE", "where the page goes; - is stdout",
	  .group = NULL },
};
enum { N_SPECS = sizeof(specs) / sizeof(specs[0]) };

static const char usage[] = "sosie show MODEL [summary | patterns | automata | automaton "
			    "SERVICE[/STATE] | schedule | hosts]\n"
			    "sosie show MODEL --html [-o FILE]";
static const char about[] = "Explains a model: a shipped one by name, any other by its directory.";

static int show_page(struct model *model, const char *path, struct err *err)
{
	const atomic_bool *interrupted = interrupt_flag();
	struct page_file file;
	int r = page_file_open(&file, path, NULL, 0, err);

	if (r == 0) {
		const struct canvas canvas = { file.page, interrupted };

		r = model_page_write(model, &canvas, err);
	}
	if (r == 0)
		r = page_file_commit(&file, err);
	page_file_done(&file);
	if (r == -EINTR)
		err_set(err, r, "interrupted; nothing was left behind");
	return r;
}

static int show(const struct settings *s, const struct option_strings *words, struct err *err)
{
	CLEANUP(model_freep) struct model *model = NULL;
	const char *what = words->n > 1 ? words->items[1] : "summary";
	int r = model_load(words->items[0], &model, err);

	if (r < 0)
		return r;
	if (s->html)
		return show_page(model, s->output, err);
	/* A text for reading: who takes only its head has seen enough, and that is no error. */
	signal(SIGPIPE, SIG_DFL);
	if (strcmp(what, "summary") == 0)
		r = s->json ? explain_summary_json(model, stdout) : explain_summary(model, stdout);
	else if (strcmp(what, "patterns") == 0)
		r = model->flow_ops->explain(model->flow, &model->hosts, stdout,
					     s->json  ? FLOW_EXPLAIN_JSON
					     : s->mdl ? FLOW_EXPLAIN_MDL
						      : FLOW_EXPLAIN_PATTERNS);
	else if (strcmp(what, "schedule") == 0)
		r = schedule_explain(&model->schedule, stdout);
	else if (strcmp(what, "hosts") == 0)
		r = explain_hosts(model, stdout);
	else if (strcmp(what, "automata") == 0)
		r = explain_automata(model, stdout);
	else
		r = explain_automaton(model, words->items[2], s->dot, stdout, err);
	if (r < 0 && err->text[0] == '\0')
		err_set(err, r, "writing: %s", strerror(-r));
	return r;
}

/* 0, or -EINVAL with the sentence. */
static int check(const struct option_strings *words, const struct settings *s, struct err *err)
{
	static const char *const whats[] = { "summary",	  "patterns", "automata",
					     "automaton", "schedule", "hosts" };
	const char *what = words->n > 1 ? words->items[1] : "summary";
	const bool automaton = strcmp(what, "automaton") == 0;
	bool known = false;

	for (size_t i = 0; i < 6; i++)
		known |= strcmp(what, whats[i]) == 0;
	if (words->n == 0)
		return err_set(err, -EINVAL, "which model? a name or a directory");
	if (!known) {
		const char *near = conf_nearest(what, whats, 6);

		return err_set(err, -EINVAL, "'%s' is nothing to show%s%s%s", what,
			       near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
			       near != NULL ? "'?" : "");
	}
	if (automaton && words->n != 3)
		return err_set(err, -EINVAL,
			       "automaton: which one? SERVICE or SERVICE/STATE, as in https/SF");
	if (!automaton && words->n > 2)
		return err_set(err, -EINVAL, "'%s': one thing at a time", words->items[2]);
	if (s->dot && !automaton)
		return err_set(err, -EINVAL,
			       "--dot draws an automaton: sosie show MODEL automaton https/SF "
			       "--dot");
	if (s->mdl && strcmp(what, "patterns") != 0)
		return err_set(err, -EINVAL, "--mdl goes with the patterns");
	if (s->html && (words->n > 1 || s->json || s->mdl))
		return err_set(err, -EINVAL,
			       "--html shows all of the model, with nothing beside it");
	if (!s->html && strcmp(s->output, "-") != 0)
		return err_set(err, -EINVAL, "-o goes with --html");
	if (s->json && strcmp(what, "summary") != 0 && strcmp(what, "patterns") != 0)
		return err_set(err, -EINVAL, "--json goes with the summary and the patterns");
	return 0;
}

static const struct verb verb = { "show", specs, N_SPECS, usage, about };

int cmd_show(int argc, char **argv)
{
	static const struct settings defaults = { .output = "-" };
	struct settings settings = defaults;
	struct option_strings words = { 0 };
	struct err err = { "" };
	int r = option_parse(specs, N_SPECS, argc, argv, &settings, &words, NULL, &err);
	int status;

	if (r == 0)
		r = check(&words, &settings, &err);
	status = verb_answer(&verb, r, &defaults, &err);
	if (status == VERB_WORKS) {
		r = show(&settings, &words, &err);
		if (r == 0 && fflush(stdout) != 0)
			r = err_set(&err, -errno, "writing: %s", strerror(errno));
		if (r < 0)
			fprintf(stderr, "sosie show: %s\n", err.text);
		status = r == -EINTR ? 130 : r < 0 ? 1 : 0;
	}
	option_strings_done(&words);
	return status;
}
