/* SPDX-License-Identifier: Apache-2.0 */
/* Sketch tables as text. */
#include "automata/sketch.h"
#include "automata/tally.h"

/* Payloads by way and place; the third stands for all later ones. */
static const char *const slot_names[SKETCH_SLOTS] = { ">1", ">2", ">3", "<1", "<2", "<3" };

static const char *const feature_names[SKETCH_FEATURES] = {
	"size",	 "printable", "zero",  "high",	"upper", "lower", "distinct", "length",
	"byte1", "byte2",     "byte3", "byte4", "byte5", "byte6", "byte7",    "byte8",
};

static const struct tally_form form = {
	.slots = slot_names,
	.features = feature_names,
	.n_slots = SKETCH_SLOTS,
	.n_features = SKETCH_FEATURES,
	.classes = sketch_classes,
	.first = sketch_first,
	.n_values = SKETCH_VALUES,
};

int sketch_table_read(const struct conf *conf, const config_setting_t *list,
		      struct sketch_table *table, struct err *err)
{
	return tally_read(&form, conf, list, &table->count[0][0], err);
}

void sketch_table_print(const struct sketch_table *table, FILE *out)
{
	fputs("# payloads: slot, feature, value, count, value, count ...\nsketches = ", out);
	tally_print(&form, &table->count[0][0], out);
}
