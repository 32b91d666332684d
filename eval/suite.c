/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/suite.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "eval/acf.h"
#include "eval/crew.h"
#include "eval/draw.h"
#include "eval/gaps.h"
#include "eval/lift.h"

static const struct eval_metric_info infos[EVAL_N_METRICS] = {
	[EVAL_DENSITY] = { "density", "Density", "higher", "flows" },
	[EVAL_COVERAGE] = { "coverage", "Coverage", "higher", "flows" },
	[EVAL_CMD] = { "cmd", "CMD", "lower", "flows" },
	[EVAL_PCD] = { "pcd", "PCD", "lower", "flows" },
	[EVAL_EMD] = { "emd", "EMD", "lower", "flows" },
	[EVAL_JSD] = { "jsd", "JSD", "lower", "flows" },
	[EVAL_DKC] = { "dkc", "DKC", "lower", "flows" },
	[EVAL_MD] = { "md", "MD", "0.5 corrected", "privacy" },
	[EVAL_DCR] = { "dcr", "DCR", "0.5", "privacy" },
	[EVAL_COPIES] = { "copies", "Copies", "lower", "privacy" },
	[EVAL_ACF] = { "acf", "Autocorrelation", "lower", "time" },
	[EVAL_GAPS] = { "start_gaps", "Start gaps", "lower", "time" },
	[EVAL_LIFT] = { "cooccurrence", "Co-occurrence", "lower", "time" },
	[EVAL_PACKETS + EVAL_PACKET_SIZE] = { "packet_size", "Packet size", "lower", "packets" },
	[EVAL_PACKETS + EVAL_PACKET_GAP] = { "packet_gap", "Packet gap", "lower", "packets" },
	[EVAL_PACKETS + EVAL_PACKET_TTL] = { "ttl", "TTL", "lower", "packets" },
	[EVAL_PACKETS + EVAL_PACKET_WINDOW] = { "window", "TCP window", "lower", "packets" },
	[EVAL_PACKETS + EVAL_PACKET_OPTIONS] = { "tcp_options", "TCP options", "lower", "packets" },
	[EVAL_PACKETS +
		EVAL_PACKET_TRIGRAMS] = { "flag_trigrams", "Flag trigrams", "lower", "packets" },
	[EVAL_PACKETS + EVAL_PACKET_PAYLOAD] = { "payload", "Payload bytes", "lower", "packets" },
	[EVAL_PACKETS +
		EVAL_PACKET_FLOW] = { "flow_packets", "Packets per flow", "lower", "packets" },
};

const struct eval_metric_info *eval_metric_info(enum eval_metric metric)
{
	return &infos[metric];
}

void eval_side_done(struct eval_side *side)
{
	flow_table_done(&side->table);
	eval_packets_done(&side->packets);
}

/* The draws; each result has its own place. */
struct draws {
	const struct eval_side *const *sides;
	const struct eval_rows *rows;
	size_t n_sides;
	const struct eval_options *options;
	struct eval_drawn *drawn; /* n_draws */
};

static int draw_task(void *context, uint32_t draw, struct err *err)
{
	const struct draws *draws = context;

	return eval_draw(draws->sides, draws->rows, draws->n_sides, draws->options, draw,
			 &draws->drawn[draw], err);
}

static int look(const struct eval_options *options, const char *what, double done)
{
	return options->watch.look != NULL ? options->watch.look(options->watch.context, what, done)
					   : 0;
}

static struct eval_value summarise(const struct draws *draws, int metric, bool corrected,
				   double *work)
{
	size_t n = 0;

	for (uint32_t i = 0; i < draws->options->n_draws; i++) {
		const struct eval_drawn *drawn = &draws->drawn[i];

		if (corrected ? drawn->has_corrected[metric] : drawn->has_published[metric])
			work[n++] = corrected ? drawn->corrected[metric] : drawn->published[metric];
	}
	return eval_value_of(work, n);
}

static int run_draws(const struct eval_side *const *sides, const struct eval_rows *rows,
		     size_t n_sides, const struct eval_options *options, struct eval_line *lines,
		     struct err *err)
{
	struct draws draws = { sides, rows, n_sides, options, NULL };
	CLEANUP(freep) struct eval_drawn *drawn = mem_array(options->n_draws, sizeof(*drawn));
	CLEANUP(freep) double *work = mem_array(options->n_draws, sizeof(*work));
	int r;

	if (drawn == NULL || work == NULL)
		return err_no_memory(err);
	draws.drawn = drawn;
	r = eval_crew_run(draw_task, &draws, options->n_draws, options->n_threads, &options->watch,
			  "draws", err);
	for (int m = 0; r == 0 && m < EVAL_N_DRAWN; m++) {
		lines[m].published = summarise(&draws, m, false, work);
		lines[m].corrected = summarise(&draws, m, true, work);
	}
	return r;
}

