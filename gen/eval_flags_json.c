/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/json.h"
#include "gen/eval_flags.h"

static const char *comma(size_t i)
{
	return i > 0 ? ", " : "";
}

static void print_name(const char *key, const char *name, FILE *out)
{
	fprintf(out, "  \"%s\": ", key);
	if (name != NULL)
		json_put_string(out, name);
	else
		fputs("null", out);
	fputs(",\n", out);
}

/* Each pair once, and each flag with itself. */
static void print_pairs(const struct eval_flags_report *report, FILE *out)
{
	fputs("  \"flag_pairs\": [\n", out);
	for (int a = 0; a < EVAL_N_FLAGS; a++) {
		for (int b = a; b < EVAL_N_FLAGS; b++) {
			const struct eval_flag_pair *pair = &report->pairs[a][b];

			fprintf(out,
				"    {\"a\": \"%s\", \"b\": \"%s\", \"packets\": %" PRIu64
				", \"correlation\": %.17g, \"bits\": %.17g}%s\n",
				eval_flag_names[a], eval_flag_names[b], pair->n, pair->phi,
				pair->mutual.bits, a + 1 < EVAL_N_FLAGS ? "," : "");
		}
	}
	fputs("  ],\n  \"flag_information\": {", out);
	for (int i = 0; i < EVAL_N_FLAGS; i++)
		fprintf(out, "%s\"%s\": %.17g", comma(i), eval_flag_names[i],
			report->of_class[i].bits);
	fputs("},\n", out);
}

static void print_signatures(const char *key, const struct eval_signature *best, size_t n,
			     FILE *out)
{
	char text[EVAL_SIGNATURE_TEXT_BYTES];

	fprintf(out, "\"%s\": [", key);
	for (size_t i = 0; i < n; i++)
		fprintf(out,
			"%s{\"packets\": \"%s\", \"n\": %" PRIu64
			", \"share\": %.17g, \"lift\": %.17g}",
			comma(i), eval_words_format(best[i].words, text), best[i].n, best[i].share,
			best[i].lift);
	fputs("], ", out);
}

static void print_ranges(const struct eval_range *ranges, FILE *out)
{
	size_t n = 0;

	fputs("\"features\": {", out);
	for (int i = 0; i < EVAL_N_FLAG_FEATURES; i++) {
		const struct eval_range *range = &ranges[i];

		if (range->n == 0)
			continue;
		fprintf(out,
			"%s\"%s\": {\"n\": %" PRIu64
			", \"mean\": %.17g, \"std\": %.17g, \"min\": %.17g, \"max\": %.17g}",
			comma(n++), eval_flag_feature_info((enum eval_flag_feature)i)->key,
			range->n, range->mean, eval_range_std(range), range->min, range->max);
	}
	fputs("}", out);
}

static void print_classes(const struct eval_flags_report *report, FILE *out)
{
	const struct eval_flags *flags = report->flags;

	fputs("  \"classes\": [\n", out);
	for (size_t k = 0; k < flags->n_classes; k++) {
		size_t at = report->order[k];
		const struct eval_flag_class *class = &flags->classes[at];

		fputs("    {\"name\": ", out);
		json_put_string(out, class->name);
		fprintf(out, ", \"flows\": %" PRIu64 ", \"packets\": %" PRIu64 ", \"flags\": {",
			class->n_flows, class->n_packets);
		for (int i = 0; i < EVAL_N_FLAGS; i++)
			fprintf(out, "%s\"%s\": %" PRIu64, comma(i), eval_flag_names[i],
				class->n_flags[i]);
		fputs("}, ", out);
		print_signatures("openings", report->openings + at * EVAL_FLAGS_BEST,
				 report->n_openings[at], out);
		print_signatures("trigrams", report->grams + at * EVAL_FLAGS_BEST,
				 report->n_grams[at], out);
		print_ranges(class->features, out);
		fprintf(out, "}%s\n", k + 1 < flags->n_classes ? "," : "");
	}
	fputs("  ],\n", out);
}

