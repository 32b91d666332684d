/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as packets of every link type, through decoder, observer and meter. The input is a
 * sequence of packets: link type (1 byte, an index), time step (2 bytes, signed seconds), original
 * length (2), captured length (2), bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "packet/meter.h"
#include "packet/observe.h"

enum { HEADER_BYTES = 7, LIMIT_PACKETS = 2000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

struct counts {
	uint64_t n_packets, n_flows;
};

static int on_flow(void *context, const struct meter_flow *flow)
{
	const struct flow_record *row = flow->record;
	struct counts *counts = context;

	counts->n_flows++;
	counts->n_packets += row->fwd_packets + row->bwd_packets;
	check(row->duration_ns >= 0);
	check(row->state < CONN_N_STATES);
	check(flow->n_steps <= 5 && flow->n_steps <= row->fwd_packets + row->bwd_packets);
	return 0;
}

static bool inside(const void *part, uint32_t n_part, const uint8_t *bytes, uint32_t n)
{
	const uint8_t *p = part;

	return n_part == 0 || (p >= bytes && n_part <= n && (size_t)(p - bytes) <= n - n_part);
}

static void one_packet(const struct capture_packet *packet, struct meter *meter,
		       struct stack_observer *observer)
{
	struct packet_view view;
	enum decode_result result = packet_decode(packet, &view);

	if (result == DECODE_IP) {
		check(inside(view.payload, view.n_payload, packet->bytes, packet->n_captured));
		check(inside(view.tcp_options, view.n_tcp_options, packet->bytes,
			     packet->n_captured));
		check(inside(view.ip, view.n_ip, packet->bytes, packet->n_captured));
		check(view.payload_bytes <= view.ip_bytes);
		check(stack_observer_packet(observer, &view, NULL) == 0);
	}
	check(meter_view(meter, packet, result, &view, NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t types[] = { LINKTYPE_ETHERNET, LINKTYPE_NULL,	 LINKTYPE_RAW,
					  LINKTYPE_LOOP,     LINKTYPE_LINUX_SLL, LINKTYPE_IPV4,
					  LINKTYPE_IPV6,     LINKTYPE_LINUX_SLL2 };
	struct counts counts = { 0, 0 };
	struct meter_options options = { .limit_steps = 5, .on_flow = on_flow, .context = &counts };
	struct stack_observer *observer = NULL;
	struct meter *meter = NULL;
	const struct host_seen *seen;
	struct capture_packet packet = { .time_ns = 0 };
	const struct meter_stats *stats;
	size_t n_seen;

	check(meter_new(&options, &meter, NULL) == 0);
	check(stack_observer_new(100, &observer, NULL) == 0);
	for (int i = 0; i < LIMIT_PACKETS && size >= HEADER_BYTES; i++) {
		uint32_t n = be16_get(data + 5);
		uint8_t *copy;

		packet.link_type = types[data[0] & 7];
		packet.time_ns += (int16_t)be16_get(data + 1) * INT64_C(1000000000);
		packet.n_original = be16_get(data + 3);
		data += HEADER_BYTES;
		size -= HEADER_BYTES;
		n = n < size ? n : (uint32_t)size;
		/* A copy of its own size, so that a byte too many is seen. */
		copy = malloc(n + 1);
		check(copy != NULL);
		memcpy(copy + 1, data, n);
		packet.bytes = copy + 1;
		packet.n_captured = n;
		one_packet(&packet, meter, observer);
		free(copy);
		data += n;
		size -= n;
	}
	check(stack_observer_result(observer, &seen, &n_seen, NULL) == 0);
	check(n_seen <= 100);
	check(meter_flush(meter, NULL) == 0);
	stats = meter_statistics(meter);
	check(stats->n_flows == counts.n_flows);
	check(stats->n_ip == counts.n_packets + stats->n_orphan_fragments);
	check(stats->n_ip + stats->n_not_ip + stats->n_malformed == stats->n_packets);
	stack_observer_freep(&observer);
	meter_freep(&meter);
	return 0;
}
