/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/report/model_tables.h"

#include <string.h>

#include "flow/service.h"
#include "gen/report/html.h"
#include "gen/report/words.h"

enum { N_SERVICES_SHOWN = 40, N_PATTERNS_SHOWN = 25, N_PAIRS_SHOWN = 15, N_HOSTS_SHOWN = 100 };

/* Columns are told apart by a leading '#': numbers, to the right. */
static void table_begin(FILE *out, const char *const *columns)
{
	fputs("<div class=\"scroll\">\n<table>\n<thead><tr>", out);
	for (; *columns != NULL; columns++) {
		const bool number = (*columns)[0] == '#';

		fprintf(out, "<th scope=\"col\"%s>%s</th>", number ? " class=\"num\"" : "",
			*columns + number);
	}
	fputs("</tr></thead>\n<tbody>\n", out);
}

/* n_left: rows that are not shown. */
static void table_end(FILE *out, size_t n_left)
{
	fputs("</tbody>\n</table>\n</div>\n", out);
	if (n_left > 0)
		fprintf(out, "<p class=\"note\">%zu more are not shown.</p>\n", n_left);
}

static void head_cell(FILE *out, const char *text)
{
	fputs("<tr><th scope=\"row\">", out);
	html_text(out, text);
	fputs("</th>", out);
}

static void number_cell(FILE *out, const char *text)
{
	fputs("<td class=\"num\">", out);
	html_text(out, text);
	fputs("</td>", out);
}

static void text_cell(FILE *out, const char *text)
{
	fputs("<td>", out);
	html_text(out, text);
	fputs("</td>", out);
}

/* The share of all as a number and a bar; most: the largest share in the table. */
static void share_cell(FILE *out, uint32_t n, uint32_t n_all, uint32_t most)
{
	fprintf(out,
		"<td class=\"num\">%.1f %%</td><td class=\"share\"><span class=\"bar\" "
		"style=\"width: %.1f%%\"></span></td>",
		100.0 * n / (n_all > 0 ? n_all : 1), 100.0 * n / (most > 0 ? most : 1));
}

static void count_cells(FILE *out, const struct model_quantiles *q)
{
	const int64_t values[] = { q->low, q->median, q->high };

	for (int i = 0; i < 3; i++)
		fprintf(out, "<td class=\"num\">%lld</td>", (long long)values[i]);
}

static void quantity_cells(FILE *out, const struct model_quantiles *q,
			   const char *(*words)(int64_t, char[WORDS_BYTES]))
{
	const int64_t values[] = { q->low, q->median, q->high };
	char text[WORDS_BYTES];

	for (int i = 0; i < 3; i++)
		number_cell(out, words(values[i], text));
}

static void service_text(const char *service, uint8_t proto, char *ret_text, size_t size)
{
	char text[PROTO_TEXT_BYTES];

	snprintf(ret_text, size, "%s/%s", strcmp(service, "-") == 0 ? "no name" : service,
		 proto_format(proto, text));
}

void model_table_services(const struct model_sample *sample, FILE *out)
{
	const size_t n =
		sample->n_services < N_SERVICES_SHOWN ? sample->n_services : N_SERVICES_SHOWN;
	char name[FLOW_SERVICE_BYTES + PROTO_TEXT_BYTES + 8];

	fputs("<div class=\"scroll\">\n<table>\n<thead><tr><th scope=\"col\" rowspan=\"2\">Service"
	      "</th><th scope=\"colgroup\" colspan=\"2\" rowspan=\"2\">Flows</th>"
	      "<th scope=\"colgroup\" colspan=\"3\" class=\"mid\">Packets</th>"
	      "<th scope=\"colgroup\" colspan=\"3\" class=\"mid\">Payload</th>"
	      "<th scope=\"colgroup\" colspan=\"3\" class=\"mid\">Duration</th></tr>\n<tr>",
	      out);
	for (int i = 0; i < 3; i++)
		fputs("<th scope=\"col\" class=\"num\">10 %</th><th scope=\"col\" "
		      "class=\"num\">half"
		      "</th><th scope=\"col\" class=\"num\">90 %</th>",
		      out);
	fputs("</tr></thead>\n<tbody>\n", out);
	for (size_t i = 0; i < n; i++) {
		const struct model_service *s = &sample->services[i];

		service_text(s->service, s->proto, name, sizeof(name));
		head_cell(out, name);
		share_cell(out, s->n, sample->n_flows, sample->services[0].n);
		count_cells(out, &s->packets);
		quantity_cells(out, &s->payload_bytes, words_bytes);
		quantity_cells(out, &s->duration_ns, words_duration);
		fputs("</tr>\n", out);
	}
	table_end(out, sample->n_services - n);
}

