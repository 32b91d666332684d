/* SPDX-License-Identifier: Apache-2.0 */
/* sosie generate: a model played into a capture. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/ns.h"
#include "conf/option.h"
#include "gen/cmd.h"
#include "gen/interrupt.h"
#include "gen/paced.h"
#include "gen/pipeline.h"
#include "gen/progress.h"
#include "gen/replay_print.h"
#include "gen/wire.h"

enum payload_choice { CHOICE_TEMPLATE, CHOICE_RANDOM, CHOICE_ZERO, CHOICE_RECORDED };
enum format_choice { FORMAT_AUTO, FORMAT_PCAP, FORMAT_PCAPNG };

/* recorded is refused before it is looked up here. */
static const enum payload_mode payload_modes[] = { PAYLOAD_TEMPLATE, PAYLOAD_RANDOM, PAYLOAD_ZERO };

struct settings {
	const char *interface, *output, *sink, *model, *network, *labels, *mark_text, *noise_text;
	int64_t duration_ns, start_ns;
	uint64_t n_packets, n_flows, seed, n_threads, snaplen, mtu;
	struct option_rate rate;
	struct mark mark;   /* what mark_text says */
	struct noise noise; /* what noise_text says */
	int payload, precision, format;
	bool quiet, verbose;
};

static const char *const payload_names[] = { "template", "random", "zero", "recorded", NULL };
static const char *const precision_names[] = { "us", "ns", NULL };
static const char *const format_names[] = { "auto", "pcap", "pcapng", NULL };

#define AT(field) offsetof(struct settings, field)
static const struct option_spec specs[] = {
	{ "output", 'o', OPTION_STRING, AT(output), "FILE", "the capture; '-' is stdout",
	  .group = "Output" },
	{ "sink", 0, OPTION_STRING, AT(sink), "SINK",
	  "instead of a file: null (count only) or digest; with -i: af_packet or "
	  "dpdk[:ARGUMENTS]",
	  .group = "Output" },
	{ "interface", 'i', OPTION_STRING, AT(interface), "IFACE[@NETNS]",
	  "play onto an interface, each packet at its time, from now on; without -d, -n and "
	  "--flows "
	  "until stopped",
	  .group = "Output" },
	{ "labels", 0, OPTION_STRING, AT(labels), "FILE",
	  "ground truth for every flow: .csv, .jsonl or .log", .group = "Output" },
	{ "format", 0, OPTION_CHOICE, AT(format), "FORMAT",
	  "pcap or pcapng; auto: by the ending of FILE", .choices = format_names,
	  .group = "Output" },
	{ "precision", 0, OPTION_CHOICE, AT(precision), "UNIT",
	  "us or ns, of timestamps and of all gaps", .choices = precision_names,
	  .group = "Output" },
	{ "snaplen", 0, OPTION_COUNT, AT(snaplen), "N", "keep at most N bytes of a frame",
	  .min = 14, .max = 262144, .group = "Output" },
	{ "duration", 'd', OPTION_DURATION, AT(duration_ns), "TIME",
	  "stop after this much time of the capture (90s, 2h30m)", .min = 1, .max = INT64_MAX / 4,
	  .group = "How much" },
	{ "packets", 'n', OPTION_COUNT, AT(n_packets), "N", "stop after exactly N packets",
	  .min = 1, .max = INT64_MAX, .group = "How much" },
	{ "flows", 0, OPTION_COUNT, AT(n_flows), "N", "stop after exactly N flows, all complete",
	  .min = 1, .max = INT64_MAX, .group = "How much" },
	{ "rate", 0, OPTION_RATE, AT(rate), "R",
	  "occurrences per second on average, or xF to scale the model's", .group = "How much" },
	{ "model", 'm', OPTION_STRING, AT(model), "NAME|DIR", "a shipped model or a directory",
	  .group = "What" },
	{ "network", 'c', OPTION_STRING, AT(network), "FILE", "the network plan (sosie-plan(5))",
	  .group = "What" },
	{ "start", 't', OPTION_TIME, AT(start_ns), "TIME",
	  "instant of the first window: RFC 3339 or Unix seconds; default: now", .group = "What" },
	{ "seed", 's', OPTION_COUNT, AT(seed), "N",
	  "same seed, same bytes; default: random, and printed", .min = 0, .max = INT64_MAX,
	  .group = "What" },
	{ "payload", 0, OPTION_CHOICE, AT(payload), "MODE", "template, random, zero or recorded",
	  .choices = payload_names, .group = "What" },
	{ "mark", 0, OPTION_STRING, AT(mark_text), "MARK",
	  "none, or evil-bit: the reserved bit of IPv4, a pattern in IPv6 flow labels "
	  "(evil-bit:LABEL/MASK); sosie unmark takes it off",
	  .group = "What" },
	{ "noise", 0, OPTION_STRING, AT(noise_text), "SHARE",
	  "of TCP data segments are re-emissions, and as many out of order; or "
	  "reemission=SHARE,transposition=SHARE; default: none",
	  .group = "What" },
	{ "mtu", 0, OPTION_COUNT, AT(mtu), "N", "IP packet length at most", .min = 576, .max = 9000,
	  .group = "What" },
	{ "threads", 'j', OPTION_COUNT, AT(n_threads), "N", "worker threads; default: all cores",
	  .min = 1, .max = PIPELINE_LIMIT_THREADS, .group = "Run" },
	{ "quiet", 'q', OPTION_FLAG, AT(quiet), NULL, "no progress and no summary",
	  .group = "Run" },
	{ "verbose", 'v', OPTION_FLAG, AT(verbose), NULL,
	  "progress also when stderr is no terminal", .group = "Run" },
};
enum { N_SPECS = sizeof(specs) / sizeof(specs[0]) };

