/* SPDX-License-Identifier: Apache-2.0 */
/* Flow models: time to fit 100,000 made-up flows, to load the text, and to draw one record (the
 * median of rounds, and the best of them: others use the machine too). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/ns.h"
#include "flow/model.h"
#include "tests/flow/made_flows.h"

enum { N_ROWS = 100000, N_CLIENTS = 60, N_ROUNDS = 15, N_DRAWS = 50000 };

struct bench {
	struct flow_table table;
	struct host_set hosts;
	struct network *network;
	struct err err;
};

static int prepare(struct bench *b)
{
	struct ip_prefix local;
	struct host_fit options = { .local = &local, .n_local = 1 };
	int r = made_flows(&b->table, N_ROWS, N_CLIENTS, 1);

	if (r == 0)
		r = ip_prefix_parse("192.168.0.0/16", &local, &b->err);
	if (r == 0)
		r = host_set_fit(&b->table, &options, &b->hosts, &b->err);
	return r < 0 ? r : network_from_hosts(&b->hosts, &b->network, &b->err);
}

static int fit(struct bench *b, const struct flow_model_ops *ops, char **ret_text)
{
	struct flow_fit options = { .table = &b->table, .hosts = &b->hosts, .seed = 1 };
	CLEANUP(freep) void *state = mem_array(1, ops->state_bytes);
	int64_t begin = ns_process_cpu();
	size_t n = 0;
	FILE *out;
	int r = state == NULL ? -1 : ops->fit(state, &options, &b->err);

	if (r == 0) {
		printf("flow_model_fit_%s\t%.3f\ts\t%d flows\n", ops->name,
		       (double)(ns_process_cpu() - begin) / 1e9, N_ROWS);
		out = open_memstream(ret_text, &n);
		r = out == NULL ? -1 : ops->save(state, out);
		if (out != NULL)
			fclose(out);
	}
	if (state != NULL)
		ops->close(state);
	return r;
}

static int compare_times(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Nanoseconds of CPU time for each record of one round of occurrences. */
static double draw_round(const struct flow_model_ops *ops, const void *state, void *memory,
			 uint32_t round)
{
	struct flow_record records[FLOW_EXPAND_MAX];
	const int64_t begin = ns_process_cpu();
	size_t n = 0;

	for (uint32_t i = round * N_DRAWS; i < (round + 1) * N_DRAWS; i++) {
		const struct flow_start start = { .start_ns = i,
						  .window = i / 16,
						  .occurrence = i % 16 };

		n += ops->expand(state, memory, &start, 1, 0, records);
	}
	return (double)(ns_process_cpu() - begin) / (double)n;
}

static int load_and_draw(struct bench *b, const struct flow_model_ops *ops, const char *text)
{
	CLEANUP(freep) void *memory = mem_array(1, ops->memory_bytes);
	CLEANUP(freep) void *state = mem_array(1, ops->state_bytes);
	double ns[N_ROUNDS];
	struct conf *conf = NULL;
	int64_t begin = ns_process_cpu();
	int r = state == NULL || memory == NULL ? -1 : conf_parse("flow", text, &conf, &b->err);

	if (r == 0)
		r = ops->load(state, conf, &b->hosts, &b->err);
	conf_freep(&conf);
	if (r == 0) {
		printf("flow_model_load_%s\t%.3f\tms\t%zu bytes of text\n", ops->name,
		       (double)(ns_process_cpu() - begin) / 1e6, strlen(text));
		begin = ns_process_cpu();
		r = ops->bind(state, b->network, &b->err);
	}
	if (r == 0) {
		printf("flow_model_bind_%s\t%.3f\tms\t\n", ops->name,
		       (double)(ns_process_cpu() - begin) / 1e6);
		for (uint32_t i = 0; i < N_ROUNDS; i++)
			ns[i] = draw_round(ops, state, memory, i);
		qsort(ns, N_ROUNDS, sizeof(*ns), compare_times);
		printf("flow_model_record_%s\t%.1f\tns\t%.0f records a second, best round %.0f\n",
		       ops->name, ns[N_ROUNDS / 2], 1e9 / ns[N_ROUNDS / 2], 1e9 / ns[0]);
	}
	if (state != NULL)
		ops->close(state);
	return r;
}

int main(void)
{
	static const char *const families[] = { "chronicle", "independent", "sequence" };
	static struct bench b;
	int r = prepare(&b);

	for (int i = 0; i < 3 && r == 0; i++) {
		const struct flow_model_ops *ops = flow_model_named(families[i]);
		CLEANUP(freep) char *text = NULL;

		r = fit(&b, ops, &text);
		if (r == 0)
			r = load_and_draw(&b, ops, text);
	}
	if (r < 0)
		fprintf(stderr, "bench_flow_model: %s\n", b.err.text);
	network_freep(&b.network);
	host_set_done(&b.hosts);
	flow_table_done(&b.table);
	return r < 0;
}
