/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/replay_edit.h"

#include <errno.h>

#include "packet/capture.h"

struct out {
	struct feed_out *feed;
	uint8_t side;
};

static int put(void *context, const uint8_t *bytes, uint32_t n_bytes)
{
	const struct out *out = context;

	return feed_put(out->feed, bytes, n_bytes, out->side);
}

int replay_edit_frame(void *context, const struct source_frame *frame, struct feed_out *feed,
		      struct err *err)
{
	struct replay_edit *edit = context;
	struct out out = { feed, 0 };
	int side = edit->split != NULL ? split_side(edit->split, frame, err) : SPLIT_CLIENT;

	if (side < 0)
		return side;
	if (side == SPLIT_NEITHER) {
		edit->n_unsent++;
		return 0;
	}
	out.side = (uint8_t)side;
	if (edit->rewrite != NULL)
		return rewrite_frame(edit->rewrite, frame, out.side, put, &out);
	if (frame->link_type != LINKTYPE_ETHERNET)
		return err_set(err, -EPROTONOSUPPORT,
			       "a frame of link type %u cannot be played as it is: --to-ethernet "
			       "gives it a header",
			       frame->link_type);
	return put(&out, frame->bytes, frame->n_bytes);
}
