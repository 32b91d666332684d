/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns as text: what is wrong is refused with file and line; a learned table of planted
 * patterns is found again. */
#include "tests/flow/chronicle_fixture.h"

#define ROWS(rows) "{ name = \"p\"; occurrences = 1; rows = ( " rows " ); }"
#define DNS	   "{ service = \"dns\"; client = \"$c\"; }"

static const struct {
	const char *patterns, *said;
} wrong[] = {
	{ "{ name = \"p\"; rows = ( " DNS " ); }", "how often?" },
	{ "{ name = \"p\"; occurrences = 1; share = 0.5; rows = ( " DNS " ); }", "how often?" },
	{ "{ name = \"p\"; occurrences = 0; rows = ( " DNS " ); }", "occurrences: 0" },
	{ "{ name = \"p\"; share = 1.5; rows = ( " DNS " ); }", "share" },
	{ "{ name = \"p\"; share = 0.5; rows = ( " DNS " ); }", "shares add up to 0.5" },
	{ "{ name = \"p\"; share = 0.6; rows = ( " DNS " ); },\n{ name = \"q\"; share = 0.6; rows "
	  "= ( " DNS " ); }",
	  "shares add up to 1.2" },
	{ ROWS(DNS) ",\n" ROWS(DNS), "two patterns are named 'p'" },
	{ "{ name = \"p\"; occurrences = 1; wieght = 2; rows = ( " DNS " ); }", "wieght" },
	{ "{ name = \"p\"; occurrences = 1; hours = [ 1, 2 ]; rows = ( " DNS " ); }", "2 hours" },
	{ "{ name = \"p\"; occurrences = 1; hours = [ 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,"
	  "0,0 ]; rows = ( " DNS " ); }",
	  "all hours are 0" },
	{ ROWS(""), "0 rows; expected 1 to 8" },
	{ ROWS(DNS "," DNS "," DNS "," DNS "," DNS "," DNS "," DNS "," DNS "," DNS),
	  "9 rows; expected 1 to 8" },
	{ ROWS("{ service = \"htpt\"; }"), "did you mean 'http'" },
	{ ROWS("{ service = \"dns\"; port = 80; }"), "no flow of service 'dns'" },
	{ ROWS("{ service = \"dns\"; client = \"nobody\"; }"), "no host 'nobody'" },
	{ ROWS("{ service = \"dns\"; client = \"$\"; }"), "a variable is $" },
	{ ROWS(DNS ", { service = \"dns\"; client = \"$c = server-1\"; }"), "bound in an earlier" },
	{ ROWS("{ service = \"dns\"; client = \"$c\"; server = \"$c\"; }"), "nobody speaks" },
	{ ROWS("{ service = \"dns\"; client = \"$c\"; probability = 0.5; }, { service = \"dns\"; "
	       "client = \"$c\"; }"),
	  "variable $c is not bound" },
	{ ROWS(DNS ", { service = \"http\"; server = \"$c\"; }"), "cannot be together" },
	{ ROWS(DNS ", { service = \"dns\"; probability = 0.0; }"), "probability" },
	{ ROWS(DNS ", { service = \"dns\"; probability = 1.5; }"), "probability" },
	{ ROWS("{ service = \"dns\"; within = 5.0; }"), "the first row is when" },
	{ ROWS(DNS ", { service = \"dns\"; within = -1.0; }"), "within" },
	{ ROWS(DNS ", { service = \"dns\"; delay = [ 2.0, 1.0 ]; }"), "quantiles must ascend" },
	{ ROWS(DNS ", { service = \"dns\"; delay = [ -2.0, 1.0 ]; }"), "-2" },
	{ ROWS(DNS ", { service = \"dns\"; delay = [ 1.0 ]; within = 1.0; }"), "delay says it" },
	{ ROWS("{ service = \"dns\"; state = \"FINE\"; }"), "no end state" },
	{ ROWS("{ service = \"dns\"; label = \"x\"; }"), "not among the labels" },
	{ ROWS("{ service = \"dns\"; from = \"mars\"; }"), "none of local, internet, group" },
	{ "{ name = \"p\"; occurrences = 1; kinds = ( [ 0 ] ); rows = ( " DNS " ); }",
	  "expected [the kinds" },
	{ "{ name = \"p\"; occurrences = 1; kinds = ( [ 999, 1 ] ); rows = ( " DNS " ); }", "999" },
	{ "{ name = \"p\"; occurrences = 1; kinds = ( [ 1, 1 ] ); rows = ( " DNS " ); }",
	  "is not what row 1 says" },
	{ "{ name = \"p\"; occurrences = 1; kinds = ( [ 0, 0 ] ); rows = ( " DNS " ); }", "0" },
	{ "{ name = \"p\"; occurrences = 1; kinds = ( [ -1, 1 ] ); rows = ( " DNS " ); }",
	  "no row occurs" },
	{ ROWS("{ service = \"dns\"; nodes = ( { name = \"kind\"; parents = [ ]; rows = ( [ 0,1 ] "
	       "); } ); }"),
	  "the pattern's kinds say it" },
	{ ROWS("{ service = \"dns\"; state = \"SF\"; nodes = ( { name = \"state\"; parents = [ ]; "
	       "rows = ( [ 0,1 ] ); } ); }"),
	  "the row says it already" },
	{ ROWS("{ service = \"dns\"; nodes = ( { name = \"state\"; parents = [ \"label\" ]; rows = "
	       "( [ 0, 0,1 ] ); }, { name = \"label\"; parents = [ \"state\" ]; rows = ( [ 0, 0,1 "
	       "] ); } ); }"),
	  "cycle" },
	{ ROWS("{ service = \"dns\"; nodes = ( { name = \"dst_host\"; parents = [ \"fwd_packets\" "
	       "]; rows = ( [ 0, 1,1 ] ); } ); }"),
	  "drawn later" },
	{ ROWS("{ service = \"dns\"; nodes = ( { name = \"state\"; parents = [ \"state@1\" ]; rows "
	       "= ( [ 0, 0,1 ] ); } ); }"),
	  "no column here" },
	{ ROWS("{ service = \"nbns\"; nodes = ( { name = \"dst_host\"; parents = [ ]; rows = ( [ "
	       "0,1 ] ); } ); }"),
	  "is not of the scope" },
};

