/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/suite.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "eval/acf.h"
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

/* Draws shared by threads; each result has its own place. */
struct crew {
	const struct eval_side *const *sides;
	const struct eval_rows *rows;
	size_t n_sides;
	const struct eval_options *options;
	struct eval_drawn *drawn; /* n_draws */
	atomic_uint next, n_done, n_left;
	atomic_bool stop;
	pthread_mutex_t lock; /* of failure and err */
	int failure;
	struct err *err;
};

static void *crew_work(void *context)
{
	struct crew *crew = context;

	while (!atomic_load(&crew->stop)) {
		struct err err = { "" };
		uint32_t draw = atomic_fetch_add(&crew->next, 1);
		int r;

		if (draw >= crew->options->n_draws)
			break;
		r = eval_draw(crew->sides, crew->rows, crew->n_sides, crew->options, draw,
			      &crew->drawn[draw], &err);
		if (r < 0) {
			pthread_mutex_lock(&crew->lock);
			if (crew->failure == 0) {
				crew->failure = r;
				if (crew->err != NULL)
					*crew->err = err;
			}
			pthread_mutex_unlock(&crew->lock);
			atomic_store(&crew->stop, true);
		}
		atomic_fetch_add(&crew->n_done, 1);
	}
	atomic_fetch_sub(&crew->n_left, 1);
	return NULL;
}

static int look(const struct eval_options *options, const char *what, double done)
{
	return options->watch.look != NULL ? options->watch.look(options->watch.context, what, done)
					   : 0;
}

static unsigned int threads_of(const struct eval_options *options)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int n = options->n_threads != 0 ? options->n_threads
			 : cores > 0		 ? (unsigned int)cores
						 : 1;

	n = n < options->n_draws ? n : options->n_draws;
	return n < EVAL_LIMIT_THREADS ? n : EVAL_LIMIT_THREADS;
}

static int crew_run(struct crew *crew)
{
	static const struct timespec nap = { 0, 20 * 1000 * 1000 };
	pthread_t threads[EVAL_LIMIT_THREADS];
	unsigned int n = threads_of(crew->options), n_started = 0;
	int r = 0;

	atomic_store(&crew->n_left, n);
	while (n_started < n &&
	       (r = -pthread_create(&threads[n_started], NULL, crew_work, crew)) == 0)
		n_started++;
	if (r < 0) {
		atomic_store(&crew->stop, true);
		err_set(crew->err, r, "starting a thread: %s", strerror(-r));
	}
	while (r == 0 && atomic_load(&crew->n_left) > 0) {
		r = look(crew->options, "draws",
			 (double)atomic_load(&crew->n_done) / (double)crew->options->n_draws);
		if (r < 0)
			atomic_store(&crew->stop, true);
		nanosleep(&nap, NULL);
	}
	for (unsigned int i = 0; i < n_started; i++)
		pthread_join(threads[i], NULL);
	return r < 0 ? r : crew->failure;
}

static struct eval_value summarise(const struct crew *crew, int metric, bool corrected,
				   double *work)
{
	size_t n = 0;

	for (uint32_t i = 0; i < crew->options->n_draws; i++) {
		const struct eval_drawn *drawn = &crew->drawn[i];

		if (corrected ? drawn->has_corrected[metric] : drawn->has_published[metric])
			work[n++] = corrected ? drawn->corrected[metric] : drawn->published[metric];
	}
	return eval_value_of(work, n);
}

static int run_draws(const struct eval_side *const *sides, const struct eval_rows *rows,
		     size_t n_sides, const struct eval_options *options, struct eval_line *lines,
		     struct err *err)
{
	struct crew crew = { .sides = sides,
			     .rows = rows,
			     .n_sides = n_sides,
			     .options = options,
			     .lock = PTHREAD_MUTEX_INITIALIZER,
			     .err = err };
	CLEANUP(freep) struct eval_drawn *drawn = mem_array(options->n_draws, sizeof(*drawn));
	CLEANUP(freep) double *work = mem_array(options->n_draws, sizeof(*work));
	int r;

	if (drawn == NULL || work == NULL)
		return err_no_memory(err);
	crew.drawn = drawn;
	r = crew_run(&crew);
	for (int m = 0; r == 0 && m < EVAL_N_DRAWN; m++) {
		lines[m].published = summarise(&crew, m, false, work);
		lines[m].corrected = summarise(&crew, m, true, work);
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

int eval_suite(struct eval_side *real, struct eval_side *synth, struct eval_side *train,
	       const struct eval_options *options, struct eval_line ret_lines[EVAL_N_METRICS],
	       struct err *err)
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
	for (size_t i = 0; i < n_sides; i++)
		eval_rows_done(&rows[i]);
	if (r == 0)
		memcpy(ret_lines, lines, sizeof(lines));
	return r;
}
