/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions: which occurrences of patterns follow which. What is told apart is what chance does not
 * do: an occurrence follows the flow before it, whoever's, when it begins within a small share of
 * the mean gap between flows; else its client's occurrence before it, when it begins within a share
 * of the client's own mean gap. So machines that are always busy have short sessions, devices that
 * wake up now and then have long ones, and nothing is to be set for a network.
 */
#ifndef SOSIE_FLOW_CHRONICLE_FOLLOW_H
#define SOSIE_FLOW_CHRONICLE_FOLLOW_H

#include "flow/bayes_codes.h"
#include "flow/chronicle.h"

/* The windows that a pattern was learned from: n of n_rows indices into the codes. */
struct follow_windows {
	const uint32_t *windows;
	size_t n;
};

/*
 * Fills begins and follows of all patterns, whose rows and weights are known. windows: n_patterns.
 * ret_begins (codes->n): which flows begin a session. -ENOMEM or 0.
 */
int flow_follow_learn(struct chronicle_flows *flows, const struct flow_codes *codes,
		      const struct follow_windows *windows, bool *ret_begins);

#endif
