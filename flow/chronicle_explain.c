/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns as an expert would write them: a line for each flow. */
#include "flow/chronicle.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/ns.h"
#include "flow/chronicle_outline.h"
#include "flow/service.h"

enum { N_SUMMARY = 10, N_SERVICES = 3, SERVICE_TEXT_BYTES = OUTLINE_SERVICE_BYTES };

/* What a row is: its services by share. */
struct row_services {
	struct {
		char text[SERVICE_TEXT_BYTES];
		uint64_t n;
	} items[N_SERVICES];
	uint32_t n;
	uint64_t others, total; /* counts; of all combinations, also those without the row */
};

static const char *service_text(const struct flow_kind *k, char ret[SERVICE_TEXT_BYTES])
{
	char proto[PROTO_TEXT_BYTES];
	const char *name = strcmp(k->service, "-") == 0 ? "other" : k->service;

	if (k->proto == 6 || k->proto == 17)
		snprintf(ret, SERVICE_TEXT_BYTES, "%s/%s", name, proto_format(k->proto, proto));
	else
		snprintf(ret, SERVICE_TEXT_BYTES, "%s", name);
	return ret;
}

static void add_service(struct row_services *s, const char *text, uint64_t n)
{
	uint32_t i = 0;

	while (i < s->n && strcmp(s->items[i].text, text) != 0)
		i++;
	if (i == N_SERVICES) {
		s->others += n;
		return;
	}
	if (i == s->n) {
		snprintf(s->items[i].text, SERVICE_TEXT_BYTES, "%s", text);
		s->items[i].n = 0;
		s->n++;
	}
	s->items[i].n += n;
	for (; i > 0 && s->items[i].n > s->items[i - 1].n; i--) {
		const __typeof__(s->items[0]) t = s->items[i];

		s->items[i] = s->items[i - 1];
		s->items[i - 1] = t;
	}
}

static void services_of(const struct chronicle_flows *flows, const struct flow_pattern *p,
			uint32_t r, struct row_services *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (uint32_t v = 0; v < p->n_variants; v++) {
		const uint16_t k = p->kinds[(size_t)v * p->n_rows + r];
		const uint64_t n = p->sums[v] - (v == 0 ? 0 : p->sums[v - 1]);
		char text[SERVICE_TEXT_BYTES];

		ret->total += n;
		if (k != BAYES_NO_CODE)
			add_service(ret, service_text(&flows->base.kinds[k], text), n);
	}
}

static void usual_service(const struct chronicle_flows *flows, const struct flow_pattern *p,
			  uint32_t r, char ret[OUTLINE_SERVICE_BYTES])
{
	struct row_services s;

	services_of(flows, p, r, &s);
	memcpy(ret, s.items[0].text, OUTLINE_SERVICE_BYTES);
}

/* The scope of an end where all kinds have the same, else "any". */
static const char *scope_text(const struct chronicle_flows *flows, const struct flow_pattern *p,
			      uint32_t r, int c)
{
	int scope = -1;

	for (uint32_t v = 0; v < p->n_variants; v++) {
		const uint16_t k = p->kinds[(size_t)v * p->n_rows + r];
		int here;

		if (k == BAYES_NO_CODE)
			continue;
		here = c == FLOW_SRC_HOST ? flows->base.kinds[k].src : flows->base.kinds[k].dst;
		if (scope >= 0 && scope != here)
			return "any";
		scope = here;
	}
	return scope < 0 ? "any" : host_scope_name((enum host_scope)scope);
}

/* "$a (client-3)", "$a", "client-3", "a local host". */
static void host_text(const struct chronicle_flows *flows, const struct flow_pattern *p, uint32_t r,
		      int c, char ret[80])
{
	const struct pattern_cell *cell = &p->rows[r].cells[c];
	const bool variable = cell->variable != PATTERN_NO_VARIABLE;
	const char *name =
		cell->source == PATTERN_FIXED ? flows->base.hosts->hosts[cell->code].name : NULL;
	const char *scope = scope_text(flows, p, r, c);

	if (variable && name != NULL)
		snprintf(ret, 80, "$%s (%s)", p->variables[cell->variable], name);
	else if (variable && cell->source == PATTERN_USE)
		snprintf(ret, 80, "$%s", p->variables[cell->variable]);
	else if (variable)
		snprintf(ret, 80, "$%s (%s)", p->variables[cell->variable], scope);
	else if (name != NULL)
		snprintf(ret, 80, "%s", name);
	else
		snprintf(ret, 80, "%s",
			 strcmp(scope, "group") == 0	  ? "a group"
			 : strcmp(scope, "local") == 0	  ? "an inside host"
			 : strcmp(scope, "internet") == 0 ? "an internet host"
							  : "any host");
}

