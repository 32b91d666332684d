/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/observe_sketch.h"

void sketch_sight_packet(struct sketch_sight *sight, const struct packet_view *view, bool backward)
{
	struct sketch *sketch;

	if (sight->n == SKETCH_PAYLOADS || view->payload_bytes == 0 || view->fragment_offset > 0)
		return;
	sketch = &sight->sketches[sight->n++];
	sketch_make(view->payload, view->n_payload, view->payload_bytes, sketch);
	sketch->slot = (uint8_t)((backward ? SKETCH_OF_WAY : 0) + sight->n_way[backward]);
	if (sight->n_way[backward] < SKETCH_OF_WAY - 1)
		sight->n_way[backward]++;
}
