/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The constrained walk: packets a second on one core for flows of several lengths, paths alone and
 * whole flows with sizes and gaps, and what the tables cost. The automaton is learned here from
 * flows made up in the manner of TLS: handshake, turns of requests and answers, teardown. The
 * tables are those of the shipped models too: what `sosie generate` makes before its first packet.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "automata/automaton.h"
#include "automata/bank.h"
#include "automata/walk.h"
#include "base/mem.h"
#include "base/ns.h"

enum { N_FLOWS = 600, LIMIT_STEPS = 8192, N_RUNS = 5, N_REQUESTS = 4096 };

struct flows {
	struct automaton_word words[N_FLOWS];
	struct automaton_step *steps;
	size_t n_steps;
};

static void die(const char *what, const struct err *err)
{
	fprintf(stderr, "bench_walk: %s: %s\n", what, err->text);
	exit(1);
}

static void put(struct flows *f, struct rng *rng, uint8_t direction, uint8_t flags,
		uint32_t payload)
{
	f->steps[f->n_steps++] = (struct automaton_step) {
		.gap_ns = 20000 + (int64_t)rng_below(rng, 1000) * rng_below(rng, 100000),
		.payload_bytes = payload,
		.direction = direction,
		.flags = flags,
	};
}

/* A burst of data one way, acknowledged by the other side now and then. */
static void put_burst(struct flows *f, struct rng *rng, uint8_t direction, uint32_t n)
{
	while (n-- > 0) {
		bool last = n == 0;

		put(f, rng, direction, TCP_ACK | (last ? TCP_PSH : 0),
		    last ? 1 + rng_below(rng, 1448) : 1448);
		if (rng_below(rng, 3) == 0)
			put(f, rng, !direction, TCP_ACK, 0);
	}
}

static void put_flow(struct flows *f, struct rng *rng)
{
	uint32_t n_turns = rng_below(rng, 7);

	put(f, rng, STEP_FORWARD, TCP_SYN, 0);
	put(f, rng, STEP_BACKWARD, TCP_SYN | TCP_ACK, 0);
	put(f, rng, STEP_FORWARD, TCP_ACK, 0);
	put_burst(f, rng, STEP_FORWARD, 1);
	put_burst(f, rng, STEP_BACKWARD, 1 + rng_below(rng, 3));
	for (uint32_t k = 0; k < n_turns; k++) {
		put_burst(f, rng, STEP_FORWARD, 1 + rng_below(rng, 2));
		put_burst(f, rng, STEP_BACKWARD, 1 + rng_below(rng, 12));
		if (rng_below(rng, 4) == 0)
			put(f, rng, STEP_FORWARD, TCP_ACK, 0);
	}
	put(f, rng, STEP_FORWARD, TCP_FIN | TCP_ACK, 0);
	if (rng_below(rng, 2) == 0)
		put(f, rng, STEP_BACKWARD, TCP_ACK, 0);
	put(f, rng, STEP_BACKWARD, TCP_FIN | TCP_ACK, 0);
	put(f, rng, STEP_FORWARD, TCP_ACK, 0);
}

static struct automaton *learn(struct flows *f)
{
	struct automaton *a = NULL;
	struct err err = { "" };
	struct rng rng;

	f->steps = calloc((size_t)N_FLOWS * 512, sizeof(*f->steps));
	if (f->steps == NULL)
		die("memory", &err);
	rng_init(&rng, 1, 0, 0, RNG_TEST);
	for (size_t k = 0; k < N_FLOWS; k++) {
		size_t begin = f->n_steps;

		put_flow(f, &rng);
		f->words[k].steps = f->steps + begin;
		f->words[k].n_steps = f->n_steps - begin;
	}
	if (automaton_learner_named("markov")->learn("https", 6, CONN_SF, f->words, N_FLOWS, NULL,
						     &a, &err) < 0)
		die("learning", &err);
	return a;
}

/* Packet counts of a flow of this kind, and bytes that they do not usually carry. */
static struct walk_request request_of(uint32_t n, struct rng *rng)
{
	uint64_t forward = (uint64_t)n * 2 / 5 + rng_below(rng, n / 8 + 1);
	uint64_t backward = n - forward;

	/* A handshake, one request and the teardown need five packets forward. */
	if (n < 14) {
		forward = 5;
		backward = n - forward;
	}
	return (struct walk_request) {
		.packets = { forward, backward },
		.payload = { 100 + forward * 100, 100 + backward * 250 },
		.duration_ns = (int64_t)n * 15 * NS_PER_MS,
		.max_payload = { 1448, 1448 },
		.max_gap_ns = 300 * NS_PER_S,
		.quantum_ns = 1000,
	};
}

