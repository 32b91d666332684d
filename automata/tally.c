/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/tally.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

enum { ROW_HEAD = 2 }; /* slot and feature */

static int read_name(const struct conf *conf, const config_setting_t *node,
		     const char *const *names, int n_names, const char *what, int *ret_i,
		     struct err *err)
{
	const char *text;
	int r = conf_value_string(conf, node, &text, err);

	if (r < 0)
		return r;
	for (int i = 0; i < n_names; i++) {
		if (strcmp(names[i], text) == 0) {
			*ret_i = i;
			return 0;
		}
	}
	return conf_error(conf, node, err, "'%s' is no %s, such as '%s'", text, what, names[0]);
}

static int read_row(const struct tally_form *form, const struct conf *conf,
		    const config_setting_t *row, uint32_t *counts, bool *seen, struct err *err)
{
	const int n = config_setting_is_list(row) ? config_setting_length(row) : 0;
	int64_t value, before = -1, count;
	int slot = 0, feature = 0, r;

	if (n < ROW_HEAD + 2 || n % 2 != 0)
		return conf_error(conf, row, err,
				  "expected (slot, feature, value, count, value, count ...)");
	r = read_name(conf, config_setting_get_elem(row, 0), form->slots, form->n_slots, "slot",
		      &slot, err);
	if (r == 0)
		r = read_name(conf, config_setting_get_elem(row, 1), form->features,
			      form->n_features, "feature", &feature, err);
	if (r < 0)
		return r;
	if (seen[slot * form->n_features + feature])
		return conf_error(conf, row, err, "a second row for %s, %s", form->slots[slot],
				  form->features[feature]);
	seen[slot * form->n_features + feature] = true;
	counts += (uint32_t)slot * form->n_values + form->first(feature);
	for (int i = ROW_HEAD; i < n; i += 2, before = value) {
		r = conf_value_int(conf, config_setting_get_elem(row, (unsigned int)i), 0,
				   (int64_t)form->classes(feature) - 1, &value, err);
		if (r == 0)
			r = conf_value_int(conf, config_setting_get_elem(row, (unsigned int)i + 1),
					   1, UINT32_MAX, &count, err);
		if (r < 0)
			return r;
		if (value <= before)
			return conf_error(conf, row, err, "the values do not ascend");
		counts[value] = (uint32_t)count;
	}
	return 0;
}

int tally_read(const struct tally_form *form, const struct conf *conf, const config_setting_t *list,
	       uint32_t *counts, struct err *err)
{
	bool seen[TALLY_LIMIT_ROWS] = { false };
	int r = 0;

	assert(form->n_slots * form->n_features <= TALLY_LIMIT_ROWS);
	for (int i = 0; i < config_setting_length(list) && r == 0; i++)
		r = read_row(form, conf, config_setting_get_elem(list, (unsigned int)i), counts,
			     seen, err);
	return r;
}

static bool print_row(const struct tally_form *form, const uint32_t *counts, int slot, int feature,
		      bool first, FILE *out)
{
	bool any = false;

	counts += (uint32_t)slot * form->n_values + form->first(feature);
	for (uint32_t v = 0; v < form->classes(feature); v++) {
		if (counts[v] == 0)
			continue;
		if (!any)
			fprintf(out, "%s  ( \"%s\", \"%s\"", first ? "" : ",\n", form->slots[slot],
				form->features[feature]);
		any = true;
		fprintf(out, ",%u,%u%s", v, counts[v], counts[v] > INT32_MAX ? "L" : "");
	}
	if (any)
		fputs(" )", out);
	return any;
}

void tally_print(const struct tally_form *form, const uint32_t *counts, FILE *out)
{
	bool first = true;

	fputs("(\n", out);
	for (int s = 0; s < form->n_slots; s++) {
		for (int f = 0; f < form->n_features; f++) {
			if (print_row(form, counts, s, f, first, out))
				first = false;
		}
	}
	fputs(first ? ");\n" : "\n);\n", out);
}
