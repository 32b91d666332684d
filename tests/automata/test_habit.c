/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/habit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit.h"

static struct habit_table *new_table(void)
{
	struct habit_table *table = mem_array(1, sizeof(*table));

	assert_non_null(table);
	return table;
}

static void test_ranges(void **state)
{
	uint32_t at = 0;

	(void)state;
	for (int h = 0; h < HABIT_N; h++) {
		assert_int_equal(habit_first(h), at);
		at += habit_classes(h);
	}
	assert_int_equal(at, HABIT_VALUES);
	assert_int_equal(habit_classes(HABIT_FILLER), HABIT_N_FILLERS);
	assert_int_equal(habit_classes(HABIT_BYTE + HABIT_WORD - 1), HABIT_CELLS);
	assert_int_equal(habit_classes(HABIT_START + HABIT_STARTS - 1), SKETCH_N_KINDS);
	assert_int_equal(habit_classes(HABIT_HTTP_FIELD), HABIT_N_FIELDS);
	assert_int_equal(habit_cell(0), 0);
	assert_int_equal(habit_cell(1), 1);
	assert_int_equal(habit_cell(3), 1);
	assert_int_equal(habit_cell(4), 2);
	assert_int_equal(habit_cell(254), HABIT_CELLS - 2);
	assert_int_equal(habit_cell(255), HABIT_CELLS - 1);
}

static void test_round_trip(void **state)
{
	CLEANUP(habit_table_freep) struct habit_table *a = new_table();
	CLEANUP(habit_table_freep) struct habit_table *b = new_table();
	CLEANUP(freep) char *text = NULL;
	struct conf *conf = NULL;
	struct err err = { "" };
	size_t n;
	FILE *out;

	(void)state;
	assert_true(habit_table_is_empty(a));
	for (int h = 0; h < HABIT_N; h++)
		habit_count(a, h & 1, h, habit_classes(h) - 1);
	habit_count(a, 0, HABIT_DNS_ID, HABIT_DNS_IDS); /* no such value */
	a->count[1][0] = UINT32_MAX;
	habit_count(a, 1, HABIT_FILLER, HABIT_NOISE);
	assert_false(habit_table_is_empty(a));
	out = open_memstream(&text, &n);
	habit_table_print(a, out);
	fclose(out);
	assert_non_null(strstr(text, "( \"<\", \"filler\",0,4294967295L )"));
	assert_non_null(strstr(text, "( \">\", \"filler\",2,1 )"));
	assert_int_equal(conf_parse("x", text, &conf, &err), 0);
	assert_int_equal(habit_table_read(conf,
					  config_setting_get_member(conf_root(conf), "habits"), b,
					  &err),
			 0);
	assert_memory_equal(a->count, b->count, sizeof(a->count));
	conf_freep(&conf);
}

/* A stratified pass over the random numbers gives each class its share, to one draw. */
static void test_draw(void **state)
{
	enum { N = 1000 };
	CLEANUP(habit_table_freep) struct habit_table *t = new_table();
	int n[HABIT_N_FILLERS] = { 0 };

	(void)state;
	assert_int_equal(habit_draw(NULL, 0, HABIT_FILLER, 5), -1);
	assert_int_equal(habit_draw(t, 0, HABIT_FILLER, 5), -1);
	t->count[0][HABIT_NOISE] = UINT32_MAX;
	t->count[0][HABIT_PLAIN] = UINT32_MAX / 3;
	assert_int_equal(habit_draw(t, 1, HABIT_FILLER, 5), -1);
	for (uint32_t i = 0; i < N; i++)
		n[habit_draw(t, 0, HABIT_FILLER, i * (UINT32_MAX / N))]++;
	assert_in_range(n[HABIT_NOISE], N * 3 / 4 - 1, N * 3 / 4 + 1);
	assert_int_equal(n[HABIT_TEXT], 0);
	assert_int_equal(habit_draw(t, 0, HABIT_FILLER, UINT32_MAX), HABIT_PLAIN);
}

/* Half zeros at the first place, a quarter each of 1 to 3 and 255; at the others 0x20 to 0x23. */
static void test_pool(void **state)
{
	CLEANUP(habit_table_freep) struct habit_table *t = new_table();
	uint32_t n_zero = 0, n_ones = 0;

	(void)state;
	for (int i = 0; i < 400; i++) {
		habit_count(t, 1, HABIT_BYTE, habit_cell(i % 2 == 0 ? 0 : i % 4 == 1 ? 2 : 255));
		for (int place = 1; place < HABIT_WORD; place++)
			habit_count(t, 1, HABIT_BYTE + place, habit_cell(0x21));
	}
	assert_int_equal(habit_table_settle(t), 0);
	assert_null(t->pool[0]);
	assert_non_null(t->pool[1]);
	for (uint32_t at = 0; at < HABIT_POOL; at++) {
		for (uint32_t byte = 0; byte < 256; byte++) {
			const uint8_t made =
				(uint8_t)((byte & t->pool[1]->mask[at]) ^ t->pool[1]->base[at]);

			if (at % HABIT_WORD != 0) {
				assert_int_equal(made & ~3, 0x20);
				continue;
			}
			assert_true(made < 4 || made == 255);
			n_zero += made == 0;
			n_ones += made == 255;
		}
	}
	/* 1024 places of 256 bytes. The seed is fixed; of others one in 10^9 would be six
	 * deviations (0.016 and 0.014) off. */
	assert_in_range(n_zero, (0.5 - 0.095) * 262144, (0.5 + 0.095) * 262144);
	assert_in_range(n_ones, (0.25 - 0.085) * 262144, (0.25 + 0.085) * 262144);
}

/* Each place's 256 bytes are of the kinds seen, as often as these. */
static void test_start(void **state)
{
	CLEANUP(habit_table_freep) struct habit_table *t = new_table();
	uint32_t n_zero = 0, n_distinct = 0;
	bool seen[256] = { false };

	(void)state;
	for (int place = 0; place < HABIT_STARTS; place++) {
		for (int i = 0; i < 3; i++)
			habit_count(t, 0, HABIT_START + place, SKETCH_KIND_ZERO);
		habit_count(t, 0, HABIT_START + place, SKETCH_KIND_HIGH);
		/* Shorter payloads say nothing. */
		habit_count(t, 0, HABIT_START + place, SKETCH_KIND_NONE);
	}
	assert_int_equal(habit_table_settle(t), 0);
	assert_null(t->start[1]);
	assert_non_null(t->start[0]);
	for (int i = 0; i < 256; i++) {
		const uint8_t byte = t->start[0]->byte[7][i];

		assert_true(byte == 0 || sketch_kind_of(byte) == SKETCH_KIND_HIGH);
		n_zero += byte == 0;
		n_distinct += !seen[byte];
		seen[byte] = true;
	}
	assert_int_equal(n_zero, 192);
	assert_int_equal(n_distinct, 1 + 64); /* of 65 high ones */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges), cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_draw),   cmocka_unit_test(test_pool),
		cmocka_unit_test(test_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
