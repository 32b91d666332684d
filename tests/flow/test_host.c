/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/host.h"
#include "flow/host_group.h"

static struct ip_addr ip(const char *text)
{
	struct err err = { "" };
	struct ip_addr a;

	if (ip_parse(text, &a, &err) < 0)
		fail_msg("%s", err.text);
	return a;
}

static void flow(struct flow_table *t, const char *src, const char *dst, int times, bool answered)
{
	struct flow_record r = { .src = ip(src),
				 .dst = ip(dst),
				 .proto = 17,
				 .fwd_packets = 1,
				 .bwd_packets = answered };
	struct err err = { "" };

	for (int i = 0; i < times; i++)
		assert_int_equal(flow_table_append(t, &r, &err), 0);
}

static struct ip_prefix locals[2];

static struct host_fit options(void)
{
	struct err err = { "" };

	assert_int_equal(ip_prefix_parse("192.168.0.0/16", &locals[0], &err), 0);
	assert_int_equal(ip_prefix_parse("2001:db8:aaaa::/48", &locals[1], &err), 0);
	return (struct host_fit) { .local = locals, .n_local = 2 };
}

static void office(struct flow_table *t)
{
	flow(t, "192.168.7.31", "192.168.7.2", 5, true);
	flow(t, "192.168.7.32", "192.168.7.2", 5, true);
	flow(t, "192.168.7.31", "93.184.216.34", 3, true);
	flow(t, "192.168.7.32", "192.168.7.255", 2, false);
	flow(t, "192.168.7.31", "192.168.9.255", 2, false);
	flow(t, "192.168.7.31", "224.0.0.251", 1, false);
	flow(t, "192.168.7.31", "239.7.7.7", 1, false);
	flow(t, "0.0.0.0", "255.255.255.255", 1, false);
	flow(t, "2001:db8:aaaa:5::abcd:1234", "ff02::1:ff12:5678", 1, false);
	flow(t, "2001:db8:aaaa:5::1:2:5678", "2606:2800:220:1::1", 1, true);
	flow(t, "fe80::1:2:5678", "ff02::16", 1, false);
	flow(t, "2001:db8:aaaa:5::abcd:1234", "ff02::1:ff99:9999", 1, false);
	flow(t, "2001:db8:aaaa:5::abcd:1234", "ff02::1:ff12:5678", 1, false);
	flow(t, "2001:db8:aaaa:5::abcd:1234", "ff02::1:ff02:5678", 1, false);
}

static const struct host *host_of(const struct host_set *set, const struct flow_table *t,
				  const char *real)
{
	struct ip_addr a = ip(real);

	for (size_t i = 0; i < t->n_rows; i++) {
		if (ip_equal(&t->rows[i].src, &a))
			return &set->hosts[t->rows[i].src_host];
		if (ip_equal(&t->rows[i].dst, &a))
			return &set->hosts[t->rows[i].dst_host];
	}
	fail_msg("%s is not in the table", real);
	return NULL;
}

static void expect(const struct host_set *set, const struct flow_table *t, const char *real,
		   const char *name, const char *addr)
{
	const struct host *h = host_of(set, t, real);
	char text[IP_TEXT_BYTES];

	assert_string_equal(h->name, name);
	assert_string_equal(ip_format(&h->addr, text), addr);
}

static void hosts_are_named_and_anonymous(void **state)
{
	struct host_fit fit = options();
	struct flow_table t = { 0 };
	struct err err = { "" };
	struct host_set set;

	(void)state;
	office(&t);
	assert_int_equal(host_set_fit(&t, &fit, &set, &err), 0);
	expect(&set, &t, "192.168.7.31", "client-1", "10.0.0.1");
	expect(&set, &t, "192.168.7.2", "server-1", "10.0.0.2");
	expect(&set, &t, "192.168.7.32", "client-2", "10.0.0.3");
	expect(&set, &t, "93.184.216.34", "internet-1", "198.18.0.1");
	expect(&set, &t, "192.168.7.255", "subnet-broadcast", "10.255.255.255");
	expect(&set, &t, "192.168.9.255", "subnet-broadcast", "10.255.255.255");
	expect(&set, &t, "224.0.0.251", "mdns", "224.0.0.251");
	expect(&set, &t, "239.7.7.7", "group-1", "239.192.0.1");
	expect(&set, &t, "0.0.0.0", "unspecified", "0.0.0.0");
	expect(&set, &t, "255.255.255.255", "broadcast", "255.255.255.255");
	expect(&set, &t, "ff02::16", "mld-routers", "ff02::16");
	expect(&set, &t, "2606:2800:220:1::1", "internet-2", "2001:db8:ffff::1");
	assert_string_equal(host_of(&set, &t, "93.184.216.34")->role, "server");
	for (size_t i = 0; i < t.n_rows; i++)
		assert_true(t.rows[i].src_host < set.n_hosts && t.rows[i].dst_host < set.n_hosts);
	host_set_done(&set);
	flow_table_done(&t);
}

