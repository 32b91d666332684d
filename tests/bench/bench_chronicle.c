/* SPDX-License-Identifier: Apache-2.0 */
/* Mining patterns of flows: CPU time and bits saved, one thread, on the planted table of 6,000
 * flows where it is there, else on 6,000 made-up ones. */
#include <stdio.h>
#include <unistd.h>

#include "base/ns.h"
#include "flow/chronicle_published.h"
#include "tests/flow/made_flows.h"

#define PLANTED "../shared/data/planted/n6000.csv"

enum { N_ROWS = 6000, N_CLIENTS = 60 };

static int mine(const struct chronicle_published *published, enum chronicle_code code,
		const char *name, const char *what, struct err *err)
{
	struct chronicle_options options = { .code = code, .max_rows = 8, .n_threads = 1 };
	struct chronicle chronicle;
	int64_t begin = ns_process_cpu();
	int r = chronicle_mine(&published->table, &options, &chronicle, err);
	double seconds = (double)(ns_process_cpu() - begin) / 1e9;

	if (r == 0) {
		printf("chronicle_mine_%s\t%.3f\ts\t%zu flows%s\n", name, seconds,
		       published->table.n_rows, what);
		printf("chronicle_bits_%s\t%.1f\tbits\tfrom %.1f, %u patterns\n", name,
		       chronicle.bits.total, chronicle.bits.start, chronicle.n_patterns);
	}
	chronicle_done(&chronicle);
	return r;
}

int main(void)
{
	bool planted = access(PLANTED, R_OK) == 0;
	struct flow_table flows = { NULL, 0, 0 };
	struct chronicle_published published = { .codes = NULL };
	const char *what = planted ? ", planted" : ", made up";
	struct err err = { "" };
	int r = planted ? flow_table_read(PLANTED, &flows, NULL, &err)
			: made_flows(&flows, N_ROWS, N_CLIENTS, 1);

	if (r == 0)
		r = chronicle_published_init(&published, &flows, &err);
	if (r == 0)
		r = mine(&published, CHRONICLE_PUBLISHED, "published", what, &err);
	if (r == 0)
		r = mine(&published, CHRONICLE_SETS, "sets", what, &err);
	if (r < 0)
		fprintf(stderr, "bench_chronicle: %s\n", err.text);
	chronicle_published_done(&published);
	flow_table_done(&flows);
	return r < 0;
}
