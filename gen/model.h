/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A model: the card that says where it comes from, a schedule, hosts, a flow model and automata. On
 * disk a directory of libconfig texts (format 1); in memory this struct.
 */
#ifndef SOSIE_GEN_MODEL_H
#define SOSIE_GEN_MODEL_H

#include "automata/bank.h"
#include "flow/host.h"
#include "flow/model.h"
#include "gen/schedule.h"

enum { MODEL_FORMAT = 1, MODEL_LIMIT_SOURCES = 10000 };

/* One file it was learned from. */
struct model_source {
	char *name; /* without folders */
	char sha256[65];
	uint64_t n_bytes;
};

struct model {
	char name[64];
	char automata[24]; /* the learner's name */
	char options[256]; /* as given to `sosie learn` */
	uint64_t n_flows, n_packets;
	int64_t first_ns, last_ns; /* of what it was learned from */
	bool addresses_kept;
	struct model_source *sources;
	size_t n_sources;

	struct schedule schedule;
	struct host_set hosts;
	const struct flow_model_ops *flow_ops;
	void *flow;
	struct automaton_bank bank;
};

/* By the name of a shipped model or by directory. Everything is validated; errors name file and
 * line. */
int model_load(const char *name_or_dir, struct model **ret_model, struct err *err);
/* Into a directory made new under a temporary name and renamed when complete. An old model of that
 * name is replaced; anything else there is refused. */
int model_save(const struct model *model, const char *dir, struct err *err);
void model_freep(struct model **model);

/* model.conf in words: the card. */
int model_explain_card(const struct model *model, FILE *out);

#endif
