/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every capture of ../shared/data through the meter: no packet is lost or counted twice, rows leave
 * in order, states and flags fit. Where a capture is ordinary, totals are those tshark 4.0 gives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fts.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "packet/meter.h"

struct tally {
	uint64_t n_flows, n_packets, n_bytes, n_tcp_payload;
	uint64_t n_steps;
	bool steps_differ;
};

static int on_flow(void *context, const struct meter_flow *flow)
{
	const struct flow_record *row = flow->record;
	struct tally *tally = context;
	uint64_t n_packets = row->fwd_packets + row->bwd_packets, payload = 0;

	tally->n_flows++;
	tally->n_packets += n_packets;
	tally->n_bytes += row->fwd_bytes + row->bwd_bytes;
	if (row->proto == IPPROTO_TCP)
		tally->n_tcp_payload += row->fwd_payload + row->bwd_payload;
	assert_true(row->duration_ns >= 0);
	assert_true(n_packets > 0);
	assert_true(row->state < CONN_N_STATES);
	assert_true(row->proto == IPPROTO_TCP || row->flags == 0);
	assert_true(row->fwd_payload <= row->fwd_bytes && row->bwd_payload <= row->bwd_bytes);
	assert_true(flow->n_steps <= n_packets);
	for (uint32_t i = 0; i < flow->n_steps; i++)
		payload += flow->steps[i].payload_bytes;
	if (flow->n_steps == n_packets && payload != row->fwd_payload + row->bwd_payload)
		tally->steps_differ = true;
	tally->n_steps += flow->n_steps;
	return 0;
}

static void meter_file(const char *path, struct tally *tally)
{
	struct meter_options options = { .limit_steps = 1000,
					 .on_flow = on_flow,
					 .context = tally };
	struct capture *capture = NULL;
	const struct meter_stats *stats;
	struct capture_packet packet;
	struct meter *meter = NULL;
	struct err err = { "" };

	memset(tally, 0, sizeof(*tally));
	if (capture_open(path, &capture, &err) < 0)
		return;
	assert_int_equal(meter_new(&options, &meter, &err), 0);
	while (capture_next(capture, &packet, &err) == 1)
		assert_int_equal(meter_packet(meter, &packet, &err), 0);
	assert_int_equal(meter_flush(meter, &err), 0);
	stats = meter_statistics(meter);
	if (stats->n_flows != tally->n_flows || stats->n_late_rows != 0 || tally->steps_differ ||
	    stats->n_ip + stats->n_not_ip + stats->n_malformed != stats->n_packets ||
	    tally->n_packets + stats->n_orphan_fragments != stats->n_ip)
		fail_msg("%s: counts do not add up", path);
	meter_freep(&meter);
	capture_freep(&capture);
}

static void all_captures(void **state)
{
	static char root[] = "../shared/data";
	char *const roots[] = { root, NULL };
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	uint64_t n_files = 0, n_flows = 0;
	struct tally tally;
	FTSENT *entry;

	(void)state;
	assert_non_null(fts);
	while ((entry = fts_read(fts)) != NULL) {
		if (entry->fts_info != FTS_F)
			continue;
		meter_file(entry->fts_path, &tally);
		n_files++;
		n_flows += tally.n_flows;
	}
	fts_close(fts);
	printf("%llu files, %llu flows\n", (unsigned long long)n_files,
	       (unsigned long long)n_flows);
	assert_true(n_files > 1000 && n_flows > 30000);
}

/* tshark: packets with an IP header, sums of ip.len (ipv6.plen + 40) and of tcp.len. */
static void totals_of_tshark(void **state)
{
	static const struct {
		const char *path;
		uint64_t n_packets, n_bytes, n_tcp_payload;
	} cases[] = {
		{ "../shared/data/lab/office.pcap", 153778, 45636179, 36964794 },
		{ "../shared/data/lab/attack.pcap", 54584, 14471886, 11374687 },
		{ "../shared/data/iot/iot.pcap", 133463, 41654571, 30874017 },
		{ "../shared/data/industrial/right_part1.pcap", 12990, 1133745, 388549 },
	};
	struct tally tally;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		meter_file(cases[i].path, &tally);
		assert_int_equal(tally.n_packets, cases[i].n_packets);
		assert_int_equal(tally.n_bytes, cases[i].n_bytes);
		assert_int_equal(tally.n_tcp_payload, cases[i].n_tcp_payload);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(totals_of_tshark),
		cmocka_unit_test(all_captures),
	};

	if (access("../shared/data/lab/office.pcap", R_OK) < 0) {
		printf("no ../shared/data: the captures are not here\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
