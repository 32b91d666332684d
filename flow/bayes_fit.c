/* SPDX-License-Identifier: Apache-2.0 */
/* Fitting the families `independent` and `sequence`: the network over the codes. */
#include "flow/bayes.h"

#include <string.h>

#include "base/mem.h"
#include "flow/bayes_codes.h"

/*
 * A view of the codes in which row i has its own columns and those of the flows before it. The
 * first flows come after the last: each must be there, for its kind may be there only once.
 */
static void view_rows(const struct flow_codes *f, const struct bayes_flows *flows,
		      struct code_table *table)
{
	uint32_t n_lags = flows->n_lags;

	table->n_rows = f->n;
	table->n_columns = FLOW_N_COLUMNS * (1 + n_lags);
	for (uint32_t lag = 0; lag <= n_lags; lag++)
		for (int c = 0; c < FLOW_N_COLUMNS; c++) {
			table->columns[flow_variable(c, lag)] = f->codes[c] + n_lags - lag;
			table->n_codes[flow_variable(c, lag)] = bayes_flows_n_codes(flows, c);
		}
}

void flow_force_edges(struct bayes_learn *learn, const bool *live)
{
	static const uint8_t edges[][2] = {
		{ FLOW_SRC_HOST, FLOW_KIND },	     { FLOW_DST_HOST, FLOW_KIND },
		{ FLOW_SRC_PORT, FLOW_KIND },	     { FLOW_DST_PORT, FLOW_KIND },
		{ FLOW_STATE, FLOW_KIND },	     { FLOW_FWD_PACKETS, FLOW_STATE },
		{ FLOW_FWD_PACKETS, FLOW_KIND },     { FLOW_BWD_PACKETS, FLOW_STATE },
		{ FLOW_BWD_PACKETS, FLOW_KIND },     { FLOW_FWD_PAYLOAD, FLOW_FWD_PACKETS },
		{ FLOW_FWD_PAYLOAD, FLOW_KIND },     { FLOW_BWD_PAYLOAD, FLOW_BWD_PACKETS },
		{ FLOW_BWD_PAYLOAD, FLOW_KIND },     { FLOW_DURATION, FLOW_FWD_PACKETS },
		{ FLOW_DURATION, FLOW_BWD_PACKETS },
	};

	for (size_t i = 0; i < sizeof(edges) / sizeof(*edges); i++) {
		const uint8_t child = edges[i][0], parent = edges[i][1];

		if (live == NULL || (live[child] && live[parent]))
			learn->forced[child][learn->n_forced[child]++] = parent;
	}
}

/* The kind is drawn first, the tuple next, the rest last; earlier flows may be parents of all. */
static void allow_edges(struct bayes_learn *learn, const struct code_table *table)
{
	for (int child = 0; child < FLOW_N_COLUMNS; child++)
		for (uint32_t p = 0; p < table->n_columns; p++) {
			bool own = p < FLOW_N_COLUMNS;
			bool tuple = flow_column_is_tuple(child);

			if (table->n_codes[child] < 2 || table->n_codes[p] < 2)
				continue;
			if (own && (child == FLOW_KIND || p == (uint32_t)child))
				continue;
			if (own && tuple && p != FLOW_KIND && !flow_column_is_tuple((int)p))
				continue;
			learn->allowed[child][p] = true;
		}
}

int bayes_flows_learn(struct bayes_flows *flows, const struct flow_codes *f,
		      const struct flow_fit *fit, struct err *err)
{
	CLEANUP(freep) struct bayes_learn *learn = mem_array(1, sizeof(*learn));
	struct code_table table = { 0 };

	if (learn == NULL)
		return err_no_memory(err);
	view_rows(f, flows, &table);
	learn->table = &table;
	learn->n_nodes = FLOW_N_COLUMNS;
	learn->progress = fit->progress;
	learn->context = fit->context;
	allow_edges(learn, &table);
	flow_force_edges(learn, NULL);
	return bayes_learn(learn, &flows->net, err);
}

int bayes_flows_fit(struct bayes_flows *flows, uint32_t n_lags, const struct flow_fit *fit,
		    struct err *err)
{
	CLEANUP(flow_codes_done) struct flow_codes codes = { 0 };
	int r;

	flows->n_lags = n_lags;
	r = flow_codes_fit(&codes, flows, fit, err);
	return r < 0 ? r : bayes_flows_learn(flows, &codes, fit, err);
}
