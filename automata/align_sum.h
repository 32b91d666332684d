/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All alignments of a word with an automaton at once: where align.h finds the cheapest way to read
 * a word, this adds up the probabilities of all of them, event by event (the forward algorithm,
 * Rabiner 1989, with noise). A word that can be explained in many ways is as likely as all of them
 * together; and what an event costs given those before it says where in a word the surprise is.
 */
#ifndef SOSIE_AUTOMATA_ALIGN_SUM_H
#define SOSIE_AUTOMATA_ALIGN_SUM_H

#include "automata/align.h"

/* What sums work in; grows. Zeroed is empty. */
struct align_sum {
	double *rows;
	double *choice; /* by edge of the machine: its probability */
	size_t rows_capacity, choice_capacity;
};
void align_sum_done(struct align_sum *sum);

/* What stands for log2 of 0. */
#define ALIGN_SUM_NEVER (-1e9)

/*
 * ret_log2[i], i below n_events: log2 of the probability that events 0 to i are what comes first;
 * ret_log2[n_events]: of the whole word. They do not rise. Returns 0 or -ENOMEM. open_end of the
 * machine is not looked at.
 */
int align_sum_word(const struct align_machine *machine, struct align_sum *sum,
		   const struct word *word, double *ret_log2);

#endif
