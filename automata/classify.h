/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which service a flow is of, told by its packets: the one whose automata, with what they know of
 * payloads, need fewest bits. Ports are not looked at; of payloads only sketches
 * (automata/sketch.h).
 *
 * The sketches of a service are those of all its automata of one protocol: how a flow ends says
 * little about what it begins with. A value costs its share there, smoothed by its mean share in
 * all services of the protocol, so that what a service has never shown costs less the more usual it
 * is elsewhere. Where payloads are known, the automaton counts in part and the service's rarity
 * twice: chosen by how well they tell services apart (docs/classification.md). Else both count in
 * full.
 */
#ifndef SOSIE_AUTOMATA_CLASSIFY_H
#define SOSIE_AUTOMATA_CLASSIFY_H

#include "automata/bank.h"
#include "automata/score.h"
#include "automata/sketch.h"

enum { CLASSIFY_PACKETS = 256 }; /* of a flow that are looked at */

struct classifier; /* belongs to one thread */

/* Borrows neither. */
int classifier_new(const struct automaton_bank *bank, const struct score_scale *scale,
		   struct classifier **ret_classifier, struct err *err);
void classifier_freep(struct classifier **classifier);

/* The automaton i of the bank, ready to score with; borrowed. */
struct score *classifier_score(struct classifier *classifier, size_t i);

/*
 * The automaton that explains a flow best, as an index; -1: none, -ENOMEM. Those of services
 * without a name ("-") are not asked. *ret_bits: what telling the flow takes.
 */
int classifier_ask(struct classifier *classifier, uint8_t proto, const struct word *word,
		   const struct sketch *sketches, uint32_t n_sketches, double *ret_bits);

#endif
