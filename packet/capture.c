/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/capture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "packet/capture_input.h"
#include "packet/capture_pcap.h"
#include "packet/capture_pcapng.h"

struct capture {
	struct capture_input *input;
	struct capture_pcap *pcap; /* one of the two */
	struct capture_pcapng *pcapng;
	int code; /* of the error that ended it */
	struct err err;
};

/* What people hand us instead of a capture, so that they are told. */
static const struct {
	const char *magic;
	size_t n_bytes;
	const char *name;
} foreign_formats[] = {
	{ "\xfd"
	  "7zXZ",
	  5, "xz data" },
	{ "BZh", 3, "bzip2 data" },
	{ "\x04\x22\x4d\x18", 4, "lz4 data" },
	{ "PK\x03\x04", 4, "a zip archive" },
	{ "snoop\0", 6, "a snoop capture" },
	{ "GMBU", 4, "a Network Monitor capture" },
	{ "RTSS", 4, "a Network Monitor capture" },
	{ "XCP\0", 4, "a NetXRay capture" },
};

static int not_a_capture(const char *name, const uint8_t *bytes, size_t n_bytes, struct err *err)
{
	char begin[3 * 8 + 1] = "";

	if (n_bytes == 0)
		return err_set(err, -EBADMSG, "'%s': empty; a pcap or pcapng capture was expected",
			       name);
	for (size_t i = 0; i < sizeof(foreign_formats) / sizeof(foreign_formats[0]); i++) {
		if (n_bytes >= foreign_formats[i].n_bytes &&
		    memcmp(bytes, foreign_formats[i].magic, foreign_formats[i].n_bytes) == 0)
			return err_set(err, -EBADMSG,
				       "'%s': %s; a pcap or pcapng capture was expected", name,
				       foreign_formats[i].name);
	}
	for (size_t i = 0; i < n_bytes && i < 8; i++)
		snprintf(begin + 3 * i, 4, " %02x", bytes[i]);
	return err_set(err, -EBADMSG, "'%s': not a pcap or pcapng capture: its first bytes are%s",
		       name, begin);
}

/* Takes the input over. */
static int capture_start(struct capture_input **input, struct capture **ret_capture,
			 struct err *err)
{
	CLEANUP(capture_freep) struct capture *c = calloc(1, sizeof(*c));
	const uint8_t *bytes;
	size_t n;
	int r;

	if (c == NULL)
		return err_no_memory(err);
	c->input = take(input);
	n = capture_input_peek(c->input, &bytes);
	if (capture_pcapng_magic(bytes, n))
		r = capture_pcapng_open(c->input, &c->pcapng, err);
	else if (capture_pcap_magic(bytes, n))
		r = capture_pcap_open(c->input, &c->pcap, err);
	else
		r = not_a_capture(capture_input_name(c->input), bytes, n, err);
	if (r < 0)
		return r;
	*ret_capture = take(&c);
	return 0;
}

int capture_open(const char *path, struct capture **ret_capture, struct err *err)
{
	CLEANUP(capture_input_freep) struct capture_input *input = NULL;
	int r = capture_input_open(path, &input, err);

	if (r < 0)
		return r;
	return capture_start(&input, ret_capture, err);
}

int capture_open_memory(const void *bytes, size_t n_bytes, struct capture **ret_capture,
			struct err *err)
{
	CLEANUP(capture_input_freep) struct capture_input *input = NULL;
	int r = capture_input_open_memory(bytes, n_bytes, &input, err);

	if (r < 0)
		return r;
	return capture_start(&input, ret_capture, err);
}

int capture_next(struct capture *c, struct capture_packet *ret_packet, struct err *err)
{
	int r;

	if (c->code < 0)
		return err_set(err, c->code, "%s", c->err.text);
	if (c->pcap != NULL)
		r = capture_pcap_next(c->pcap, ret_packet, &c->err);
	else
		r = capture_pcapng_next(c->pcapng, ret_packet, &c->err);
	if (__builtin_expect(r < 0, 0)) {
		c->code = r;
		return err_set(err, r, "%s", c->err.text);
	}
	return r;
}

void capture_freep(struct capture **capture)
{
	struct capture *c = take(capture);

	if (c == NULL)
		return;
	capture_pcap_freep(&c->pcap);
	capture_pcapng_freep(&c->pcapng);
	capture_input_freep(&c->input);
	free(c);
}

uint64_t capture_position(const struct capture *c)
{
	return c->pcap != NULL ? capture_pcap_position(c->pcap)
			       : capture_pcapng_position(c->pcapng);
}

int64_t capture_file_bytes(const struct capture *c)
{
	return capture_input_file_bytes(c->input);
}

uint64_t capture_file_position(const struct capture *c)
{
	return capture_input_file_position(c->input);
}

int capture_recognise(const char *path, struct err *err)
{
	CLEANUP(capture_input_freep) struct capture_input *input = NULL;
	const uint8_t *bytes;
	struct stat st;
	size_t n;
	int r;

	if (strcmp(path, "-") == 0 || (stat(path, &st) == 0 && !S_ISREG(st.st_mode)))
		return err_set(err, -ESPIPE,
			       "'%s': not a regular file: what it holds cannot be looked at first",
			       path);
	r = capture_input_open(path, &input, err);
	if (r < 0)
		return r;
	n = capture_input_peek(input, &bytes);
	return capture_pcapng_magic(bytes, n) || capture_pcap_magic(bytes, n);
}
