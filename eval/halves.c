/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/halves.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/hash.h"

/* A number of a draw that eval_sample does not use. */
enum { DRAW_HALVES = INT32_MAX };

static uint64_t hash_end(const struct ip_addr *addr, uint16_t port, uint64_t seed)
{
	return hash_mix(hash_bytes(addr->bytes, sizeof(addr->bytes), seed), port);
}

/* The half of a conversation, the same for both directions. ICMP's type and code are no ports. */
static unsigned int half_of(const struct ip_addr *src, uint16_t src_port, const struct ip_addr *dst,
			    uint16_t dst_port, uint8_t proto, uint64_t seed)
{
	const bool ports = proto == IPPROTO_TCP || proto == IPPROTO_UDP;
	const uint64_t a = hash_end(src, ports ? src_port : 0, seed);
	const uint64_t b = hash_end(dst, ports ? dst_port : 0, seed);

	return (unsigned int)(hash_mix(hash_mix(a < b ? a : b, a < b ? b : a), proto) >> 63);
}

struct reading {
	struct eval_side *halves;
	uint64_t seed;
};

static int on_packet(void *context, const struct packet_view *view)
{
	struct reading *reading = context;
	unsigned int half = half_of(&view->src, view->src_port, &view->dst, view->dst_port,
				    view->proto, reading->seed);

	return eval_packets_count(&reading->halves[half].packets, view);
}

static int on_flow(void *context, const struct meter_flow *flow)
{
	struct reading *reading = context;
	const struct flow_record *record = flow->record;
	unsigned int half = half_of(&record->src, record->src_port, &record->dst, record->dst_port,
				    record->proto, reading->seed);

	return eval_packets_count_flow(&reading->halves[half].packets, flow);
}

int eval_halves(const struct eval_side *side, uint64_t seed, const struct eval_watch *watch,
		struct eval_side ret_halves[2], struct err *err)
{
	struct reading reading = { ret_halves, seed };
	const struct meter_options options = { .limit_steps = EVAL_LIMIT_STEPS,
					       .on_flow = on_flow,
					       .context = &reading };
	struct rng rng;
	int r = 0;

	memset(ret_halves, 0, 2 * sizeof(*ret_halves));
	for (int i = 0; i < 2; i++) {
		ret_halves[i].name = side->name;
		ret_halves[i].is_capture = side->is_capture;
	}
	rng_init(&rng, seed, 0, DRAW_HALVES, RNG_EVAL);
	for (size_t i = 0; r == 0 && i < side->table.n_rows; i++)
		r = flow_table_append(&ret_halves[rng_u64(&rng) >> 63].table, &side->table.rows[i],
				      err);
	if (r == 0 && side->is_capture)
		r = eval_capture_walk(side->name, watch, on_packet, &options, err);
	return r;
}
