/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/sink.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "packet/capture.h"
#include "replay/digest.h"

enum { N_FRAMES = 3000, N_RESULT = 200 };

struct fixture {
	char folder[64], path[80];
	uint8_t bytes[4096];
	struct packet_frame frames[N_FRAMES];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	uint32_t x = 7;

	assert_non_null(f);
	snprintf(f->folder, sizeof(f->folder), "/tmp/test_sink.XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->path, sizeof(f->path), "%s/out.pcap", f->folder);
	for (size_t i = 0; i < sizeof(f->bytes); i++)
		f->bytes[i] = (uint8_t)(i * 37 >> 2);
	for (size_t i = 0; i < N_FRAMES; i++) {
		x = x * 1664525 + 1013904223;
		f->frames[i] = (struct packet_frame) {
			.time_ns = 1700000000000000000 + (int64_t)i * 777,
			.bytes = f->bytes + i % 2000,
			.n_bytes = 14 + (x >> 16) % 1501,
		};
	}
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	unlink(f->path);
	rmdir(f->folder);
	free(f);
	return 0;
}

static size_t n_files(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	return n;
}

static void *sink_open(const char *name, const struct sink_options *options)
{
	const struct sink_ops *ops = sink_named(name);
	struct err err = { "" };
	void *state;

	assert_non_null(ops);
	state = calloc(1, ops->state_bytes);
	assert_non_null(state);
	if (ops->open(state, options, &err) < 0)
		fail_msg("%s", err.text);
	return state;
}

/* All frames in batches of 17; the result's line. */
static void run_sink(const char *name, const struct sink_options *options, const struct fixture *f,
		     char ret_text[N_RESULT])
{
	const struct sink_ops *ops = sink_named(name);
	void *state = sink_open(name, options);
	struct err err = { "" };

	for (size_t i = 0; i < N_FRAMES; i += 17) {
		size_t n = N_FRAMES - i < 17 ? N_FRAMES - i : 17;

		if (ops->write(state, f->frames + i, n, &err) < 0)
			fail_msg("%s", err.text);
	}
	if (ops->commit(state, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(ops->result(state, ret_text, N_RESULT), 0);
	ops->close(state);
	free(state);
}

static void digest_of_file(const char *path, char ret_text[DIGEST_TEXT_BYTES])
{
	struct capture *capture = NULL;
	struct digest *digest = NULL;
	struct capture_packet p;
	struct err err = { "" };
	int r = capture_open(path, &capture, &err);

	if (r < 0)
		fail_msg("%s", err.text);
	assert_int_equal(digest_new(&digest, &err), 0);
	while ((r = capture_next(capture, &p, &err)) > 0)
		digest_add(digest, p.time_ns, p.bytes, p.n_captured);
	assert_int_equal(r, 0);
	digest_text(digest, ret_text);
	digest_freep(&digest);
	capture_freep(&capture);
}

/* What was written, read again, has the digest that the digest sink gives for the same frames. */
static void test_file_equals_digest(void **state)
{
	struct fixture *f = *state;
	char result[N_RESULT], expected[N_RESULT], text[DIGEST_TEXT_BYTES];

	for (int i = 0; i < 2; i++) {
		struct sink_options options = {
			.path = f->path,
			.capture = { .format = i == 0 ? CAPTURE_PCAP : CAPTURE_PCAPNG,
				     .nanoseconds = true },
		};

		run_sink("digest", &options, f, result);
		run_sink("file", &options, f, expected);
		digest_of_file(f->path, text);
		assert_int_equal(strncmp(result, "digest: ", 8), 0);
		assert_string_equal(result + 8, text);
		assert_int_equal(strncmp(expected, "file: 3000 frames, ", 19), 0);
		assert_int_equal(n_files(f->folder), 1);
	}
}

static void test_null(void **state)
{
	struct fixture *f = *state;
	struct sink_options options = { .path = NULL };
	char result[N_RESULT], expected[N_RESULT];
	uint64_t n_bytes = 0;

	for (size_t i = 0; i < N_FRAMES; i++)
		n_bytes += f->frames[i].n_bytes;
	run_sink("null", &options, f, result);
	snprintf(expected, sizeof(expected), "null: 3000 frames, %llu bytes",
		 (unsigned long long)n_bytes);
	assert_string_equal(result, expected);
}

/* Without commit() nothing is left, and what stood there before stays. */
static void test_file_abandoned(void **state)
{
	struct fixture *f = *state;
	struct sink_options options = { .path = f->path };
	const struct sink_ops *ops = sink_named("file");
	char before[DIGEST_TEXT_BYTES], after[DIGEST_TEXT_BYTES], result[N_RESULT];
	struct err err = { "" };
	void *sink;

	for (int i = 0; i < 2; i++) {
		sink = sink_open("file", &options);
		assert_int_equal(ops->write(sink, f->frames, N_FRAMES, &err), 0);
		ops->close(sink);
		free(sink);
		assert_int_equal(n_files(f->folder), i);
		if (i == 0) {
			run_sink("file", &options, f, result);
			digest_of_file(f->path, before);
		}
	}
	digest_of_file(f->path, after);
	assert_string_equal(before, after);
}

static void assert_open_fails(const struct sink_options *options, int code, const char *part)
{
	const struct sink_ops *ops = sink_named("file");
	void *sink = calloc(1, ops->state_bytes);
	struct err err = { "" };

	assert_non_null(sink);
	assert_int_equal(ops->open(sink, options, &err), code);
	if (strstr(err.text, part) == NULL)
		fail_msg("'%s' is not in: %s", part, err.text);
	ops->close(sink);
	ops->close(sink); /* harmless */
	free(sink);
}

static void test_file_refusals(void **state)
{
	struct fixture *f = *state;
	struct sink_options options = { .path = NULL };

	assert_open_fails(&options, -EINVAL, "the file sink needs the name of a file");
	options.path = "/nowhere/out.pcap";
	assert_open_fails(&options, -ENOENT, "/nowhere/out.pcap");
	options.path = f->path;
	options.capture.snaplen = 300000;
	assert_open_fails(&options, -EINVAL, "out.pcap': snaplen: 300000 is above 262144");
	assert_int_equal(n_files(f->folder), 0);
	assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
}

/* Where the disk is full or the reader is gone, the sentence names the output. */
static void test_file_failures(void **state)
{
	struct fixture *f = *state;
	const struct sink_ops *ops = sink_named("file");
	struct sink_options options = { .path = "/dev/full" };
	int saved = dup(STDOUT_FILENO), ends[2], r;
	struct err err = { "" };
	void *sink;

	if (access(options.path, W_OK) == 0) {
		sink = sink_open("file", &options);
		r = ops->write(sink, f->frames, N_FRAMES, &err);
		if (r == 0)
			r = ops->commit(sink, &err);
		assert_int_equal(r, -ENOSPC);
		assert_ptr_equal(strstr(err.text, "'/dev/full': writing the capture"), err.text);
		ops->close(sink);
		free(sink);
	}

	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	fflush(stdout);
	dup2(ends[1], STDOUT_FILENO);
	options.path = "-";
	sink = sink_open("file", &options);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(ends[1]);
	close(ends[0]);
	assert_int_equal(ops->write(sink, f->frames, N_FRAMES, &err), -EPIPE);
	assert_ptr_equal(strstr(err.text, "'standard output': writing the capture"), err.text);
	assert_non_null(strstr(err.text, "the reader of the pipe is gone"));
	ops->close(sink);
	free(sink);
}

static void test_registry(void **state)
{
	const struct sink_ops *const *all = sinks();
	size_t n = 0;

	(void)state;
	for (; all[n] != NULL; n++) {
		assert_ptr_equal(sink_named(all[n]->name), all[n]);
		assert_true(strlen(all[n]->summary) > 0);
		assert_true(all[n]->open && all[n]->write && all[n]->commit && all[n]->close);
	}
	assert_true(n >= 3);
	assert_null(sink_named(""));
	assert_null(sink_named("fil"));
}

/* What an interface counts as dropped, against what was handed over, confirmed, and refused. */
static void test_dropped(void **state)
{
	static const struct {
		uint64_t handed, confirmed, counted, refused, dropped;
	} cases[] = {
		{ 100, 100, 0, 0, 0 },
		{ 100, 90, 10, 0, 10 },
		{ 100, 100, 324, 324, 0 }, /* refused, tried again, and left */
		{ 4608, 601, 4331, 324, 4007 },
		{ 100, 90, 10, 5000, 10 }, /* the queueing discipline refused, the device dropped */
		{ 100, 110, 20, 0, 20 },   /* others' frames hide what is lost */
		{ 100, 0, 1000000, UINT64_MAX, 100 },
		{ 100, 60, 1000000, 0, 100 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct sink_counters c = { .n_handed = cases[i].handed,
						 .n_confirmed = cases[i].confirmed };

		assert_int_equal(sink_dropped(&c, cases[i].counted, cases[i].refused),
				 cases[i].dropped);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dropped),
		cmocka_unit_test_setup_teardown(test_file_equals_digest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_null, setup, teardown),
		cmocka_unit_test_setup_teardown(test_file_abandoned, setup, teardown),
		cmocka_unit_test_setup_teardown(test_file_refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_file_failures, setup, teardown),
		cmocka_unit_test(test_registry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
