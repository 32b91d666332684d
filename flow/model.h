/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flow models: who talks to whom, about what, how much. A family is one table of functions; the
 * framework zeroes state_bytes before fit() or load(), and close() follows both, also after they
 * failed.
 */
#ifndef SOSIE_FLOW_MODEL_H
#define SOSIE_FLOW_MODEL_H

#include "base/rng.h"
#include "conf/conf.h"
#include "flow/network.h"
#include "flow/table.h"
#include "models/chronicle.h"

/* How far a search is. */
struct flow_search {
	uint32_t n_patterns;
	double saved_bits;
	size_t n_queued; /* candidates left */
};

struct flow_fit {
	const struct flow_table *table; /* sorted by start; src_host and dst_host index hosts */
	const struct host_set *hosts;
	uint64_t seed;
	enum chronicle_code code; /* of the search for patterns, in families that have some */
	void (*progress)(void *context, double done); /* 0..1; NULL: nobody wants to know */
	/* Told now and then by families that search; other than 0 ends the fit with it. May be
	 * NULL. */
	int (*search)(void *context, const struct flow_search *search);
	void *context;
	/* n_rows of table, all true before: a family whose occurrences are of several flows says
	 * which flow begins one. May be NULL. */
	bool *begins;
};

/* What a family's explain() is asked for. */
enum flow_explain {
	FLOW_EXPLAIN_SUMMARY,  /* prose and tables, a page */
	FLOW_EXPLAIN_PATTERNS, /* all there is to say */
	FLOW_EXPLAIN_MDL,      /* the same with the code lengths of the learning */
	FLOW_EXPLAIN_JSON,     /* one JSON object */
};

enum { FLOW_EXPAND_MAX = 128 }; /* records of one occurrence at most */

struct flow_model_ops {
	const char *name; /* --flow-model, and family = in flow.conf */
	const char *summary;
	size_t state_bytes;
	size_t memory_bytes; /* what one run remembers from occurrence to occurrence (0: nothing);
				zeroed at its start */

	int (*fit)(void *state, const struct flow_fit *fit, struct err *err);
	int (*load)(void *state, const struct conf *conf, const struct host_set *hosts,
		    struct err *err);
	/* flow.conf without its family line. */
	int (*save)(const void *state, FILE *out);
	/* Conditions the loaded model on a network, exactly: what it does not allow has probability
	 * 0, the rest is renormalised. Called once, after load(). -ENOENT: nothing is left. Borrows
	 * network. */
	int (*bind)(void *state, const struct network *network, struct err *err);
	/*
	 * The records of one occurrence, at most FLOW_EXPAND_MAX, in order of time; returns how
	 * many. Streams: (seed, start->window, start->occurrence) with RNG_FLOW for everything but
	 * hosts and ports, which come from RNG_TUPLE. attempt > 0 asks for the same occurrence with
	 * other hosts and ports: the planner found the first ones taken. Fills hosts, addresses,
	 * proto, ports (src_port 0: an ephemeral one is to be chosen), service, state, packets,
	 * payload, duration, label; bytes and flags stay 0: the automaton and the builder decide
	 * them. Allocates nothing.
	 */
	size_t (*expand)(const void *state, void *memory, const struct flow_start *start,
			 uint64_t seed, uint32_t attempt, struct flow_record *ret_records);
	/*
	 * How long after its start records of this occurrence may begin, at most; of any occurrence
	 * where start is NULL. NULL: they all begin with it.
	 */
	int64_t (*reach_ns)(const void *state, const struct flow_start *start, uint64_t seed);
	/* Of the pattern that a record names, less 1; borrowed. NULL: records name none. */
	const char *(*pattern_name)(const void *state, uint32_t i);
	int (*explain)(const void *state, const struct host_set *hosts, FILE *out,
		       enum flow_explain how);
	void (*close)(void *state);
};

const struct flow_model_ops *flow_model_named(const char *name);
/* All families, in order of preference; NULL after the last. */
const struct flow_model_ops *const *flow_models(void);

#endif