/* A machine's two addresses share their identifier; so does its solicited-node group. */
static void v6_identifiers_stay_together(void **state)
{
	struct host_fit fit = options();
	struct flow_table t = { 0 };
	struct err err = { "" };
	struct host_set set;

	(void)state;
	office(&t);
	assert_int_equal(host_set_fit(&t, &fit, &set, &err), 0);
	expect(&set, &t, "2001:db8:aaaa:5::abcd:1234", "client-3", "2001:db8:1::1");
	expect(&set, &t, "2001:db8:aaaa:5::1:2:5678", "client-4", "2001:db8:1::2");
	expect(&set, &t, "fe80::1:2:5678", "client-5", "fe80::2");
	assert_memory_equal(host_of(&set, &t, "2001:db8:aaaa:5::1:2:5678")->mac,
			    host_of(&set, &t, "fe80::1:2:5678")->mac, 6);
	expect(&set, &t, "ff02::1:ff02:5678", "solicited-node-2", "ff02::1:ff00:2");
	expect(&set, &t, "ff02::1:ff12:5678", "solicited-node-800000", "ff02::1:ff80:0");
	expect(&set, &t, "ff02::1:ff99:9999", "solicited-node-800001", "ff02::1:ff80:1");
	host_set_done(&set);
	flow_table_done(&t);
}

static void addresses_are_kept_when_asked(void **state)
{
	struct host_fit fit = options();
	struct flow_table t = { 0 };
	struct err err = { "" };
	struct host_set set;

	(void)state;
	office(&t);
	fit.keep_addresses = true;
	assert_int_equal(host_set_fit(&t, &fit, &set, &err), 0);
	expect(&set, &t, "192.168.7.31", "client-1", "192.168.7.31");
	expect(&set, &t, "93.184.216.34", "internet-1", "93.184.216.34");
	expect(&set, &t, "239.7.7.7", "group-1", "239.7.7.7");
	host_set_done(&set);
	flow_table_done(&t);
}

static void rare_hosts_are_pooled(void **state)
{
	struct host_fit fit = options();
	struct flow_table t = { 0 };
	struct err err = { "" };
	uint64_t spans = 0;
	struct host_set set;
	char text[32];

	(void)state;
	for (int i = 0; i < 300; i++) {
		snprintf(text, sizeof(text), "8.8.%d.%d", i / 200, 1 + i % 200);
		flow(&t, "192.168.7.31", text, i < 3 ? 10 : 1, true);
	}
	fit.limit = 3;
	assert_int_equal(host_set_fit(&t, &fit, &set, &err), 0);
	/* The busiest three, and pools that stand for the other 297. */
	assert_string_equal(host_of(&set, &t, "8.8.0.1")->name, "internet-1");
	assert_string_equal(host_of(&set, &t, "8.8.0.3")->name, "internet-3");
	assert_true(host_of(&set, &t, "8.8.0.4")->span > 1);
	for (size_t i = 0; i < set.n_hosts; i++) {
		const struct host *h = &set.hosts[i];

		if (h->span > 1) {
			struct ip_addr last = host_address(h, h->span - 1);

			spans += h->span;
			assert_true(i + 1 == set.n_hosts ||
				    ip_compare(&last, &set.hosts[i + 1].addr) < 0);
			assert_int_equal(h->scope, HOST_INTERNET);
			assert_string_equal(h->role, "server");
		}
	}
	assert_int_equal(spans, 297);
	fit.limit = 100000;
	host_set_done(&set);
	assert_true(host_set_fit(&t, &fit, &set, &err) < 0);
	assert_non_null(strstr(err.text, "15000"));
	flow_table_done(&t);
}

