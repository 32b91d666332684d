/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/automata/toy.h"

static void test_symbols(void **state)
{
	char text[AUTOMATON_SYMBOL_TEXT_BYTES];
	struct automaton_step step = { .direction = STEP_BACKWARD, .flags = TCP_PSH | TCP_ACK };
	static const char *const wrong[] = { "",      ">",     "A",   ">AX", "<1000+",
					     ">PA++", ">PA +", "> A", ">-",  "<-+",
					     "<256",  ">08",   ">+",  "><A", ">FSRPAUECFSRPAUEC" };
	automaton_symbol symbol;

	(void)state;
	assert_string_equal(automaton_symbol_format(automaton_symbol_of(6, &step), text), "<PA");
	step.payload_bytes = 1;
	assert_string_equal(automaton_symbol_format(automaton_symbol_of(6, &step), text), "<PA+");
	assert_string_equal(automaton_symbol_format(automaton_symbol_of(17, &step), text), "<.+");
	step = (struct automaton_step) { .direction = STEP_FORWARD, .flags = 8 };
	assert_string_equal(automaton_symbol_format(automaton_symbol_of(1, &step), text), ">8");
	assert_string_equal(automaton_symbol_format(automaton_symbol_of(58, &step), text), ">8");
	step.flags = 0;
	assert_string_equal(automaton_symbol_format(automaton_symbol_of(1, &step), text), ">0");
	assert_string_equal(automaton_symbol_format(automaton_symbol_of(6, &step), text), ">.");
	/* All there are, both ways. */
	for (uint32_t s = 0; s < 2048; s++) {
		automaton_symbol_format((automaton_symbol)s, text);
		assert_int_equal(automaton_symbol_parse(text, &symbol), 0);
		assert_int_equal(symbol, s);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(automaton_symbol_parse(wrong[i], &symbol), -EINVAL);
}

static char *saved(const struct automaton *a, int (*save)(const struct automaton *, FILE *))
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	assert_non_null(out);
	assert_int_equal(save(a, out), 0);
	fclose(out);
	return text;
}

static void test_saved_is_loaded(void **state)
{
	struct automaton *a = toy(5, TOY_RICH_ENDS, TOY_RICH), *b = NULL;
	CLEANUP(freep) char *first = saved(a, automaton_save);
	CLEANUP(freep) char *second = NULL;
	struct conf *conf = NULL;

	(void)state;
	assert_int_equal(conf_parse("saved", first, &conf, NULL), 0);
	assert_int_equal(automaton_load(conf, &b, NULL), 0);
	second = saved(b, automaton_save);
	assert_string_equal(first, second);
	assert_int_equal(b->n_edges, 12);
	assert_int_equal(b->end_count[2], 7);
	assert_int_equal(b->edges[6].size.n_knots, 2);
	assert_int_equal(b->edges[6].size.knots[1], 1000);
	conf_freep(&conf);
	automaton_freep(&a);
	automaton_freep(&b);
}

/* Gaps above 2^31 units, counts above 2^31, units that are not the nanosecond. */
static void test_wide_numbers(void **state)
{
	struct automaton *a = toy(2, "1, 5",
				  "[0L,1L,0L,4000000000L,3L,1L,5000000001L,9000000000L], "
				  "[1,1,1,3,2,1000,2000]");
	struct automaton *b = NULL;
	CLEANUP(freep) char *text = saved(a, automaton_save);
	struct conf *conf = NULL;

	(void)state;
	assert_int_equal(conf_parse("saved", text, &conf, NULL), 0);
	assert_int_equal(automaton_load(conf, &b, NULL), 0);
	assert_true(b->edges[0].count == 4000000000U);
	assert_true(b->edges[0].gap.knots[1] == INT64_C(5000000001));
	conf_freep(&conf);
	automaton_freep(&a);
	automaton_freep(&b);
	a = toy(2, "1, 5", "[0,1,0,4,2,1000,250000]");
	freep(&text);
	text = saved(a, automaton_save);
	assert_non_null(strstr(text, "gap_unit_ns = 1000;"));
	assert_non_null(strstr(text, "[0,1,0,4,2,1,250]"));
	automaton_freep(&a);
}

#define HEAD                                                                                       \
	"format = 1;\nservice = \"x\"; proto = 6; state = \"SF\"; words = 1;\nmax_packets = 9; "   \
	"states = 2;\nends = [1, 4];\nsymbols = [\">A\", \"<PA+\"];\n"

#define SKETCHED HEAD "edges = ( [0,1,0,1,1,0] ); sketches = "
#define HABITED	 HEAD "edges = ( [0,1,0,1,1,0] ); habits = "