/* A metric's answer: 1 with its value, 0 not defined, or an error. */
static int put(struct eval_value *into, int r, double value)
{
	if (r > 0)
		*into = (struct eval_value) { 1, value, 0 };
	return r < 0 ? r : 0;
}

static int run_whole(const struct eval_side *const *sides, const struct eval_rows *rows,
		     const struct eval_options *options, struct eval_line *lines, struct err *err)
{
	const struct flow_table *real = &sides[0]->table, *synth = &sides[1]->table;
	double value = 0;
	int r = look(options, "time", -1);

	if (r == 0)
		r = eval_acf_published(real, synth, &value, err);
	if (r >= 0)
		r = put(&lines[EVAL_ACF].published, r, value);
	if (r == 0)
		r = look(options, "time", -1);
	if (r == 0)
		r = eval_acf_corrected(real, synth, &value, err);
	if (r >= 0)
		r = put(&lines[EVAL_ACF].corrected, r, value);
	if (r == 0)
		r = eval_gaps(real, synth, &value, err);
	if (r >= 0)
		r = put(&lines[EVAL_GAPS].corrected, r, value);
	if (r == 0)
		r = eval_lift(real, &rows[0], synth, &rows[1], &value, err);
	if (r == 0)
		put(&lines[EVAL_LIFT].corrected, 1, value);
	for (int m = 0; r == 0 && sides[0]->is_capture && sides[1]->is_capture && m < EVAL_N_PACKET;
	     m++) {
		r = eval_packets_jsd(&sides[0]->packets, &sides[1]->packets,
				     (enum eval_packet_metric)m, &value, err);
		r = put(&lines[EVAL_PACKETS + m].corrected, r, value);
	}
	return r;
}

static int run_judges(const struct eval_side *const sides[2], const struct eval_rows rows[2],
		      const struct eval_options *options, struct eval_judges *ret_judges,
		      struct err *err)
{
	const struct eval_judge_options judge = { options->n_rows, options->seed,
						  options->n_threads, &options->watch };
	const bool packets = sides[0]->is_capture && sides[1]->is_capture;
	struct eval_context contexts[2] = { { { NULL }, { NULL } }, { { NULL }, { NULL } } };
	struct eval_source sources[2];
	int r = look(options, "classifiers", -1);

	for (int i = 0; r == 0 && i < 2; i++) {
		r = eval_context_make(&sides[i]->table, &rows[i], &contexts[i], err);
		sources[i] = (struct eval_source) { &sides[i]->table, &rows[i], &contexts[i],
						    packets ? sides[i]->packets.heads : NULL,
						    options->local };
	}
	if (r == 0)
		r = eval_judge(sources, &judge, ret_judges, err);
	eval_context_done(&contexts[0]);
	eval_context_done(&contexts[1]);
	return r;
}

int eval_suite(struct eval_side *real, struct eval_side *synth, struct eval_side *train,
	       const struct eval_options *options, struct eval_line ret_lines[EVAL_N_METRICS],
	       struct eval_judges *ret_judges, struct err *err)
{
	struct eval_side *sides[EVAL_MAX_TABLES] = { real, synth, train };
	const struct flow_table *tables[EVAL_MAX_TABLES];
	struct eval_rows rows[EVAL_MAX_TABLES];
	struct eval_line lines[EVAL_N_METRICS];
	size_t n_sides = train != NULL ? 3 : 2;
	int r;

	memset(lines, 0, sizeof(lines));
	for (size_t i = 0; i < n_sides; i++) {
		if (sides[i]->table.n_rows < 2)
			return err_set(err, -EINVAL, "'%s': %s, expected two or more",
				       sides[i]->name,
				       sides[i]->table.n_rows == 0 ? "no flows" : "one flow");
		flow_table_sort(&sides[i]->table);
		tables[i] = &sides[i]->table;
	}
	r = eval_rows_encode(tables, n_sides, rows, err);
	if (r < 0)
		return r;
	r = run_draws((const struct eval_side *const *)sides, rows, n_sides, options, lines, err);
	if (r == 0)
		r = run_whole((const struct eval_side *const *)sides, rows, options, lines, err);
	if (r == 0 && ret_judges != NULL)
		r = run_judges((const struct eval_side *const *)sides, rows, options, ret_judges,
			       err);
	for (size_t i = 0; i < n_sides; i++)
		eval_rows_done(&rows[i]);
	if (r == 0)
		memcpy(ret_lines, lines, sizeof(lines));
	return r;
}
