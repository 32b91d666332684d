/* SPDX-License-Identifier: Apache-2.0 */
/* sosie learn: captures into a model. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/ns.h"
#include "conf/option.h"
#include "gen/adapt.h"
#include "gen/cmd.h"
#include "gen/harvest.h"
#include "gen/interrupt.h"
#include "gen/model.h"
#include "gen/progress.h"

struct settings {
	const char *output, *flows, *flow_model, *automata, *name;
	struct option_strings local;
	int64_t gap_ns;
	uint64_t seed, n_threads;
	int code; /* enum chronicle_code */
	bool content, keep_addresses, quiet, verbose;
};

enum { LIMIT_LOCAL = 1000, LIMIT_THREADS = 256 };

static const char *const code_names[] = { "published", "sets", NULL };

#define AT(field) offsetof(struct settings, field)
static const struct option_spec specs[] = {
	{ "output", 'o', OPTION_STRING, AT(output), "DIR",
	  "the model's directory; an old model of that name is replaced", .group = NULL },
	{ "name", 0, OPTION_STRING, AT(name), "NAME",
	  "the model's name; default: the last part of DIR", .group = NULL },
	{ "flows", 0, OPTION_STRING, AT(flows), "TABLE",
	  "learn the flow part from a flow table (ours, Zeek conn.log, CIDDS) instead",
	  .group = NULL },
	{ "flow-model", 0, OPTION_STRING, AT(flow_model), "NAME",
	  "chronicle, independent or sequence", .group = NULL },
	{ "code", 0, OPTION_CHOICE, AT(code), "NAME",
	  "what chronicle's search makes short: published, or sets (fewer patterns, easier to "
	  "read)",
	  .choices = code_names },
	{ "automata", 0, OPTION_STRING, AT(automata), "NAME",
	  "tadam (states by description length), markov (quicker), tag or rti", .group = NULL },
	{ "local", 0, OPTION_STRINGS, AT(local), "CIDR",
	  "which addresses are inside (repeatable); default: RFC 1918, RFC 4193, link-local",
	  .group = NULL },
	{ "content", 0, OPTION_FLAG, AT(content), NULL,
	  "name services by what the packets hold (libndpi), not by port", .group = NULL },
	{ "gap", 0, OPTION_DURATION, AT(gap_ns), "TIME",
	  "a silence longer than this is no part of the schedule", .min = NS_PER_S,
	  .max = INT64_MAX / 4 },
	{ "keep-addresses", 0, OPTION_FLAG, AT(keep_addresses), NULL,
	  "keep the captures' addresses in the model", .group = NULL },
	{ "seed", 's', OPTION_COUNT, AT(seed), "N", "of what learning draws", .min = 0,
	  .max = INT64_MAX },
	{ "threads", 'j', OPTION_COUNT, AT(n_threads), "N", "default: all cores", .min = 1,
	  .max = LIMIT_THREADS },
	{ "quiet", 'q', OPTION_FLAG, AT(quiet), NULL, "no progress and no summary", .group = NULL },
	{ "verbose", 'v', OPTION_FLAG, AT(verbose), NULL,
	  "progress also when stderr is no terminal", .group = NULL },
};
enum { N_SPECS = sizeof(specs) / sizeof(specs[0]) };

static const char usage[] = "sosie learn CAPTURE... -o DIR [OPTION...]";
static const char about[] = "Makes a model of the traffic in captures: a schedule, hosts, a flow "
			    "model and automata, as text in DIR.";

/* What a run owns. */
struct lesson_run {
	struct settings settings;
	struct harvest harvest;
	struct flow_table given_table; /* --flows */
	struct model *model;
	struct progress *progress;
	bool damaged; /* a capture ended early: the model is still made, the exit status says so */
};

static void run_done(struct lesson_run *run)
{
	progress_freep(&run->progress);
	harvest_done(&run->harvest);
	flow_table_done(&run->given_table);
	model_freep(&run->model);
}

