/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/bayes_codes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/bayes_kind.h"
#include "flow/service.h"

enum { LIMIT_FIXED_PORTS = 4096 };

void flow_codes_done(struct flow_codes *f)
{
	free(f->rows);
	free(f->values);
	for (int c = 0; c < FLOW_N_COLUMNS; c++)
		free(f->codes[c]);
	memset(f, 0, sizeof(*f));
}

/* Leaves out flows of a host with itself: nothing on a wire looks like them. */
static int choose_rows(struct flow_codes *f, struct err *err)
{
	f->rows = mem_array(f->table->n_rows, sizeof(*f->rows));
	if (f->rows == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < f->table->n_rows; i++) {
		const struct flow_record *row = &f->table->rows[i];

		if (row->src_host >= f->hosts->n_hosts || row->dst_host >= f->hosts->n_hosts)
			return err_set(err, -EINVAL, "row %zu of the flow table has no host",
				       i + 1);
		if (row->src_host != row->dst_host || f->hosts->hosts[row->src_host].span > 1)
			f->rows[f->n++] = (uint32_t)i;
	}
	if (f->n <= BAYES_LAGS)
		return err_set(err, -EINVAL,
			       "%zu flows between different hosts are too few to learn from", f->n);
	return 0;
}

static const struct flow_record *row_at(const struct flow_codes *f, size_t i)
{
	return &f->table->rows[f->rows[i]];
}

static int64_t bounded(uint64_t value)
{
	return value > (uint64_t)COLUMN_LIMIT_VALUE ? COLUMN_LIMIT_VALUE : (int64_t)value;
}

static int64_t value_of(const struct flow_record *row, int column)
{
	switch (column) {
	case FLOW_FWD_PACKETS:
		return bounded(row->fwd_packets);
	case FLOW_BWD_PACKETS:
		return bounded(row->bwd_packets);
	case FLOW_FWD_PAYLOAD:
		return bounded(row->fwd_payload);
	case FLOW_BWD_PAYLOAD:
		return bounded(row->bwd_payload);
	case FLOW_DURATION:
		return row->duration_ns < 0 ? 0 : bounded((uint64_t)row->duration_ns);
	default:
		return row->dst_port;
	}
}

static int compare_values(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/*
 * Source ports that mean something: system ports, the destination's own (NTP, mDNS), and those seen
 * far more often than chance gives an ephemeral one. Others become 0.
 */
static int fixed_ports(struct flow_codes *f, const struct flow_kind *kinds)
{
	CLEANUP(freep) uint32_t *seen = mem_array(2 * 65536, sizeof(*seen));
	size_t least = f->n / 500 > 10 ? f->n / 500 : 10;

	if (seen == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < f->n; i++)
		seen[(row_at(f, i)->proto == 17 ? 65536u : 0u) + row_at(f, i)->src_port]++;
	for (size_t i = 0; i < f->n; i++) {
		const struct flow_record *row = row_at(f, i);
		bool often = seen[(row->proto == 17 ? 65536u : 0u) + row->src_port] >= least;
		bool fixed = row->src_port < 1024 || row->src_port == row->dst_port || often ||
			     kinds[f->codes[FLOW_KIND][i]].reversed;

		f->values[i] = flow_proto_has_ports(row->proto) && fixed ? row->src_port : 0;
	}
	return 0;
}

/* Sorts values and keeps one of each. */
static size_t distinct(int64_t *values, size_t n)
{
	size_t kept = 0;

	qsort(values, n, sizeof(*values), compare_values);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || values[i] != values[kept - 1])
			values[kept++] = values[i];
	return kept;
}

