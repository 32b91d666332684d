/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding, metering and writing rows, on packets made here: conversations of 30 packets, 2,000 at
 * a time, so that the flow table is larger than the first caches. Medians of the process's CPU
 * time.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/ns.h"
#include "flow/table.h"
#include "packet/meter.h"

enum { N_PACKETS = 600000, N_RUNS = 7, N_OPEN = 2000, N_EACH = 30, FRAME_BYTES = 54 };

struct bench {
	struct capture_packet *packets;
	uint8_t *bytes;
	FILE *null;
	uint64_t sum; /* so that nothing is optimised away */
};

static void make_packets(struct bench *b)
{
	b->packets = calloc(N_PACKETS, sizeof(*b->packets));
	b->bytes = calloc(N_PACKETS, FRAME_BYTES);
	if (b->packets == NULL || b->bytes == NULL)
		exit(1);
	for (uint32_t i = 0; i < N_PACKETS; i++) {
		uint32_t round = i / (N_OPEN * N_EACH), flow = i % N_OPEN,
			 step = i / N_OPEN % N_EACH;
		uint8_t *p = b->bytes + (size_t)i * FRAME_BYTES;
		int back = step % 2;

		be16_put(p + 12, 0x0800);
		p[14] = 0x45;
		be16_put(p + 16, 40 + (uint16_t)(step * 40));
		p[22] = 64;
		p[23] = IPPROTO_TCP;
		be32_put(p + (back ? 30 : 26), 0x0a000000 + flow * 7919 % 50000);
		be32_put(p + (back ? 26 : 30), 0xc0a80000 + flow % 300);
		be16_put(p + (back ? 36 : 34), (uint16_t)(20000 + round));
		be16_put(p + (back ? 34 : 36), 443);
		p[46] = 0x50;
		p[47] = step == 0 ? TCP_SYN : step == 1 ? TCP_SYN | TCP_ACK : TCP_ACK;
		b->packets[i] = (struct capture_packet) {
			.time_ns = (int64_t)i * 20000,
			.n_captured = FRAME_BYTES,
			.n_original = 54 + step * 40,
			.link_type = LINKTYPE_ETHERNET,
			.bytes = p,
		};
	}
}

static void run_decode(struct bench *b)
{
	struct packet_view view;

	for (size_t i = 0; i < N_PACKETS; i++) {
		packet_decode(&b->packets[i], &view);
		b->sum += view.payload_bytes + view.src_port;
	}
}

static int count_row(void *context, const struct meter_flow *flow)
{
	struct bench *b = context;

	b->sum += flow->record->fwd_bytes + flow->n_steps;
	return 0;
}

static int write_row(void *context, const struct meter_flow *flow)
{
	struct bench *b = context;

	return flow_write_row(b->null, FLOW_CSV, flow->record, NULL);
}

static void run_meter(struct bench *b, uint32_t limit_steps,
		      int (*on_flow)(void *context, const struct meter_flow *flow))
{
	struct meter_options options = { .limit_steps = limit_steps,
					 .on_flow = on_flow,
					 .context = b };
	struct meter *meter = NULL;

	if (meter_new(&options, &meter, NULL) < 0)
		exit(1);
	for (size_t i = 0; i < N_PACKETS; i++)
		meter_packet(meter, &b->packets[i], NULL);
	meter_flush(meter, NULL);
	meter_freep(&meter);
}

static void run_plain(struct bench *b)
{
	run_meter(b, 0, count_row);
}

static void run_steps(struct bench *b)
{
	run_meter(b, 1000, count_row);
}

static void run_rows(struct bench *b)
{
	run_meter(b, 0, write_row);
}

static void run_csv(struct bench *b)
{
	struct flow_record record = { .start_ns = INT64_C(1700000000123456789),
				      .proto = 6,
				      .src = ip_from_v4(0x0a000001),
				      .dst = ip_from_v4(0xc0a80a14),
				      .src_port = 50000,
				      .dst_port = 443,
				      .fwd_bytes = 123456,
				      .service = "https",
				      .label = "-" };

	for (size_t i = 0; i < N_PACKETS; i++) {
		record.bwd_bytes = i;
		flow_write_row(b->null, FLOW_CSV, &record, NULL);
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(void)
{
	static const struct {
		const char *name, *note;
		void (*run)(struct bench *b);
	} runs[] = {
		{ "packet_decode", "TCP over IPv4", run_decode },
		{ "meter_packet", "2,000 flows open", run_plain },
		{ "meter_packet steps", "and steps kept", run_steps },
		{ "meter_packet rows", "and CSV rows written, 30 packets a flow", run_rows },
		{ "flow_write_row csv", "per row", run_csv },
	};
	enum { N_KINDS = sizeof(runs) / sizeof(runs[0]) };
	static double ns[N_KINDS][N_RUNS];
	struct bench b = { .null = fopen("/dev/null", "w") };

	if (b.null == NULL)
		return 1;
	make_packets(&b);
	for (int i = 0; i < N_RUNS; i++) {
		for (size_t j = 0; j < N_KINDS; j++) {
			int64_t began = ns_process_cpu();

			runs[j].run(&b);
			ns[j][i] = (double)(ns_process_cpu() - began) / N_PACKETS;
		}
	}
	for (size_t j = 0; j < N_KINDS; j++) {
		qsort(ns[j], N_RUNS, sizeof(ns[j][0]), by_value);
		printf("%s\t%.1f\tns\t%s\n", runs[j].name, ns[j][N_RUNS / 2], runs[j].note);
	}
	fclose(b.null);
	free(b.packets);
	free(b.bytes);
	return b.sum == 0;
}
