/* SPDX-License-Identifier: Apache-2.0 */
/* sosie automata score: how well the flows of captures fit the automata of a model. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "automata/classify.h"
#include "automata/score.h"
#include "base/mem.h"
#include "base/ns.h"
#include "conf/option.h"
#include "gen/cmd.h"
#include "gen/interrupt.h"
#include "gen/model.h"
#include "packet/capture.h"
#include "packet/meter.h"
#include "packet/observe_sketch.h"

enum {
	FLOW_STEPS = 1 << 18,
	LIMIT_EVENTS = 1 << 20,
	NO_FLOW = 0,
};

struct settings {
	uint64_t explain;
	bool content, headers;
};

#define AT(field) offsetof(struct settings, field)
static const struct option_spec specs[] = {
	{ .name = "explain",
	  .letter = 'e',
	  .type = OPTION_COUNT,
	  .offset = AT(explain),
	  .metavar = "FLOW",
	  .help = "instead of the table, each packet of that flow (1 is the first row) and whether "
		  "it is noise",
	  .min = 1,
	  .max = INT64_MAX },
	{ .name = "content",
	  .type = OPTION_FLAG,
	  .offset = AT(content),
	  .help = "name the captures' services by what the packets hold (libndpi), not by port" },
	{ .name = "headers",
	  .type = OPTION_FLAG,
	  .offset = AT(headers),
	  .help = "tell the likely service by headers and times alone; payloads are not looked "
		  "at" },
};
enum { N_SPECS = sizeof(specs) / sizeof(specs[0]) };

static const char usage[] = "sosie automata score MODEL CAPTURE... [OPTION...]";
static const char about[] =
	"Writes a row for each flow: its bits per packet under its service's automaton, which are "
	"many where a flow is unusual, and the service whose automata explain it best.";

struct run {
	struct settings settings;
	struct model *model;
	struct score_scale scale;
	struct classifier *classifier;
	struct word_event *events;
	size_t events_capacity;
	struct meter *meter;
	uint64_t n_flows;
	bool explained, damaged;
	struct err err; /* of the meter's callback */
};

static void run_done(struct run *run)
{
	classifier_freep(&run->classifier);
	free(run->events);
	meter_freep(&run->meter);
	model_freep(&run->model);
}

/* One row. What no automaton explains has "-" in its place. */
static int print_row(struct run *run, const struct flow_record *record, const struct word *word,
		     const struct sketch_sight *sight, int own, bool exact)
{
	char time[NS_TEXT_BYTES], src[IP_TEXT_BYTES], dst[IP_TEXT_BYTES];
	double bits = 0, likely_bits = 0;
	const int likely = classifier_ask(run->classifier, record->proto, word, sight->sketches,
					  sight->n, &likely_bits);
	int r = -ENOENT;

	if (likely == -ENOMEM)
		return likely;
	if (own >= 0)
		r = score_bits(classifier_score(run->classifier, (size_t)own), word, false, 9e8,
			       &bits);
	if (r == -ENOMEM)
		return r;
	printf("%s,%u,%s,%u,%s,%u,%s,%s,%u,", ns_format_seconds(record->start_ns, time),
	       (unsigned int)record->proto, ip_format(&record->src, src),
	       (unsigned int)record->src_port, ip_format(&record->dst, dst),
	       (unsigned int)record->dst_port, record->service, conn_state_name(record->state),
	       word->n_events);
	if (r == 0)
		printf("%s,%.3f,", exact ? "own" : "other", bits / (word->n_events + 1.0));
	else
		printf("-,-,");
	if (likely >= 0)
		printf("%s,%.3f\n", run->model->bank.automata[likely]->service,
		       likely_bits / ((word->n_events < CLASSIFY_PACKETS ? word->n_events
									 : CLASSIFY_PACKETS) +
				      1.0));
	else
		printf("-,-\n");
	return 0;
}

static const char *const kind_names[] = {
	[ALIGN_CLEAN] = "",
	[ALIGN_OMISSION] = "omitted",
	[ALIGN_REEMISSION] = "repeated",
	[ALIGN_TRANSPOSITION] = "swapped with the one before",
	[ALIGN_ADDITION] = "foreign",
	[ALIGN_SECOND] = "swapped with the one after",
};

static void print_move(const struct automaton *a, const struct meter_flow *flow,
		       const struct align_move *move)
{
	char symbol[AUTOMATON_SYMBOL_TEXT_BYTES];

	if (move->event >= flow->n_steps && move->kind != ALIGN_OMISSION)
		return; /* the end */
	if (move->kind == ALIGN_OMISSION) {
		printf("%6s  %-8s %31s %s\n", "-",
		       automaton_symbol_format(a->edges[move->edge].symbol, symbol), "",
		       kind_names[move->kind]);
		return;
	}
	printf("%6u  %-8s %10.6f s %8u bytes", move->event + 1,
	       automaton_symbol_format(automaton_symbol_of(flow->record->proto,
							   &flow->steps[move->event]),
				       symbol),
	       (double)flow->steps[move->event].gap_ns / (double)NS_PER_S,
	       (unsigned int)flow->steps[move->event].payload_bytes);
	if (move->edge != ALIGN_NO_EVENT && move->edge < a->n_edges)
		printf("  %5u -> %-5u", (unsigned int)a->edges[move->edge].src,
		       (unsigned int)a->edges[move->edge].dst);
	printf("%s%s\n", move->kind == ALIGN_CLEAN ? "" : "  ", kind_names[move->kind]);
}

