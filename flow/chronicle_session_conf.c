/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions as text. Variants are numbered through all patterns in order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#include "flow/chronicle_session.h"

static const char *const names[SESSION_N_VARIABLES] = { "next", "gap", "before", "client" };

int flow_sessions_save(const struct chronicle_flows *flows, FILE *out)
{
	const struct flow_sessions *s = &flows->sessions;

	if (s->net.n_nodes == 0)
		return 0;
	fputs("# What a client does next. The patterns' combinations of kinds are numbered in this "
	      "order, from 1;\n# 0 is the session's end. gap: from start to start, in ns.\n"
	      "sessions = {\norder = (",
	      out);
	for (uint32_t k = 0; k < s->n_variants;) {
		const uint16_t i = s->pattern_of[k];
		uint32_t n = 1;

		while (k + n < s->n_variants && s->pattern_of[k + n] == i)
			n++;
		fputs(k == 0 ? "\n" : ",\n", out);
		fputs("{ pattern = ", out);
		conf_print_string(out, i == PATTERN_NONE ? "" : flows->patterns[i].name);
		fprintf(out, "; kinds = %u; }", n);
		k += n;
	}
	fputs(" );\ngaps = ", out);
	column_save(&s->gaps, out);
	fputs(";\n", out);
	bayes_nodes_save(&s->net, names, out);
	fputs("};\n", out);
	return ferror(out) ? -EIO : 0;
}

/* Who follows must be able to: the client is the same. */
static int check_clients(const struct chronicle_flows *flows, const struct conf *conf,
			 const config_setting_t *list, struct err *err)
{
	const struct flow_sessions *s = &flows->sessions;
	const struct bayes_level *level = &s->net.nodes[SESSION_NEXT].levels[1];

	for (uint32_t i = 0; i < level->n_rows; i++)
		for (uint32_t k = level->first[i]; k < level->first[i + 1]; k++) {
			struct pattern_draw a, b;
			const struct flow_kind *ka, *kb;

			if (level->codes[k] == 0 ||
			    s->pattern_of[level->codes[k] - 1] == PATTERN_NONE ||
			    level->keys[i] == 0 ||
			    s->pattern_of[level->keys[i] - 1] == PATTERN_NONE)
				continue;
			chronicle_draw_variant(flows, (uint32_t)level->keys[i] - 1, &a);
			chronicle_draw_variant(flows, level->codes[k] - 1u, &b);
			if (!pattern_has_row(&a, 0) || !pattern_has_row(&b, 0))
				return conf_error(conf, list, err,
						  "next: combination %u follows %u, but a first "
						  "row that does not occur has no client",
						  level->codes[k], (unsigned int)level->keys[i]);
			ka = &flows->base.kinds[pattern_codes(&a, 0)[FLOW_KIND]];
			kb = &flows->base.kinds[pattern_codes(&b, 0)[FLOW_KIND]];
			if (ka->src != kb->src || ka->version != kb->version)
				return conf_error(conf, list, err,
						  "next: combination %u follows %u, but its client "
						  "is of another scope or IP version",
						  level->codes[k], (unsigned int)level->keys[i]);
		}
	return 0;
}

static int check_parents(const struct bayes_net *net, const struct conf *conf,
			 const config_setting_t *list, struct err *err)
{
	const struct bayes_node *next = &net->nodes[SESSION_NEXT], *gap = &net->nodes[SESSION_GAP];

	if (next->n_parents < 1 || next->parents[0] != SESSION_BEFORE || next->n_parents > 2 ||
	    (next->n_parents == 2 && next->parents[1] != SESSION_CLIENT))
		return conf_error(conf, list, err, "next: expected parents before and client");
	if (gap->n_parents < 1 || gap->parents[0] != SESSION_NEXT)
		return conf_error(conf, list, err, "gap: the first parent must be next");
	return 0;
}

/* The patterns as the learning numbered them; some may have been removed since. */
struct order {
	uint16_t *patterns;
	uint32_t *n_variants;
	uint32_t n;
};

static void order_done(struct order *order)
{
	free(order->patterns);
	free(order->n_variants);
}

static uint16_t find_pattern(const struct chronicle_flows *flows, const char *name)
{
	for (uint32_t i = 0; i < flows->n_patterns; i++)
		if (strcmp(flows->patterns[i].name, name) == 0)
			return (uint16_t)i;
	return PATTERN_NONE;
}

