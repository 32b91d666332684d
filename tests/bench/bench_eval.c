/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics: time for one pair of rows in either space, and for one draw of the suite. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/ns.h"
#include "eval/draw.h"
#include "eval/prdc.h"
#include "tests/flow/made_flows.h"

enum { N_ROWS = 10000, N_CLIENTS = 60 };

static int pairs(const struct eval_rows rows[2], enum eval_space space, const char *name,
		 struct err *err)
{
	const struct eval_rows *sides[2] = { &rows[0], &rows[1] };
	struct eval_points points[2];
	struct eval_prdc prdc;
	int64_t begin;
	int r = eval_points_encode(sides, 2, space, points, err);

	if (r < 0)
		return r;
	begin = ns_process_cpu();
	r = eval_prdc(&points[0], &points[1], space == EVAL_SPACE_CORRECTED, &prdc, err);
	printf("eval_prdc_%s\t%.2f\tns/pair\t%d by %d rows, radii and balls\n", name,
	       (double)(ns_process_cpu() - begin) / (2.0 * N_ROWS * N_ROWS), N_ROWS, N_ROWS);
	eval_points_done(&points[0]);
	eval_points_done(&points[1]);
	return r;
}

static int draw(struct eval_side sides[2], const struct eval_rows rows[2], struct err *err)
{
	const struct eval_side *pointers[2] = { &sides[0], &sides[1] };
	struct eval_options options = { .n_rows = N_ROWS, .n_draws = 1, .seed = 1 };
	struct eval_rules *published = NULL, *corrected = NULL;
	struct eval_drawn drawn;
	int r = eval_rules_parse("dkc-cidds.conf", eval_rules_cidds_text, &published, err);

	if (r == 0)
		r = eval_rules_parse("dkc.conf", eval_rules_any_text, &corrected, err);
	if (r == 0) {
		int64_t begin = ns_process_cpu();

		options.published_rules = published;
		options.corrected_rules = corrected;
		r = eval_draw(pointers, rows, 2, &options, 0, &drawn, err);
		printf("eval_draw\t%.3f\ts\t%d rows each, without training rows\n",
		       (double)(ns_process_cpu() - begin) / 1e9, N_ROWS);
	}
	eval_rules_freep(&published);
	eval_rules_freep(&corrected);
	return r;
}

int main(void)
{
	struct eval_side sides[2];
	const struct flow_table *tables[2] = { &sides[0].table, &sides[1].table };
	struct eval_rows rows[2];
	struct err err = { "" };
	int r;

	memset(sides, 0, sizeof(sides));
	r = made_flows(&sides[0].table, N_ROWS, N_CLIENTS, 1);
	if (r == 0)
		r = made_flows(&sides[1].table, N_ROWS, N_CLIENTS, 2);
	if (r == 0)
		r = eval_rows_encode(tables, 2, rows, &err);
	if (r == 0) {
		r = pairs(rows, EVAL_SPACE_PUBLISHED, "published", &err);
		if (r == 0)
			r = pairs(rows, EVAL_SPACE_CORRECTED, "corrected", &err);
		if (r == 0)
			r = draw(sides, rows, &err);
		eval_rows_done(&rows[0]);
		eval_rows_done(&rows[1]);
	}
	if (r < 0)
		fprintf(stderr, "bench_eval: %s\n", err.text);
	eval_side_done(&sides[0]);
	eval_side_done(&sides[1]);
	return r < 0;
}
