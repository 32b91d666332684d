/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns as text, for experts to read and write (docs/patterns.md):
 *
 *	{ name = "mail check, then the web"; share = 0.02;
 *	  rows = ( { service = "imaps"; client = "$c"; },
 *		   { service = "https"; client = "$c"; within = 5.0; probability = 0.3; } ); }
 *
 * What a row does not say comes from the base network.
 */
#ifndef SOSIE_FLOW_CHRONICLE_CONF_H
#define SOSIE_FLOW_CHRONICLE_CONF_H

#include "flow/chronicle.h"

/* While a pattern is read. */
struct pattern_text {
	const struct conf *conf;
	const config_setting_t *node, *rows;
	const struct chronicle_flows *flows;
	struct flow_pattern *pattern;
	double probability[CHRONICLE_MAX_ROWS];
	double share; /* 0: not said */
};

/* Which kinds a row may be, as far as it says. */
struct kind_wanted {
	const char *service; /* NULL, or below 0: any */
	int proto, version, src, dst;
	int32_t port;
};

/* Reads one pattern into text->pattern (zeroed). Names of patterns are checked by the caller. */
int pattern_load(struct pattern_text *text, struct err *err);

/* Row i of the text: what it fixes and binds, its delay, and which kinds it wants. */
int pattern_row_load(struct pattern_text *text, uint32_t i, struct kind_wanted *ret_wanted,
		     struct err *err);
/* The row's own network, and that it can be drawn from. The kinds are known. */
int pattern_nodes_load(const struct pattern_text *text, uint32_t i, struct err *err);

/* The quantiles of a delay, in ns; the caller frees *ret_knots. */
int pattern_knots_load(const struct conf *conf, const config_setting_t *list, uint32_t *ret_n,
		       int64_t **ret_knots, struct err *err);

/* What follows the patterns, once all have their names and weights; list: theirs. */
int pattern_follows_load(struct chronicle_flows *flows, const struct conf *conf,
			 const config_setting_t *list, struct err *err);
void pattern_follows_save(const struct chronicle_flows *flows, const struct flow_pattern *pattern,
			  FILE *out);
void pattern_save_seconds(int64_t ns, FILE *out);

bool kind_is_wanted(const struct flow_kind *kind, const struct kind_wanted *wanted);

/* The combinations of kinds that the rows leave, weighted by the base network. */
int pattern_kinds_make(const struct pattern_text *text, const struct kind_wanted *wanted,
		       struct err *err);

int pattern_save(const struct chronicle_flows *flows, const struct flow_pattern *pattern,
		 FILE *out);

#endif
