/* SPDX-License-Identifier: Apache-2.0 */
/* What a capture shows of each address's IP and TCP: TTL, SYN options, windows, ephemeral ports.
 * Input to host_set_fit(). */
#ifndef SOSIE_PACKET_OBSERVE_H
#define SOSIE_PACKET_OBSERVE_H

#include "flow/host.h"
#include "packet/decode.h"

struct stack_observer;

/* Addresses above limit are not observed (they get the default stack). */
int stack_observer_new(size_t limit, struct stack_observer **ret_observer, struct err *err);
void stack_observer_freep(struct stack_observer **observer);
int stack_observer_packet(struct stack_observer *observer, const struct packet_view *view,
			  struct err *err);
/* Sorted by address; borrowed until the observer goes. */
int stack_observer_result(struct stack_observer *observer, const struct host_seen **ret_seen,
			  size_t *ret_n, struct err *err);

#endif