/* The delay at a share of probability; the first row has none. */
static int64_t delay_at(const struct pattern_row *row, uint32_t percent)
{
	return row->n_knots == 0 ? 0 : row->knots[(uint64_t)(row->n_knots - 1) * percent / 100];
}

static const char *delay_text(int64_t ns, char ret[24])
{
	if (ns < NS_PER_MS)
		snprintf(ret, 24, "+%d us", (int)(ns / 1000));
	else if (ns < NS_PER_S)
		snprintf(ret, 24, "+%d ms", (int)(ns / NS_PER_MS));
	else
		snprintf(ret, 24, "+%.1f s", (double)ns / 1e9);
	return ret;
}

/* "+12 ms  $a (local) asks dns/udp of server-1"; shares only where there is more than one thing. */
static void print_row(const struct chronicle_flows *flows, const struct flow_pattern *p, uint32_t r,
		      FILE *out)
{
	const struct pattern_row *row = &p->rows[r];
	char client[80], server[80], delay[24];
	struct row_services s;
	double shown = 0;

	services_of(flows, p, r, &s);
	host_text(flows, p, r, FLOW_SRC_HOST, client);
	host_text(flows, p, r, FLOW_DST_HOST, server);
	fprintf(out, "  %9s  %s asks ", r == 0 ? "+0 s" : delay_text(delay_at(row, 50), delay),
		client);
	for (uint32_t i = 0; i < s.n; i++) {
		fprintf(out, "%s%s", i == 0 ? "" : ", ", s.items[i].text);
		if (s.items[i].n < s.total)
			fprintf(out, " %.0f %%", 100.0 * (double)s.items[i].n / (double)s.total);
		shown += (double)s.items[i].n;
	}
	if (s.others > 0)
		fprintf(out, ", others %.0f %%", 100.0 * (double)s.others / (double)s.total);
	fprintf(out, " of %s", server);
	if (row->cells[FLOW_STATE].source == PATTERN_FIXED &&
	    row->cells[FLOW_STATE].code != CONN_SF)
		fprintf(out, ", ends %s", conn_state_name(row->cells[FLOW_STATE].code));
	if (shown + (double)s.others < (double)s.total)
		fprintf(out, ", else nothing");
	fputs("\n", out);
}

static uint64_t total_weight(const struct chronicle_flows *flows)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < flows->n_patterns; i++)
		sum += flows->patterns[i].weight;
	return sum;
}

static void print_pattern(const struct chronicle_flows *flows, const struct flow_pattern *p,
			  uint64_t total, bool mdl, FILE *out)
{
	fprintf(out, "\n%s: %" PRIu32 " occurrences, %.2f %%", p->name, p->weight,
		100.0 * (double)p->weight / (double)total);
	if (p->gain_bits != 0)
		fprintf(out, "; %.0f bits saved", p->gain_bits);
	if (mdl && p->gain_bits != 0)
		fprintf(out, "\n  L(pattern) %.1f bits, L(windows) %.1f bits", p->model_bits,
			p->data_bits);
	fputs("\n", out);
	for (uint32_t r = 0; r < p->n_rows; r++)
		print_row(flows, p, r, out);
}

