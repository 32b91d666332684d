/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/capture_write.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/ns.h"

enum {
	WRITER_BUFFER_BYTES = 256 * 1024,
	WRITER_LIMIT_SNAPLEN = 262144, /* libpcap refuses longer packets of Ethernet */
	PCAP_RECORD_BYTES = 16,
	NG_PACKET_BYTES = 32, /* of an enhanced packet block without its bytes */
	LINK_ETHERNET = 1,
};

struct capture_writer {
	int fd;
	int code; /* of the error that ended it: what follows would be misplaced */
	enum capture_format format;
	bool nanoseconds;
	uint32_t snaplen;
	size_t n_used;
	uint64_t n_flushed;
	uint8_t buffer[WRITER_BUFFER_BYTES];
};

int capture_writer_flush(struct capture_writer *w, struct err *err)
{
	int r;

	if (w->code < 0)
		return err_set(err, w->code, "the capture was not written: %s", strerror(-w->code));
	r = fd_write_all(w->fd, w->buffer, w->n_used);
	if (r < 0) {
		w->code = r;
		return err_set(err, r, "writing the capture, about byte %" PRIu64 ": %s",
			       w->n_flushed,
			       r == -EPIPE ? "the reader of the pipe is gone" : strerror(-r));
	}
	w->n_flushed += w->n_used;
	w->n_used = 0;
	return 0;
}

/* What does not fit is split, so that every write but the last is of a full buffer. */
static int put(struct capture_writer *w, const void *bytes, size_t n_bytes, struct err *err)
{
	const uint8_t *from = bytes;

	for (;;) {
		size_t room = WRITER_BUFFER_BYTES - w->n_used;
		size_t n = n_bytes < room ? n_bytes : room;
		int r;

		if (n > 0)
			memcpy(w->buffer + w->n_used, from, n);
		w->n_used += n;
		from += n;
		n_bytes -= n;
		if (n_bytes == 0)
			return 0;
		r = capture_writer_flush(w, err);
		if (r < 0)
			return r;
	}
}

/* draft-ietf-opsawg-pcap: little-endian whatever the machine, so that equal runs give equal files.
 */
static int pcap_header(struct capture_writer *w, struct err *err)
{
	uint8_t h[24] = { 0 };

	le32_put(h, w->nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4);
	le16_put(h + 4, 2);
	le16_put(h + 6, 4);
	le32_put(h + 16, w->snaplen);
	le32_put(h + 20, LINK_ETHERNET);
	return put(w, h, sizeof(h), err);
}

/* draft-ietf-opsawg-pcapng: a section header (4.1) with shb_userappl, an interface (4.2). */
static int pcapng_header(struct capture_writer *w, struct err *err)
{
	uint8_t h[44 + 32] = { 0 };
	uint8_t *i = h + 44;

	le32_put(h, 0x0a0d0d0a);
	le32_put(h + 4, 44);
	le32_put(h + 8, 0x1a2b3c4d);
	le16_put(h + 12, 1);
	le32_put(h + 16, UINT32_MAX); /* the section's length is not given */
	le32_put(h + 20, UINT32_MAX);
	le16_put(h + 24, 4); /* shb_userappl */
	le16_put(h + 26, 5);
	memcpy(h + 28, "sosie", 5);
	le32_put(h + 40, 44); /* after opt_endofopt, which is zeros */

	le32_put(i, 1);
	le32_put(i + 4, 32);
	le16_put(i + 8, LINK_ETHERNET);
	le32_put(i + 12, w->snaplen);
	le16_put(i + 16, 9); /* if_tsresol */
	le16_put(i + 18, 1);
	i[20] = w->nanoseconds ? 9 : 6;
	le32_put(i + 28, 32);
	return put(w, h, sizeof(h), err);
}

int capture_writer_new(int fd, const struct capture_options *options,
		       struct capture_writer **ret_writer, struct err *err)
{
	CLEANUP(capture_writer_freep) struct capture_writer *w = NULL;
	int r;

	if (options->snaplen > WRITER_LIMIT_SNAPLEN)
		return err_set(err, -EINVAL, "snaplen: %u is above %d", options->snaplen,
			       WRITER_LIMIT_SNAPLEN);
	w = malloc(sizeof(*w));
	if (w == NULL)
		return err_no_memory(err);
	memset(w, 0, offsetof(struct capture_writer, buffer));
	w->fd = fd;
	w->format = options->format;
	w->nanoseconds = options->nanoseconds;
	w->snaplen = options->snaplen != 0 ? options->snaplen : WRITER_LIMIT_SNAPLEN;
	r = w->format == CAPTURE_PCAPNG ? pcapng_header(w, err) : pcap_header(w, err);
	if (r < 0)
		return r;
	*ret_writer = take(&w);
	return 0;
}

