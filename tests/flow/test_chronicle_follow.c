/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions: what follows follows as often, as soon and by whom its text says; what is learned keeps
 * its counts. */
#include "tests/flow/chronicle_fixture.h"

static const char two[] =
	"{ name = \"ask\"; occurrences = 1000; begins = 600; rows = ( { service = \"dns\"; } );\n"
	"  follows = (\n"
	"    { pattern = \"web\"; count = 250; after = 1; client = \"client\"; delay = [0.01]; },\n"
	"    { pattern = \"ask\"; probability = 0.4; client = \"client\"; delay = [1.0, 3.0]; } ); "
	"},\n"
	"{ name = \"web\"; occurrences = 250; begins = 0; rows = ( { service = \"http\"; } ); }";

/* 1000 queries of which 600 begin: each brings 1 / 0.6 of them and a quarter as many pages. */
static void as_often_as_they_say(void **state)
{
	struct fixture *f = *state;
	struct flow_record r[FLOW_EXPAND_MAX];
	uint64_t pages[2] = { 0 }, lengths[4] = { 0 };
	const double law[2] = { 0.75, 0.25 };
	const double geometric[4] = { 0.6, 0.24, 0.096, 0.064 };
	uint64_t n_asks = 0;

	must_load(f, two);
	for (uint32_t i = 0; i < N_DRAWS; i++) {
		const size_t n = draw(f, i, 0, r);
		uint64_t asks = 0, webs = 0;

		for (size_t k = 0; k < n; k++) {
			if (k > 0)
				assert_true(r[k].start_ns >= r[k - 1].start_ns);
			if (strcmp(r[k].service, "dns") == 0)
				asks++;
			else
				webs++;
		}
		assert_string_equal(r[0].service, "dns");
		assert_true(webs <= asks);
		n_asks += asks;
		pages[1] += webs;
		lengths[asks > 3 ? 3 : asks - 1]++;
	}
	pages[0] = n_asks - pages[1];
	/* False alarm 1e-6 each. */
	assert_true(chi_square_fits(pages, law, 2, n_asks));
	assert_true(chi_square_fits(lengths, geometric, 4, N_DRAWS));
}

/* Is there a query ten milliseconds before? */
static bool follows_a_query(const struct flow_record *r, size_t page)
{
	for (size_t k = 0; k < page; k++)
		if (strcmp(r[k].service, "dns") == 0 &&
		    r[page].start_ns - r[k].start_ns == 10 * NS_PER_MS)
			return true;
	return false;
}

/* One host throughout, at the times that are said; other attempts keep it so. */
static void the_client_stays(void **state)
{
	struct fixture *f = *state;
	struct flow_record r[FLOW_EXPAND_MAX];
	uint32_t n_same = 0, n_pages = 0;

	must_load(f, two);
	for (uint32_t i = 0; i < 4000; i++) {
		const size_t n = draw(f, i, i % 2, r);

		for (size_t k = 1; k < n; k++) {
			n_pages++;
			n_same += ip_equal(&r[k].src, &r[0].src) && r[k].src_host == r[0].src_host;
			if (strcmp(r[k].service, "http") == 0)
				assert_true(follows_a_query(r, k));
		}
	}
	/* A client that never asked for a page does not begin to: then it is another. */
	assert_true(n_pages > 2000 && n_same * 10 > n_pages * 9);
}

/* "$a asks $b", and then $b asks by itself. */
static void the_server_asks_on(void **state)
{
	static const char chain[] =
		"{ name = \"a\"; occurrences = 10; rows = ( { service = \"dns\"; } );\n"
		"  follows = ( { pattern = \"b\"; count = 10; after = 1; server = \"server\"; "
		"delay = "
		"[0.0]; } ); },\n"
		"{ name = \"b\"; occurrences = 10; begins = 0; rows = ( { service = \"dns\"; } ); "
		"}";
	struct fixture *f = *state;
	struct flow_record r[FLOW_EXPAND_MAX];

	must_load(f, chain);
	for (uint32_t i = 0; i < 500; i++) {
		assert_int_equal(draw(f, i, 0, r), 2);
		assert_true(ip_equal(&r[0].dst, &r[1].dst));
		assert_int_equal(r[0].start_ns, r[1].start_ns);
	}
}

