/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/chronicle_outline.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { N_LINES = 10, LINE_BYTES = CHRONICLE_MAX_ROWS * (OUTLINE_SERVICE_BYTES + 8) };

struct outline_line {
	char text[LINE_BYTES]; /* "dns/udp, then https/tcp" */
	double gain_bits;
	uint64_t n_occurrences;
	uint32_t n_patterns;
};

/* A service asked for several times on end stands once: how often a name is looked up is no other
 * habit. */
static void outline_text(const struct chronicle_flows *flows, const struct flow_pattern *pattern,
			 outline_service *service, char ret[LINE_BYTES])
{
	char before[OUTLINE_SERVICE_BYTES] = "";
	size_t at = 0;

	for (uint32_t r = 0; r < pattern->n_rows; r++) {
		char now[OUTLINE_SERVICE_BYTES];

		service(flows, pattern, r, now);
		if (strcmp(now, before) == 0)
			continue;
		at += (size_t)snprintf(ret + at, LINE_BYTES - at, "%s%s", at == 0 ? "" : ", then ",
				       now);
		memcpy(before, now, sizeof(now));
	}
}

static struct outline_line *find_line(struct outline_line *lines, uint32_t *n, const char *text)
{
	for (uint32_t i = 0; i < *n; i++)
		if (strcmp(lines[i].text, text) == 0)
			return &lines[i];
	memcpy(lines[*n].text, text, strlen(text) + 1);
	return &lines[(*n)++];
}

static int compare_lines(const void *left, const void *right)
{
	const struct outline_line *a = left, *b = right;

	if (a->gain_bits != b->gain_bits)
		return a->gain_bits < b->gain_bits ? 1 : -1;
	return strcmp(a->text, b->text);
}

int chronicle_outline(const struct chronicle_flows *flows, outline_service *service, FILE *out)
{
	CLEANUP(freep) struct outline_line *lines = mem_array(flows->n_patterns, sizeof(*lines));
	uint32_t n = 0;

	if (lines == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < flows->n_patterns; i++) {
		const struct flow_pattern *p = &flows->patterns[i];
		struct outline_line *line;
		char text[LINE_BYTES];

		if (p->gain_bits <= 0) /* a flow alone, or written by hand */
			continue;
		outline_text(flows, p, service, text);
		line = find_line(lines, &n, text);
		line->gain_bits += p->gain_bits;
		line->n_occurrences += p->weight;
		line->n_patterns++;
	}
	if (n == 0)
		return 0;
	qsort(lines, n, sizeof(*lines), compare_lines);
	fputs("\nBy what is asked in turn, the most that is saved first\n"
	      "  bits saved  occurrences  patterns\n",
	      out);
	for (uint32_t i = 0; i < n && i < N_LINES; i++)
		fprintf(out, "%12.0f %12" PRIu64 " %9" PRIu32 "  %s\n", lines[i].gain_bits,
			lines[i].n_occurrences, lines[i].n_patterns, lines[i].text);
	return 0;
}
