/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "flow/table_fields.h"
#include "flow/table_rows.h"

/* RFC 4180: quotes where a separator or quote stands inside. */
static char *put_csv(char *p, const char *text)
{
	if (strpbrk(text, ",\"\r\n") == NULL)
		return text_put_string(p, text);
	*p++ = '"';
	for (; *text != '\0'; text++) {
		if (*text == '"')
			*p++ = '"';
		*p++ = *text;
	}
	*p++ = '"';
	return p;
}

char *csv_row(char *p, const struct flow_record *record)
{
	p = text_put_seconds(p, record->start_ns);
	*p++ = ',';
	p = text_put_seconds(p, record->duration_ns);
	*p++ = ',';
	p = row_put_proto(p, record->proto);
	*p++ = ',';
	p = text_put_ip(p, &record->src);
	p = row_put_number(p, ',', record->src_port);
	*p++ = ',';
	p = text_put_ip(p, &record->dst);
	p = row_put_number(p, ',', record->dst_port);
	*p++ = ',';
	p = put_csv(p, record->service);
	*p++ = ',';
	p = text_put_string(p, conn_state_name(record->state));
	*p++ = ',';
	p = row_put_flags(p, record->flags);
	p = row_put_number(p, ',', record->fwd_packets);
	p = row_put_number(p, ',', record->bwd_packets);
	p = row_put_number(p, ',', record->fwd_bytes);
	p = row_put_number(p, ',', record->bwd_bytes);
	p = row_put_number(p, ',', record->fwd_payload);
	p = row_put_number(p, ',', record->bwd_payload);
	*p++ = ',';
	return put_csv(p, record->label);
}

char *csv_truth(char *p, const struct flow_truth *truth, const char *community)
{
	p = row_put_number(p, ',', truth->flow_id);
	*p++ = ',';
	p = text_put_string(p, community);
	*p++ = ',';
	p = put_csv(p, truth->model);
	p = row_put_number(p, ',', truth->window);
	p = row_put_number(p, '.', truth->occurrence);
	*p++ = ',';
	return put_csv(p, truth->pattern);
}

int csv_header(FILE *out, bool with_truth)
{
	char text[512], *p = text;

	for (int i = 0; i < COLUMN_LABEL; i++) {
		if (i > 0)
			*p++ = ',';
		p = text_put_string(p, table_columns[i].name);
	}
	if (with_truth)
		p = text_put_string(p, ",flow_id,community_id,model,occurrence,pattern");
	*p++ = '\n';
	return row_put_out(out, text, (size_t)(p - text));
}
