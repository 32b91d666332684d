/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs. Each is one file in gen/cmd/ that reads its options from a table, does its work and
 * returns the exit status: 0 done, 1 the input or the run failed, 2 the command line is wrong.
 * argv[0] is the verb.
 */
#ifndef SOSIE_GEN_CMD_H
#define SOSIE_GEN_CMD_H

#include "conf/option.h"

struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
};

/* All verbs in the order of --help; name NULL after the last. */
const struct command *commands(void);

/* What a verb is called and takes, for --help and errors. */
struct verb {
	const char *name;
	const struct option_spec *specs;
	size_t n_specs;
	const char *usage, *about;
};

enum { VERB_WORKS = -1 };

/*
 * The answer to a command line: r is what option_parse() said, or the verb's own checks after it.
 * 1: help goes to stdout; below 0: err to stderr. Returns the exit status then, else VERB_WORKS.
 */
int verb_answer(const struct verb *verb, int r, const void *defaults, const struct err *err);

int cmd_automata(int argc, char **argv);
int cmd_eval(int argc, char **argv);
int cmd_flows(int argc, char **argv);
int cmd_generate(int argc, char **argv);
int cmd_learn(int argc, char **argv);
int cmd_probe(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_unmark(int argc, char **argv);

#endif
