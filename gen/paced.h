/* SPDX-License-Identifier: Apache-2.0 */
/* A generator's frames onto a wire as their times say: the sink between a run's emit and an
 * interface. */
#ifndef SOSIE_GEN_PACED_H
#define SOSIE_GEN_PACED_H

#include "gen/replay.h"

struct paced {
	struct player player;
	struct replay_plan plan; /* what the account refers to */
};

/* The wire is opened with options; close() of paced_ops closes it. Zeroed before; also after a
 * failure close() is to follow. stop ends waiting. */
int paced_open(struct paced *paced, const struct sink_ops *wire, const struct sink_options *options,
	       const atomic_bool *stop, struct err *err);

/* Up to now. */
void paced_account(struct paced *paced, struct replay_account *ret_account);

/* State: struct paced. open() is not of use: see paced_open(). */
extern const struct sink_ops paced_ops;

#endif
