/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/worker.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/key.h"
#include "gen/due.h"
#include "gen/step_shelf.h"

enum { LIMIT_OPEN = 100000000, FRAME_ROOM_BYTES = 18 /* beyond the MTU */ };

/* A flow that waits has only `planned`; one that plays has steps too. Slots of ended flows form a
 * free list. */
struct open_flow {
	struct planned_flow planned;
	struct build_flow build;
	struct automaton_step *steps; /* NULL: not begun */
	uint32_t n_steps;
	uint32_t i_step;
	uint32_t next_free;
};

struct worker {
	struct worker_options options;
	struct worker_counters counters;
	struct walk_scratch *scratch;
	struct step_shelf pool;
	struct due_queue due;
	struct open_flow **slots; /* each allocated in blocks, so that growth moves none */
	size_t n_blocks, blocks_capacity;
	uint32_t free_slot;
};

enum { SLOTS_PER_BLOCK = 256 };
#define NO_SLOT UINT32_MAX

int worker_new(const struct worker_options *options, struct worker **ret_worker, struct err *err)
{
	CLEANUP(worker_freep) struct worker *worker = calloc(1, sizeof(*worker));
	int r;

	if (worker == NULL)
		return err_no_memory(err);
	worker->options = *options;
	worker->free_slot = NO_SLOT;
	step_shelf_init(&worker->pool);
	r = walk_scratch_new(&worker->scratch, err);
	if (r < 0)
		return r;
	*ret_worker = take(&worker);
	return 0;
}

void worker_freep(struct worker **worker)
{
	struct worker *w = *worker;

	*worker = NULL;
	if (w == NULL)
		return;
	for (size_t b = 0; b < w->n_blocks; b++) {
		for (int i = 0; i < SLOTS_PER_BLOCK; i++) {
			free(w->slots[b][i].steps);
			free(w->slots[b][i].build.kept);
		}
		free(w->slots[b]);
	}
	free(w->slots);
	step_shelf_done(&w->pool);
	due_queue_done(&w->due);
	walk_scratch_freep(&w->scratch);
	free(w);
}

const struct worker_counters *worker_statistics(const struct worker *worker)
{
	return &worker->counters;
}

static struct open_flow *flow_at(const struct worker *worker, uint32_t slot)
{
	return &worker->slots[slot / SLOTS_PER_BLOCK][slot % SLOTS_PER_BLOCK];
}

static int add_block(struct worker *worker, struct err *err)
{
	const uint32_t first = (uint32_t)worker->n_blocks * SLOTS_PER_BLOCK;
	struct open_flow *block;
	int r = mem_grow(&worker->slots, &worker->blocks_capacity, worker->n_blocks + 1,
			 sizeof(*worker->slots), LIMIT_OPEN / SLOTS_PER_BLOCK);

	if (r < 0)
		return err_set(err, r, "more than %d flows open at once", (int)LIMIT_OPEN);
	block = mem_array(SLOTS_PER_BLOCK, sizeof(*block));
	if (block == NULL)
		return err_no_memory(err);
	worker->slots[worker->n_blocks++] = block;
	for (uint32_t i = 0; i < SLOTS_PER_BLOCK; i++)
		block[i].next_free = i + 1 < SLOTS_PER_BLOCK ? first + i + 1 : worker->free_slot;
	worker->free_slot = first;
	return 0;
}

int worker_add(struct worker *worker, const struct planned_flow *flows, size_t n_flows,
	       struct err *err)
{
	for (size_t i = 0; i < n_flows; i++) {
		const uint32_t slot_wanted = worker->free_slot;
		struct open_flow *flow;
		uint32_t slot;
		int r = slot_wanted == NO_SLOT ? add_block(worker, err) : 0;

		if (r < 0)
			return r;
		slot = worker->free_slot;
		flow = flow_at(worker, slot);
		worker->free_slot = flow->next_free;
		flow->planned = flows[i];
		flow->steps = NULL;
		r = due_queue_push(&worker->due, flows[i].record.start_ns, flows[i].flow_id, slot,
				   err);
		if (r < 0)
			return r;
	}
	return 0;
}

static void close_flow(struct worker *worker, struct open_flow *flow, uint32_t slot)
{
	free(flow->build.kept);
	flow->build.kept = NULL;
	step_shelf_put(&worker->pool, flow->steps, flow->n_steps);
	flow->steps = NULL;
	flow->next_free = worker->free_slot;
	worker->free_slot = slot;
	worker->counters.n_open--;
}

/* An ICMP flow has one type each way, the record's and its answer, whatever flows of the same
 * service the automaton has seen. */
static void set_icmp_types(const struct flow_record *record, struct automaton_step *steps,
			   uint32_t n_steps)
{
	const int answer = flow_icmp_answer(record->proto, (uint8_t)record->src_port);
	const int types[2] = { record->src_port, answer >= 0 ? answer : record->src_port };

	if (record->proto != IPPROTO_ICMP && record->proto != IPPROTO_ICMPV6)
		return;
	for (uint32_t i = 0; i < n_steps; i++)
		steps[i].flags = (uint8_t)types[steps[i].direction];
}

/* Draws the flow's steps and settles its record: after this, what it will be on the wire is known.
 */
