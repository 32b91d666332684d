/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "packet/payload_makers.h"

static const uint8_t protos[] = { 6, 17 };

static const struct payload_ops *of_port(uint8_t proto, uint16_t src_port, uint16_t dst_port)
{
	const struct flow_record record = {
		.proto = proto, .src_port = src_port, .dst_port = dst_port, .service = "-"
	};

	return payload_for(&record, PAYLOAD_TEMPLATE);
}

/* The first row of a port and transport, row by row. */
static const struct payload_ops *by_reading(uint8_t over, uint16_t port)
{
	size_t n;
	const struct payload_rule *rules = payload_rules(&n);

	for (size_t i = 0; i < n; i++)
		if (rules[i].port == port && (rules[i].over & over) != 0)
			return rules[i].ops;
	return NULL;
}

static void rules_are_sorted_and_each_is_found(void **state)
{
	size_t n;
	const struct payload_rule *rules = payload_rules(&n);

	(void)state;
	for (size_t i = 1; i < n; i++) {
		assert_true(rules[i - 1].port <= rules[i].port);
		if (rules[i - 1].port == rules[i].port)
			assert_int_equal(rules[i - 1].over & rules[i].over, 0);
	}
	for (uint32_t port = 0; port <= UINT16_MAX; port++) {
		for (int k = 0; k < 2; k++) {
			const struct payload_ops *wanted =
				by_reading(k == 0 ? RULE_TCP : RULE_UDP, (uint16_t)port);

			if (wanted != NULL) {
				assert_ptr_equal(of_port(protos[k], 50000, (uint16_t)port), wanted);
				assert_ptr_equal(of_port(protos[k], (uint16_t)port, 50000), wanted);
			}
		}
	}
}

/* A status line of its own segment, as servers send it, stays one where dissectors go by the port.
 */
static void http_begins_with_a_status_line(void **state)
{
	static const struct {
		uint16_t port;
		uint32_t fit;
	} cases[] = { { 80, 17 }, { 8080, 17 }, { 8000, 60 } };
	const struct automaton_step steps[] = {
		{ .payload_bytes = 202, .direction = STEP_FORWARD },
		{ .payload_bytes = 17, .direction = STEP_BACKWARD },
		{ .payload_bytes = 426, .direction = STEP_BACKWARD },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct build_flow flow = {
			.record = { .proto = 6, .src_port = 50000, .dst_port = cases[i].port }
		};

		assert_int_equal(payload_http_ops.fit(&flow, steps, 3, 1, 17, 1448), cases[i].fit);
		assert_int_equal(payload_http_ops.fit(&flow, steps, 3, 2, 426, 1448), 426);
	}
}

/* Long datagrams to nobody who answers announce; short ones and answered ones search. */
static void ssdp_searches_or_announces(void **state)
{
	static const struct {
		uint32_t n_bytes, n_answers;
		const char *begins;
	} cases[] = { { 120, 0, "M-SEARCH" }, { 300, 0, "NOTIFY *" }, { 300, 1, "M-SEARCH" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct automaton_step step = { .payload_bytes = cases[i].n_bytes };
		struct build_flow flow = { .record = { .proto = 17,
						       .dst_port = 1900,
						       .fwd_packets = 1,
						       .bwd_packets = cases[i].n_answers },
					   .payload = &payload_ssdp_ops };
		uint8_t bytes[300];

		payload_ssdp_ops.fill(&flow, &step, 1, 0, 0, bytes);
		assert_memory_equal(bytes, cases[i].begins, 8);
	}
}

static bool in_a_range(uint8_t over, uint16_t port)
{
	size_t n;
	const struct payload_range *ranges = payload_ranges(&n);

	for (size_t i = 0; i < n; i++)
		if (port >= ranges[i].first && port <= ranges[i].last &&
		    (ranges[i].over & over) != 0)
			return true;
	return false;
}

/* A client's port may not change what the flow is taken for. */
static void claimed_ports(void **state)
{
	(void)state;
	for (uint32_t port = 0; port <= UINT16_MAX; port++) {
		for (int k = 0; k < 2; k++) {
			const bool x11 = k == 0 && port >= 6000 && port <= 6063;
			const uint8_t over = k == 0 ? RULE_TCP : RULE_UDP;
			const bool doip = port == 13400;
			const bool ruled = doip || by_reading(over, (uint16_t)port) != NULL ||
					   in_a_range(over, (uint16_t)port);

			assert_int_equal(payload_claims_port(protos[k], (uint16_t)port), ruled);
			assert_true(ruled || !x11);
		}
	}
	assert_true(payload_claims_port(6, 8080));
	assert_true(payload_claims_port(17, 51820));
	assert_true(payload_claims_port(17, 9956));
	assert_false(payload_claims_port(6, 51820));
	assert_false(payload_claims_port(6, 50000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_sorted_and_each_is_found),
		cmocka_unit_test(http_begins_with_a_status_line),
		cmocka_unit_test(ssdp_searches_or_announces),
		cmocka_unit_test(claimed_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
