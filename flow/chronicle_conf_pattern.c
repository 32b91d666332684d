/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a pattern: everything is checked before it is believed. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "flow/chronicle_conf.h"

static int load_hours(const struct pattern_text *text, struct err *err)
{
	CLEANUP(freep) int64_t *values = NULL;
	struct flow_pattern *p = text->pattern;
	uint64_t sum = 0;
	size_t n = 0;
	int r = conf_get_ints(text->conf, text->node, "hours", false, 0, 1 << 20, PATTERN_HOURS,
			      &values, &n, err);

	if (r < 0 || values == NULL)
		return r;
	if (n != 24 && n != PATTERN_HOURS)
		return conf_error(text->conf, config_setting_get_member(text->node, "hours"), err,
				  "%zu hours; expected 24 (of each day, UTC) or %d (of the week, "
				  "from Monday)",
				  n, (int)PATTERN_HOURS);
	p->hours = mem_array(PATTERN_HOURS, sizeof(*p->hours));
	if (p->hours == NULL)
		return err_no_memory(err);
	for (uint32_t h = 0; h < PATTERN_HOURS; h++) {
		p->hours[h] = (uint32_t)values[h % n];
		sum += p->hours[h];
	}
	if (sum == 0)
		return conf_error(text->conf, config_setting_get_member(text->node, "hours"), err,
				  "all hours are 0: the pattern would never occur");
	return 0;
}

/* Either how many occurrences there were, or which share of all it shall have. */
static int load_weight(struct pattern_text *text, struct err *err)
{
	const bool counted = config_setting_get_member(text->node, "occurrences") != NULL;
	const bool shared = config_setting_get_member(text->node, "share") != NULL;
	int64_t n = 0;
	int r;

	if (counted == shared)
		return conf_error(text->conf, text->node, err,
				  "how often? expected occurrences (beside those of the other "
				  "patterns) or share (of all, above 0 to 1)");
	r = counted ? conf_get_int(text->conf, text->node, "occurrences", true, 1, UINT32_MAX, &n,
				   err)
		    : conf_get_float(text->conf, text->node, "share", true, 1e-9, 1, &text->share,
				     err);
	text->pattern->weight = (uint32_t)n;
	if (r == 0 && counted)
		r = conf_get_int(text->conf, text->node, "begins", false, 0, n, &n, err);
	else if (r == 0 && config_setting_get_member(text->node, "begins") != NULL)
		r = conf_error(text->conf, config_setting_get_member(text->node, "begins"), err,
			       "begins goes with occurrences; a share is of what begins");
	text->pattern->begins = (uint32_t)n;
	return r;
}

static int load_bits(const struct pattern_text *text, struct err *err)
{
	struct flow_pattern *p = text->pattern;
	int r = conf_get_float(text->conf, text->node, "gain_bits", false, -1e18, 1e18,
			       &p->gain_bits, err);

	if (r == 0)
		r = conf_get_float(text->conf, text->node, "model_bits", false, 0, 1e18,
				   &p->model_bits, err);
	if (r == 0)
		r = conf_get_float(text->conf, text->node, "data_bits", false, 0, 1e18,
				   &p->data_bits, err);
	return r;
}

/* [kind of each row, -1 where the row does not occur; then the count] */
static int load_combination(const struct pattern_text *text, const config_setting_t *node,
			    const struct kind_wanted *wanted, struct err *err)
{
	struct flow_pattern *p = text->pattern;
	uint16_t *kinds = p->kinds + (size_t)p->n_variants * p->n_rows;
	const uint64_t before = pattern_count(p);
	int64_t v = 0;
	int r;

	if (!config_setting_is_array(node) || config_setting_length(node) != (int)p->n_rows + 1)
		return conf_error(text->conf, node, err,
				  "expected [the kinds of %" PRIu32 " rows, then their count]",
				  p->n_rows);
	for (uint32_t i = 0; i < p->n_rows; i++) {
		r = conf_value_int(text->conf, config_setting_get_elem(node, i), -1,
				   (int64_t)text->flows->base.n_kinds - 1, &v, err);
		if (r < 0)
			return r;
		kinds[i] = v < 0 ? BAYES_NO_CODE : (uint16_t)v;
		if (v >= 0 && !kind_is_wanted(&text->flows->base.kinds[v], &wanted[i]))
			return conf_error(text->conf, node, err,
					  "kind %" PRId64 " is not what row %" PRIu32 " says it is",
					  v, i + 1);
	}
	r = conf_value_int(text->conf, config_setting_get_elem(node, p->n_rows), 1, UINT32_MAX, &v,
			   err);
	if (r < 0)
		return r;
	if (before + (uint64_t)v > UINT32_MAX)
		return conf_error(text->conf, node, err, "the counts add up to 2^32 or more");
	p->sums[p->n_variants++] = (uint32_t)(before + (uint64_t)v);
	return 0;
}

