/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Learners of timed words, all used alike: by the experiments of docs/automata.md, and wherever one
 * is chosen by name. A model says how many bits a word costs, which is a prefix code over words of
 * the alphabet it was learned from: it is finite for every word, and low for likely ones.
 */
#ifndef SOSIE_AUTOMATA_TIMED_LEARNER_H
#define SOSIE_AUTOMATA_TIMED_LEARNER_H

#include "automata/language.h"
#include "automata/word.h"

/* What every learner's model begins with. */
struct timed_model {
	const struct timed_learner_ops *ops;
	uint32_t n_states; /* the end not counted */
	uint32_t n_edges;  /* ends not counted */
};

struct timed_learner_ops {
	const char *name;
	const char *summary;
	/* Learns from a set of one word or more, with the learner's default parameters. -EINVAL for
	 * an empty set, -E2BIG beyond a limit of the learner, -ENOMEM. */
	int (*learn)(const struct word_set *words, struct timed_model **ret_model, struct err *err);
	/* What each event costs given those before it, values included, then what the end does:
	 * n_events + 1 of them, each 0 or more. */
	int (*event_bits)(const struct timed_model *model, struct word word, double *ret_bits,
			  struct err *err);
	/* The same when each event pays for a part of the automaton too (automata/share.h), the end
	 * of the word among them: a code as well, and a dearer one. NULL: the model has no edges to
	 * share. */
	int (*event_shared_bits)(const struct timed_model *model, struct word word,
				 double *ret_bits, struct err *err);
	/* Its words without values; the caller frees. */
	int (*language)(const struct timed_model *model, struct language **ret_language,
			struct err *err);
	void (*free)(struct timed_model *model); /* not NULL */
};

/* -log2 of the probability of the word and its end: the sum of event_bits. */
int timed_model_bits(const struct timed_model *model, struct word word, double *ret_bits,
		     struct err *err);
const struct timed_learner_ops *timed_learner_named(const char *name);
const struct timed_learner_ops *const *timed_learners(void); /* NULL after the last */
void timed_model_freep(struct timed_model **model);

#endif