static int add_source(struct model *model, const char *path, struct err *err)
{
	CLEANUP(freep) char *copy = strdup(path);
	struct model_source *source = &model->sources[model->n_sources];
	struct stat st;

	if (copy == NULL)
		return err_no_memory(err);
	source->name = strdup(basename(copy));
	if (source->name == NULL)
		return err_no_memory(err);
	model->n_sources++;
	/* What cannot be read twice (stdin, a pipe) has no digest. */
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	source->n_bytes = (uint64_t)st.st_size;
	if (SHA256File(path, source->sha256) == NULL)
		return err_set(err, -errno, "reading '%s': %s", path, strerror(errno));
	return 0;
}

static int read_capture(struct lesson_run *run, const char *path, struct err *err)
{
	CLEANUP(capture_freep) struct capture *capture = NULL;
	const atomic_bool *interrupted = interrupt_flag();
	struct capture_packet packet;
	int64_t size;
	int r = capture_open(path, &capture, err);

	if (r < 0)
		return r;
	size = capture_file_bytes(capture);
	while ((r = capture_next(capture, &packet, err)) > 0) {
		r = harvest_packet(&run->harvest, &packet, err);
		if (r < 0)
			return r;
		if ((run->harvest.n_packets & 4095) != 0)
			continue;
		if (atomic_load(interrupted))
			return -EINTR;
		if (run->progress != NULL)
			progress_update(run->progress,
					size > 0 ? (double)capture_file_position(capture) /
							   (double)size
						 : -1,
					run->harvest.n_packets, run->harvest.n_bytes);
	}
	if (r < 0) {
		/* The packets before the damage count; the sentence is told once, here. */
		fprintf(stderr, "sosie learn: %s; continuing with what came before\n", err->text);
		run->damaged = true;
	}
	return 0;
}

/* The default inside: private and link-local addresses. */
static int local_prefixes(const struct settings *s, struct ip_prefix *ret_prefixes, size_t *ret_n,
			  struct err *err)
{
	static const char *const usual[] = { "10.0.0.0/8",     "172.16.0.0/12", "192.168.0.0/16",
					     "169.254.0.0/16", "fc00::/7",	"fe80::/10" };
	const bool given = s->local.n > 0;
	const size_t n = given ? s->local.n : sizeof(usual) / sizeof(usual[0]);

	if (n > LIMIT_LOCAL)
		return err_set(err, -E2BIG, "--local: more than %d prefixes", (int)LIMIT_LOCAL);
	for (size_t i = 0; i < n; i++) {
		int r = ip_prefix_parse(given ? s->local.items[i] : usual[i], &ret_prefixes[i],
					err);

		if (r < 0)
			return err_wrap(err, r, "--local");
	}
	*ret_n = n;
	return 0;
}

static void on_progress(void *context, double done)
{
	struct lesson_run *run = context;

	progress_update(run->progress, done, 0, 0);
}

/* How a search is getting on; an interruption ends it. */
static int on_search(void *context, const struct flow_search *search)
{
	struct lesson_run *run = context;
	char text[96];

	if (atomic_load(interrupt_flag()))
		return -EINTR;
	if (run->progress != NULL) {
		snprintf(text, sizeof(text), "patterns: %u, %.0f bits saved, %zu left to try",
			 search->n_patterns, search->saved_bits, search->n_queued);
		progress_say(run->progress, text);
	}
	return 0;
}

static int fit(struct lesson_run *run, struct flow_table *table, const struct ip_prefix *local,
	       size_t n_local, struct err *err)
{
	const struct settings *s = &run->settings;
	struct model *model = run->model;
	struct host_fit hosts = { .local = local,
				  .n_local = n_local,
				  .keep_addresses = s->keep_addresses,
				  .on_link = s->local.n == 0 };
	CLEANUP(freep) bool *begins = mem_array(table->n_rows, sizeof(*begins));
	struct flow_fit flow = { .table = table,
				 .hosts = &model->hosts,
				 .seed = s->seed,
				 .code = (enum chronicle_code)s->code,
				 .search = on_search,
				 .context = run,
				 .begins = begins };
	int r;

	if (begins == NULL)
		return err_no_memory(err);
	memset(begins, true, table->n_rows * sizeof(*begins));

	flow.progress = run->progress != NULL ? on_progress : NULL;
	r = stack_observer_result(run->harvest.observer, &hosts.seen, &hosts.n_seen, err);
	if (r == 0)
		r = host_set_fit(table, &hosts, &model->hosts, err);
	if (r == 0)
		r = window_observer_result(run->harvest.windows, &model->hosts.windows, err);
	if (r < 0)
		return r;
	model->flow = calloc(1, model->flow_ops->state_bytes + 1);
	if (model->flow == NULL)
		return err_no_memory(err);
	if (run->progress != NULL)
		progress_stage(run->progress, "flow model");
	r = model->flow_ops->fit(model->flow, &flow, err);
	return r < 0 ? r : schedule_fit(table, begins, s->gap_ns, &model->schedule, err);
}