static void what_is_wrong_is_said_with_its_line(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct err err = { "" };
		const int r = load_patterns(f, wrong[i].patterns, &err);

		if (r >= 0 || strstr(err.text, wrong[i].said) == NULL ||
		    strncmp(err.text, "flow.conf:", 10) != 0)
			fail_msg("%s\n%d: '%s', expected '%s'", wrong[i].patterns, r, err.text,
				 wrong[i].said);
	}
}

/* Four of five queries are followed by the web within a second, by the same client. */
static void plant(struct flow_table *table, int n)
{
	struct err err = { "" };
	struct rng rng;
	int64_t at = 0;

	rng_init(&rng, 7, 0, 0, RNG_TEST);
	for (int i = 0; i < n; i++) {
		struct flow_record r = made_flow(&rng, i, 12), web;
		const uint32_t client = rng_below(&rng, 12);

		at += NS_PER_S + rng_below(&rng, 20000) * NS_PER_MS;
		r.start_ns = at;
		assert_int_equal(flow_table_append(table, &r, &err), 0);
		if (r.dst_port != 53 || rng_below(&rng, 5) == 0)
			continue;
		do
			web = made_flow(&rng, i, 12);
		while (web.dst_port != 443);
		(void)client;
		web.src = r.src;
		web.start_ns = at + (10 + rng_below(&rng, 900)) * NS_PER_MS;
		assert_int_equal(flow_table_append(table, &web, &err), 0);
	}
	flow_table_sort(table);
}

/*
 * The pattern is found: of all queries drawn, 80 % are followed by the web of the same client
 * within a second, give or take 5 % (of about 1,500, four standard deviations).
 */
static void a_planted_pattern_is_found(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct flow_record r[FLOW_EXPAND_MAX];
	uint32_t n_dns = 0, n_followed = 0;
	struct err err = { "" };

	(void)state;
	f->ops = flow_model_named("chronicle");
	plant(&f->table, 3000);
	fit_made(f);
	assert_int_equal(load(f, f->text, &err), 0);
	assert_int_equal(f->ops->bind(&f->flows, f->network, &err), 0);
	for (uint32_t i = 0; i < 3000; i++) {
		const size_t n = draw(f, i, 0, r);

		for (size_t k = 0; k < n; k++) {
			bool followed = false;

			if (strcmp(r[k].service, "dns") != 0)
				continue;
			for (size_t j = k + 1; j < n && !followed; j++)
				followed = strcmp(r[j].service, "https") == 0 &&
					   ip_equal(&r[j].src, &r[k].src) &&
					   r[j].start_ns - r[k].start_ns <= NS_PER_S;
			n_dns++;
			n_followed += followed;
		}
	}
	assert_true(n_dns > 1000);
	assert_in_range(n_followed * 100 / n_dns, 75, 85);
	fixture_free(f);
}

/* What is printed names the services and the variables, and is JSON where asked. */
static void patterns_are_explained(void **state)
{
	static const char pattern[] = "{ name = \"query, then the web\"; share = 1.0;\n"
				      "  rows = ( { service = \"dns\"; client = \"$c\"; },\n"
				      "           { service = \"http\"; client = \"$c\"; within = "
				      "5.0; probability = 0.3; "
				      "} ); }";
	struct fixture *f = *state;
	char *text = NULL;
	size_t n = 0;

	must_load(f, pattern);
	for (int how = FLOW_EXPLAIN_SUMMARY; how <= FLOW_EXPLAIN_JSON; how++) {
		FILE *out = open_memstream(&text, &n);

		assert_int_equal(f->ops->explain(&f->flows, &f->hosts, out, how), 0);
		fclose(out);
		assert_non_null(strstr(text, "query, then the web"));
		assert_non_null(strstr(text, how == FLOW_EXPLAIN_JSON ? "\"http/tcp\":0.3"
								      : "$c asks http/tcp 30 %"));
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_said_with_its_line),
		cmocka_unit_test(a_planted_pattern_is_found),
		cmocka_unit_test(patterns_are_explained),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
