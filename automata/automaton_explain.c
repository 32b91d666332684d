/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/automaton.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

enum { WORDS_BYTES = 96, DURATION_BYTES = 32, USUAL_EDGES = 12, MEDIAN = 0x7fffffff };

static const char *duration_words(int64_t ns, char ret_text[DURATION_BYTES])
{
	static const struct {
		double ns;
		const char *unit;
	} units[] = { { 1e9, "s" }, { 1e6, "ms" }, { 1e3, "us" } };

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if ((double)ns < units[i].ns)
			continue;
		snprintf(ret_text, DURATION_BYTES, "%.3g %s", (double)ns / units[i].ns,
			 units[i].unit);
		return ret_text;
	}
	snprintf(ret_text, DURATION_BYTES, "%d ns", (int)ns);
	return ret_text;
}

/* What a packet means, by its flags. */
static const char *meaning(uint8_t proto, automaton_symbol symbol)
{
	uint8_t flags = automaton_symbol_flags(symbol);

	if (proto == 1 || proto == 58)
		return automaton_symbol_payload(symbol) ? "sends a message"
							: "sends a bare message";
	if (proto != 6)
		return automaton_symbol_payload(symbol) ? "sends" : "sends an empty packet";
	if ((flags & TCP_RST) != 0)
		return "resets";
	if ((flags & TCP_SYN) != 0)
		return (flags & TCP_ACK) != 0 ? "accepts" : "opens";
	if ((flags & TCP_FIN) != 0)
		return automaton_symbol_payload(symbol) ? "sends and closes" : "closes";
	if (automaton_symbol_payload(symbol))
		return (flags & TCP_PSH) != 0 ? "sends" : "sends, with more to come";
	return (flags & TCP_ACK) != 0 ? "acknowledges" : "sends a packet without flags";
}

static const char *edge_words(const struct automaton *a, const struct automaton_edge *edge,
			      char ret_text[WORDS_BYTES])
{
	const struct quantile_table *size = &edge->size;
	int n = snprintf(ret_text, WORDS_BYTES, "%s %s",
			 automaton_symbol_direction(edge->symbol) == STEP_BACKWARD ? "responder"
										   : "originator",
			 meaning(a->proto, edge->symbol));

	if (size->n_knots > 0 && n > 0 && n < WORDS_BYTES) {
		int64_t low = size->knots[0], high = size->knots[size->n_knots - 1];
		int64_t usual = quantile_value(size, MEDIAN);

		if (low == high)
			snprintf(ret_text + n, WORDS_BYTES - (size_t)n, " %" PRId64 " bytes", low);
		else
			snprintf(ret_text + n, WORDS_BYTES - (size_t)n,
				 " about %" PRId64 " bytes (%" PRId64 " to %" PRId64 ")", usual,
				 low, high);
	}
	return ret_text;
}

static double state_sum(const struct automaton *a, uint32_t s)
{
	double sum = a->end_count[s];

	for (uint32_t e = a->first_edge[s]; e < a->first_edge[s + 1]; e++)
		sum += a->edges[e].count;
	return sum;
}

struct course {
	double *best;	/* n_states: probability of the best way there */
	uint32_t *from; /* n_states: its last edge */
	uint8_t *done;
};

/* Dijkstra on probabilities; returns the state where the most probable whole path ends, -1 when
 * there is none. */
static int most_probable(const struct automaton *a, struct course *c, double *ret_probability)
{
	double best_end = 0;
	int end = -1;

	c->best[0] = 1;
	for (;;) {
		int s = -1;
		double sum, p;

		for (uint32_t k = 0; k < a->n_states; k++) {
			if (c->done[k] == 0 && c->best[k] > 0 && (s < 0 || c->best[k] > c->best[s]))
				s = (int)k;
		}
		if (s < 0)
			break;
		c->done[s] = 1;
		sum = state_sum(a, (uint32_t)s);
		p = c->best[s] * a->end_count[s] / sum;
		if (p > best_end) {
			best_end = p;
			end = s;
		}
		for (uint32_t e = a->first_edge[s]; e < a->first_edge[s + 1]; e++) {
			p = c->best[s] * a->edges[e].count / sum;
			if (c->done[a->edges[e].dst] == 0 && p > c->best[a->edges[e].dst]) {
				c->best[a->edges[e].dst] = p;
				c->from[a->edges[e].dst] = e;
			}
		}
	}
	*ret_probability = best_end;
	return end;
}

