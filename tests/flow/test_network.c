/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/network.h"
#include "tests/chi_square.h"

enum { N_DRAWS = 60000 };
enum { CLIENT, SERVER, OUTSIDE, POOL, MDNS, BROADCAST, CLIENT_V6, N_LEARNED };

static struct host learned[N_LEARNED];
static const struct host_set set = { .hosts = learned, .n_hosts = N_LEARNED };

static void learn(int i, const char *name, enum host_scope scope, const char *addr, uint32_t span)
{
	struct err err = { "" };

	learned[i] = (struct host) { .scope = scope, .span = span, .weight = 1 };
	snprintf(learned[i].name, sizeof(learned[i].name), "%s", name);
	snprintf(learned[i].role, sizeof(learned[i].role), "%s", name);
	assert_int_equal(ip_parse(addr, &learned[i].addr, &err), 0);
}

static int make_learned(void **state)
{
	(void)state;
	learn(CLIENT, "client", HOST_LOCAL, "10.0.0.1", 1);
	learn(SERVER, "server", HOST_LOCAL, "10.0.0.2", 1);
	learn(OUTSIDE, "internet", HOST_INTERNET, "198.18.0.1", 1);
	learn(POOL, "others", HOST_INTERNET, "198.19.0.1", 100);
	learn(MDNS, "mdns", HOST_GROUP, "224.0.0.251", 1);
	learn(BROADCAST, "subnet-broadcast", HOST_GROUP, "10.255.255.255", 1);
	learn(CLIENT_V6, "client-v6", HOST_LOCAL, "2001:db8:1::1", 1);
	return 0;
}

static int plan(const char *text, struct network **ret, struct err *err)
{
	struct conf *conf = NULL;
	int r = conf_parse("plan.conf", text, &conf, err);

	if (r == 0)
		r = network_from_plan(conf, &set, ret, err);
	conf_freep(&conf);
	return r;
}

static struct network *good_plan(const char *text)
{
	struct network *n = NULL;
	struct err err = { "" };

	if (plan(text, &n, &err) < 0)
		fail_msg("%s", err.text);
	return n;
}

#define LOCAL "local = [ \"192.168.1.0/24\" ];\n"
#define OFFICE                                                                                     \
	LOCAL "hosts = (\n"                                                                        \
	      "{ name = \"a\"; addresses = [ \"192.168.1.10\" ]; weight = 3.0; },\n"               \
	      "{ name = \"b\"; addresses = [ \"192.168.1.11\" ]; },\n"                             \
	      "{ name = \"c\"; addresses = [ \"192.168.1.12\" ]; uses = [ \"dns\" ]; },\n"         \
	      "{ name = \"s\"; addresses = [ \"192.168.1.2\" ]; serves = [ \"dns\", \"ssh:2222\" " \
	      "]; uses = [ \"dns\" ]; },\n"                                                        \
	      "{ name = \"t\"; addresses = [ \"192.168.1.3\" ]; serves = [ \"ssh\" ]; }\n"         \
	      ");\n"

static const char *name_of(const struct network *n, uint16_t host)
{
	size_t n_hosts;
	const struct host *hosts = network_hosts(n, &n_hosts);

	assert_true(host < n_hosts);
	return hosts[host].name;
}

static void without_a_plan_all_is_itself(void **state)
{
	struct network *n = NULL;
	struct err err = { "" };
	struct rng rng;
	uint16_t port = 7;

	(void)state;
	rng_init(&rng, 1, 0, 0, RNG_TEST);
	assert_int_equal(network_from_hosts(&set, &n, &err), 0);
	assert_false(network_is_plan(n));
	assert_true(network_allows(n, "whatever", 6, HOST_INTERNET, HOST_LOCAL, 6));
	for (uint16_t i = 0; i < N_LEARNED; i++)
		assert_int_equal(network_map(n, i, "dns", 17, false, FLOW_NO_HOST, &rng, &port), i);
	assert_int_equal(port, 7);
	network_freep(&n);
}

