/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services by content, with libndpi: what the bytes of a flow's first packets are, whatever the
 * port. A build without it has the same functions; opening fails with a sentence naming the
 * package.
 */
#ifndef SOSIE_PACKET_CONTENT_H
#define SOSIE_PACKET_CONTENT_H

#include "base/err.h"
#include "packet/decode.h"

enum {
	/* Packets after which a flow's name is settled with what is known (nDPI's own tools use 80
	 * for TCP and 24 for UDP; nearly all is known after ten). */
	CONTENT_LIMIT_PACKETS = 32,
};

struct content;
struct content_flow;

/* -ENOTSUP in a build without libndpi. */
int content_new(struct content **ret_content, struct err *err);
void content_freep(struct content **content);

int content_flow_new(struct content *content, struct content_flow **ret_flow, struct err *err);
void content_flow_free(struct content_flow *flow);

/* One packet of the flow. False: the name is settled, further packets say nothing. */
bool content_packet(struct content *content, struct content_flow *flow,
		    const struct packet_view *view, int64_t time_ns);

/*
 * The name, in our words where we have one (TLS is what the port says, or "tls" where it says
 * nothing that runs over TLS), else nDPI's in lower case. by_port is service_name()'s. "-": the
 * bytes say nothing.
 */
void content_name(struct content *content, struct content_flow *flow, const char *by_port,
		  char *ret_name, size_t n_name);

#endif