static int load_kinds(const struct pattern_text *text, const struct kind_wanted *wanted,
		      struct err *err)
{
	struct flow_pattern *p = text->pattern;
	const config_setting_t *list = NULL;
	int n, r = conf_get_list(text->conf, text->node, "kinds", false, &list, err);

	if (r < 0)
		return r;
	if (list == NULL)
		return pattern_kinds_make(text, wanted, err);
	n = config_setting_length(list);
	if (n < 1 || n > PATTERN_LIMIT_VARIANTS)
		return conf_error(text->conf, list, err, "%d combinations; expected 1 to %d", n,
				  (int)PATTERN_LIMIT_VARIANTS);
	p->kinds = mem_array((size_t)n * p->n_rows, sizeof(*p->kinds));
	p->sums = mem_array((size_t)n, sizeof(*p->sums));
	if (p->kinds == NULL || p->sums == NULL)
		return err_no_memory(err);
	for (int i = 0; i < n && r == 0; i++)
		r = load_combination(text, config_setting_get_elem(list, (unsigned int)i), wanted,
				     err);
	return r;
}

/* Who begins the flow, or who answers it, in a row of this kind. */
static void scope_of(const struct flow_kind *kind, int column, uint8_t *ret_scope,
		     uint8_t *ret_version)
{
	*ret_scope = column == FLOW_SRC_HOST ? kind->src : kind->dst;
	*ret_version = kind->version;
}

/* A host must fit every kind that its rows may be, or no network could be kept to. */
static int check_end(const struct pattern_text *text, const uint16_t *kinds, uint32_t r, int c,
		     const struct flow_kind **bound, struct err *err)
{
	const struct flow_pattern *p = text->pattern;
	const struct pattern_cell *cell = &p->rows[r].cells[c];
	const struct flow_kind *kind = &text->flows->base.kinds[kinds[r]];
	const config_setting_t *node = config_setting_get_elem(text->rows, r);
	uint8_t scope, version;

	scope_of(kind, c, &scope, &version);
	if (cell->source == PATTERN_FIXED) {
		const struct host *h = &text->flows->base.hosts->hosts[cell->code];

		if (h->scope != (enum host_scope)scope || h->addr.version != version)
			return conf_error(text->conf, node, err,
					  "host '%s' is not of the scope and version of kind %u",
					  h->name, kinds[r]);
	}
	if (cell->variable == PATTERN_NO_VARIABLE)
		return 0;
	if (cell->source != PATTERN_USE) {
		/* Scope and version are kept as a kind that has them at its source. */
		bound[cell->variable] = kind;
		return 0;
	}
	if (bound[cell->variable] == NULL)
		return conf_error(text->conf, node, err,
				  "variable $%s is not bound where this row occurs: the row that "
				  "binds it may be absent",
				  p->variables[cell->variable]);
	return 0;
}

/* As check_end(), for a whole combination: variables keep scope and version. */
static int check_combination(const struct pattern_text *text, const uint16_t *kinds,
			     struct err *err)
{
	const struct flow_kind *bound[PATTERN_MAX_VARIABLES] = { NULL };
	uint8_t scopes[PATTERN_MAX_VARIABLES] = { 0 }, versions[PATTERN_MAX_VARIABLES] = { 0 };
	const struct flow_pattern *p = text->pattern;

