/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/observe_sketch.h"

#include "tests/unit.h"

static void see(struct sketch_sight *sight, bool backward, const char *payload, uint32_t n,
		uint16_t fragment_offset)
{
	const struct packet_view view = { .payload = (const uint8_t *)payload,
					  .n_payload = n < 4 ? n : 4, /* the capture's cut */
					  .payload_bytes = n,
					  .fragment_offset = fragment_offset };

	sketch_sight_packet(sight, &view, backward);
}

static void first_payloads(void **state)
{
	static const uint8_t slots[] = { 3, 0, 1, 2, 2, 4 };
	struct sketch_sight sight = { 0 };

	(void)state;
	see(&sight, false, "", 0, 0);
	see(&sight, true, "220 ", 64, 0);
	see(&sight, false, "HELO", 64, 0);
	see(&sight, false, "rest", 64, 1480); /* a later fragment: not a beginning */
	see(&sight, false, "abcd", 64, 0);
	see(&sight, false, "abcd", 64, 0);
	see(&sight, false, "abcd", 64, 0);
	assert_int_equal(sight.n, 5);
	see(&sight, true, "3", 1, 0);
	see(&sight, true, "abcd", 64, 0);
	assert_int_equal(sight.n, SKETCH_PAYLOADS);
	for (int i = 0; i < SKETCH_PAYLOADS; i++)
		assert_int_equal(sight.sketches[i].slot, slots[i]);
	assert_int_equal(sight.sketches[0].value[SKETCH_SIZE], 24);
	assert_int_equal(sight.sketches[0].value[SKETCH_BYTE], SKETCH_KIND_DIGIT);
	assert_int_equal(sight.sketches[0].value[SKETCH_BYTE + 4], SKETCH_KIND_NONE);
	assert_int_equal(sight.sketches[1].value[SKETCH_BYTE], SKETCH_KIND_UPPER);
	assert_int_equal(sight.sketches[5].value[SKETCH_SIZE], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(first_payloads) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
