/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the Bayesian families share: a model from made-up flows, as text and loaded. */
#ifndef SOSIE_TESTS_FLOW_BAYES_FIXTURE_H
#define SOSIE_TESTS_FLOW_BAYES_FIXTURE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/hash.h"
#include "flow/bayes.h"
#include "flow/bayes_kind.h"
#include "tests/chi_square.h"
#include "tests/flow/made_flows.h"
#include "tests/unit.h"

enum { N_ROWS = 4000, N_CLIENTS = 12, N_DRAWS = 40000 };

/* One model, from made-up flows, as text and loaded. */
struct fixture {
	const struct flow_model_ops *ops;
	struct flow_table table;
	struct host_set hosts;
	char *text;
	struct bayes_flows flows;
	struct network *network;
	struct bayes_memory memory;
};

static inline char *save(const struct flow_model_ops *ops, const void *state)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	assert_int_equal(ops->save(state, out), 0);
	fclose(out);
	return text;
}

static inline int load(const struct fixture *f, const char *text, struct bayes_flows *ret,
		       struct err *err)
{
	struct conf *conf = NULL;
	int r = conf_parse("flow.conf", text, &conf, err);

	memset(ret, 0, sizeof(*ret));
	if (r == 0)
		r = f->ops->load(ret, conf, &f->hosts, err);
	conf_freep(&conf);
	return r;
}

static inline void fit_table(struct fixture *f)
{
	struct ip_prefix local;
	struct host_fit options = { .local = &local, .n_local = 1, .limit = 50 };
	struct flow_fit fit = { .table = &f->table, .hosts = &f->hosts };
	struct bayes_flows state = { 0 };
	struct err err = { "" };

	assert_int_equal(ip_prefix_parse("192.168.0.0/16", &local, &err), 0);
	assert_int_equal(host_set_fit(&f->table, &options, &f->hosts, &err), 0);
	if (f->ops->fit(&state, &fit, &err) < 0)
		fail_msg("%s", err.text);
	f->text = save(f->ops, &state);
	f->ops->close(&state);
}

static inline struct fixture *made(const char *family)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err = { "" };

	f->ops = flow_model_named(family);
	assert_non_null(f->ops);
	assert_int_equal(f->ops->state_bytes, sizeof(f->flows));
	assert_int_equal(made_flows(&f->table, N_ROWS, N_CLIENTS, 31), 0);
	fit_table(f);
	if (load(f, f->text, &f->flows, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(network_from_hosts(&f->hosts, &f->network, &err), 0);
	return f;
}

static inline void done(struct fixture *f)
{
	f->ops->close(&f->flows);
	network_freep(&f->network);
	host_set_done(&f->hosts);
	flow_table_done(&f->table);
	free(f->text);
	free(f);
}

static inline void bind_to(struct fixture *f, const struct network *network)
{
	struct err err = { "" };

	if (f->ops->bind(&f->flows, network, &err) < 0)
		fail_msg("%s", err.text);
}

static inline struct flow_record draw(struct fixture *f, uint32_t i, uint32_t attempt)
{
	const struct flow_start start = { .start_ns = (int64_t)i,
					  .window = i / 8,
					  .occurrence = i % 8 };
	struct flow_record r[FLOW_EXPAND_MAX];

	assert_int_equal(f->ops->expand(&f->flows, &f->memory, &start, 99, attempt, r), 1);
	return r[0];
}

#endif
