/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns on a network plan: what it forbids has probability 0, the rest is renormalised, and who
 * is one host stays one host. */
#include "tests/flow/chronicle_fixture.h"

static const char plan_text[] =
	"local = [ \"172.20.0.0/24\" ];\n"
	"hosts = (\n"
	"{ name = \"a\"; addresses = [ \"172.20.0.10\" ]; weight = 2.0; uses = [ \"dns\", \"http\" "
	"]; },\n"
	"{ name = \"b\"; addresses = [ \"172.20.0.11\" ]; uses = [ \"dns\", \"http\" ]; },\n"
	"{ name = \"c\"; addresses = [ \"172.20.0.12\" ]; weight = 5.0; uses = [ \"dns\" ]; },\n"
	"{ name = \"s\"; addresses = [ \"172.20.0.2\" ]; serves = [ \"dns:5300\" ]; } );\n";

static const char patterns[] =
	"{ name = \"web\"; occurrences = 300; rows = ( { service = \"dns\"; client = \"$c\"; },\n"
	"  { service = \"http\"; client = \"$c\"; } ); },\n"
	"{ name = \"maybe\"; occurrences = 100; rows = ( { service = \"dns\"; client = \"$c\"; },\n"
	"  { service = \"ssh\"; client = \"$c\"; probability = 0.25; } ); },\n"
	"{ name = \"never\"; occurrences = 500; rows = ( { service = \"ssh\"; client = \"$c\"; },\n"
	"  { service = \"dns\"; client = \"$c\"; } ); },\n"
	"{ name = \"turned\"; occurrences = 50; rows = ( { service = \"dns\"; server = \"$s\"; },\n"
	"  { service = \"http\"; client = \"$s\"; } ); }";

static struct network *plan_new(struct fixture *f, const char *text)
{
	struct network *plan = NULL;
	struct conf *conf = NULL;
	struct err err = { "" };

	assert_int_equal(conf_parse("plan.conf", text, &conf, &err), 0);
	if (network_from_plan(conf, &f->hosts, &plan, &err) < 0)
		fail_msg("%s", err.text);
	conf_freep(&conf);
	return plan;
}

/*
 * Nobody serves SSH: "never" is gone, and a quarter of "maybe"; the server of "turned" uses
 * nothing: it is gone. Of "web" the client is a or b by weight, for c does not use HTTP; of "maybe"
 * a, b or c. Three chi-squares, false alarm 1e-6 each.
 */
static void plans_condition_exactly(void **state)
{
	struct fixture *f = *state;
	struct network *plan = plan_new(f, plan_text);
	struct flow_record r[FLOW_EXPAND_MAX];
	uint64_t counts[2] = { 0 }, web[3] = { 0 }, maybe[3] = { 0 };
	const double law[2] = { 75 / 375., 300 / 375. }, web_law[3] = { 2 / 3., 1 / 3., 0 };
	const double maybe_law[3] = { 2 / 8., 1 / 8., 5 / 8. };
	struct err err = { "" };

	if (load_patterns(f, patterns, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(f->ops->bind(&f->flows, plan, &err), 0);
	for (uint32_t i = 0; i < N_DRAWS; i++) {
		const size_t n = draw(f, i, 0, r);

		assert_in_range(n, 1, 2);
		counts[n - 1]++;
		assert_string_equal(r[0].service, "dns");
		assert_int_equal(r[0].dst_port, 5300);
		assert_int_equal(r[0].dst.bytes[3], 2);
		(n == 2 ? web : maybe)[r[0].src.bytes[3] - 10]++;
		if (n == 2) {
			assert_string_equal(r[1].service, "http");
			assert_int_equal(r[1].src_host, r[0].src_host);
			assert_true(ip_equal(&r[1].src, &r[0].src));
		}
	}
	assert_true(chi_square_fits(counts, law, 2, N_DRAWS));
	assert_true(chi_square_fits(web, web_law, 3, counts[1]));
	assert_true(chi_square_fits(maybe, maybe_law, 3, counts[0]));
	network_freep(&plan);
}

static void a_plan_may_leave_nothing(void **state)
{
	static const char text[] =
		"local = [ \"2001:db8:7::/64\" ];\ninternet = false;\n"
		"hosts = ( { name = \"a\"; addresses = [ \"2001:db8:7::1\" ]; } );";
	struct fixture *f = *state;
	struct network *plan = plan_new(f, text);
	struct err err = { "" };

	assert_int_equal(load(f, f->text, &err), 0);
	assert_int_equal(f->ops->bind(&f->flows, plan, &err), -ENOENT);
	assert_non_null(strstr(err.text, "allows none"));
	network_freep(&plan);
}

/* A learned model on a plan: its records are of the plan's hosts, and services of those it has. */
static void learned_patterns_keep_to_the_plan(void **state)
{
	struct fixture *f = *state;
	struct network *plan = plan_new(f, plan_text);
	struct flow_record r[FLOW_EXPAND_MAX];
	struct err err = { "" };
	uint32_t n_records = 0;

	assert_int_equal(load(f, f->text, &err), 0);
	assert_int_equal(f->ops->bind(&f->flows, plan, &err), 0);
	for (uint32_t i = 0; i < 5000; i++) {
		const size_t n = draw(f, i, i % 3, r);

		n_records += (uint32_t)n;
		for (size_t k = 0; k < n; k++) {
			assert_string_not_equal(r[k].service, "ssh");
			if (strcmp(r[k].service, "http") == 0)
				assert_in_range(r[k].src.bytes[3], 10, 11);
			assert_int_equal(r[k].src.bytes[0], 172);
		}
	}
	assert_true(n_records > 4500);
	network_freep(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans_condition_exactly),
		cmocka_unit_test(a_plan_may_leave_nothing),
		cmocka_unit_test(learned_patterns_keep_to_the_plan),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
