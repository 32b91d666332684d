/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both families on half a day of a public server's flows (Zeek logs): what is drawn looks like what
 * was learned, and the model says nothing of who was there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/model.h"

enum { N_BINS = 200, N_SERVICES = 256, N_LOGS = 12 };

#define LOGS "../shared/data/flows/rita_droplet/train/2024-04-19.conn.*.log.gz"

struct shape {
	uint64_t services[N_SERVICES], packets[N_BINS], payload[N_BINS];
};

static char names[N_SERVICES][FLOW_SERVICE_BYTES];
static struct flow_table table;
static struct host_set hosts;

/* Half octaves: 0, 1, 1.4, 2, 2.8 ... */
static int bin_of(uint64_t value)
{
	return value == 0 ? 0 : 1 + (int)floor(2 * log2((double)value));
}

static int service_of(const char *name)
{
	int i = 0;

	while (i < N_SERVICES - 1 && names[i][0] != '\0' && strcmp(names[i], name) != 0)
		i++;
	snprintf(names[i], FLOW_SERVICE_BYTES, "%s", name);
	return i;
}

static void add(struct shape *s, const struct flow_record *r)
{
	s->services[service_of(r->service)]++;
	s->packets[bin_of(r->fwd_packets + r->bwd_packets)]++;
	s->payload[bin_of(r->fwd_payload + r->bwd_payload)]++;
}

/* Jensen-Shannon divergence in bits. */
static double divergence(const uint64_t *a, const uint64_t *b, int n)
{
	double total_a = 0, total_b = 0, sum = 0;

	for (int i = 0; i < n; i++) {
		total_a += (double)a[i];
		total_b += (double)b[i];
	}
	for (int i = 0; i < n; i++) {
		double p = (double)a[i] / total_a, q = (double)b[i] / total_b, m = (p + q) / 2;

		sum += p > 0 ? p * log2(p / m) / 2 : 0;
		sum += q > 0 ? q * log2(q / m) / 2 : 0;
	}
	return sum;
}

static int read_logs(void **state)
{
	struct ip_prefix local[2];
	struct host_fit options = { .local = local, .n_local = 2 };
	struct flow_read_stats stats;
	struct err err = { "" };
	glob_t logs;

	(void)state;
	if (glob(LOGS, 0, NULL, &logs) != 0)
		return -1;
	for (size_t i = 0; i < logs.gl_pathc && i < N_LOGS; i++)
		if (flow_table_read(logs.gl_pathv[i], &table, &stats, &err) < 0)
			fail_msg("%s", err.text);
	globfree(&logs);
	flow_table_sort(&table);
	assert_true(table.n_rows > 5000);
	assert_int_equal(ip_prefix_parse("10.0.0.0/8", &local[0], &err), 0);
	assert_int_equal(ip_prefix_parse("192.168.0.0/16", &local[1], &err), 0);
	return host_set_fit(&table, &options, &hosts, &err);
}

static int forget(void **state)
{
	(void)state;
	flow_table_done(&table);
	host_set_done(&hosts);
	return 0;
}

static char *fitted(const struct flow_model_ops *ops)
{
	struct flow_fit fit = { .table = &table, .hosts = &hosts };
	void *model = calloc(1, ops->state_bytes);
	struct err err = { "" };
	char *text = NULL;
	size_t n = 0;
	FILE *out;

	if (ops->fit(model, &fit, &err) < 0)
		fail_msg("%s", err.text);
	out = open_memstream(&text, &n);
	assert_int_equal(ops->save(model, out), 0);
	assert_int_equal(host_set_save(&hosts, out), 0);
	fclose(out);
	ops->close(model);
	free(model);
	return text;
}

static void draw_all(const struct flow_model_ops *ops, struct shape *shape)
{
	struct flow_fit fit = { .table = &table, .hosts = &hosts };
	void *model = calloc(1, ops->state_bytes), *memory = calloc(1, ops->memory_bytes + 1);
	struct network *network = NULL;
	struct err err = { "" };

	assert_int_equal(ops->fit(model, &fit, &err), 0);
	assert_int_equal(network_from_hosts(&hosts, &network, &err), 0);
	assert_int_equal(ops->bind(model, network, &err), 0);
	for (size_t i = 0; i < table.n_rows; i++) {
		const struct flow_start start = { .window = i / 10,
						  .occurrence = (uint32_t)(i % 10) };
		struct flow_record r[FLOW_EXPAND_MAX];

		assert_int_equal(ops->expand(model, memory, &start, 7, 0, r), 1);
		add(shape, &r[0]);
		assert_true(r[0].bwd_packets > 0 || r[0].bwd_payload == 0);
		assert_true(r[0].fwd_packets > 0 || r[0].fwd_payload == 0);
		assert_false(ip_equal(&r[0].src, &r[0].dst));
	}
	network_freep(&network);
	ops->close(model);
	free(model);
	free(memory);
}

/* Bounds in bits; two halves of one law of this size differ by about 0.001. */
static void drawn_flows_look_like_those_learned(void **state)
{
	struct shape real = { 0 }, made = { 0 };

	for (size_t i = 0; i < table.n_rows; i++)
		add(&real, &table.rows[i]);
	draw_all(flow_model_named(*state), &made);
	assert_true(divergence(real.services, made.services, N_SERVICES) < 0.01);
	assert_true(divergence(real.packets, made.packets, N_BINS) < 0.02);
	assert_true(divergence(real.payload, made.payload, N_BINS) < 0.02);
}

static void no_address_is_in_the_model(void **state)
{
	char *text = fitted(flow_model_named(*state));
	char ip[IP_TEXT_BYTES], quoted[IP_TEXT_BYTES + 2];

	for (size_t i = 0; i < table.n_rows; i += 7) {
		if (ip_is_multicast(&table.rows[i].dst) || ip_is_unspecified(&table.rows[i].src))
			continue;
		snprintf(quoted, sizeof(quoted), "\"%s\"", ip_format(&table.rows[i].src, ip));
		assert_null(strstr(text, quoted));
		snprintf(quoted, sizeof(quoted), "\"%s\"", ip_format(&table.rows[i].dst, ip));
		assert_null(strstr(text, quoted));
	}
	assert_true(strlen(text) < 1500000);
	free(text);
}

int main(void)
{
	static char independent[] = "independent", sequence[] = "sequence";
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(drawn_flows_look_like_those_learned, independent),
		cmocka_unit_test_prestate(drawn_flows_look_like_those_learned, sequence),
		cmocka_unit_test_prestate(no_address_is_in_the_model, independent),
		cmocka_unit_test_prestate(no_address_is_in_the_model, sequence),
	};

	if (access("../shared/data/flows/rita_droplet/train", R_OK) != 0) {
		printf("skipped: no ../shared/data/flows/rita_droplet here\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, read_logs, forget);
}
