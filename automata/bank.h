/* SPDX-License-Identifier: Apache-2.0 */
/* All automata of a model, found by what a flow record says. */
#ifndef SOSIE_AUTOMATA_BANK_H
#define SOSIE_AUTOMATA_BANK_H

#include "automata/automaton.h"
#include "automata/walk.h"

struct automaton_bank {
	struct automaton **automata;
	/* Same order; automaton_bank_prepare() makes them. */
	struct walk **walks;
	const struct habit_table **habits; /* of the automaton's service; NULL: not known */
	size_t n, capacity;
};

enum { AUTOMATON_BANK_LIMIT = 20000 };

int automaton_bank_add(struct automaton_bank *bank, struct automaton *automaton,
		       struct err *err); /* takes ownership on success */
int automaton_bank_prepare(struct automaton_bank *bank,
			   struct err *err); /* makes the walk tables of all */
void automaton_bank_done(struct automaton_bank *bank);

/*
 * The automaton for a flow, as an index: (service, proto, state); else the one of the same proto
 * and state with most words; -1: none. *ret_exact (may be NULL) tells which.
 */
int automaton_bank_find(const struct automaton_bank *bank, const char *service, uint8_t proto,
			enum conn_state state, bool *ret_exact);

/* "https_SF.conf": letters, digits, '-' and '_'; unique per (service, proto, state). */
enum { AUTOMATON_FILE_BYTES = 64 };
const char *automaton_file_name(const struct automaton *automaton,
				char ret_name[AUTOMATON_FILE_BYTES]);

#endif
