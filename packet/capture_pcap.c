/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/capture_pcap.h"

#include <errno.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/ns.h"
#include "packet/capture_link.h"

enum {
	PCAP_HEADER_BYTES = 24,
	PCAP_RECORD_BYTES = 16,
	PCAP_MODIFIED_RECORD_BYTES = 24, /* Kuznetsov's, with interface and protocol */
	PCAP_READ_BYTES = 256 * 1024,
};

struct capture_pcap {
	struct capture_input *input;
	pcap_t *pcap;
	FILE *file; /* until libpcap owns it */
	uint64_t position;
	uint32_t record_bytes;
	uint16_t link_type;
	struct err input_err; /* libpcap cannot carry what went wrong below it */
	int input_code;
	bool header_seen;
	char buffer[PCAP_READ_BYTES];
};

bool capture_pcap_magic(const uint8_t *bytes, size_t n_bytes)
{
	static const uint32_t magics[] = { 0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34 };

	if (n_bytes < 4)
		return false;
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		if (le32_get(bytes) == magics[i] || be32_get(bytes) == magics[i])
			return true;
	}
	return false;
}

/*
 * Feeds libpcap. The snapshot length of the header is passed on as 0, "the largest": with a smaller
 * one libpcap cuts packets that are longer than it (writers are careless with it), and we would
 * lose count of the offset.
 */
static ssize_t cookie_read(void *cookie, char *ret_bytes, size_t n_bytes)
{
	struct capture_pcap *p = cookie;
	ssize_t n = capture_input_read(p->input, ret_bytes, n_bytes, &p->input_err);

	if (n < 0) {
		p->input_code = (int)n;
		return -1;
	}
	/* The first read brings the bytes that were peeked at: the whole header. */
	if (!p->header_seen && n >= PCAP_HEADER_BYTES)
		memset(ret_bytes + 16, 0, 4);
	p->header_seen = true;
	return n;
}

static int failed(const struct capture_pcap *p, const char *libpcap_text, struct err *err)
{
	if (p->input_code < 0)
		return err_set(err, p->input_code, "%s", p->input_err.text);
	return err_set(err, -EBADMSG, "'%s': damaged at byte %" PRIu64 ": %s",
		       capture_input_name(p->input), p->position, libpcap_text);
}

static int pcap_start(struct capture_pcap *p, struct err *err)
{
	static const cookie_io_functions_t io = { .read = cookie_read };
	char errbuf[PCAP_ERRBUF_SIZE];

	p->file = fopencookie(p, "r", io);
	if (p->file == NULL)
		return err_no_memory(err);
	__fsetlocking(p->file, FSETLOCKING_BYCALLER);
	if (setvbuf(p->file, p->buffer, _IOFBF, sizeof(p->buffer)) != 0)
		return err_no_memory(err);
	p->pcap = pcap_fopen_offline_with_tstamp_precision(p->file, PCAP_TSTAMP_PRECISION_NANO,
							   errbuf);
	if (p->pcap == NULL && p->input_code < 0)
		return failed(p, "", err);
	if (p->pcap == NULL)
		return err_set(err, -EBADMSG, "'%s': a pcap file with a bad header: %s",
			       capture_input_name(p->input), errbuf);
	p->file = NULL;
	p->position = PCAP_HEADER_BYTES;
	return 0;
}

int capture_pcap_open(struct capture_input *input, struct capture_pcap **ret_pcap, struct err *err)
{
	CLEANUP(capture_pcap_freep) struct capture_pcap *p = NULL;
	char text[CAPTURE_LINK_TEXT_BYTES];
	const uint8_t *header;
	uint32_t link, magic;
	int r, link_type;
	bool little;

	if (capture_input_peek(input, &header) < PCAP_HEADER_BYTES)
		return err_set(err, -EBADMSG, "'%s': a pcap file cut within its header of %d bytes",
			       capture_input_name(input), PCAP_HEADER_BYTES);
	little = header[3] == 0xa1;
	magic = little ? le32_get(header) : be32_get(header);
	/* The upper 6 bits say how many bytes of checksum end each packet; lengths say it too. */
	link = (little ? le32_get(header + 20) : be32_get(header + 20)) & 0x03ffffff;
	link_type = capture_link_type(link);
	if (link_type < 0)
		return err_set(err, -EPROTONOSUPPORT, "'%s': %s is not supported",
			       capture_input_name(input), capture_link_text(link, text));

	p = malloc(sizeof(*p));
	if (p == NULL)
		return err_no_memory(err);
	memset(p, 0, offsetof(struct capture_pcap, buffer));
	p->input = input;
	p->link_type = (uint16_t)link_type;
	p->record_bytes = magic == 0xa1b2cd34 ? PCAP_MODIFIED_RECORD_BYTES : PCAP_RECORD_BYTES;
	r = pcap_start(p, err);
	if (r < 0)
		return r;
	*ret_pcap = take(&p);
	return 0;
}

int capture_pcap_next(struct capture_pcap *p, struct capture_packet *ret_packet, struct err *err)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int r = pcap_next_ex(p->pcap, &header, &bytes);

	if (__builtin_expect(r != 1, 0)) {
		if (r == PCAP_ERROR_BREAK)
			return 0;
		return failed(p, pcap_geterr(p->pcap), err);
	}
	/* Seconds are unsigned in the file format and end in 2106; libpcap reads them as signed. */
	ret_packet->time_ns = (uint32_t)header->ts.tv_sec * NS_PER_S + header->ts.tv_usec;
	ret_packet->n_captured = header->caplen;
	ret_packet->n_original = header->len;
	ret_packet->link_type = p->link_type;
	ret_packet->interface = 0;
	ret_packet->offset = p->position;
	ret_packet->data_offset = p->position + p->record_bytes;
	ret_packet->bytes = bytes;
	p->position += p->record_bytes + header->caplen;
	return 1;
}

void capture_pcap_freep(struct capture_pcap **pcap)
{
	struct capture_pcap *p = take(pcap);

	if (p == NULL)
		return;
	if (p->pcap != NULL)
		pcap_close(p->pcap);
	fclosep(&p->file);
	free(p);
}

uint64_t capture_pcap_position(const struct capture_pcap *p)
{
	return p->position;
}
