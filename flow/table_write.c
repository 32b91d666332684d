/* SPDX-License-Identifier: Apache-2.0 */
/* Writing flow tables. A row is made in a buffer and handed to stdio once: about 250 ns. */
#include <errno.h>
#include <netinet/in.h>
#include <strings.h>
#include <xxhash.h>

#include "flow/community_id.h"
#include "flow/service.h"
#include "flow/table.h"
#include "flow/table_fields.h"
#include "flow/text.h"

enum {
	/* All columns but the truth's: numbers, addresses, texts escaped to six times their length,
	 * the member names of JSON. */
	ROW_BYTES = 12 * TEXT_U64_BYTES + 2 * IP_TEXT_BYTES +
		    6 * (FLOW_SERVICE_BYTES + FLOW_LABEL_BYTES) + 512,
	ESCAPED_LIMIT = 96, /* bytes of a model's or pattern's name that are written */
};

enum flow_format flow_format_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	if (dot != NULL && strcasecmp(dot, ".jsonl") == 0)
		return FLOW_JSONL;
	if (dot != NULL && strcasecmp(dot, ".log") == 0)
		return FLOW_ZEEK;
	return FLOW_CSV;
}

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

/* Zeek escapes what would end a field as \xNN. */
static char *put_tsv(char *p, const char *text)
{
	static const char digits[] = "0123456789abcdef";

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < ' ' || c == '\\') {
			*p++ = '\\';
			*p++ = 'x';
			*p++ = digits[c >> 4];
			*p++ = digits[c & 15];
		} else {
			*p++ = (char)c;
		}
	}
	return p;
}

static char *put_flags(char *p, uint8_t flags)
{
	static const char letters[] = "FSRPAUEC";
	char *start = p;

	for (int i = 0; i < 8; i++) {
		if (flags & 1u << i)
			*p++ = letters[i];
	}
	if (p == start)
		*p++ = '-';
	return p;
}

static char *put_number(char *p, char separator, uint64_t value)
{
	*p++ = separator;
	return text_put_u64(p, value);
}

static char *put_proto(char *p, uint8_t proto)
{
	char text[PROTO_TEXT_BYTES];

	return text_put_string(p, proto_format(proto, text));
}

static char *csv_row(char *p, const struct flow_record *record)
{
	p = text_put_seconds(p, record->start_ns);
	*p++ = ',';
	p = text_put_seconds(p, record->duration_ns);
	*p++ = ',';
	p = put_proto(p, record->proto);
	*p++ = ',';
	p = text_put_ip(p, &record->src);
	p = put_number(p, ',', record->src_port);
	*p++ = ',';
	p = text_put_ip(p, &record->dst);
	p = put_number(p, ',', record->dst_port);
	*p++ = ',';
	p = put_csv(p, record->service);
	*p++ = ',';
	p = text_put_string(p, conn_state_name(record->state));
	*p++ = ',';
	p = put_flags(p, record->flags);
	p = put_number(p, ',', record->fwd_packets);
	p = put_number(p, ',', record->bwd_packets);
	p = put_number(p, ',', record->fwd_bytes);
	p = put_number(p, ',', record->bwd_bytes);
	p = put_number(p, ',', record->fwd_payload);
	p = put_number(p, ',', record->bwd_payload);
	*p++ = ',';
	return put_csv(p, record->label);
}

