/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zeek's conn.log, as tab-separated values (#fields names the columns) and as JSON lines. Services
 * get our names, so that flows from either source mix: Zeek's "ssl" is whatever the port says, and
 * where Zeek tells none the port does.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "flow/json_line.h"
#include "flow/service.h"
#include "flow/table_layout.h"

static const struct column_name zeek_columns[] = {
	{ "ts", COLUMN_TS },
	{ "id.orig_h", COLUMN_SRC_IP },
	{ "id.orig_p", COLUMN_SRC_PORT },
	{ "id.resp_h", COLUMN_DST_IP },
	{ "id.resp_p", COLUMN_DST_PORT },
	{ "proto", COLUMN_PROTO },
	{ "service", COLUMN_SERVICE },
	{ "duration", COLUMN_DURATION },
	{ "orig_bytes", COLUMN_FWD_PAYLOAD },
	{ "resp_bytes", COLUMN_BWD_PAYLOAD },
	{ "conn_state", COLUMN_STATE },
	{ "history", COLUMN_HISTORY },
	{ "orig_pkts", COLUMN_FWD_PACKETS },
	{ "orig_ip_bytes", COLUMN_FWD_BYTES },
	{ "resp_pkts", COLUMN_BWD_PACKETS },
	{ "resp_ip_bytes", COLUMN_BWD_BYTES },
	{ "label", COLUMN_LABEL },
};

enum { N_ZEEK_COLUMNS = sizeof(zeek_columns) / sizeof(zeek_columns[0]) };

static const char *zeek_column_name(enum table_column column)
{
	for (size_t i = 0; i < N_ZEEK_COLUMNS; i++) {
		if (zeek_columns[i].column == column)
			return zeek_columns[i].name;
	}
	return "?";
}

struct zeek_row {
	struct flow_record record;
	bool has_time, has_state;
};

static void row_begin(struct zeek_row *row)
{
	memset(row, 0, sizeof(*row));
	record_clear(&row->record);
}

static int row_set(struct zeek_row *row, const struct table_reading *reading,
		   enum table_column column, struct field field, struct err *err)
{
	if (field_unset(field))
		return 0;
	if (column_set(&row->record, column, field) < 0)
		return table_bad_field(reading, column, zeek_column_name(column), field, err);
	row->has_time |= column == COLUMN_TS;
	row->has_state |= column == COLUMN_STATE;
	return 0;
}

/* Zeek's analyzers by our names; where ours is "", the port decides first. */
static const struct {
	const char *zeek, *ours, *otherwise;
} zeek_services[] = {
	{ "ssl", "", "tls" },
	{ "dtls", "", "dtls" },
	{ "krb", "kerberos", NULL },
	{ "krb_tcp", "kerberos", NULL },
	{ "krb_udp", "kerberos", NULL },
	{ "dce_rpc", "msrpc", NULL },
	{ "dhcp", "dhcp", NULL },
	{ "ldap_tcp", "ldap", NULL },
	{ "ldap_udp", "ldap", NULL },
	{ "irc-data", "irc", NULL },
	{ "spicy_ldap_tcp", "ldap", NULL },
	{ "pop", "pop3", NULL },
	{ "ftp-data", "ftp-data", NULL },
};

static const char *service_ours(const struct flow_record *record)
{
	const char *by_port = service_name(record->proto, record->src_port, record->dst_port);
	size_t n = strcspn(record->service, ",");

	if (strcmp(record->service, "-") == 0)
		return by_port;
	/* Several analyzers at once ("gssapi,smb,ntlm"): the port knows the outermost. */
	if (record->service[n] == ',' && strcmp(by_port, "-") != 0)
		return by_port;
	for (size_t i = 0; i < sizeof(zeek_services) / sizeof(zeek_services[0]); i++) {
		if (strcmp(zeek_services[i].zeek, record->service) != 0)
			continue;
		if (zeek_services[i].ours[0] != '\0')
			return zeek_services[i].ours;
		return strcmp(by_port, "-") != 0 ? by_port : zeek_services[i].otherwise;
	}
	return NULL;
}

static int row_end(struct table_reading *reading, struct zeek_row *row, struct err *err)
{
	struct flow_record *record = &row->record;
	const char *service;

	/* Zeek knows ICMP only by packets; the version tells which. */
	if (record->proto == IPPROTO_ICMP && record->src.version == 6)
		record->proto = IPPROTO_ICMPV6;
	if (record->proto != IPPROTO_TCP) {
		record->flags = 0; /* the history's "d" is no ACK here */
		if (record->fwd_packets + record->bwd_packets > 0)
			row->has_state = false; /* S0 or SF, as ours; Zeek says OTH for ICMP */
	}
	if (!row->has_state)
		record->state = (uint8_t)record_guess_state(record);
	service = service_ours(record);
	if (service != NULL)
		snprintf(record->service, sizeof(record->service), "%s", service);
	return table_keep(reading, record, row->has_time, err);
}

struct zeek_header {
	char separator;
	size_t n;
	enum table_column column[TABLE_LIMIT_COLUMNS];
	/* Some labelled logs end in one field "tunnel_parents   label   detailed-label". */
	bool label_behind_blanks;
};

