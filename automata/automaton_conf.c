/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of an automaton:
 *
 *	format = 1;
 *	service = "https"; proto = 6; state = "SF"; words = 412; max_packets = 873; states = 14;
 *	gap_unit_ns = 1000;
 *	ends = [ 13, 412 ];                        state and count, state and count ...
 *	symbols = [ ">S", "<SA", ">PA+" ];
 *	edges = (
 *	  [ 0, 1, 0, 412, 1, 0 ],                  src, dst, symbol, count, number of gap knots,
 *	  [ 2, 3, 2, 398, 3, 10, 44, 1900, 517 ]   gap knots, the rest: size knots
 *	);
 *	sketches = ( ( ">1", "size", 20, 3 ) );    optional; see automata/sketch.h
 *	habits = ( ( "<", "filler", 0, 12 ) );     optional; see automata/habit.h
 */
#include "automata/automaton.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "automata/automaton_check.h"
#include "base/mem.h"

enum {
	FORMAT = 1,
	LIMIT_SYMBOLS = 2048,
	LIMIT_KNOTS = 4096, /* of one edge */
	EDGE_HEAD = 5,	    /* numbers before the knots */
	LIMIT_GAP_UNIT = 1000000000,
};

#define LIMIT_GAP_NS (INT64_C(1) << 53)

struct reader {
	const struct conf *conf;
	struct automaton *a;
	automaton_symbol symbols[LIMIT_SYMBOLS];
	int n_symbols;
	int64_t gap_unit_ns;
	size_t n_knots, knots_capacity;
};

static int read_head(struct reader *rd, struct err *err)
{
	static const char *const keys[] = { "format", "service",     "proto",  "state",
					    "words",  "max_packets", "states", "gap_unit_ns",
					    "ends",   "symbols",     "edges",  "sketches",
					    "habits" };
	const config_setting_t *root = conf_root(rd->conf);
	const char *service, *state;
	int64_t format, proto, words, longest, states;
	int r;

	rd->gap_unit_ns = 1;
	if ((r = conf_check_keys(rd->conf, root, keys, sizeof(keys) / sizeof(*keys), err)) < 0 ||
	    (r = conf_get_int(rd->conf, root, "format", true, FORMAT, FORMAT, &format, err)) < 0 ||
	    (r = conf_get_string(rd->conf, root, "service", true, &service, err)) < 0 ||
	    (r = conf_get_int(rd->conf, root, "proto", true, 0, 255, &proto, err)) < 0 ||
	    (r = conf_get_string(rd->conf, root, "state", true, &state, err)) < 0 ||
	    (r = conf_get_int(rd->conf, root, "words", true, 1, UINT32_MAX, &words, err)) < 0 ||
	    (r = conf_get_int(rd->conf, root, "max_packets", true, 1, UINT32_MAX, &longest, err)) <
		    0 ||
	    (r = conf_get_int(rd->conf, root, "states", true, 1, AUTOMATON_LIMIT_STATES, &states,
			      err)) < 0 ||
	    (r = conf_get_int(rd->conf, root, "gap_unit_ns", false, 1, LIMIT_GAP_UNIT,
			      &rd->gap_unit_ns, err)) < 0)
		return r;
	if (service[0] == '\0' || strlen(service) >= sizeof(rd->a->service))
		return conf_error(rd->conf, config_setting_get_member(root, "service"), err,
				  "a name has 1 to %zu bytes", sizeof(rd->a->service) - 1);
	if (conn_state_parse(state) < 0)
		return conf_error(rd->conf, config_setting_get_member(root, "state"), err,
				  "'%s' is no connection state (SF, S0, REJ ...)", state);
	memcpy(rd->a->service, service, strlen(service) + 1);
	rd->a->proto = (uint8_t)proto;
	rd->a->state = (uint8_t)conn_state_parse(state);
	rd->a->n_words = (uint32_t)words;
	rd->a->max_packets = (uint32_t)longest;
	rd->a->n_states = (uint16_t)states;
	return 0;
}

static int read_symbols(struct reader *rd, struct err *err)
{
	const config_setting_t *list = NULL;
	int r = conf_get_list(rd->conf, conf_root(rd->conf), "symbols", true, &list, err);

	if (r < 0)
		return r;
	rd->n_symbols = config_setting_length(list);
	if (rd->n_symbols > LIMIT_SYMBOLS)
		return conf_error(rd->conf, list, err, "%d of them, at most %d are allowed",
				  rd->n_symbols, LIMIT_SYMBOLS);
	for (int i = 0; i < rd->n_symbols; i++) {
		const config_setting_t *node = config_setting_get_elem(list, (unsigned int)i);
		const char *text = config_setting_get_string(node);

		if (text == NULL || automaton_symbol_parse(text, &rd->symbols[i]) < 0)
			return conf_error(rd->conf, node, err,
					  "expected direction, flags and \"+\" for "
					  "payload, such as \">PA+\"");
		if (!automaton_symbol_fits(rd->symbols[i], rd->a->proto))
			return conf_error(rd->conf, node, err, "'%s' is no packet of protocol %u",
					  text, rd->a->proto);
	}
	return 0;
}

