/* SPDX-License-Identifier: Apache-2.0 */
/* What one frame costs, by service, with 400 bytes of payload; budget 250 ns. */
#include <stdio.h>
#include <string.h>

#include "base/conn.h"
#include "base/ns.h"
#include "packet/build.h"
#include "packet/checksum.h"

enum { N_STEPS = 1000, ROUNDS = 300, PAYLOAD = 400 };

static void bench_checksum(size_t n)
{
	static uint8_t bytes[1500];
	uint64_t sum = 0;
	int64_t start = ns_process_cpu();

	for (int i = 0; i < 1000000; i++) {
		bytes[i & 1023] = (uint8_t)sum;
		sum = checksum_add(sum & 0xffff, bytes, n);
	}
	printf("checksum_%zu\t%.1f\tns\t%04x\n", n, (double)(ns_process_cpu() - start) / 1e6,
	       checksum_finish(sum));
}

static void bench_flow(const char *name, uint8_t proto, uint16_t port, enum payload_mode mode)
{
	static struct automaton_step steps[N_STEPS];
	const struct build_options options = { .payload = mode, .mtu = BUILD_MTU, .seed = 1 };
	struct flow_record record = { .proto = proto, .src_port = 50000, .dst_port = port };
	struct flow_start start = { .window = 1 };
	struct host host = { .scope = HOST_LOCAL };
	struct build_flow flow;
	uint8_t frame[BUILD_MTU + 18];
	uint32_t n_ip;
	int64_t begun, spent = 0;

	host.stack = (struct host_stack) { .ttl = 64, .window = 64240, .mss = 1460 };
	host.stack.timestamps = true;
	record.src = ip_from_v4(0x0a000001);
	record.dst = ip_from_v4(0x0a000002);
	for (uint32_t i = 0; i < N_STEPS; i++) {
		steps[i] = (struct automaton_step) { .gap_ns = 1000,
						     .payload_bytes = PAYLOAD,
						     .direction = (uint8_t)(i / 4 % 2),
						     .flags = TCP_ACK };
	}
	steps[0].flags = TCP_SYN;
	for (int round = 0; round < ROUNDS; round++) {
		start.occurrence = (uint32_t)round;
		build_flow_init(&flow, &record, &start, &host, &host, &options);
		build_flow_settle(&flow, steps, N_STEPS);
		begun = ns_process_cpu();
		for (uint32_t i = 0; i < N_STEPS; i++)
			build_frame(&flow, steps, N_STEPS, i, i * 1000, frame, &n_ip);
		spent += ns_process_cpu() - begun;
	}
	printf("build_%s\t%.1f\tns\tper frame, %d bytes of payload\n", name,
	       (double)spent / ROUNDS / N_STEPS, PAYLOAD);
}

int main(void)
{
	bench_checksum(20);
	bench_checksum(400);
	bench_checksum(1460);
	bench_flow("tcp_random", 6, 7777, PAYLOAD_RANDOM);
	bench_flow("tcp_zero", 6, 7777, PAYLOAD_ZERO);
	bench_flow("tls", 6, 443, PAYLOAD_TEMPLATE);
	bench_flow("http", 6, 80, PAYLOAD_TEMPLATE);
	bench_flow("ssh", 6, 22, PAYLOAD_TEMPLATE);
	bench_flow("smtp", 6, 25, PAYLOAD_TEMPLATE);
	bench_flow("smb", 6, 445, PAYLOAD_TEMPLATE);
	bench_flow("udp_random", 17, 7777, PAYLOAD_RANDOM);
	bench_flow("dns", 17, 53, PAYLOAD_TEMPLATE);
	bench_flow("snmp", 17, 161, PAYLOAD_TEMPLATE);
	return 0;
}
