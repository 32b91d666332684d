/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs. Each is one file in gen/cmd/ that reads its options from a table, does its work and
 * returns the exit status: 0 done, 1 the input or the run failed, 2 the command line is wrong.
 * argv[0] is the verb.
 */
#ifndef SOSIE_GEN_CMD_H
#define SOSIE_GEN_CMD_H

struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
};

/* All verbs in the order of --help; name NULL after the last. */
const struct command *commands(void);

int cmd_eval(int argc, char **argv);
int cmd_flows(int argc, char **argv);
int cmd_generate(int argc, char **argv);
int cmd_learn(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_show(int argc, char **argv);

#endif
