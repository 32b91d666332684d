/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include <cmocka.h>

static void digest_of(const struct packet_frame *frames, size_t n, char *ret_text)
{
	struct digest *digest = NULL;
	struct err err = { "" };

	assert_int_equal(digest_new(&digest, &err), 0);
	digest_add_frames(digest, frames, n);
	digest_text(digest, ret_text);
	digest_freep(&digest);
	assert_null(digest);
}

/* The encoding, byte by byte, through another entry of the hash; and no frames at all, whose value
 * is the published one of empty input. */
static void test_encoding(void **state)
{
	static const uint8_t encoded[] = {
		0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01, 3,    0,    0,	  0,	'a',  'b',
		'c',  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
	};
	const struct packet_frame frames[] = {
		{ .time_ns = 0x0102030405060708, .bytes = (const uint8_t *)"abc", .n_bytes = 3 },
		{ .time_ns = -1, .bytes = NULL, .n_bytes = 0 },
	};
	XXH128_canonical_t canonical;
	char text[DIGEST_TEXT_BYTES], expected[DIGEST_TEXT_BYTES];

	(void)state;
	XXH128_canonicalFromHash(&canonical, XXH3_128bits(encoded, sizeof(encoded)));
	for (size_t i = 0; i < 16; i++)
		snprintf(expected + 2 * i, 3, "%02x", canonical.digest[i]);
	digest_of(frames, 2, text);
	assert_string_equal(text, expected);
	digest_of(frames, 0, text);
	assert_string_equal(text, "99aa06d3014798d86001c324468d497f");
}

/* Whatever differs, the digest differs; batches do not show. */
static void test_sensitive(void **state)
{
	static const uint8_t bytes[2000] = { 1, 2, 3 };
	const struct packet_frame base[] = {
		{ .time_ns = 1, .bytes = bytes, .n_bytes = 60 },
		{ .time_ns = 2, .bytes = bytes, .n_bytes = 1514 },
	};
	struct packet_frame changed[2];
	char first[DIGEST_TEXT_BYTES], text[DIGEST_TEXT_BYTES];
	struct digest *digest = NULL;

	(void)state;
	digest_of(base, 2, first);
	digest_of(base, 2, text);
	assert_string_equal(text, first);
	for (int i = 0; i < 5; i++) {
		memcpy(changed, base, sizeof(base));
		if (i == 0)
			changed[0].time_ns = 0;
		else if (i == 1)
			changed[0].n_bytes = 59;
		else if (i == 2)
			changed[0].bytes = bytes + 1;
		else if (i == 3)
			changed[0] = base[1], changed[1] = base[0];
		digest_of(changed, i == 4 ? 1 : 2, text);
		assert_string_not_equal(text, first);
	}
	assert_int_equal(digest_new(&digest, NULL), 0);
	digest_add_frames(digest, base, 1);
	digest_text(digest, text); /* looking at it changes nothing */
	digest_add(digest, 2, bytes, 1514);
	assert_string_equal(digest_text(digest, text), first);
	digest_freep(&digest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encoding),
		cmocka_unit_test(test_sensitive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
