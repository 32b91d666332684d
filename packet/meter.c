/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One packet: decode, find its flow (or its first fragment's), end it when the gap or a new SYN
 * says so, count. Flows that fell idle end on the way, so that memory follows what is open; their
 * rows wait in flow/row_order until those that began before have left.
 *
 * When a flow ends is decided by its own packets alone: |time - latest| above the timeout. Sweeping
 * idle flows must not show in the result. So it waits SWEEP_SLACK_NS longer, for packets that come
 * with a clock gone back a little, and believes a clock only when two packets in a row agree, for
 * single packets with absurd times.
 */
#include "packet/meter.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "flow/row_order.h"
#include "flow/service.h"
#include "packet/content.h"
#include "packet/meter_flows.h"
#include "packet/meter_fragments.h"

#define SWEEP_SLACK_NS (INT64_C(60) * 1000000000)

/* Finished flows that may wait for an older one that is still open: 200 MB. */
enum { LIMIT_WAITING = 1 << 19 };

/* A state that no flow has. */
struct spare_state {
	struct spare_state *next;
};

struct meter {
	struct meter_options options;
	struct meter_stats stats;
	int64_t clock_ns; /* of the packet before */
	struct open_flows flows;
	struct step_pool steps;
	struct fragment_table *fragments;
	struct row_order *order;
	struct content *content;
	struct arena states;	   /* of flows, for on_packet */
	struct spare_state *spare; /* states of flows that are over */
	struct err *err;	   /* of the call in progress, for on_row() */
};

/* The difference of two times, at the ends of the range where it does not fit. */
static int64_t gap_ns(int64_t later, int64_t earlier)
{
	int64_t gap;

	if (__builtin_sub_overflow(later, earlier, &gap))
		return later < earlier ? INT64_MIN : INT64_MAX;
	return gap;
}

static bool gap_ends(int64_t gap, int64_t timeout)
{
	return gap > timeout || gap < -timeout;
}

/* A zeroed state for on_packet; NULL: out of memory. */
static void *state_take(struct meter *meter)
{
	size_t n_bytes = meter->options.state_bytes;
	void *state = meter->spare;

	if (state != NULL)
		meter->spare = meter->spare->next;
	else
		state = arena_alloc(&meter->states, 1, n_bytes);
	if (state != NULL)
		memset(state, 0, n_bytes);
	return state;
}

static void state_give_back(struct meter *meter, struct open_flow *flow)
{
	struct spare_state *state = flow->state;

	flow->state = NULL;
	if (state == NULL)
		return;
	state->next = meter->spare;
	meter->spare = state;
}

/* row_order's turn: row points to the pointer to a flow that has ended. */
static int on_row(void *context, const void *row)
{
	struct meter *meter = context;
	struct open_flow *flow = *(struct open_flow *const *)row;
	struct meter_flow result = { .record = &flow->record,
				     .state = flow->state,
				     .n_steps = flow->steps.n_steps };
	int r = 0;

	if (meter->options.limit_steps > 0)
		r = step_list_gather(&flow->steps, &meter->steps, &result.steps, meter->err);
	if (r == 0)
		r = meter->options.on_flow(meter->options.context, &result);
	step_list_clear(&flow->steps, &meter->steps);
	state_give_back(meter, flow);
	open_flows_give_back(&meter->flows, flow);
	return r;
}

int meter_new(const struct meter_options *options, struct meter **ret_meter, struct err *err)
{
	CLEANUP(meter_freep) struct meter *meter = calloc(1, sizeof(*meter));
	int r;

	if (meter == NULL)
		return err_no_memory(err);
	meter->options = *options;
	if (options->state_bytes > METER_LIMIT_STATE_BYTES)
		return err_set(err, -E2BIG, "%zu bytes of state for a flow, expected at most %d",
			       options->state_bytes, METER_LIMIT_STATE_BYTES);
	if (options->state_bytes > 0 && options->state_bytes < sizeof(struct spare_state))
		meter->options.state_bytes = sizeof(struct spare_state);
	step_pool_init(&meter->steps);
	arena_init(&meter->states, 0);
	r = open_flows_init(&meter->flows, err);
	if (r < 0)
		return r;
	meter->fragments = calloc(1, sizeof(*meter->fragments));
	if (meter->fragments == NULL)
		return err_no_memory(err);
	if (options->content) {
		r = content_new(&meter->content, err);
		if (r < 0)
			return r;
	}
	r = row_order_new(sizeof(struct open_flow *), LIMIT_WAITING, on_row, meter, &meter->order,
			  err);
	if (r < 0)
		return r;
	*ret_meter = take(&meter);
	return 0;
}

void meter_freep(struct meter **meter)
{
	struct meter *m = *meter;

	if (m == NULL)
		return;
	for (size_t i = 0; i < IDLE_N; i++) {
		for (struct open_flow *flow = m->flows.lists[i].oldest; flow != NULL;
		     flow = flow->newer)
			content_flow_free(flow->content);
	}
	row_order_freep(&m->order);
	open_flows_done(&m->flows);
	step_pool_done(&m->steps);
	arena_done(&m->states);
	free(m->fragments);
	content_freep(&m->content);
	free(m);
	*meter = NULL;
}

static void name_service(struct meter *meter, struct open_flow *flow)
{
	struct flow_record *record = &flow->record;
	const char *name = service_name(record->proto, record->src_port, record->dst_port);

	if (meter->content != NULL)
		content_name(meter->content, flow->content, name, record->service,
			     sizeof(record->service));
	else
		snprintf(record->service, sizeof(record->service), "%s", name);
}

/* The flow is over: its record is completed and waits for its turn. */
static int flow_end(struct meter *meter, struct open_flow *flow)
{
	uint64_t ticket = flow->ticket;
	int r;

	open_flows_remove(&meter->flows, flow);
	flow->ticket = UINT64_MAX; /* late fragments do not find it */
	flow->record.start_ns = flow->min_ns;
	flow->record.duration_ns = gap_ns(flow->max_ns, flow->min_ns);
	flow->record.state = (uint8_t)conn_track_state(&flow->track, flow->record.proto);
	name_service(meter, flow);
	content_flow_free(flow->content);
	flow->content = NULL;
	meter->stats.n_flows++;
	meter->stats.n_open = meter->flows.n_open;
	r = row_order_end(meter->order, ticket, &flow);
	meter->stats.n_late_rows = row_order_n_late(meter->order);
	if (r == -ENOMEM)
		return err_no_memory(meter->err);
	return r;
}

/* Ends flows without a packet for longer than their timeout, seen from both low and high. */
static int flows_sweep(struct meter *meter, int64_t low, int64_t high)
{
	static const int64_t timeout[IDLE_N] = { FLOW_TIMEOUT_TCP_NS, FLOW_TIMEOUT_OTHER_NS };

	for (size_t i = 0; i < IDLE_N; i++) {
		for (;;) {
			struct open_flow *flow = meter->flows.lists[i].oldest;
			int64_t limit = timeout[i] + SWEEP_SLACK_NS;
			int r;

			if (flow == NULL || (gap_ns(low, flow->last_ns) <= limit &&
					     gap_ns(flow->last_ns, high) <= limit))
				break;
			r = flow_end(meter, flow);
			if (r != 0)
				return r;
		}
	}
	return 0;
}

/* Who asked: the SYN's sender, the SYN-ACK's receiver, else whoever was first. */
static bool first_is_answer(const struct packet_view *view)
{
	return view->proto == IPPROTO_TCP &&
	       (view->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == (TCP_SYN | TCP_ACK);
}

static bool is_pure_syn(const struct packet_view *view)
{
	return view->proto == IPPROTO_TCP &&
	       (view->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN;
}

static void record_begin(struct flow_record *record, const struct packet_view *view)
{
	bool answer = first_is_answer(view);

	memset(record, 0, sizeof(*record));
	record->src = answer ? view->dst : view->src;
	record->dst = answer ? view->src : view->dst;
	record->src_port = answer ? view->dst_port : view->src_port;
	record->dst_port = answer ? view->src_port : view->dst_port;
	record->src_host = record->dst_host = FLOW_NO_HOST;
	record->proto = view->proto;
	memcpy(record->label, "-", 2);
}

static struct open_flow *flow_begin(struct meter *meter, const struct flow_key *key, uint64_t hash,
				    const struct packet_view *view, int64_t time_ns)
{
	struct open_flow *flow = open_flows_add(&meter->flows, key, hash);

	if (flow == NULL)
		return NULL;
	flow->min_ns = flow->max_ns = flow->last_ns = time_ns;
	flow->track = (struct conn_track) { 0 };
	flow->steps = (struct step_list) { NULL, NULL, 0 };
	flow->content = NULL;
	flow->state = meter->options.state_bytes > 0 ? state_take(meter) : NULL;
	record_begin(&flow->record, view);
	flow->ticket = row_order_begin(meter->order);
	if (flow->ticket == UINT64_MAX || (meter->options.state_bytes > 0 && flow->state == NULL) ||
	    (meter->content != NULL &&
	     content_flow_new(meter->content, &flow->content, meter->err) < 0)) {
		open_flows_remove(&meter->flows, flow);
		state_give_back(meter, flow);
		open_flows_give_back(&meter->flows, flow);
		return NULL;
	}
	meter->stats.n_open = meter->flows.n_open;
	if (meter->stats.n_open > meter->stats.n_open_max)
		meter->stats.n_open_max = meter->stats.n_open;
	return flow;
}

/* Sent by the responder? Between one address and itself the ports tell, or what asks and answers.
 */
static bool is_backward(const struct flow_record *record, const struct packet_view *view)
{
	if (!ip_equal(&record->src, &view->src))
		return true;
	if (!ip_equal(&record->dst, &view->src))
		return false;
	return record->src_port != view->src_port;
}

static int step_add(struct meter *meter, struct open_flow *flow, const struct packet_view *view,
		    bool backward, int64_t gap)
{
	struct automaton_step step = {
		.gap_ns = gap,
		.payload_bytes = view->payload_bytes,
		.direction = backward ? STEP_BACKWARD : STEP_FORWARD,
	};

	if (view->fragment_offset == 0) {
		if (view->proto == IPPROTO_TCP)
			step.flags = view->tcp_flags;
		else if (view->proto == IPPROTO_ICMP || view->proto == IPPROTO_ICMPV6)
			step.flags = (uint8_t)view->src_port;
	}
	return step_list_append(&flow->steps, &meter->steps, &step, meter->err);
}

static int flow_count(struct meter *meter, struct open_flow *flow, const struct packet_view *view,
		      bool backward, int64_t time_ns)
{
	struct flow_record *record = &flow->record;
	bool first = record->fwd_packets + record->bwd_packets == 0;
	int64_t gap = first ? 0 : gap_ns(time_ns, flow->last_ns);

	if (backward) {
		record->bwd_packets++;
		record->bwd_bytes += view->ip_bytes;
		record->bwd_payload += view->payload_bytes;
	} else {
		record->fwd_packets++;
		record->fwd_bytes += view->ip_bytes;
		record->fwd_payload += view->payload_bytes;
	}
	if (time_ns < flow->min_ns)
		flow->min_ns = time_ns;
	if (time_ns > flow->max_ns)
		flow->max_ns = time_ns;
	flow->last_ns = time_ns;
	open_flows_touch(&meter->flows, flow);
	if (view->fragment_offset == 0) {
		record->flags |= view->tcp_flags;
		conn_track_step(&flow->track, view->proto, backward, view->tcp_flags);
		if (flow->content != NULL)
			content_packet(meter->content, flow->content, view, time_ns);
	}
	if (meter->options.on_packet != NULL)
		meter->options.on_packet(meter->options.context, flow->state, view, backward, gap);
	if (flow->steps.n_steps < meter->options.limit_steps)
		return step_add(meter, flow, view, backward, gap);
	return 0;
}

static int later_fragment(struct meter *meter, const struct packet_view *view, int64_t time_ns)
{
	bool backward;
	struct open_flow *flow =
		fragment_find(meter->fragments, meter->flows.seed, view, time_ns, &backward);

	if (flow == NULL) {
		meter->stats.n_orphan_fragments++;
		return 0;
	}
	meter->stats.n_fragments++;
	return flow_count(meter, flow, view, backward, time_ns);
}

static int ip_packet(struct meter *meter, const struct packet_view *view, int64_t time_ns)
{
	struct open_flow *flow;
	struct flow_key key;
	uint64_t hash;
	bool backward;
	int r;

	if (view->fragment_offset > 0)
		return later_fragment(meter, view, time_ns);
	flow_key_make(&view->src, view->src_port, &view->dst, view->dst_port, view->proto, &key);
	hash = flow_key_hash(&key, meter->flows.seed);
	flow = open_flows_find(&meter->flows, &key, hash);
	if (flow != NULL &&
	    (gap_ends(gap_ns(time_ns, flow->last_ns), flow_timeout_ns(view->proto)) ||
	     (is_pure_syn(view) && conn_track_closing(&flow->track)))) {
		r = flow_end(meter, flow);
		if (r != 0)
			return r;
		flow = NULL;
	}
	if (flow == NULL) {
		flow = flow_begin(meter, &key, hash, view, time_ns);
		if (flow == NULL)
			return err_no_memory(meter->err);
	}
	backward = is_backward(&flow->record, view);
	if (view->fragment)
		fragment_put(meter->fragments, meter->flows.seed, view, time_ns, flow, backward);
	return flow_count(meter, flow, view, backward, time_ns);
}

/* Counts the packet, looks after the clock and what it says about idle flows. */
static int packet_time(struct meter *meter, const struct capture_packet *packet)
{
	struct meter_stats *stats = &meter->stats;
	int64_t now = packet->time_ns, before = stats->n_packets > 0 ? meter->clock_ns : now;

	if (stats->n_packets == 0)
		stats->first_ns = stats->last_ns = now;
	stats->n_packets++;
	stats->n_bytes += packet->n_original;
	stats->n_backward += now < before;
	if (now < stats->first_ns)
		stats->first_ns = now;
	if (now > stats->last_ns)
		stats->last_ns = now;
	meter->clock_ns = now;
	return flows_sweep(meter, now < before ? now : before, now < before ? before : now);
}

int meter_view(struct meter *meter, const struct capture_packet *packet, enum decode_result result,
	       const struct packet_view *view, struct err *err)
{
	int r;

	meter->err = err;
	r = packet_time(meter, packet);
	if (r != 0)
		return r;
	switch (result) {
	case DECODE_IP:
		meter->stats.n_ip++;
		return ip_packet(meter, view, packet->time_ns);
	case DECODE_NOT_IP:
		meter->stats.n_not_ip++;
		return 0;
	default:
		meter->stats.n_malformed++;
		return 0;
	}
}

int meter_packet(struct meter *meter, const struct capture_packet *packet, struct err *err)
{
	struct packet_view view;
	enum decode_result result = packet_decode(packet, &view);

	return meter_view(meter, packet, result, &view, err);
}

static int by_ticket(const void *a, const void *b)
{
	uint64_t x = (*(struct open_flow *const *)a)->ticket;
	uint64_t y = (*(struct open_flow *const *)b)->ticket;

	return (x > y) - (x < y);
}

int meter_flush(struct meter *meter, struct err *err)
{
	CLEANUP(freep) struct open_flow **flows = NULL;
	size_t n = 0;
	int r = 0;

	meter->err = err;
	flows = mem_array(meter->flows.n_open, sizeof(struct open_flow *));
	if (flows == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < IDLE_N; i++) {
		for (struct open_flow *flow = meter->flows.lists[i].oldest; flow != NULL;
		     flow = flow->newer)
			flows[n++] = flow;
	}
	/* In the order they began, so that none has to wait; tickets are unique. */
	qsort(flows, n, sizeof(struct open_flow *), by_ticket);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = flow_end(meter, flows[i]);
	return r == 0 ? row_order_flush(meter->order) : r;
}

const struct meter_stats *meter_statistics(const struct meter *meter)
{
	return &meter->stats;
}
