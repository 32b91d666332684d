/* SPDX-License-Identifier: Apache-2.0 */
/* From the windows of a mined pattern to one that can be drawn from. */
#ifndef SOSIE_FLOW_CHRONICLE_LEARN_H
#define SOSIE_FLOW_CHRONICLE_LEARN_H

#include "flow/bayes_codes.h"
#include "flow/chronicle.h"

/*
 * Learns *ret_pattern (zeroed; without name and hours) from its windows: window w is rows
 * windows[w * n_rows] .. of the codes, ascending. flows->base is learned. flow_pattern_done() also
 * after an error.
 */
int flow_pattern_learn(const struct chronicle_flows *flows, const struct flow_codes *codes,
		       const uint32_t *windows, size_t n_windows, uint32_t n_rows,
		       struct flow_pattern *ret_pattern, struct err *err);

#endif
