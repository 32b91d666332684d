/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/packets.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/ns.h"
#include "flow/service.h"

enum {
	SHIFT_SERVICE = 27,	 /* of a trigram's: 3 times 8 flags and a direction */
	SHIFT_PLACE = 8,	 /* of a payload byte's: the byte */
	SERVICE_BITS = 48,	 /* of its service's hash */
	PAYLOAD_BYTES = 8,	 /* of a packet that are looked at: magic numbers, types, lengths */
	LIMIT_OPTION_KINDS = 40, /* bytes of options a TCP header can hold */
	OPTION_END = 0,
	OPTION_NOP = 1,
};

void eval_packets_done(struct eval_packets *packets)
{
	for (int i = 0; i < EVAL_N_PACKET; i++)
		eval_counts_done(&packets->counts[i]);
	free(packets->heads);
	packets->heads = NULL;
	packets->n_heads = packets->heads_capacity = 0;
}

/* Of every packet with payload, so that the bytes in the middle of a stream count too. */
static int count_payload(struct eval_counts *counts, const struct packet_view *view)
{
	uint32_t n = view->n_payload < PAYLOAD_BYTES ? view->n_payload : PAYLOAD_BYTES;
	uint64_t service = 0;
	int r = 0;

	if (n > 0)
		service = hash_text(service_name(view->proto, view->src_port, view->dst_port), 0) >>
			  (64 - SERVICE_BITS);
	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = eval_counts_add(counts, (service * PAYLOAD_BYTES + i) << SHIFT_PLACE |
						    view->payload[i]);
	return r;
}

/* The kinds, padding too, as a key; a damaged list ends where it is damaged. */
static uint64_t options_key(const uint8_t *bytes, uint32_t n)
{
	uint8_t kinds[LIMIT_OPTION_KINDS];
	size_t n_kinds = 0;

	for (uint32_t i = 0; i < n && n_kinds < LIMIT_OPTION_KINDS;) {
		kinds[n_kinds++] = bytes[i];
		if (bytes[i] == OPTION_END)
			break;
		if (bytes[i] == OPTION_NOP) {
			i++;
			continue;
		}
		if (i + 1 >= n || bytes[i + 1] < 2)
			break;
		i += bytes[i + 1];
	}
	return hash_bytes(kinds, n_kinds, 0);
}

int eval_packets_count(struct eval_packets *packets, const struct packet_view *view)
{
	int r = eval_counts_add(&packets->counts[EVAL_PACKET_SIZE], view->ip_bytes);

	if (r == 0)
		r = eval_counts_add(&packets->counts[EVAL_PACKET_TTL], view->ttl);
	if (r == 0 && view->fragment_offset == 0)
		r = count_payload(&packets->counts[EVAL_PACKET_PAYLOAD], view);
	if (r < 0 || view->proto != IPPROTO_TCP || view->fragment_offset > 0)
		return r;
	r = eval_counts_add(&packets->counts[EVAL_PACKET_WINDOW], view->window);
	if (r == 0)
		r = eval_counts_add(&packets->counts[EVAL_PACKET_OPTIONS],
				    options_key(view->tcp_options, view->n_tcp_options));
	return r;
}

/* The meter's state of a flow is its heads. */
static void on_packet(void *context, void *state, const struct packet_view *view, bool backward,
		      int64_t gap_ns)
{
	struct eval_heads *heads = state;
	struct eval_head *head = &heads->packets[heads->n];
	bool is_tcp = view->proto == IPPROTO_TCP && view->fragment_offset == 0;

	(void)context;
	if (heads->n >= EVAL_HEAD_PACKETS)
		return;
	head->ip_bytes = (uint16_t)(view->ip_bytes < UINT16_MAX ? view->ip_bytes : UINT16_MAX);
	head->window = is_tcp ? view->window : 0;
	head->flags = is_tcp ? view->tcp_flags : 0;
	head->gap = (uint8_t)eval_quarter_octave(gap_ns > 0 ? (uint64_t)(gap_ns / NS_PER_US) : 0);
	head->direction = backward ? STEP_BACKWARD : STEP_FORWARD;
	heads->n++;
}

static int keep_heads(struct eval_packets *packets, const struct eval_heads *heads, struct err *err)
{
	if (mem_grow(&packets->heads, &packets->heads_capacity, packets->n_heads + 1,
		     sizeof(*packets->heads), FLOW_TABLE_LIMIT_ROWS) < 0)
		return err_no_memory(err);
	packets->heads[packets->n_heads++] = *heads;
	return 0;
}

struct start {
	int64_t start_ns;
	size_t row;
};