/* More rare addresses than 198.19.0.0/16 has: pools shrink, and stay apart. */
static void many_pooled_hosts_fit_their_room(void **state)
{
	struct host_fit fit = options();
	struct flow_table t = { 0 };
	struct flow_record r = { .src = ip("192.168.7.31"), .proto = 6, .fwd_packets = 1 };
	struct err err = { "" };
	struct ip_addr last = { .version = 0 };
	struct host_set set;

	(void)state;
	for (uint32_t i = 0; i < 150000; i++) {
		r.dst = ip_from_v4(UINT32_C(0x2d000000) + i);
		r.bwd_packets = i % 1000 == 0; /* a small pool of its own */
		assert_int_equal(flow_table_append(&t, &r, &err), 0);
	}
	assert_int_equal(host_set_fit(&t, &fit, &set, &err), 0);
	for (size_t i = 0; i < set.n_hosts; i++) {
		const struct host *h = &set.hosts[i];

		if (h->span == 1 || h->scope != HOST_INTERNET)
			continue;
		assert_true(ip_compare(&last, &h->addr) < 0);
		last = host_address(h, h->span - 1);
	}
	assert_int_equal(last.bytes[0], 198);
	assert_int_equal(last.bytes[1], 19);
	host_set_done(&set);
	flow_table_done(&t);
}

/* A global prefix is inside when its addresses do neighbour discovery. */
static void neighbour_discovery_tells_what_is_on_the_link(void **state)
{
	struct host_fit fit = options();
	struct flow_table t = { 0 };
	struct err err = { "" };
	struct host_set set;

	(void)state;
	flow(&t, "2a00:1:2:3::5", "2a00:1:2:3::6", 1, true);
	flow(&t, "2a00:1:2:3::7", "2a00:1:2:4::1", 1, true);
	t.rows[0].proto = 58;
	t.rows[0].src_port = 135;
	assert_int_equal(host_set_fit(&t, &fit, &set, &err), 0);
	assert_int_equal(set.hosts[t.rows[1].src_host].scope, HOST_INTERNET);
	host_set_done(&set);
	fit.on_link = true;
	assert_int_equal(host_set_fit(&t, &fit, &set, &err), 0);
	assert_int_equal(set.hosts[t.rows[0].src_host].scope, HOST_LOCAL);
	assert_int_equal(set.hosts[t.rows[1].src_host].scope, HOST_LOCAL);
	assert_int_equal(set.hosts[t.rows[1].dst_host].scope, HOST_INTERNET);
	host_set_done(&set);
	t.rows[0].src_port = 128; /* a ping may come from afar */
	assert_int_equal(host_set_fit(&t, &fit, &set, &err), 0);
	assert_int_equal(set.hosts[t.rows[0].src_host].scope, HOST_INTERNET);
	host_set_done(&set);
	flow_table_done(&t);
}

static void seen_stacks_are_taken(void **state)
{
	struct host_seen seen = { .stack = { .ttl = 128,
					     .window = 8192,
					     .mss = 1380,
					     .window_scale = 8,
					     .port_low = 50000,
					     .port_high = 51000 } };
	struct host_fit fit = options();
	struct flow_table t = { 0 };
	struct err err = { "" };
	const struct host *h;
	struct host_set set;

	(void)state;
	office(&t);
	seen.addr = ip("192.168.7.31");
	fit.seen = &seen;
	fit.n_seen = 1;
	assert_int_equal(host_set_fit(&t, &fit, &set, &err), 0);
	h = host_of(&set, &t, "192.168.7.31");
	assert_int_equal(h->stack.ttl, 128);
	assert_int_equal(h->stack.mss, 1380);
	assert_int_equal(h->stack.port_high, 51000);
	assert_int_equal(host_of(&set, &t, "192.168.7.2")->stack.ttl, 64);
	host_set_done(&set);
	flow_table_done(&t);
}

static char *save(const struct host_set *set)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	assert_int_equal(host_set_save(set, out), 0);
	fclose(out);
	return text;
}

static int load(const char *text, struct host_set *ret, struct err *err)
{
	struct conf *conf = NULL;
	int r = conf_parse("hosts.conf", text, &conf, err);

	if (r == 0)
		r = host_set_load(conf, ret, err);
	conf_freep(&conf);
	return r;
}

static void saved_and_loaded_is_the_same(void **state)
{
	struct host_fit fit = options();
	struct flow_table t = { 0 };
	struct host_set set, back;
	struct err err = { "" };
	char *text, *again;

	(void)state;
	office(&t);
	fit.limit = 2;
	assert_int_equal(host_set_fit(&t, &fit, &set, &err), 0);
	text = save(&set);
	if (load(text, &back, &err) < 0)
		fail_msg("%s", err.text);
	again = save(&back);
	assert_string_equal(text, again);
	assert_int_equal(set.n_hosts, back.n_hosts);
	/* Nothing of the capture is in the text. */
	assert_null(strstr(text, "192.168"));
	assert_null(strstr(text, "93.184"));
	assert_null(strstr(text, "aaaa"));
	assert_null(strstr(text, "5678"));
	free(text);
	free(again);
	host_set_done(&set);
	host_set_done(&back);
	flow_table_done(&t);
}

