/* SPDX-License-Identifier: Apache-2.0 */
/* The bars of portrait.h: the values most frequent on both sides. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "eval/portrait.h"
#include "flow/service.h"

enum { NO_PORT = 1 << 16, SHARE_SHOWN_PER_MILLE = 2 /* of both sides together */ };

/* What stands for ports in ICMP are type and code. */
static bool has_ports(const struct flow_record *row)
{
	return row->proto == IPPROTO_TCP || row->proto == IPPROTO_UDP;
}

static uint64_t key_of(const struct flow_record *row, enum eval_bars_column column)
{
	switch (column) {
	case EVAL_BARS_SERVICE:
		return hash_mix(hash_text(row->service, 0), row->proto);
	case EVAL_BARS_PROTO:
		return row->proto;
	case EVAL_BARS_STATE:
		return row->state;
	case EVAL_BARS_FLAGS:
		return row->flags;
	default:
		return has_ports(row) ? row->dst_port : NO_PORT;
	}
}

static void label_of(const struct flow_record *row, enum eval_bars_column column,
		     char ret_label[EVAL_BAR_LABEL_BYTES])
{
	char proto[PROTO_TEXT_BYTES], flags[TCP_FLAGS_TEXT_BYTES];

	switch (column) {
	case EVAL_BARS_SERVICE:
		snprintf(ret_label, EVAL_BAR_LABEL_BYTES, "%s/%s",
			 strcmp(row->service, "-") == 0 ? "no name" : row->service,
			 proto_format(row->proto, proto));
		break;
	case EVAL_BARS_PROTO:
		snprintf(ret_label, EVAL_BAR_LABEL_BYTES, "%s", proto_format(row->proto, proto));
		break;
	case EVAL_BARS_STATE:
		snprintf(ret_label, EVAL_BAR_LABEL_BYTES, "%s",
			 conn_state_name((enum conn_state)row->state));
		break;
	case EVAL_BARS_FLAGS:
		snprintf(ret_label, EVAL_BAR_LABEL_BYTES, "%s",
			 row->flags == 0 ? "none" : tcp_flags_format(row->flags, flags));
		break;
	default:
		if (has_ports(row))
			snprintf(ret_label, EVAL_BAR_LABEL_BYTES, "%u", row->dst_port);
		else
			snprintf(ret_label, EVAL_BAR_LABEL_BYTES, "no ports");
		break;
	}
}

struct value {
	uint64_t key;
	double share[2];
};

static int compare_keys(const void *a, const void *b)
{
	const struct value *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

static int compare_shares(const void *a, const void *b)
{
	const struct value *x = a, *y = b;
	double p = x->share[0] + x->share[1], q = y->share[0] + y->share[1];

	return p > q ? -1 : p < q ? 1 : compare_keys(a, b);
}

/* The values of both sides, each once, the most frequent first; the caller frees. */
static int join(const struct eval_counts counts[2], const struct flow_table *const tables[2],
		struct value **ret_values, size_t *ret_n, struct err *err)
{
	struct value *values = mem_array(counts[0].n_keys + counts[1].n_keys, sizeof(*values));
	size_t n = 0, n_kept = 0;

	if (values == NULL)
		return err_no_memory(err);
	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < counts[side].capacity; i++) {
			const struct eval_cell *cell = &counts[side].cells[i];

			if (cell->n == 0)
				continue;
			values[n].key = cell->key;
			values[n++].share[side] = (double)cell->n / (double)tables[side]->n_rows;
		}
	}
	qsort(values, n, sizeof(*values), compare_keys);
	for (size_t i = 0; i < n; i++) {
		if (n_kept > 0 && values[n_kept - 1].key == values[i].key) {
			values[n_kept - 1].share[0] += values[i].share[0];
			values[n_kept - 1].share[1] += values[i].share[1];
		} else {
			values[n_kept++] = values[i];
		}
	}
	qsort(values, n_kept, sizeof(*values), compare_shares);
	*ret_values = values;
	*ret_n = n_kept;
	return 0;
}

/* A row with each value tells its label. */
static void name_bars(const struct flow_table *const tables[2], enum eval_bars_column column,
		      const struct value *values, struct eval_bars *bars, size_t n_shown)
{
	size_t n_left = n_shown;

	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < tables[side]->n_rows && n_left > 0; i++) {
			const struct flow_record *row = &tables[side]->rows[i];
			uint64_t key = key_of(row, column);

			for (size_t k = 0; k < n_shown; k++) {
				if (values[k].key != key || bars->bars[k].is_one)
					continue;
				label_of(row, column, bars->bars[k].label);
				bars->bars[k].example = *row;
				bars->bars[k].is_one = true;
				n_left--;
			}
		}
	}
}

static int count_all(const struct flow_table *const tables[2], enum eval_bars_column column,
		     struct eval_counts counts[2], struct err *err)
{
	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < tables[side]->n_rows; i++) {
			int r = eval_counts_add(&counts[side],
						key_of(&tables[side]->rows[i], column));

			if (r < 0)
				return err_set(err, r, "counting values: %s", strerror(-r));
		}
	}
	return 0;
}

/* How many bars tell something; one that is left over is shown rather than called "1 others". */
static size_t shown_of(const struct value *values, size_t n)
{
	size_t shown = 0;

	while (shown < n && shown < EVAL_BARS_LIMIT &&
	       1000 * (values[shown].share[0] + values[shown].share[1]) >= SHARE_SHOWN_PER_MILLE)
		shown++;
	return shown + 1 == n ? n : shown;
}

int eval_bars_of(const struct flow_table *const tables[2], enum eval_bars_column column,
		 struct eval_bars *ret_bars, struct err *err)
{
	struct eval_counts counts[2] = { 0 };
	CLEANUP(freep) struct value *values = NULL;
	size_t n = 0, n_shown;
	int r = count_all(tables, column, counts, err);

	if (r == 0)
		r = join(counts, tables, &values, &n, err);
	eval_counts_done(&counts[0]);
	eval_counts_done(&counts[1]);
	if (r < 0)
		return r;
	memset(ret_bars, 0, sizeof(*ret_bars));
	n_shown = shown_of(values, n);
	name_bars(tables, column, values, ret_bars, n_shown);
	for (size_t i = 0; i < n; i++) {
		struct eval_bar *bar = &ret_bars->bars[i < n_shown ? i : n_shown];

		bar->share[0] += values[i].share[0];
		bar->share[1] += values[i].share[1];
	}
	ret_bars->n = n_shown;
	if (n > n_shown)
		snprintf(ret_bars->bars[ret_bars->n++].label, EVAL_BAR_LABEL_BYTES, "%zu others",
			 n - n_shown);
	return 0;
}
