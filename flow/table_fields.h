/* SPDX-License-Identifier: Apache-2.0 */
/* Columns of flow tables: from a piece of text to a field of the record, for every layout. */
#ifndef SOSIE_FLOW_TABLE_FIELDS_H
#define SOSIE_FLOW_TABLE_FIELDS_H

#include "flow/record.h"
#include <stdbool.h>
#include <stddef.h>

struct field {
	const char *text; /* n bytes, no NUL behind them */
	size_t n;
};

enum table_column {
	COLUMN_NONE, /* not for us */
	COLUMN_TS,
	COLUMN_DURATION,
	COLUMN_PROTO,
	COLUMN_SRC_IP,
	COLUMN_SRC_PORT,
	COLUMN_DST_IP,
	COLUMN_DST_PORT,
	COLUMN_SERVICE,
	COLUMN_STATE,
	COLUMN_FLAGS,
	COLUMN_FWD_PACKETS,
	COLUMN_BWD_PACKETS,
	COLUMN_FWD_BYTES,
	COLUMN_BWD_BYTES,
	COLUMN_FWD_PAYLOAD,
	COLUMN_BWD_PAYLOAD,
	COLUMN_LABEL,
	COLUMN_HISTORY, /* Zeek's: gives flags */
	COLUMN_N
};

struct column_name {
	const char *name;
	enum table_column column;
};

/* Our own names, in the order of the table. */
extern const struct column_name table_columns[COLUMN_LABEL];

/* The column so named among names[0..n), or COLUMN_NONE. */
enum table_column column_find(const struct column_name *names, size_t n_names, struct field name);

/* A record about which nothing is known. */
void record_clear(struct flow_record *record);

/* Sets one column. "-" and "" leave it as it is. Returns 0 or -EINVAL. */
int column_set(struct flow_record *record, enum table_column column, struct field field);
/* "a time in seconds ...": what column_set() takes, for messages. */
const char *column_expects(enum table_column column);

/* Text to values; -EINVAL, -ERANGE. */
int field_u64(struct field field, uint64_t *ret_value);
int field_seconds(struct field field,
		  int64_t *ret_ns);		     /* digit for digit; exponents are read too */
int field_time(struct field field, int64_t *ret_ns); /* also RFC 3339 */
bool field_unset(struct field field);		     /* "", "-", "(empty)" */
bool field_is(struct field field, const char *text);
/* Cut to room with the NUL; control characters become '?'. */
void field_copy(struct field field, char *ret_text, size_t room);

/*
 * What flags and counts say about a flow's end where a table does not: no more than a guess for
 * TCP, where the order of packets is lost.
 */
enum conn_state record_guess_state(const struct flow_record *record);

#endif