static int load_entry(const struct chronicle_flows *flows, const struct conf *conf,
		      const config_setting_t *node, struct order *order, struct err *err)
{
	static const char *const keys[] = { "pattern", "kinds" };
	const char *name = NULL;
	int64_t n = 0;
	uint16_t i;
	int r;

	if (!config_setting_is_group(node))
		return conf_error(conf, node, err, "expected a group { pattern, kinds }");
	r = conf_check_keys(conf, node, keys, 2, err);
	if (r == 0)
		r = conf_get_string(conf, node, "pattern", true, &name, err);
	if (r == 0)
		r = conf_get_int(conf, node, "kinds", true, 1, PATTERN_LIMIT_VARIANTS, &n, err);
	if (r < 0)
		return r;
	i = find_pattern(flows, name);
	for (uint32_t k = 0; k < order->n && i != PATTERN_NONE; k++)
		if (order->patterns[k] == i)
			return conf_error(conf, node, err, "pattern '%s' stands twice", name);
	if (i != PATTERN_NONE && flows->patterns[i].n_variants != (uint32_t)n)
		return conf_error(conf, node, err,
				  "pattern '%s' has %u combinations of kinds; expected %u, as when "
				  "the sessions were learned: write others as a pattern of their "
				  "own",
				  name, flows->patterns[i].n_variants, (unsigned int)n);
	order->patterns[order->n] = i;
	order->n_variants[order->n++] = (uint32_t)n;
	return 0;
}

static int load_order(const struct chronicle_flows *flows, const struct conf *conf,
		      const config_setting_t *group, struct order *order, struct err *err)
{
	const config_setting_t *list = NULL;
	int n, r = conf_get_list(conf, group, "order", true, &list, err);

	if (r < 0)
		return r;
	n = config_setting_length(list);
	if (n < 1 || n > PATTERN_LIMIT)
		return conf_error(conf, list, err, "order: expected 1 to %d patterns",
				  PATTERN_LIMIT);
	order->patterns = mem_array((size_t)n, sizeof(*order->patterns));
	order->n_variants = mem_array((size_t)n, sizeof(*order->n_variants));
	if (order->patterns == NULL || order->n_variants == NULL)
		return err_no_memory(err);
	for (int i = 0; i < n && r == 0; i++)
		r = load_entry(flows, conf, config_setting_get_elem(list, (unsigned int)i), order,
			       err);
	return r;
}

static int load_net(struct chronicle_flows *flows, const struct conf *conf,
		    const config_setting_t *group, struct err *err)
{
	const config_setting_t *gaps = NULL, *list = NULL;
	struct flow_sessions *s = &flows->sessions;
	int r = conf_get_group(conf, group, "gaps", true, &gaps, err);

	if (r == 0)
		r = column_load(conf, gaps, &s->gaps, err);
	if (r == 0)
		r = conf_get_list(conf, group, "nodes", true, &list, err);
	if (r < 0)
		return r;
	s->net.n_nodes = SESSION_N_NODES;
	s->net.n_variables = SESSION_N_VARIABLES;
	s->net.n_codes[SESSION_NEXT] = s->n_variants + 1;
	s->net.n_codes[SESSION_GAP] = column_n_codes(&s->gaps);
	s->net.n_codes[SESSION_BEFORE] = s->n_variants + 1;
	s->net.n_codes[SESSION_CLIENT] = (uint32_t)flows->base.hosts->n_hosts;
	r = bayes_net_load(conf, list, names, &s->net, err);
	if (r == 0)
		r = check_parents(&s->net, conf, list, err);
	if (r == 0)
		r = check_clients(flows, conf, list, err);
	return r < 0 ? r : flow_sessions_mask(flows, err);
}

int flow_sessions_load(struct chronicle_flows *flows, const struct conf *conf, struct err *err)
{
	static const char *const keys[] = { "order", "gaps", "nodes" };
	CLEANUP(order_done) struct order order = { 0 };
	const config_setting_t *group = NULL;
	int r = conf_get_group(conf, conf_root(conf), "sessions", false, &group, err);

	if (r == 0 && group != NULL)
		r = conf_check_keys(conf, group, keys, 3, err);
	if (r == 0 && group != NULL)
		r = load_order(flows, conf, group, &order, err);
	if (r < 0)
		return r;
	r = flow_sessions_number(flows, order.patterns, order.n_variants, order.n);
	if (r == -E2BIG)
		return conf_error(conf, config_setting_get_member(conf_root(conf), "patterns"), err,
				  "the patterns have more than %d combinations of kinds",
				  CODE_TABLE_MAX_CODES - 1);
	if (r < 0)
		return err_no_memory(err);
	return group == NULL ? 0 : load_net(flows, conf, group, err);
}
