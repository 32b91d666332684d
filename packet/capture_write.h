/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing captures: classic pcap and pcapng, Ethernet, with a buffer of our own; pcap_dump costs
 * three to five times more per packet. No allocation and at most one system call per buffer of 256
 * KiB.
 */
#ifndef SOSIE_PACKET_CAPTURE_WRITE_H
#define SOSIE_PACKET_CAPTURE_WRITE_H

#include "base/err.h"
#include "packet/frame.h"

enum capture_format { CAPTURE_PCAP, CAPTURE_PCAPNG };

struct capture_options {
	enum capture_format format;
	bool nanoseconds; /* else microseconds, rounded down */
	uint32_t snaplen; /* longer frames are cut, their original length kept; 0: 262144 */
};

struct capture_writer;

/*
 * Borrows fd. The headers leave with the first full buffer. -EINVAL: snaplen above 262144, which
 * libpcap would not read.
 */
int capture_writer_new(int fd, const struct capture_options *options,
		       struct capture_writer **ret_writer, struct err *err);
/*
 * -ERANGE: a time before 1970, or after 2106 in pcap; the frames before it are written. Other
 * -errno: writing failed (-EPIPE, -ENOSPC); every call after it fails too. The sentence has no name
 * of a file: the caller knows it.
 */
int capture_write(struct capture_writer *writer, const struct packet_frame *frames, size_t n_frames,
		  struct err *err);
int capture_writer_flush(struct capture_writer *writer, struct err *err);
/* Does not flush. */
void capture_writer_freep(struct capture_writer **writer);
uint64_t
capture_writer_bytes(const struct capture_writer *writer); /* written so far, headers included */

#endif
