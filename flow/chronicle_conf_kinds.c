/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns that do not list their kinds: the combinations that their rows leave, as often as the
 * base network has them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/chronicle_conf.h"

enum { LIMIT_STEPS = 2000000 };

/* Counts are integers: shares of a combination are kept to so many parts. */
#define COUNT_SCALE 1e8

bool kind_is_wanted(const struct flow_kind *kind, const struct kind_wanted *w)
{
	return (w->service == NULL || strcmp(kind->service, w->service) == 0) &&
	       (w->proto < 0 || kind->proto == w->proto) &&
	       (w->port < 0 || kind->port == w->port) &&
	       (w->version < 0 || kind->version == w->version) &&
	       (w->src < 0 || kind->src == w->src) && (w->dst < 0 || kind->dst == w->dst);
}

struct combination {
	double mass;
	uint16_t kinds[CHRONICLE_MAX_ROWS];
};

struct making {
	const struct pattern_text *text;
	double *weights; /* n_rows * n_kinds: the base network's, 0 where not wanted */
	uint16_t kinds[CHRONICLE_MAX_ROWS];
	struct combination *found;
	size_t n, capacity;
	uint32_t n_steps;
};

static void making_done(struct making *m)
{
	free(m->weights);
	free(m->found);
}

/* The base network's share of a code given the kind; hosts and states depend on it first of all. */
static double share_of(const struct bayes_flows *base, int column, uint16_t kind, uint16_t code)
{
	const struct bayes_node *node = &base->net.nodes[column];
	const struct bayes_row row = bayes_level_row(&node->levels[1], kind);

	for (uint32_t i = 0; i < row.n; i++)
		if (row.codes[i] == code)
			return (double)bayes_row_count(&row, i) / (double)row.sums[row.n - 1];
	return 0;
}

/* How often a row is of each kind when nothing is known of the others; false: never. */
static bool weigh_row(const struct making *m, uint32_t r, const struct kind_wanted *wanted)
{
	static const int conditioned[] = { FLOW_SRC_HOST, FLOW_DST_HOST, FLOW_STATE };
	const struct bayes_flows *base = &m->text->flows->base;
	const struct bayes_row all = bayes_level_row(&base->net.nodes[FLOW_KIND].levels[0], 0);
	const struct pattern_cell *cells = m->text->pattern->rows[r].cells;
	bool any = false;

	for (uint32_t i = 0; i < all.n; i++) {
		double weight = bayes_row_count(&all, i);

		if (!kind_is_wanted(&base->kinds[all.codes[i]], wanted))
			continue;
		for (int k = 0; k < 3; k++)
			if (cells[conditioned[k]].source == PATTERN_FIXED)
				weight *= share_of(base, conditioned[k], all.codes[i],
						   cells[conditioned[k]].code);
		m->weights[(size_t)r * base->n_kinds + all.codes[i]] = weight;
		any |= weight > 0;
	}
	return any;
}

static uint8_t scope_at(const struct flow_kind *kind, int column)
{
	return column == FLOW_SRC_HOST ? kind->src : kind->dst;
}

/* Do the variables of row r keep scope and version, row r being of this kind? */
static bool is_compatible(const struct making *m, uint32_t r, uint16_t kind)
{
	const struct flow_kind *kinds = m->text->flows->base.kinds;
	const struct flow_pattern *p = m->text->pattern;

	for (int c = FLOW_SRC_HOST; c <= FLOW_DST_HOST; c++)
		for (uint32_t q = 0; q < r && p->rows[r].cells[c].source == PATTERN_USE; q++)
			for (int d = FLOW_SRC_HOST; d <= FLOW_DST_HOST; d++)
				if (m->kinds[q] != BAYES_NO_CODE &&
				    p->rows[q].cells[d].variable == p->rows[r].cells[c].variable &&
				    (scope_at(&kinds[m->kinds[q]], d) !=
					     scope_at(&kinds[kind], c) ||
				     kinds[m->kinds[q]].version != kinds[kind].version))
					return false;
	return true;
}