static int read_ends(struct reader *rd, struct err *err)
{
	CLEANUP(freep) int64_t *values = NULL;
	const config_setting_t *root = conf_root(rd->conf);
	const config_setting_t *node = config_setting_get_member(root, "ends");
	size_t n;
	int r = conf_get_ints(rd->conf, root, "ends", true, 0, UINT32_MAX,
			      2 * (size_t)rd->a->n_states, &values, &n, err);

	if (r < 0)
		return r;
	rd->a->end_count = mem_array(rd->a->n_states, sizeof(*rd->a->end_count));
	if (rd->a->end_count == NULL)
		return err_no_memory(err);
	if (n % 2 != 0)
		return conf_error(rd->conf, node, err,
				  "%zu numbers, expected pairs of state and count", n);
	for (size_t i = 0; i < n; i += 2) {
		if (values[i] >= rd->a->n_states)
			return conf_error(rd->conf, node, err, "state %" PRId64 " of %u states",
					  values[i], rd->a->n_states);
		if (values[i + 1] == 0 || rd->a->end_count[values[i]] != 0)
			return conf_error(rd->conf, node, err,
					  "state %" PRId64 " needs one count, above 0", values[i]);
		rd->a->end_count[values[i]] = (uint32_t)values[i + 1];
	}
	return 0;
}

/* Element i of an edge within [min, max]. */
static int read_number(const struct reader *rd, const config_setting_t *edge, int i,
		       const char *what, int64_t min, int64_t max, int64_t *ret_value,
		       struct err *err)
{
	const config_setting_t *node = config_setting_get_elem(edge, (unsigned int)i);
	int type = node == NULL ? CONFIG_TYPE_NONE : config_setting_type(node);
	int64_t v;

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
		return conf_error(rd->conf, edge, err, "an edge is a list of integers");
	v = config_setting_get_int64(node);
	if (v < min || v > max)
		return conf_error(rd->conf, node, err,
				  "%s: %" PRId64 " is not within %" PRId64 "..%" PRId64, what, v,
				  min, max);
	*ret_value = v;
	return 0;
}

/* n ascending knots from element `begin` on, in the unit given. */
static int read_knots(struct reader *rd, const config_setting_t *edge, int begin, int n,
		      const char *what, int64_t min, int64_t max, int64_t unit, struct err *err)
{
	struct automaton *a = rd->a;
	int64_t last = min;
	int r = mem_grow(&a->knots, &rd->knots_capacity, rd->n_knots + (size_t)n, sizeof(*a->knots),
			 (size_t)AUTOMATON_LIMIT_EDGES * LIMIT_KNOTS);

	if (r < 0)
		return err_no_memory(err);
	for (int i = 0; i < n; i++) {
		r = read_number(rd, edge, begin + i, what, min, max, &last, err);
		if (r < 0)
			return r;
		if (i > 0 && last * unit < a->knots[rd->n_knots - 1])
			return conf_error(rd->conf, edge, err, "%s: the knots do not ascend", what);
		a->knots[rd->n_knots++] = last * unit;
	}
	return 0;
}

static int read_edge(struct reader *rd, const config_setting_t *node, struct automaton_edge *edge,
		     struct err *err)
{
	int64_t max_state = (int64_t)rd->a->n_states - 1, src = 0, dst = 0, symbol = 0, count = 0;
	int64_t n_gap = 0;
	int r, n = config_setting_length(node), n_size;