static const char usage[] =
	"sosie generate (-o FILE | --sink SINK) (-d TIME | -n PACKETS | --flows N) [OPTION...]";
static const char about[] = "Writes traffic drawn from a model: full packets, in order of time, "
			    "with ground truth if asked for.";

/* The option of this name was on the command line. */
static bool given(uint64_t given_bits, const char *name)
{
	return option_given(specs, N_SPECS, given_bits, name);
}

/* Checks what the table cannot say. */
static int check(const struct settings *s, uint64_t given_bits, struct err *err)
{
	if (s->output == NULL && s->sink == NULL && s->interface == NULL)
		return err_set(err, -EINVAL,
			       "no output: -o FILE, or -i IFACE, or --sink null, or --sink digest");
	if (s->interface != NULL && s->output != NULL)
		return err_set(err, -EINVAL, "-o and -i: one of them");
	if (s->output != NULL && s->sink != NULL && strcmp(s->sink, "file") != 0)
		return err_set(err, -EINVAL, "-o and --sink %s: one of them", s->sink);
	if (s->interface == NULL && !given(given_bits, "duration") &&
	    !given(given_bits, "packets") && !given(given_bits, "flows"))
		return err_set(err, -EINVAL, "how much? -d DURATION, -n PACKETS or --flows N");
	if (s->payload == CHOICE_RECORDED)
		return err_set(err, -EINVAL,
			       "--payload recorded: models of this version hold no recorded "
			       "payload; "
			       "template makes protocol-aware bytes");
	if (s->labels != NULL && s->output != NULL && strcmp(s->labels, "-") == 0 &&
	    strcmp(s->output, "-") == 0)
		return err_set(err, -EINVAL, "capture and labels cannot both go to stdout");
	if (s->labels != NULL && s->output != NULL && strcmp(s->labels, s->output) == 0)
		return err_set(err, -EINVAL, "capture and labels cannot both be '%s'", s->output);
	if (s->interface == NULL && s->sink != NULL &&
	    (sink_named(s->sink) == NULL || sink_named(s->sink)->is_wire))
		return err_set(err, -EINVAL, "no sink '%s': null, digest, or -o FILE%s", s->sink,
			       strchr(s->sink, '_') || strncmp(s->sink, "dpdk", 4) == 0
				       ? "; a wire needs -i IFACE"
				       : "");
	if (s->output != NULL && strcmp(s->output, "-") == 0 && isatty(STDOUT_FILENO))
		return err_set(err, -EINVAL,
			       "-o -: a capture does not go to a terminal; pipe it, or name a "
			       "file");
	return 0;
}