/* -E2BIG: too many. */
static int combine(struct making *m, uint32_t r, double mass)
{
	const uint32_t n_kinds = m->text->flows->base.n_kinds;
	const double *weights = m->weights + (size_t)r * n_kinds;
	double sum = 0, present = m->text->probability[r];
	int e = 0;

	if (r == m->text->pattern->n_rows) {
		if (m->n == PATTERN_LIMIT_VARIANTS)
			return -E2BIG;
		e = mem_grow(&m->found, &m->capacity, m->n + 1, sizeof(*m->found),
			     PATTERN_LIMIT_VARIANTS);
		if (e < 0)
			return e;
		m->found[m->n].mass = mass;
		memcpy(m->found[m->n++].kinds, m->kinds, sizeof(m->kinds));
		return 0;
	}
	for (uint32_t k = 0; k < n_kinds; k++)
		if (weights[k] > 0 && is_compatible(m, r, (uint16_t)k))
			sum += weights[k];
	m->n_steps += n_kinds;
	if (m->n_steps > LIMIT_STEPS)
		return -E2BIG;
	for (uint32_t k = 0; k < n_kinds && e == 0 && sum > 0; k++)
		if (weights[k] > 0 && is_compatible(m, r, (uint16_t)k)) {
			m->kinds[r] = (uint16_t)k;
			e = combine(m, r + 1, mass * present * (weights[k] / sum));
		}
	if (e == 0 && present < 1) {
		m->kinds[r] = BAYES_NO_CODE;
		e = combine(m, r + 1, mass * (1 - present));
	}
	return e;
}

static int keep(const struct making *m, struct err *err)
{
	struct flow_pattern *p = m->text->pattern;
	double total = 0;
	uint32_t sum = 0;

	for (size_t i = 0; i < m->n; i++)
		total += m->found[i].mass;
	if (m->n == 0 || !(total > 0))
		return conf_error(m->text->conf, m->text->rows, err,
				  "the rows cannot be together: no kinds of flows that the model "
				  "knows share hosts in this way");
	p->kinds = mem_array(m->n * p->n_rows, sizeof(*p->kinds));
	p->sums = mem_array(m->n, sizeof(*p->sums));
	if (p->kinds == NULL || p->sums == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < m->n; i++) {
		const double count = m->found[i].mass / total * COUNT_SCALE;

		memcpy(p->kinds + i * p->n_rows, m->found[i].kinds, p->n_rows * sizeof(*p->kinds));
		p->sums[i] = sum += count < 1 ? 1 : (uint32_t)(count + 0.5);
	}
	p->n_variants = (uint32_t)m->n;
	return 0;
}

static int nothing_wanted(const struct pattern_text *text, uint32_t r,
			  const struct kind_wanted *wanted, struct err *err)
{
	const config_setting_t *row = config_setting_get_elem(text->rows, r);
	const struct bayes_flows *base = &text->flows->base;
	const char *names[BAYES_LIMIT_KINDS];
	const char *near = NULL;
	size_t n = 0;

	for (uint32_t k = 0; k < base->n_kinds && n < BAYES_LIMIT_KINDS; k++) {
		if (wanted->service != NULL && strcmp(base->kinds[k].service, wanted->service) == 0)
			return conf_error(text->conf, row, err,
					  "no flow of service '%s' in the model is as this row "
					  "says",
					  wanted->service);
		names[n++] = base->kinds[k].service;
	}
	if (wanted->service == NULL)
		return conf_error(text->conf, row, err, "no flow in the model is as this row says");
	near = conf_nearest(wanted->service, names, n);
	return conf_error(text->conf, config_setting_get_member(row, "service"), err,
			  "the model knows no service '%s'%s%s%s", wanted->service,
			  near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
			  near != NULL ? "'?" : "");
}

int pattern_kinds_make(const struct pattern_text *text, const struct kind_wanted *wanted,
		       struct err *err)
{
	CLEANUP(making_done) struct making m = { .text = text };
	int r;

	m.weights = mem_array((size_t)text->pattern->n_rows * text->flows->base.n_kinds,
			      sizeof(*m.weights));
	if (m.weights == NULL)
		return err_no_memory(err);
	for (uint32_t i = 0; i < text->pattern->n_rows; i++)
		if (!weigh_row(&m, i, &wanted[i]))
			return nothing_wanted(text, i, &wanted[i], err);
	r = combine(&m, 0, 1);
	if (r == -E2BIG)
		return conf_error(text->conf, text->rows, err,
				  "too many combinations of kinds; say more of the rows: port, "
				  "from, to, version");
	return r < 0 ? err_no_memory(err) : keep(&m, err);
}
