/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flows as occurrences of patterns: FlowChronicle (Cueppers, Schoen, Blanc, Gimenez; PACMNET 2,
 * CoNEXT4, 2024) as the family `chronicle`.
 *
 * A pattern is up to eight flows that belong together: a DNS query, then HTTPS by the same client.
 * What kind each of its flows is, is drawn jointly from the kinds that were seen together; so
 * conditioning on a network plan is exact (kinds it does not allow lose their counts, a pattern
 * with none left loses its own). Hosts are drawn, fixed, or reused: variables hold for the
 * occurrence, also through a plan. All other columns come from a network for each row, whose
 * parents are columns of the row and of those before it; a configuration seen n times with d
 * different outcomes gives way to the base network in d of n + d draws (Witten and Bell 1991,
 * method C), so that a pattern of few windows is not taken at its word. Flows in no pattern are the
 * pattern `alone`.
 *
 * How often a pattern occurs is its weight, by hour of the week (Monday 00:00 UTC first).
 */
#ifndef SOSIE_FLOW_CHRONICLE_H
#define SOSIE_FLOW_CHRONICLE_H

#include "flow/bayes.h"
#include "models/chronicle.h"

enum {
	PATTERN_NAME_BYTES = 40,
	PATTERN_VARIABLE_BYTES = 16,
	PATTERN_LIMIT = 4096,		/* patterns of a model */
	PATTERN_LIMIT_VARIANTS = 20000, /* combinations of kinds of a pattern */
	PATTERN_MAX_VARIABLES = 2 * CHRONICLE_MAX_ROWS,
	PATTERN_NO_VARIABLE = UINT8_MAX,
	PATTERN_DELAY_KNOTS = 65, /* of a fit */
	PATTERN_LIMIT_KNOTS = 1025,
	PATTERN_HOURS = 7 * 24,
};

/* The hour weights of a pattern are relative to this. */
#define PATTERN_HOUR_UNIT UINT32_C(1000)

/* Where a cell's code comes from. */
enum pattern_source {
	PATTERN_BASE,  /* the base network, given the row */
	PATTERN_FIXED, /* it is this code */
	PATTERN_USE,   /* the variable's, bound in an earlier row; hosts only */
	PATTERN_NODE,  /* the row's own network */
};

struct pattern_cell {
	uint8_t source;	  /* enum pattern_source */
	uint8_t variable; /* hosts: bound here (first row that has it) or used; or
			     PATTERN_NO_VARIABLE */
	uint16_t code;	  /* PATTERN_FIXED */
};

struct pattern_row {
	struct pattern_cell cells[FLOW_N_COLUMNS]; /* FLOW_KIND's is not used */
	struct bayes_net *net; /* nodes by column, inputs of the rows before by flow_variable();
				  NULL: no cell needs it */
	/* Time since the start of the row before, in ns, none below 0; of the first row empty. */
	uint32_t n_knots;
	int64_t *knots;
};

struct flow_pattern {
	char name[PATTERN_NAME_BYTES];
	uint32_t n_rows, n_variables;
	char variables[PATTERN_MAX_VARIABLES][PATTERN_VARIABLE_BYTES]; /* without the $ */
	struct pattern_row rows[CHRONICLE_MAX_ROWS];
	/* Kinds that occur together: variant v is kinds[v * n_rows ..], BAYES_NO_CODE where the
	 * row does not occur; ascending by codes. */
	uint32_t n_variants;
	uint16_t *kinds;
	uint32_t *sums;	 /* running sums of the variants' counts; masked by a plan */
	uint32_t total;	 /* their sum before a plan took any away */
	uint32_t weight; /* occurrences, relative to the other patterns' */
	/* Weight by hour of the week, relative to PATTERN_HOUR_UNIT; NULL: always the same. */
	uint32_t *hours;
	double model_bits, data_bits, gain_bits; /* of the learning; 0 when written by hand */
};

struct chronicle_flows {
	struct bayes_flows base; /* over all flows, one at a time */
	uint32_t n_patterns;
	struct flow_pattern *patterns;
	struct chronicle_bits bits; /* of the learning; total 0: not known */
	const char *code;	    /* chronicle_code_name() of it; NULL: not known */
	/* Running sums over patterns by hour: hour h has [h * n_patterns, ...); made by
	 * chronicle_flows_weigh(). */
	uint64_t *weights;
	struct chronicle_pack *pack; /* made by chronicle_flows_bind(): what draws read */
};

/* The sum of the counts of the variants that are left. */
static inline uint32_t pattern_count(const struct flow_pattern *pattern)
{
	return pattern->n_variants == 0 ? 0 : pattern->sums[pattern->n_variants - 1];
}

static inline uint32_t pattern_hour(int64_t start_ns)
{
	/* 1970-01-01 was a Thursday. */
	const int64_t hour = start_ns / (INT64_C(3600) * 1000000000) + 3 * 24;

	return (uint32_t)(hour % PATTERN_HOURS);
}

void flow_pattern_done(struct flow_pattern *pattern);
void chronicle_flows_done(struct chronicle_flows *flows);

/* Makes the weights from counts and hours; an hour in which nothing occurs has what occurs in the
 * whole week. -ENOENT: no pattern can occur. */
int chronicle_flows_weigh(struct chronicle_flows *flows);

int chronicle_flows_fit(struct chronicle_flows *flows, const struct flow_fit *fit, struct err *err);
int chronicle_flows_load(struct chronicle_flows *flows, const struct conf *conf,
			 const struct host_set *hosts, struct err *err);
int chronicle_flows_save(const struct chronicle_flows *flows, FILE *out);
int chronicle_flows_bind(struct chronicle_flows *flows, const struct network *network,
			 struct err *err);
size_t chronicle_flows_expand(const struct chronicle_flows *flows, const struct flow_start *start,
			      uint64_t seed, uint32_t attempt, struct flow_record *ret_records);
int64_t chronicle_flows_reach_ns(const struct chronicle_flows *flows,
				 const struct flow_start *start, uint64_t seed);
int chronicle_flows_explain(const struct chronicle_flows *flows, const struct host_set *hosts,
			    FILE *out, enum flow_explain how);

#endif
