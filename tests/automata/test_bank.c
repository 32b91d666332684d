/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/automata/toy.h"

#include "automata/bank.h"

static struct automaton *simple(const char *service, uint8_t proto, enum conn_state state,
				uint32_t n_words)
{
	struct automaton *a = toy_named(service, 2, 9, "1, 5", "[0,1,0,5,1,0]");

	a->proto = proto;
	a->state = (uint8_t)state;
	a->n_words = n_words;
	return a;
}

static void test_find(void **state)
{
	struct automaton_bank bank = { 0 };
	struct automaton *again = simple("https", 6, CONN_SF, 1);
	struct err err = { "" };
	bool exact;

	(void)state;
	assert_int_equal(automaton_bank_find(&bank, "https", 6, CONN_SF, &exact), -1);
	assert_int_equal(automaton_bank_add(&bank, simple("ssh", 6, CONN_SF, 9), &err), 0);
	assert_int_equal(automaton_bank_add(&bank, simple("https", 6, CONN_SF, 5), &err), 0);
	assert_int_equal(automaton_bank_add(&bank, simple("smtp", 6, CONN_SF, 9), &err), 0);
	assert_int_equal(automaton_bank_add(&bank, simple("https", 6, CONN_REJ, 2), &err), 0);
	assert_int_equal(automaton_bank_add(&bank, simple("https", 17, CONN_SF, 50), &err), 0);
	assert_int_equal(automaton_bank_add(&bank, again, &err), -EEXIST);
	automaton_freep(&again);
	assert_int_equal(automaton_bank_find(&bank, "https", 6, CONN_SF, &exact), 1);
	assert_true(exact);
	assert_int_equal(automaton_bank_find(&bank, "https", 17, CONN_SF, NULL), 4);
	/* Most words, the first of equals. */
	assert_int_equal(automaton_bank_find(&bank, "gopher", 6, CONN_SF, &exact), 0);
	assert_false(exact);
	assert_int_equal(automaton_bank_find(&bank, "https", 6, CONN_S0, &exact), -1);
	assert_int_equal(automaton_bank_prepare(&bank, &err), 0);
	assert_int_equal(walk_log2_mass(bank.walks[3], 1, 0), 0);
	automaton_bank_done(&bank);
	assert_int_equal(bank.n, 0);
}

static struct habit_table *no_habits(void)
{
	struct habit_table *habits = mem_array(1, sizeof(*habits));

	assert_non_null(habits);
	return habits;
}

/* Those of a service stand with one of its automata, and are for all. */
static void test_habits(void **state)
{
	struct automaton_bank bank = { 0 };
	struct err err = { "" };

	(void)state;
	assert_int_equal(automaton_bank_add(&bank, simple("http", 6, CONN_S1, 1), &err), 0);
	assert_int_equal(automaton_bank_add(&bank, simple("http", 6, CONN_SF, 5), &err), 0);
	assert_int_equal(automaton_bank_add(&bank, simple("http", 17, CONN_SF, 5), &err), 0);
	assert_int_equal(automaton_bank_add(&bank, simple("ssh", 6, CONN_SF, 5), &err), 0);
	bank.automata[1]->habits = no_habits();
	bank.automata[3]->habits = no_habits();
	assert_int_equal(automaton_bank_prepare(&bank, &err), 0);
	assert_ptr_equal(bank.habits[0], bank.automata[1]->habits);
	assert_ptr_equal(bank.habits[1], bank.automata[1]->habits);
	assert_null(bank.habits[2]);
	assert_ptr_equal(bank.habits[3], bank.automata[3]->habits);
	automaton_bank_done(&bank);
}

static void test_file_names(void **state)
{
	static const struct {
		const char *service;
		uint8_t proto;
		enum conn_state state;
		const char *name; /* NULL: any */
	} cases[] = {
		{ "https", 6, CONN_SF, "https_SF.conf" },
		{ "http-alt", 6, CONN_RSTOS0, "http-alt_RSTOS0.conf" },
		{ "dns", 17, CONN_SF, "dns_17_SF.conf" },
		{ "-", 6, CONN_S1, "_none_S1.conf" },
		{ "-", 17, CONN_S1, "_none_17_S1.conf" },
		{ "dns_17", 6, CONN_SF, NULL },
		{ "dns/17", 6, CONN_SF, NULL },
		{ "../../etc/passwd", 6, CONN_SF, NULL },
		{ "_none", 6, CONN_S1, NULL },
		{ "--", 6, CONN_S1, NULL },
		{ "a.conf", 6, CONN_SF, NULL },
		{ "\xff\xfe", 255, CONN_RSTOS0, NULL },
		{ "12345678901234567890!!!", 255, CONN_RSTOS0, NULL },
	};
	enum { N = sizeof(cases) / sizeof(*cases) };
	char names[N][AUTOMATON_FILE_BYTES];

	(void)state;
	for (size_t i = 0; i < N; i++) {
		struct automaton *a = simple("x", cases[i].proto, cases[i].state, 1);
		const char *at;

		snprintf(a->service, sizeof(a->service), "%s", cases[i].service);
		automaton_file_name(a, names[i]);
		if (cases[i].name != NULL)
			assert_string_equal(names[i], cases[i].name);
		at = names[i] + strspn(names[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
						 "XYZ0123456789-_");
		assert_string_equal(at, ".conf");
		assert_true(names[i][0] != '-');
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(names[i], names[k]);
		automaton_freep(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_habits),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_file_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
