/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/emit.h"

/* How many of the frames are still within the run. */
static size_t within(const struct emit *emit, const struct packet_frame *frames, size_t n)
{
	const struct emit_options *o = &emit->options;

	if (o->limit_frames != 0 && n > o->limit_frames - emit->n_frames)
		n = (size_t)(o->limit_frames - emit->n_frames);
	while (n > 0 && frames[n - 1].time_ns >= o->until_ns)
		n--;
	return n;
}

static void count_flow(struct emit *emit, uint8_t corrections)
{
	emit->n_flows++;
	for (int b = 0; corrections != 0; b++, corrections >>= 1)
		emit->n_corrected[b] += corrections & 1;
}

int emit_frames(struct emit *emit, const struct packet_frame *frames, size_t n_frames,
		const struct batch_flow *flows, struct err *err)
{
	const struct emit_options *o = &emit->options;
	const size_t n = within(emit, frames, n_frames);
	int r;

	if (n > 0) {
		r = o->sink->write(o->sink_state, frames, n, err);
		if (r == 0 && o->truth != NULL)
			r = truth_frames(o->truth, frames, n, flows, err);
		if (r < 0)
			return r;
		if (emit->n_frames == 0)
			emit->first_ns = frames[0].time_ns;
		emit->last_ns = frames[n - 1].time_ns;
		emit->n_frames += n;
		for (size_t i = 0; i < n; i++) {
			emit->n_bytes += frames[i].n_bytes;
			if (frames[i].i_packet == 0)
				count_flow(emit, frames[i].corrections);
		}
		if (o->progress != NULL)
			o->progress(o->context, emit->last_ns, emit->n_frames, emit->n_bytes);
	}
	return n < n_frames || (o->limit_frames != 0 && emit->n_frames == o->limit_frames);
}
