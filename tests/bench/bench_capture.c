/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading and writing captures against libpcap alone: the same file and frames, runs interleaved,
 * medians of the process's CPU time. The file is made here, in $TMPDIR, with the packet sizes of a
 * mixed link.
 */
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ns.h"
#include "packet/capture.h"
#include "packet/capture_write.h"

enum { N_FRAMES = 400000, N_RUNS = 9, I_MEDIAN = N_RUNS / 2, N_SPAN = 64 * 1024 };

struct bench {
	char pcap[256], pcapng[256];
	struct packet_frame *frames;
	uint8_t *bytes;
	uint64_t checksum; /* so that nothing is optimised away */
};

static void die(const char *what, const struct err *err)
{
	fprintf(stderr, "bench_capture: %s: %s\n", what, err != NULL ? err->text : "failed");
	exit(1);
}

/* 40 % of 66 bytes, 20 % of 60 to 599, 40 % of 1514: about 740 bytes a packet. */
static void make_frames(struct bench *b)
{
	uint64_t x = 88172645463325252;

	b->frames = calloc(N_FRAMES, sizeof(*b->frames));
	b->bytes = malloc(N_SPAN + 2048);
	if (b->frames == NULL || b->bytes == NULL)
		die("memory", NULL);
	for (size_t i = 0; i < N_SPAN + 2048; i++)
		b->bytes[i] = (uint8_t)(i * 131 >> 3);
	for (size_t i = 0; i < N_FRAMES; i++) {
		uint32_t kind;

		x ^= x << 13; /* xorshift, Marsaglia 2003 */
		x ^= x >> 7;
		x ^= x << 17;
		kind = (uint32_t)(x % 10);
		b->frames[i].time_ns = 1700000000 * NS_PER_S + (int64_t)i * 12345;
		b->frames[i].bytes = b->bytes + (x >> 20) % N_SPAN;
		b->frames[i].n_bytes = kind < 4	  ? 66
				       : kind < 6 ? 60 + (uint32_t)((x >> 40) % 540)
						  : 1514;
	}
}

static void write_ours(struct bench *b, const char *path, enum capture_format format)
{
	struct capture_options options = { .format = format, .nanoseconds = true };
	struct capture_writer *writer = NULL;
	struct err err = { "" };
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || capture_writer_new(fd, &options, &writer, &err) < 0)
		die(path, &err);
	for (size_t i = 0; i < N_FRAMES; i += 64) {
		size_t n = N_FRAMES - i < 64 ? N_FRAMES - i : 64;

		if (capture_write(writer, b->frames + i, n, &err) < 0)
			die(path, &err);
	}
	if (capture_writer_flush(writer, &err) < 0)
		die(path, &err);
	capture_writer_freep(&writer);
	close(fd);
}

static void run_write_pcap(struct bench *b)
{
	write_ours(b, "/dev/null", CAPTURE_PCAP);
}

static void run_write_pcapng(struct bench *b)
{
	write_ours(b, "/dev/null", CAPTURE_PCAPNG);
}

static void run_write_libpcap(struct bench *b)
{
	pcap_t *pcap = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, 262144,
							    PCAP_TSTAMP_PRECISION_NANO);
	pcap_dumper_t *dumper = pcap_dump_open(pcap, "/dev/null");

	if (dumper == NULL)
		die("pcap_dump_open", NULL);
	for (size_t i = 0; i < N_FRAMES; i++) {
		const struct packet_frame *f = &b->frames[i];
		struct pcap_pkthdr header = {
			.ts = { f->time_ns / NS_PER_S, f->time_ns % NS_PER_S },
			.caplen = f->n_bytes,
			.len = f->n_bytes,
		};

		pcap_dump((u_char *)dumper, &header, f->bytes);
	}
	pcap_dump_close(dumper);
	pcap_close(pcap);
}

static void read_ours(struct bench *b, const char *path)
{
	struct capture *capture = NULL;
	struct capture_packet p;
	struct err err = { "" };
	size_t n = 0;
	int r = capture_open(path, &capture, &err);

	while (r >= 0 && (r = capture_next(capture, &p, &err)) > 0) {
		b->checksum += (uint64_t)p.time_ns + p.n_captured + p.bytes[13];
		n++;
	}
	if (r < 0 || n != N_FRAMES)
		die(path, &err);
	capture_freep(&capture);
}

static void read_libpcap(struct bench *b, const char *path)
{
	char errbuf[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *bytes;
	size_t n = 0;
	pcap_t *pcap =
		pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, errbuf);

	if (pcap == NULL)
		die(errbuf, NULL);
	while (pcap_next_ex(pcap, &header, &bytes) == 1) {
		b->checksum += (uint64_t)(header->ts.tv_sec * NS_PER_S + header->ts.tv_usec) +
			       header->caplen + bytes[13];
		n++;
	}
	if (n != N_FRAMES)
		die("too few packets", NULL);
	pcap_close(pcap);
}

static void run_read_pcap(struct bench *b)
{
	read_ours(b, b->pcap);
}

static void run_read_pcap_libpcap(struct bench *b)
{
	read_libpcap(b, b->pcap);
}

static void run_read_pcapng(struct bench *b)
{
	read_ours(b, b->pcapng);
}

static void run_read_pcapng_libpcap(struct bench *b)
{
	read_libpcap(b, b->pcapng);
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Each run does the work `times_over` times, so that it is long enough to be timed. */
static void compare(struct bench *b, const char *name, void (*ours)(struct bench *),
		    void (*libpcap)(struct bench *), int times_over)
{
	const double n_packets = (double)N_FRAMES * times_over;
	int64_t times[2][N_RUNS];
	double mine, theirs;

	for (int i = -1; i < N_RUNS; i++) { /* the first warms the page cache */
		for (int k = 0; k < 2; k++) {
			int64_t start = ns_process_cpu();

			for (int j = 0; j < times_over; j++)
				(k == 0 ? ours : libpcap)(b);
			if (i >= 0)
				times[k][i] = ns_process_cpu() - start;
		}
	}
	for (int k = 0; k < 2; k++)
		qsort(times[k], N_RUNS, sizeof(times[k][0]), by_value);
	mine = (double)times[0][I_MEDIAN];
	theirs = (double)times[1][I_MEDIAN];
	printf("%s\t%.1f\tns/packet\tlibpcap alone %.1f, x%.2f; run %.0f ms, %.0f packets\n", name,
	       mine / n_packets, theirs / n_packets, theirs / mine, mine / 1e6, n_packets);
}

int main(void)
{
	const char *folder = getenv("TMPDIR");
	struct bench b = { .checksum = 0 };

	if (folder == NULL)
		folder = "/tmp";
	snprintf(b.pcap, sizeof(b.pcap), "%s/bench_capture.%d.pcap", folder, (int)getpid());
	snprintf(b.pcapng, sizeof(b.pcapng), "%s/bench_capture.%d.pcapng", folder, (int)getpid());
	make_frames(&b);
	write_ours(&b, b.pcap, CAPTURE_PCAP);
	write_ours(&b, b.pcapng, CAPTURE_PCAPNG);
	compare(&b, "capture_read_pcap", run_read_pcap, run_read_pcap_libpcap, 1);
	compare(&b, "capture_read_pcapng", run_read_pcapng, run_read_pcapng_libpcap, 2);
	compare(&b, "capture_write_pcap", run_write_pcap, run_write_libpcap, 6);
	compare(&b, "capture_write_pcapng", run_write_pcapng, run_write_libpcap, 6);
	unlink(b.pcap);
	unlink(b.pcapng);
	free(b.frames);
	free(b.bytes);
	return b.checksum == 1;
}
