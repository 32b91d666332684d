/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/rows.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/detmath.h"
#include "base/mem.h"

/* Any column's value, whole: a service has FLOW_SERVICE_BYTES. */
struct key {
	uint64_t words[3];
};

static_assert(sizeof(struct key) == FLOW_SERVICE_BYTES, "a service is a key as it stands");

const struct eval_columns eval_published_columns = {
	.n = 5,
	.columns = { EVAL_PROTO, EVAL_SRC_IP, EVAL_DST_IP, EVAL_DST_PORT, EVAL_FLAGS },
};

const struct eval_columns eval_corrected_columns = {
	.n = 7,
	.columns = { EVAL_PROTO, EVAL_SRC_RANK, EVAL_DST_RANK, EVAL_DST_PORT, EVAL_FLAGS,
		     EVAL_SERVICE, EVAL_STATE },
};

static struct key key_of_ip(const struct ip_addr *addr)
{
	return (struct key) { { addr->version, be64_get(addr->bytes), be64_get(addr->bytes + 8) } };
}

static struct key key_of(const struct flow_record *record, enum eval_code column)
{
	struct key key = { { 0, 0, 0 } };
	char text[FLOW_SERVICE_BYTES] = { 0 };

	switch (column) {
	case EVAL_PROTO:
		key.words[0] = record->proto;
		break;
	case EVAL_SRC_IP:
		return key_of_ip(&record->src);
	case EVAL_DST_IP:
		return key_of_ip(&record->dst);
	case EVAL_DST_PORT:
		key.words[0] = record->dst_port;
		break;
	case EVAL_FLAGS:
		key.words[0] = record->flags;
		break;
	case EVAL_STATE:
		key.words[0] = record->state;
		break;
	case EVAL_SERVICE:
		/* What stands behind the NUL is no part of the name. */
		memcpy(text, record->service, strnlen(record->service, sizeof(text)));
		for (int i = 0; i < 3; i++)
			key.words[i] = be64_get(text + 8 * i);
		break;
	default: /* ranks are made of codes */
		break;
	}
	return key;
}

static int compare_keys(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	for (int i = 0; i < 3; i++) {
		if (x->words[i] != y->words[i])
			return x->words[i] < y->words[i] ? -1 : 1;
	}
	return 0;
}

int eval_rows_init(struct eval_rows *rows, size_t n, struct err *err)
{
	bool ok = true;

	memset(rows, 0, sizeof(*rows));
	for (int c = 0; c < EVAL_N_CODES; c++)
		ok &= (rows->codes[c] = mem_array(n, sizeof(uint32_t))) != NULL;
	for (int c = 0; c < EVAL_N_NUMBERS; c++) {
		ok &= (rows->numbers[c] = mem_array(n, sizeof(double))) != NULL;
		ok &= (rows->logs[c] = mem_array(n, sizeof(double))) != NULL;
	}
	ok &= (rows->time_ns = mem_array(n, sizeof(double))) != NULL;
	ok &= (rows->row = mem_array(n, sizeof(uint32_t))) != NULL;
	if (!ok) {
		eval_rows_done(rows);
		return err_no_memory(err);
	}
	rows->n = n;
	return 0;
}

void eval_rows_done(struct eval_rows *rows)
{
	for (int c = 0; c < EVAL_N_CODES; c++)
		free(rows->codes[c]);
	for (int c = 0; c < EVAL_N_NUMBERS; c++) {
		free(rows->numbers[c]);
		free(rows->logs[c]);
	}
	free(rows->time_ns);
	free(rows->row);
	memset(rows, 0, sizeof(*rows));
}

static int encode_column(const struct flow_table *const *tables, size_t n_tables,
			 enum eval_code column, struct eval_rows *rows, struct err *err)
{
	CLEANUP(freep) struct key *keys = NULL;
	size_t n = 0, n_keys = 0;