static void print_summary(const char *name, const struct eval_summary *summary, double scale,
			  bool last, FILE *out)
{
	fprintf(out, "    \"%s\": ", name);
	if (summary->n == 0) {
		fprintf(out, "null%s\n", last ? "" : ",");
		return;
	}
	fprintf(out,
		"{\"n\": %" PRIu64 ", \"zero\": %" PRIu64
		", \"mean\": %.17g, \"std\": %.17g, \"skewness\": %.17g, \"kurtosis\": %.17g, "
		"\"min\": %.17g, \"median\": %.17g, \"p95\": %.17g, \"max\": %.17g}%s\n",
		summary->n, summary->n_zero, summary->mean, eval_summary_std(summary),
		eval_summary_skewness(summary), eval_summary_kurtosis(summary), summary->min,
		eval_summary_quantile(summary, 0.5, scale),
		eval_summary_quantile(summary, 0.95, scale), summary->max, last ? "" : ",");
}

static void print_summaries(const struct eval_flags *flags, FILE *out)
{
	fputs("  \"packet_statistics\": {\n", out);
	for (int i = 0; i < EVAL_N_FLAG_SUMMARIES; i++)
		print_summary(eval_flag_summary_names[i], &flags->packets[i], 1,
			      i + 1 == EVAL_N_FLAG_SUMMARIES, out);
	fputs("  },\n  \"flow_statistics\": {\n", out);
	for (int i = 0; i < EVAL_N_FLAG_FEATURES; i++) {
		const struct eval_flag_feature_info *info =
			eval_flag_feature_info((enum eval_flag_feature)i);

		print_summary(info->key, &flags->flows[i], info->scale,
			      i + 1 == EVAL_N_FLAG_FEATURES, out);
	}
	fputs("  },\n", out);
}

static void print_importance(const struct eval_flags_report *report, FILE *out)
{
	fputs("  \"importance\": [\n", out);
	for (int i = 0; i < EVAL_N_FLAG_FEATURES; i++) {
		const struct eval_importance *found = &report->importance[i];

		fprintf(out,
			"    {\"feature\": \"%s\", \"n\": %" PRIu64
			", \"bits\": %.17g, \"uncorrected\": %.17g, \"class_bits\": %.17g}%s\n",
			eval_flag_feature_info(found->feature)->key, found->n,
			found->mutual.corrected, found->mutual.bits, found->mutual.column_bits,
			i + 1 < EVAL_N_FLAG_FEATURES ? "," : "");
	}
	fputs("  ],\n", out);
}

static void print_correlations(const struct eval_flags_report *report, FILE *out)
{
	fputs("  \"correlations\": [\n", out);
	for (size_t i = 0; i < report->n_correlations; i++) {
		const struct eval_correlation *found = &report->correlations[i];

		fprintf(out,
			"    {\"a\": \"%s\", \"b\": \"%s\", \"r\": %.17g, \"n\": %" PRIu64 "}%s\n",
			eval_flag_feature_info(found->a)->key,
			eval_flag_feature_info(found->b)->key, found->r, found->n,
			i + 1 < report->n_correlations ? "," : "");
	}
	fputs("  ]\n", out);
}

void eval_flags_print_json(const struct eval_flags_report *report, FILE *out)
{
	const struct eval_flags *flags = report->flags;

	fputs("{\n", out);
	print_name("capture", report->capture, out);
	print_name("labels", report->labels, out);
	fprintf(out,
		"  \"packets\": %" PRIu64 ",\n  \"tcp_packets\": %" PRIu64
		",\n  \"flows\": %" PRIu64 ",\n  \"tcp_flows\": %" PRIu64
		",\n  \"labelled_flows\": ",
		flags->n_packets, flags->n_tcp, flags->n_flows, flags->n_tcp_flows);
	if (flags->by_label)
		fprintf(out, "%" PRIu64, flags->n_labelled);
	else
		fputs("null", out);
	fprintf(out, ",\n  \"sequences_left_out\": %" PRIu64 ",\n", flags->n_left_out);
	print_pairs(report, out);
	print_classes(report, out);
	print_importance(report, out);
	print_summaries(flags, out);
	print_correlations(report, out);
	fputs("}\n", out);
}