void model_table_patterns(const struct model_sample *sample, FILE *out)
{
	static const char *const columns[] = { "What begins together, in order", "#Share", "",
					       "#Flows", NULL };
	const size_t n =
		sample->n_patterns < N_PATTERNS_SHOWN ? sample->n_patterns : N_PATTERNS_SHOWN;

	table_begin(out, columns);
	for (size_t i = 0; i < n; i++) {
		head_cell(out, sample->patterns[i].text);
		share_cell(out, sample->patterns[i].n, sample->n_occurrences,
			   sample->patterns[0].n);
		fprintf(out, "<td class=\"num\">%u</td></tr>\n", sample->patterns[i].n_flows);
	}
	table_end(out, sample->n_patterns - n);
}

void model_table_pairs(const struct model_sample *sample, FILE *out)
{
	static const char *const columns[] = { "Who begins flows with whom", "#Share", "", NULL };
	const size_t n = sample->n_pairs < N_PAIRS_SHOWN ? sample->n_pairs : N_PAIRS_SHOWN;

	table_begin(out, columns);
	for (size_t i = 0; i < n; i++) {
		head_cell(out, sample->pairs[i].text);
		share_cell(out, sample->pairs[i].n, sample->n_flows, sample->pairs[0].n);
		fputs("</tr>\n", out);
	}
	table_end(out, sample->n_pairs - n);
}

static void put_stack(const struct host_stack *stack, FILE *out)
{
	fprintf(out, "<td class=\"num\">%u</td>", stack->ttl);
	if (stack->mss > 0)
		fprintf(out, "<td class=\"num\">%u</td>", stack->mss);
	else
		number_cell(out, "\xe2\x80\x93");
	if (stack->window_scale >= 0)
		fprintf(out, "<td class=\"num\">%d</td>", stack->window_scale);
	else
		number_cell(out, "\xe2\x80\x93");
	fprintf(out, "<td>%s%s</td>", stack->sack ? "SACK " : "",
		stack->timestamps ? "timestamps" : "");
}

void model_table_hosts(const struct host_set *hosts, FILE *out)
{
	static const char *const columns[] = { "Host", "Where",	 "Role",    "Address", "#TTL",
					       "#MSS", "#Scale", "Options", NULL };
	const size_t n = hosts->n_hosts < N_HOSTS_SHOWN ? hosts->n_hosts : N_HOSTS_SHOWN;
	char addr[IP_TEXT_BYTES];

	table_begin(out, columns);
	for (size_t i = 0; i < n; i++) {
		const struct host *h = &hosts->hosts[i];

		head_cell(out, h->name);
		text_cell(out, host_scope_name(h->scope));
		text_cell(out, h->role);
		text_cell(out, ip_format(&h->addr, addr));
		if (h->scope == HOST_GROUP)
			fputs("<td></td><td></td><td></td><td></td>", out);
		else
			put_stack(&h->stack, out);
		fputs("</tr>\n", out);
	}
	table_end(out, hosts->n_hosts - n);
}

void model_table_automata(const struct automaton_bank *bank, FILE *out)
{
	static const char *const columns[] = { "Service", "Ends as",	   "#Flows", "#States",
					       "#Edges",  "#Most packets", NULL };
	char name[AUTOMATON_SERVICE_BYTES + PROTO_TEXT_BYTES + 8];

	table_begin(out, columns);
	for (size_t i = 0; i < bank->n; i++) {
		const struct automaton *a = bank->automata[i];

		service_text(a->service, a->proto, name, sizeof(name));
		head_cell(out, name);
		text_cell(out, conn_state_name((enum conn_state)a->state));
		fprintf(out,
			"<td class=\"num\">%u</td><td class=\"num\">%u</td><td "
			"class=\"num\">%u</td>"
			"<td class=\"num\">%u</td></tr>\n",
			a->n_words, a->n_states, a->n_edges, a->max_packets);
	}
	table_end(out, 0);
}
