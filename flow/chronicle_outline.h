/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns in outline: those that ask for the same services in the same order are one line, whoever
 * asks whom and how much. The search tells them apart where that saves bits, so that one habit (a
 * page visit, say) is many patterns of which none is large.
 */
#ifndef SOSIE_FLOW_CHRONICLE_OUTLINE_H
#define SOSIE_FLOW_CHRONICLE_OUTLINE_H

#include <stdio.h>

#include "flow/chronicle.h"

enum { OUTLINE_SERVICE_BYTES = 48 };

/* What a row asks for most often, as in "dns/udp". */
typedef void outline_service(const struct chronicle_flows *flows,
			     const struct flow_pattern *pattern, uint32_t row,
			     char ret[OUTLINE_SERVICE_BYTES]);

/* The ten that save most, largest first; nothing where no pattern was learned. 0 or -ENOMEM. */
int chronicle_outline(const struct chronicle_flows *flows, outline_service *service, FILE *out);

#endif
