/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/rewrite.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "packet/capture.h"
#include "replay/rewrite_internal.h"

enum {
	HEADROOM = 64,
	/* A segment or fragment is no longer than the frame and what is put before its data. */
	FRAME_BYTES = HEADROOM + CAPTURE_LIMIT_PACKET_BYTES + 64,
};

struct rewrite {
	const struct rewrite_options *options;
	struct rewrite_counters counters;
	bool changes_network;
	uint8_t frame[FRAME_BYTES];
	uint8_t scratch[FRAME_BYTES];
};

int rewrite_new(const struct rewrite_options *options, struct rewrite **ret_rewrite,
		struct err *err)
{
	struct rewrite *r = malloc(sizeof(*r));

	if (r == NULL)
		return err_no_memory(err);
	r->options = options;
	memset(&r->counters, 0, sizeof(r->counters));
	r->changes_network = options->n_maps > 0 || options->n_ports > 0 || options->unique ||
			     options->ttl != REWRITE_TTL_KEEP || options->dscp >= 0 ||
			     options->mark.on || options->fix_checksums;
	*ret_rewrite = r;
	return 0;
}

void rewrite_freep(struct rewrite **rewrite)
{
	freep(rewrite);
}

int rewrite_frame(struct rewrite *rw, const struct source_frame *frame, uint8_t side,
		  int (*put)(void *context, const uint8_t *bytes, uint32_t n_bytes), void *context)
{
	const struct rewrite_options *o = rw->options;
	const struct rewrite_put to = { put, context };
	struct rewrite_buffer f = { rw->frame + HEADROOM, frame->n_bytes, HEADROOM };
	struct headers h;

	rw->counters.n_frames++;
	memcpy(f.bytes, frame->bytes, frame->n_bytes);
	if (!rewrite_to_ethernet(&f, frame->link_type)) {
		rw->counters.n_no_link++;
		return 0;
	}
	rewrite_macs(&o->macs[side], &f);
	rewrite_vlan(o, &f);
	if (!rw->changes_network && o->mtu_policy == REWRITE_MTU_PASS)
		return put(context, f.bytes, f.n_bytes);
	if (headers_of_frame(f.bytes, f.n_bytes, &h) && h.net_at > 0) {
		if (o->fix_checksums && h.version != HEADERS_ARP)
			rw->counters.n_fixed += rewrite_fix_sums(f.bytes + h.net_at, &h);
		rewrite_network(o, frame->loop, f.bytes, &h);
		if (o->mtu_policy != REWRITE_MTU_PASS && h.version != HEADERS_ARP &&
		    h.ip_bytes > o->mtu)
			return rewrite_oversize(o, &f, &h, rw->scratch, &rw->counters, &to);
	}
	return put(context, f.bytes, f.n_bytes);
}

struct rewrite_counters rewrite_count(const struct rewrite *rw)
{
	return rw->counters;
}