static bool ends_in(const char *text, const char *end)
{
	const size_t n = strlen(text), n_end = strlen(end);

	return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

/* What the run borrows, so that one place frees it. */
struct run {
	struct settings settings;
	struct model *model;
	struct network *network;
	const struct sink_ops *sink;
	void *sink_state;
	char interface[WIRE_NAME_BYTES];
	struct truth *truth;
	struct progress *progress;
	int64_t end_ns; /* for the progress line */
};

static void run_done(struct run *run)
{
	progress_freep(&run->progress);
	truth_freep(&run->truth);
	if (run->sink_state != NULL)
		run->sink->close(run->sink_state);
	free(run->sink_state);
	network_freep(&run->network);
	model_freep(&run->model);
}

static int open_model(struct run *run, bool has_rate, struct err *err)
{
	const struct settings *s = &run->settings;
	int r = model_load(s->model, &run->model, err);

	if (r < 0)
		return r;
	if (has_rate)
		schedule_set_rate(&run->model->schedule, s->rate.value, s->rate.is_factor);
	if (s->network == NULL) {
		r = network_from_hosts(&run->model->hosts, &run->network, err);
	} else {
		CLEANUP(conf_freep) struct conf *conf = NULL;

		r = conf_load(s->network, &conf, err);
		if (r == 0)
			r = network_from_plan(conf, &run->model->hosts, &run->network, err);
	}
	if (r == 0)
		r = run->model->flow_ops->bind(run->model->flow, run->network, err);
	return r < 0 ? r : automaton_bank_prepare(&run->model->bank, err);
}

/* As asked for, else by the ending of the file's name. */
static enum capture_format capture_format(const struct settings *s)
{
	const bool by_name = s->output != NULL && ends_in(s->output, ".pcapng");

	return s->format == FORMAT_PCAPNG || (s->format == FORMAT_AUTO && by_name) ? CAPTURE_PCAPNG
										   : CAPTURE_PCAP;
}

static int open_wire(struct run *run, struct err *err)
{
	const struct settings *s = &run->settings;
	struct sink_options options = { .path = NULL };
	const struct sink_ops *wire = NULL;
	int r = wire_interface(s->interface, run->interface, &options, err);

	if (r == 0)
		r = wire_sink(s->sink != NULL ? s->sink : "af_packet", &wire, &options, err);
	if (r == 0 && !wire->is_wire)
		r = err_set(err, -EINVAL, "sink %s has no interface: -i is too much", s->sink);
	if (r < 0)
		return r;
	run->sink = &paced_ops;
	run->sink_state = calloc(1, sizeof(struct paced));
	if (run->sink_state == NULL)
		return err_no_memory(err);
	return paced_open(run->sink_state, wire, &options, interrupt_flag(), err);
}

static int open_sink(struct run *run, struct err *err)
{
	const struct settings *s = &run->settings;
	const struct sink_options options = {
		.path = s->output,
		.capture = {
			.format = capture_format(s),
			.nanoseconds = s->precision == 1,
			.snaplen = (uint32_t)s->snaplen,
		},
	};
	void *state;
	int r;

	run->sink = sink_named(s->sink != NULL ? s->sink : "file");
	state = calloc(1, run->sink->state_bytes + 1);
	if (state == NULL)
		return err_no_memory(err);
	run->sink_state = state;
	r = run->sink->open(state, &options, err);
	return r;
}

static void on_progress(void *context, int64_t time_ns, uint64_t n_frames, uint64_t n_bytes)
{
	struct run *run = context;
	const struct settings *s = &run->settings;
	double done = -1;

	if (s->n_packets != 0)
		done = (double)n_frames / (double)s->n_packets;
	else if (s->duration_ns != 0)
		done = 1 - (double)(run->end_ns - time_ns) / (double)s->duration_ns;
	progress_update(run->progress, done, n_frames, n_bytes);
}

/* What could not be met as drawn: one line, and only what there is. */
static void print_corrections(const uint64_t n_corrected[FLOW_N_CORRECTIONS], uint64_t n_dropped)
{
	static const char *const what[] = {
		"moved to other hosts or ports", "waited for their ports",
		"with other packet counts",	 "with other payload totals",
		"with another duration",	 "with other packet lengths"
	};
	const char *before = "flows corrected before they were built: ";

	for (int b = 0; b < FLOW_N_CORRECTIONS; b++) {
		if (n_corrected[b] == 0)
			continue;
		fprintf(stderr, "%s%" PRIu64 " %s", before, n_corrected[b], what[b]);
		before = ", ";
	}
	if (n_dropped > 0)
		fprintf(stderr, "%s%" PRIu64 " dropped", before, n_dropped);
	if (before[0] == ',' || n_dropped > 0)
		fputc('\n', stderr);
}

static void print_summary(const struct run *run, const struct pipeline_result *result,
			  int64_t cpu_ns, int64_t wall_ns)
{
	const struct emit *e = &result->emitted;
	const struct planner_counters *p = &result->planner;
	char span[NS_TEXT_BYTES], wall[NS_TEXT_BYTES];

	fprintf(stderr,
		"%" PRIu64 " packets of %" PRIu64 " flows, %" PRIu64
		" bytes, %s of traffic, made in %s",
		e->n_frames, e->n_flows, e->n_bytes,
		ns_format_duration(e->last_ns - e->first_ns, span),
		ns_format_duration(wall_ns / NS_PER_MS * NS_PER_MS, wall));
	if (cpu_ns > 0)
		fprintf(stderr, " (%.2f million packets per second of CPU time)",
			(double)e->n_frames * 1e3 / (double)cpu_ns);
	fprintf(stderr, ", seed %" PRIu64 "\n", run->settings.seed);
	print_corrections(e->n_corrected, p->n_dropped);
	if (result->interrupted)
		fprintf(stderr, "interrupted: what was written until then is complete in itself\n");
}

/* What a sink that is no file has to say is the result of the run: stdout, also when quiet. */
static int print_result(const struct run *run, struct err *err)
{
	char text[128];

	if (run->settings.output != NULL || run->settings.interface != NULL ||
	    run->sink->result == NULL || run->sink->result(run->sink_state, text, sizeof(text)) < 0)
		return 0;
	if (printf("%s\n", text) < 0 || fflush(stdout) != 0)
		return err_set(err, -errno, "stdout: %s", strerror(errno));
	return 0;
}

/* What truly left; an error when that is not what was made. */
static int check_wire(const struct run *run, struct err *err)
{
	struct replay_account account;
	uint64_t n_missing;

	paced_account(run->sink_state, &account);
	if (!run->settings.quiet)
		replay_print_summary(&account, stderr);
	n_missing = replay_missing(&account);
	return n_missing > 0 ? err_set(err, -EIO, "%" PRIu64 " packets did not leave", n_missing)
			     : 0;
}

static struct pipeline_options pipeline_options(const struct run *run)
{
	const struct settings *s = &run->settings;
	struct pipeline_options o = {
		.planner = {
			.model = run->model,
			.network = run->network,
			.seed = s->seed,
			.from_ns = s->start_ns,
			.until_ns = run->end_ns,
			.limit_flows = s->n_flows,
			.quantum_ns = s->precision == 1 ? 1 : NS_PER_US,
			.interrupted = interrupt_flag(),
		},
		.build = {
			.payload = payload_modes[s->payload],
			.mtu = (uint32_t)s->mtu,
			.seed = s->seed,
			.mark = s->mark,
			.noise = s->noise,
			.windows = &run->model->hosts.windows,
		},
		.emit = {
			.sink = run->sink,
			.sink_state = run->sink_state,
			.truth = run->truth,
			.until_ns = run->end_ns,
			.limit_frames = s->n_packets,
			.progress = run->progress != NULL ? on_progress : NULL,
			.context = (void *)(uintptr_t)run,
		},
		.n_threads = (uint32_t)s->n_threads,
		.interrupted = interrupt_flag(),
	};

	network_gateway_mac(run->network, o.build.gateway_mac);
	return o;
}

static int run_all(struct run *run, bool has_rate, struct err *err)
{
	const struct settings *s = &run->settings;
	struct pipeline_options options;
	struct pipeline_result result;
	int64_t wall_ns, cpu_ns;
	int r;

	r = open_model(run, has_rate, err);
	interrupt_flag(); /* from here on there are files to clean up */
	if (r == 0 && s->labels != NULL) {
		const struct truth_options truth = { s->labels, run->model };

		r = truth_new(&truth, &run->truth, err);
	}
	if (r == 0)
		r = s->interface != NULL ? open_wire(run, err) : open_sink(run, err);
	if (r == 0 && !s->quiet)
		r = progress_new("generate", s->verbose, &run->progress, err);
	if (r < 0)
		return r;
	options = pipeline_options(run);
	wall_ns = ns_monotonic();
	cpu_ns = ns_process_cpu();
	r = pipeline_run(&options, &result, err);
	cpu_ns = ns_process_cpu() - cpu_ns;
	wall_ns = ns_monotonic() - wall_ns;
	if (run->progress != NULL)
		progress_end(run->progress);
	/* Labels that do not fit on the disk must not leave a capture without labels behind. */
	if (r == 0 && run->truth != NULL)
		r = truth_finish(run->truth, err);
	if (r == 0)
		r = run->sink->commit(run->sink_state, err);
	if (r == 0 && run->truth != NULL)
		r = truth_commit(run->truth, err);
	if (r < 0)
		return r;
	if (!s->quiet)
		print_summary(run, &result, cpu_ns, wall_ns);
	r = print_result(run, err);
	if (r == 0 && s->interface != NULL)
		r = check_wire(run, err);
	if (r < 0)
		return r;
	if (run->truth != NULL && truth_n_wrong(run->truth) > 0)
		return err_set(err, -EPROTO,
			       "%" PRIu64 " flows were not written as recorded: please report "
			       "this, with seed %" PRIu64,
			       truth_n_wrong(run->truth), s->seed);
	return result.interrupted ? -EINTR : 0;
}

/* What the command line left open. */
static int fill_in(struct settings *s, uint64_t given_bits, struct err *err)
{
	if (!given(given_bits, "seed")) {
		if (getrandom(&s->seed, sizeof(s->seed), 0) != (ssize_t)sizeof(s->seed))
			return err_set(err, -errno, "no random seed from the kernel: %s",
				       strerror(errno));
		s->seed >>= 32; /* short enough to type again */
	}
	if (!given(given_bits, "start"))
		s->start_ns = ns_realtime() / NS_PER_S * NS_PER_S;
	if (!given(given_bits, "threads")) {
		const long n = sysconf(_SC_NPROCESSORS_ONLN);

		s->n_threads = n < 1			    ? 1
			       : n > PIPELINE_LIMIT_THREADS ? PIPELINE_LIMIT_THREADS
							    : (uint64_t)n;
	}
	if (s->start_ns < 0 || s->start_ns > INT64_MAX / 2)
		return err_set(err, -ERANGE, "--start: before 1970 or after 2116");
	s->start_ns = s->start_ns / NS_PER_US * NS_PER_US;
	return 0;
}

static const struct verb verb = { "generate", specs, N_SPECS, usage, about };

int cmd_generate(int argc, char **argv)
{
	static const struct settings defaults = { .model = "office",
						  .mtu = BUILD_MTU,
						  .snaplen = 262144 };
	struct run run = { .settings = defaults };
	uint64_t given_bits = 0;
	struct err err = { "" };
	int r = option_parse(specs, N_SPECS, argc, argv, &run.settings, NULL, &given_bits, &err);
	int status;

	if (r == 0 && run.settings.mark_text != NULL)
		r = mark_parse(run.settings.mark_text, &run.settings.mark, &err);
	if (r == 0 && run.settings.noise_text != NULL)
		r = noise_parse(run.settings.noise_text, &run.settings.noise, &err);
	if (r == 0)
		r = check(&run.settings, given_bits, &err);
	status = verb_answer(&verb, r, &defaults, &err);
	if (status != VERB_WORKS)
		return status;
	r = fill_in(&run.settings, given_bits, &err);
	run.end_ns = given(given_bits, "duration")
			     ? run.settings.start_ns + run.settings.duration_ns
			     : INT64_MAX / 2;
	if (r == 0)
		r = run_all(&run, given(given_bits, "rate"), &err);
	run_done(&run);
	if (r < 0 && r != -EINTR)
		fprintf(stderr, "sosie generate: %s\n", err.text);
	return r == 0 ? 0 : r == -EINTR ? 130 : 1;
}
