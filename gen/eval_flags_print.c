/* SPDX-License-Identifier: Apache-2.0 */
/* The tables for people: flags that never occur and what says nothing are left out. */
#include <inttypes.h>

#include "gen/eval_flags.h"

enum { SHOWN_IMPORTANCE = 12, SHOWN_CORRELATIONS = 20, SHOWN_CLASSES = 20 };

static double percent(uint64_t part, uint64_t all)
{
	return all > 0 ? 100 * (double)part / (double)all : 0;
}

static bool is_used(const struct eval_flags_report *report, int flag)
{
	return report->pairs[flag][flag].n > 0;
}

static void print_head(const struct eval_flags_report *report, FILE *out)
{
	const struct eval_flags *flags = report->flags;

	fprintf(out, "capture  %s: %" PRIu64 " packets, %" PRIu64 " of TCP in %" PRIu64 " flows\n",
		report->capture, flags->n_packets, flags->n_tcp, flags->n_tcp_flows);
	if (report->labels != NULL)
		fprintf(out, "classes  labels of %s, for %" PRIu64 " of the flows\n",
			report->labels, flags->n_labelled);
	else
		fprintf(out, "classes  services\n");
	if (flags->n_left_out > 0)
		fprintf(out, "left out %" PRIu64 " sequences, of too many kinds\n",
			flags->n_left_out);
}

static void print_flag_names(const struct eval_flags_report *report, FILE *out)
{
	for (int i = 0; i < EVAL_N_FLAGS; i++) {
		if (is_used(report, i))
			fprintf(out, "%10s", eval_flag_names[i]);
	}
	fputc('\n', out);
}

static void print_matrix(const struct eval_flags_report *report, bool information, FILE *out)
{
	fprintf(out, "%-6s", "");
	print_flag_names(report, out);
	for (int a = 0; a < EVAL_N_FLAGS; a++) {
		if (!is_used(report, a))
			continue;
		fprintf(out, "%-6s", eval_flag_names[a]);
		for (int b = 0; b < EVAL_N_FLAGS; b++) {
			const struct eval_flag_pair *pair = &report->pairs[a][b];

			if (!is_used(report, b))
				continue;
			if (!information)
				fprintf(out, "%10" PRIu64, pair->n);
			else if (a == b)
				fprintf(out, "%10s", "-");
			else
				fprintf(out, "%10.4f", b > a ? pair->phi : pair->mutual.bits);
		}
		fputc('\n', out);
	}
}

static void print_signatures(const char *what, const struct eval_signature *best, size_t n,
			     FILE *out)
{
	char text[EVAL_SIGNATURE_TEXT_BYTES];

	for (size_t i = 0; i < n; i++)
		fprintf(out, "  %-8s %-32s %5.1f %%, %.3g times the share of all\n", what,
			eval_words_format(best[i].words, text), 100 * best[i].share, best[i].lift);
}

static void print_classes(const struct eval_flags_report *report, FILE *out)
{
	const struct eval_flags *flags = report->flags;

	fprintf(out, "\nClasses: flows, packets, %% of packets with the flag; typical sequences\n");
	fprintf(out, "%-20s %8s %9s", "", "flows", "packets");
	for (int i = 0; i < EVAL_N_FLAGS; i++) {
		if (is_used(report, i))
			fprintf(out, "%6s", eval_flag_names[i]);
	}
	fputc('\n', out);
	for (size_t k = 0; k < flags->n_classes && k < SHOWN_CLASSES; k++) {
		size_t at = report->order[k];
		const struct eval_flag_class *class = &flags->classes[at];

		fprintf(out, "%-20s %8" PRIu64 " %9" PRIu64, class->name, class->n_flows,
			class->n_packets);
		for (int i = 0; i < EVAL_N_FLAGS; i++) {
			if (is_used(report, i))
				fprintf(out, "%6.1f", percent(class->n_flags[i], class->n_packets));
		}
		fputc('\n', out);
		print_signatures("opening", report->openings + at * EVAL_FLAGS_BEST,
				 report->n_openings[at], out);
		print_signatures("3 in row", report->grams + at * EVAL_FLAGS_BEST,
				 report->n_grams[at], out);
	}
	if (flags->n_classes > SHOWN_CLASSES)
		fprintf(out, "and %zu more; --json has all\n", flags->n_classes - SHOWN_CLASSES);
}

