/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Size-time fingerprints: for a service, how many packets of which payload size go which way how
 * long after the flow began. Side 0 is the real one, 1 the synthetic.
 */
#ifndef SOSIE_EVAL_FINGERPRINT_H
#define SOSIE_EVAL_FINGERPRINT_H

#include "eval/capture_walk.h"
#include "flow/table.h"

enum {
	EVAL_PRINT_SERVICES = 6, /* the most common */
	EVAL_PRINT_TIMES = 64,	 /* half octaves of us since the start; 0 is below 2 us */
	EVAL_PRINT_SIZES = 34,	 /* half octaves of payload bytes; 0 is none */
};

struct eval_fingerprint {
	char service[FLOW_SERVICE_BYTES];
	uint8_t proto;
	uint64_t n_flows[2], n_packets[2];
	uint32_t cells[2][2][EVAL_PRINT_TIMES][EVAL_PRINT_SIZES]; /* side, direction, time, size */
};

struct eval_fingerprints {
	size_t n;
	struct eval_fingerprint items[EVAL_PRINT_SERVICES];
};

/* The services (with their protocol) that have most flows on both sides, named or not; cells are
 * empty. Errors: -ENOMEM. */
int eval_fingerprints_choose(const struct flow_table *const tables[2],
			     struct eval_fingerprints *ret_prints, struct err *err);
/* Adds one side's capture. */
int eval_fingerprints_read(const char *path, int side, const struct eval_watch *watch,
			   struct eval_fingerprints *prints, struct err *err);

/* Half octave of a value, and the smallest value of one. */
uint32_t eval_half_octave(uint64_t value);
double eval_half_octave_edge(uint32_t bin);

#endif
