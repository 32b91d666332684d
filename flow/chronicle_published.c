/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/chronicle_published.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

const char *const published_names[PUBLISHED_N] = {
	"Proto",     "Src IP Addr", "Dst IP Addr", "Dst Pt", "In Byte",
	"In Packet", "Out Byte",    "Out Packet",  "Flags",  "Duration",
};

enum { ADDR_SLOTS = 1 << 17 }; /* twice the codes there can be */

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Above this no edge times PUBLISHED_BINS overflows; 114 days, or 10 PB. */
static int64_t amount_of(const struct flow_record *row, enum published_column column)
{
	static const int64_t limit = INT64_C(10000000000000000);
	uint64_t amount = 0;

	switch (column) {
	case PUBLISHED_IN_BYTES:
		amount = row->bwd_bytes;
		break;
	case PUBLISHED_IN_PACKETS:
		amount = row->bwd_packets;
		break;
	case PUBLISHED_OUT_BYTES:
		amount = row->fwd_bytes;
		break;
	case PUBLISHED_OUT_PACKETS:
		amount = row->fwd_packets;
		break;
	default:
		amount = row->duration_ns > 0 ? (uint64_t)row->duration_ns : 0;
	}
	return amount > (uint64_t)limit ? limit : (int64_t)amount;
}

/*
 * Quantiles by linear interpolation, as pandas.qcut takes them, times PUBLISHED_BINS so that they
 * are whole; equal ones once. Returns how many.
 */
static uint32_t edges_of(const int64_t *sorted, size_t n, int64_t ret_edges[PUBLISHED_BINS + 1])
{
	uint32_t n_edges = 0;

	for (uint32_t i = 0; i <= PUBLISHED_BINS; i++) {
		size_t at = i * (n - 1) / PUBLISHED_BINS, rest = i * (n - 1) % PUBLISHED_BINS;
		int64_t edge = sorted[at] * PUBLISHED_BINS;

		if (rest > 0)
			edge += (sorted[at + 1] - sorted[at]) * (int64_t)rest;
		if (n_edges == 0 || edge > ret_edges[n_edges - 1])
			ret_edges[n_edges++] = edge;
	}
	return n_edges;
}

/* 0, or 1 + the bin (edge, next edge]; the lowest value is in the first bin. */
static uint16_t bin_of(int64_t value, const int64_t *edges, uint32_t n_edges)
{
	uint32_t bin = 0;

	if (value == 0)
		return 0;
	while (bin < n_edges && edges[bin] < value * PUBLISHED_BINS)
		bin++;
	return (uint16_t)(bin == 0 ? 1 : bin);
}

static int code_amounts(const struct flow_table *flows, enum published_column column,
			uint16_t *ret_codes)
{
	CLEANUP(freep) int64_t *values = mem_array(flows->n_rows, sizeof(*values));
	int64_t edges[PUBLISHED_BINS + 1];
	uint32_t n_edges = 0;
	size_t n = 0;

	if (values == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < flows->n_rows; i++) {
		int64_t amount = amount_of(&flows->rows[i], column);

		if (amount > 0)
			values[n++] = amount;
	}
	qsort(values, n, sizeof(*values), by_value);
	if (n > 0)
		n_edges = edges_of(values, n, edges);
	for (size_t i = 0; i < flows->n_rows; i++)
		ret_codes[i] = bin_of(amount_of(&flows->rows[i], column), edges, n_edges);
	return 0;
}

static int code_addr(struct chronicle_published *p, uint32_t *slots, const struct ip_addr *addr,
		     uint16_t *ret_code, struct err *err)
{
	uint32_t slot = (uint32_t)hash_bytes(addr, sizeof(*addr), 0) % ADDR_SLOTS;

	for (; slots[slot] != 0; slot = (slot + 1) % ADDR_SLOTS) {
		if (ip_equal(&p->addrs[slots[slot] - 1], addr)) {
			*ret_code = (uint16_t)(slots[slot] - 1);
			return 0;
		}
	}
	if (p->n_addrs == UINT16_MAX)
		return err_set(err, -EINVAL, "more than %d addresses", UINT16_MAX);
	p->addrs[p->n_addrs] = *addr;
	*ret_code = (uint16_t)p->n_addrs;
	slots[slot] = ++p->n_addrs;
	return 0;
}

