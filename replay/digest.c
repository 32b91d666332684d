/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/bytes.h"
#include "base/mem.h"

struct digest {
	XXH3_state_t *state; /* apart, as it must be aligned to 64 bytes */
};

int digest_new(struct digest **ret_digest, struct err *err)
{
	CLEANUP(digest_freep) struct digest *digest = calloc(1, sizeof(*digest));

	if (digest == NULL)
		return err_no_memory(err);
	digest->state = XXH3_createState();
	if (digest->state == NULL)
		return err_no_memory(err);
	XXH3_128bits_reset(digest->state);
	*ret_digest = take(&digest);
	return 0;
}

void digest_freep(struct digest **digest)
{
	struct digest *d = take(digest);

	if (d == NULL)
		return;
	XXH3_freeState(d->state);
	free(d);
}

void digest_add(struct digest *digest, int64_t time_ns, const uint8_t *bytes, uint32_t n_bytes)
{
	uint8_t head[12];

	le32_put(head, (uint32_t)time_ns);
	le32_put(head + 4, (uint32_t)((uint64_t)time_ns >> 32));
	le32_put(head + 8, n_bytes);
	XXH3_128bits_update(digest->state, head, sizeof(head));
	if (n_bytes > 0)
		XXH3_128bits_update(digest->state, bytes, n_bytes);
}

void digest_add_frames(struct digest *digest, const struct packet_frame *frames, size_t n_frames)
{
	for (size_t i = 0; i < n_frames; i++)
		digest_add(digest, frames[i].time_ns, frames[i].bytes, frames[i].n_bytes);
}

const char *digest_text(const struct digest *digest, char ret_text[DIGEST_TEXT_BYTES])
{
	XXH128_canonical_t canonical;

	XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(digest->state));
	for (size_t i = 0; i < sizeof(canonical.digest); i++)
		snprintf(ret_text + 2 * i, 3, "%02x", canonical.digest[i]);
	return ret_text;
}
