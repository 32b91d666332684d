/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/source.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/replay/made_captures.h"

static struct source *open_all(const struct made *m, size_t n, struct source_options options,
			       const char **paths)
{
	struct source *source = NULL;
	struct err err = { "" };

	for (size_t i = 0; i < n; i++)
		paths[i] = m->paths[i];
	options.paths = paths;
	options.n_paths = n;
	if (options.to_ns == 0) {
		options.from_ns = INT64_MIN;
		options.to_ns = INT64_MAX;
	}
	if (source_open(&options, &source, &err) < 0)
		fail_msg("%s", err.text);
	return source;
}

static bool next(struct source *source, struct source_frame *frame)
{
	struct err err = { "" };
	int r = source_next(source, frame, &err);

	if (r < 0)
		fail_msg("%s", err.text);
	return r > 0;
}

/* Three files with interleaved times come out as one timeline; of equal times the file named first
 * comes first. */
static void test_merges(void **state)
{
	struct made *m = *state;
	const char *paths[MADE_FILES];
	struct source_frame f;
	struct source *source;
	int64_t last = 0;
	uint32_t last_file = 0;
	size_t n[MADE_FILES] = { 0 };

	made_write(m->paths[0], 100, 0, 30, 0);
	made_write(m->paths[1], 300, 10, 10, 1);
	made_write(m->paths[2], 50, 0, 60, 2);
	source = open_all(m, 3, (struct source_options) { .n_loops = 1 }, paths);
	while (next(source, &f)) {
		assert_true(f.time_ns > last || (f.time_ns == last && f.file > last_file));
		assert_int_equal(f.bytes[0], (uint8_t)(n[f.file] + f.file));
		assert_int_equal(f.n_bytes, 60 + n[f.file] % 1000);
		n[f.file]++;
		last = f.time_ns;
		last_file = f.file;
	}
	assert_int_equal(n[0], 100);
	assert_int_equal(n[1], 300);
	assert_int_equal(n[2], 50);
	assert_int_equal(source_count(source).n_frames, 450);
	source_freep(&source);
}

static void test_window(void **state)
{
	struct made *m = *state;
	const char *paths[1];
	struct source_frame f;
	struct source *source;

	made_write(m->paths[0], 100, 0, NS_PER_S, 0);
	source = open_all(m, 1,
			  (struct source_options) { .n_loops = 1,
						    .from_ns = MADE_START + 10 * NS_PER_S,
						    .to_ns = MADE_START + 20 * NS_PER_S },
			  paths);
	for (int i = 10; i < 20; i++) {
		assert_true(next(source, &f));
		assert_int_equal(f.time_ns, MADE_START + i * NS_PER_S);
	}
	assert_false(next(source, &f));
	assert_int_equal(source_count(source).n_early, 10);
	source_freep(&source);
}

/* Each loop begins loop_delay after the end of the one before. */
static void test_loops(void **state)
{
	struct made *m = *state;
	const char *paths[2];
	struct source_frame f;
	struct source *source;

	made_write(m->paths[0], 10, 0, 100, 0);
	made_write(m->paths[1], 10, 50, 100, 0);
	source =
		open_all(m, 2, (struct source_options) { .n_loops = 3, .loop_delay_ns = 7 }, paths);
	for (int i = 0; i < 60; i++) {
		assert_true(next(source, &f));
		assert_int_equal(f.loop, i / 20);
		assert_int_equal(f.time_ns, MADE_START + i / 20 * (950 + 7) + i % 20 * 50);
	}
	assert_false(next(source, &f));
	assert_false(next(source, &f));
	source_freep(&source);
}

/* Time that goes back stands still, and is counted. */
static void test_backwards(void **state)
{
	struct made *m = *state;
	const char *paths[1];
	struct source_frame f;
	struct source *source;

	made_write(m->paths[0], 10, 0, -100, 0);
	source = open_all(m, 1, (struct source_options) { .n_loops = 1 }, paths);
	while (next(source, &f))
		assert_int_equal(f.time_ns, MADE_START);
	assert_int_equal(source_count(source).n_backwards, 9);
	source_freep(&source);
}

/* Pauses above the limit become it, gaps at it and below stay, in each loop alike; the delay
 * between loops was asked for. */
static void test_max_gap(void **state)
{
	static const int64_t wanted[] = { 0, 10, 20, 120, 130, 140 };
	struct made *m = *state;
	const char *paths[2];
	struct source_frame f;
	struct source *source;

	made_write(m->paths[0], 3, 0, 10, 0);
	made_write(m->paths[1], 3, 5000, 10, 0);
	source = open_all(m, 2,
			  (struct source_options) {
				  .n_loops = 3, .loop_delay_ns = 700, .max_gap_ns = 100 },
			  paths);
	for (int i = 0; i < 18; i++) {
		assert_true(next(source, &f));
		assert_int_equal(f.time_ns, MADE_START + i / 6 * (140 + 700) + wanted[i % 6]);
	}
	assert_false(next(source, &f));
	assert_int_equal(source_count(source).n_shortened, 3);
	assert_int_equal(source_count(source).shortened_ns, 3 * (4980 - 100));
	source_freep(&source);
	source =
		open_all(m, 2, (struct source_options) { .n_loops = 1, .max_gap_ns = 4980 }, paths);
	while (next(source, &f))
		;
	assert_int_equal(f.time_ns, MADE_START + 5020);
	assert_int_equal(source_count(source).n_shortened, 0);
	source_freep(&source);
}

/* Damage ends a file after the packets before it; the other file's are played too. */
static void test_damage(void **state)
{
	struct made *m = *state;
	const char *paths[2];
	struct source_frame f;
	struct source *source;
	struct err err = { "" };
	int n = 0, r;

	made_write(m->paths[0], 10, 0, 100, 0);
	made_write(m->paths[1], 10, 0, 100, 0);
	assert_int_equal(truncate(m->paths[0], 24 + 5 * 16 + 60 + 61 + 62 + 63 + 10), 0);
	source = open_all(m, 2, (struct source_options) { .n_loops = 5 }, paths);
	while ((r = source_next(source, &f, &err)) > 0)
		n++;
	assert_int_equal(n, 14);
	assert_int_equal(r, -EBADMSG);
	assert_non_null(strstr(err.text, m->paths[0]));
	source_freep(&source);
}

static void test_refusals(void **state)
{
	struct made *m = *state;
	const char *paths[] = { "-", m->paths[0] };
	struct source_options options = { .paths = paths, .n_paths = 2, .n_loops = 1 };
	struct source *source = NULL;
	struct source_frame f;
	struct err err = { "" };

	assert_int_equal(source_open(&options, &source, &err), -EINVAL);
	assert_non_null(strstr(err.text, "stdin"));
	options.n_paths = 0;
	assert_int_equal(source_open(&options, &source, &err), -E2BIG);
	options.n_paths = 1;
	paths[0] = "/nonexistent/x.pcap";
	assert_int_equal(source_open(&options, &source, &err), -ENOENT);
	/* Nothing in the window, for ever. */
	made_write(m->paths[0], 10, 0, 100, 0);
	source = open_all(m, 1,
			  (struct source_options) {
				  .n_loops = 0, .from_ns = INT64_MIN, .to_ns = MADE_START },
			  paths);
	assert_int_equal(source_next(source, &f, &err), -ENODATA);
	source_freep(&source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merges),	cmocka_unit_test(test_window),
		cmocka_unit_test(test_loops),	cmocka_unit_test(test_backwards),
		cmocka_unit_test(test_damage),	cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_max_gap),
	};

	return cmocka_run_group_tests(tests, made_setup, made_teardown);
}
