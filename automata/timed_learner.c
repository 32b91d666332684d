/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/timed_learner.h"

#include <string.h>

#include "automata/hmm.h"
#include "automata/rti.h"
#include "automata/tag.h"
#include "automata/timed_tadam.h"
#include "base/mem.h"

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

int timed_model_bits(const struct timed_model *model, struct word word, double *ret_bits,
		     struct err *err)
{
	CLEANUP(freep) double *bits = mem_array((size_t)word.n_events + 1, sizeof(*bits));
	double sum = 0;
	int r;

	if (bits == NULL)
		return err_no_memory(err);
	r = model->ops->event_bits(model, word, bits, err);
	for (uint32_t i = 0; i <= word.n_events && r == 0; i++)
		sum += bits[i];
	if (r == 0)
		*ret_bits = sum;
	return r;
}

void timed_model_freep(struct timed_model **model)
{
	if (*model == NULL)
		return;
	(*model)->ops->free(*model);
	*model = NULL;
}
