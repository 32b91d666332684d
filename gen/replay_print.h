/* SPDX-License-Identifier: Apache-2.0 */
/* The account of a replay, for people and for programs. */
#ifndef SOSIE_GEN_REPLAY_PRINT_H
#define SOSIE_GEN_REPLAY_PRINT_H

#include <stdio.h>

#include "gen/replay.h"

/* A few lines: what was asked, what left, what did not and why, how late. */
void replay_print_summary(const struct replay_account *account, FILE *out);

/* One line of JSON, flushed; final: the run is over. Every count is in every line. */
void replay_print_json(const struct replay_account *account, bool final, FILE *out);

#endif
