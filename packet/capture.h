/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading captures: pcap (us, ns, both byte orders; through libpcap) and pcapng (own reader:
 * libpcap refuses interfaces of different link types), plain, gzip or zstd, from files or stdin
 * ("-"). Whatever the file, an error is one sentence with the offset (of the uncompressed bytes),
 * and the packets before it were delivered.
 */
#ifndef SOSIE_PACKET_CAPTURE_H
#define SOSIE_PACKET_CAPTURE_H

#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CAPTURE_LIMIT_PACKET_BYTES = 1 << 20 /* a larger caplen is absurd and ends the file */ };

/* Link types as in pcap files (the tcpdump group's LINKTYPE_ registry). */
enum {
	LINKTYPE_NULL = 0,
	LINKTYPE_ETHERNET = 1,
	LINKTYPE_RAW = 101,
	LINKTYPE_LOOP = 108,
	LINKTYPE_LINUX_SLL = 113,
	LINKTYPE_IPV4 = 228,
	LINKTYPE_IPV6 = 229,
	LINKTYPE_LINUX_SLL2 = 276,
};

struct capture_packet {
	int64_t time_ns;     /* 0 in a simple packet block, which has no time */
	uint32_t n_captured; /* bytes there are */
	uint32_t n_original; /* bytes there were */
	uint16_t link_type;
	uint32_t interface;   /* pcapng: number in its section; else 0 */
	uint64_t offset;      /* of its record in the uncompressed file */
	uint64_t data_offset; /* of its bytes, likewise */
	const uint8_t *bytes; /* until the next call */
};

struct capture;

/*
 * Also refuses a capture whose only link type is not in the list above, by name
 * (-EPROTONOSUPPORT). -EBADMSG: not a capture, or damaged before its first packet.
 */
int capture_open(const char *path, struct capture **ret_capture, struct err *err);
/* The same of n_bytes in memory, borrowed until the capture is freed. */
int capture_open_memory(const void *bytes, size_t n_bytes, struct capture **ret_capture,
			struct err *err);
/*
 * 1: a packet; 0: the end; -EBADMSG: damaged here; -EPROTONOSUPPORT: a packet of an interface whose
 * link type is not in the list; other -errno: reading failed. After an error every call repeats it.
 */
int capture_next(struct capture *capture, struct capture_packet *ret_packet, struct err *err);
void capture_freep(struct capture **capture);

uint64_t
capture_position(const struct capture *capture); /* uncompressed bytes consumed, for progress */
int64_t
capture_file_bytes(const struct capture *capture); /* size on disk; -1: not a regular file */
uint64_t
capture_file_position(const struct capture *capture); /* bytes of the file on disk consumed */

/*
 * Does the file begin like a capture (after decompression)? 1, 0, -errno. -ESPIPE: not a regular
 * file, whose beginning would be lost by looking at it.
 */
int capture_recognise(const char *path, struct err *err);

#endif
