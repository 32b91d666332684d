/* SPDX-License-Identifier: Apache-2.0 */
/* One-way flows into two-way flows. */
#ifndef SOSIE_FLOW_CIDDS_PAIR_H
#define SOSIE_FLOW_CIDDS_PAIR_H

#include "flow/table.h"

/*
 * Joins the rows from index `from` on that are the two directions of one flow, and pieces of one
 * flow that an exporter's timeouts cut: same key, and no more than the idle timeout between the end
 * of one and the start of the next. The side of the lower port is the responder where the ports
 * tell (exporters emit directions in either order), else the first row's source is the originator.
 * Leaves the rows in order of start.
 */
int cidds_pair(struct flow_table *table, size_t from, struct err *err);

#endif