static void plans_say_what_is_allowed(void **state)
{
	static const struct {
		const char *service;
		uint8_t proto;
		enum host_scope src, dst;
		uint8_t version;
		bool with, without; /* internet */
	} cases[] = {
		{ "dns", 17, HOST_LOCAL, HOST_LOCAL, 4, true, true },
		{ "dns", 17, HOST_LOCAL, HOST_INTERNET, 4, true, false },
		{ "dns", 17, HOST_INTERNET, HOST_LOCAL, 4, true, false },
		{ "ssh", 6, HOST_LOCAL, HOST_LOCAL, 4, true, true },
		{ "http", 6, HOST_LOCAL, HOST_INTERNET, 4, true, false },
		{ "http", 6, HOST_LOCAL, HOST_LOCAL, 4, false, false },
		{ "http", 6, HOST_INTERNET, HOST_LOCAL, 4, false, false },
		{ "-", 17, HOST_LOCAL, HOST_INTERNET, 4, true, false },
		{ "mdns", 17, HOST_LOCAL, HOST_GROUP, 4, true, true },
		{ "dhcp", 17, HOST_GROUP, HOST_GROUP, 4, true, true },
		{ "ping", 1, HOST_LOCAL, HOST_LOCAL, 4, true, true },
		{ "ping", 1, HOST_LOCAL, HOST_INTERNET, 4, true, false },
		{ "dns", 17, HOST_LOCAL, HOST_LOCAL, 6, false, false },
		{ "mdns", 17, HOST_LOCAL, HOST_GROUP, 6, false, false },
	};
	struct network *with = good_plan(OFFICE), *without = good_plan(OFFICE "internet = false;");

	(void)state;
	assert_true(network_is_plan(with));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (network_allows(with, cases[i].service, cases[i].proto, cases[i].src,
				   cases[i].dst, cases[i].version) != cases[i].with ||
		    network_allows(without, cases[i].service, cases[i].proto, cases[i].src,
				   cases[i].dst, cases[i].version) != cases[i].without)
			fail_msg("case %zu", i);
	}
	network_freep(&with);
	network_freep(&without);
}

/* Draws by weight among those who may: chi-square, false alarm 1e-6, seed fixed. */
static void hosts_are_drawn_by_weight(void **state)
{
	/* a 3, b 1, c 1 (it uses dns), s 1 (it says so), t none. */
	const double dns[5] = { 3 / 6., 1 / 6., 1 / 6., 1 / 6., 0 };
	const double ssh[5] = { 3 / 4., 1 / 4., 0, 0, 0 };
	const double dns_not_a[5] = { 0, 1 / 3., 1 / 3., 1 / 3., 0 };
	const double to_group[5] = { 3 / 7., 1 / 7., 1 / 7., 1 / 7., 1 / 7. };
	uint64_t counts[4][5] = { { 0 } };
	struct network *n = good_plan(OFFICE);
	uint16_t port = 0, mdns;
	struct rng rng;

	(void)state;
	rng_init(&rng, 3, 0, 0, RNG_TEST);
	mdns = network_map(n, MDNS, "mdns", 17, false, FLOW_NO_HOST, &rng, &port);
	for (int i = 0; i < N_DRAWS; i++) {
		counts[0][network_map(n, CLIENT, "dns", 17, true, FLOW_NO_HOST, &rng, &port)]++;
		counts[1][network_map(n, CLIENT, "ssh", 6, true, FLOW_NO_HOST, &rng, &port)]++;
		counts[2][network_map(n, CLIENT, "dns", 17, true, 0, &rng, &port)]++;
		counts[3][network_map(n, CLIENT, "mdns", 17, true, mdns, &rng, &port)]++;
	}
	assert_true(chi_square_fits(counts[0], dns, 5, N_DRAWS));
	assert_true(chi_square_fits(counts[1], ssh, 5, N_DRAWS));
	assert_true(chi_square_fits(counts[2], dns_not_a, 5, N_DRAWS));
	assert_true(chi_square_fits(counts[3], to_group, 5, N_DRAWS));
	assert_int_equal(port, 0);
	network_freep(&n);
}

static void the_plans_port_is_told(void **state)
{
	struct network *n = good_plan(OFFICE);
	bool seen[2] = { false, false };
	struct rng rng;

	(void)state;
	rng_init(&rng, 4, 0, 0, RNG_TEST);
	for (int i = 0; i < 100; i++) {
		uint16_t port = 0;
		uint16_t h = network_map(n, SERVER, "ssh", 6, false, 0, &rng, &port);

		if (strcmp(name_of(n, h), "s") == 0) {
			assert_int_equal(port, 2222);
			seen[0] = true;
		} else {
			assert_string_equal(name_of(n, h), "t");
			assert_int_equal(port, 0);
			seen[1] = true;
		}
	}
	assert_true(seen[0] && seen[1]);
	network_freep(&n);
}