	for (size_t t = 0; t < n_tables; t++)
		n += tables[t]->n_rows;
	keys = mem_array(n, sizeof(*keys));
	if (keys == NULL)
		return err_no_memory(err);
	n = 0;
	for (size_t t = 0; t < n_tables; t++) {
		for (size_t i = 0; i < tables[t]->n_rows; i++)
			keys[n++] = key_of(&tables[t]->rows[i], column);
	}
	qsort(keys, n, sizeof(*keys), compare_keys);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || compare_keys(&keys[i], &keys[i - 1]) != 0)
			keys[n_keys++] = keys[i];
	}
	for (size_t t = 0; t < n_tables; t++) {
		rows[t].n_values[column] = (uint32_t)n_keys;
		for (size_t i = 0; i < rows[t].n; i++) {
			struct key key = key_of(&tables[t]->rows[i], column);
			const struct key *at =
				bsearch(&key, keys, n_keys, sizeof(*keys), compare_keys);

			rows[t].codes[column][i] = (uint32_t)(at - keys);
		}
	}
	return 0;
}

struct popular {
	uint32_t n, code;
};

static int compare_popular(const void *a, const void *b)
{
	const struct popular *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return x->code < y->code ? -1 : x->code > y->code;
}

/* The busiest address is 0, the next two 1, the next four 2 ... */
static int rank_column(struct eval_rows *rows, enum eval_code from, enum eval_code to,
		       struct err *err)
{
	size_t n = rows->n_values[from];
	CLEANUP(freep) struct popular *popular = mem_array(n, sizeof(*popular));
	CLEANUP(freep) uint32_t *rank = mem_array(n, sizeof(*rank));

	if (popular == NULL || rank == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < n; i++)
		popular[i].code = (uint32_t)i;
	for (size_t i = 0; i < rows->n; i++)
		popular[rows->codes[from][i]].n++;
	qsort(popular, n, sizeof(*popular), compare_popular);
	for (size_t i = 0; i < n; i++)
		rank[popular[i].code] = 31 - (uint32_t)__builtin_clz((uint32_t)i + 1);
	for (size_t i = 0; i < rows->n; i++)
		rows->codes[to][i] = rank[rows->codes[from][i]];
	rows->n_values[to] = 32;
	return 0;
}

static void encode_numbers(const struct flow_table *table, struct eval_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++) {
		const struct flow_record *record = &table->rows[i];

		rows->numbers[EVAL_IN_BYTES][i] = (double)record->bwd_bytes;
		rows->numbers[EVAL_OUT_BYTES][i] = (double)record->fwd_bytes;
		rows->numbers[EVAL_IN_PACKETS][i] = (double)record->bwd_packets;
		rows->numbers[EVAL_OUT_PACKETS][i] = (double)record->fwd_packets;
		rows->numbers[EVAL_DURATION][i] = (double)record->duration_ns / 1e9;
		rows->time_ns[i] = (double)record->start_ns;
		rows->row[i] = (uint32_t)i;
		for (int c = 0; c < EVAL_N_NUMBERS; c++) {
			double x = rows->numbers[c][i] * (c == EVAL_DURATION ? 1e3 : 1);

			rows->logs[c][i] = x > 0 ? det_log2(1 + x) : 0;
		}
	}
}

int eval_rows_encode(const struct flow_table *const *tables, size_t n_tables,
		     struct eval_rows *ret_rows, struct err *err)
{
	struct eval_rows rows[EVAL_MAX_TABLES];
	int r = 0;

	memset(rows, 0, sizeof(rows));
	for (size_t t = 0; r == 0 && t < n_tables; t++) {
		r = eval_rows_init(&rows[t], tables[t]->n_rows, err);
		if (r == 0)
			encode_numbers(tables[t], &rows[t]);
	}
	for (int c = 0; r == 0 && c < EVAL_N_CODES; c++) {
		if (c != EVAL_SRC_RANK && c != EVAL_DST_RANK)
			r = encode_column(tables, n_tables, (enum eval_code)c, rows, err);
	}
	for (size_t t = 0; r == 0 && t < n_tables; t++) {
		r = rank_column(&rows[t], EVAL_SRC_IP, EVAL_SRC_RANK, err);
		if (r == 0)
			r = rank_column(&rows[t], EVAL_DST_IP, EVAL_DST_RANK, err);
	}
	for (size_t t = 0; t < n_tables; t++) {
		if (r == 0)
			ret_rows[t] = rows[t];
		else
			eval_rows_done(&rows[t]);
	}
	return r;
}