	for (uint32_t r = 0; r < p->n_rows; r++) {
		if (kinds[r] == BAYES_NO_CODE)
			continue;
		for (int c = FLOW_SRC_HOST; c <= FLOW_DST_HOST; c++) {
			const struct pattern_cell *cell = &p->rows[r].cells[c];
			uint8_t scope, version;
			int e = check_end(text, kinds, r, c, bound, err);

			if (e < 0)
				return e;
			if (cell->variable == PATTERN_NO_VARIABLE)
				continue;
			scope_of(&text->flows->base.kinds[kinds[r]], c, &scope, &version);
			if (cell->source == PATTERN_USE && (scopes[cell->variable] != scope ||
							    versions[cell->variable] != version))
				return conf_error(text->conf,
						  config_setting_get_elem(text->rows, r), err,
						  "variable $%s would be of another scope or IP "
						  "version than where it is bound",
						  p->variables[cell->variable]);
			scopes[cell->variable] = scope;
			versions[cell->variable] = version;
		}
	}
	return 0;
}

static int check_combinations(const struct pattern_text *text, struct err *err)
{
	const struct flow_pattern *p = text->pattern;
	int r = 0;

	for (uint32_t v = 0; v < p->n_variants && r == 0; v++) {
		const uint16_t *kinds = p->kinds + (size_t)v * p->n_rows;
		bool occurs = false;

		for (uint32_t i = 0; i < p->n_rows; i++)
			occurs |= kinds[i] != BAYES_NO_CODE;
		r = occurs ? check_combination(text, kinds, err)
			   : conf_error(text->conf, text->node, err,
					"a combination of kinds in which no row occurs");
	}
	return r;
}

static int load_rows(struct pattern_text *text, struct err *err)
{
	struct kind_wanted wanted[CHRONICLE_MAX_ROWS];
	struct flow_pattern *p = text->pattern;
	int n, r = conf_get_list(text->conf, text->node, "rows", true, &text->rows, err);

	if (r < 0)
		return r;
	n = config_setting_length(text->rows);
	if (n < 1 || n > CHRONICLE_MAX_ROWS)
		return conf_error(text->conf, text->rows, err, "%d rows; expected 1 to %d", n,
				  (int)CHRONICLE_MAX_ROWS);
	p->n_rows = (uint32_t)n;
	for (uint32_t i = 0; i < p->n_rows && r == 0; i++)
		r = pattern_row_load(text, i, &wanted[i], err);
	if (r == 0)
		r = load_kinds(text, wanted, err);
	p->total = pattern_count(p);
	if (r == 0)
		r = check_combinations(text, err);
	for (uint32_t i = 0; i < p->n_rows && r == 0; i++)
		r = pattern_nodes_load(text, i, err);
	return r;
}

int pattern_load(struct pattern_text *text, struct err *err)
{
	static const char *const keys[] = { "name",	 "occurrences", "share",     "kinds",
					    "hours",	 "rows",	"gain_bits", "model_bits",
					    "data_bits", "begins",	"follows" };
	struct flow_pattern *p = text->pattern;
	const char *name = NULL;
	int r;

	if (!config_setting_is_group(text->node))
		return conf_error(text->conf, text->node, err,
				  "a pattern is a group { name, occurrences or share, rows }");
	r = conf_check_keys(text->conf, text->node, keys, sizeof(keys) / sizeof(*keys), err);
	if (r == 0)
		r = conf_get_string(text->conf, text->node, "name", true, &name, err);
	if (r < 0)
		return r;
	if (*name == '\0' || strlen(name) >= sizeof(p->name))
		return conf_error(text->conf, text->node, err, "name: expected 1 to %zu characters",
				  sizeof(p->name) - 1);
	memcpy(p->name, name, strlen(name) + 1);
	r = load_weight(text, err);
	if (r == 0)
		r = load_bits(text, err);
	if (r == 0)
		r = load_hours(text, err);
	return r < 0 ? r : load_rows(text, err);
}
