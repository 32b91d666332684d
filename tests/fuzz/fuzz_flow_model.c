/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as flow.conf of each family: refused, or a model that draws records of its hosts. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/conn.h"
#include "flow/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void draw(const struct flow_model_ops *ops, void *state, const struct host_set *set)
{
	void *memory = calloc(1, ops->memory_bytes + 1);
	struct flow_record records[FLOW_EXPAND_MAX];
	struct network *network = NULL;
	struct err err = { "" };

	if (memory != NULL && network_from_hosts(set, &network, &err) == 0 &&
	    ops->bind(state, network, &err) == 0)
		for (uint32_t i = 0; i < 20; i++) {
			const struct flow_start start = { .window = i, .occurrence = i };
			size_t n = ops->expand(state, memory, &start, 1, i % 3, records);

			if (n > FLOW_EXPAND_MAX)
				abort();
			for (size_t k = 0; k < n; k++)
				if (records[k].src_host >= set->n_hosts ||
				    records[k].dst_host >= set->n_hosts ||
				    records[k].state >= CONN_N_STATES || records[k].duration_ns < 0)
					abort();
			for (size_t k = 1; k < n; k++)
				if (records[k].start_ns < records[k - 1].start_ns)
					abort();
		}
	network_freep(&network);
	free(memory);
}

static void try_family(const struct flow_model_ops *ops, const struct conf *conf)
{
	struct host hosts[4] = {
		{ .name = "client", .role = "client", .span = 1, .addr = ip_from_v4(0x0a000001) },
		{ .name = "server", .role = "server", .span = 1, .addr = ip_from_v4(0x0a000002) },
		{ .name = "out",
		  .scope = HOST_INTERNET,
		  .span = 9,
		  .addr = ip_from_v4(0xc6120001) },
		{ .name = "group", .scope = HOST_GROUP, .span = 1, .addr = ip_from_v4(0xe00000fb) },
	};
	const struct host_set set = { .hosts = hosts, .n_hosts = 4 };
	void *state = calloc(1, ops->state_bytes);
	struct err err = { "" };
	FILE *sink;

	if (state == NULL)
		return;
	if (ops->load(state, conf, &set, &err) == 0) {
		sink = fopen("/dev/null", "w");
		if (sink != NULL) {
			ops->save(state, sink);
			ops->explain(state, &set, sink, FLOW_EXPLAIN_MDL);
			fclose(sink);
		}
		draw(ops, state, &set);
	}
	ops->close(state);
	free(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct conf *conf = NULL;
	struct err err = { "" };

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (conf_parse("fuzz", text, &conf, &err) == 0) {
		try_family(flow_model_named("chronicle"), conf);
		try_family(flow_model_named("independent"), conf);
		try_family(flow_model_named("sequence"), conf);
	}
	conf_freep(&conf);
	free(text);
	return 0;
}
