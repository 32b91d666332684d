/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The structure of a pattern's network: hill climbing by adding, removing and turning edges, up to
 * three parents. Two scores: BIC as published (every configuration of the parents charged), and the
 * code length itself, which is what the search is after and which families of many values can pay.
 */
#ifndef SOSIE_MODELS_CHRONICLE_NET_H
#define SOSIE_MODELS_CHRONICLE_NET_H

#include "models/chronicle/family.h"

enum net_score { NET_BIC, NET_LENGTH };

/*
 * Climbs from the structure in n_parents and parents (in nodes of the pattern, as in struct
 * chronicle_pattern; parents that are not nodes are dropped) to one that no single change betters,
 * and leaves it there, parents ascending. *ret_bits is the length of the data under it, structure
 * not included. Returns 0 or -ENOMEM.
 */
int net_climb(const struct lengths *lengths, const struct sample *sample, enum net_score score,
	      struct grouper *grouper, uint8_t *n_parents,
	      uint8_t (*parents)[CHRONICLE_MAX_PARENTS], double *ret_bits);

#endif