static char *csv_truth(char *p, const struct flow_truth *truth, const char *community)
{
	p = put_number(p, ',', truth->flow_id);
	*p++ = ',';
	p = text_put_string(p, community);
	*p++ = ',';
	p = put_csv(p, truth->model);
	p = put_number(p, ',', truth->window);
	p = put_number(p, '.', truth->occurrence);
	*p++ = ',';
	return put_csv(p, truth->pattern);
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

static char *jsonl_row(char *p, const struct flow_record *record)
{
	p = text_put_string(p, "{\"ts\":");
	p = text_put_seconds(p, record->start_ns);
	p = text_put_seconds(put_member(p, "duration"), record->duration_ns);
	p = text_put_string(p, ",\"proto\":\"");
	p = put_proto(p, record->proto);
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
	p = put_flags(p, record->flags);
	p = put_json_number(text_put_string(p, "\""), "fwd_packets", record->fwd_packets);
	p = put_json_number(p, "bwd_packets", record->bwd_packets);
	p = put_json_number(p, "fwd_bytes", record->fwd_bytes);
	p = put_json_number(p, "bwd_bytes", record->bwd_bytes);
	p = put_json_number(p, "fwd_payload", record->fwd_payload);
	p = put_json_number(p, "bwd_payload", record->bwd_payload);
	return put_json(put_member(p, "label"), record->label);
}

static char *jsonl_truth(char *p, const struct flow_truth *truth, const char *community)
{
	p = put_json_number(p, "flow_id", truth->flow_id);
	p = put_json(put_member(p, "community_id"), community);
	p = put_json(put_member(p, "model"), truth->model);
	p = text_put_string(put_member(p, "occurrence"), "\"");
	p = text_put_u64(p, truth->window);
	p = put_number(p, '.', truth->occurrence);
	*p++ = '"';
	return put_json(put_member(p, "pattern"), truth->pattern);
}

/* "C" and 17 base-62 digits, as Zeek's, but a hash of the flow: the same for the same flow. */
static char *put_uid(char *p, const struct flow_record *record)
{
	static const char digits[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	char named[2 * IP_TEXT_BYTES + 5 * TEXT_U64_BYTES], *end = named;
	XXH128_hash_t hash;

	end = text_put_ip(end, &record->src);
	end = put_number(end, ' ', record->src_port);
	end = text_put_ip(end, &record->dst);
	end = put_number(end, ' ', record->dst_port);
	end = put_number(end, ' ', record->proto);
	end = text_put_seconds(end, record->start_ns);
	hash = XXH3_128bits(named, (size_t)(end - named));
	*p++ = 'C';
	for (int i = 0; i < 17; i++) {
		uint64_t *half = i < 8 ? &hash.high64 : &hash.low64;

		*p++ = digits[*half % 62];
		*half /= 62;
	}
	return p;
}

static const char *zeek_proto(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return "icmp";
	default:
		return "unknown_transport";
	}
}

static char *zeek_row(char *p, const struct flow_record *record)
{
	p = text_put_seconds(p, record->start_ns);
	*p++ = '\t';
	p = put_uid(p, record);
	*p++ = '\t';
	p = text_put_ip(p, &record->src);
	p = put_number(p, '\t', record->src_port);
	*p++ = '\t';
	p = text_put_ip(p, &record->dst);
	p = put_number(p, '\t', record->dst_port);
	*p++ = '\t';
	p = text_put_string(p, zeek_proto(record->proto));
	*p++ = '\t';
	p = put_tsv(p, record->service);
	*p++ = '\t';
	p = text_put_seconds(p, record->duration_ns);
	p = put_number(p, '\t', record->fwd_payload);
	p = put_number(p, '\t', record->bwd_payload);
	*p++ = '\t';
	p = text_put_string(p, conn_state_name(record->state));
	/* local_orig, local_resp, missed_bytes, history */
	p = text_put_string(p, "\t-\t-\t0\t-");
	p = put_number(p, '\t', record->fwd_packets);
	p = put_number(p, '\t', record->fwd_bytes);
	p = put_number(p, '\t', record->bwd_packets);
	p = put_number(p, '\t', record->bwd_bytes);
	p = text_put_string(p, "\t-\t");
	return put_tsv(p, record->label);
}

static char *zeek_truth(char *p, const struct flow_truth *truth, const char *community)
{
	p = put_number(p, '\t', truth->flow_id);
	*p++ = '\t';
	p = text_put_string(p, community);
	*p++ = '\t';
	p = put_tsv(p, truth->model);
	p = put_number(p, '\t', truth->window);
	p = put_number(p, '.', truth->occurrence);
	*p++ = '\t';
	return put_tsv(p, truth->pattern);
}

static int put_out(FILE *out, const char *text, size_t n)
{
	return fwrite_unlocked(text, 1, n, out) == n ? 0 : -EIO;
}

static int csv_header(FILE *out, bool with_truth)
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
	return put_out(out, text, (size_t)(p - text));
}

static int zeek_header(FILE *out, bool with_truth)
{
	static const char names[] =
		"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
		"#path\tconn\n"
		"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice"
		"\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp"
		"\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes"
		"\ttunnel_parents\tlabel";
	static const char types[] =
		"\n#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount"
		"\tcount\tstring\tbool\tbool\tcount\tstring\tcount\tcount\tcount\tcount"
		"\tset[string]\tstring";
	static const char truth_names[] = "\tflow_id\tcommunity_id\tmodel\toccurrence\tpattern";
	static const char truth_types[] = "\tcount\tstring\tstring\tstring\tstring";
	int r = put_out(out, names, sizeof(names) - 1);

	if (r == 0 && with_truth)
		r = put_out(out, truth_names, sizeof(truth_names) - 1);
	if (r == 0)
		r = put_out(out, types, sizeof(types) - 1);
	if (r == 0 && with_truth)
		r = put_out(out, truth_types, sizeof(truth_types) - 1);
	return r < 0 ? r : put_out(out, "\n", 1);
}

int flow_write_header(FILE *out, enum flow_format format, bool with_truth)
{
	switch (format) {
	case FLOW_ZEEK:
		return zeek_header(out, with_truth);
	case FLOW_JSONL:
		return 0;
	default:
		return csv_header(out, with_truth);
	}
}

/* Names come from files: what is too long for the row's buffer is cut. */
static struct flow_truth truth_cut(const struct flow_truth *truth, char model[ESCAPED_LIMIT],
				   char pattern[ESCAPED_LIMIT])
{
	struct flow_truth cut = *truth;

	snprintf(model, ESCAPED_LIMIT, "%s", truth->model != NULL ? truth->model : "-");
	snprintf(pattern, ESCAPED_LIMIT, "%s", truth->pattern != NULL ? truth->pattern : "-");
	cut.model = model;
	cut.pattern = pattern;
	return cut;
}

int flow_write_row(FILE *out, enum flow_format format, const struct flow_record *record,
		   const struct flow_truth *truth)
{
	char row[ROW_BYTES + COMMUNITY_ID_BYTES + 12 * ESCAPED_LIMIT + 256], *p = row;
	char model[ESCAPED_LIMIT], pattern[ESCAPED_LIMIT], community[COMMUNITY_ID_BYTES];
	struct flow_truth cut;

	if (truth != NULL) {
		cut = truth_cut(truth, model, pattern);
		community_id(&record->src, record->src_port, &record->dst, record->dst_port,
			     record->proto, 0, community);
	}
	switch (format) {
	case FLOW_ZEEK:
		p = zeek_row(p, record);
		if (truth != NULL)
			p = zeek_truth(p, &cut, community);
		break;
	case FLOW_JSONL:
		p = jsonl_row(p, record);
		if (truth != NULL)
			p = jsonl_truth(p, &cut, community);
		*p++ = '}';
		break;
	default:
		p = csv_row(p, record);
		if (truth != NULL)
			p = csv_truth(p, &cut, community);
		break;
	}
	*p++ = '\n';
	return put_out(out, row, (size_t)(p - row));
}

int flow_write_footer(FILE *out, enum flow_format format)
{
	(void)format;
	return ferror(out) ? -EIO : 0;
}