/* By gain, largest first; then those written by hand and the flows alone, in order. */
static void sort_patterns(const struct chronicle_flows *flows, uint32_t *order)
{
	for (uint32_t i = 0; i < flows->n_patterns; i++) {
		uint32_t k = i;

		for (; k > 0 &&
		       flows->patterns[order[k - 1]].gain_bits < flows->patterns[i].gain_bits;
		     k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
}

static void print_bits(const struct chronicle_flows *flows, FILE *out)
{
	const struct chronicle_bits *b = &flows->bits;

	fprintf(out, "Code: %s\n", flows->code != NULL ? flows->code : "not known");
	fprintf(out,
		"Code length in bits\n  %14.1f  without patterns\n  %14.1f  with them: of it\n",
		b->start, b->total);
	fprintf(out,
		"  %14.1f    how many patterns\n  %14.1f    the patterns\n  %14.1f    the "
		"empty pattern's network\n  %14.1f    the flows given all that\n",
		b->count, b->patterns, b->base, b->data);
}

static int print_text(const struct chronicle_flows *flows, const uint32_t *order, bool summary,
		      bool mdl, FILE *out)
{
	const uint64_t total = total_weight(flows);
	const uint32_t n = summary && flows->n_patterns > N_SUMMARY ? N_SUMMARY : flows->n_patterns;

	fprintf(out,
		"%" PRIu32 " patterns of flows that belong together, learned from %" PRIu64
		" flows of %u kinds\nbetween %zu hosts.",
		flows->n_patterns, flows->base.n_flows, flows->base.n_kinds,
		flows->base.hosts->n_hosts);
	if (flows->bits.total > 0 && flows->bits.start > 0)
		fprintf(out, " They take %.0f %% off the flows' description.",
			100 * (1 - flows->bits.total / flows->bits.start));
	fputs(" Times are medians from the flow before;\n$a is the same host throughout a "
	      "pattern.\n",
	      out);
	if (mdl && flows->bits.total > 0)
		print_bits(flows, out);
	if (chronicle_outline(flows, usual_service, out) < 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		print_pattern(flows, &flows->patterns[order[i]], total, mdl, out);
	return 0;
}

/* delay_ns: 10 %, half, 90 %. */
static void json_row(const struct chronicle_flows *flows, const struct flow_pattern *p, uint32_t r,
		     FILE *out)
{
	struct row_services s;
	char text[80];

	services_of(flows, p, r, &s);
	fputs("{\"client\":", out);
	host_text(flows, p, r, FLOW_SRC_HOST, text);
	json_put_string(out, text);
	fputs(",\"server\":", out);
	host_text(flows, p, r, FLOW_DST_HOST, text);
	json_put_string(out, text);
	fputs(",\"services\":{", out);
	for (uint32_t i = 0; i < s.n; i++) {
		fputs(i == 0 ? "" : ",", out);
		json_put_string(out, s.items[i].text);
		fprintf(out, ":%.5f", (double)s.items[i].n / (double)s.total);
	}
	fprintf(out, "},\"delay_ns\":[%" PRId64 ",%" PRId64 ",%" PRId64 "]}",
		delay_at(&p->rows[r], 10), delay_at(&p->rows[r], 50), delay_at(&p->rows[r], 90));
}

static void print_json(const struct chronicle_flows *flows, const uint32_t *order, FILE *out)
{
	const struct chronicle_bits *b = &flows->bits;

	fprintf(out,
		"{\"flows\":%" PRIu64
		",\"kinds\":%u,\"mdl\":{\"code\":\"%s\",\"start\":%.3f,\"total\":%.3f,"
		"\"count\":%.3f,\"patterns\":%.3f,\"base\":%.3f,\"data\":%.3f},\"patterns\":[",
		flows->base.n_flows, flows->base.n_kinds, flows->code != NULL ? flows->code : "",
		b->start, b->total, b->count, b->patterns, b->base, b->data);
	for (uint32_t i = 0; i < flows->n_patterns; i++) {
		const struct flow_pattern *p = &flows->patterns[order[i]];

		fputs(i == 0 ? "{\"name\":" : ",{\"name\":", out);
		json_put_string(out, p->name);
		fprintf(out,
			",\"occurrences\":%" PRIu32
			",\"gain_bits\":%.3f,\"model_bits\":%.3f,\"data_bits\":%.3f,\"rows\":[",
			p->weight, p->gain_bits, p->model_bits, p->data_bits);
		for (uint32_t r = 0; r < p->n_rows; r++) {
			fputs(r == 0 ? "" : ",", out);
			json_row(flows, p, r, out);
		}
		fputs("]}", out);
	}
	fputs("]}\n", out);
}

int chronicle_flows_explain(const struct chronicle_flows *flows, const struct host_set *hosts,
			    FILE *out, enum flow_explain how)
{
	CLEANUP(freep) uint32_t *order = mem_array(flows->n_patterns, sizeof(*order));

	if (order == NULL)
		return -ENOMEM;
	sort_patterns(flows, order);
	if (how == FLOW_EXPLAIN_JSON) {
		print_json(flows, order, out);
		return ferror(out) ? -EIO : 0;
	}
	if (print_text(flows, order, how == FLOW_EXPLAIN_SUMMARY, how == FLOW_EXPLAIN_MDL, out) < 0)
		return -ENOMEM;
	if (how == FLOW_EXPLAIN_SUMMARY) {
		fputs("\nWhat single flows are\n", out);
		return bayes_flows_explain_tables(&flows->base, hosts, out);
	}
	return ferror(out) ? -EIO : 0;
}
