/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What follows a pattern, as text:
 *
 *	follows = ( { pattern = "p7"; count = 12; after = 1; client = "server"; delay = [0.001]; },
 *		    { pattern = "p2"; probability = 0.3; client = "client"; delay = [1.0, 9.0]; } );
 *
 * count is of the pattern's occurrences. after: at once after that row; else later, in a place of
 * its own: at most one follows from each.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/chronicle_conf.h"

static const char *const whose[] = { "any", "client", "server" };
static const char *const ends[] = { "client", "server" };

/* While the followers of one pattern are read. */
struct follows_text {
	const struct conf *conf;
	const config_setting_t *node; /* the follower's */
	const struct chronicle_flows *flows;
	const struct flow_pattern *pattern;
};

static int load_pattern(const struct follows_text *t, struct pattern_follow *f, struct err *err)
{
	const char *name = NULL;
	int r = conf_get_string(t->conf, t->node, "pattern", true, &name, err);

	if (r < 0)
		return r;
	for (uint32_t i = 0; i < t->flows->n_patterns; i++)
		if (strcmp(t->flows->patterns[i].name, name) == 0) {
			f->pattern = i;
			return 0;
		}
	return conf_error(t->conf, t->node, err, "no pattern is named '%s'", name);
}

/* How often, of the pattern's occurrences. */
static int load_count(const struct follows_text *t, struct pattern_follow *f, struct err *err)
{
	const bool counted = config_setting_get_member(t->node, "count") != NULL;
	const bool likely = config_setting_get_member(t->node, "probability") != NULL;
	double probability = 0;
	int64_t n = 0;
	int r;

	if (counted == likely)
		return conf_error(t->conf, t->node, err,
				  "how often? expected count (of the pattern's %" PRIu32
				  " occurrences) or probability",
				  t->pattern->weight);
	if (counted) {
		r = conf_get_int(t->conf, t->node, "count", true, 1, UINT32_MAX, &n, err);
	} else {
		r = conf_get_float(t->conf, t->node, "probability", true, 0, 1, &probability, err);
		n = (int64_t)(probability * t->pattern->weight + 0.5);
	}
	f->sum = (uint32_t)n;
	return r;
}

static int load_ends(const struct follows_text *t, struct pattern_follow *f, struct err *err)
{
	for (int e = 0; e < 2; e++) {
		const char *name = whose[FOLLOW_ANY];
		int r = conf_get_string(t->conf, t->node, ends[e], false, &name, err), i = 0;

		if (r < 0)
			return r;
		while (i < 3 && strcmp(name, whose[i]) != 0)
			i++;
		if (i == 3)
			return conf_error(t->conf, config_setting_get_member(t->node, ends[e]), err,
					  "expected \"client\" or \"server\" (whose host of the "
					  "row "
					  "that is followed it is), not '%s'",
					  name);
		f->ends[e] = (uint8_t)i;
	}
	return 0;
}

static int load_follow(const struct follows_text *t, struct pattern_follow *f, struct err *err)
{
	static const char *const keys[] = { "pattern", "count",	 "probability", "after",
					    "client",  "server", "delay" };
	const config_setting_t *delay = NULL;
	int64_t after = 0;
	int r;

	if (!config_setting_is_group(t->node))
		return conf_error(t->conf, t->node, err,
				  "a follower is a group { pattern, count or probability, delay }");
	r = conf_check_keys(t->conf, t->node, keys, sizeof(keys) / sizeof(*keys), err);
	if (r == 0)
		r = load_pattern(t, f, err);
	if (r == 0)
		r = load_count(t, f, err);
	if (r == 0)
		r = load_ends(t, f, err);
	if (r == 0)
		r = conf_get_int(t->conf, t->node, "after", false, 1, t->pattern->n_rows, &after,
				 err);
	if (r == 0)
		r = conf_get_list(t->conf, t->node, "delay", true, &delay, err);
	f->place = after == 0 ? PATTERN_LATER : (uint8_t)(after - 1);
	if (r == 0)
		r = pattern_knots_load(t->conf, delay, &f->n_knots, &f->knots, err);
	if (r == 0 && f->knots[f->n_knots - 1] > PATTERN_SESSION_NS)
		r = conf_error(t->conf, delay, err, "delay: a session lasts at most %d s",
			       (int)(PATTERN_SESSION_NS / NS_PER_S));
	return r;
}

