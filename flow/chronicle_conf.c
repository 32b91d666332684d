/* SPDX-License-Identifier: Apache-2.0 */
/* flow.conf of the family: the base network as the other families have it, then the patterns. */
#include "flow/chronicle_conf.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"

int chronicle_flows_save(const struct chronicle_flows *flows, FILE *out)
{
	const struct chronicle_bits *b = &flows->bits;

	fputs("# The base network: what a flow is when nothing else is said.\n", out);
	bayes_flows_save(&flows->base, out);
	if (b->total > 0) {
		fputs("# Code lengths of the learning, in bits.\nmdl = {", out);
		if (flows->code != NULL)
			fprintf(out, " code = \"%s\";", flows->code);
		fprintf(out,
			" start = %.3f; total = %.3f; count = %.3f; patterns = %.3f; base = %.3f; "
			"data = %.3f; };\n",
			b->start, b->total, b->count, b->patterns, b->base, b->data);
	}
	fputs("# Patterns: flows that belong together. kinds: [kind of each row, count].\n"
	      "patterns = (\n",
	      out);
	for (uint32_t i = 0; i < flows->n_patterns; i++) {
		pattern_save(flows, &flows->patterns[i], out);
		fputs(i + 1 < flows->n_patterns ? ",\n" : "\n", out);
	}
	fputs(");\n", out);
	return ferror(out) ? -EIO : 0;
}

/* Models of before it was said do not say it. */
static int load_code(struct chronicle_flows *flows, const struct conf *conf,
		     const config_setting_t *node, struct err *err)
{
	const char *text = NULL;
	int r = conf_get_string(conf, node, "code", false, &text, err);

	if (r < 0 || text == NULL)
		return r;
	for (enum chronicle_code code = CHRONICLE_PUBLISHED; code <= CHRONICLE_SETS; code++)
		if (strcmp(text, chronicle_code_name(code)) == 0)
			flows->code = chronicle_code_name(code);
	return flows->code != NULL
		       ? 0
		       : conf_error(conf, config_setting_get_member(node, "code"), err,
				    "expected \"published\" or \"sets\", not \"%s\"", text);
}

static int load_bits(struct chronicle_flows *flows, const struct conf *conf, struct err *err)
{
	static const char *const keys[] = { "start", "total", "count", "patterns",
					    "base",  "data",  "code" };
	double *const values[] = { &flows->bits.start,	  &flows->bits.total, &flows->bits.count,
				   &flows->bits.patterns, &flows->bits.base,  &flows->bits.data };
	const config_setting_t *node = NULL;
	int r = conf_get_group(conf, conf_root(conf), "mdl", false, &node, err);

	if (r < 0 || node == NULL)
		return r;
	r = conf_check_keys(conf, node, keys, 7, err);
	for (int i = 0; i < 6 && r == 0; i++)
		r = conf_get_float(conf, node, keys[i], true, 0, 1e18, values[i], err);
	return r < 0 ? r : load_code(flows, conf, node, err);
}

static int check_name(const struct chronicle_flows *flows, const struct conf *conf,
		      const config_setting_t *node, struct err *err)
{
	const char *name = flows->patterns[flows->n_patterns - 1].name;

	for (uint32_t i = 0; i + 1 < flows->n_patterns; i++)
		if (strcmp(flows->patterns[i].name, name) == 0)
			return conf_error(conf, node, err, "two patterns are named '%s'", name);
	return 0;
}

/* Turns shares of all occurrences into weights beside those that are counted. */
static int settle_shares(struct chronicle_flows *flows, const struct conf *conf,
			 const config_setting_t *list, const double *shares, struct err *err)
{
	double sum = 0, counted = 0;

	for (uint32_t i = 0; i < flows->n_patterns; i++) {
		sum += shares[i];
		counted += shares[i] > 0 ? 0 : flows->patterns[i].weight;
	}
	if (sum > 1 || (sum == 1 && counted > 0) || (sum < 1 && sum > 0 && counted == 0))
		return conf_error(conf, list, err, "the shares add up to %.6g; expected %s", sum,
				  counted > 0
					  ? "less than 1, for there are patterns with occurrences"
					  : "1, for no pattern has occurrences");
	if (counted == 0)
		counted = 1e9;
	else
		counted /= 1 - sum;
	for (uint32_t i = 0; i < flows->n_patterns; i++) {
		const double weight = counted * shares[i];

		if (shares[i] > 0)
			flows->patterns[i].weight = weight >= UINT32_MAX ? UINT32_MAX
						    : weight < 1	 ? 1
									 : (uint32_t)(weight + 0.5);
	}
	return 0;
}

static int load_patterns(struct chronicle_flows *flows, const struct conf *conf, struct err *err)
{
	CLEANUP(freep) double *shares = NULL;
	const config_setting_t *list = NULL;
	int n, r = conf_get_list(conf, conf_root(conf), "patterns", true, &list, err);

	if (r < 0)
		return r;
	n = config_setting_length(list);
	if (n < 1 || n > PATTERN_LIMIT)
		return conf_error(conf, list, err, "patterns: expected 1 to %d, not %d",
				  PATTERN_LIMIT, n);
	shares = mem_array((size_t)n, sizeof(*shares));
	flows->patterns = mem_array((size_t)n, sizeof(*flows->patterns));
	if (shares == NULL || flows->patterns == NULL)
		return err_no_memory(err);
	for (int i = 0; i < n && r == 0; i++) {
		struct pattern_text text = { .conf = conf,
					     .node = config_setting_get_elem(list, (unsigned int)i),
					     .flows = flows,
					     .pattern = &flows->patterns[i] };

		flows->n_patterns++;
		r = pattern_load(&text, err);
		shares[i] = text.share;
		if (r == 0)
			r = check_name(flows, conf, text.node, err);
	}
	return r < 0 ? r : settle_shares(flows, conf, list, shares, err);
}

int chronicle_flows_load(struct chronicle_flows *flows, const struct conf *conf,
			 const struct host_set *hosts, struct err *err)
{
	static const char *const keys[] = { "format",  "family", "flows", "kinds",   "labels",
					    "columns", "nodes",	 "mdl",	  "patterns" };
	int r = conf_check_keys(conf, conf_root(conf), keys, sizeof(keys) / sizeof(*keys), err);

	if (r == 0)
		r = bayes_flows_load_parts(&flows->base, 0, conf, hosts, err);
	if (r == 0)
		r = load_bits(flows, conf, err);
	if (r == 0)
		r = load_patterns(flows, conf, err);
	if (r == 0 && chronicle_flows_weigh(flows) < 0)
		r = err_no_memory(err);
	return r;
}
