/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/timed_learner.h"

#include <string.h>

#include "automata/hmm.h"
#include "automata/rti.h"
#include "automata/tag.h"
#include "automata/timed_tadam.h"

static const struct timed_learner_ops *const learners[] = {
	&timed_learner_tadam, &timed_learner_tag, &timed_learner_rti, &timed_learner_hmm, NULL,
};

const struct timed_learner_ops *const *timed_learners(void)
{
	return learners;
}

const struct timed_learner_ops *timed_learner_named(const char *name)
{
	for (const struct timed_learner_ops *const *l = learners; *l != NULL; l++) {
		if (strcmp((*l)->name, name) == 0)
			return *l;
	}
	return NULL;
}

void timed_model_freep(struct timed_model **model)
{
	if (*model == NULL)
		return;
	(*model)->ops->free(*model);
	*model = NULL;
}