static void print_edge(const struct automaton *a, uint32_t e, FILE *out)
{
	char symbol[AUTOMATON_SYMBOL_TEXT_BYTES], words[WORDS_BYTES], gap[DURATION_BYTES];
	const struct automaton_edge *edge = &a->edges[e];

	fprintf(out, "%-9s %10s  %s\n", automaton_symbol_format(edge->symbol, symbol),
		duration_words(quantile_value(&edge->gap, MEDIAN), gap),
		edge_words(a, edge, words));
}

static int print_course(const struct automaton *a, FILE *out)
{
	CLEANUP(freep) double *best = mem_array(a->n_states, sizeof(*best));
	CLEANUP(freep) uint32_t *from = mem_array(a->n_states, sizeof(*from));
	CLEANUP(freep) uint8_t *done = mem_array(a->n_states, sizeof(*done));
	CLEANUP(freep) uint32_t *path = mem_array(a->n_states, sizeof(*path));
	struct course c = { .best = best, .from = from, .done = done };
	uint32_t n = 0;
	double probability;
	int s;

	if (best == NULL || from == NULL || done == NULL || path == NULL)
		return -ENOMEM;
	s = most_probable(a, &c, &probability);
	for (; s > 0; s = a->edges[from[s]].src)
		path[n++] = from[s];
	fprintf(out, "most probable course (%.3g %% of flows), with usual gaps and sizes:\n",
		100 * probability);
	for (uint32_t k = 0; k < n; k++) {
		fprintf(out, "  %4u  ", k + 1);
		print_edge(a, path[n - 1 - k], out);
	}
	return 0;
}

/* The edges taken most, by count, then number. */
static void print_usual(const struct automaton *a, FILE *out)
{
	uint64_t all = 0, last_count = UINT64_MAX;
	uint32_t last = 0;

	for (uint32_t e = 0; e < a->n_edges; e++)
		all += a->edges[e].count;
	fprintf(out, "packets seen most:\n");
	for (int k = 0; k < USUAL_EDGES && k < a->n_edges; k++) {
		uint32_t best = UINT32_MAX;

		for (uint32_t e = 0; e < a->n_edges; e++) {
			uint32_t count = a->edges[e].count;

			if (count > last_count || (count == last_count && e <= last))
				continue;
			if (best == UINT32_MAX || count > a->edges[best].count)
				best = e;
		}
		fprintf(out, "  %4.1f %%  %3u -> %-3u  ",
			100.0 * a->edges[best].count / (double)all, a->edges[best].src,
			a->edges[best].dst);
		print_edge(a, best, out);
		last_count = a->edges[best].count;
		last = best;
	}
}

int automaton_explain(const struct automaton *a, FILE *out)
{
	int r;

	fprintf(out,
		"%s, protocol %u, ending in %s: learned from %u flows of up to %u packets; "
		"%u states, %u edges\n",
		a->service, a->proto, conn_state_name((enum conn_state)a->state), a->n_words,
		a->max_packets, a->n_states, a->n_edges);
	r = print_course(a, out);
	if (r < 0)
		return r;
	print_usual(a, out);
	return ferror(out) ? -EIO : 0;
}

/* A quoted Graphviz string: services may hold any bytes. */
static void print_quoted(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc((unsigned char)*text < ' ' ? '?' : *text, out);
	}
	fputc('"', out);
}

/* What a picture shows: edges that a flow in a hundred takes or more, as far as such edges lead. */
struct view {
	const struct automaton *a;
	uint8_t *reached; /* n_states */
	uint32_t n_hidden;
};

static bool is_usual(const struct view *v, const struct automaton_edge *edge)
{
	return v->reached[edge->src] != 0 && (uint64_t)edge->count * 100 >= v->a->n_words;
}

