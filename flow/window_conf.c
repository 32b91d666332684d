/* SPDX-License-Identifier: Apache-2.0 */
/* The windows of hosts.conf: one line for each class, values in ranges of three numbers. */
#include "flow/window.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"

static void save_class(const struct window_class *c, uint32_t i_class, bool last, FILE *out)
{
	fprintf(out, "\t\t{ bytes = %" PRIu64 "; moves = %u; fields = [",
		window_class_bytes(i_class), c->moves);
	for (uint32_t i = 0; i < c->n_ranges; i++)
		fprintf(out, "%s%u, %u, %u", i > 0 ? ", " : "", c->ranges[i].low, c->ranges[i].high,
			c->ranges[i].weight);
	fprintf(out, "]; }%s\n", last ? "" : ",");
}

static void save_profile(const struct window_profile *p, FILE *out)
{
	uint32_t last = 0;

	for (uint32_t i = 0; i < WINDOW_N_CLASSES; i++)
		if (p->classes[i].n_ranges > 0)
			last = i;
	fprintf(out, "\t{ syn = %u; scale = %d; answers = %s; resets = %u; received = (\n",
		p->key.syn, p->key.scale, p->key.answers ? "true" : "false", p->resets);
	for (uint32_t i = 0; i <= last; i++)
		if (p->classes[i].n_ranges > 0)
			save_class(&p->classes[i], i, i == last, out);
	fputs("\t); }", out);
}

int window_set_save(const struct window_set *set, FILE *out)
{
	fputs("# TCP windows after the SYN, of sides with that window and scale (-1: not in "
	      "force): what the field says\n# once so many bytes were received, as lowest, "
	      "highest, "
	      "weight; moves, resets: per mille.\nwindows = (\n",
	      out);
	for (size_t i = 0; i < set->n; i++) {
		save_profile(&set->profiles[i], out);
		fputs(i + 1 < set->n ? ",\n" : "\n", out);
	}
	fputs(");\n", out);
	return ferror(out) ? -EIO : 0;
}

/* Ascending and apart, so that a quantile means the same in all classes. */
static int load_ranges(const struct conf *conf, const config_setting_t *node,
		       struct window_class *c, struct err *err)
{
	CLEANUP(freep) int64_t *v = NULL;
	size_t n;
	int r = conf_get_ints(conf, node, "fields", true, 1, UINT16_MAX, 3 * WINDOW_LIMIT_RANGES,
			      &v, &n, err);

	if (r < 0)
		return r;
	if (n == 0 || n % 3 != 0)
		return conf_error(conf, node, err,
				  "fields: expected lowest, highest, weight of each range");
	for (size_t i = 0; i < n; i += 3) {
		if (v[i] > v[i + 1] || (i > 0 && v[i] <= v[i - 2]))
			return conf_error(conf, node, err,
					  "fields: %" PRId64 " to %" PRId64
					  " is no range above the one before",
					  v[i], v[i + 1]);
		if (v[i + 2] > WINDOW_WEIGHT)
			return conf_error(conf, node, err,
					  "fields: a weight is 1 to %d, not %" PRId64,
					  (int)WINDOW_WEIGHT, v[i + 2]);
		c->ranges[c->n_ranges++] =
			(struct window_range) { (uint16_t)v[i], (uint16_t)v[i + 1],
						(uint16_t)v[i + 2] };
		c->total += (uint32_t)v[i + 2];
	}
	return 0;
}

static int load_class(const struct conf *conf, const config_setting_t *node,
		      struct window_profile *p, struct err *err)
{
	static const char *const keys[] = { "bytes", "moves", "fields" };
	int64_t bytes = 0, moves = 0;
	struct window_class *c;
	int r;

	if (!config_setting_is_group(node))
		return conf_error(conf, node, err, "expected a group { bytes, moves, fields }");
	r = conf_check_keys(conf, node, keys, 3, err);
	if (r == 0)
		r = conf_get_int(conf, node, "bytes", true, 0, INT64_MAX, &bytes, err);
	if (r == 0)
		r = conf_get_int(conf, node, "moves", true, 0, WINDOW_WEIGHT, &moves, err);
	if (r < 0)
		return r;
	c = &p->classes[window_class_of((uint64_t)bytes)];
	if (window_class_bytes(window_class_of((uint64_t)bytes)) != (uint64_t)bytes)
		return conf_error(conf, node, err,
				  "bytes: %" PRId64
				  " is not 0, 1 or a power of two from 64 to %" PRIu64,
				  bytes, window_class_bytes(WINDOW_N_CLASSES - 1));
	if (c->n_ranges > 0)
		return conf_error(conf, node, err, "bytes: %" PRId64 " stands twice", bytes);
	c->moves = (uint16_t)moves;
	return load_ranges(conf, node, c, err);
}

static int load_profile(const struct conf *conf, const config_setting_t *node,
			struct window_profile *p, struct err *err)
{
	static const char *const keys[] = { "syn", "scale", "answers", "resets", "received" };
	int64_t syn = 0, scale = 0, resets = 0;
	const config_setting_t *list = NULL;
	int n, r;

	if (!config_setting_is_group(node))
		return conf_error(conf, node, err, "expected a group { syn, scale, ... }");
	r = conf_check_keys(conf, node, keys, 5, err);
	if (r == 0)
		r = conf_get_int(conf, node, "syn", true, 0, UINT16_MAX, &syn, err);
	if (r == 0)
		r = conf_get_int(conf, node, "scale", true, -1, 14, &scale, err);
	if (r == 0)
		r = conf_get_bool(conf, node, "answers", true, &p->key.answers, err);
	if (r == 0)
		r = conf_get_int(conf, node, "resets", true, 0, WINDOW_WEIGHT, &resets, err);
	if (r == 0)
		r = conf_get_list(conf, node, "received", true, &list, err);
	if (r < 0)
		return r;
	p->key.syn = (uint16_t)syn;
	p->key.scale = (int8_t)scale;
	p->resets = (uint16_t)resets;
	n = config_setting_length(list);
	if (n < 1 || n > WINDOW_N_CLASSES)
		return conf_error(conf, list, err, "expected 1 to %d groups",
				  (int)WINDOW_N_CLASSES);
	for (int i = 0; i < n && r == 0; i++)
		r = load_class(conf, config_setting_get_elem(list, (unsigned int)i), p, err);
	return r;
}

int window_set_load(const struct conf *conf, struct window_set *ret_set, struct err *err)
{
	CLEANUP(window_set_done) struct window_set set = { 0 };
	const config_setting_t *list = NULL;
	int n, r = conf_get_list(conf, conf_root(conf), "windows", false, &list, err);

	if (r < 0)
		return r;
	n = list == NULL ? 0 : config_setting_length(list);
	if (n > WINDOW_LIMIT_PROFILES)
		return conf_error(conf, list, err, "%d windows; at most %d", n,
				  (int)WINDOW_LIMIT_PROFILES);
	set.profiles = mem_array((size_t)n, sizeof(*set.profiles));
	if (set.profiles == NULL)
		return err_no_memory(err);
	for (; set.n < (size_t)n; set.n++) {
		const config_setting_t *e = config_setting_get_elem(list, (unsigned int)set.n);
		struct window_profile *p = &set.profiles[set.n];

		r = load_profile(conf, e, p, err);
		if (r < 0)
			return r;
		if (set.n > 0 && window_key_compare(&p[-1].key, &p->key) >= 0)
			return conf_error(conf, e, err,
					  "windows ascend by answers, syn, scale, each once");
	}
	*ret_set = set;
	set.profiles = NULL;
	return 0;
}
