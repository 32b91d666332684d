/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is gathered from captures before anything is learned: the flow table, the words (step
 * sequences) by service, protocol and end state, and the look of each address's stack.
 */
#ifndef SOSIE_GEN_HARVEST_H
#define SOSIE_GEN_HARVEST_H

#include "automata/bank.h"
#include "flow/host.h"
#include "flow/table.h"
#include "packet/capture.h"
#include "packet/meter.h"
#include "packet/observe.h"
#include "packet/observe_habit.h"
#include "packet/observe_sketch.h"
#include "packet/observe_window.h"

enum {
	HARVEST_FLOW_STEPS =
		1 << 18, /* a longer flow is no word: automata learn from shorter ones */
	HARVEST_GROUP_STEPS = 1 << 22, /* words of one group beyond it are counted, not kept */
	HARVEST_ADDRESSES = 1 << 20,
};

/* Words of one (service, protocol, end state). */
struct word_group {
	char service[FLOW_SERVICE_BYTES];
	uint8_t proto, state;
	struct automaton_step *steps;
	size_t n_steps, steps_capacity;
	size_t *ends; /* of word i in steps */
	size_t n_words, words_capacity;
	uint64_t n_left_out;
	struct sketch_table *sketches; /* of the flows' first payloads */
};

struct harvest {
	struct flow_table table;
	struct word_group *groups;
	size_t n_groups, groups_capacity;
	uint32_t *index; /* open addressing into groups, + 1 */
	size_t n_index;
	struct stack_observer *observer;
	struct window_observer *windows;
	struct habit_observer *habits;
	struct meter *meter;
	struct err err; /* of the meter's callback */
	uint64_t n_packets, n_bytes;
};

/* content: services by what the packets hold, see packet/meter.h. */
int harvest_init(struct harvest *harvest, bool content, struct err *err);
void harvest_done(struct harvest *harvest);
int harvest_packet(struct harvest *harvest, const struct capture_packet *packet, struct err *err);
int harvest_finish(struct harvest *harvest,
		   struct err *err); /* after the last packet: open flows end */

/* Learns an automaton from each group with n_threads threads; the result does not depend on their
 * number. progress may be NULL. -EINTR once *stop is true. */
int harvest_learn(const struct harvest *harvest, const struct automaton_learner_ops *learner,
		  uint32_t n_threads, const atomic_bool *stop,
		  void (*progress)(void *context, double done), void *context,
		  struct automaton_bank *bank, struct err *err);

#endif
