/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/eval_print.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "gen/judge_print.h"

enum { VALUE_TEXT_BYTES = 48 };

static const char *value_text(const struct eval_value *value, char text[VALUE_TEXT_BYTES])
{
	if (value->n == 0)
		return "-";
	if (value->n == 1)
		snprintf(text, VALUE_TEXT_BYTES, "%.5g", value->mean);
	else
		snprintf(text, VALUE_TEXT_BYTES, "%.4g +- %.2g", value->mean, value->std);
	return text;
}

const char *eval_group_heading(const char *what)
{
	static const struct {
		const char *what, *heading;
	} headings[] = {
		{ "flows", "Flows" },
		{ "privacy", "Novelty against what was learned from" },
		{ "time", "Time" },
		{ "packets", "Packets" },
	};

	for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++) {
		if (strcmp(headings[i].what, what) == 0)
			return headings[i].heading;
	}
	return what;
}

void eval_print_table(const struct eval_report *report, FILE *out)
{
	const struct eval_options *o = report->options;
	const char *group = "";
	char published[VALUE_TEXT_BYTES], corrected[VALUE_TEXT_BYTES];

	fprintf(out, "real       %s: %zu flows\n", report->real->name, report->real->table.n_rows);
	fprintf(out, "synthetic  %s: %zu flows\n", report->synth->name,
		report->synth->table.n_rows);
	if (report->train != NULL)
		fprintf(out, "training   %s: %zu flows\n", report->train->name,
			report->train->table.n_rows);
	fprintf(out, "%" PRIu32 " draws of up to %zu rows, seed %" PRIu64 "\n\n", o->n_draws,
		o->n_rows, o->seed);
	fprintf(out, "%-18s %-22s %-22s %s\n", "metric", "published", "corrected", "better");
	if (report->judges != NULL)
		judge_print_tests(report->judges, out);
	for (int m = 0; m < EVAL_N_METRICS; m++) {
		const struct eval_metric_info *info = eval_metric_info((enum eval_metric)m);
		const struct eval_line *line = &report->lines[m];

		if (line->published.n == 0 && line->corrected.n == 0)
			continue;
		if (strcmp(group, info->what) != 0)
			fprintf(out, "\n%s\n", eval_group_heading(info->what));
		group = info->what;
		fprintf(out, "%-18s %-22s %-22s %s\n", info->name,
			value_text(&line->published, published),
			value_text(&line->corrected, corrected), info->goal);
	}
	if (report->judges != NULL)
		judge_print_utility(report->judges, out);
}

static void print_side(const char *key, const struct eval_side *side, FILE *out)
{
	fprintf(out, "  \"%s\": ", key);
	if (side == NULL) {
		fprintf(out, "null,\n");
		return;
	}
	fprintf(out, "{\"name\": ");
	json_put_string(out, side->name);
	fprintf(out, ", \"flows\": %zu, \"capture\": %s},\n", side->table.n_rows,
		side->is_capture ? "true" : "false");
}

static void print_value(const char *key, const struct eval_value *value, FILE *out)
{
	if (value->n == 0)
		fprintf(out, "\"%s\": null", key);
	else
		fprintf(out, "\"%s\": {\"mean\": %.17g, \"std\": %.17g, \"n\": %" PRIu32 "}", key,
			value->mean, value->std, value->n);
}

void eval_print_json(const struct eval_report *report, FILE *out)
{
	fprintf(out, "{\n");
	print_side("real", report->real, out);
	print_side("synthetic", report->synth, out);
	print_side("training", report->train, out);
	fprintf(out, "  \"draws\": %" PRIu32 ",\n  \"rows\": %zu,\n  \"seed\": %" PRIu64 ",\n",
		report->options->n_draws, report->options->n_rows, report->options->seed);
	fprintf(out, "  \"metrics\": {\n");
	for (int m = 0; m < EVAL_N_METRICS; m++) {
		const struct eval_metric_info *info = eval_metric_info((enum eval_metric)m);

		fprintf(out, "    \"%s\": {\"better\": \"%s\", ", info->key, info->goal);
		print_value("published", &report->lines[m].published, out);
		fprintf(out, ", ");
		print_value("corrected", &report->lines[m].corrected, out);
		fprintf(out, "}%s\n", m + 1 < EVAL_N_METRICS ? "," : "");
	}
	fprintf(out, "  },\n");
	judge_print_json(report->judges, out);
	fprintf(out, "\n}\n");
}
