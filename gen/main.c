/* SPDX-License-Identifier: Apache-2.0 */
/* The table of verbs; everything else is in gen/cmd/. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "config.h"
#include "gen/cmd.h"

static const struct command table[] = {
	{ "generate", "write a capture that looks like a model's network", cmd_generate },
	{ "learn", "make a model from captures", cmd_learn },
	{ "flows", "show a capture as a flow table", cmd_flows },
	{ "show", "explain a model", cmd_show },
	{ "eval", "say how close synthetic traffic is to real", cmd_eval },
	{ "report", "show how close, as a page with pictures", cmd_report },
	{ NULL, NULL, NULL },
};

const struct command *commands(void)
{
	return table;
}

static void print_help(FILE *out)
{
	fprintf(out, "usage: sosie VERB [OPTION...]\n\nsosie learns what a network's traffic looks "
		     "like and makes traffic that looks the same.\n\n");
	for (const struct command *c = table; c->name != NULL; c++)
		fprintf(out, "  %-10s %s\n", c->name, c->summary);
	fprintf(out, "\n'sosie VERB --help' explains a verb; 'sosie --version' tells the version.\n"
		     "Exit status: 0 done, 1 the input or the run failed, 2 the command line is "
		     "wrong.\n");
}

static int unknown_verb(const char *name)
{
	const char *names[16];
	const char *near;
	size_t n = 0;

	for (const struct command *c = table; c->name != NULL; c++)
		names[n++] = c->name;
	near = conf_nearest(name, names, n);
	fprintf(stderr, "sosie: no verb '%s'%s%s%s; see sosie --help\n", name,
		near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
		near != NULL ? "'?" : "");
	return 2;
}

int main(int argc, char **argv)
{
	/* A reader that goes away (| head) is an error of write(2), reported like any other, not a
	 * silent death. */
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		print_help(stderr);
		return 2;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		print_help(stdout);
		return fflush(stdout) == 0 ? 0 : 1;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("sosie %s\n", SOSIE_VERSION);
		return fflush(stdout) == 0 ? 0 : 1;
	}
	for (const struct command *c = table; c->name != NULL; c++)
		if (strcmp(c->name, argv[1]) == 0)
			return c->run(argc - 1, argv + 1);
	return unknown_verb(argv[1]);
}
