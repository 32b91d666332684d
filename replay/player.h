/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames to sinks, each when it is due: the one loop behind `sosie replay` and every sink that is a
 * wire. It waits, hands over, and measures; it knows neither where frames come from nor what a sink
 * does with them.
 */
#ifndef SOSIE_REPLAY_PLAYER_H
#define SOSIE_REPLAY_PLAYER_H

#include "replay/clock.h"
#include "replay/lateness.h"
#include "replay/pacer.h"
#include "replay/sink.h"

enum { PLAYER_MAX_PORTS = 2, PLAYER_BATCH = 64 };

struct player_port {
	const struct sink_ops *ops;
	void *state; /* open */
};

struct player;

struct player_options {
	struct clock clock;
	struct pace pace;
	uint32_t n_ports; /* 1: all frames leave there; 2: port frame.direction */
	struct player_port ports[PLAYER_MAX_PORTS];
	/* A frame leaves a port only when the other port confirms all before it: order across two
	 * ports, at its cost. */
	bool gate;
	/* Sinks get frames with the time they are due, counted from the first one's own, in place
	 * of their own: a file then has the pace asked for. Not at top speed. */
	bool retime;
	int64_t limit_ns;	 /* plays no longer than this; 0: no limit */
	const atomic_bool *stop; /* may be NULL */
	/* Called about every look_ns, also while waiting. May be NULL. */
	void (*look)(void *context, const struct player *player, int64_t now_ns);
	void *context;
	int64_t look_ns;
};

struct player {
	struct player_options options;
	struct pacer pacer;
	struct lateness lateness; /* of frames handed over; nothing at top speed */
	uint64_t n_asked, asked_bytes;
	uint64_t n_too_late;	    /* dropped by the late policy */
	int64_t begun_ns, ended_ns; /* the player's clock: first frame due, last handed over */
	int64_t next_look_ns;
	int64_t write_ns[2]; /* what the last two calls of a sink took */
	uint64_t n_writes;
	bool begun;
};

void player_init(struct player *player, const struct player_options *options);

enum player_end { PLAYER_GO_ON, PLAYER_STOPPED, PLAYER_TIME_IS_UP };

/*
 * Plays frames, in order of time, borrowed for the call; all that were played are with the sinks
 * when it returns. enum player_end, or -errno of a sink.
 */
int player_play(struct player *player, const struct packet_frame *frames, size_t n_frames,
		struct err *err);

#endif
