/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/feed.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "replay/digest.h"
#include "tests/replay/made_captures.h"

static const struct source_options everything = {
	.n_paths = 1, .from_ns = INT64_MIN, .to_ns = INT64_MAX, .n_loops = 1
};

static struct feed *feed_of(struct feed_options options)
{
	struct feed *feed = NULL;
	struct err err = { "" };

	if (feed_open(&options, &feed, &err) < 0)
		fail_msg("%s", err.text);
	return feed;
}

/* The digest of all there is; returns how feed_next() ended. */
static int drain(struct feed *feed, size_t *ret_n, char ret_text[DIGEST_TEXT_BYTES])
{
	const struct packet_frame *frames;
	struct digest *digest = NULL;
	struct err err = { "" };
	size_t n;
	int r;

	*ret_n = 0;
	assert_int_equal(digest_new(&digest, &err), 0);
	while ((r = feed_next(feed, &frames, &n, &err)) > 0) {
		digest_add_frames(digest, frames, n);
		*ret_n += n;
	}
	digest_text(digest, ret_text);
	digest_freep(&digest);
	return r;
}

/* 50,000 frames of 60 to 1,059 bytes, three times: from disk and from memory they are the same. */
static void test_streamed_equals_loaded(void **state)
{
	struct made *m = *state;
	const char *paths[] = { m->paths[0] };
	struct feed_options options = { .source = everything };
	char texts[2][DIGEST_TEXT_BYTES];
	size_t n;

	made_write(m->paths[0], 50000, 0, 1000, 0);
	options.source.paths = paths;
	options.source.n_loops = 3;
	options.source.loop_delay_ns = 12345;
	for (int i = 0; i < 2; i++) {
		struct feed *feed;

		options.preload = i == 1;
		feed = feed_of(options);
		assert_int_equal(drain(feed, &n, texts[i]), 0);
		assert_int_equal(n, 150000);
		assert_int_equal(feed_count(feed).n_frames, i == 1 ? 50000 : 150000);
		feed_freep(&feed);
	}
	assert_string_equal(texts[0], texts[1]);
}

/* Closed while the reader waits for room, and before anything was asked for. */
static void test_closed_early(void **state)
{
	struct made *m = *state;
	const char *paths[] = { m->paths[0] };
	struct feed_options options = { .source = everything };
	const struct packet_frame *frames;
	struct err err = { "" };
	size_t n;

	made_write(m->paths[0], 50000, 0, 1000, 0);
	options.source.paths = paths;
	options.source.n_loops = 0;
	for (int i = 0; i < 20; i++) {
		struct feed *feed = feed_of(options);

		for (int k = 0; k < i; k++)
			assert_int_equal(feed_next(feed, &frames, &n, &err), 1);
		feed_freep(&feed);
	}
}

struct edit {
	size_t n, fail_at;
};

/* Leaves out every third frame, doubles every fifth. */
static int edit(void *context, const struct source_frame *frame, struct feed_out *out,
		struct err *err)
{
	struct edit *e = context;
	int r = 0;

	if (e->fail_at > 0 && e->n == e->fail_at)
		return err_set(err, -EBADMSG, "frame %zu is odd", e->n);
	if (e->n % 3 != 0)
		r = feed_put(out, frame->bytes, frame->n_bytes, 1);
	if (r == 0 && e->n % 5 == 0)
		r = feed_put(out, frame->bytes, frame->n_bytes, 0);
	e->n++;
	return r;
}

static void test_edit(void **state)
{
	struct made *m = *state;
	const char *paths[] = { m->paths[0] };
	struct edit context = { 0, 0 };
	struct feed_options options = { .source = everything, .edit = edit, .context = &context };
	char text[DIGEST_TEXT_BYTES];
	struct feed *feed;
	size_t n;

	made_write(m->paths[0], 3000, 0, 1000, 0);
	options.source.paths = paths;
	feed = feed_of(options);
	assert_int_equal(drain(feed, &n, text), 0);
	assert_int_equal(n, 2000 + 600);
	feed_freep(&feed);
	/* An error after 1,500: what was put before it is played. */
	for (int i = 0; i < 2; i++) {
		const struct packet_frame *frames;
		struct err err = { "" };

		context = (struct edit) { 0, 1500 };
		options.preload = i == 1;
		feed = feed_of(options);
		assert_int_equal(feed_next(feed, &frames, &n, &err), 1);
		assert_int_equal(n, 1000 + 300);
		assert_int_equal(feed_next(feed, &frames, &n, &err), -EBADMSG);
		assert_string_equal(err.text, "frame 1500 is odd");
		feed_freep(&feed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_streamed_equals_loaded),
		cmocka_unit_test(test_closed_early),
		cmocka_unit_test(test_edit),
	};

	return cmocka_run_group_tests(tests, made_setup, made_teardown);
}
