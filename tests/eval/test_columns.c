/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "eval/cmd.h"
#include "eval/emd.h"
#include "eval/jsd.h"
#include "eval/pcd.h"
#include "tests/eval/made_rows.h"

static void jsd_by_hand(void **state)
{
	const double a[] = { 1, 1, 0 }, b[] = { 0, 3, 3 }, none[] = { 0, 0, 0 };

	(void)state;
	/* halves on cells 0,1 and 1,2: (1/2) ln 2 */
	assert_near(eval_jsd_counts(a, b, 3), 0.34657359027997264);
	assert_near(eval_jsd_counts(a, a, 3), 0);
	assert_near(eval_jsd_counts(a, none, 3), 0.69314718055994531);
	assert_near(eval_jsd_counts(none, none, 3), 0);
}

static void jsd_of_columns(void **state)
{
	const struct flow_record a[] = { made_flow(0, 1, 1, 80, "http"),
					 made_flow(1, 1, 1, 80, "http") };
	const struct flow_record b[] = { made_flow(0, 1, 1, 443, "https"),
					 made_flow(1, 1, 1, 443, "https") };
	struct made made;
	double jsd;

	(void)state;
	made_init(&made, a, 2, b, 2);
	/* one of five columns is disjoint: sqrt(ln 2) / 5 */
	assert_int_equal(eval_jsd_published(&made.rows[0], &made.rows[1], &jsd, NULL), 0);
	assert_near(jsd, 0.83255461115769775 / 5);
	/* two of seven: port and service, a bit each */
	assert_int_equal(eval_jsd_corrected(&made.rows[0], &made.rows[1], &jsd, NULL), 0);
	assert_near(jsd, 2.0 / 7);
	made_done(&made);
}

/* Addresses count by their popularity: other names, same mix. */
static void corrected_jsd_ignores_names(void **state)
{
	const struct flow_record a[] = { made_flow(0, 1, 1, 80, "http"),
					 made_flow(1, 1, 1, 80, "http"),
					 made_flow(2, 2, 1, 80, "http") };
	const struct flow_record b[] = { made_flow(0, 8, 7, 80, "http"),
					 made_flow(1, 9, 7, 80, "http"),
					 made_flow(2, 9, 7, 80, "http") };
	struct made made;
	double jsd;

	(void)state;
	made_init(&made, a, 3, b, 3);
	assert_int_equal(eval_jsd_corrected(&made.rows[0], &made.rows[1], &jsd, NULL), 0);
	assert_near(jsd, 0);
	assert_int_equal(eval_jsd_published(&made.rows[0], &made.rows[1], &jsd, NULL), 0);
	assert_near(jsd, 2 * 0.83255461115769775 / 5);
	made_done(&made);
}

static void wasserstein_by_hand(void **state)
{
	double a[] = { 3, 0, 1 }, b[] = { 5, 6, 8 }, c[] = { 0 }, d[] = { 1, 0 }, same[] = { 0, 1 };

	(void)state;
	assert_near(eval_wasserstein(a, 3, b, 3), 5);
	assert_near(eval_wasserstein(c, 1, d, 2), 0.5);
	assert_near(eval_wasserstein(same, 2, d, 2), 0);
}

static void emd_by_hand(void **state)
{
	struct flow_record a[4], b[4];
	struct made made;
	double emd;

	(void)state;
	for (int i = 0; i < 4; i++) {
		a[i] = b[i] = made_flow(i, 1, 1, 80, "http");
		a[i].fwd_packets = b[i].fwd_packets = 1;
		b[i].fwd_packets = 3; /* log2(1 + 3) - log2(1 + 1) = 1 doubling */
	}
	made_init(&made, a, 4, b, 4);
	assert_int_equal(eval_emd_corrected(&made.rows[0], &made.rows[1], &emd, NULL), 0);
	assert_near(emd, 1.0 / 5);
	/* One bin around 1; all of the other side is outside: heights {1} and {0}. */
	assert_int_equal(eval_emd_published(&made.rows[0], &made.rows[1], &emd, NULL), 0);
	assert_near(emd, 1.0 / 5);
	made_done(&made);
}