static int code_addrs(struct chronicle_published *p, const struct flow_table *flows,
		      struct err *err)
{
	CLEANUP(freep) uint32_t *slots = mem_array(ADDR_SLOTS, sizeof(*slots));
	uint16_t *src = p->codes + PUBLISHED_SRC_IP * flows->n_rows;
	uint16_t *dst = p->codes + PUBLISHED_DST_IP * flows->n_rows;
	int r = 0;

	p->addrs = mem_array(UINT16_MAX, sizeof(*p->addrs));
	if (slots == NULL || p->addrs == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < flows->n_rows && r == 0; i++) {
		r = code_addr(p, slots, &flows->rows[i].src, &src[i], err);
		if (r == 0)
			r = code_addr(p, slots, &flows->rows[i].dst, &dst[i], err);
	}
	return r;
}

static int code_ports(struct chronicle_published *p, const struct flow_table *flows)
{
	CLEANUP(freep) uint32_t *codes = mem_array((size_t)UINT16_MAX + 1, sizeof(*codes));
	uint16_t *column = p->codes + PUBLISHED_DST_PORT * flows->n_rows;

	p->ports = mem_array((size_t)UINT16_MAX + 1, sizeof(*p->ports));
	if (codes == NULL || p->ports == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < flows->n_rows; i++) {
		const struct flow_record *row = &flows->rows[i];
		uint16_t port = row->dst_port;

		if (row->proto == IPPROTO_ICMP)
			port = (uint16_t)(row->src_port << 8 | row->dst_port);
		if (codes[port] == 0) {
			p->ports[p->n_ports] = port;
			codes[port] = ++p->n_ports;
		}
		column[i] = (uint16_t)(codes[port] - 1);
	}
	return 0;
}

static void describe(struct chronicle_published *p, size_t n_rows)
{
	struct chronicle_table *t = &p->table;

	t->n_rows = n_rows;
	t->n_columns = PUBLISHED_N;
	t->ticks = p->ticks;
	for (uint32_t c = 0; c < PUBLISHED_N; c++) {
		t->columns[c] = p->codes + c * n_rows;
		t->n_codes[c] = PUBLISHED_BINS + 1;
	}
	t->n_codes[PUBLISHED_PROTO] = t->n_codes[PUBLISHED_FLAGS] = 256;
	t->n_codes[PUBLISHED_SRC_IP] = t->n_codes[PUBLISHED_DST_IP] = p->n_addrs;
	t->n_codes[PUBLISHED_DST_PORT] = p->n_ports;
	t->dictionary[PUBLISHED_SRC_IP] = t->dictionary[PUBLISHED_DST_IP] = 1;
}

static int fill(struct chronicle_published *p, const struct flow_table *flows, struct err *err)
{
	size_t n = flows->n_rows;
	int r;

	p->codes = mem_array(n * PUBLISHED_N, sizeof(*p->codes));
	p->ticks = mem_array(n, sizeof(*p->ticks));
	if (p->codes == NULL || p->ticks == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < n; i++) {
		p->codes[PUBLISHED_PROTO * n + i] = flows->rows[i].proto;
		p->codes[PUBLISHED_FLAGS * n + i] = flows->rows[i].flags;
		p->ticks[i] = (flows->rows[i].start_ns + PUBLISHED_TICK_NS / 2) / PUBLISHED_TICK_NS;
	}
	r = code_addrs(p, flows, err);
	if (r < 0)
		return r;
	r = code_ports(p, flows);
	for (enum published_column c = PUBLISHED_IN_BYTES; c < PUBLISHED_N && r == 0; c++)
		if (c != PUBLISHED_FLAGS)
			r = code_amounts(flows, c, p->codes + c * n);
	return r < 0 ? err_no_memory(err) : 0;
}

int chronicle_published_init(struct chronicle_published *published, const struct flow_table *flows,
			     struct err *err)
{
	int r;

	memset(published, 0, sizeof(*published));
	if (flows->n_rows == 0)
		return err_set(err, -EINVAL, "nothing to mine: the table has no flows");
	r = fill(published, flows, err);
	if (r < 0) {
		chronicle_published_done(published);
		return r;
	}
	describe(published, flows->n_rows);
	return 0;
}

void chronicle_published_done(struct chronicle_published *published)
{
	free(published->codes);
	free(published->ticks);
	free(published->addrs);
	free(published->ports);
	memset(published, 0, sizeof(*published));
}

int published_port(const struct chronicle_published *published, uint16_t port)
{
	for (uint32_t i = 0; i < published->n_ports; i++)
		if (published->ports[i] == port)
			return (int)i;
	return -1;
}