/* The card's facts about the table. */
static void describe(struct model *model, const struct flow_table *table,
		     const struct harvest *harvest)
{
	model->n_flows = table->n_rows;
	model->n_packets = harvest->n_packets;
	model->first_ns = table->rows[0].start_ns;
	model->last_ns = model->first_ns;
	for (size_t i = 0; i < table->n_rows; i++) {
		const int64_t end = table->rows[i].start_ns + table->rows[i].duration_ns;

		if (end > model->last_ns)
			model->last_ns = end;
	}
}

static int learn_parts(struct lesson_run *run, struct err *err)
{
	const struct settings *s = &run->settings;
	struct flow_table *table = s->flows != NULL ? &run->given_table : &run->harvest.table;
	struct ip_prefix local[LIMIT_LOCAL];
	struct flow_read_stats stats;
	uint64_t n_moved, n_dropped;
	size_t n_local = 0;
	int r = local_prefixes(s, local, &n_local, err);

	if (r == 0 && s->flows != NULL)
		r = flow_table_read(s->flows, table, &stats, err);
	if (r < 0)
		return r;
	if (s->flows != NULL && strncmp(stats.layout, "cidds", 5) == 0)
		adapt_payload(table);
	if (run->harvest.n_groups == 0)
		return err_set(err, -ENODATA, "no IP flows in the captures: nothing to learn");
	if (run->progress != NULL)
		progress_stage(run->progress, "automata");
	r = harvest_learn(&run->harvest, automaton_learner_named(s->automata),
			  (uint32_t)s->n_threads, interrupt_flag(),
			  run->progress != NULL ? on_progress : NULL, run, &run->model->bank, err);
	if (r < 0)
		return r;
	adapt_states(table, &run->model->bank, &n_moved, &n_dropped);
	if (n_moved > 0 && !s->quiet)
		fprintf(stderr,
			"%" PRIu64
			" flows are learned with the usual end state of their service: the "
			"captures have none with theirs\n",
			n_moved);
	if (n_dropped > 0 && !s->quiet)
		fprintf(stderr,
			"%" PRIu64
			" flows are not learned: no automaton knows their protocol and state\n",
			n_dropped);
	if (table->n_rows == 0)
		return err_set(err, -ENODATA, "no flows left to learn from");
	flow_table_sort(table);
	r = fit(run, table, local, n_local, err);
	if (r == 0)
		describe(run->model, table, &run->harvest);
	return r;
}

static int learn(struct lesson_run *run, const struct option_strings *captures, struct err *err)
{
	const struct settings *s = &run->settings;
	int r = harvest_init(&run->harvest, s->content, err);

	run->model->sources = mem_array(captures->n + 1, sizeof(*run->model->sources));
	if (r == 0 && run->model->sources == NULL)
		r = err_no_memory(err);
	for (size_t i = 0; i < captures->n && r == 0; i++) {
		if (run->progress != NULL)
			progress_stage(run->progress, captures->items[i]);
		r = read_capture(run, captures->items[i], err);
		if (r == 0)
			r = add_source(run->model, captures->items[i], err);
	}
	if (r == 0)
		r = harvest_finish(&run->harvest, err);
	if (r == 0 && s->flows != NULL)
		r = add_source(run->model, s->flows, err);
	if (r == 0)
		r = learn_parts(run, err);
	if (run->progress != NULL)
		progress_end(run->progress);
	if (r == 0)
		r = model_save(run->model, s->output, err);
	if (r == 0 && !s->quiet)
		fprintf(stderr, "model '%s': %" PRIu64 " flows, %zu hosts, %zu automata, in %s\n",
			run->model->name, run->model->n_flows, run->model->hosts.n_hosts,
			run->model->bank.n, s->output);
	return r;
}

