/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "models/column.h"

enum { N = 20000 };

/* Sizes as on a wire: a third acknowledgements, some of usual lengths, the rest spread. */
static void make_sizes(int64_t *values)
{
	static const int64_t usual[] = { 0, 40, 52, 60, 1500 };
	struct rng rng;

	rng_init(&rng, 7, 0, 0, RNG_TEST);
	for (int i = 0; i < N; i++)
		values[i] = rng_below(&rng, 3) < 2
				    ? usual[rng_below(&rng, 5)]
				    : 2 + (int64_t)rng_below(&rng, 1000) * rng_below(&rng, 1000);
}

static struct column fit(const int64_t *values, size_t n)
{
	int64_t *copy = malloc(n * sizeof(*copy));
	struct column c;

	memcpy(copy, values, n * sizeof(*copy));
	assert_int_equal(column_fit(copy, n, &c), 0);
	free(copy);
	return c;
}

static void atoms_come_back_exactly(void **state)
{
	static const int64_t atoms[] = { 0, 40, 52, 60, 1500 };
	int64_t values[N];
	struct column c;
	struct rng rng;

	(void)state;
	make_sizes(values);
	c = fit(values, N);
	rng_init(&rng, 1, 0, 0, RNG_TEST);
	for (size_t i = 0; i < 5; i++) {
		uint16_t code = column_encode(&c, atoms[i]);

		assert_true(code < c.n_atoms);
		assert_int_equal(column_decode(&c, code, &rng), atoms[i]);
	}
	assert_true(c.n_bins >= 20 && c.n_bins <= COLUMN_MAX_BINS);
	column_done(&c);
}

static void nothing_and_one_are_atoms(void **state)
{
	int64_t values[100];
	struct column c;

	(void)state;
	for (int i = 0; i < 100; i++)
		values[i] = i; /* each once: none is frequent */
	c = fit(values, 100);
	assert_int_equal(c.n_atoms, 2);
	assert_int_equal(c.atoms[0], 0);
	assert_int_equal(c.atoms[1], 1);
	column_done(&c);
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/*
 * Coded and decoded, the values keep their distribution: two-sample Kolmogorov-Smirnov, 20,000
 * each. Chance alone passes 0.0269 once in 1e6; what is between knots is allowed 0.003 more.
 */
static void decoded_values_are_spread_as_they_were(void **state)
{
	int64_t values[N], decoded[N];
	double worst = 0;
	struct column c;
	struct rng rng;

	(void)state;
	make_sizes(values);
	c = fit(values, N);
	rng_init(&rng, 2, 0, 0, RNG_TEST);
	for (int i = 0; i < N; i++)
		decoded[i] = column_decode(&c, column_encode(&c, values[i]), &rng);
	qsort(values, N, sizeof(*values), compare);
	qsort(decoded, N, sizeof(*decoded), compare);
	for (int i = 0, j = 0; i < N; i++) {
		double gap;

		if (i + 1 < N && values[i + 1] == values[i])
			continue;
		while (j < N && decoded[j] <= values[i])
			j++;
		gap = (double)(i + 1 - j) / N;
		worst = gap > worst ? gap : -gap > worst ? -gap : worst;
	}
	assert_true(worst < 0.0299);
	column_done(&c);
}

static void codes_stay_in_range_and_ascend(void **state)
{
	int64_t values[N], min, max, last = -1;
	struct column c;
	struct rng rng;

	(void)state;
	make_sizes(values);
	c = fit(values, N);
	rng_init(&rng, 3, 0, 0, RNG_TEST);
	for (uint32_t code = 0; code < column_n_codes(&c); code++) {
		column_range(&c, (uint16_t)code, &min, &max);
		assert_true(min <= max);
		if (code == c.n_atoms)
			last = -1;
		assert_true(min > last);
		last = max;
		for (int i = 0; i < 20; i++) {
			int64_t v = column_decode(&c, (uint16_t)code, &rng);

			assert_true(v >= min && v <= max);
		}
	}
	/* Beyond what was seen: the nearest bin. */
	assert_int_equal(column_encode(&c, COLUMN_LIMIT_VALUE), column_n_codes(&c) - 1);
	assert_int_equal(column_encode(&c, 3), c.n_atoms);
	column_done(&c);
}

static void a_dictionary_holds_its_values(void **state)
{
	static const int64_t ports[] = { 0, 68, 123, 5353 };
	struct column c;

	(void)state;
	assert_int_equal(column_of_values(ports, 4, &c), 0);
	for (uint16_t i = 0; i < 4; i++)
		assert_int_equal(column_encode(&c, ports[i]), i);
	assert_int_equal(column_encode(&c, 100), 2); /* nearest: 123 */
	assert_int_equal(column_encode(&c, 60000), 3);
	column_done(&c);
}

static char *save(const struct column *c)
{
	size_t n = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &n);

	fputs("c = ", out);
	column_save(c, out);
	fputs(";\n", out);
	fclose(out);
	return text;
}

