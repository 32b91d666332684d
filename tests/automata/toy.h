/* SPDX-License-Identifier: Apache-2.0 */
/* Small automata for tests, and the chi-square bound. */
#ifndef SOSIE_TESTS_AUTOMATA_TOY_H
#define SOSIE_TESTS_AUTOMATA_TOY_H

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "automata/automaton.h"
#include "base/mem.h"

/* Symbols 0..3 are ">A" "<A" ">PA+" "<PA+". */
static inline struct automaton *toy_named(const char *service, int n_states, int longest,
					  const char *ends, const char *edges)
{
	static const char form[] = "format = 1; service = \"%s\"; proto = 6; state = \"OTH\"; "
				   "words = 100; max_packets = %d; states = %d; ends = [%s]; "
				   "symbols = [\">A\", \"<A\", \">PA+\", \"<PA+\"]; edges = (%s);";
	struct automaton *a = NULL;
	struct conf *conf = NULL;
	struct err err = { "" };
	char text[16384];

	assert_true(snprintf(text, sizeof(text), form, service, longest, n_states, ends, edges) <
		    (int)sizeof(text));
	if (conf_parse("toy", text, &conf, &err) < 0 || automaton_load(conf, &a, &err) < 0)
		fail_msg("%s", err.text);
	conf_freep(&conf);
	return a;
}

static inline struct automaton *toy(int n_states, const char *ends, const char *edges)
{
	return toy_named("toy", n_states, 1000, ends, edges);
}

/* Two edges with one symbol from state 0 (not deterministic), two cycles with different ratios, and
 * a second component that cannot go back. */
#define TOY_RICH                                                                                   \
	"[0,1,0,60,1,0], [0,2,0,40,1,0], [1,1,1,30,1,5], [1,2,1,20,1,5], [1,3,2,25,1,5,100], "     \
	"[2,1,0,35,1,5], [2,2,3,15,2,5,9,10,1000], [2,3,1,10,1,7], [3,1,1,20,1,5], "               \
	"[3,4,0,9,1,5], "                                                                          \
	"[4,4,3,30,1,5,700], [4,4,0,11,1,5]"
#define TOY_RICH_ENDS "2, 7, 4, 13"

/* The value that chi-square with n degrees exceeds with probability 1e-6 (Wilson, Hilferty 1931).
 */
static inline double chi_square_bound(double n)
{
	double t = 1 - 2 / (9 * n) + 4.753424 * sqrt(2 / (9 * n));

	return n * t * t * t;
}

/* Chi-square of counts against probabilities; cells expected below 8 are one cell. */
static inline void assert_distributed(const uint64_t *counts, const double *probabilities, size_t n,
				      double n_draws)
{
	double x = 0, rest_expected = 0, rest_count = 0, degrees = -1;

	for (size_t i = 0; i < n; i++) {
		double expected = probabilities[i] * n_draws;
		double off = (double)counts[i] - expected;

		if (expected < 8) {
			rest_expected += expected;
			rest_count += (double)counts[i];
			if (probabilities[i] <= 0 && counts[i] > 0)
				fail_msg("cell %zu is impossible and was drawn", i);
			continue;
		}
		x += off * off / expected;
		degrees++;
	}
	if (rest_expected >= 8) {
		x += (rest_count - rest_expected) * (rest_count - rest_expected) / rest_expected;
		degrees++;
	} else if (rest_count > 60) {
		fail_msg("rare cells: %.0f drawn, %.1f expected", rest_count, rest_expected);
	}
	if (degrees >= 1 && x > chi_square_bound(degrees))
		fail_msg("chi-square %.1f with %.0f degrees, bound %.1f", x, degrees,
			 chi_square_bound(degrees));
}

#endif
