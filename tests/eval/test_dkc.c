/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/conn.h"
#include "eval/dkc.h"
#include "tests/eval/made_rows.h"

static bool breaks(const struct eval_rules *rules, const char *name,
		   const struct flow_record *record)
{
	for (size_t i = 0; i < eval_rules_n(rules); i++) {
		if (strcmp(eval_rules_name(rules, i), name) == 0)
			return eval_rules_broken(rules, i, record);
	}
	fail_msg("no rule '%s'", name);
	return false;
}

static void shipped_rules_parse(void **state)
{
	struct eval_rules *rules = NULL;
	struct err err = { "" };

	(void)state;
	assert_int_equal(eval_rules_parse("cidds", eval_rules_cidds_text, &rules, &err), 0);
	assert_int_equal(eval_rules_n(rules), 21);
	eval_rules_freep(&rules);
	assert_int_equal(eval_rules_load("conf/examples/dkc.conf", &rules, &err), 0);
	assert_int_equal(eval_rules_n(rules), 16);
	eval_rules_freep(&rules);
	eval_rules_freep(&rules);
}

static void shares_by_hand(void **state)
{
	struct flow_record a[4];
	struct made made;
	struct eval_rules *rules = NULL;
	struct eval_dkc dkc;

	(void)state;
	for (int i = 0; i < 4; i++) {
		a[i] = made_flow(i, 1, 1, 22, "ssh");
		a[i].fwd_packets = 1;
		a[i].fwd_bytes = 60;
	}
	a[1].duration_ns = 5000000000; /* one packet with a duration: rule 21 */
	a[2].duration_ns = 50000;      /* and 19, for it prints as 5e-05 */
	a[3].fwd_packets = 2;	       /* two without: rule 20; and 60 < 84: rule 16 */
	made_init(&made, a, 4, a, 4);
	assert_int_equal(eval_rules_parse("cidds", eval_rules_cidds_text, &rules, NULL), 0);
	assert_int_equal(eval_dkc(rules, &made.tables[0], &made.rows[0], &dkc, NULL), 0);
	assert_near(dkc.sum, 5.0 / 4 / 20);
	assert_near(dkc.any, 3.0 / 4);
	eval_rules_freep(&rules);
	made_done(&made);
}

static void any_network(void **state)
{
	struct flow_record f = made_flow(0, 1, 1, 443, "https");
	struct eval_rules *rules = NULL;

	(void)state;
	assert_int_equal(eval_rules_parse("any", eval_rules_any_text, &rules, NULL), 0);
	f.fwd_packets = 4;
	f.bwd_packets = 3;
	f.fwd_bytes = 400;
	f.bwd_bytes = 300;
	f.duration_ns = 1000;
	f.flags = TCP_SYN | TCP_ACK | TCP_FIN;
	for (size_t i = 0; i < eval_rules_n(rules); i++)
		assert_false(eval_rules_broken(rules, i, &f));
	f.fwd_bytes = 79;
	assert_true(breaks(rules, "forward packets shorter than an IP header", &f));
	f.proto = IPPROTO_UDP;
	assert_true(breaks(rules, "flags without TCP", &f));
	f.src = ip_from_v4(0xe0000001u);
	assert_true(breaks(rules, "from a multicast address", &f));
	f.dst = ip_from_v4(0xffffffffu);
	assert_true(breaks(rules, "an answer from a multicast or broadcast address", &f));
	eval_rules_freep(&rules);
}

static void refuses(const char *text, const char *expected)
{
	struct eval_rules *rules = NULL;
	struct err err = { "" };

	assert_true(eval_rules_parse("r", text, &rules, &err) < 0);
	assert_null(rules);
	if (strstr(err.text, expected) == NULL)
		fail_msg("'%s', expected '%s'", err.text, expected);
}

static void bad_rules(void **state)
{
	(void)state;
	refuses("x = 1;", "unknown key");
	refuses("rules = ();", "0 rules");
	refuses("rules = ( 5 );", "expected a group");
	refuses("rules = ( { name = \"a\"; if = (); } );", "0 conditions");
	refuses("rules = ( { name = \"a\"; if = ( { column = \"dst_prt\"; in = [1]; } ); } );",
		"did you mean 'dst_port'");
	refuses("rules = ( { name = \"a\"; if = ( { column = \"proto\"; } ); } );",
		"0 comparisons");
	refuses("rules = ( { name = \"a\"; if = ( { column = \"proto\"; in = [1]; below = 2.0; } "
		"); } );",
		"2 comparisons");
	refuses("rules = ( { name = \"a\"; if = ( { column = \"dst_ip\"; in = [1]; } ); } );",
		"within or outside");
	refuses("rules = ( { name = \"a\"; if = ( { column = \"proto\"; has = \"S\"; } ); } );",
		"only flags");
	refuses("rules = ( { name = \"a\"; if = ( { column = \"flags\"; has = \"XY\"; } ); } );",
		"letters of FSRPAUEC");
	refuses("rules = ( { name = \"a\"; if = ( { column = \"dst_ip\"; within = [\"1.2.3\"]; } "
		"); } );",
		"1.2.3");
	refuses("rules = ( { name = \"a\"; if = ( { column = \"proto\"; in = [1]; times = "
		"\"bytes\"; } "
		"); } );",
		"with below or above");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_rules_parse),
		cmocka_unit_test(shares_by_hand),
		cmocka_unit_test(any_network),
		cmocka_unit_test(bad_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
