/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a capture: pcap, pcapng, gzip or zstd by their first bytes. */
#include "packet/capture.h"

#include <stdlib.h>

/* Compressed input may unfold a thousandfold: more packets than this find nothing new. */
enum { LIMIT_PACKETS = 2000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct capture *capture = NULL;
	struct capture_packet p;
	struct err err = { "" };
	uint64_t last = 0;
	volatile uint8_t sum = 0; /* read for the sanitizers */
	int r = capture_open_memory(data, size, &capture, &err);

	for (int i = 0; r >= 0 && i < LIMIT_PACKETS; i++) {
		r = capture_next(capture, &p, &err);
		if (r <= 0)
			break;
		if (p.n_captured > CAPTURE_LIMIT_PACKET_BYTES || p.offset <= last)
			abort();
		last = p.offset;
		for (uint32_t k = 0; k < p.n_captured; k++)
			sum = (uint8_t)(sum ^ p.bytes[k]);
	}
	/* An error has a sentence, and stays. */
	if (r < 0 && err.text[0] == '\0')
		abort();
	if (r < 0 && capture != NULL && capture_next(capture, &p, NULL) != r)
		abort();
	if (capture != NULL && capture_position(capture) < last)
		abort();
	capture_freep(&capture);
	return 0;
}