static const struct {
	const char *text, *message;
} hostile[] = {
	{ "", "format" },
	{ "format = 2;", "x:1" },
	{ HEAD, "edges" },
	{ HEAD "edges = ();", "no path from state 0 ends" },
	{ HEAD "edges = ( [0,1,0,1,1,0] ); more = 1;", "more" },
	{ HEAD "edges = ( [0,2,0,1,1,0] );", "dst: 2 is not within 0..1" },
	{ HEAD "edges = ( [-1,1,0,1,1,0] );", "src" },
	{ HEAD "edges = ( [0,1,2,1,1,0] );", "symbol" },
	{ HEAD "edges = ( [0,1,0,0,1,0] );", "count" },
	{ HEAD "edges = ( [0,1,0,5000000000L,1,0] );", "edge" },
	{ HEAD "edges = ( [0,1,0,1,0] );", "edge" },
	{ HEAD "edges = ( [0,1,0,1,2,0] );", "size knots" },
	{ HEAD "edges = ( [0,1,0,1,1,0,7] );", "no payload" },
	{ HEAD "edges = ( [0,1,1,1,1,0] );", "has payload" },
	{ HEAD "edges = ( [0,1,1,1,1,0,0] );", "size: 0 is not within 1..65535" },
	{ HEAD "edges = ( [0,1,1,1,1,0,65536] );", "size" },
	{ HEAD "edges = ( [0,1,1,1,1,0,9,8] );", "do not ascend" },
	{ HEAD "edges = ( [0,1,0,1,2,9,8] );", "do not ascend" },
	{ HEAD "edges = ( [0,1,0,1,1,-1] );", "gap" },
	{ HEAD "edges = ( [0,1,0,1,1000000000,1] );", "number of gap knots" },
	{ HEAD "edges = ( [0.5,1.0,0.1,1.0,1.0,1.0] );", "integers" },
	{ HEAD "edges = ( (0,\"1\",0,1,1,0) );", "integers" },
	{ HEAD "edges = ( { a = 1; } );", "edge" },
	{ HEAD "edges = ( 5 );", "edge" },
	{ HEAD "edges = 5;", "edges" },
	{ HEAD "edges = ( [1,1,0,1,1,0] );", "state 0" },
	{ HEAD "edges = ( [1,1,0,1,1,0], [0,1,0,1,1,0] );", "order" },
	{ HEAD "edges = ( [0,1,0,-3,1,0] );", "count" },
	{ SKETCHED "5;", "sketches" },
	{ SKETCHED "( 5 );", "slot, feature, value, count" },
	{ SKETCHED "( (\">1\", \"size\") );", "slot, feature, value, count" },
	{ SKETCHED "( (\">1\", \"size\", 1) );", "slot, feature, value, count" },
	{ SKETCHED "( (\">4\", \"size\", 1, 1) );", "'>4' is no slot" },
	{ SKETCHED "( (1, \"size\", 1, 1) );", "sketches[0]" },
	{ SKETCHED "( (\">1\", \"byte9\", 1, 1) );", "'byte9' is no feature" },
	{ SKETCHED "( (\">1\", \"size\", 64, 1) );", "sketches[0]" },
	{ SKETCHED "( (\">1\", \"size\", 1, 0) );", "sketches[0]" },
	{ SKETCHED "( (\">1\", \"size\", 1, 4294967296L) );", "sketches[0]" },
	{ SKETCHED "( (\">1\", \"size\", 2, 1, 2, 1) );", "do not ascend" },
	{ SKETCHED "( (\">1\", \"size\", 2, 1), (\">1\", \"size\", 3, 1) );", "a second row" },
	{ HABITED "5;", "habits" },
	{ HABITED "( (\">1\", \"filler\", 1, 1) );", "'>1' is no slot" },
	{ HABITED "( (\">\", \"size\", 1, 1) );", "'size' is no feature" },
	{ HABITED "( (\">\", \"filler\", 3, 1) );", "habits[0]" },
	{ HABITED "( (\">\", \"byte4\", 66, 1) );", "habits[0]" },
	{ HABITED "( (\"<\", \"filler\", 1, 1), (\"<\", \"filler\", 2, 1) );", "a second row" },
	{ "format = 1; service = \"x\"; proto = 6; state = \"SF\"; words = 1; max_packets = 9; "
	  "states = 3; ends = [1,4]; symbols = [\">A\"]; edges = ( [0,1,0,1,1,0], [0,2,0,1,1,0] );",
	  "no path from state 2" },
	{ "format = 1; service = \"x\"; proto = 6; state = \"SF\"; words = 1; max_packets = 9; "
	  "states = 3; ends = [1,4]; symbols = [\">A\"]; edges = ( [0,1,0,1,1,0], [2,1,0,1,1,0] );",
	  "x:1: edges: state 2 cannot be reached" },
	{ "format = 1; service = \"x\"; proto = 17; state = \"SF\"; words = 1; max_packets = 9; "
	  "states = 2; ends = [1,4]; symbols = [\">A\"]; edges = ( [0,1,0,1,1,0] );",
	  "no packet of protocol 17" },
	{ "format = 1; service = \"x\"; proto = 6; state = \"SF\"; words = 1; max_packets = 9; "
	  "states = 2; ends = [1,4]; symbols = [\">8\"]; edges = ( [0,1,0,1,1,0] );",
	  "no packet of protocol 6" },
	{ "format = 1; service = \"x\"; proto = 6; state = \"SX\"; words = 1; max_packets = 9; "
	  "states = 2; ends = [1,4]; symbols = [\">A\"]; edges = ( [0,1,0,1,1,0] );",
	  "SX" },
	{ "format = 1; service = \"123456789012345678901234\"; proto = 6; state = \"SF\"; "
	  "words = 1; max_packets = 9; states = 2; ends = [1,4]; symbols = [\">A\"]; "
	  "edges = ( [0,1,0,1,1,0] );",
	  "service" },
	{ "format = 1; service = \"x\"; proto = 6; state = \"SF\"; words = 1; max_packets = 9; "
	  "states = 2; ends = [1]; symbols = [\">A\"]; edges = ( [0,1,0,1,1,0] );",
	  "pairs" },
	{ "format = 1; service = \"x\"; proto = 6; state = \"SF\"; words = 1; max_packets = 9; "
	  "states = 2; ends = [2,1]; symbols = [\">A\"]; edges = ( [0,1,0,1,1,0] );",
	  "ends" },
	{ "format = 1; service = \"x\"; proto = 6; state = \"SF\"; words = 1; max_packets = 9; "
	  "states = 2; ends = [1,1,1,1]; symbols = [\">A\"]; edges = ( [0,1,0,1,1,0] );",
	  "ends" },
	{ "format = 1; service = \"x\"; proto = 6; state = \"SF\"; words = 1; max_packets = 9; "
	  "states = 5000; ends = [1,1]; symbols = [\">A\"]; edges = ( [0,1,0,1,1,0] );",
	  "states" },
	{ "format = 1; service = \"x\"; proto = 6; state = \"SF\"; words = 1; max_packets = 9; "
	  "states = 2; ends = [1,1]; symbols = [7]; edges = ( [0,1,0,1,1,0] );",
	  "symbols" },
};

