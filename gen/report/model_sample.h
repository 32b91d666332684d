/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a flow model makes, whatever its family: occurrences drawn from it with a fixed seed, and
 * counted. So a page tells what comes out, not what was put in.
 */
#ifndef SOSIE_GEN_REPORT_MODEL_SAMPLE_H
#define SOSIE_GEN_REPORT_MODEL_SAMPLE_H

#include "gen/model.h"

enum {
	MODEL_SAMPLE_OCCURRENCES = 10000,
	MODEL_SAMPLE_SERVICES = 200, /* told apart; more are not counted by name */
	MODEL_SAMPLE_PATTERNS = 1000,
	MODEL_PATTERN_BYTES = 160,
};

/* 10 %, half, 90 % are at most this. */
struct model_quantiles {
	int64_t low, median, high;
};

struct model_service {
	char service[FLOW_SERVICE_BYTES];
	uint8_t proto;
	uint32_t n;						    /* flows */
	struct model_quantiles packets, payload_bytes, duration_ns; /* both ways together */
};

/* A kind of occurrence by the services of its flows in order: "dns/udp, https/tcp". */
struct model_pattern {
	char text[MODEL_PATTERN_BYTES];
	uint32_t n, n_flows;
};

/* Who begins flows with whom: scope and role at both ends. */
struct model_pair {
	char text[MODEL_PATTERN_BYTES];
	uint32_t n;
};

struct model_sample {
	uint32_t n_flows, n_occurrences, most_flows; /* of one occurrence */
	struct model_service *services;
	struct model_pattern *patterns;
	struct model_pair *pairs;
	size_t n_services, n_patterns, n_pairs; /* each sorted by n, then by name */
};

/* Binds the model to its own hosts; it can be of no other use afterwards. */
int model_sample_draw(struct model *model, struct model_sample *ret_sample, struct err *err);
void model_sample_done(struct model_sample *sample);

#endif
