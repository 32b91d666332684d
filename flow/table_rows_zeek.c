/* SPDX-License-Identifier: Apache-2.0 */
#include <netinet/in.h>
#include <xxhash.h>

#include "flow/table_rows.h"

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

/* "C" and 17 base-62 digits, as Zeek's, but a hash of the flow: the same for the same flow. */
static char *put_uid(char *p, const struct flow_record *record)
{
	static const char digits[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	char named[2 * IP_TEXT_BYTES + 5 * TEXT_U64_BYTES], *end = named;
	XXH128_hash_t hash;

	end = text_put_ip(end, &record->src);
	end = row_put_number(end, ' ', record->src_port);
	end = text_put_ip(end, &record->dst);
	end = row_put_number(end, ' ', record->dst_port);
	end = row_put_number(end, ' ', record->proto);
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

char *zeek_row(char *p, const struct flow_record *record)
{
	p = text_put_seconds(p, record->start_ns);
	*p++ = '\t';
	p = put_uid(p, record);
	*p++ = '\t';
	p = text_put_ip(p, &record->src);
	p = row_put_number(p, '\t', record->src_port);
	*p++ = '\t';
	p = text_put_ip(p, &record->dst);
	p = row_put_number(p, '\t', record->dst_port);
	*p++ = '\t';
	p = text_put_string(p, zeek_proto(record->proto));
	*p++ = '\t';
	p = put_tsv(p, record->service);
	*p++ = '\t';
	p = text_put_seconds(p, record->duration_ns);
	p = row_put_number(p, '\t', record->fwd_payload);
	p = row_put_number(p, '\t', record->bwd_payload);
	*p++ = '\t';
	p = text_put_string(p, conn_state_name(record->state));
	/* local_orig, local_resp, missed_bytes, history */
	p = text_put_string(p, "\t-\t-\t0\t-");
	p = row_put_number(p, '\t', record->fwd_packets);
	p = row_put_number(p, '\t', record->fwd_bytes);
	p = row_put_number(p, '\t', record->bwd_packets);
	p = row_put_number(p, '\t', record->bwd_bytes);
	p = text_put_string(p, "\t-\t");
	return put_tsv(p, record->label);
}

char *zeek_truth(char *p, const struct flow_truth *truth, const char *community)
{
	p = row_put_number(p, '\t', truth->flow_id);
	*p++ = '\t';
	p = text_put_string(p, community);
	*p++ = '\t';
	p = put_tsv(p, truth->model);
	p = row_put_number(p, '\t', truth->window);
	p = row_put_number(p, '.', truth->occurrence);
	*p++ = '\t';
	return put_tsv(p, truth->pattern);
}

int zeek_header(FILE *out, bool with_truth)
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
	int r = row_put_out(out, names, sizeof(names) - 1);

	if (r == 0 && with_truth)
		r = row_put_out(out, truth_names, sizeof(truth_names) - 1);
	if (r == 0)
		r = row_put_out(out, types, sizeof(types) - 1);
	if (r == 0 && with_truth)
		r = row_put_out(out, truth_types, sizeof(truth_types) - 1);
	return r < 0 ? r : row_put_out(out, "\n", 1);
}
