/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/capture_write.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "packet/capture.h"

static FILE *temp_file(void)
{
	FILE *file = tmpfile();

	assert_non_null(file);
	return file;
}

static struct packet_frame frame(int64_t time_ns, const void *bytes, uint32_t n_bytes)
{
	return (struct packet_frame) { .time_ns = time_ns, .bytes = bytes, .n_bytes = n_bytes };
}

/* All that was written, which the caller frees. */
static uint8_t *content(FILE *file, size_t *ret_n)
{
	off_t n = lseek(fileno(file), 0, SEEK_END);
	uint8_t *bytes = malloc((size_t)n + 1);

	assert_non_null(bytes);
	assert_int_equal(pread(fileno(file), bytes, (size_t)n, 0), n);
	*ret_n = (size_t)n;
	return bytes;
}

static void write_all(FILE *file, const struct capture_options *options,
		      const struct packet_frame *frames, size_t n_frames)
{
	struct capture_writer *writer = NULL;
	struct err err = { "" };

	assert_int_equal(capture_writer_new(fileno(file), options, &writer, &err), 0);
	if (capture_write(writer, frames, n_frames, &err) < 0 ||
	    capture_writer_flush(writer, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(capture_writer_bytes(writer) == (uint64_t)lseek(fileno(file), 0, SEEK_CUR));
	capture_writer_freep(&writer);
}

/* clang-format off */
static const uint8_t golden_pcap_us[] = {
	0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0,
	/* 1500000000.123456, 5 of 5 bytes */
	0x00, 0x2f, 0x68, 0x59, 0x40, 0xe2, 0x01, 0, 5, 0, 0, 0, 5, 0, 0, 0,
	'h', 'e', 'l', 'l', 'o',
	/* 4294967295.000000, 0 bytes */
	0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
};

static const uint8_t golden_pcap_ns_4[] = {
	0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0,
	/* 1500000000.123456789, 4 of 5 bytes */
	0x00, 0x2f, 0x68, 0x59, 0x15, 0xcd, 0x5b, 0x07, 4, 0, 0, 0, 5, 0, 0, 0, 'h', 'e', 'l', 'l',
	0xff, 0xff, 0xff, 0xff, 0xe7, 0x03, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
};

#define GOLDEN_SECTION                                                                             \
	0x0a, 0x0d, 0x0d, 0x0a, 44, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 0xff, 0xff,       \
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 4, 0, 5, 0, 's', 'o', 's', 'i', 'e', 0, 0, 0,  \
		0, 0, 0, 0, 44, 0, 0, 0

static const uint8_t golden_pcapng_us[] = {
	GOLDEN_SECTION,
	1, 0, 0, 0, 32, 0, 0, 0, 1, 0, 0, 0, 0, 0, 4, 0,
	9, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0,
	6, 0, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, 0x3d, 0x54, 0x05, 0x00, 0x40, 0xa2, 0x2b, 0xf7,
	5, 0, 0, 0, 5, 0, 0, 0, 'h', 'e', 'l', 'l', 'o', 0, 0, 0, 40, 0, 0, 0,
	6, 0, 0, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0x3f, 0x42, 0x0f, 0x00, 0xc0, 0xbd, 0xf0, 0xff,
	0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0
};

static const uint8_t golden_pcapng_ns_4[] = {
	GOLDEN_SECTION,
	1, 0, 0, 0, 32, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0,
	9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0,
	6, 0, 0, 0, 36, 0, 0, 0, 0, 0, 0, 0, 0x0d, 0x12, 0xd1, 0x14, 0x15, 0xcd, 0x71, 0x82,
	4, 0, 0, 0, 5, 0, 0, 0, 'h', 'e', 'l', 'l', 36, 0, 0, 0,
	6, 0, 0, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xc9, 0x9a, 0x3b, 0xe7, 0x39, 0x65, 0xc4,
	0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0
};
/* clang-format on */

static void test_golden(void **state)
{
	const struct {
		struct capture_options options;
		const uint8_t *bytes;
		size_t n_bytes;
	} cases[] = {
		{ { CAPTURE_PCAP, false, 0 }, golden_pcap_us, sizeof(golden_pcap_us) },
		{ { CAPTURE_PCAP, true, 4 }, golden_pcap_ns_4, sizeof(golden_pcap_ns_4) },
		{ { CAPTURE_PCAPNG, false, 0 }, golden_pcapng_us, sizeof(golden_pcapng_us) },
		{ { CAPTURE_PCAPNG, true, 4 }, golden_pcapng_ns_4, sizeof(golden_pcapng_ns_4) },
	};
	const struct packet_frame frames[] = {
		frame(1500000000123456789, "hello", 5),
		frame(4294967295000000999, "", 0),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		FILE *file = temp_file();
		uint8_t *bytes;
		size_t n;

		write_all(file, &cases[i].options, frames, 2);
		bytes = content(file, &n);
		assert_int_equal(n, cases[i].n_bytes);
		assert_memory_equal(bytes, cases[i].bytes, n);
		free(bytes);
		fclose(file);
	}
}

enum { N_MANY = 4000, N_LONGEST = 262144 };

/* Frames of all sizes, so that records cross the end of the buffer at every place; two of them
 * larger than it with their headers. */
static struct packet_frame *many_frames(uint8_t **ret_bytes)
{
	struct packet_frame *frames = calloc(N_MANY, sizeof(*frames));
	uint8_t *bytes = malloc(N_LONGEST);
	uint32_t x = 1;

	assert_non_null(frames);
	assert_non_null(bytes);
	for (size_t i = 0; i < N_LONGEST; i++) {
		x = x * 1664525 + 1013904223;
		bytes[i] = (uint8_t)(x >> 24);
	}
	for (size_t i = 0; i < N_MANY; i++) {
		x = x * 1664525 + 1013904223;
		frames[i] = frame(1700000000000000000 + (int64_t)i * 1001, bytes + i, x >> 21);
	}
	frames[1000] = frame(frames[1000].time_ns, bytes, N_LONGEST);
	frames[1001] = frame(frames[1001].time_ns, bytes, N_LONGEST);
	frames[2000].n_bytes = 200000;
	*ret_bytes = bytes;
	return frames;
}

static void read_back(FILE *file, const struct capture_options *options,
		      const struct packet_frame *frames, size_t n_frames)
{
	uint32_t snaplen = options->snaplen != 0 ? options->snaplen : UINT32_MAX;
	struct capture *capture = NULL;
	struct capture_packet p;
	struct err err = { "" };
	size_t n_bytes;
	uint8_t *bytes = content(file, &n_bytes);

	if (capture_open_memory(bytes, n_bytes, &capture, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < n_frames; i++) {
		const struct packet_frame *f = &frames[i];

		assert_int_equal(capture_next(capture, &p, &err), 1);
		assert_true(p.time_ns ==
			    (options->nanoseconds ? f->time_ns : f->time_ns / 1000 * 1000));
		assert_int_equal(p.n_original, f->n_bytes);
		assert_int_equal(p.n_captured, f->n_bytes < snaplen ? f->n_bytes : snaplen);
		assert_memory_equal(p.bytes, f->bytes, p.n_captured);
		assert_int_equal(p.link_type, LINKTYPE_ETHERNET);
	}
	assert_int_equal(capture_next(capture, &p, &err), 0);
	capture_freep(&capture);
	free(bytes);
}

/* The same through libpcap, as other programs will read it. */
static void read_back_libpcap(FILE *file, const struct packet_frame *frames, size_t n_frames)
{
	char errbuf[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *bytes;
	pcap_t *pcap;

	rewind(file);
	pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, errbuf);
	if (pcap == NULL)
		fail_msg("%s", errbuf);
	assert_int_equal(pcap_datalink(pcap), DLT_EN10MB);
	for (size_t i = 0; i < n_frames; i++) {
		assert_int_equal(pcap_next_ex(pcap, &header, &bytes), 1);
		assert_true(header->ts.tv_sec * INT64_C(1000000000) + header->ts.tv_usec ==
			    frames[i].time_ns);
		assert_int_equal(header->len, frames[i].n_bytes);
		assert_int_equal(header->caplen, frames[i].n_bytes);
		assert_memory_equal(bytes, frames[i].bytes, header->caplen);
	}
	assert_int_equal(pcap_next_ex(pcap, &header, &bytes), PCAP_ERROR_BREAK);
	pcap_close(pcap); /* and the file */
}

static void test_read_back(void **state)
{
	uint8_t *bytes;
	struct packet_frame *frames = many_frames(&bytes);

	(void)state;
	for (int i = 0; i < 8; i++) {
		struct capture_options options = {
			.format = i & 1 ? CAPTURE_PCAPNG : CAPTURE_PCAP,
			.nanoseconds = i & 2,
			.snaplen = i & 4 ? 1001 : 0,
		};
		FILE *file = temp_file();

		write_all(file, &options, frames, N_MANY);
		read_back(file, &options, frames, N_MANY);
		if (options.nanoseconds && options.snaplen == 0)
			read_back_libpcap(file, frames, N_MANY);
		else
			fclose(file);
	}
	free(frames);
	free(bytes);
}

static void test_times_refused(void **state)
{
	static const struct {
		enum capture_format format;
		int64_t time_ns;
		const char *part;
	} cases[] = {
		{ CAPTURE_PCAP, -1, "captures hold no time before 1970" },
		{ CAPTURE_PCAPNG, INT64_MIN, "captures hold no time before 1970" },
		{ CAPTURE_PCAP, 4294967296000000000,
		  "a frame at 2106-02-07T06:28:16Z: pcap holds" },
		{ CAPTURE_PCAP, INT64_MAX, "use pcapng" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct capture_options options = { .format = cases[i].format };
		struct packet_frame frames[] = { frame(0, "fine", 4),
						 frame(cases[i].time_ns, "bad", 3) };
		struct capture_writer *writer = NULL;
		struct err err = { "" };
		FILE *file = temp_file();

		assert_int_equal(capture_writer_new(fileno(file), &options, &writer, &err), 0);
		assert_int_equal(capture_write(writer, frames, 2, &err), -ERANGE);
		if (strstr(err.text, cases[i].part) == NULL)
			fail_msg("'%s' is not in: %s", cases[i].part, err.text);
		assert_int_equal(capture_writer_flush(writer, &err), 0);
		read_back(file, &options, frames, 1);
		capture_writer_freep(&writer);
		fclose(file);
	}
}

/* The last instants each format holds. */
static void test_times_last(void **state)
{
	const struct packet_frame last[] = { frame(4294967295999999999, "x", 1),
					     frame(INT64_MAX, "x", 1) };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct capture_options options = { i == 0 ? CAPTURE_PCAP : CAPTURE_PCAPNG, true,
						   0 };
		FILE *file = temp_file();

		write_all(file, &options, &last[i], 1);
		read_back(file, &options, &last[i], 1);
		fclose(file);
	}
}

static void test_snaplen_refused(void **state)
{
	struct capture_options options = { .snaplen = 262145 };
	struct capture_writer *writer = NULL;
	struct err err = { "" };

	(void)state;
	assert_int_equal(capture_writer_new(1, &options, &writer, &err), -EINVAL);
	assert_null(writer);
	assert_string_equal(err.text, "snaplen: 262145 is above 262144");
}

/* Writes more than a buffer to an fd that fails: once refused, always refused. */
static void assert_write_fails(int fd, int code, const char *part)
{
	struct capture_options options = { .format = CAPTURE_PCAP };
	struct capture_writer *writer = NULL;
	struct packet_frame *frames;
	struct err err = { "" };
	uint8_t *bytes;

	frames = many_frames(&bytes);
	assert_int_equal(capture_writer_new(fd, &options, &writer, &err), 0);
	assert_int_equal(capture_write(writer, frames, N_MANY, &err), code);
	if (strstr(err.text, part) == NULL)
		fail_msg("'%s' is not in: %s", part, err.text);
	assert_int_equal(capture_write(writer, frames, 1, &err), code);
	assert_int_equal(capture_writer_flush(writer, &err), code);
	capture_writer_freep(&writer);
	free(frames);
	free(bytes);
}

static void test_failed_writes(void **state)
{
	int fd = open("/dev/full", O_WRONLY);
	int ends[2];

	(void)state;
	if (fd >= 0) {
		assert_write_fails(fd, -ENOSPC, "No space left on device");
		close(fd);
	}
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	assert_write_fails(ends[1], -EPIPE, "the reader of the pipe is gone");
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),		cmocka_unit_test(test_read_back),
		cmocka_unit_test(test_times_refused),	cmocka_unit_test(test_times_last),
		cmocka_unit_test(test_snaplen_refused), cmocka_unit_test(test_failed_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