static int fit_integers(struct flow_codes *f, struct bayes_flows *flows, int column)
{
	CLEANUP(freep) int64_t *copy = mem_array(f->n, sizeof(*copy));
	size_t n_distinct = SIZE_MAX;
	int r;

	if (copy == NULL)
		return -ENOMEM;
	if (column == FLOW_SRC_PORT) {
		if (fixed_ports(f, flows->kinds) < 0)
			return -ENOMEM;
	} else {
		for (size_t i = 0; i < f->n; i++) {
			bool known = column == FLOW_DST_PORT &&
				     flows->kinds[f->codes[FLOW_KIND][i]].port >= 0;

			f->values[i] = known ? 0 : value_of(row_at(f, i), column);
		}
	}
	memcpy(copy, f->values, f->n * sizeof(*copy));
	if (column == FLOW_SRC_PORT)
		n_distinct = distinct(copy, f->n);
	if (n_distinct <= LIMIT_FIXED_PORTS) {
		r = column_of_values(copy, n_distinct, &flows->columns[column]);
	} else {
		memcpy(copy, f->values, f->n * sizeof(*copy));
		r = column_fit(copy, f->n, &flows->columns[column]);
	}
	for (size_t i = 0; r == 0 && i < f->n; i++)
		f->codes[column][i] = column_encode(&flows->columns[column], f->values[i]);
	return r;
}

/* Labels by first appearance; beyond the limit they are "-". */
static int fit_labels(struct flow_codes *f, struct bayes_flows *flows)
{
	flows->labels = mem_array(BAYES_LIMIT_LABELS, sizeof(*flows->labels));
	if (flows->labels == NULL)
		return -ENOMEM;
	snprintf(flows->labels[0], FLOW_LABEL_BYTES, "-");
	flows->n_labels = 1;
	for (size_t i = 0; i < f->n; i++) {
		const char *label = row_at(f, i)->label;
		uint32_t k = 0;

		while (*label != '\0' && k < flows->n_labels &&
		       strcmp(flows->labels[k], label) != 0)
			k++;
		if (k == BAYES_LIMIT_LABELS)
			k = 0;
		if (k == flows->n_labels)
			snprintf(flows->labels[flows->n_labels++], FLOW_LABEL_BYTES, "%s", label);
		f->codes[FLOW_LABEL][i] = (uint16_t)k;
	}
	return 0;
}

static int encode(struct flow_codes *f, struct bayes_flows *flows, struct err *err)
{
	int r = 0;

	f->values = mem_array(f->n, sizeof(*f->values));
	if (f->values == NULL)
		return err_no_memory(err);
	for (int c = 0; c < FLOW_N_COLUMNS; c++) {
		f->codes[c] = mem_array(f->n + BAYES_LAGS, sizeof(**f->codes));
		if (f->codes[c] == NULL)
			return err_no_memory(err);
	}
	r = flow_kinds_fit(f->table, f->rows, f->n, f->hosts, &flows->kinds, &flows->n_kinds,
			   f->codes[FLOW_KIND], err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < f->n; i++) {
		const struct flow_record *row = row_at(f, i);

		f->codes[FLOW_SRC_HOST][i] = row->src_host;
		f->codes[FLOW_DST_HOST][i] = row->dst_host;
		f->codes[FLOW_STATE][i] = row->state < CONN_N_STATES ? row->state : CONN_OTH;
	}
	for (int c = 0; c < FLOW_N_COLUMNS && r == 0; c++)
		if (flow_column_is_integer(c))
			r = fit_integers(f, flows, c);
	if (r == 0)
		r = fit_labels(f, flows);
	for (int c = 0; c < FLOW_N_COLUMNS && r == 0; c++)
		memcpy(f->codes[c] + f->n, f->codes[c], BAYES_LAGS * sizeof(**f->codes));
	return r < 0 ? err_no_memory(err) : 0;
}

int flow_codes_fit(struct flow_codes *codes, struct bayes_flows *flows, const struct flow_fit *fit,
		   struct err *err)
{
	int r;

	codes->table = fit->table;
	codes->hosts = fit->hosts;
	flows->hosts = fit->hosts;
	if (fit->table->n_rows > UINT32_MAX / 2)
		return err_set(err, -EINVAL, "%zu flows are too many to learn from",
			       fit->table->n_rows);
	r = choose_rows(codes, err);
	if (r == 0)
		r = encode(codes, flows, err);
	flows->n_flows = codes->n;
	return r;
}
