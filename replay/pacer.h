/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When each frame is due.
 *
 * A deadline is the origin plus an exact function of what was asked before (time, packets, or
 * bits), computed anew for every frame in 128 bits: nothing is summed up, so nothing drifts, and
 * nothing overflows within a century. The origin moves only when the late policy says so.
 */
#ifndef SOSIE_REPLAY_PACER_H
#define SOSIE_REPLAY_PACER_H

#include <stdbool.h>
#include <stdint.h>

enum pace_mode {
	PACE_ORIGINAL, /* as the frames' own times say, times a factor */
	PACE_PACKETS,  /* packets per second */
	PACE_BITS,     /* bits per second */
	PACE_TOP,      /* as fast as the sink takes them */
	PACE_N_MODES
};

/* What is done with a frame that is later than the tolerance. */
enum pace_late {
	PACE_CATCH_UP, /* sent at once; what it is late by is made up for (see pacer_send_at) */
	PACE_SHIFT,    /* sent at once; all that follows is as much later, gaps are kept */
	PACE_DROP,     /* not sent */
	PACE_N_LATE
};

enum {
	/* What a frame occupies on an Ethernet wire beside its bytes (IEEE 802.3): preamble and
	 * start delimiter 8, frame check sequence 4, gap 12. Frames below 60 bytes are padded. */
	PACE_WIRE_BYTES = 24,
	PACE_WIRE_MIN = 60,
};

#define PACE_MICRO INT64_C(1000000)

/*
 * Lateness of L is made up for at L / 64 us faster than asked, but no less than an eighth and no
 * more than twice as fast.
 */
enum { PACE_EASE_NS = 16000, PACE_EASE_MIN_NS = PACE_EASE_NS / 4 };

struct pace {
	enum pace_mode mode;
	enum pace_late late;
	/* ORIGINAL: millionths of a factor (1000000: as recorded). PACKETS: packets in a million
	 * seconds. BITS: bits per second. 1 or more; no meaning at top speed. */
	uint64_t rate;
	bool l2;	      /* BITS: count bytes as captured, not what they take on the wire */
	int64_t tolerance_ns; /* SHIFT, DROP: not late up to this */
	/*
	 * CATCH_UP: a frame later than this has met a stall (the program was suspended, the link
	 * was down). A stall is not made up for: the origin moves, as with SHIFT. 0: there are
	 * none.
	 */
	int64_t stall_ns;
};

struct pacer {
	struct pace pace;
	int64_t origin_ns;	      /* when the first frame is due */
	int64_t first_ns;	      /* the first frame's own time */
	uint64_t n_packets;	      /* asked so far */
	uint64_t n_bits[2];	      /* asked so far: low and high half */
	uint64_t n_stalls;	      /* the origin moved so many times */
	int64_t stalled_ns;	      /* by so much in all */
	int64_t sent_ns, sent_due_ns; /* the last frame sent: when, and when it was due */
	int64_t ease;		      /* how long a ns of deadlines lasts after it, times 2^32 */
	bool begun;
};

void pacer_init(struct pacer *pacer, const struct pace *pace, int64_t origin_ns);

/*
 * When the next frame is due; time_ns is its own time, never going back. Counts it as asked. At top
 * speed everything is due at the origin.
 */
int64_t pacer_due(struct pacer *pacer, int64_t time_ns, uint32_t n_bytes);

/*
 * When to send a frame that is due then: then, unless those before it were late. A machine that
 * takes the core away for some microseconds would make two gaps wrong by as much, a long one and a
 * short one, or send a burst; eased, one is wrong and those after it are somewhat shorter until
 * deadlines are met again.
 */
int64_t pacer_send_at(const struct pacer *pacer, int64_t due_ns);

/* A frame that was due then has been sent now, and all before it. */
void pacer_sent(struct pacer *pacer, int64_t due_ns, int64_t now_ns);

/*
 * Is a frame that was due then to be sent now? False: dropped. Moves the origin where the policy
 * says so, and *due_ns, by which lateness is measured, with it.
 */
bool pacer_admit(struct pacer *pacer, int64_t now_ns, int64_t *due_ns);

/*
 * From the next frame on another rate of the same mode, from this instant; nothing of the old rate
 * is made up for.
 */
void pacer_change_rate(struct pacer *pacer, uint64_t rate, int64_t now_ns);

#endif