static void pcd_by_hand(void **state)
{
	struct flow_record a[3], b[3];
	struct made made;
	double pcd;

	(void)state;
	for (int i = 0; i < 3; i++) {
		a[i] = b[i] = made_flow(i, 1, 1, 80, "http");
		a[i].fwd_packets = b[i].fwd_packets = (uint64_t)i;
		a[i].bwd_packets = (uint64_t)i;
		b[i].bwd_packets = (uint64_t)(2 - i);
	}
	made_init(&made, a, 3, b, 3);
	/* 1 against -1 in two cells; constant columns are 0 on both sides */
	assert_int_equal(eval_pcd_published(&made.rows[0], &made.rows[1], &pcd, NULL), 0);
	assert_near(pcd, 2.8284271247461903);
	assert_int_equal(eval_pcd_corrected(&made.rows[0], &made.rows[1], &pcd, NULL), 0);
	assert_near(pcd, 2.8284271247461903);
	made_done(&made);
}

static void ranks_do_not_see_scale(void **state)
{
	struct flow_record a[3], b[3];
	struct made made;
	double pcd;

	(void)state;
	for (int i = 0; i < 3; i++) {
		a[i] = b[i] = made_flow(i, 1, 1, 80, "http");
		a[i].fwd_packets = b[i].fwd_packets = (uint64_t)i;
		a[i].bwd_packets = (uint64_t)i;
		b[i].bwd_packets = i == 2 ? 1000000 : (uint64_t)i;
	}
	made_init(&made, a, 3, b, 3);
	assert_int_equal(eval_pcd_published(&made.rows[0], &made.rows[1], &pcd, NULL), 0);
	assert_true(pcd > 0.1);
	assert_int_equal(eval_pcd_corrected(&made.rows[0], &made.rows[1], &pcd, NULL), 0);
	assert_near(pcd, 0);
	made_done(&made);
}

static void cmd_by_hand(void **state)
{
	/* Port and client go together on one side, and not on the other; marginals are the same. */
	const struct flow_record a[] = { made_flow(0, 1, 1, 80, "x"), made_flow(1, 1, 1, 80, "x"),
					 made_flow(2, 2, 1, 22, "x"), made_flow(3, 2, 1, 22, "x") };
	const struct flow_record b[] = { made_flow(0, 1, 1, 80, "x"), made_flow(1, 1, 1, 22, "x"),
					 made_flow(2, 2, 1, 80, "x"), made_flow(3, 2, 1, 22, "x") };
	struct made made;
	double cmd;

	(void)state;
	made_init(&made, a, 4, b, 4);
	/* one pair of ten differs, by 1/4 in each of four cells: sqrt(4 / 16) */
	assert_int_equal(eval_cmd_published(&made.rows[0], &made.rows[1], &cmd, NULL), 0);
	assert_near(cmd, 0.5 / 10);
	/* one of 21, by half of 4 * 1/4 */
	assert_int_equal(eval_cmd_corrected(&made.rows[0], &made.rows[1], &cmd, NULL), 0);
	assert_near(cmd, 0.5 / 21);
	assert_int_equal(eval_jsd_published(&made.rows[0], &made.rows[1], &cmd, NULL), 0);
	assert_near(cmd, 0);
	made_done(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jsd_by_hand),
		cmocka_unit_test(jsd_of_columns),
		cmocka_unit_test(corrected_jsd_ignores_names),
		cmocka_unit_test(wasserstein_by_hand),
		cmocka_unit_test(emd_by_hand),
		cmocka_unit_test(pcd_by_hand),
		cmocka_unit_test(ranks_do_not_see_scale),
		cmocka_unit_test(cmd_by_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