/* One machine cannot be both ends, even where it alone would do for both. */
static void a_machine_never_meets_itself(void **state)
{
	struct network *n =
		good_plan(LOCAL "hosts = ( { name = \"s\"; addresses = [ \"192.168.1.2\", "
				"\"192.168.1.4\" ]; serves = [ \"dns\" ]; uses = [ \"dns\" ]; "
				"} );");
	uint16_t port = 0;
	struct rng rng;

	(void)state;
	rng_init(&rng, 5, 0, 0, RNG_TEST);
	assert_false(network_allows(n, "dns", 17, HOST_LOCAL, HOST_LOCAL, 4));
	assert_true(network_allows(n, "dns", 17, HOST_LOCAL, HOST_INTERNET, 4));
	assert_int_equal(network_map(n, CLIENT, "dns", 17, true, 0, &rng, &port), FLOW_NO_HOST);
	network_freep(&n);
}

static void what_is_outside_stays(void **state)
{
	struct network *n = good_plan("gateway = \"02:aa:00:00:00:01\";\n" OFFICE);
	uint16_t port = 0, outside, broadcast, pool;
	const struct host *hosts;
	bool differ = false;
	size_t n_hosts;
	struct rng rng;
	uint8_t mac[6];
	char text[IP_TEXT_BYTES];

	(void)state;
	rng_init(&rng, 6, 0, 0, RNG_TEST);
	hosts = network_hosts(n, &n_hosts);
	assert_int_equal(n_hosts, 5 + 4);
	outside = network_map(n, OUTSIDE, "https", 6, false, 0, &rng, &port);
	assert_string_equal(name_of(n, outside), "internet");
	network_gateway_mac(n, mac);
	assert_int_equal(mac[1], 0xaa);
	assert_memory_equal(hosts[outside].mac, mac, 6);
	broadcast = network_map(n, BROADCAST, "nbns", 17, false, 0, &rng, &port);
	assert_string_equal(ip_format(&hosts[broadcast].addr, text), "192.168.1.255");
	pool = network_map(n, POOL, "https", 6, false, 0, &rng, &port);
	for (int i = 0; i < 50; i++) {
		struct ip_addr a = network_address(n, pool, &rng);

		assert_int_equal(a.bytes[1], 19);
		assert_true(a.bytes[3] >= 1 && a.bytes[3] <= 100);
		differ = differ || !ip_equal(&a, &hosts[pool].addr);
	}
	assert_true(differ);
	network_freep(&n);
}

#define H(rest) LOCAL "hosts = ( { name = \"a\"; addresses = [ \"192.168.1.1\" ]; " rest " } );"

