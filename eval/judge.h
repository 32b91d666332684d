/* SPDX-License-Identifier: Apache-2.0 */
/* All classifiers of one comparison: the two-sample tests, and training on synthetic flows. */
#ifndef SOSIE_EVAL_JUDGE_H
#define SOSIE_EVAL_JUDGE_H

#include "eval/crew.h"
#include "eval/two_sample.h"
#include "eval/utility.h"

enum eval_test {
	EVAL_TEST_FLOWS,   /* by the features of flows */
	EVAL_TEST_PACKETS, /* and of their first packets; when both sides are captures */
	EVAL_N_TESTS
};

struct eval_test_info {
	const char *key, *name; /* "flows", "AUC by flows" */
	const char *package;	/* that a build needs for it */
};
const struct eval_test_info *eval_test_info(enum eval_test test);

/* Values are 0 where nothing is known: too few flows or sessions, a library that is not here
 * (eval_boost_here, eval_learner_here), no packets. */
struct eval_judges {
	bool done;		/* classifiers were wanted and the sides had flows enough */
	size_t n_real, n_synth; /* flows drawn */
	struct eval_two_sample tests[EVAL_N_TESTS];
	struct eval_utility utility;
};
void eval_judges_done(struct eval_judges *judges);

struct eval_judge_options {
	size_t n_rows; /* of a side, at most; and at most EVAL_JUDGED_LIMIT */
	uint64_t seed;
	unsigned int n_threads; /* 0: as many as there are cores */
	const struct eval_watch *watch;
};

/* sources: real and synthetic. ret_judges needs eval_judges_done. */
int eval_judge(const struct eval_source sources[2], const struct eval_judge_options *options,
	       struct eval_judges *ret_judges, struct err *err);

#endif
