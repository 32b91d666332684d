/* SPDX-License-Identifier: Apache-2.0 */
/* CPU time of what is done per packet or per flow: random streams, samplers, trackers, rings. */
#include <stdint.h>
#include <stdio.h>

#include "base/conn.h"
#include "base/dist.h"
#include "base/ns.h"
#include "base/ring.h"

enum { N = 5000000 };

static void row(const char *name, int64_t start_ns, double n, const char *note)
{
	printf("%s\t%.2f\tns\t%s\n", name, (double)(ns_process_cpu() - start_ns) / n, note);
}

static uint64_t bench_rng(struct rng *rng)
{
	static uint8_t bytes[65536];
	int64_t start = ns_process_cpu();
	uint64_t sum = 0;
	int i;

	for (i = 0; i < N; i++)
		sum += rng_u32(rng);
	row("rng_u32", start, N, "one draw");
	start = ns_process_cpu();
	for (i = 0; i < N; i++) {
		struct rng own;

		rng_init(&own, 1, (uint64_t)i, 2, RNG_FLOW);
		sum += rng_u32(&own);
	}
	row("rng_init", start, N, "one stream and its first draw");
	start = ns_process_cpu();
	for (i = 0; i < N / 1000; i++)
		rng_fill(sum + (uint64_t)i, bytes, sizeof(bytes));
	row("rng_fill", start, (double)(N / 1000) * sizeof(bytes), "one byte of filler");
	return sum + bytes[0];
}

static uint64_t bench_dist(struct rng *rng)
{
	uint64_t weights[100], sum = 0;
	struct alias_table table;
	int64_t knots[33], start;
	struct quantile_table quantiles = { 33, knots };
	int i;

	for (i = 0; i < 100; i++)
		weights[i] = (uint64_t)i * (uint64_t)i + 1;
	for (i = 0; i < 33; i++)
		knots[i] = (int64_t)i * i * 1000003;
	if (alias_init(&table, weights, 100) < 0)
		return 0;
	start = ns_process_cpu();
	for (i = 0; i < N; i++)
		sum += alias_draw(&table, rng);
	row("alias_draw", start, N, "of 100 outcomes");
	alias_done(&table);
	start = ns_process_cpu();
	for (i = 0; i < N; i++)
		sum += (uint64_t)quantile_value(&quantiles, rng_u32(rng));
	row("quantile_value", start, N, "of 33 knots, with its draw");
	start = ns_process_cpu();
	for (i = 0; i < N / 10; i++)
		sum += poisson_draw(5, rng);
	row("poisson_draw_5", start, N / 10, "mean 5, inversion");
	start = ns_process_cpu();
	for (i = 0; i < N / 10; i++)
		sum += poisson_draw(5000, rng);
	row("poisson_draw_5000", start, N / 10, "mean 5000, transformed rejection");
	return sum;
}

static uint64_t bench_state(void)
{
	struct conn_track track = { 0 };
	struct ring *ring;
	int64_t start = ns_process_cpu();
	uint64_t sum = 0;
	int i;

	for (i = 0; i < N; i++) {
		conn_track_step(&track, 6, (i & 1) != 0, (uint8_t)(i >> 3));
		if ((i & 31) == 0)
			track.bits = 0;
	}
	row("conn_track_step", start, N, "one packet");
	if (ring_new(256, &ring, NULL) < 0)
		return 0;
	start = ns_process_cpu();
	for (i = 0; i < N; i++) {
		ring_push(ring, &track);
		sum += ring_try_pop(ring) != NULL;
	}
	row("ring_push_pop", start, N, "one item through a ring, one thread");
	ring_freep(&ring);
	return sum + track.bits;
}

int main(void)
{
	struct rng rng;
	uint64_t sum;

	rng_init(&rng, 1, 2, 3, RNG_TEST);
	sum = bench_rng(&rng);
	sum += bench_dist(&rng);
	sum += bench_state();
	return sum == 0; /* so that nothing measured is optimised away */
}