static void test_hostile_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
		struct automaton *a = NULL;
		struct conf *conf = NULL;
		struct err err = { "" };

		assert_int_equal(conf_parse("x", hostile[i].text, &conf, &err), 0);
		if (automaton_load(conf, &a, &err) != -EINVAL)
			fail_msg("text %zu was loaded", i);
		assert_null(a);
		if (strncmp(err.text, "x", 1) != 0 || strstr(err.text, hostile[i].message) == NULL)
			fail_msg("text %zu: '%s' does not say '%s'", i, err.text,
				 hostile[i].message);
		conf_freep(&conf);
	}
}

static void test_people_can_read_it(void **state)
{
	struct automaton *a =
		toy(4, "3, 5",
		    "[0,1,0,90,1,0], [0,3,1,10,1,0], [1,2,3,70,2,1000000,3000000,517], "
		    "[1,1,0,5,1,9], [2,3,2,1,1,20,1,1448]");
	CLEANUP(freep) char *text = saved(a, automaton_explain);
	CLEANUP(freep) char *dot = saved(a, automaton_dot);

	(void)state;
	assert_non_null(strstr(text, "ending in OTH: learned from 100 flows"));
	/* 0 -> 1 -> 2 -> 3: 0.9 x 70/75. */
	assert_non_null(strstr(text, "most probable course (84 % of flows)"));
	assert_non_null(strstr(text, "<PA+            2 ms  responder sends 517 bytes"));
	assert_non_null(strstr(text, "originator sends about 724 bytes (1 to 1448)"));
	assert_non_null(strstr(dot, "digraph \"toy\" {"));
	assert_non_null(strstr(dot, "1 -> 2 [label = \"<PA+ 517 B  93 %  2 ms\\n\""));
	assert_non_null(strstr(dot, "3 [shape = doublecircle, xlabel = \"ends\"]"));
	assert_null(strstr(dot, "not shown"));
	automaton_freep(&a);
}

/* What few flows do is left out of the picture, with the states that only such edges lead to; all
 * packets from one state to another share an arrow. */
static void test_pictures_are_of_what_is_usual(void **state)
{
	struct automaton *a =
		toy(4, "3, 999, 2, 1",
		    "[0,1,0,999,1,0], [0,2,0,1,1,0], [1,1,0,7,1,9], [1,1,2,70,1,5,44], "
		    "[1,1,3,99,1,5,45], [1,3,0,999,1,0], [2,2,0,900,1,0]");
	CLEANUP(freep) char *dot = NULL;

	(void)state;
	a->n_words = 1000;
	dot = saved(a, automaton_dot);
	assert_non_null(strstr(dot, "3 edges that less than 1 % of flows take are not shown"));
	assert_non_null(strstr(dot, "\t0 -> 1 ["));
	assert_null(strstr(dot, "-> 2 ["));
	assert_null(strstr(dot, "\t2 "));
	assert_non_null(strstr(dot, "1 -> 1 [label = \">PA+ 44 B  6 %  5 ns\\n"));
	assert_non_null(strstr(dot, "45 B  8.4 %  5 ns\\n\", penwidth"));
	automaton_freep(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_symbols),
		cmocka_unit_test(test_saved_is_loaded),
		cmocka_unit_test(test_wide_numbers),
		cmocka_unit_test(test_hostile_texts),
		cmocka_unit_test(test_people_can_read_it),
		cmocka_unit_test(test_pictures_are_of_what_is_usual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
