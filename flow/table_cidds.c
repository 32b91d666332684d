/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CIDDS-001 (Ring et al. 2017), in two layouts told apart by their headers: its own, one row per
 * direction, whose two rows become one flow here; and the bidirectional form of the FlowChronicle
 * experiments, "In" being what the source received.
 *
 * Quirks of the set: protocols padded with blanks, bytes as "1.2 M", ICMP type and code as
 * "type.code" in the destination port, public addresses replaced by "prefix_host" numbers and
 * names. The latter get addresses of class E, which no real host has: prefix p and host h become
 * 240.0.0.0
 * + 256 p + h, the names the first addresses of that block.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/cidds_pair.h"
#include "flow/service.h"
#include "flow/table_layout.h"

enum cidds_column {
	CIDDS_NONE,
	CIDDS_TIME,
	CIDDS_DURATION,
	CIDDS_PROTO,
	CIDDS_SRC_IP,
	CIDDS_SRC_PORT,
	CIDDS_DST_IP,
	CIDDS_DST_PORT,
	CIDDS_FWD_PACKETS,
	CIDDS_BWD_PACKETS,
	CIDDS_FWD_BYTES,
	CIDDS_BWD_BYTES,
	CIDDS_FLAGS,
	CIDDS_LABEL,
	CIDDS_ATTACK,
	CIDDS_N
};

static const struct {
	const char *name;
	enum cidds_column column;
} cidds_names[] = {
	{ "Date first seen", CIDDS_TIME }, { "Duration", CIDDS_DURATION },
	{ "Proto", CIDDS_PROTO },	   { "Src IP Addr", CIDDS_SRC_IP },
	{ "Src Pt", CIDDS_SRC_PORT },	   { "Dst IP Addr", CIDDS_DST_IP },
	{ "Dst Pt", CIDDS_DST_PORT },	   { "Packets", CIDDS_FWD_PACKETS },
	{ "Bytes", CIDDS_FWD_BYTES },	   { "Out Packet", CIDDS_FWD_PACKETS },
	{ "Out Byte", CIDDS_FWD_BYTES },   { "In Packet", CIDDS_BWD_PACKETS },
	{ "In Byte", CIDDS_BWD_BYTES },	   { "Flags", CIDDS_FLAGS },
	{ "class", CIDDS_LABEL },	   { "attackType", CIDDS_ATTACK },
};

struct cidds_header {
	size_t n;
	enum cidds_column column[TABLE_LIMIT_COLUMNS];
};

static struct field trim(struct field field)
{
	while (field.n > 0 && field.text[0] == ' ') {
		field.text++;
		field.n--;
	}
	while (field.n > 0 && field.text[field.n - 1] == ' ')
		field.n--;
	return field;
}

/* "1234", "1.2 M", "17.0" */
static int set_count(struct field field, uint64_t *ret_count)
{
	static const char units[] = "kMGT";
	uint64_t unit = 1;
	const char *u;
	int64_t ns;

	u = field.n > 0 ? memchr(units, field.text[field.n - 1], sizeof(units) - 1) : NULL;
	if (u != NULL) {
		for (const char *p = units; p <= u; p++)
			unit *= 1000;
		field.n--;
		field = trim(field);
	}
	/* Seconds with nine decimals are just what a decimal number with a unit needs. */
	if (field_seconds(field, &ns) < 0 || ns < 0 || (uint64_t)ns > INT64_MAX / unit)
		return -EINVAL;
	*ret_count = (uint64_t)ns * unit / 1000000000;
	return 0;
}

/* Real addresses, "10022_204", and the names for hosts outside. */
static int set_addr(struct field field, struct ip_addr *ret_addr)
{
	static const char *const names[] = { "DNS", "EXT_SERVER", "OPENSTACK_NET" };
	unsigned int prefix, host;
	char text[IP_TEXT_BYTES], rest;

	if (field.n == 0 || field.n >= sizeof(text))
		return -EINVAL;
	field_copy(field, text, sizeof(text));
	if (ip_parse(text, ret_addr, NULL) == 0)
		return 0;
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0) {
			*ret_addr = ip_from_v4(0xf0000001u + i);
			return 0;
		}
	}
	if (sscanf(text, "ATTACKER%3u%c", &host, &rest) == 1 && host < 156) {
		*ret_addr = ip_from_v4(0xf0000064u + host);
		return 0;
	}
	if (sscanf(text, "%7u_%3u%c", &prefix, &host, &rest) != 2 || prefix == 0 ||
	    prefix >= 1u << 20 || host > 255)
		return -EINVAL;
	*ret_addr = ip_from_v4(0xf0000000u + (prefix << 8) + host);
	return 0;
}

