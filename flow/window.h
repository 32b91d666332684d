/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How TCP receive windows go on after the SYN: what the header's field says, by how much the side
 * has received in the flow. A profile is the behaviour of all sides that begin alike: the same
 * window in the SYN, the same scale in force, the same role. Autotuning, the reader's pace and the
 * rounding of the scale (RFC 7323, section 2.3) show in a few values for each octave of bytes.
 */
#ifndef SOSIE_FLOW_WINDOW_H
#define SOSIE_FLOW_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "conf/conf.h"

enum {
	WINDOW_LIMIT_PROFILES = 64,
	WINDOW_N_CLASSES =
		20, /* nothing received, less than 64 bytes, each octave to 8 MiB, more */
	WINDOW_LIMIT_RANGES = 16,
	WINDOW_WEIGHT = 1000, /* of one range at most; also the whole of what is per mille */
};

/* Values of the field, each as likely as the others. */
struct window_range {
	uint16_t low, high; /* 1 <= low <= high */
	uint16_t weight;    /* 1 to WINDOW_WEIGHT */
};

struct window_class {
	uint16_t moves; /* per mille of segments, after new data within the class, that draw anew */
	uint16_t n_ranges;				 /* 0: nothing known */
	uint32_t total;					 /* of their weights */
	struct window_range ranges[WINDOW_LIMIT_RANGES]; /* ascending, apart */
};

/* Of whom; profiles are found by it. */
struct window_key {
	bool answers; /* the responder's side; else the originator's */
	uint16_t syn; /* field of its own SYN; 0: the flow was joined later */
	int8_t scale; /* in force, that is when both offered one; else -1 */
};

struct window_profile {
	struct window_key key;
	uint16_t resets; /* per mille of RSTs, of sides that spoke before, that carry a window */
	struct window_class classes[WINDOW_N_CLASSES];
};

struct window_set {
	struct window_profile *profiles; /* ascending by window_key_compare() */
	size_t n;
};

void window_set_done(struct window_set *set);
int window_key_compare(const struct window_key *a, const struct window_key *b);

/* NULL: nothing is known of such sides. */
const struct window_profile *window_find(const struct window_set *set,
					 const struct window_key *key);

/* The class of a side that has received so many bytes, and the fewest bytes of a class. */
static inline uint32_t window_class_of(uint64_t received)
{
	uint32_t octave;

	if (received < 64)
		return received > 0;
	octave = 63 - (uint32_t)__builtin_clzll(received);
	return octave < WINDOW_N_CLASSES + 4 ? octave - 4 : WINDOW_N_CLASSES - 1;
}
uint64_t window_class_bytes(uint32_t i_class);

/* The class that stands for i_class: itself, or the nearest known one, rather below than above. */
const struct window_class *window_class_at(const struct window_profile *profile, uint32_t i_class);

/* The field at the quantile u / 2^32. */
uint16_t window_draw(const struct window_class *c, uint32_t u);

/* `windows = ( ... );` of hosts.conf. Load leaves an empty set when there is none, checks every
 * field, and refuses two profiles for one key, with file:line. Save returns 0 or -EIO. */
int window_set_load(const struct conf *conf, struct window_set *ret_set, struct err *err);
int window_set_save(const struct window_set *set, FILE *out);

#endif
