/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/chronicle_conf.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/ns.h"

/* Seconds with as many decimals as it takes. */
void pattern_save_seconds(int64_t ns, FILE *out)
{
	char text[32];
	size_t n = (size_t)snprintf(text, sizeof(text), "%" PRId64 ".%09d", ns / NS_PER_S,
				    (int)(ns % NS_PER_S));

	while (text[n - 1] == '0' && text[n - 2] != '.')
		text[--n] = '\0';
	fputs(text, out);
}

static void save_hours(const struct flow_pattern *p, FILE *out)
{
	if (p->hours == NULL)
		return;
	fputs("\n  hours = [", out);
	for (uint32_t h = 0; h < PATTERN_HOURS; h++)
		fprintf(out, "%s%s%" PRIu32, h == 0 ? "" : ",", h % 24 == 0 ? "\n    " : " ",
			p->hours[h]);
	fputs(" ];", out);
}

static void save_kinds(const struct flow_pattern *p, FILE *out)
{
	fputs("\n  kinds = (", out);
	for (uint32_t v = 0; v < p->n_variants; v++) {
		fputs(v == 0 ? " [" : v % 8 == 0 ? ",\n    [" : ", [", out);
		for (uint32_t r = 0; r < p->n_rows; r++) {
			const uint16_t k = p->kinds[(size_t)v * p->n_rows + r];

			fprintf(out, "%d, ", k == BAYES_NO_CODE ? -1 : (int)k);
		}
		fprintf(out, "%" PRIu32 "]", p->sums[v] - (v == 0 ? 0 : p->sums[v - 1]));
	}
	fputs(" );", out);
}

/* The service where all kinds of the row have the same. */
static void save_service(const struct chronicle_flows *flows, const struct flow_pattern *p,
			 uint32_t r, FILE *out)
{
	const char *service = NULL;

	for (uint32_t v = 0; v < p->n_variants; v++) {
		const uint16_t k = p->kinds[(size_t)v * p->n_rows + r];

		if (k == BAYES_NO_CODE)
			continue;
		if (service != NULL && strcmp(service, flows->base.kinds[k].service) != 0)
			return;
		service = flows->base.kinds[k].service;
	}
	if (service != NULL) {
		fputs(" service = ", out);
		conf_print_string(out, service);
		fputs(";", out);
	}
}

static void save_host(const struct chronicle_flows *flows, const struct flow_pattern *p,
		      const struct pattern_cell *cell, const char *key, FILE *out)
{
	const bool fixed = cell->source == PATTERN_FIXED;
	const bool variable = cell->variable != PATTERN_NO_VARIABLE;

	if (!fixed && !variable)
		return;
	fprintf(out, " %s = \"%s%s%s%s\";", key, variable ? "$" : "",
		variable ? p->variables[cell->variable] : "", variable && fixed ? " = " : "",
		fixed ? flows->base.hosts->hosts[cell->code].name : "");
}

static void save_fixed(const struct chronicle_flows *flows, int c, uint16_t code, FILE *out)
{
	int64_t low, value = 0;

	/* A bin is named by its largest value: that is encoded as the bin again. */
	if (flow_column_is_integer(c))
		column_range(&flows->base.columns[c], code, &low, &value);
	fprintf(out, " %s = ", flow_variable_names()[c]);
	if (c == FLOW_STATE)
		fprintf(out, "\"%s\"", conn_state_name(code));
	else if (c == FLOW_LABEL)
		conf_print_string(out, flows->base.labels[code]);
	else if (c == FLOW_DURATION)
		pattern_save_seconds(value, out);
	else
		fprintf(out, "%" PRId64, value);
	fputs(";", out);
}

static void save_row(const struct chronicle_flows *flows, const struct flow_pattern *p, uint32_t r,
		     FILE *out)
{
	const struct pattern_row *row = &p->rows[r];

	fputs("\n    {", out);
	save_service(flows, p, r, out);
	save_host(flows, p, &row->cells[FLOW_SRC_HOST], "client", out);
	save_host(flows, p, &row->cells[FLOW_DST_HOST], "server", out);
	for (int c = FLOW_SRC_PORT; c < FLOW_N_COLUMNS; c++)
		if (row->cells[c].source == PATTERN_FIXED)
			save_fixed(flows, c, row->cells[c].code, out);
	if (row->n_knots > 0) {
		fputs("\n      delay = [", out);
		for (uint32_t k = 0; k < row->n_knots; k++) {
			fputs(k == 0 ? " " : ", ", out);
			pattern_save_seconds(row->knots[k], out);
		}
		fputs(" ];", out);
	}
	if (row->net != NULL) {
		fputs("\n", out);
		bayes_nodes_save(row->net, flow_variable_names(), out);
	}
	fputs(" }", out);
}

int pattern_save(const struct chronicle_flows *flows, const struct flow_pattern *pattern, FILE *out)
{
	fputs("{ name = ", out);
	conf_print_string(out, pattern->name);
	fprintf(out, "; occurrences = %" PRIu32 ";", pattern->weight);
	if (pattern->begins != pattern->weight)
		fprintf(out, " begins = %" PRIu32 ";", pattern->begins);
	if (pattern->gain_bits != 0)
		fprintf(out, " gain_bits = %.3f; model_bits = %.3f; data_bits = %.3f;",
			pattern->gain_bits, pattern->model_bits, pattern->data_bits);
	save_kinds(pattern, out);
	save_hours(pattern, out);
	pattern_follows_save(flows, pattern, out);
	fputs("\n  rows = (", out);
	for (uint32_t r = 0; r < pattern->n_rows; r++) {
		fputs(r == 0 ? "" : ",", out);
		save_row(flows, pattern, r, out);
	}
	fputs(" ); }", out);
	return ferror(out) ? -EIO : 0;
}