/* "443", "443.0"; for ICMP "type.code". */
static int set_port(struct field field, uint16_t *ret_port, uint16_t *ret_code)
{
	const char *dot = memchr(field.text, '.', field.n);
	size_t n_whole = dot != NULL ? (size_t)(dot - field.text) : field.n;
	uint64_t port, code = 0;

	if (field_u64((struct field) { field.text, n_whole }, &port) < 0 || port > UINT16_MAX)
		return -EINVAL;
	if (dot != NULL &&
	    (field_u64((struct field) { dot + 1, field.n - n_whole - 1 }, &code) < 0 || code > 255))
		return -EINVAL;
	*ret_port = (uint16_t)port;
	*ret_code = (uint16_t)code;
	return 0;
}

/* nfdump's six places ".AP.SF", or hexadecimal. */
static int set_flags(struct field field, uint8_t *ret_flags)
{
	static const char letters[] = "FSRPAU";
	uint8_t flags = 0;

	if (field.n > 2 && field.text[0] == '0' && field.text[1] == 'x') {
		char text[8], *end;
		unsigned long value;

		field_copy(field, text, sizeof(text));
		value = strtoul(text, &end, 16);
		if (*end != '\0' || value > 255)
			return -EINVAL;
		*ret_flags = (uint8_t)value;
		return 0;
	}
	for (size_t i = 0; i < field.n; i++) {
		const char *letter = memchr(letters, field.text[i], sizeof(letters) - 1);

		if (letter != NULL)
			flags |= (uint8_t)(1u << (letter - letters));
		else if (field.text[i] != '.' && field.text[i] != ' ')
			return -EINVAL;
	}
	*ret_flags = flags;
	return 0;
}

struct cidds_row {
	struct flow_record record;
	uint16_t code; /* behind the dot of the destination port */
	bool has_time;
};

static int row_set(struct cidds_row *row, enum cidds_column column, struct field field)
{
	struct flow_record *record = &row->record;
	uint16_t code;

	switch (column) {
	case CIDDS_TIME:
		row->has_time = true;
		return column_set(record, COLUMN_TS, field);
	case CIDDS_DURATION:
		return column_set(record, COLUMN_DURATION, field);
	case CIDDS_PROTO:
		return column_set(record, COLUMN_PROTO, field);
	case CIDDS_SRC_IP:
		return set_addr(field, &record->src);
	case CIDDS_DST_IP:
		return set_addr(field, &record->dst);
	case CIDDS_SRC_PORT:
		return set_port(field, &record->src_port, &code);
	case CIDDS_DST_PORT:
		return set_port(field, &record->dst_port, &row->code);
	case CIDDS_FWD_PACKETS:
		return set_count(field, &record->fwd_packets);
	case CIDDS_BWD_PACKETS:
		return set_count(field, &record->bwd_packets);
	case CIDDS_FWD_BYTES:
		return set_count(field, &record->fwd_bytes);
	case CIDDS_BWD_BYTES:
		return set_count(field, &record->bwd_bytes);
	case CIDDS_FLAGS:
		return set_flags(field, &record->flags);
	case CIDDS_LABEL:
		return column_set(record, COLUMN_LABEL, field);
	case CIDDS_ATTACK:
		/* "---" for none; else more telling than the class "attacker". */
		return field_is(field, "---") ? 0 : column_set(record, COLUMN_LABEL, field);
	default:
		return 0;
	}
}

static void row_finish(struct cidds_row *row)
{
	struct flow_record *record = &row->record;

	if (record->proto == IPPROTO_ICMP) {
		record->src_port = record->dst_port;
		record->dst_port = row->code;
	}
	if (record->proto != IPPROTO_TCP)
		record->flags = 0;
	snprintf(record->service, sizeof(record->service), "%s",
		 service_name(record->proto, record->src_port, record->dst_port));
	record->state = (uint8_t)record_guess_state(record);
}