static int time_check(const struct capture_writer *w, const struct packet_frame *frame,
		      struct err *err)
{
	char text[NS_TEXT_BYTES];

	if (frame->time_ns < 0)
		return err_set(err, -ERANGE, "a frame at %s: captures hold no time before 1970",
			       ns_format_time(frame->time_ns, text));
	if (w->format == CAPTURE_PCAP && frame->time_ns > UINT32_MAX * NS_PER_S + NS_PER_S - 1)
		return err_set(err, -ERANGE,
			       "a frame at %s: pcap holds times until 2106; use pcapng",
			       ns_format_time(frame->time_ns, text));
	return 0;
}

/* What stands before the bytes; returns its length. */
static size_t record_head(const struct capture_writer *w, const struct packet_frame *frame,
			  uint32_t n_captured, uint8_t *ret_bytes)
{
	uint64_t ns = (uint64_t)frame->time_ns;

	if (w->format == CAPTURE_PCAP) {
		uint32_t fraction = (uint32_t)(ns % (uint64_t)NS_PER_S);

		le32_put(ret_bytes, (uint32_t)(ns / (uint64_t)NS_PER_S));
		le32_put(ret_bytes + 4, w->nanoseconds ? fraction : fraction / 1000);
		le32_put(ret_bytes + 8, n_captured);
		le32_put(ret_bytes + 12, frame->n_bytes);
		return PCAP_RECORD_BYTES;
	}
	if (!w->nanoseconds)
		ns /= 1000;
	le32_put(ret_bytes, 6); /* an enhanced packet block, 4.3 */
	le32_put(ret_bytes + 4, NG_PACKET_BYTES + ((n_captured + 3) & ~3u));
	le32_put(ret_bytes + 8, 0);
	le32_put(ret_bytes + 12, (uint32_t)(ns >> 32));
	le32_put(ret_bytes + 16, (uint32_t)ns);
	le32_put(ret_bytes + 20, n_captured);
	le32_put(ret_bytes + 24, frame->n_bytes);
	return NG_PACKET_BYTES - 4;
}

/* What stands after them: padding and the block's length again. */
static size_t record_tail(const struct capture_writer *w, uint32_t n_captured, uint8_t *ret_bytes)
{
	uint32_t n_padding = -n_captured & 3;

	if (w->format == CAPTURE_PCAP)
		return 0;
	memset(ret_bytes, 0, n_padding);
	le32_put(ret_bytes + n_padding, NG_PACKET_BYTES + n_captured + n_padding);
	return n_padding + 4;
}

/* A record that crosses the end of the buffer. */
static int record_split(struct capture_writer *w, const struct packet_frame *frame,
			uint32_t n_captured, struct err *err)
{
	uint8_t head[NG_PACKET_BYTES], tail[8];
	int r = put(w, head, record_head(w, frame, n_captured, head), err);

	if (r == 0)
		r = put(w, frame->bytes, n_captured, err);
	if (r == 0)
		r = put(w, tail, record_tail(w, n_captured, tail), err);
	return r;
}

int capture_write(struct capture_writer *w, const struct packet_frame *frames, size_t n_frames,
		  struct err *err)
{
	if (w->code < 0)
		return capture_writer_flush(w, err);
	for (size_t i = 0; i < n_frames; i++) {
		const struct packet_frame *f = &frames[i];
		uint32_t n_captured = f->n_bytes < w->snaplen ? f->n_bytes : w->snaplen;
		int r = time_check(w, f, err);

		if (r < 0)
			return r;
		if (n_captured + NG_PACKET_BYTES + 8 > WRITER_BUFFER_BYTES - w->n_used) {
			r = record_split(w, f, n_captured, err);
			if (r < 0)
				return r;
		} else {
			uint8_t *to = w->buffer + w->n_used;

			to += record_head(w, f, n_captured, to);
			memcpy(to, f->bytes, n_captured);
			to += n_captured;
			to += record_tail(w, n_captured, to);
			w->n_used = (size_t)(to - w->buffer);
		}
	}
	return 0;
}

void capture_writer_freep(struct capture_writer **writer)
{
	free(take(writer));
}

uint64_t capture_writer_bytes(const struct capture_writer *w)
{
	return w->n_flushed + w->n_used;
}
