/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/fingerprint.h"

#include <string.h>

#include "base/ns.h"
#include "eval/portrait.h"

uint32_t eval_half_octave(uint64_t value)
{
	/* 0 to 3 stand alone; from 4 on, two for each doubling. */
	unsigned int log;

	if (value < 4)
		return (uint32_t)value;
	log = 63 - (unsigned int)__builtin_clzll(value);
	return log * 2 + (uint32_t)(value >> (log - 1) & 1);
}

double eval_half_octave_edge(uint32_t bin)
{
	return bin < 4 ? (double)bin
		       : (double)(2 + bin % 2) * (double)(UINT64_C(1) << (bin / 2 - 1));
}

int eval_fingerprints_choose(const struct flow_table *const tables[2],
			     struct eval_fingerprints *ret_prints, struct err *err)
{
	struct eval_bars bars;
	int r = eval_bars_of(tables, EVAL_BARS_SERVICE, &bars, err);

	if (r < 0)
		return r;
	memset(ret_prints, 0, sizeof(*ret_prints));
	for (size_t i = 0; i < bars.n && ret_prints->n < EVAL_PRINT_SERVICES; i++) {
		struct eval_fingerprint *print = &ret_prints->items[ret_prints->n];

		if (!bars.bars[i].is_one || !(bars.bars[i].share[0] > 0) ||
		    !(bars.bars[i].share[1] > 0))
			continue;
		memcpy(print->service, bars.bars[i].example.service, sizeof(print->service));
		print->proto = bars.bars[i].example.proto;
		ret_prints->n++;
	}
	return 0;
}

struct reading {
	struct eval_fingerprints *prints;
	int side;
};

static void add_steps(struct eval_fingerprint *print, int side, const struct meter_flow *flow)
{
	int64_t since_ns = 0;

	for (uint32_t i = 0; i < flow->n_steps; i++) {
		const struct automaton_step *step = &flow->steps[i];
		uint32_t time, size = eval_half_octave(step->payload_bytes);

		since_ns += step->gap_ns > 0 ? step->gap_ns : 0;
		time = eval_half_octave((uint64_t)(since_ns / NS_PER_US));
		time = time < EVAL_PRINT_TIMES ? time : EVAL_PRINT_TIMES - 1;
		size = size < EVAL_PRINT_SIZES ? size : EVAL_PRINT_SIZES - 1;
		print->cells[side][step->direction & 1][time][size]++;
	}
	print->n_packets[side] += flow->n_steps;
	print->n_flows[side]++;
}

static int on_flow(void *context, const struct meter_flow *flow)
{
	struct reading *reading = context;

	for (size_t i = 0; i < reading->prints->n; i++) {
		struct eval_fingerprint *print = &reading->prints->items[i];

		if (print->proto == flow->record->proto &&
		    strcmp(print->service, flow->record->service) == 0) {
			add_steps(print, reading->side, flow);
			break;
		}
	}
	return 0;
}

int eval_fingerprints_read(const char *path, int side, const struct eval_watch *watch,
			   struct eval_fingerprints *prints, struct err *err)
{
	struct reading reading = { prints, side };
	const struct meter_options options = { .limit_steps = EVAL_LIMIT_STEPS,
					       .on_flow = on_flow,
					       .context = &reading };

	return eval_capture_walk(path, watch, NULL, &options, err);
}
