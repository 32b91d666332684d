/* SPDX-License-Identifier: Apache-2.0 */
/* Writing flow tables. A row is made in a buffer and handed to stdio once: about 120 ns. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "flow/community_id.h"
#include "flow/service.h"
#include "flow/table_rows.h"

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

char *row_put_flags(char *p, uint8_t flags)
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

char *row_put_number(char *p, char separator, uint64_t value)
{
	*p++ = separator;
	return text_put_u64(p, value);
}

char *row_put_proto(char *p, uint8_t proto)
{
	char text[PROTO_TEXT_BYTES];

	return text_put_string(p, proto_format(proto, text));
}

int row_put_out(FILE *out, const char *text, size_t n)
{
	return fwrite_unlocked(text, 1, n, out) == n ? 0 : -EIO;
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
	return row_put_out(out, row, (size_t)(p - row));
}

int flow_write_footer(FILE *out, enum flow_format format)
{
	(void)format;
	return ferror(out) ? -EIO : 0;
}
