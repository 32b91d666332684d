/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "base/conn.h"
#include "eval/folds.h"
#include "eval/one_hot.h"
#include "flow/host.h"
#include "tests/eval/made_rows.h"

static void draws_are_seeded_and_in_range(void **state)
{
	uint32_t a[50], b[50], n_low = 0;
	struct err err = { "" };

	(void)state;
	assert_int_equal(eval_draw_numbers(100, 200, 50, 1, EVAL_DRAW_JUDGED, a, &err), 0);
	assert_int_equal(eval_draw_numbers(100, 200, 50, 1, EVAL_DRAW_JUDGED, b, &err), 0);
	assert_memory_equal(a, b, sizeof(a));
	for (int i = 0; i < 50; i++) {
		assert_in_range(a[i], 100, 199);
		assert_true(i == 0 || a[i] > a[i - 1]);
		n_low += a[i] < 150;
	}
	/* Hypergeometric, mean 25, deviation 2.5: 5 deviations, missed in 1e-6 of seeds. */
	assert_in_range(n_low, 13, 37);
	assert_int_equal(eval_draw_numbers(100, 200, 50, 2, EVAL_DRAW_JUDGED, b, &err), 0);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_int_equal(eval_draw_numbers(7, 10, 3, 1, EVAL_DRAW_JUDGED, a, &err), 0);
	assert_true(a[0] == 7 && a[1] == 8 && a[2] == 9);
	assert_true(eval_draw_numbers(7, 10, 4, 1, EVAL_DRAW_JUDGED, a, &err) < 0);
}

static void folds_keep_groups_and_balance(void **state)
{
	uint32_t groups[1000], n[5][2] = { { 0 } };
	uint8_t classes[1000], folds[1000], of_group[1000];

	(void)state;
	/* Groups of 1 to 4 rows, one in three of both classes. */
	for (uint32_t i = 0; i < 1000; i++) {
		groups[i] = 1000 - i * 2 / 5;
		classes[i] = (uint8_t)(groups[i] % 3 == 0 ? i % 2 : groups[i] % 3 == 1);
	}
	memset(of_group, 255, sizeof(of_group));
	assert_int_equal(eval_folds(groups, classes, 1000, 5, 3, folds, NULL), 0);
	for (uint32_t i = 0; i < 1000; i++) {
		uint8_t *fold = &of_group[groups[i] - 1];

		assert_true(folds[i] < 5 && (*fold == 255 || *fold == folds[i]));
		*fold = folds[i];
		n[folds[i]][classes[i]]++;
	}
	for (int f = 1; f < 5; f++) {
		assert_in_range(n[f][0], n[0][0] - 4, n[0][0] + 4);
		assert_in_range(n[f][1], n[0][1] - 4, n[0][1] + 4);
	}
}

static void context_looks_back_a_minute(void **state)
{
	const struct flow_record a[] = { made_flow(0, 1, 1, 80, "http"),
					 made_flow(10, 1, 2, 80, "http"),
					 made_flow(20, 2, 1, 80, "http"),
					 made_flow(60, 1, 1, 80, "http"),
					 made_flow(130, 1, 1, 80, "http") };
	const uint32_t clients[] = { 0, 1, 0, 2, 0 }, pairs[] = { 0, 0, 0, 1, 0 };
	struct eval_context context;
	struct made made;

	(void)state;
	made_init(&made, a, 5, a, 5);
	assert_int_equal(eval_context_make(&made.tables[0], &made.rows[0], &context, NULL), 0);
	assert_memory_equal(context.n_before[EVAL_CLIENT], clients, sizeof(clients));
	assert_memory_equal(context.n_before[EVAL_PAIR], pairs, sizeof(pairs));
	assert_int_equal(context.before[EVAL_CLIENT][3], 1);
	assert_int_equal(context.before[EVAL_PAIR][3], 0);
	assert_int_equal(context.before[EVAL_CLIENT][2], EVAL_NO_ROW);
	assert_int_equal(context.before[EVAL_CLIENT][4], EVAL_NO_ROW);
	eval_context_done(&context);
	made_done(&made);
}

static void sessions_are_of_a_client_and_time(void **state)
{
	const struct flow_record a[] = { made_flow(0, 1, 1, 80, "http"),
					 made_flow(5, 2, 1, 80, "http"),
					 made_flow(20, 1, 1, 80, "http"),
					 made_flow(31, 1, 1, 80, "http") };
	const struct flow_record b[] = { made_flow(20, 1, 9, 22, "ssh"),
					 made_flow(1000, 1, 1, 80, "http") };
	uint32_t of_a[4], of_b[2], *const sessions[2] = { of_a, of_b };
	struct made made;
	const struct flow_table *tables[2] = { &made.tables[0], &made.tables[1] };

	(void)state;
	made_init(&made, a, 4, b, 2);
	assert_int_equal(eval_sessions(tables, made.rows, sessions, NULL), 0);
	assert_int_equal(of_a[0], of_a[2]);
	assert_int_not_equal(of_a[0], of_b[0]);
	assert_int_not_equal(of_a[0], of_a[1]);
	assert_int_not_equal(of_a[0], of_a[3]);
	assert_int_not_equal(of_b[0], of_b[1]);
	made_done(&made);
}

