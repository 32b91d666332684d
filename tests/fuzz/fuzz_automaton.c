/* SPDX-License-Identifier: Apache-2.0 */
/* Any text: refused, or an automaton whose text is a fixed point and whose walks keep their word.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "automata/automaton.h"
#include "automata/walk.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct automaton *load(const char *text)
{
	struct automaton *a = NULL;
	struct conf *conf = NULL;
	struct err err = { "" };

	if (conf_parse("fuzz", text, &conf, &err) == 0 && automaton_load(conf, &a, &err) < 0 &&
	    strncmp(err.text, "fuzz", 4) != 0 && strcmp(err.text, "out of memory") != 0)
		abort();
	conf_freep(&conf);
	return a;
}

static char *saved(const struct automaton *a, int (*save)(const struct automaton *, FILE *))
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	if (out == NULL || save(a, out) < 0)
		abort();
	fclose(out);
	return text;
}

/* One flow of n packets asked for; what comes must add up. */
static void walk_one(const struct walk *walk, struct walk_scratch *scratch, uint32_t n)
{
	struct walk_request q = {
		.packets = { n, n / 2 },
		.payload = { 100 * n, 1000 * n },
		.duration_ns = 1000000 * (int64_t)n,
		.max_payload = { 1460, 1448 },
		.max_gap_ns = INT64_C(60000000000),
		.quantum_ns = 1000,
	};
	uint64_t packets[2] = { 0, 0 }, payload[2] = { 0, 0 };
	struct automaton_step *steps;
	struct rng rng[3];
	int64_t duration = 0;

	for (int i = 0; i < 3; i++)
		rng_init(&rng[i], n, 0, 0, RNG_WALK + i);
	if (walk_flow(walk, scratch, &q, &rng[0], &rng[1], &rng[2], &steps) < 0)
		return;
	for (uint64_t k = 0; k < q.packets[0] + q.packets[1]; k++) {
		packets[steps[k].direction]++;
		payload[steps[k].direction] += steps[k].payload_bytes;
		duration += steps[k].gap_ns;
		if (steps[k].gap_ns < 0 || steps[k].gap_ns > q.max_gap_ns)
			abort();
	}
	if (packets[0] != q.packets[0] || packets[1] != q.packets[1] ||
	    payload[0] != q.payload[0] || payload[1] != q.payload[1] || duration != q.duration_ns)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(freep) char *text = malloc(size + 1);
	CLEANUP(automaton_freep) struct automaton *a = NULL;
	CLEANUP(automaton_freep) struct automaton *b = NULL;
	CLEANUP(walk_freep) struct walk *walk = NULL;
	CLEANUP(walk_scratch_freep) struct walk_scratch *scratch = NULL;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	CLEANUP(freep) char *words = NULL;
	CLEANUP(freep) char *dot = NULL;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	a = load(text);
	if (a == NULL)
		return 0;
	first = saved(a, automaton_save);
	b = load(first);
	if (b == NULL)
		abort();
	second = saved(b, automaton_save);
	if (strcmp(first, second) != 0)
		abort();
	words = saved(a, automaton_explain);
	dot = saved(a, automaton_dot);
	/* Large ones cost time, not new ways. */
	if (a->n_states > 64 || a->n_edges > 512 || walk_new(a, &walk, NULL) < 0 ||
	    walk_scratch_new(&scratch, NULL) < 0)
		return 0;
	walk_one(walk, scratch, 1);
	walk_one(walk, scratch, 12);
	walk_one(walk, scratch, 300);
	return 0;
}
