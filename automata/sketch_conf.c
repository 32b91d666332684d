/* SPDX-License-Identifier: Apache-2.0 */
/* Sketch tables as text. */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "automata/sketch.h"

enum { ROW_HEAD = 2 }; /* slot and feature */

/* Payloads by way and place; the third stands for all later ones. */
static const char *const slot_names[SKETCH_SLOTS] = { ">1", ">2", ">3", "<1", "<2", "<3" };

static const char *const feature_names[SKETCH_FEATURES] = {
	"size",	 "printable", "zero",  "high",	"upper", "lower", "distinct", "length",
	"byte1", "byte2",     "byte3", "byte4", "byte5", "byte6", "byte7",    "byte8",
};

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

static int read_row(const struct conf *conf, const config_setting_t *row,
		    struct sketch_table *table, bool (*seen)[SKETCH_FEATURES], struct err *err)
{
	const int n = config_setting_is_list(row) ? config_setting_length(row) : 0;
	int64_t value, before = -1, count;
	int slot = 0, feature = 0, r;

	if (n < ROW_HEAD + 2 || n % 2 != 0)
		return conf_error(conf, row, err,
				  "expected (slot, feature, value, count, value, count ...)");
	r = read_name(conf, config_setting_get_elem(row, 0), slot_names, SKETCH_SLOTS, "slot",
		      &slot, err);
	if (r == 0)
		r = read_name(conf, config_setting_get_elem(row, 1), feature_names, SKETCH_FEATURES,
			      "feature", &feature, err);
	if (r < 0)
		return r;
	if (seen[slot][feature])
		return conf_error(conf, row, err, "a second row for %s, %s", slot_names[slot],
				  feature_names[feature]);
	seen[slot][feature] = true;
	for (int i = ROW_HEAD; i < n; i += 2, before = value) {
		r = conf_value_int(conf, config_setting_get_elem(row, (unsigned int)i), 0,
				   (int64_t)sketch_classes(feature) - 1, &value, err);
		if (r == 0)
			r = conf_value_int(conf, config_setting_get_elem(row, (unsigned int)i + 1),
					   1, UINT32_MAX, &count, err);
		if (r < 0)
			return r;
		if (value <= before)
			return conf_error(conf, row, err, "the values do not ascend");
		table->count[slot][sketch_first(feature) + (uint32_t)value] = (uint32_t)count;
	}
	return 0;
}

int sketch_table_read(const struct conf *conf, const config_setting_t *list,
		      struct sketch_table *table, struct err *err)
{
	bool seen[SKETCH_SLOTS][SKETCH_FEATURES] = { { false } };
	int r = 0;

	for (int i = 0; i < config_setting_length(list) && r == 0; i++)
		r = read_row(conf, config_setting_get_elem(list, (unsigned int)i), table, seen,
			     err);
	return r;
}

static bool print_row(const struct sketch_table *table, int slot, int feature, bool first,
		      FILE *out)
{
	const uint32_t *count = table->count[slot] + sketch_first(feature);
	bool any = false;

	for (uint32_t v = 0; v < sketch_classes(feature); v++) {
		if (count[v] == 0)
			continue;
		if (!any)
			fprintf(out, "%s  ( \"%s\", \"%s\"", first ? "" : ",\n", slot_names[slot],
				feature_names[feature]);
		any = true;
		fprintf(out, ",%u,%u%s", v, count[v], count[v] > INT32_MAX ? "L" : "");
	}
	if (any)
		fputs(" )", out);
	return any;
}

void sketch_table_print(const struct sketch_table *table, FILE *out)
{
	bool first = true;

	fputs("# payloads: slot, feature, value, count, value, count ...\nsketches = (\n", out);
	for (int s = 0; s < SKETCH_SLOTS; s++) {
		for (int f = 0; f < SKETCH_FEATURES; f++) {
			if (print_row(table, s, f, first, out))
				first = false;
		}
	}
	fputs(first ? ");\n" : "\n);\n", out);
}
