/* SPDX-License-Identifier: Apache-2.0 */
/* Rules from a libconfig text. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/dkc_rule.h"

enum { LIMIT_VALUES = 65536, LIMIT_PREFIXES = 1024 };

static const char *const column_names[RULE_N_COLUMNS] = {
	[RULE_NONE] = "",
	[RULE_PROTO] = "proto",
	[RULE_SRC_PORT] = "src_port",
	[RULE_DST_PORT] = "dst_port",
	[RULE_FLAGS] = "flags",
	[RULE_FWD_PACKETS] = "fwd_packets",
	[RULE_BWD_PACKETS] = "bwd_packets",
	[RULE_PACKETS] = "packets",
	[RULE_FWD_BYTES] = "fwd_bytes",
	[RULE_BWD_BYTES] = "bwd_bytes",
	[RULE_BYTES] = "bytes",
	[RULE_FWD_PAYLOAD] = "fwd_payload",
	[RULE_BWD_PAYLOAD] = "bwd_payload",
	[RULE_PAYLOAD] = "payload",
	[RULE_DURATION] = "duration",
	[RULE_SRC_LAST] = "src_last",
	[RULE_DST_LAST] = "dst_last",
	[RULE_SRC_IP] = "src_ip",
	[RULE_DST_IP] = "dst_ip",
};

static const char *const how_names[] = {
	[RULE_IN] = "in",	  [RULE_NOT_IN] = "not_in",   [RULE_BELOW] = "below",
	[RULE_ABOVE] = "above",	  [RULE_HAS] = "has",	      [RULE_LACKS] = "lacks",
	[RULE_WITHIN] = "within", [RULE_OUTSIDE] = "outside",
};
enum { N_HOW = sizeof(how_names) / sizeof(how_names[0]) };

static const char *const condition_keys[] = { "column", "times", "in",	  "not_in", "below",
					      "above",	"has",	 "lacks", "within", "outside" };

static int read_column(const struct conf *conf, const config_setting_t *group, const char *key,
		       bool required, enum rule_column *ret_column, struct err *err)
{
	const char *text = NULL, *near;
	int r = conf_get_string(conf, group, key, required, &text, err);

	if (r < 0 || text == NULL)
		return r;
	for (int c = RULE_NONE + 1; c < RULE_N_COLUMNS; c++) {
		if (strcmp(column_names[c], text) == 0) {
			*ret_column = (enum rule_column)c;
			return 0;
		}
	}
	near = conf_nearest(text, column_names + 1, RULE_N_COLUMNS - 1);
	return conf_error(conf, group, err, "%s: no column '%s'%s%s%s", key, text,
			  near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
			  near != NULL ? "'?" : "");
}

static int read_prefixes(const struct conf *conf, const config_setting_t *group, const char *key,
			 struct rule_condition *c, struct err *err)
{
	const config_setting_t *list = NULL;
	int n, r = conf_get_list(conf, group, key, true, &list, err);

	if (r < 0)
		return r;
	n = config_setting_length(list);
	if (n > LIMIT_PREFIXES)
		return conf_error(conf, list, err, "%d prefixes, expected at most %d", n,
				  LIMIT_PREFIXES);
	c->prefixes = mem_array((size_t)n, sizeof(*c->prefixes));
	if (c->prefixes == NULL)
		return err_no_memory(err);
	for (int i = 0; i < n; i++) {
		const config_setting_t *item = config_setting_get_elem(list, (unsigned int)i);
		const char *text = NULL;
		struct err why = { "" };

		r = conf_value_string(conf, item, &text, err);
		if (r < 0)
			return r;
		if (strcmp(text, "multicast") == 0)
			c->multicast = true;
		else if (ip_prefix_parse(text, &c->prefixes[c->n_prefixes], &why) == 0)
			c->n_prefixes++;
		else
			return conf_error(conf, item, err, "%s", why.text);
	}
	return 0;
}

static int read_flags(const struct conf *conf, const config_setting_t *group, const char *key,
		      struct rule_condition *c, struct err *err)
{
	const char *text = NULL;
	int r = conf_get_string(conf, group, key, true, &text, err);

	if (r < 0)
		return r;
	if (tcp_flags_parse(text, &c->flags) < 0)
		return conf_error(conf, group, err,
				  "%s: '%s' is not TCP flags, expected letters of FSRPAUEC", key,
				  text);
	return 0;
}

static int read_operand(const struct conf *conf, const config_setting_t *group,
			struct rule_condition *c, struct err *err)
{
	const char *key = how_names[c->how];
	bool is_address = c->column >= RULE_SRC_IP;

	if (is_address != (c->how == RULE_WITHIN || c->how == RULE_OUTSIDE))
		return conf_error(conf, group, err,
				  is_address ? "%s: an address is compared by within or outside"
					     : "%s: only addresses are within or outside",
				  key);
	switch (c->how) {
	case RULE_IN:
	case RULE_NOT_IN:
		return conf_get_ints(conf, group, key, true, INT64_MIN / 2, INT64_MAX / 2,
				     LIMIT_VALUES, &c->values, &c->n_values, err);
	case RULE_BELOW:
	case RULE_ABOVE:
		return conf_get_float(conf, group, key, true, -1e18, 1e18, &c->bound, err);
	case RULE_HAS:
	case RULE_LACKS:
		if (c->column != RULE_FLAGS)
			return conf_error(conf, group, err, "%s: only flags have letters", key);
		return read_flags(conf, group, key, c, err);
	case RULE_WITHIN:
	case RULE_OUTSIDE:
		return read_prefixes(conf, group, key, c, err);
	}
	return 0;
}

static int read_condition(const struct conf *conf, const config_setting_t *group,
			  struct rule_condition *c, struct err *err)
{
	int n_how = 0, r;

	if (!config_setting_is_group(group))
		return conf_error(conf, group, err, "expected a group { column = ...; }");
	r = conf_check_keys(conf, group, condition_keys,
			    sizeof(condition_keys) / sizeof(condition_keys[0]), err);
	if (r == 0)
		r = read_column(conf, group, "column", true, &c->column, err);
	if (r == 0)
		r = read_column(conf, group, "times", false, &c->times, err);
	if (r < 0)
		return r;
	for (int how = 0; how < N_HOW; how++) {
		if (config_setting_get_member(group, how_names[how]) != NULL) {
			c->how = (enum rule_how)how;
			n_how++;
		}
	}
	if (n_how != 1)
		return conf_error(conf, group, err,
				  "%d comparisons, expected one of in, not_in, below, above, has, "
				  "lacks, within, outside",
				  n_how);
	if (c->times != RULE_NONE &&
	    (c->times >= RULE_SRC_IP || (c->how != RULE_BELOW && c->how != RULE_ABOVE)))
		return conf_error(conf, group, err,
				  "times: expected a number's column, with below or above");
	return read_operand(conf, group, c, err);
}

static int read_rule(const struct conf *conf, const config_setting_t *group, struct rule *rule,
		     struct err *err)
{
	static const char *const keys[] = { "name", "if" };
	const config_setting_t *list = NULL;
	const char *name = NULL;
	int n, r;

	if (!config_setting_is_group(group))
		return conf_error(conf, group, err, "expected a group { name = ...; if = ...; }");
	r = conf_check_keys(conf, group, keys, 2, err);
	if (r == 0)
		r = conf_get_string(conf, group, "name", true, &name, err);
	if (r == 0)
		r = conf_get_list(conf, group, "if", true, &list, err);
	if (r < 0)
		return r;
	rule->name = strdup(name);
	if (rule->name == NULL)
		return err_no_memory(err);
	n = config_setting_length(list);
	if (n < 1 || n > EVAL_DKC_LIMIT_CONDITIONS)
		return conf_error(conf, list, err, "%d conditions, expected 1 to %d", n,
				  EVAL_DKC_LIMIT_CONDITIONS);
	for (int i = 0; r == 0 && i < n; i++) {
		r = read_condition(conf, config_setting_get_elem(list, (unsigned int)i),
				   &rule->conditions[rule->n_conditions++], err);
	}
	return r;
}

static int read_rules(const struct conf *conf, struct eval_rules *rules, struct err *err)
{
	static const char *const keys[] = { "divisor", "rules" };
	const config_setting_t *list = NULL;
	int n, r = conf_check_keys(conf, conf_root(conf), keys, 2, err);

	if (r == 0)
		r = conf_get_list(conf, conf_root(conf), "rules", true, &list, err);
	if (r < 0)
		return r;
	n = config_setting_length(list);
	if (n < 1 || n > EVAL_DKC_LIMIT_RULES)
		return conf_error(conf, list, err, "%d rules, expected 1 to %d", n,
				  EVAL_DKC_LIMIT_RULES);
	rules->divisor = n;
	r = conf_get_float(conf, conf_root(conf), "divisor", false, 1e-9, 1e9, &rules->divisor,
			   err);
	if (r < 0)
		return r;
	rules->rules = mem_array((size_t)n, sizeof(*rules->rules));
	if (rules->rules == NULL)
		return err_no_memory(err);
	for (int i = 0; r == 0 && i < n; i++) {
		r = read_rule(conf, config_setting_get_elem(list, (unsigned int)i),
			      &rules->rules[rules->n++], err);
	}
	return r;
}

static int rules_of(const struct conf *conf, struct eval_rules **ret_rules, struct err *err)
{
	CLEANUP(eval_rules_freep) struct eval_rules *rules = mem_array(1, sizeof(*rules));
	int r;

	if (rules == NULL)
		return err_no_memory(err);
	r = read_rules(conf, rules, err);
	if (r == 0)
		*ret_rules = take(&rules);
	return r;
}

int eval_rules_load(const char *path, struct eval_rules **ret_rules, struct err *err)
{
	CLEANUP(conf_freep) struct conf *conf = NULL;
	int r = conf_load(path, &conf, err);

	return r < 0 ? r : rules_of(conf, ret_rules, err);
}

int eval_rules_parse(const char *name, const char *text, struct eval_rules **ret_rules,
		     struct err *err)
{
	CLEANUP(conf_freep) struct conf *conf = NULL;
	int r = conf_parse(name, text, &conf, err);

	return r < 0 ? r : rules_of(conf, ret_rules, err);
}

void eval_rules_freep(struct eval_rules **rules)
{
	struct eval_rules *all = *rules;

	*rules = NULL;
	if (all == NULL)
		return;
	for (size_t i = 0; i < all->n; i++) {
		struct rule *rule = &all->rules[i];

		free(rule->name);
		for (size_t c = 0; c < rule->n_conditions; c++) {
			free(rule->conditions[c].values);
			free(rule->conditions[c].prefixes);
		}
	}
	free(all->rules);
	free(all);
}
