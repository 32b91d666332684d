/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder's layers: each takes what is left of the packet and fills its part of the view. */
#ifndef SOSIE_PACKET_DECODE_LAYERS_H
#define SOSIE_PACKET_DECODE_LAYERS_H

#include "packet/decode.h"

/* What is left: n bytes that were captured, of n_wire that there were. n <= n_wire. */
struct layer {
	const uint8_t *bytes;
	uint32_t n, n_wire;
};

/* count <= layer->n */
static inline void layer_skip(struct layer *layer, uint32_t count)
{
	layer->bytes += count;
	layer->n -= count;
	layer->n_wire -= count;
}

/* No more than length bytes belong to this layer (the rest is padding), and that many do, even if
 * they were not captured. */
static inline void layer_fit(struct layer *layer, uint32_t length)
{
	if (layer->n > length)
		layer->n = length;
	layer->n_wire = length;
}

enum decode_result decode_ipv4(struct layer *layer, struct packet_view *view);
enum decode_result decode_ipv6(struct layer *layer, struct packet_view *view);

/* The layer is what IP carries; view->proto, fragment and fragment_offset are set. */
enum decode_result decode_transport(struct layer *layer, struct packet_view *view);

#endif
