/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/cidds_pair.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/key.h"
#include "flow/service.h"
#include "flow/table_fields.h"

struct pair_cell {
	struct flow_key key;
	size_t i_row; /* the latest flow of this key + 1; 0: the cell is free */
};

/* Open addressing, at most half full: room for all rows is taken before. */
static struct pair_cell *cell_find(struct pair_cell *cells, size_t n_cells,
				   const struct flow_key *key)
{
	size_t i = flow_key_hash(key, 0) & (n_cells - 1);

	while (cells[i].i_row != 0 && !flow_key_equal(&cells[i].key, key))
		i = (i + 1) & (n_cells - 1);
	return &cells[i];
}

static void join(struct flow_record *flow, const struct flow_record *row)
{
	int64_t end = flow->start_ns + flow->duration_ns,
		row_end = row->start_ns + row->duration_ns;
	bool forward = ip_equal(&flow->src, &row->src) &&
		       (flow->src_port == row->src_port || flow->proto == IPPROTO_ICMP);

	if (row_end > end)
		flow->duration_ns = row_end - flow->start_ns;
	flow->flags |= row->flags;
	if (forward) {
		flow->fwd_packets += row->fwd_packets;
		flow->fwd_bytes += row->fwd_bytes;
	} else {
		flow->bwd_packets += row->fwd_packets;
		flow->bwd_bytes += row->fwd_bytes;
	}
}

/* In TCP and UDP a well-known port on the source side alone: this was the answer. */
static void orient(struct flow_record *flow)
{
	struct flow_record old = *flow;

	if ((flow->proto == IPPROTO_TCP || flow->proto == IPPROTO_UDP) && flow->bwd_packets > 0 &&
	    flow->src_port < flow->dst_port && flow->src_port < 49152) {
		flow->src = old.dst;
		flow->dst = old.src;
		flow->src_port = old.dst_port;
		flow->dst_port = old.src_port;
		flow->fwd_packets = old.bwd_packets;
		flow->bwd_packets = old.fwd_packets;
		flow->fwd_bytes = old.bwd_bytes;
		flow->bwd_bytes = old.fwd_bytes;
	}
	snprintf(flow->service, sizeof(flow->service), "%s",
		 service_name(flow->proto, flow->src_port, flow->dst_port));
	flow->state = (uint8_t)record_guess_state(flow);
}

int cidds_pair(struct flow_table *table, size_t from, struct err *err)
{
	struct flow_table part = { NULL, table->n_rows - from, 0 };
	CLEANUP(freep) struct pair_cell *cells = NULL;
	size_t n_cells = 16, n = 0;

	if (part.n_rows == 0)
		return 0;
	part.rows = table->rows + from;
	while (n_cells < part.n_rows * 2)
		n_cells *= 2;
	cells = mem_array(n_cells, sizeof(*cells));
	if (cells == NULL)
		return err_no_memory(err);
	flow_table_sort(&part);
	for (size_t i = 0; i < part.n_rows; i++) {
		const struct flow_record *row = &part.rows[i];
		struct flow_record *flow;
		struct pair_cell *cell;
		struct flow_key key;

		flow_key_make(&row->src, row->src_port, &row->dst, row->dst_port, row->proto, &key);
		cell = cell_find(cells, n_cells, &key);
		flow = cell->i_row > 0 ? &part.rows[cell->i_row - 1] : NULL;
		if (flow != NULL && row->start_ns - flow->start_ns - flow->duration_ns <=
					    flow_timeout_ns(row->proto)) {
			join(flow, row);
			continue;
		}
		part.rows[n] = *row;
		cell->key = key;
		cell->i_row = ++n;
	}
	for (size_t i = 0; i < n; i++)
		orient(&part.rows[i]);
	table->n_rows = from + n;
	return 0;
}
