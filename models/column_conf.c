/* SPDX-License-Identifier: Apache-2.0 */
/* Reading columns back: everything in the file is checked before it is believed. */
#include "models/column.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Element i of a list of integers, within [min, COLUMN_LIMIT_VALUE]. */
static int load_int(const struct conf *conf, const config_setting_t *list, unsigned int i,
		    int64_t min, int64_t *ret, struct err *err)
{
	const config_setting_t *e = config_setting_get_elem(list, i);
	int type = config_setting_type(e);
	int64_t v;

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
		return conf_error(conf, e, err, "element %u: expected an integer", i);
	v = config_setting_get_int64(e);
	if (v < min || v > COLUMN_LIMIT_VALUE)
		return conf_error(conf, e, err,
				  "element %u: %" PRId64 " is not in %" PRId64 "..2^60", i, v, min);
	*ret = v;
	return 0;
}

static int load_atoms(const struct conf *conf, const config_setting_t *node, struct column *c,
		      struct err *err)
{
	size_t n = 0;
	int r;

	r = conf_get_ints(conf, node, "atoms", true, 0, COLUMN_LIMIT_VALUE, COLUMN_LIMIT_ATOMS,
			  &c->atoms, &n, err);
	if (r < 0)
		return r;
	c->n_atoms = (uint32_t)n;
	for (size_t i = 1; i < n; i++)
		if (c->atoms[i] <= c->atoms[i - 1])
			return conf_error(conf, node, err,
					  "atoms must ascend, but %" PRId64 " follows %" PRId64,
					  c->atoms[i], c->atoms[i - 1]);
	return 0;
}

static int load_bin(const struct conf *conf, const config_setting_t *bin, struct column *c,
		    uint32_t *n_knots, struct err *err)
{
	int64_t least = *n_knots == 0 ? 0 : c->knots[*n_knots - 1];
	unsigned int n = (unsigned int)config_setting_length(bin);

	if (!config_setting_is_array(bin) || n == 0 || n > 64)
		return conf_error(conf, bin, err, "a bin is an array of 1 to 64 integers");
	for (unsigned int i = 0; i < n; i++) {
		int r = load_int(conf, bin, i, least, &c->knots[*n_knots], err);

		if (r < 0)
			return r;
		least = c->knots[(*n_knots)++];
	}
	return 0;
}

static int load_bins(const struct conf *conf, const config_setting_t *node, struct column *c,
		     struct err *err)
{
	const config_setting_t *bins = NULL;
	uint32_t n_knots = 0;
	int n, r;

	r = conf_get_list(conf, node, "bins", true, &bins, err);
	if (r < 0)
		return r;
	n = config_setting_length(bins);
	if (n > COLUMN_LIMIT_BINS)
		return conf_error(conf, bins, err, "%d bins; at most %d", n, COLUMN_LIMIT_BINS);
	c->first = mem_array((size_t)n + 1, sizeof(*c->first));
	c->knots = mem_array((size_t)n * 64, sizeof(*c->knots));
	if (c->first == NULL || c->knots == NULL)
		return err_no_memory(err);
	for (int b = 0; b < n; b++) {
		c->first[b] = n_knots;
		r = load_bin(conf, config_setting_get_elem(bins, (unsigned int)b), c, &n_knots,
			     err);
		if (r < 0)
			return r;
	}
	c->first[n] = n_knots;
	c->n_bins = (uint32_t)n;
	return 0;
}

int column_load(const struct conf *conf, const config_setting_t *node, struct column *ret_column,
		struct err *err)
{
	static const char *const keys[] = { "atoms", "bins" };
	CLEANUP(column_done) struct column c = { 0 };
	int r;

	r = conf_check_keys(conf, node, keys, 2, err);
	if (r == 0)
		r = load_atoms(conf, node, &c, err);
	if (r == 0)
		r = load_bins(conf, node, &c, err);
	if (r < 0)
		return r;
	if (column_n_codes(&c) == 0)
		return conf_error(conf, node, err, "a column needs an atom or a bin");
	*ret_column = c;
	memset(&c, 0, sizeof(c));
	return 0;
}