static int header_read(const struct table_reading *reading, char *line, size_t n_line,
		       struct cidds_header *ret_header, struct err *err)
{
	struct field names[TABLE_LIMIT_COLUMNS];
	bool seen[CIDDS_N] = { false };

	ret_header->n = line_split(line, n_line, ',', true, names, TABLE_LIMIT_COLUMNS);
	if (ret_header->n > TABLE_LIMIT_COLUMNS)
		return table_error(reading, err, "the header has more than %d columns",
				   TABLE_LIMIT_COLUMNS);
	for (size_t i = 0; i < ret_header->n; i++) {
		ret_header->column[i] = CIDDS_NONE;
		for (size_t j = 0; j < sizeof(cidds_names) / sizeof(cidds_names[0]); j++) {
			if (field_is(trim(names[i]), cidds_names[j].name))
				ret_header->column[i] = cidds_names[j].column;
		}
		seen[ret_header->column[i]] = true;
	}
	for (size_t i = 0; i < sizeof(cidds_names) / sizeof(cidds_names[0]); i++) {
		enum cidds_column c = cidds_names[i].column;

		if (!seen[c] && c != CIDDS_SRC_PORT && c != CIDDS_LABEL && c != CIDDS_ATTACK &&
		    c != CIDDS_BWD_PACKETS && c != CIDDS_BWD_BYTES)
			return table_error(reading, err, "the header has no column '%s'",
					   cidds_names[i].name);
	}
	return 0;
}

static int row_read(const struct table_reading *reading, const struct cidds_header *header,
		    char *line, size_t n_line, struct cidds_row *ret_row, struct err *err)
{
	struct field fields[TABLE_LIMIT_COLUMNS];
	size_t n = line_split(line, n_line, ',', true, fields, TABLE_LIMIT_COLUMNS);

	if (n != header->n)
		return table_error(reading, err, "%zu fields where the header has %zu", n,
				   header->n);
	memset(ret_row, 0, sizeof(*ret_row));
	record_clear(&ret_row->record);
	for (size_t i = 0; i < n; i++) {
		struct field field = trim(fields[i]);
		char text[48];

		if (field.n == 0 || row_set(ret_row, header->column[i], field) == 0)
			continue;
		if (header->column[i] == CIDDS_SRC_IP || header->column[i] == CIDDS_DST_IP)
			continue; /* a name we cannot place: skipped and counted by the caller */
		field_copy(field, text, sizeof(text));
		return table_error(reading, err, "column %zu: cannot read '%s'", i + 1, text);
	}
	row_finish(ret_row);
	return 0;
}

/* All rows, each a record; `from` is where they begin in the table. */
static int cidds_read(struct table_reading *reading, char *line, size_t n_line, struct err *err)
{
	struct cidds_header header;
	struct cidds_row row;
	int r = header_read(reading, line, n_line, &header, err);

	while (r == 0) {
		r = line_next(reading->lines, &line, &n_line, err);
		if (r <= 0)
			return r;
		r = n_line > 0 ? row_read(reading, &header, line, n_line, &row, err) : -EAGAIN;
		if (r == 0)
			r = table_keep(reading, &row.record, row.has_time, err);
		else if (r == -EAGAIN)
			r = 0;
	}
	return r;
}

/* One row per direction: the two become one. */
static int cidds_read_halves(struct table_reading *reading, char *line, size_t n_line,
			     struct err *err)
{
	size_t from = reading->table->n_rows;
	int r = cidds_read(reading, line, n_line, err);

	if (r < 0)
		return r;
	r = cidds_pair(reading->table, from, err);
	reading->stats.n_rows = reading->table->n_rows - from;
	return r;
}

static bool pairs_recognise(struct field line)
{
	return line_holds(line, "Date first seen") && line_holds(line, "In Byte");
}

static bool halves_recognise(struct field line)
{
	return line_holds(line, "Date first seen") && line_holds(line, "Src IP Addr");
}

const struct table_layout layout_cidds_pairs = { "cidds bidirectional", pairs_recognise,
						 cidds_read };
const struct table_layout layout_cidds = { "cidds", halves_recognise, cidds_read_halves };
