/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/table_fields.h"

#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/ns.h"
#include "flow/service.h"

const struct column_name table_columns[COLUMN_LABEL] = {
	{ "ts", COLUMN_TS },
	{ "duration", COLUMN_DURATION },
	{ "proto", COLUMN_PROTO },
	{ "src_ip", COLUMN_SRC_IP },
	{ "src_port", COLUMN_SRC_PORT },
	{ "dst_ip", COLUMN_DST_IP },
	{ "dst_port", COLUMN_DST_PORT },
	{ "service", COLUMN_SERVICE },
	{ "state", COLUMN_STATE },
	{ "flags", COLUMN_FLAGS },
	{ "fwd_packets", COLUMN_FWD_PACKETS },
	{ "bwd_packets", COLUMN_BWD_PACKETS },
	{ "fwd_bytes", COLUMN_FWD_BYTES },
	{ "bwd_bytes", COLUMN_BWD_BYTES },
	{ "fwd_payload", COLUMN_FWD_PAYLOAD },
	{ "bwd_payload", COLUMN_BWD_PAYLOAD },
	{ "label", COLUMN_LABEL },
};

enum table_column column_find(const struct column_name *names, size_t n_names, struct field name)
{
	for (size_t i = 0; i < n_names; i++) {
		if (field_is(name, names[i].name))
			return names[i].column;
	}
	return COLUMN_NONE;
}

void record_clear(struct flow_record *record)
{
	memset(record, 0, sizeof(*record));
	record->src_host = record->dst_host = FLOW_NO_HOST;
	strcpy(record->service, "-");
	strcpy(record->label, "-");
}

bool field_is(struct field field, const char *text)
{
	return strlen(text) == field.n && memcmp(text, field.text, field.n) == 0;
}

bool field_unset(struct field field)
{
	return field.n == 0 || field_is(field, "-") || field_is(field, "(empty)");
}

void field_copy(struct field field, char *ret_text, size_t room)
{
	size_t n = field.n < room - 1 ? field.n : room - 1;

	for (size_t i = 0; i < n; i++) {
		char c = field.text[i];

		ret_text[i] = (unsigned char)c < ' ' || c == 0x7f ? '?' : c;
	}
	ret_text[n] = '\0';
}

int field_u64(struct field field, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (field.n == 0)
		return -EINVAL;
	for (size_t i = 0; i < field.n; i++) {
		unsigned int digit = (unsigned char)field.text[i] - '0';

		if (digit > 9)
			return -EINVAL;
		if (value > (UINT64_MAX - digit) / 10)
			return -ERANGE;
		value = value * 10 + digit;
	}
	*ret_value = value;
	return 0;
}

/* "1e-05", as some programs write small durations. */
static int seconds_scientific(struct field field, int64_t *ret_ns)
{
	char text[48], *end;
	double seconds;

	if (field.n == 0 || field.n >= sizeof(text))
		return -EINVAL;
	for (size_t i = 0; i < field.n; i++) {
		if (strchr("0123456789+-.eE", field.text[i]) == NULL || field.text[i] == '\0')
			return -EINVAL;
	}
	memcpy(text, field.text, field.n);
	text[field.n] = '\0';
	seconds = strtod(text, &end);
	if (*end != '\0' || !(fabs(seconds) < 9.2e9))
		return -EINVAL;
	*ret_ns = (int64_t)(seconds * 1e9 + (seconds < 0 ? -0.5 : 0.5));
	return 0;
}

int field_seconds(struct field field, int64_t *ret_ns)
{
	bool negative = field.n > 0 && field.text[0] == '-';
	int64_t seconds = 0, fraction = 0, unit = NS_PER_S;
	size_t i = negative, n_digits = 0;

	for (; i < field.n && field.text[i] >= '0' && field.text[i] <= '9'; i++, n_digits++) {
		seconds = seconds * 10 + (field.text[i] - '0');
		if (seconds > INT64_MAX / NS_PER_S - 1)
			return -ERANGE;
	}
	if (i < field.n && field.text[i] == '.') {
		for (i++; i < field.n && field.text[i] >= '0' && field.text[i] <= '9';
		     i++, n_digits++) {
			unit /= 10; /* 0 beyond the ninth digit: cut */
			fraction += unit * (field.text[i] - '0');
		}
	}
	if (n_digits == 0 || i != field.n)
		return seconds_scientific(field, ret_ns);
	*ret_ns = seconds * NS_PER_S + fraction;
	if (negative)
		*ret_ns = -*ret_ns;
	return 0;
}

int field_time(struct field field, int64_t *ret_ns)
{
	char text[NS_TEXT_BYTES];

	if (field_seconds(field, ret_ns) == 0)
		return 0;
	if (field.n >= sizeof(text))
		return -EINVAL;
	memcpy(text, field.text, field.n);
	text[field.n] = '\0';
	return ns_parse_time(text, ret_ns, NULL);
}

static int set_u16(struct field field, uint16_t *ret_value)
{
	uint64_t value;

	if (field_u64(field, &value) < 0 || value > UINT16_MAX)
		return -EINVAL;
	*ret_value = (uint16_t)value;
	return 0;
}

static int set_ip(struct field field, struct ip_addr *ret_addr)
{
	char text[IP_TEXT_BYTES];

	if (field.n >= sizeof(text) || memchr(field.text, '\0', field.n) != NULL)
		return -EINVAL;
	memcpy(text, field.text, field.n);
	text[field.n] = '\0';
	return ip_parse(text, ret_addr, NULL) < 0 ? -EINVAL : 0;
}

