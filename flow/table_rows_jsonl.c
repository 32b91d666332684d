/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/table_rows.h"

/* A JSON string with its quotes (RFC 8259). */
static char *put_json(char *p, const char *text)
{
	static const char digits[] = "0123456789abcdef";

	*p++ = '"';
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < ' ') {
			p = text_put_string(p, "\\u00");
			*p++ = digits[c >> 4];
			*p++ = digits[c & 15];
			continue;
		}
		if (c == '"' || c == '\\')
			*p++ = '\\';
		*p++ = (char)c;
	}
	*p++ = '"';
	return p;
}

/* ,"name": */
static char *put_member(char *p, const char *name)
{
	*p++ = ',';
	*p++ = '"';
	p = text_put_string(p, name);
	*p++ = '"';
	*p++ = ':';
	return p;
}

static char *put_json_number(char *p, const char *name, uint64_t value)
{
	return text_put_u64(put_member(p, name), value);
}

char *jsonl_row(char *p, const struct flow_record *record)
{
	p = text_put_string(p, "{\"ts\":");
	p = text_put_seconds(p, record->start_ns);
	p = text_put_seconds(put_member(p, "duration"), record->duration_ns);
	p = text_put_string(p, ",\"proto\":\"");
	p = row_put_proto(p, record->proto);
	p = text_put_string(p, "\",\"src_ip\":\"");
	p = text_put_ip(p, &record->src);
	p = put_json_number(text_put_string(p, "\""), "src_port", record->src_port);
	p = text_put_string(p, ",\"dst_ip\":\"");
	p = text_put_ip(p, &record->dst);
	p = put_json_number(text_put_string(p, "\""), "dst_port", record->dst_port);
	p = put_json(put_member(p, "service"), record->service);
	p = text_put_string(p, ",\"state\":\"");
	p = text_put_string(p, conn_state_name(record->state));
	p = text_put_string(p, "\",\"flags\":\"");
	p = row_put_flags(p, record->flags);
	p = put_json_number(text_put_string(p, "\""), "fwd_packets", record->fwd_packets);
	p = put_json_number(p, "bwd_packets", record->bwd_packets);
	p = put_json_number(p, "fwd_bytes", record->fwd_bytes);
	p = put_json_number(p, "bwd_bytes", record->bwd_bytes);
	p = put_json_number(p, "fwd_payload", record->fwd_payload);
	p = put_json_number(p, "bwd_payload", record->bwd_payload);
	return put_json(put_member(p, "label"), record->label);
}

char *jsonl_truth(char *p, const struct flow_truth *truth, const char *community)
{
	p = put_json_number(p, "flow_id", truth->flow_id);
	p = put_json(put_member(p, "community_id"), community);
	p = put_json(put_member(p, "model"), truth->model);
	p = text_put_string(put_member(p, "occurrence"), "\"");
	p = text_put_u64(p, truth->window);
	p = row_put_number(p, '.', truth->occurrence);
	*p++ = '"';
	return put_json(put_member(p, "pattern"), truth->pattern);
}
