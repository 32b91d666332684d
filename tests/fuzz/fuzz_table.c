/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a flow table: either a sentence, or rows that our own formats hold: written and read
 * again they are the same text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/table.h"
#include "flow/table_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static char *write_all(const struct flow_table *table, enum flow_format format, size_t *ret_n)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_n);

	check(out != NULL);
	check(flow_write_header(out, format, false) == 0);
	for (size_t i = 0; i < table->n_rows; i++)
		check(flow_write_row(out, format, &table->rows[i], NULL) == 0);
	fclose(out);
	return text;
}

static void round_trip(const struct flow_table *table, enum flow_format format)
{
	struct flow_table again = { NULL, 0, 0 };
	size_t n_first, n_second;
	char *first = write_all(table, format, &n_first), *second;

	if (n_first > 0) {
		check(flow_table_read_memory("again", first, n_first, &again, NULL, NULL) == 0);
		check(again.n_rows == table->n_rows);
		second = write_all(&again, format, &n_second);
		check(n_first == n_second && memcmp(first, second, n_first) == 0);
		free(second);
	}
	free(first);
	flow_table_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct flow_table table = { NULL, 0, 0 };
	struct flow_read_stats stats;
	struct err err = { "" };
	size_t n;

	if (flow_table_read_memory("input", data, size, &table, &stats, &err) < 0) {
		check(err.text[0] != '\0' && table.n_rows == 0);
	} else {
		check(stats.n_rows == table.n_rows);
		flow_table_sort(&table);
		round_trip(&table, FLOW_CSV);
		round_trip(&table, FLOW_JSONL);
		free(write_all(&table, FLOW_ZEEK, &n));
	}
	flow_table_done(&table);
	return 0;
}