/* A follower that begins too long after the session's start is none: runs rely on it. */
static void no_session_lasts_too_long(void **state)
{
	static const char slow[] =
		"{ name = \"a\"; occurrences = 1; rows = ( { service = \"dns\"; } );\n"
		"  follows = ( { pattern = \"a\"; count = 1; delay = [100.0]; } ); }";
	struct fixture *f = *state;
	struct flow_record r[FLOW_EXPAND_MAX];

	must_load(f, slow);
	assert_int_equal(draw(f, 1, 0, r), 4);
	assert_int_equal(f->ops->reach_ns(&f->flows, NULL, 1), PATTERN_SESSION_NS);
}

/* A chain without an end fills a session and no more. */
static void no_session_is_too_long(void **state)
{
	static const char endless[] =
		"{ name = \"a\"; occurrences = 1; rows = ( { service = \"dns\"; } );\n"
		"  follows = ( { pattern = \"a\"; count = 1; after = 1; delay = [0.5]; },\n"
		"              { pattern = \"a\"; count = 1; delay = [0.5]; } ); }";
	struct fixture *f = *state;
	struct flow_record r[FLOW_EXPAND_MAX];

	must_load(f, endless);
	for (uint32_t i = 0; i < 20; i++)
		assert_int_equal(draw(f, i, 0, r), FLOW_EXPAND_MAX);
}

static void wrong_texts_are_refused(void **state)
{
	static const struct {
		const char *follows, *says;
	} wrong[] = {
		{ "{ pattern = \"b\"; count = 1; delay = [1.0]; }", "no pattern is named 'b'" },
		{ "{ pattern = \"a\"; count = 11; delay = [1.0]; }", "more follow than the 10" },
		{ "{ pattern = \"a\"; count = 1; }", "delay" },
		{ "{ pattern = \"a\"; delay = [1.0]; }", "how often" },
		{ "{ pattern = \"a\"; count = 1; delay = [2.0, 1.0]; }", "ascend" },
		{ "{ pattern = \"a\"; count = 1; after = 2; delay = [1.0]; }", "after" },
		{ "{ pattern = \"a\"; count = 1; client = \"me\"; delay = [1.0]; }", "not 'me'" },
		{ "{ pattern = \"a\"; count = 1; delay = [-1.0]; }", "below 0" },
		{ "{ pattern = \"a\"; count = 1; delay = [301.0]; }", "at most 300 s" },
	};
	struct fixture *f = *state;
	struct err err = { "" };
	char *text;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_true(asprintf(&text,
				     "{ name = \"a\"; occurrences = 10; rows = ( { service = "
				     "\"dns\"; } ); follows = ( %s ); }",
				     wrong[i].follows) > 0);
		assert_int_equal(load_patterns(f, text, &err), -EINVAL);
		if (strstr(err.text, wrong[i].says) == NULL)
			fail_msg("%s: %s", wrong[i].follows, err.text);
		free(text);
	}
	assert_int_equal(load_patterns(f,
				       "{ name = \"a\"; occurrences = 1; begins = 0; rows = ( { "
				       "service = \"dns\"; } ); }",
				       &err),
			 -EINVAL);
	assert_non_null(strstr(err.text, "no pattern begins"));
}

/* What begins and what follows are all occurrences, pattern by pattern. */
static void what_is_learned_keeps_its_counts(void **state)
{
	struct fixture *f = *state;
	struct err err = { "" };
	uint64_t n_follows = 0;

	assert_int_equal(load(f, f->text, &err), 0);
	for (uint32_t i = 0; i < f->flows.n_patterns; i++) {
		uint64_t n = f->flows.patterns[i].begins;

		for (uint32_t k = 0; k < f->flows.n_patterns; k++) {
			const struct flow_pattern *p = &f->flows.patterns[k];

			for (uint32_t j = 0; j < p->first_follow[PATTERN_LATER + 1]; j++) {
				const bool first = j == p->first_follow[p->follows[j].place];

				if (p->follows[j].pattern == i)
					n += p->follows[j].sum -
					     (first ? 0 : p->follows[j - 1].sum);
			}
		}
		assert_int_equal(n, f->flows.patterns[i].weight);
		n_follows += n - f->flows.patterns[i].begins;
	}
	assert_true(n_follows > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_often_as_they_say),
		cmocka_unit_test(the_client_stays),
		cmocka_unit_test(the_server_asks_on),
		cmocka_unit_test(no_session_lasts_too_long),
		cmocka_unit_test(no_session_is_too_long),
		cmocka_unit_test(wrong_texts_are_refused),
		cmocka_unit_test(what_is_learned_keeps_its_counts),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