#define STACK                                                                                      \
	"stacks = ( { ttl = 64; df = true; id_zero = false; window = 1; mss = 2; scale = 7; "      \
	"sack = true; timestamps = true; ports = [1, 2]; } );\n"
#define HOST(name, address)                                                                        \
	"{ name = \"" name "\"; role = \"r\"; scope = \"local\"; address = \"" address             \
	"\"; mac = \"02:00:00:00:00:01\"; stack = 0; }"

static void hostile_texts_are_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ STACK "hosts = (" HOST("a", "10.0.0.1") "," HOST("a", "10.0.0.2") ");",
		  "two hosts are called 'a'" },
		{ STACK "hosts = (" HOST("a", "10.0.0.1") "," HOST("b", "10.0.0.1") ");",
		  "have both address 10.0.0.1" },
		{ STACK "hosts = (" HOST("a", "10.0.0.300") ");", "10.0.0.300" },
		{ STACK "hosts = (" HOST("", "10.0.0.1") ");", "name: expected 1 to 39" },
		{ STACK
		  "hosts = (" HOST("0123456789012345678901234567890123456789", "10.0.0.1") ");",
		  "name: expected 1 to 39" },
		{ STACK "hosts = ( 3 );", "a host is a group" },
		{ "stacks = ();\nhosts = (" HOST("a", "10.0.0.1") ");", "stack" },
		{ "stacks = ( { ttl = 0; } );\nhosts = ();", "ttl" },
		{ "stacks = ( { ttl = 64; df = true; id_zero = false; window = 1; mss = 2; "
		  "scale = 7; sack = true; timestamps = true; ports = [2, 1]; } );\nhosts = ();",
		  "[lowest, highest]" },
		{ STACK "hosts = ( { name = \"a\"; role = \"r\"; scope = \"mars\"; address = "
			"\"1.1.1.1\"; mac = \"02:00:00:00:00:01\"; stack = 0; } );",
		  "'mars' is none of" },
		{ STACK "hosts = ( { name = \"a\"; role = \"r\"; scope = \"local\"; address = "
			"\"10.0.0.1\"; span = 9; mac = \"02:00:00:00:00:01\"; stack = 0; }," HOST(
				"b", "10.0.0.5") ");",
		  "have both address 10.0.0.5" },
		{ STACK "host = ();", "did you mean 'hosts'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = { "" };
		struct host_set set;

		assert_true(load(cases[i].text, &set, &err) < 0);
		if (strstr(err.text, cases[i].why) == NULL ||
		    strstr(err.text, "hosts.conf:") == NULL)
			fail_msg("case %zu: %s", i, err.text);
	}
}

static void group_macs_follow_the_rfcs(void **state)
{
	static const struct {
		const char *addr, *mac;
	} cases[] = {
		{ "224.0.0.251", "01:00:5e:00:00:fb" },
		{ "239.255.255.250", "01:00:5e:7f:ff:fa" },
		{ "ff02::1:ff00:1234", "33:33:ff:00:12:34" },
		{ "255.255.255.255", "ff:ff:ff:ff:ff:ff" },
		{ "10.255.255.255", "ff:ff:ff:ff:ff:ff" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ip_addr a = ip(cases[i].addr);
		char text[MAC_TEXT_BYTES];
		uint8_t mac[6];

		host_group_mac(&a, mac);
		assert_string_equal(mac_format(mac, text), cases[i].mac);
	}
}

static void rows_without_addresses_are_refused(void **state)
{
	struct flow_record r = { .src = ip("10.0.0.1") };
	struct host_fit fit = options();
	struct flow_table t = { 0 };
	struct err err = { "" };
	struct host_set set;

	(void)state;
	assert_int_equal(flow_table_append(&t, &r, &err), 0);
	assert_true(host_set_fit(&t, &fit, &set, &err) < 0);
	assert_non_null(strstr(err.text, "row 1"));
	flow_table_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_are_named_and_anonymous),
		cmocka_unit_test(v6_identifiers_stay_together),
		cmocka_unit_test(addresses_are_kept_when_asked),
		cmocka_unit_test(rare_hosts_are_pooled),
		cmocka_unit_test(many_pooled_hosts_fit_their_room),
		cmocka_unit_test(neighbour_discovery_tells_what_is_on_the_link),
		cmocka_unit_test(seen_stacks_are_taken),
		cmocka_unit_test(saved_and_loaded_is_the_same),
		cmocka_unit_test(hostile_texts_are_refused),
		cmocka_unit_test(group_macs_follow_the_rfcs),
		cmocka_unit_test(rows_without_addresses_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
