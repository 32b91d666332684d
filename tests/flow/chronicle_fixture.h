/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the family `chronicle` share: a base network learned from made-up flows, and
 * patterns written by hand on top of it. */
#ifndef SOSIE_TESTS_FLOW_CHRONICLE_FIXTURE_H
#define SOSIE_TESTS_FLOW_CHRONICLE_FIXTURE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/chronicle.h"
#include "tests/chi_square.h"
#include "tests/flow/made_flows.h"
#include "tests/unit.h"

enum { N_ROWS = 3000, N_CLIENTS = 12, N_DRAWS = 20000 };

struct fixture {
	const struct flow_model_ops *ops;
	struct flow_table table;
	struct host_set hosts;
	struct network *network;
	char *text; /* as learned */
	char *base; /* of it what stands before the patterns */
	struct chronicle_flows flows;
};

static inline char *saved(const struct fixture *f, const struct chronicle_flows *flows)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	assert_int_equal(f->ops->save(flows, out), 0);
	fclose(out);
	return text;
}

static inline int load(struct fixture *f, const char *text, struct err *err)
{
	struct conf *conf = NULL;
	int r = conf_parse("flow.conf", text, &conf, err);

	f->ops->close(&f->flows);
	memset(&f->flows, 0, sizeof(f->flows));
	if (r == 0)
		r = f->ops->load(&f->flows, conf, &f->hosts, err);
	conf_freep(&conf);
	return r;
}

/* Loads patterns written by hand. */
static inline int load_patterns(struct fixture *f, const char *patterns, struct err *err)
{
	char *text = NULL;
	int r;

	assert_true(asprintf(&text, "%spatterns = (\n%s\n);\n", f->base, patterns) > 0);
	r = load(f, text, err);
	free(text);
	return r;
}

static inline void must_load(struct fixture *f, const char *patterns)
{
	struct err err = { "" };

	if (load_patterns(f, patterns, &err) < 0)
		fail_msg("%s", err.text);
	if (f->ops->bind(&f->flows, f->network, &err) < 0)
		fail_msg("%s", err.text);
}

static inline void fit_made(struct fixture *f)
{
	struct ip_prefix local;
	struct host_fit options = { .local = &local, .n_local = 1, .limit = 50 };
	struct flow_fit fit = { .table = &f->table, .hosts = &f->hosts };
	struct chronicle_flows state = { 0 };
	struct err err = { "" };
	char *end;

	assert_int_equal(ip_prefix_parse("192.168.0.0/16", &local, &err), 0);
	assert_int_equal(host_set_fit(&f->table, &options, &f->hosts, &err), 0);
	if (f->ops->fit(&state, &fit, &err) < 0)
		fail_msg("%s", err.text);
	f->text = saved(f, &state);
	f->ops->close(&state);
	end = strstr(f->text, "# Code lengths");
	if (end == NULL)
		end = strstr(f->text, "# Patterns");
	assert_non_null(end);
	f->base = strndup(f->text, (size_t)(end - f->text));
	assert_int_equal(network_from_hosts(&f->hosts, &f->network, &err), 0);
}

static inline struct fixture *fixture_new(void)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->ops = flow_model_named("chronicle");
	assert_non_null(f->ops);
	assert_int_equal(f->ops->state_bytes, sizeof(f->flows));
	assert_int_equal(made_flows(&f->table, N_ROWS, N_CLIENTS, 31), 0);
	fit_made(f);
	return f;
}

static inline void fixture_free(struct fixture *f)
{
	f->ops->close(&f->flows);
	network_freep(&f->network);
	host_set_done(&f->hosts);
	flow_table_done(&f->table);
	free(f->text);
	free(f->base);
	free(f);
}

/* One fixture for all tests of a program: each loads its own patterns. */
static inline int fixture_setup(void **state)
{
	*state = fixture_new();
	return 0;
}

static inline int fixture_teardown(void **state)
{
	fixture_free(*state);
	return 0;
}

/* Occurrence i, at an instant of its own. */
static inline struct flow_start draw_start(uint32_t i)
{
	return (struct flow_start) { .start_ns = (int64_t)i * NS_PER_S,
				     .window = i,
				     .occurrence = 3 };
}

static inline size_t draw(struct fixture *f, uint32_t i, uint32_t attempt,
			  struct flow_record *records)
{
	const struct flow_start start = draw_start(i);

	return f->ops->expand(&f->flows, NULL, &start, 99, attempt, records);
}

#endif
