/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/registry.h"

#include <string.h>

static const struct automaton_learner_ops *const learners[] = {
	&automaton_learner_markov,
	&automaton_learner_tadam,
	NULL,
};

const struct automaton_learner_ops *const *automaton_learners(void)
{
	return learners;
}

const struct automaton_learner_ops *automaton_learner_named(const char *name)
{
	for (const struct automaton_learner_ops *const *l = learners; *l != NULL; l++) {
		if (strcmp((*l)->name, name) == 0)
			return *l;
	}
	return NULL;
}
