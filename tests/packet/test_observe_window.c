/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/observe_window.h"

#include <netinet/in.h>
#include <string.h>

#include "base/conn.h"
#include "tests/unit.h"

static const uint8_t scale_7[] = { 1, 3, 3, 7 };

static void see(struct window_observer *o, struct window_sight *sight, bool backward, uint8_t flags,
		uint16_t window, uint32_t payload_bytes, bool scale)
{
	const struct packet_view view = { .proto = IPPROTO_TCP,
					  .tcp_flags = flags,
					  .window = window,
					  .payload_bytes = payload_bytes,
					  .tcp_options = scale_7,
					  .n_tcp_options = scale ? sizeof(scale_7) : 0 };

	window_observer_packet(o, sight, &view, backward);
}

static void begin(struct window_observer *o, struct window_sight *sight, bool server_scales)
{
	memset(sight, 0, sizeof(*sight));
	see(o, sight, false, TCP_SYN, 64240, 0, true);
	see(o, sight, true, TCP_SYN | TCP_ACK, 65160, 0, server_scales);
	see(o, sight, false, TCP_ACK, server_scales ? 502 : 64240, 0, false);
}

static void profiles(void **state)
{
	const struct window_key scaled = { false, 64240, 7 }, plain = { false, 64240, -1 };
	const struct window_key joined = { true, 0, -1 };
	struct window_observer *o = NULL;
	struct window_set set = { 0 };
	const struct window_profile *p;
	struct window_sight sight;

	(void)state;
	assert_int_equal(window_observer_new(&o, NULL), 0);
	for (int i = 0; i < 40; i++) {
		begin(o, &sight, true);
		see(o, &sight, true, TCP_ACK, 509, 1000, false);
		see(o, &sight, false, TCP_ACK, i % 4 == 0 ? 600 : 501, 0, false);
		see(o, &sight, true, TCP_ACK, 509, 10, false);
		see(o, &sight, false, TCP_ACK, 501, 0, false); /* of 10 that moved not */
		see(o, &sight, false, TCP_RST | TCP_ACK, i % 2 == 0 ? 501 : 0, 0, false);
		begin(o, &sight, false);
		memset(&sight, 0, sizeof(sight));
		see(o, &sight, false, TCP_ACK, 77, 0, false);
		see(o, &sight, true, TCP_ACK, 88, 0, false);
		see(o, &sight, true, TCP_ACK, 0, 0, false); /* closed: not learned */
	}
	for (int i = 0; i < 31; i++) { /* too few of them */
		memset(&sight, 0, sizeof(sight));
		see(o, &sight, false, TCP_SYN, 1234, 0, false);
		see(o, &sight, true, TCP_SYN | TCP_ACK, 1234, 0, false);
		see(o, &sight, false, TCP_ACK, 1234, 0, false);
	}
	assert_int_equal(window_observer_result(o, &set, NULL), 0);
	assert_int_equal(set.n, 5);
	p = window_find(&set, &scaled);
	assert_non_null(p);
	assert_int_equal(p->resets, 500);
	assert_int_equal(p->classes[0].n_ranges, 1);
	assert_int_equal(p->classes[0].ranges[0].low, 502);
	assert_int_equal(p->classes[1].n_ranges, 0);
	assert_int_equal(p->classes[window_class_of(1000)].n_ranges, 2);
	assert_int_equal(p->classes[window_class_of(1000)].ranges[0].weight, 875);
	assert_int_equal(p->classes[window_class_of(1000)].ranges[1].low, 600);
	/* A quarter moved; a draw shows with the chance of the two values to differ, .219. */
	assert_int_equal(p->classes[window_class_of(1000)].moves, 1000);
	p = window_find(&set, &plain);
	assert_non_null(p);
	assert_int_equal(p->classes[0].ranges[0].low, 64240);
	p = window_find(&set, &joined);
	assert_non_null(p);
	assert_int_equal(p->classes[0].n_ranges, 1);
	assert_int_equal(p->classes[0].ranges[0].high, 88);
	window_set_done(&set);
	window_observer_freep(&o);
}

/* Any number of values is told in a few ranges, which hold them all; single ones that are heavy
 * stay single. */
static void many_values(void **state)
{
	const struct window_key key = { false, 64240, 7 };
	struct window_observer *o = NULL;
	struct window_set set = { 0 };
	const struct window_class *c;
	struct window_sight sight;

	(void)state;
	assert_int_equal(window_observer_new(&o, NULL), 0);
	begin(o, &sight, true);
	see(o, &sight, true, TCP_ACK, 509, 5, false);
	for (uint32_t i = 0; i < 20000; i++)
		see(o, &sight, false, TCP_ACK,
		    (uint16_t)(i % 2 == 0 ? 777 : 1 + i * 2654435761u % 65535), 0, false);
	assert_int_equal(window_observer_result(o, &set, NULL), 0);
	c = &window_find(&set, &key)->classes[1];
	assert_int_equal(c->n_ranges, WINDOW_LIMIT_RANGES);
	assert_true(c->ranges[0].low <= 20 && c->ranges[WINDOW_LIMIT_RANGES - 1].high > 65515);
	for (uint32_t i = 0; i < c->n_ranges; i++) {
		assert_true(c->ranges[i].low <= c->ranges[i].high);
		if (i > 0)
			assert_true(c->ranges[i].low > c->ranges[i - 1].high);
		if (c->ranges[i].low <= 777 && c->ranges[i].high >= 777)
			assert_true(c->ranges[i].low == c->ranges[i].high &&
				    c->ranges[i].weight >= 490);
	}
	window_set_done(&set);
	window_observer_freep(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(profiles),
		cmocka_unit_test(many_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
