/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to a capture's frame before it is played: its side, then its bytes. */
#ifndef SOSIE_GEN_REPLAY_EDIT_H
#define SOSIE_GEN_REPLAY_EDIT_H

#include "replay/feed.h"
#include "replay/rewrite.h"
#include "replay/split.h"

struct replay_edit {
	struct split *split;	 /* NULL: all on side 0 */
	struct rewrite *rewrite; /* NULL: bytes as they are, Ethernet only */
	uint64_t n_unsent;	 /* left out by the split; written by the feed's reader */
};

/* For struct feed_options; context is a struct replay_edit. */
int replay_edit_frame(void *context, const struct source_frame *frame, struct feed_out *out,
		      struct err *err);

#endif