/* Names the model and looks the families up. */
static int prepare(struct lesson_run *run, const struct option_strings *operands, bool code_given,
		   struct err *err)
{
	const struct settings *s = &run->settings;
	CLEANUP(freep) char *copy = NULL;
	char gap[NS_TEXT_BYTES];

	if (s->output == NULL)
		return err_set(err, -EINVAL, "where to? -o DIR");
	if (operands->n == 0)
		return err_set(err, -EINVAL, "no captures: automata are learned from packets");
	run->model = calloc(1, sizeof(*run->model));
	copy = strdup(s->output);
	if (run->model == NULL || copy == NULL)
		return err_no_memory(err);
	snprintf(run->model->name, sizeof(run->model->name), "%s",
		 s->name != NULL ? s->name : basename(copy));
	run->model->flow_ops = flow_model_named(s->flow_model);
	if (run->model->flow_ops == NULL)
		return err_set(err, -EINVAL,
			       "--flow-model %s: this version has chronicle, independent and "
			       "sequence",
			       s->flow_model);
	if (code_given && strcmp(s->flow_model, "chronicle") != 0)
		return err_set(err, -EINVAL,
			       "--code: only --flow-model chronicle searches patterns");
	if (automaton_learner_named(s->automata) == NULL)
		return err_set(err, -EINVAL,
			       "--automata %s: this version has tadam, markov, tag and rti",
			       s->automata);
	snprintf(run->model->automata, sizeof(run->model->automata), "%s", s->automata);
	run->model->addresses_kept = s->keep_addresses;
	ns_format_duration(s->gap_ns, gap);
	snprintf(run->model->options, sizeof(run->model->options),
		 "--flow-model %s%s --automata %s --gap %s --seed %" PRIu64 "%s%s%s", s->flow_model,
		 s->code == CHRONICLE_SETS ? " --code sets" : "", s->automata, gap, s->seed,
		 s->content ? " --content" : "", s->keep_addresses ? " --keep-addresses" : "",
		 s->flows != NULL ? " --flows" : "");
	return 0;
}

/* After the command line is read: 0, 1 (the run failed), 2 (the command line is wrong), 130
 * (interrupted). */
static int run_lesson(struct lesson_run *run, const struct option_strings *captures,
		      bool code_given)
{
	struct err err = { "" };
	int r = prepare(run, captures, code_given, &err);

	if (r < 0) {
		fprintf(stderr, "sosie learn: %s\n", err.text);
		return 2;
	}
	if (run->settings.n_threads == 0) {
		const long n = sysconf(_SC_NPROCESSORS_ONLN);

		run->settings.n_threads = n < 1		      ? 1
					  : n > LIMIT_THREADS ? LIMIT_THREADS
							      : (uint64_t)n;
	}
	if (!run->settings.quiet)
		r = progress_new("learn", run->settings.verbose, &run->progress, &err);
	if (r == 0)
		r = learn(run, captures, &err);
	if (r < 0 && r != -EINTR)
		fprintf(stderr, "sosie learn: %s\n", err.text);
	return r == -EINTR ? 130 : r < 0 || run->damaged ? 1 : 0;
}

static const struct verb verb = { "learn", specs, N_SPECS, usage, about };

int cmd_learn(int argc, char **argv)
{
	static const struct settings defaults = {
		.flow_model = "chronicle", .automata = "tadam", .gap_ns = NS_PER_H / 2, .seed = 1
	};
	struct lesson_run run = { .settings = defaults };
	struct option_strings captures = { 0 };
	struct err err = { "" };
	uint64_t given = 0;
	int r = option_parse(specs, N_SPECS, argc, argv, &run.settings, &captures, &given, &err);
	int status;

	status = verb_answer(&verb, r, &defaults, &err);
	if (status == VERB_WORKS)
		status = run_lesson(&run, &captures, option_given(specs, N_SPECS, given, "code"));
	run_done(&run);
	option_done(specs, N_SPECS, &run.settings);
	option_strings_done(&captures);
	return status;
}