/* Bytes that packets of these counts usually carry: those of a path, its sizes drawn freely. */
static void make_usual(const struct automaton *a, const struct walk *walk,
		       struct walk_scratch *scratch, struct rng *rng, struct walk_request *request)
{
	const size_t n = (size_t)(request->packets[0] + request->packets[1]);
	struct automaton_step *steps = walk_scratch_steps(scratch, n);
	struct err err = { "no path" };

	if (walk_path(walk, scratch, (uint32_t)request->packets[0], (uint32_t)request->packets[1],
		      rng, steps) != 0)
		die("a usual flow", &err);
	request->payload[0] = request->payload[1] = 0;
	for (size_t k = 0; k < n; k++) {
		const struct automaton_edge *e = &a->edges[steps[k].edge];

		if (e->size.n_knots > 0)
			request->payload[steps[k].direction] +=
				(uint64_t)quantile_value(&e->size, rng_u32(rng));
	}
}

static int compare(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

enum what { PATH, USUAL, UNUSUAL };

/* Flows of about n packets; usual and unusual ones have sizes and gaps. Median of the runs, ns a
 * packet. */
static double measure(const struct automaton *a, const struct walk *walk,
		      struct walk_scratch *scratch, uint32_t n, enum what what)
{
	static struct walk_request requests[N_REQUESTS];
	int64_t runs[N_RUNS];
	uint32_t n_flows = 2000000 / n, n_moved = 0;
	uint64_t n_packets = 0;

	for (uint32_t k = 0; k < N_REQUESTS && k < n_flows; k++) {
		struct rng rng;

		rng_init(&rng, 2, k, 0, RNG_WALK);
		requests[k] = request_of(n, &rng);
		if (what == USUAL)
			make_usual(a, walk, scratch, &rng, &requests[k]);
	}
	for (int run = 0; run < N_RUNS; run++) {
		int64_t begin = ns_process_cpu();

		n_packets = 0;
		for (uint32_t k = 0; k < n_flows; k++) {
			struct automaton_step *steps;
			struct rng rng[3];
			struct walk_request request;
			int r;

			for (uint32_t i = 0; i < 3; i++)
				rng_init(&rng[i], 1, k, (uint32_t)run, RNG_WALK + i);
			request = requests[k % N_REQUESTS];
			if (what != PATH) {
				r = walk_flow(walk, scratch, &request, &rng[0], &rng[1], &rng[2],
					      &steps);
			} else {
				steps = walk_scratch_steps(scratch, n);
				r = walk_path(walk, scratch, (uint32_t)request.packets[0],
					      (uint32_t)request.packets[1], &rng[0], steps);
			}
			n_moved += r != 0;
			n_packets += request.packets[0] + request.packets[1];
		}
		runs[run] = ns_process_cpu() - begin;
	}
	qsort(runs, N_RUNS, sizeof(*runs), compare);
	if (n_moved > 0)
		fprintf(stderr, "bench_walk: %u of %u flows of %u packets moved\n", n_moved,
			n_flows * N_RUNS, n);
	return (double)runs[N_RUNS / 2] / (double)n_packets;
}

static void load_bank(const char *folder, struct automaton_bank *bank)
{
	DIR *dir = opendir(folder);
	struct err err = { "" };

	for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
		CLEANUP(conf_freep) struct conf *conf = NULL;
		struct automaton *a = NULL;
		char path[512];

		if (strstr(entry->d_name, ".conf") == NULL)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (conf_load(path, &conf, &err) < 0 || automaton_load(conf, &a, &err) < 0 ||
		    automaton_bank_add(bank, a, &err) < 0)
			die(path, &err);
	}
	if (dir != NULL)
		closedir(dir);
	if (bank->n == 0)
		die(folder, &err);
}

/* The tables of all automata of a shipped model: median of the runs. */
static void measure_bank(const char *model)
{
	struct automaton_bank bank = { .n = 0 };
	struct err err = { "" };
	int64_t runs[N_RUNS];
	char folder[256];
	double bytes = 0;

	snprintf(folder, sizeof(folder), "models/trained/%s/automata", model);
	load_bank(folder, &bank);
	for (int run = 0; run < N_RUNS; run++) {
		int64_t begin = ns_process_cpu();

		if (automaton_bank_prepare(&bank, &err) < 0)
			die("tables", &err);
		runs[run] = ns_process_cpu() - begin;
		for (size_t i = 0; i < bank.n; i++) {
			bytes += (double)walk_table_bytes(bank.walks[i]) / N_RUNS;
			walk_freep(&bank.walks[i]);
		}
		free(bank.walks);
		bank.walks = NULL;
	}
	qsort(runs, N_RUNS, sizeof(*runs), compare);
	printf("walk_tables_%s\t%.1f\tms\tall %zu automata, %.1f MiB\n", model,
	       (double)runs[N_RUNS / 2] / 1e6, bank.n, bytes / (1 << 20));
	automaton_bank_done(&bank);
}

