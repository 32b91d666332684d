/* SPDX-License-Identifier: Apache-2.0 */
/* A replay: captures through a feed and a player into sinks, and the account of what happened. */
#ifndef SOSIE_GEN_REPLAY_H
#define SOSIE_GEN_REPLAY_H

#include "replay/feed.h"
#include "replay/player.h"

struct replay_account;

struct replay_plan {
	struct feed_options feed;
	struct pace pace;
	const struct sink_ops *sink;
	uint32_t n_ports;
	struct sink_options ports[PLAYER_MAX_PORTS];
	bool gate;
	bool dry_run; /* everything is opened and read, nothing leaves, nothing is waited for */
	uint64_t limit_frames; /* 0: none */
	int64_t limit_ns;      /* of playing; 0: none */
	const atomic_bool *stop;
	/* Called about every look_ns with the account so far. May be NULL. */
	void (*look)(void *context, const struct replay_account *account);
	void *context;
	int64_t look_ns;
};

struct replay_account {
	const struct replay_plan *plan;
	struct player player;
	struct sink_counters ports[PLAYER_MAX_PORTS];
	struct source_counters source; /* at the end only */
	double done;		       /* share of the source, below 0: not known */
	int64_t played_ns;	       /* since the first frame was due, on the player's clock */
	int64_t cpu_ns;		       /* at the end only */
	char result[128];	 /* what a sink without an interface says of itself; "" else */
	bool interrupted, whole; /* whole: all that was asked for was played */
};

/*
 * Opens, plays, closes. 0, also when interrupted or when frames failed (the account tells); -errno:
 * it could not begin, a sink ended it, a source was damaged: the account holds what happened until
 * then.
 */
int replay_run(const struct replay_plan *plan, struct replay_account *ret_account, struct err *err);

/* Frames asked for that did not leave, whatever the cause. */
uint64_t replay_missing(const struct replay_account *account);

#endif