static int begin_flow(struct worker *worker, struct open_flow *flow, struct err *err)
{
	const struct worker_options *o = &worker->options;
	struct flow_record *record = &flow->planned.record;
	const struct flow_start *start = &flow->planned.start;
	struct worker_counters *c = &worker->counters;
	struct automaton_step *steps;
	struct walk_request request;
	struct rng rng[3];
	size_t n_hosts;
	const struct host *hosts = network_hosts(o->network, &n_hosts);
	int moved;

	build_flow_init(&flow->build, record, start, &hosts[record->src_host],
			&hosts[record->dst_host], o->build);
	/* Another service's automaton lends its walk, not its habits. */
	if (strcmp(o->bank->automata[flow->planned.i_automaton]->service, record->service) == 0)
		build_flow_habits(&flow->build, o->bank->habits[flow->planned.i_automaton]);
	request = (struct walk_request) {
		.packets = { record->fwd_packets, record->bwd_packets },
		.payload = { record->fwd_payload, record->bwd_payload },
		.duration_ns = record->duration_ns,
		.max_payload = { build_max_payload(&flow->build, STEP_FORWARD),
				 build_max_payload(&flow->build, STEP_BACKWARD) },
		.max_gap_ns = flow_timeout_ns(record->proto),
		.quantum_ns = o->quantum_ns,
	};
	flow_rng_init(&rng[0], o->seed, start, RNG_WALK);
	flow_rng_init(&rng[1], o->seed, start, RNG_SIZES);
	flow_rng_init(&rng[2], o->seed, start, RNG_GAPS);
	moved = walk_flow(o->bank->walks[flow->planned.i_automaton], worker->scratch, &request,
			  &rng[0], &rng[1], &rng[2], &steps);
	if (moved < 0)
		return err_set(err, moved, "flow %llu: no path: %s",
			       (unsigned long long)flow->planned.flow_id, strerror(-moved));
	flow->n_steps = (uint32_t)(request.packets[0] + request.packets[1]);
	flow->steps = step_shelf_get(&worker->pool, flow->n_steps);
	if (flow->steps == NULL)
		return err_no_memory(err);
	memcpy(flow->steps, steps, flow->n_steps * sizeof(*steps));
	flow->i_step = 0;
	set_icmp_types(record, flow->steps, flow->n_steps);
	flow->planned.corrections |= (moved & WALK_MOVED_PACKETS) != 0 ? FLOW_MOVED_PACKETS : 0;
	flow->planned.corrections |= (moved & WALK_MOVED_PAYLOAD) != 0 ? FLOW_MOVED_PAYLOAD : 0;
	flow->planned.corrections |= (moved & WALK_MOVED_DURATION) != 0 ? FLOW_MOVED_DURATION : 0;
	if (build_flow_settle(&flow->build, flow->steps, flow->n_steps) > 0)
		flow->planned.corrections |= FLOW_MOVED_LENGTHS;
	if (build_flow_noise(&flow->build, &o->build->noise, start, flow->steps, flow->n_steps) >
	    0) {
		flow->build.kept = malloc(o->build->mtu + FRAME_ROOM_BYTES);
		if (flow->build.kept == NULL)
			return err_no_memory(err);
	}
	if (++c->n_open > c->n_open_max)
		c->n_open_max = c->n_open;
	return 0;
}

/* Builds the flow's next frame into the batch. */
static void play(struct worker *worker, struct open_flow *flow, int64_t time_ns,
		 struct batch *batch)
{
	const struct automaton_step *step = &flow->steps[flow->i_step];
	struct packet_frame *frame = &batch->frames[batch->n_frames++];
	uint8_t *bytes = batch->bytes + batch->n_bytes;

	if (flow->i_step == 0 && worker->options.with_flows)
		batch->flows[batch->n_flows++] =
			(struct batch_flow) { flow->build.record, flow->planned.start };
	*frame = (struct packet_frame) {
		.time_ns = time_ns,
		.flow_id = flow->planned.flow_id,
		.i_packet = flow->i_step,
		.bytes = bytes,
		.payload_bytes = step->payload_bytes,
		.direction = step->direction,
		.tcp_flags = step->flags,
		.corrections = flow->planned.corrections,
		.last = flow->i_step + 1 == flow->n_steps,
	};
	frame->n_bytes = build_frame(&flow->build, flow->steps, flow->n_steps, flow->i_step,
				     time_ns, bytes, &frame->ip_bytes);
	batch->n_bytes += (frame->n_bytes + 63) & ~63U;
	flow->i_step++;
}

int worker_fill(struct worker *worker, int64_t horizon_ns, struct batch *batch, struct err *err)
{
	const uint32_t room = BATCH_BYTES - worker->options.build->mtu - 128;

	batch->n_frames = batch->n_flows = batch->n_bytes = 0;
	batch->error = 0;
	while (batch->n_frames < BATCH_FRAMES && batch->n_bytes < room) {
		const struct due *due = due_queue_first(&worker->due);
		struct open_flow *flow;
		uint32_t slot;

		if (due == NULL || due->time_ns >= horizon_ns) {
			batch->horizon_ns = horizon_ns;
			return 0;
		}
		slot = due->slot;
		flow = flow_at(worker, slot);
		if (flow->steps == NULL) {
			int r = begin_flow(worker, flow, err);

			if (r < 0)
				return r;
		}
		play(worker, flow, due->time_ns, batch);
		if (flow->i_step < flow->n_steps) {
			due_queue_replace_first(&worker->due,
						due->time_ns + flow->steps[flow->i_step].gap_ns);
		} else {
			due_queue_pop(&worker->due);
			close_flow(worker, flow, slot);
		}
	}
	batch->horizon_ns = batch->frames[batch->n_frames - 1].time_ns;
	return 1;
}
