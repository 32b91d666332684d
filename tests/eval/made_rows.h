/* SPDX-License-Identifier: Apache-2.0 */
/* Small tables for the tests of metrics. */
#ifndef SOSIE_TESTS_EVAL_MADE_ROWS_H
#define SOSIE_TESTS_EVAL_MADE_ROWS_H

#include <netinet/in.h>
#include <string.h>

#include "eval/rows.h"

/* A flow at a second, from host 10.0.0.client to 10.0.1.server, TCP. */
static inline struct flow_record made_flow(double second, uint32_t client, uint32_t server,
					   uint16_t port, const char *service)
{
	struct flow_record record = { .start_ns = (int64_t)(second * 1e9),
				      .src = ip_from_v4(0x0a000000u + client),
				      .dst = ip_from_v4(0x0a000100u + server),
				      .src_port = 40000,
				      .dst_port = port,
				      .proto = IPPROTO_TCP,
				      .label = "-" };

	strncpy(record.service, service, sizeof(record.service) - 1);
	return record;
}

static inline struct flow_table made_table(const struct flow_record *records, size_t n)
{
	struct flow_table table = { NULL, 0, 0 };

	for (size_t i = 0; i < n; i++)
		assert_int_equal(flow_table_append(&table, &records[i], NULL), 0);
	return table;
}

/* Both sides of a comparison. */
struct made {
	struct flow_table tables[2];
	struct eval_rows rows[2];
};

static inline void made_init(struct made *made, const struct flow_record *a, size_t n_a,
			     const struct flow_record *b, size_t n_b)
{
	const struct flow_table *tables[2] = { &made->tables[0], &made->tables[1] };

	made->tables[0] = made_table(a, n_a);
	made->tables[1] = made_table(b, n_b);
	assert_int_equal(eval_rows_encode(tables, 2, made->rows, NULL), 0);
}

static inline void made_done(struct made *made)
{
	for (int i = 0; i < 2; i++) {
		eval_rows_done(&made->rows[i]);
		flow_table_done(&made->tables[i]);
	}
}

static inline void assert_near(double value, double expected)
{
	double apart = value < expected ? expected - value : value - expected;

	if (apart > 1e-9)
		fail_msg("%.17g, expected %.17g", value, expected);
}

#endif