/* Stable, so that a text that is saved again stays as it was. */
static void sort_by_place(struct pattern_follow *follows, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		const struct pattern_follow f = follows[i];
		uint32_t k = i;

		for (; k > 0 && follows[k - 1].place > f.place; k--)
			follows[k] = follows[k - 1];
		follows[k] = f;
	}
}

/* Counts become running sums. */
static int sum_up(const struct follows_text *t, struct flow_pattern *p,
		  const config_setting_t *list, struct err *err)
{
	for (uint32_t place = 0; place <= PATTERN_LATER; place++) {
		uint64_t sum = 0;

		for (uint32_t i = p->first_follow[place]; i < p->first_follow[place + 1]; i++) {
			sum += p->follows[i].sum;
			p->follows[i].sum = (uint32_t)sum;
			if (sum > p->weight)
				return conf_error(t->conf, list, err,
						  "more follow than the %" PRIu32
						  " occurrences of the pattern",
						  p->weight);
		}
	}
	return 0;
}

static int load_follows(struct follows_text *t, struct flow_pattern *p,
			const config_setting_t *list, struct err *err)
{
	const int n = config_setting_length(list);
	uint32_t *n_follows = &p->first_follow[PATTERN_LATER + 1];
	int r = 0;

	if (n < 1 || n > PATTERN_LIMIT_FOLLOWS)
		return conf_error(t->conf, list, err, "%d followers; expected 1 to %d", n,
				  (int)PATTERN_LIMIT_FOLLOWS);
	p->follows = mem_array((size_t)n, sizeof(*p->follows));
	if (p->follows == NULL)
		return err_no_memory(err);
	for (int i = 0; i < n && r == 0; i++) {
		t->node = config_setting_get_elem(list, (unsigned int)i);
		r = load_follow(t, &p->follows[(*n_follows)++], err);
	}
	if (r < 0)
		return r;
	sort_by_place(p->follows, *n_follows);
	flow_pattern_index(p);
	return sum_up(t, p, list, err);
}

int pattern_follows_load(struct chronicle_flows *flows, const struct conf *conf,
			 const config_setting_t *list, struct err *err)
{
	int r = 0;

	for (uint32_t i = 0; i < flows->n_patterns && r == 0; i++) {
		const config_setting_t *node = config_setting_get_elem(list, i), *follows = NULL;
		struct follows_text t = { .conf = conf,
					  .flows = flows,
					  .pattern = &flows->patterns[i] };

		r = conf_get_list(conf, node, "follows", false, &follows, err);
		if (r == 0 && follows != NULL)
			r = load_follows(&t, &flows->patterns[i], follows, err);
	}
	return r;
}

/* Grouped by place, as they stand. */
void pattern_follows_save(const struct chronicle_flows *flows, const struct flow_pattern *p,
			  FILE *out)
{
	for (uint32_t i = 0; i < p->first_follow[PATTERN_LATER + 1]; i++) {
		const struct pattern_follow *f = &p->follows[i];
		const bool first = i == p->first_follow[f->place];

		fputs(i == 0 ? "\n  follows = (\n    { pattern = " : ",\n    { pattern = ", out);
		conf_print_string(out, flows->patterns[f->pattern].name);
		fprintf(out, "; count = %" PRIu32 ";", f->sum - (first ? 0 : f[-1].sum));
		if (f->place != PATTERN_LATER)
			fprintf(out, " after = %u;", f->place + 1U);
		for (int e = 0; e < 2; e++)
			if (f->ends[e] != FOLLOW_ANY)
				fprintf(out, " %s = \"%s\";", ends[e], whose[f->ends[e]]);
		fputs(" delay = [", out);
		for (uint32_t k = 0; k < f->n_knots; k++) {
			fputs(k == 0 ? " " : ", ", out);
			pattern_save_seconds(f->knots[k], out);
		}
		fputs(" ]; }", out);
	}
	if (p->follows != NULL && p->first_follow[PATTERN_LATER + 1] > 0)
		fputs(" );", out);
}