static int load(const char *text, struct column *ret, struct err *err)
{
	const config_setting_t *node = NULL;
	struct conf *conf = NULL;
	int r = conf_parse("c.conf", text, &conf, err);

	if (r == 0)
		r = conf_get_group(conf, conf_root(conf), "c", true, &node, err);
	if (r == 0)
		r = column_load(conf, node, ret, err);
	conf_freep(&conf);
	return r;
}

static void saved_and_loaded_is_the_same(void **state)
{
	struct err err = { "" };
	struct column c, back;
	int64_t values[N];
	char *text, *again;

	(void)state;
	make_sizes(values);
	for (int i = 0; i < N; i++)
		values[i] *= 100000; /* past 32 bits */
	c = fit(values, N);
	text = save(&c);
	assert_int_equal(load(text, &back, &err), 0);
	again = save(&back);
	assert_string_equal(text, again);
	free(text);
	free(again);
	column_done(&c);
	column_done(&back);
}

static void hostile_texts_are_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "c = { atoms = [1, 1]; bins = (); };", "must ascend" },
		{ "c = { atoms = [2, 1]; bins = (); };", "must ascend" },
		{ "c = { atoms = [-1]; bins = (); };", "-1" },
		{ "c = { atoms = []; bins = (); };", "needs an atom or a bin" },
		{ "c = { atoms = [1]; };", "bins" },
		{ "c = { bins = (); };", "atoms" },
		{ "c = { atoms = [1]; bins = ( [] ); };", "1 to 64 integers" },
		{ "c = { atoms = [1]; bins = ( [5, 4] ); };", "4 is not in 5" },
		{ "c = { atoms = [1]; bins = ( [5, 9], [7, 10] ); };", "7 is not in 9" },
		{ "c = { atoms = [1]; bins = ( [1.5] ); };", "expected an integer" },
		{ "c = { atoms = [1]; bins = ( 4 ); };", "1 to 64 integers" },
		{ "c = { atoms = [1]; bins = ( [2000000000000000000L] ); };", "is not in" },
		{ "c = { atom = [1]; bins = (); };", "did you mean 'atoms'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = { "" };
		struct column c;

		assert_true(load(cases[i].text, &c, &err) < 0);
		if (strstr(err.text, cases[i].why) == NULL || strstr(err.text, "c.conf:1") == NULL)
			fail_msg("case %zu: %s", i, err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(atoms_come_back_exactly),
		cmocka_unit_test(nothing_and_one_are_atoms),
		cmocka_unit_test(decoded_values_are_spread_as_they_were),
		cmocka_unit_test(codes_stay_in_range_and_ascend),
		cmocka_unit_test(a_dictionary_holds_its_values),
		cmocka_unit_test(saved_and_loaded_is_the_same),
		cmocka_unit_test(hostile_texts_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