/* "#separator \x09" */
static void header_separator(struct zeek_header *header, struct field line)
{
	unsigned int code;
	char text[32];

	field_copy(line, text, sizeof(text));
	if (sscanf(text, "#separator \\x%2x", &code) == 1 && code > 0 && code < 128)
		header->separator = (char)code;
	else if (line.n == sizeof("#separator ,") - 1)
		header->separator = text[line.n - 1];
}

static int header_fields(const struct table_reading *reading, struct zeek_header *header,
			 char *line, size_t n_line, struct err *err)
{
	static const enum table_column needed[] = { COLUMN_TS, COLUMN_PROTO, COLUMN_SRC_IP,
						    COLUMN_DST_IP };
	struct field names[TABLE_LIMIT_COLUMNS + 1];
	bool seen[COLUMN_N] = { false };
	size_t n =
		line_split(line, n_line, header->separator, false, names, TABLE_LIMIT_COLUMNS + 1);

	if (n > TABLE_LIMIT_COLUMNS)
		return table_error(reading, err, "#fields has more than %d columns",
				   TABLE_LIMIT_COLUMNS);
	header->n = n - 1;
	for (size_t i = 0; i < header->n; i++) {
		header->column[i] = column_find(zeek_columns, N_ZEEK_COLUMNS, names[i + 1]);
		seen[header->column[i]] = true;
	}
	header->label_behind_blanks = n > 1 && line_holds(names[n - 1], "   label   ");
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (!seen[needed[i]])
			return table_error(reading, err, "#fields has no '%s'; expected a conn.log",
					   zeek_column_name(needed[i]));
	}
	return 0;
}

static void label_behind_blanks(struct flow_record *record, struct field field)
{
	const char *end = field.text + field.n;
	const char *from = memmem(field.text, field.n, "   ", 3), *to;

	if (from == NULL)
		return;
	from += 3;
	to = memmem(from, (size_t)(end - from), "   ", 3);
	column_set(record, COLUMN_LABEL,
		   (struct field) { from, (size_t)((to != NULL ? to : end) - from) });
}

static int tsv_row(struct table_reading *reading, const struct zeek_header *header, char *line,
		   size_t n_line, struct err *err)
{
	struct field fields[TABLE_LIMIT_COLUMNS];
	struct zeek_row row;
	size_t n;
	int r;

	if (header->n == 0)
		return table_error(reading, err, "a row before any #fields line");
	n = line_split(line, n_line, header->separator, false, fields, TABLE_LIMIT_COLUMNS);
	if (n != header->n)
		return table_error(reading, err, "%zu fields where #fields has %zu", n, header->n);
	row_begin(&row);
	for (size_t i = 0; i < n; i++) {
		r = row_set(&row, reading, header->column[i], fields[i], err);
		if (r < 0)
			return r;
	}
	if (header->label_behind_blanks)
		label_behind_blanks(&row.record, fields[n - 1]);
	return row_end(reading, &row, err);
}

static int tsv_read(struct table_reading *reading, char *line, size_t n_line, struct err *err)
{
	struct zeek_header header = { .separator = '\t' };
	int r = 1;

	while (r == 1) {
		struct field field = { line, n_line };

		if (n_line == 0)
			r = 0;
		else if (line[0] != '#')
			r = tsv_row(reading, &header, line, n_line, err);
		else if (n_line > 7 && memcmp(line, "#fields", 7) == 0)
			r = header_fields(reading, &header, line, n_line, err);
		else {
			header_separator(&header, field);
			r = 0;
		}
		if (r == 0)
			r = line_next(reading->lines, &line, &n_line, err);
	}
	return r;
}

static bool tsv_recognise(struct field line)
{
	return line.n >= 7 &&
	       (memcmp(line.text, "#separa", 7) == 0 || memcmp(line.text, "#fields", 7) == 0);
}

static int json_row(struct table_reading *reading, char *line, size_t n_line, struct err *err)
{
	struct field key, value;
	struct json_line json;
	struct zeek_row row;
	int r;

	row_begin(&row);
	json_line_init(&json, line, n_line);
	while ((r = json_line_next(&json, &key, &value)) == 1) {
		r = row_set(&row, reading, column_find(zeek_columns, N_ZEEK_COLUMNS, key), value,
			    err);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return table_error(reading, err, "not a JSON object at byte %zu of the line",
				   (size_t)(json.at - line) + 1);
	return row_end(reading, &row, err);
}

static int json_read(struct table_reading *reading, char *line, size_t n_line, struct err *err)
{
	int r = 1;

	while (r == 1) {
		r = n_line > 0 ? json_row(reading, line, n_line, err) : 0;
		if (r == 0)
			r = line_next(reading->lines, &line, &n_line, err);
	}
	return r;
}

static bool json_recognise(struct field line)
{
	return line.n > 0 && line.text[0] == '{' && line_holds(line, "\"id.orig_h\"");
}

const struct table_layout layout_zeek = { "zeek tsv", tsv_recognise, tsv_read };
const struct table_layout layout_zeek_json = { "zeek json", json_recognise, json_read };
