/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts of classes as text, for what stands in an automaton's file beside the automaton: a list of
 * (slot, feature, value, count, value, count ...), values ascending, as in ( ">1", "size", 20, 3 ).
 */
#ifndef SOSIE_AUTOMATA_TALLY_H
#define SOSIE_AUTOMATA_TALLY_H

#include "conf/conf.h"
#include <stdint.h>
#include <stdio.h>

enum { TALLY_LIMIT_ROWS = 256 }; /* slots times features */

struct tally_form {
	const char *const *slots;
	const char *const *features;
	int n_slots, n_features;
	uint32_t (*classes)(int feature);
	uint32_t (*first)(int feature); /* where its values begin in a slot's counts */
	uint32_t n_values;		/* of a slot */
};

/* counts is [n_slots][n_values], zeroed before. Errors are file:line. */
int tally_read(const struct tally_form *form, const struct conf *conf, const config_setting_t *list,
	       uint32_t *counts, struct err *err);
/* The list with its brackets; what was not counted is left out. */
void tally_print(const struct tally_form *form, const uint32_t *counts, FILE *out);

#endif
