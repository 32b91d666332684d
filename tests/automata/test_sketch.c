/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/automata/toy.h"

#include "automata/sketch.h"

static uint32_t length_of(uint32_t place, uint32_t order, uint32_t what)
{
	return 1 + (place * 2 + order) * 3 + what;
}

static void test_text(void **state)
{
	static const char text[] = "GET /a%\r\n\t";
	struct sketch s = { 0 };

	(void)state;
	sketch_make((const uint8_t *)text, 10, 10, &s);
	assert_int_equal(s.value[SKETCH_SIZE], 13); /* 8, 10, 12, 14 */
	assert_int_equal(s.value[SKETCH_PRINTABLE], 7);
	assert_int_equal(s.value[SKETCH_ZERO], 0);
	assert_int_equal(s.value[SKETCH_HIGH], 0);
	assert_int_equal(s.value[SKETCH_UPPER], 2); /* 3 of 10 */
	assert_int_equal(s.value[SKETCH_LOWER], 0);
	assert_int_equal(s.value[SKETCH_DISTINCT], 7);
	assert_int_equal(s.value[SKETCH_LENGTH], 0);
	assert_int_equal(s.value[SKETCH_BYTE], SKETCH_KIND_UPPER);
	assert_int_equal(s.value[SKETCH_BYTE + 3], SKETCH_KIND_SIGN);
	assert_int_equal(s.value[SKETCH_BYTE + 5], SKETCH_KIND_LOWER);
	assert_int_equal(s.value[SKETCH_BYTE + 7], SKETCH_KIND_WHITE);
}

static void test_kinds(void **state)
{
	static const uint8_t bytes[] = { 0, 3, 31, '0', 127, 192, 255 };
	static const uint8_t kinds[] = { SKETCH_KIND_ZERO,  SKETCH_KIND_FEW,  SKETCH_KIND_CONTROL,
					 SKETCH_KIND_DIGIT, SKETCH_KIND_HIGH, SKETCH_KIND_HIGHER,
					 SKETCH_KIND_ONES,  SKETCH_KIND_NONE };
	struct sketch s = { 0 };

	(void)state;
	sketch_make(bytes, sizeof(bytes), sizeof(bytes), &s);
	assert_memory_equal(s.value + SKETCH_BYTE, kinds, sizeof(kinds));
	/* Cut off by the capture: its size is known, no more. */
	sketch_make(NULL, 0, 70000, &s);
	assert_int_equal(s.value[SKETCH_SIZE], SKETCH_SIZE_CLASSES - 1);
	for (int f = SKETCH_SIZE + 1; f < SKETCH_FEATURES; f++)
		assert_int_equal(s.value[f], SKETCH_UNKNOWN);
}

static void test_lengths(void **state)
{
	static const struct {
		uint8_t bytes[9];
		uint32_t n_payload, value;
	} cases[] = {
		{ { 9, 9, 0, 20, 9, 9, 9, 9, 9 }, 20, 1 + (2 * 2 + 0) * 3 + 0 },   /* all */
		{ { 22, 3, 1, 1, 44, 9, 9, 9, 9 }, 305, 1 + (3 * 2 + 0) * 3 + 1 }, /* TLS */
		{ { 9, 9, 9, 9, 9, 9, 100, 0, 9 }, 120, 1 + (6 * 2 + 1) * 3 + 2 },
		{ { 9, 9, 9, 9, 9, 9, 9, 0, 100 }, 100, 0 }, /* too far in */
		{ { 0, 7, 9, 9, 9, 9, 9, 9, 9 }, 9, 0 },     /* too small to tell */
		{ { 0, 101, 9, 9, 9, 9, 9, 9, 9 }, 100, 0 },
	};
	struct sketch s = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sketch_make(cases[i].bytes, 9, cases[i].n_payload, &s);
		assert_int_equal(s.value[SKETCH_LENGTH], cases[i].value);
	}
	assert_int_equal(length_of(SKETCH_LENGTH_PLACES - 1, 1, 2) + 1, SKETCH_LENGTH_CLASSES);
}

/* Any payload is within the classes, and a class of sizes is never wider than a quarter octave. */
static void test_ranges(void **state)
{
	uint8_t bytes[40], before = 0;
	uint32_t x = 1;

	(void)state;
	for (uint32_t n = 1; n <= UINT16_MAX; n++) {
		struct sketch s = { 0 };

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
		sketch_make(bytes, n < sizeof(bytes) ? n : (uint32_t)sizeof(bytes), n, &s);
		for (int f = 0; f < SKETCH_FEATURES; f++)
			assert_true(s.value[f] < sketch_classes(f));
		assert_true(s.value[SKETCH_SIZE] >= before);
		before = s.value[SKETCH_SIZE];
	}
	assert_int_equal(before, SKETCH_SIZE_CLASSES - 1);
	assert_int_equal(sketch_first(SKETCH_FEATURES), SKETCH_VALUES);
}

static char *printed(const struct sketch_table *table)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	sketch_table_print(table, out);
	fclose(out);
	return text;
}

static void test_round_trip(void **state)
{
	CLEANUP(freep) struct sketch_table *a = mem_array(1, sizeof(*a));
	CLEANUP(freep) struct sketch_table *b = mem_array(1, sizeof(*b));
	struct sketch s[2] = { { .slot = 0 }, { .slot = SKETCH_SLOTS - 1 } };
	CLEANUP(freep) char *text = NULL;
	struct conf *conf = NULL;
	struct err err = { "" };

	(void)state;
	sketch_make((const uint8_t *)"EHLO a\r\n", 8, 8, &s[0]);
	sketch_make(NULL, 0, 1448, &s[1]);
	for (int i = 0; i < 3; i++)
		sketch_table_add(a, s, 2);
	a->count[1][0] = UINT32_MAX - 1;
	text = printed(a);
	assert_non_null(strstr(text, "( \">1\", \"byte1\",4,3 )"));
	assert_non_null(strstr(text, "( \"<3\", \"size\",41,3 )"));
	assert_int_equal(conf_parse("x", text, &conf, &err), 0);
	assert_int_equal(sketch_table_read(conf,
					   config_setting_get_member(conf_root(conf), "sketches"),
					   b, &err),
			 0);
	assert_memory_equal(a, b, sizeof(*a));
	conf_freep(&conf);
	/* Counts stop where the type does. */
	s[0].slot = 1;
	s[0].value[SKETCH_SIZE] = 0;
	sketch_table_add(a, s, 1);
	sketch_table_add(a, s, 1);
	assert_int_equal(a->count[1][0], UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),	   cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_lengths),	   cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