static int compare_starts(const void *a, const void *b)
{
	const struct start *x = a, *y = b;

	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

/* Rows leave the meter by their first packet, which is not their start where a clock went back; and
 * heads must stand as the rows do. */
static int sort_both(struct flow_table *table, struct eval_packets *packets, struct err *err)
{
	CLEANUP(freep) struct start *starts = mem_array(table->n_rows, sizeof(*starts));
	CLEANUP(freep) struct eval_heads *heads = mem_array(table->n_rows, sizeof(*heads));

	if (starts == NULL || heads == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < table->n_rows; i++)
		starts[i] = (struct start) { table->rows[i].start_ns, i };
	qsort(starts, table->n_rows, sizeof(*starts), compare_starts);
	for (size_t i = 0; i < table->n_rows; i++)
		heads[i] = packets->heads[starts[i].row];
	free(packets->heads);
	packets->heads = take(&heads);
	packets->heads_capacity = table->n_rows;
	flow_table_sort(table);
	return 0;
}

static int count_gaps(struct eval_counts *counts, const struct meter_flow *flow)
{
	for (uint32_t i = 1; i < flow->n_steps; i++) {
		const struct automaton_step *step = &flow->steps[i];
		uint64_t gap_us = step->gap_ns > 0 ? (uint64_t)(step->gap_ns / NS_PER_US) : 0;
		int r = eval_counts_add(counts, (uint64_t)step->direction << EVAL_PACKET_GAP_SHIFT |
							eval_quarter_octave(gap_us));

		if (r < 0)
			return r;
	}
	return 0;
}

static int count_trigrams(struct eval_counts *counts, const struct meter_flow *flow)
{
	uint64_t service = hash_text(flow->record->service, 0) << SHIFT_SERVICE, last = 0;

	for (uint32_t i = 0; i < flow->n_steps; i++) {
		const struct automaton_step *step = &flow->steps[i];
		uint64_t word = (uint64_t)step->flags << 1 | (step->direction & 1);
		int r;

		last = (last << 9 | word) & ((UINT64_C(1) << SHIFT_SERVICE) - 1);
		r = i < 2 ? 0 : eval_counts_add(counts, service | last);
		if (r < 0)
			return r;
	}
	return 0;
}

int eval_packets_count_flow(struct eval_packets *packets, const struct meter_flow *flow)
{
	struct eval_counts *counts = packets->counts;
	const struct flow_record *record = flow->record;
	int r = eval_counts_add(&counts[EVAL_PACKET_FLOW],
				eval_quarter_octave(record->fwd_packets + record->bwd_packets));

	if (r == 0)
		r = count_gaps(&counts[EVAL_PACKET_GAP], flow);
	if (r == 0 && record->proto == IPPROTO_TCP)
		r = count_trigrams(&counts[EVAL_PACKET_TRIGRAMS], flow);
	return r;
}

struct reading {
	struct flow_table *table;
	struct eval_packets *packets;
	struct err *err;
};

static int on_view(void *context, const struct packet_view *view)
{
	struct reading *reading = context;

	return eval_packets_count(reading->packets, view);
}

static int on_flow(void *context, const struct meter_flow *flow)
{
	struct reading *reading = context;
	int r = flow_table_append(reading->table, flow->record, reading->err);

	if (r == 0)
		r = keep_heads(reading->packets, flow->state, reading->err);
	return r < 0 ? r : eval_packets_count_flow(reading->packets, flow);
}

int eval_capture_read(const char *path, const struct eval_watch *watch, struct flow_table *table,
		      struct eval_packets *packets, struct err *err)
{
	struct reading reading = { table, packets, err };
	const struct meter_options options = {
		.limit_steps = EVAL_LIMIT_STEPS,
		.on_packet = on_packet,
		.state_bytes = sizeof(struct eval_heads),
		.on_flow = on_flow,
		.context = &reading,
	};
	int r = eval_capture_walk(path, watch, on_view, &options, err);

	return r < 0 ? r : sort_both(table, packets, err);
}

int eval_packets_jsd(const struct eval_packets *real, const struct eval_packets *synth,
		     enum eval_packet_metric metric, double *ret_jsd, struct err *err)
{
	unsigned int shift = metric == EVAL_PACKET_GAP	      ? EVAL_PACKET_GAP_SHIFT
			     : metric == EVAL_PACKET_TRIGRAMS ? SHIFT_SERVICE
			     : metric == EVAL_PACKET_PAYLOAD  ? SHIFT_PLACE
							      : 64;

	return eval_counts_jsd(&real->counts[metric], &synth->counts[metric], shift, ret_jsd, err);
}
