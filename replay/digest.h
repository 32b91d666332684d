/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A digest of a sequence of frames: XXH3-128 over (time, length, bytes) of each, so that two runs,
 * or a run and a file, can be compared without keeping either. The time (8 bytes, ns) and the
 * length (4 bytes) are little-endian, so the digest is the same on every machine. A file in
 * microseconds, or cut to a snaplen, has another digest than the frames it was written from.
 */
#ifndef SOSIE_REPLAY_DIGEST_H
#define SOSIE_REPLAY_DIGEST_H

#include "base/err.h"
#include "packet/frame.h"

enum { DIGEST_TEXT_BYTES = 33 };

struct digest;

int digest_new(struct digest **ret_digest, struct err *err);
void digest_freep(struct digest **digest);
void digest_add(struct digest *digest, int64_t time_ns, const uint8_t *bytes, uint32_t n_bytes);
void digest_add_frames(struct digest *digest, const struct packet_frame *frames, size_t n_frames);
/* 32 hexadecimal digits of what was added so far; more may follow. */
const char *digest_text(const struct digest *digest, char ret_text[DIGEST_TEXT_BYTES]);

#endif