/* Zeek has no name for transports it does not follow. */
static int set_proto(struct field field, uint8_t *ret_proto)
{
	char text[24];

	if (field_is(field, "unknown_transport")) {
		*ret_proto = 0;
		return 0;
	}
	field_copy(field, text, sizeof(text));
	return proto_parse(text, ret_proto) < 0 ? -EINVAL : 0;
}

static int set_state(struct field field, uint8_t *ret_state)
{
	char text[16];
	int state;

	field_copy(field, text, sizeof(text));
	state = conn_state_parse(text);
	if (state < 0)
		return -EINVAL;
	*ret_state = (uint8_t)state;
	return 0;
}

static int set_flags(struct field field, uint8_t *ret_flags)
{
	char text[16];

	field_copy(field, text, sizeof(text));
	return tcp_flags_parse(text, ret_flags) < 0 ? -EINVAL : 0;
}

/* Letters of Zeek's history: one per kind of event, upper case by the originator. */
static void set_history(struct field field, uint8_t *flags)
{
	for (size_t i = 0; i < field.n; i++) {
		switch (field.text[i] | 0x20) {
		case 's':
			*flags |= TCP_SYN;
			break;
		case 'h':
			*flags |= TCP_SYN | TCP_ACK;
			break;
		case 'a':
		case 'd':
			*flags |= TCP_ACK;
			break;
		case 'f':
			*flags |= TCP_FIN;
			break;
		case 'r':
			*flags |= TCP_RST;
			break;
		default: /* retransmissions, gaps, windows ...: no flags */
			break;
		}
	}
}

/* Times within 146 years of 1970, so that start plus duration is a time. */
#define LIMIT_NS (INT64_C(1) << 62)

int column_set(struct flow_record *record, enum table_column column, struct field field)
{
	int64_t ns;

	if (field_unset(field))
		return 0;
	switch (column) {
	case COLUMN_TS:
		if (field_time(field, &ns) < 0 || ns >= LIMIT_NS || ns <= -LIMIT_NS)
			return -EINVAL;
		record->start_ns = ns;
		return 0;
	case COLUMN_DURATION:
		if (field_seconds(field, &ns) < 0 || ns >= LIMIT_NS || ns < 0)
			return -EINVAL;
		record->duration_ns = ns;
		return 0;
	case COLUMN_PROTO:
		return set_proto(field, &record->proto);
	case COLUMN_SRC_IP:
		return set_ip(field, &record->src);
	case COLUMN_SRC_PORT:
		return set_u16(field, &record->src_port);
	case COLUMN_DST_IP:
		return set_ip(field, &record->dst);
	case COLUMN_DST_PORT:
		return set_u16(field, &record->dst_port);
	case COLUMN_SERVICE:
		field_copy(field, record->service, sizeof(record->service));
		return 0;
	case COLUMN_STATE:
		return set_state(field, &record->state);
	case COLUMN_FLAGS:
		return set_flags(field, &record->flags);
	case COLUMN_FWD_PACKETS:
		return field_u64(field, &record->fwd_packets);
	case COLUMN_BWD_PACKETS:
		return field_u64(field, &record->bwd_packets);
	case COLUMN_FWD_BYTES:
		return field_u64(field, &record->fwd_bytes);
	case COLUMN_BWD_BYTES:
		return field_u64(field, &record->bwd_bytes);
	case COLUMN_FWD_PAYLOAD:
		return field_u64(field, &record->fwd_payload);
	case COLUMN_BWD_PAYLOAD:
		return field_u64(field, &record->bwd_payload);
	case COLUMN_LABEL:
		field_copy(field, record->label, sizeof(record->label));
		return 0;
	case COLUMN_HISTORY:
		set_history(field, &record->flags);
		return 0;
	default:
		return 0;
	}
}

const char *column_expects(enum table_column column)
{
	switch (column) {
	case COLUMN_TS:
		return "a time: Unix seconds or RFC 3339";
	case COLUMN_DURATION:
		return "seconds, 0 or more";
	case COLUMN_PROTO:
		return "tcp, udp, icmp, icmp6 or a number below 256";
	case COLUMN_SRC_IP:
	case COLUMN_DST_IP:
		return "an IP address";
	case COLUMN_SRC_PORT:
	case COLUMN_DST_PORT:
		return "a number below 65536";
	case COLUMN_STATE:
		return "a connection state (S0, S1, SF, REJ ...)";
	case COLUMN_FLAGS:
		return "letters of FSRPAUEC";
	default:
		return "a whole number, 0 or more";
	}
}

enum conn_state record_guess_state(const struct flow_record *record)
{
	if (record->proto != IPPROTO_TCP)
		return record->bwd_packets > 0 ? CONN_SF : CONN_S0;
	if ((record->flags & TCP_SYN) == 0)
		return CONN_OTH;
	if (record->bwd_packets == 0)
		return record->flags & TCP_RST	 ? CONN_RSTOS0
		       : record->flags & TCP_FIN ? CONN_SH
						 : CONN_S0;
	if (record->flags & TCP_RST)
		return record->fwd_packets <= 1 && record->bwd_packets <= 1 ? CONN_REJ : CONN_RSTO;
	return record->flags & TCP_FIN ? CONN_SF : CONN_S1;
}