static int explain(struct run *run, const struct meter_flow *flow, const struct word *word, int own)
{
	const struct automaton *a;
	const struct align_move *moves;
	size_t n;
	int r;

	if (own < 0)
		return err_set(&run->err, -ENOENT, "no automaton for protocol %u in state %s",
			       (unsigned int)flow->record->proto,
			       conn_state_name(flow->record->state));
	a = run->model->bank.automata[own];
	r = score_moves(classifier_score(run->classifier, (size_t)own), word, &moves, &n);
	if (r == -ENOENT)
		return err_set(&run->err, r, "%s cannot explain this flow", a->service);
	if (r < 0)
		return err_set(&run->err, r, "flow %" PRIu64 " is too long to explain",
			       run->n_flows);
	printf("flow %" PRIu64 ", %u packets, under %s in %s\n", run->n_flows, word->n_events,
	       a->service, conn_state_name(a->state));
	for (size_t i = 0; i < n; i++)
		print_move(a, flow, &moves[i]);
	run->explained = true;
	return 0;
}

static void on_packet(void *context, void *state, const struct packet_view *view, bool backward,
		      int64_t gap_ns)
{
	const struct run *run = context;

	(void)gap_ns;
	if (!run->settings.headers)
		sketch_sight_packet(state, view, backward);
}

static int on_flow(void *context, const struct meter_flow *flow)
{
	struct run *run = context;
	const struct flow_record *record = flow->record;
	struct word word;
	bool exact = false;
	int own, r;

	run->n_flows++;
	if (run->settings.explain != NO_FLOW && run->settings.explain != run->n_flows)
		return 0;
	r = mem_grow(&run->events, &run->events_capacity, (size_t)flow->n_steps + 1,
		     sizeof(*run->events), LIMIT_EVENTS);
	if (r < 0)
		return err_no_memory(&run->err);
	score_events(&run->scale, record->proto, flow->steps, flow->n_steps, run->events);
	word = (struct word) { run->events, flow->n_steps };
	own = automaton_bank_find(&run->model->bank, record->service, record->proto, record->state,
				  &exact);
	if (run->settings.explain != NO_FLOW)
		return explain(run, flow, &word, own);
	r = print_row(run, record, &word, flow->state, own, exact);
	return r < 0 ? err_no_memory(&run->err) : 0;
}

static int read_capture(struct run *run, const char *path, struct err *err)
{
	CLEANUP(capture_freep) struct capture *capture = NULL;
	const atomic_bool *interrupted = interrupt_flag();
	struct capture_packet packet;
	int r = capture_open(path, &capture, err);

	if (r < 0)
		return r;
	while ((r = capture_next(capture, &packet, err)) > 0) {
		r = meter_packet(run->meter, &packet, err);
		if (r < 0)
			return r;
		if (atomic_load(interrupted))
			return -EINTR;
	}
	if (r < 0) {
		/* The packets before the damage count; the sentence is told once, here. */
		fprintf(stderr, "sosie automata: %s; continuing with what came before\n",
			err->text);
		run->damaged = true;
	}
	return 0;
}

static int prepare(struct run *run, const char *model, struct err *err)
{
	const struct meter_options options = { .limit_steps = FLOW_STEPS,
					       .content = run->settings.content,
					       .on_packet = on_packet,
					       .state_bytes = sizeof(struct sketch_sight),
					       .on_flow = on_flow,
					       .context = run };
	int r = model_load(model, &run->model, err);

	if (r < 0)
		return r;
	score_scale_init(&run->scale);
	r = classifier_new(&run->model->bank, &run->scale, &run->classifier, err);
	return r == 0 ? meter_new(&options, &run->meter, err) : r;
}

static int score(struct run *run, const struct option_strings *operands, struct err *err)
{
	int r = prepare(run, operands->items[1], err);

	if (r == 0 && run->settings.explain == NO_FLOW)
		printf("ts,proto,src_ip,src_port,dst_ip,dst_port,service,state,packets,automaton,"
		       "bits_per_packet,likely_service,likely_bits_per_packet\n");
	for (size_t i = 2; i < operands->n && r == 0; i++)
		r = read_capture(run, operands->items[i], err);
	if (r == 0)
		r = meter_flush(run->meter, err);
	if (r < 0 && run->err.text[0] != '\0')
		return err_set(err, r, "%s", run->err.text);
	if (r == 0 && run->settings.explain != NO_FLOW && !run->explained)
		return err_set(err, -ENOENT, "--explain %" PRIu64 ": there are %" PRIu64 " flows",
			       run->settings.explain, run->n_flows);
	if (r == 0 && fflush(stdout) != 0)
		return err_set(err, -errno, "writing stdout: %s", strerror(errno));
	return r;
}

static const struct verb verb = { "automata", specs, N_SPECS, usage, about };

int cmd_automata(int argc, char **argv)
{
	static const struct settings defaults = { 0 };
	struct run run = { .settings = defaults };
	struct option_strings operands = { NULL, 0, 0 };
	struct err err = { "" };
	int r = option_parse(specs, N_SPECS, argc, argv, &run.settings, &operands, NULL, &err);
	int status;

	if (r == 0 && (operands.n == 0 || strcmp(operands.items[0], "score") != 0))
		r = err_set(&err, -EINVAL, "what about them? score MODEL CAPTURE...");
	else if (r == 0 && operands.n < 3)
		r = err_set(&err, -EINVAL, "score: a model and a capture are needed");
	status = verb_answer(&verb, r, &defaults, &err);
	if (status == VERB_WORKS) {
		r = score(&run, &operands, &err);
		if (r < 0 && r != -EINTR)
			fprintf(stderr, "sosie automata: %s\n", err.text);
		status = r == -EINTR ? 130 : r < 0 || run.damaged ? 1 : 0;
	}
	run_done(&run);
	option_strings_done(&operands);
	option_done(specs, N_SPECS, &run.settings);
	return status;
}