	if (!config_setting_is_aggregate(node) || config_setting_is_group(node) || n <= EDGE_HEAD)
		return conf_error(rd->conf, node, err,
				  "an edge is [src, dst, symbol, count, number of gap knots, gap "
				  "knots, size knots]");
	if ((r = read_number(rd, node, 0, "src", 0, max_state, &src, err)) < 0 ||
	    (r = read_number(rd, node, 1, "dst", 0, max_state, &dst, err)) < 0 ||
	    (r = read_number(rd, node, 2, "symbol", 0, rd->n_symbols - 1, &symbol, err)) < 0 ||
	    (r = read_number(rd, node, 3, "count", 1, UINT32_MAX, &count, err)) < 0 ||
	    (r = read_number(rd, node, 4, "number of gap knots", 1, LIMIT_KNOTS, &n_gap, err)) < 0)
		return r;
	n_size = n - EDGE_HEAD - (int)n_gap;
	edge->src = (uint16_t)src;
	edge->dst = (uint16_t)dst;
	edge->symbol = rd->symbols[symbol];
	edge->count = (uint32_t)count;
	edge->gap.n_knots = (uint32_t)n_gap;
	if (automaton_symbol_payload(edge->symbol) ? n_size < 1 || n_size > LIMIT_KNOTS
						   : n_size != 0)
		return conf_error(rd->conf, node, err,
				  "%d size knots after %d gap knots: expected %s", n_size,
				  (int)n_gap,
				  automaton_symbol_payload(edge->symbol)
					  ? "1 or more, for the symbol has payload"
					  : "none, for the symbol has no payload");
	edge->size.n_knots = (uint32_t)n_size;
	r = read_knots(rd, node, EDGE_HEAD, (int)n_gap, "gap", 0, LIMIT_GAP_NS / rd->gap_unit_ns,
		       rd->gap_unit_ns, err);
	if (r < 0)
		return r;
	return read_knots(rd, node, EDGE_HEAD + (int)n_gap, n_size, "size", 1, UINT16_MAX, 1, err);
}

static int read_edges(struct reader *rd, struct err *err)
{
	const config_setting_t *list = NULL;
	struct automaton *a = rd->a;
	const int64_t *knots;
	int n, r = conf_get_list(rd->conf, conf_root(rd->conf), "edges", true, &list, err);

	if (r < 0)
		return r;
	n = config_setting_length(list);
	if (n > AUTOMATON_LIMIT_EDGES)
		return conf_error(rd->conf, list, err, "%d of them, at most %d are allowed", n,
				  AUTOMATON_LIMIT_EDGES);
	a->edges = mem_array((size_t)n, sizeof(*a->edges));
	if (a->edges == NULL)
		return err_no_memory(err);
	for (int i = 0; i < n; i++) {
		const config_setting_t *node = config_setting_get_elem(list, (unsigned int)i);

		r = read_edge(rd, node, &a->edges[i], err);
		if (r < 0)
			return r;
		if (i > 0 && a->edges[i].src < a->edges[i - 1].src)
			return conf_error(rd->conf, node, err,
					  "not in order of their source states");
	}
	a->n_edges = (uint16_t)n;
	knots = a->knots;
	for (int i = 0; i < n; i++) {
		a->edges[i].gap.knots = knots;
		knots += a->edges[i].gap.n_knots;
		a->edges[i].size.knots = knots;
		knots += a->edges[i].size.n_knots;
	}
	return 0;
}

static int read_sketches(struct reader *rd, struct err *err)
{
	const config_setting_t *list = NULL;
	int r = conf_get_list(rd->conf, conf_root(rd->conf), "sketches", false, &list, err);

	if (r < 0 || list == NULL)
		return r;
	rd->a->sketches = mem_array(1, sizeof(*rd->a->sketches));
	if (rd->a->sketches == NULL)
		return err_no_memory(err);
	return sketch_table_read(rd->conf, list, rd->a->sketches, err);
}

static int read_habits(struct reader *rd, struct err *err)
{
	const config_setting_t *list = NULL;
	int r = conf_get_list(rd->conf, conf_root(rd->conf), "habits", false, &list, err);

	if (r < 0 || list == NULL)
		return r;
	rd->a->habits = mem_array(1, sizeof(*rd->a->habits));
	if (rd->a->habits == NULL)
		return err_no_memory(err);
	r = habit_table_read(rd->conf, list, rd->a->habits, err);
	if (r < 0)
		return r;
	return habit_table_settle(rd->a->habits) < 0 ? err_no_memory(err) : 0;
}

int automaton_load(const struct conf *conf, struct automaton **ret_automaton, struct err *err)
{
	CLEANUP(automaton_freep) struct automaton *a = mem_array(1, sizeof(*a));
	CLEANUP(freep) struct reader *rd = mem_array(1, sizeof(*rd));
	struct err why = { "" };
	uint32_t state;
	int r;

	if (a == NULL || rd == NULL)
		return err_no_memory(err);
	rd->conf = conf;
	rd->a = a;
	if ((r = read_head(rd, err)) < 0 || (r = read_symbols(rd, err)) < 0 ||
	    (r = read_ends(rd, err)) < 0 || (r = read_edges(rd, err)) < 0 ||
	    (r = read_sketches(rd, err)) < 0 || (r = read_habits(rd, err)) < 0 ||
	    (r = automaton_index(a, err)) < 0)
		return r;
	r = automaton_check_states(a, &state, &why);
	if (r == -EINVAL)
		return conf_error(conf, config_setting_get_member(conf_root(conf), "edges"), err,
				  "%s", why.text);
	if (r < 0)
		return err_no_memory(err);
	*ret_automaton = take(&a);
	return 0;
}