static void contradictions_are_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ LOCAL "hosts = ();", "hosts: expected 1 to" },
		{ LOCAL, "hosts" },
		{ "hosts = ( { name = \"a\"; addresses = [ \"10.0.0.1\" ]; } );", "local" },
		{ "local = [];\nhosts = ();", "expected 1 to 64 prefixes" },
		{ "local = [ \"10.0.0.0/99\" ];\nhosts = ();", "local:" },
		{ "local = [ 3 ];\nhosts = ();", "expected strings" },
		{ LOCAL "hosts = ( { name = \"a\"; addresses = [ \"192.168.1.1\" ]; },\n"
			"{ name = \"b\"; addresses = [ \"192.168.1.1\" ]; } );",
		  "192.168.1.1 of 'b' stands twice" },
		{ LOCAL "hosts = ( { name = \"a\"; addresses = [ \"192.168.1.1\" ]; },\n"
			"{ name = \"a\"; addresses = [ \"192.168.1.2\" ]; } );",
		  "two hosts are called 'a'" },
		{ LOCAL "hosts = ( { name = \"a\"; addresses = [ \"192.168.1.1\" ]; mac = "
			"\"02:00:00:00:00:05\"; },\n{ name = \"b\"; addresses = [ \"192.168.1.2\" "
			"]; mac = \"02:00:00:00:00:05\"; } );",
		  "'a' and 'b' have both" },
		{ H("mac = \"02:00:00:00:00:01\";"), "gateway's" },
		{ H("mac = \"01:00:00:00:00:01\";"), "group's address" },
		{ H("mac = \"02:00\";"), "mac" },
		{ LOCAL "hosts = ( { name = \"a\"; addresses = [ \"192.168.2.1\" ]; } );",
		  "192.168.2.1 is in none of the prefixes" },
		{ LOCAL "hosts = ( { name = \"a\"; addresses = [ \"192.168.1.255\" ]; } );",
		  "broadcast address" },
		{ LOCAL "hosts = ( { name = \"a\"; addresses = [ \"224.0.0.1\" ]; } );",
		  "no machine's address" },
		{ LOCAL "hosts = ( { name = \"a\"; addresses = []; } );", "expected 1 to 64" },
		{ LOCAL "hosts = ( { addresses = [ \"192.168.1.1\" ]; } );", "name" },
		{ H("uses = [ \"dns\" ];") "internet = false;", "nobody serves 'dns'" },
		{ H("uses = [ \"htps\" ];"), "did you mean 'http" },
		{ H("uses = [ \"ssh:22\" ];"), "a port is given where it is served" },
		{ H("serves = [ \"ssh:0\" ];"), "port from 1 to 65535" },
		{ H("serves = [ \"ssh:70000\" ];"), "port from 1 to 65535" },
		{ H("serves = [ \"ssh:2x\" ];"), "port from 1 to 65535" },
		{ H("serves = [ \"ssh\", \"ssh:2222\" ];"), "'ssh' stands twice" },
		{ H("serves = [ 22 ];"), "services are strings" },
		{ H("serve = [ \"ssh\" ];"), "did you mean 'serves'" },
		{ H("os = \"beos\";"), "none of linux, windows, mac, iot" },
		{ H("weight = 0.0;"), "weight" },
		{ H("weight = -1.0;"), "weight" },
		{ H("") "hots = ();", "did you mean 'hosts'" },
		{ "local = [ \"198.18.0.0/15\" ];\nhosts = ( { name = \"a\"; addresses = [ "
		  "\"198.18.5.5\" ]; } );",
		  "the model's address" },
		{ LOCAL "hosts = ( 3 );", "a host is a group" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct network *n = NULL;
		struct err err = { "" };

		if (plan(cases[i].text, &n, &err) == 0)
			fail_msg("case %zu was accepted", i);
		assert_null(n);
		if (strstr(err.text, cases[i].why) == NULL ||
		    strstr(err.text, "plan.conf:") == NULL)
			fail_msg("case %zu: %s", i, err.text);
	}
}

/* Two services of one name, spelled for both ends; twenty hosts of two versions. */
static void both_versions_are_kept_apart(void **state)
{
	struct network *n = good_plan(
		"local = [ \"192.168.1.0/24\", \"2001:db8:5::/64\" ];\nhosts = (\n"
		"{ name = \"a\"; addresses = [ \"192.168.1.10\", \"2001:db8:5::10\" ]; },\n"
		"{ name = \"b\"; addresses = [ \"192.168.1.11\" ]; } );");
	uint16_t port = 0;
	struct rng rng;

	(void)state;
	rng_init(&rng, 8, 0, 0, RNG_TEST);
	for (int i = 0; i < 100; i++) {
		uint16_t h = network_map(n, CLIENT_V6, "https", 6, true, FLOW_NO_HOST, &rng, &port);
		size_t n_hosts;

		assert_string_equal(name_of(n, h), "a");
		assert_int_equal(network_hosts(n, &n_hosts)[h].addr.version, 6);
	}
	assert_true(network_allows(n, "https", 6, HOST_LOCAL, HOST_INTERNET, 6));
	network_freep(&n);
}

static void the_example_loads(void **state)
{
	struct network *n = NULL;
	struct conf *conf = NULL;
	struct err err = { "" };

	(void)state;
	if (conf_load("conf/examples/office-plan.conf", &conf, &err) < 0 ||
	    network_from_plan(conf, &set, &n, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(network_allows(n, "smb", 6, HOST_LOCAL, HOST_LOCAL, 4));
	assert_false(network_allows(n, "telnet", 6, HOST_LOCAL, HOST_LOCAL, 4));
	network_freep(&n);
	conf_freep(&conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_plan_all_is_itself),
		cmocka_unit_test(plans_say_what_is_allowed),
		cmocka_unit_test(hosts_are_drawn_by_weight),
		cmocka_unit_test(the_plans_port_is_told),
		cmocka_unit_test(a_machine_never_meets_itself),
		cmocka_unit_test(what_is_outside_stays),
		cmocka_unit_test(contradictions_are_refused),
		cmocka_unit_test(both_versions_are_kept_apart),
		cmocka_unit_test(the_example_loads),
	};

	return cmocka_run_group_tests(tests, make_learned, NULL);
}