static void look(struct view *v)
{
	bool more = true;

	v->reached[0] = 1;
	while (more) {
		more = false;
		for (uint32_t e = 0; e < v->a->n_edges; e++) {
			const struct automaton_edge *edge = &v->a->edges[e];

			if (is_usual(v, edge) && v->reached[edge->dst] == 0) {
				v->reached[edge->dst] = 1;
				more = true;
			}
		}
	}
	for (uint32_t e = 0; e < v->a->n_edges; e++)
		v->n_hidden += !is_usual(v, &v->a->edges[e]);
}

static void print_states(const struct view *v, FILE *out)
{
	for (uint32_t s = 0; s < v->a->n_states; s++) {
		const double end = v->a->end_count[s] / state_sum(v->a, s);

		if (v->reached[s] == 0)
			continue;
		if (v->a->end_count[s] > 0 && end < 0.995)
			fprintf(out, "\t%u [shape = doublecircle, xlabel = \"ends %.2g %%\"];\n", s,
				100 * end);
		else if (v->a->end_count[s] > 0)
			fprintf(out, "\t%u [shape = doublecircle, xlabel = \"ends\"];\n", s);
		else if (s == 0)
			fprintf(out, "\t0 [label = \"start\"];\n");
	}
}

/* One packet: what, how large, how often, how long after the one before. */
static void print_packet(const struct automaton_edge *edge, double p, FILE *out)
{
	char symbol[AUTOMATON_SYMBOL_TEXT_BYTES], gap[DURATION_BYTES];
	const int64_t gap_ns = quantile_value(&edge->gap, MEDIAN);

	fprintf(out, "%s", automaton_symbol_format(edge->symbol, symbol));
	if (edge->size.n_knots > 0)
		fprintf(out, " %" PRId64 " B", quantile_value(&edge->size, MEDIAN));
	if (p < 0.995)
		fprintf(out, "  %.2g %%", 100 * p);
	if (gap_ns > 0)
		fprintf(out, "  %s", duration_words(gap_ns, gap));
	fprintf(out, "\\n");
}

/* All that leads from one state to another is one arrow, each packet a line of its label. */
static void print_arrow(const struct view *v, uint32_t src, uint32_t dst, FILE *out)
{
	const struct automaton *a = v->a;
	double all = 0;

	for (uint32_t e = a->first_edge[src]; e < a->first_edge[src + 1]; e++) {
		const double p = a->edges[e].count / state_sum(a, src);

		if (a->edges[e].dst != dst || !is_usual(v, &a->edges[e]))
			continue;
		if (all == 0)
			fprintf(out, "\t%u -> %u [label = \"", src, dst);
		print_packet(&a->edges[e], p, out);
		all += p;
	}
	if (all > 0)
		fprintf(out, "\", penwidth = %.2f];\n", 0.5 + 3 * all);
}

int automaton_dot(const struct automaton *a, FILE *out)
{
	CLEANUP(freep) uint8_t *reached = mem_array(a->n_states, sizeof(*reached));
	struct view view = { .a = a, .reached = reached };

	if (reached == NULL)
		return -ENOMEM;
	look(&view);
	fprintf(out, "digraph ");
	print_quoted(out, a->service);
	fprintf(out,
		" {\n\trankdir = LR;\n\tnode [shape = circle, fontname = \"sans-serif\"];\n"
		"\tedge [fontname = \"sans-serif\", fontsize = 10];\n"
		"\tlabel = \"> originator, < responder; + with payload; bytes, how often, usual "
		"gap");
	if (view.n_hidden > 0)
		fprintf(out, "\\n%u edges that less than 1 %% of flows take are not shown",
			view.n_hidden);
	fprintf(out, "\";\n");
	print_states(&view, out);
	for (uint32_t s = 0; s < a->n_states; s++) {
		for (uint32_t d = 0; d < a->n_states && reached[s] != 0; d++)
			print_arrow(&view, s, d, out);
	}
	fprintf(out, "}\n");
	return ferror(out) ? -EIO : 0;
}
