/* SPDX-License-Identifier: Apache-2.0 */
/* Changing bytes that lie under checksums, and the checksums by as much (RFC 1624). */
#ifndef SOSIE_REPLAY_PATCH_H
#define SOSIE_REPLAY_PATCH_H

#include <stdbool.h>
#include <stdint.h>

/* A checksum field; changing it is a change to what lies under `outer` in turn. */
struct cover {
	uint8_t *field;		   /* NULL: nothing to change */
	bool is_udp;		   /* 0 means there is none, and is never written (RFC 768) */
	const struct cover *outer; /* NULL: none */
};

enum { PATCH_MAX_COVERS = 3 };

struct patch {
	uint32_t n_covers;
	const struct cover *covers[PATCH_MAX_COVERS];
};

/* Replaces n bytes (even, at an even offset of all that is summed). */
void patch_bytes(const struct patch *patch, uint8_t *at, const uint8_t *to, uint32_t n);

#endif
