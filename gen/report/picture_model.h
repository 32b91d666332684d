/* SPDX-License-Identifier: Apache-2.0 */
/* The pictures of a model. */
#ifndef SOSIE_GEN_REPORT_PICTURE_MODEL_H
#define SOSIE_GEN_REPORT_PICTURE_MODEL_H

#include "automata/automaton.h"
#include "gen/report/plot.h"
#include "gen/schedule.h"

/* The rate over the week, by gnuplot. */
int picture_week(const struct schedule *schedule, const struct canvas *canvas, struct err *err);

/* States and edges, by Graphviz. Errors as plot_draw. */
int picture_automaton(const struct automaton *automaton, const struct canvas *canvas,
		      struct err *err);

#endif