/* The largest unit in which all gaps are whole. */
static int64_t common_gap_unit(const struct automaton *a)
{
	int64_t unit = LIMIT_GAP_UNIT;

	for (uint32_t e = 0; e < a->n_edges; e++) {
		for (uint32_t i = 0; i < a->edges[e].gap.n_knots; i++) {
			while (a->edges[e].gap.knots[i] % unit != 0)
				unit /= 10;
		}
	}
	return unit;
}

/* libconfig wants one type throughout a list in brackets; 64-bit numbers end in L. */
static void print_knots(FILE *out, const struct quantile_table *table, int64_t unit, bool wide)
{
	for (uint32_t i = 0; i < table->n_knots; i++)
		fprintf(out, ",%" PRId64 "%s", table->knots[i] / unit, wide ? "L" : "");
}

static bool edge_is_wide(const struct automaton_edge *edge, int64_t unit)
{
	return edge->count > INT32_MAX || edge->gap.knots[edge->gap.n_knots - 1] / unit > INT32_MAX;
}

static void print_edge(FILE *out, const struct automaton_edge *edge, int symbol, int64_t unit)
{
	bool wide = edge_is_wide(edge, unit);
	const char *l = wide ? "L" : "";

	fprintf(out, "  [%u%s,%u%s,%d%s,%u%s,%u%s", edge->src, l, edge->dst, l, symbol, l,
		edge->count, l, edge->gap.n_knots, l);
	print_knots(out, &edge->gap, unit, wide);
	print_knots(out, &edge->size, 1, wide);
	fputc(']', out);
}

/* The symbols in order of first use; number_of (LIMIT_SYMBOLS) gives each its place. */
static void print_symbols(FILE *out, const struct automaton *a, int *number_of)
{
	char text[AUTOMATON_SYMBOL_TEXT_BYTES];
	int n = 0;

	for (int i = 0; i < LIMIT_SYMBOLS; i++)
		number_of[i] = -1;
	fprintf(out, "symbols = [");
	for (uint32_t e = 0; e < a->n_edges; e++) {
		automaton_symbol symbol = a->edges[e].symbol;

		if (number_of[symbol] >= 0)
			continue;
		fprintf(out, "%s\"%s\"", n > 0 ? ", " : " ", automaton_symbol_format(symbol, text));
		number_of[symbol] = n++;
	}
	fprintf(out, " ];\n");
}

int automaton_save(const struct automaton *a, FILE *out)
{
	CLEANUP(freep) int *number_of = mem_array(LIMIT_SYMBOLS, sizeof(*number_of));
	int64_t unit = common_gap_unit(a);
	bool wide = false, first = true;

	if (number_of == NULL)
		return -ENOMEM;
	fprintf(out, "format = %d;\nservice = ", FORMAT);
	conf_print_string(out, a->service);
	fprintf(out, ";\nproto = %u;\nstate = \"%s\";\nwords = %u%s;\nmax_packets = %u%s;\n",
		a->proto, conn_state_name((enum conn_state)a->state), a->n_words,
		a->n_words > INT32_MAX ? "L" : "", a->max_packets,
		a->max_packets > INT32_MAX ? "L" : "");
	fprintf(out, "states = %u;\ngap_unit_ns = %" PRId64 ";\nends = [", a->n_states, unit);
	for (uint32_t s = 0; s < a->n_states; s++)
		wide = wide || a->end_count[s] > INT32_MAX;
	for (uint32_t s = 0; s < a->n_states; s++) {
		if (a->end_count[s] == 0)
			continue;
		fprintf(out, "%s%u%s, %u%s", first ? " " : ", ", s, wide ? "L" : "",
			a->end_count[s], wide ? "L" : "");
		first = false;
	}
	fprintf(out, " ];\n");
	print_symbols(out, a, number_of);
	fprintf(out, "# src, dst, symbol, count, number of gap knots, gap knots, size knots\n");
	fprintf(out, "edges = (\n");
	for (uint32_t e = 0; e < a->n_edges; e++) {
		print_edge(out, &a->edges[e], number_of[a->edges[e].symbol], unit);
		fputs(e + 1U < a->n_edges ? ",\n" : "\n", out);
	}
	fprintf(out, ");\n");
	if (a->sketches != NULL)
		sketch_table_print(a->sketches, out);
	if (a->habits != NULL)
		habit_table_print(a->habits, out);
	return ferror(out) ? -EIO : 0;
}