static void features_by_hand(void **state)
{
	struct flow_record a[] = { made_flow(0, 1, 1, 53, "dns"),
				   made_flow(7.5, 1, 1, 443, "https"),
				   made_flow(8, 1, 1, 53, "dns") };
	struct eval_heads heads[3] = { { .n = 0 }, { .n = 2 }, { .n = 0 } };
	float v[EVAL_N_FEATURES];
	struct eval_context context;
	struct eval_local local;
	struct made made;
	struct eval_source source = { &made.tables[0], &made.rows[0], &context, heads, &local };

	(void)state;
	a[0].duration_ns = 8000000000;
	a[1].dst = ip_from_v4(0xc6120001u); /* 198.18.0.1 */
	a[1].flags = TCP_SYN | TCP_FIN;
	a[1].duration_ns = 3000000;
	a[1].fwd_packets = 3;
	a[1].bwd_packets = 1;
	a[1].fwd_bytes = 3 * 127;
	a[1].fwd_payload = 7;
	heads[1].packets[1] = (struct eval_head) { 1500, 512, 9, TCP_ACK, 1 };
	made_init(&made, a, 3, a, 3);
	assert_int_equal(eval_local_init(&local, NULL, 0, NULL), 0);
	assert_int_equal(eval_context_make(&made.tables[0], &made.rows[0], &context, NULL), 0);
	eval_features(&source, 1, v);
	assert_near(v[EVAL_F_PROTO], IPPROTO_TCP);
	assert_near(v[EVAL_F_SRC_SCOPE], HOST_LOCAL);
	assert_near(v[EVAL_F_DST_SCOPE], HOST_INTERNET);
	assert_near(v[EVAL_F_SRC_PORT], 3);
	assert_near(v[EVAL_F_DST_PORT], 1);
	assert_true(v[EVAL_F_FIN] > 0 && v[EVAL_F_FIN + 1] > 0 && v[EVAL_F_FIN + 2] <= 0);
	assert_near(v[EVAL_F_DURATION], 2);
	assert_near(v[EVAL_F_FWD_PACKETS], 2);
	assert_near(v[EVAL_F_FWD_PAYLOAD], 3);
	assert_near(v[EVAL_F_FWD_MEAN], 7);
	assert_true(v[EVAL_F_PACE] > 9.967F && v[EVAL_F_PACE] < 9.968F); /* log2(1001) */
	assert_true(v[EVAL_F_CLIENT_GAP] > 12.87F && v[EVAL_F_CLIENT_GAP] < 12.88F);
	assert_near(v[EVAL_F_CLIENT_FLOWS], 1);
	assert_near(v[EVAL_F_CLIENT_FLOWS + EVAL_PAIR], 0);
	assert_near(v[EVAL_F_LAST_OPEN], 1);
	assert_near(v[EVAL_F_LAST_SERVER], 0);
	assert_near(v[EVAL_N_FLOW_FEATURES + EVAL_N_HEAD_FEATURES + 1], 1500);
	assert_true(isnan(v[EVAL_N_FLOW_FEATURES + 2 * EVAL_N_HEAD_FEATURES]));
	eval_features(&source, 0, v);
	assert_true(isnan(v[EVAL_F_LAST_SERVICE]));
	/* Addresses and times of day are not in: another network, another year. */
	for (int i = 0; i < 3; i++) {
		made.tables[0].rows[i].start_ns += INT64_C(31536000) * 1000000000;
		made.tables[0].rows[i].src = ip_from_v4(0xac100005u);
	}
	eval_features(&source, 1, v);
	{
		float same[EVAL_N_FEATURES];

		source.table = &made.tables[1];
		eval_features(&source, 1, same);
		assert_memory_equal(v, same, EVAL_N_FLOW_FEATURES * sizeof(float));
	}
	eval_context_done(&context);
	made_done(&made);
}

static void local_prefixes(void **state)
{
	const char *const good[] = { "203.0.113.0/24" }, *const bad[] = { "203.0.113.0/99" };
	const char *many[EVAL_LIMIT_LOCAL];
	struct eval_local local;
	struct err err = { "" };

	(void)state;
	assert_int_equal(eval_local_init(&local, good, 1, &err), 0);
	assert_int_equal(local.n, 8);
	assert_true(eval_local_init(&local, bad, 1, &err) < 0);
	for (int i = 0; i < EVAL_LIMIT_LOCAL; i++)
		many[i] = good[0];
	assert_true(eval_local_init(&local, many, EVAL_LIMIT_LOCAL, &err) < 0);
}

static void one_hot_by_hand(void **state)
{
	const enum eval_feature columns[] = { EVAL_F_LAST_STATE, EVAL_F_DURATION, EVAL_F_PACE };
	float of_train[] = { 3, 1, 5, NAN, 3, 5, 3, 5, 5, 1, 3, 5 }, of_test[] = { 2, 7, 9 };
	struct eval_matrix train = { 4, 3, of_train }, test = { 1, 3, of_test }, a, b;
	const float first[] = { 0, 1, 0, -1.41421356F };

	(void)state;
	/* States 1, 3, missing; durations of mean 3 and deviation sqrt(2); a constant pace. */
	assert_int_equal(eval_one_hot(&train, &test, columns, &a, &b, NULL), 0);
	assert_int_equal(a.n_columns, 4);
	for (int c = 0; c < 4; c++)
		assert_true(fabsf(a.values[c] - first[c]) < 1e-6F);
	assert_true(a.values[4 + 2] > 0 && a.values[4] <= 0 && a.values[5] <= 0);
	/* A state that was not seen is none. */
	assert_true(b.values[0] <= 0 && b.values[1] <= 0 && b.values[2] <= 0);
	assert_true(fabsf(b.values[3] - 2.82842712F) < 1e-6F);
	eval_matrix_done(&a);
	eval_matrix_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draws_are_seeded_and_in_range),
		cmocka_unit_test(folds_keep_groups_and_balance),
		cmocka_unit_test(context_looks_back_a_minute),
		cmocka_unit_test(sessions_are_of_a_client_and_time),
		cmocka_unit_test(features_by_hand),
		cmocka_unit_test(local_prefixes),
		cmocka_unit_test(one_hot_by_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
