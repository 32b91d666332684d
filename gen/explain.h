/* SPDX-License-Identifier: Apache-2.0 */
/* A model in words, for people who have never seen the code. */
#ifndef SOSIE_GEN_EXPLAIN_H
#define SOSIE_GEN_EXPLAIN_H

#include "gen/model.h"

int explain_summary(const struct model *model, FILE *out);
int explain_summary_json(const struct model *model, FILE *out);
int explain_hosts(const struct model *model, FILE *out);
int explain_automata(const struct model *model, FILE *out);
/* which: SERVICE (the state most flows end in) or SERVICE/STATE. -ENOENT names what there is. */
int explain_automaton(const struct model *model, const char *which, bool dot, FILE *out,
		      struct err *err);

#endif