/*
 * Flows of half and half in an automaton with an upload and a download that a path changes between
 * once at most, and hardly ever: no tilt makes such counts usual, each path is drawn from all
 * remainders of its counts.
 */
static void measure_odd(struct walk_scratch *scratch)
{
	static const char text[] =
		"format = 1; service = \"odd\"; proto = 6; state = \"OTH\"; words = 100; "
		"max_packets = 1000; states = 4; ends = [3, 1]; symbols = [\">A\", \"<A\"]; "
		"edges = ([0,1,0,1000,1,0], [0,2,1,1000,1,0], [1,1,0,1000000,1,0], "
		"[1,3,0,1000,1,0], [1,2,1,1,1,0], [2,2,1,1000000,1,0], [2,3,1,1000,1,0]);";
	enum { ODD_HALF = 300, ODD_FLOWS = 100 };
	CLEANUP(conf_freep) struct conf *conf = NULL;
	CLEANUP(automaton_freep) struct automaton *a = NULL;
	CLEANUP(walk_freep) struct walk *walk = NULL;
	struct err err = { "" };
	int64_t runs[N_RUNS];

	if (conf_parse("odd", text, &conf, &err) < 0 || automaton_load(conf, &a, &err) < 0 ||
	    walk_new(a, &walk, &err) < 0)
		die("odd", &err);
	for (uint32_t run = 0; run < N_RUNS; run++) {
		int64_t begin = ns_process_cpu();

		for (uint32_t k = 0; k < ODD_FLOWS; k++) {
			struct automaton_step *steps = walk_scratch_steps(scratch, 2 * ODD_HALF);
			struct rng rng;

			rng_init(&rng, 1, k, run, RNG_WALK);
			if (steps == NULL ||
			    walk_path(walk, scratch, ODD_HALF, ODD_HALF, &rng, steps) < 0)
				die("odd", &err);
		}
		runs[run] = ns_process_cpu() - begin;
	}
	qsort(runs, N_RUNS, sizeof(*runs), compare);
	printf("walk_path_odd_%d\t%.2f\tms a flow\tcounts that no tilt makes usual, 4 states\n",
	       2 * ODD_HALF, (double)runs[N_RUNS / 2] / 1e6 / ODD_FLOWS);
}

int main(void)
{
	static const uint32_t lengths[] = { 8, 14, 64, 200, 512, 1000, 10000, 100000 };
	CLEANUP(automaton_freep) struct automaton *a = NULL;
	CLEANUP(walk_freep) struct walk *walk = NULL;
	CLEANUP(walk_scratch_freep) struct walk_scratch *scratch = NULL;
	struct flows flows = { .n_steps = 0 };
	struct err err = { "" };
	int64_t begin;

	a = learn(&flows);
	begin = ns_process_cpu();
	if (walk_new(a, &walk, &err) < 0 || walk_scratch_new(&scratch, &err) < 0)
		die("tables", &err);
	printf("walk_table_build\t%.2f\tms\t%u states, %u edges\n",
	       (double)(ns_process_cpu() - begin) / 1e6, a->n_states, a->n_edges);
	printf("walk_table_bytes\t%.0f\tKiB\tone automaton\n",
	       (double)walk_table_bytes(walk) / 1024);
	measure_bank("iot");
	measure_bank("office");
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		double path = measure(a, walk, scratch, lengths[i], PATH);
		double whole = measure(a, walk, scratch, lengths[i], USUAL);
		double unusual = measure(a, walk, scratch, lengths[i], UNUSUAL);

		printf("walk_path_%u\t%.2f\tM packets/s\t%.0f ns a packet\n", lengths[i],
		       1e3 / path, path);
		printf("walk_flow_%u\t%.2f\tM packets/s\t%.0f ns a packet, sizes and gaps too; "
		       "%.0f where the bytes are not what such counts carry\n",
		       lengths[i], 1e3 / whole, whole, unusual);
	}
	measure_odd(scratch);
	free(flows.steps);
	return 0;
}