static void print_summary(const char *name, const char *unit, const struct eval_summary *summary,
			  double scale, FILE *out)
{
	if (summary->n == 0)
		return;
	fprintf(out, "%-17s %-6s %9" PRIu64 " %6.1f %9.4g %9.4g %7.3g %9.4g %9.4g %9.4g %9.4g\n",
		name, unit, summary->n, percent(summary->n_zero, summary->n), summary->mean,
		eval_summary_std(summary), eval_summary_skewness(summary), summary->min,
		eval_summary_quantile(summary, 0.5, scale),
		eval_summary_quantile(summary, 0.95, scale), summary->max);
}

static void print_summaries(const struct eval_flags_report *report, FILE *out)
{
	static const char *const units[EVAL_N_FLAG_SUMMARIES] = { "bytes", "bytes", "bytes",
								  "bytes", "us",    "us",
								  "",	   "" };

	static const char *const columns = "%-17s %-6s %9s %6s %9s %9s %7s %9s %9s %9s %9s\n";

	fputc('\n', out);
	fprintf(out, columns, "Packets", "", "n", "% zero", "mean", "std", "skew", "min", "median",
		"95 %", "max");
	for (int i = 0; i < EVAL_N_FLAG_SUMMARIES; i++)
		print_summary(eval_flag_summary_names[i], units[i], &report->flags->packets[i], 1,
			      out);
	fputc('\n', out);
	fprintf(out, columns, "Flows", "", "n", "% zero", "mean", "std", "skew", "min", "median",
		"95 %", "max");
	for (int i = 0; i < EVAL_N_FLAG_FEATURES; i++) {
		const struct eval_flag_feature_info *info =
			eval_flag_feature_info((enum eval_flag_feature)i);

		if (report->flags->flows[i].max > 0)
			print_summary(info->key, info->unit, &report->flags->flows[i], info->scale,
				      out);
	}
}

static void print_correlations(const struct eval_flags_report *report, FILE *out)
{
	fprintf(out,
		"\nCorrelations of features of flows above %.1f (of sizes: of their logarithms)\n",
		EVAL_FLAGS_CORRELATED);
	for (size_t i = 0; i < report->n_correlations && i < SHOWN_CORRELATIONS; i++) {
		const struct eval_correlation *found = &report->correlations[i];

		fprintf(out, "%7.4f  %s, %s\n", found->r, eval_flag_feature_info(found->a)->key,
			eval_flag_feature_info(found->b)->key);
	}
	if (report->n_correlations == 0)
		fprintf(out, "none\n");
	if (report->n_correlations > SHOWN_CORRELATIONS)
		fprintf(out, "and %zu more; --json has all\n",
			report->n_correlations - SHOWN_CORRELATIONS);
}

static void print_importance(const struct eval_flags_report *report, FILE *out)
{
	fprintf(out,
		"\nWhat a feature tells about the class: bits, and %% of what there is to know\n");
	for (int i = 0; i < SHOWN_IMPORTANCE; i++) {
		const struct eval_importance *found = &report->importance[i];
		const struct eval_mutual *mutual = &found->mutual;

		if (mutual->corrected > 0)
			fprintf(out, "%7.4f %6.1f  %s\n", mutual->corrected,
				100 * mutual->corrected / mutual->column_bits,
				eval_flag_feature_info(found->feature)->key);
	}
	if (!(report->importance[0].mutual.corrected > 0))
		fprintf(out, "nothing\n");
	fprintf(out, "\nWhat a packet's flag tells about its flow's class, bits\n");
	for (int i = 0; i < EVAL_N_FLAGS; i++) {
		if (is_used(report, i))
			fprintf(out, "%7.4f  %s\n", report->of_class[i].bits, eval_flag_names[i]);
	}
}

void eval_flags_print(const struct eval_flags_report *report, FILE *out)
{
	print_head(report, out);
	fprintf(out, "\nPackets with both flags\n");
	print_matrix(report, false, out);
	fprintf(out, "\nAbove the diagonal the correlation of two flags, below it their mutual "
		     "information in bits\n");
	print_matrix(report, true, out);
	print_classes(report, out);
	print_importance(report, out);
	print_correlations(report, out);
	print_summaries(report, out);
}
