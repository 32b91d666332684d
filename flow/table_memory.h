/* SPDX-License-Identifier: Apache-2.0 */
/* A flow table whose text is in memory already. */
#ifndef SOSIE_FLOW_TABLE_MEMORY_H
#define SOSIE_FLOW_TABLE_MEMORY_H

#include "flow/table.h"

/* As flow_table_read(); name stands in messages. */
int flow_table_read_memory(const char *name, const void *bytes, size_t n_bytes,
			   struct flow_table *table, struct flow_read_stats *ret_stats,
			   struct err *err);

#endif
