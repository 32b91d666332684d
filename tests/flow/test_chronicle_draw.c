/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing from patterns: what they say is obeyed, what they leave open follows the tables. */
#include "tests/flow/chronicle_fixture.h"

#include "base/hash.h"

/* The manual's example, on this network's services. */
static const char dns_then_web[] =
	"{ name = \"query, then the web\"; share = 1.0;\n"
	"  rows = ( { service = \"dns\"; client = \"$c\"; },\n"
	"           { service = \"http\"; client = \"$c\"; within = 5.0; probability = 0.3; } ); }";

static void a_pattern_in_ten_lines_works(void **state)
{
	struct fixture *f = *state;
	struct flow_record r[FLOW_EXPAND_MAX];
	uint64_t counts[2] = { 0 }, quarters[4] = { 0 };
	const double law[2] = { 0.7, 0.3 }, flat[4] = { 0.25, 0.25, 0.25, 0.25 };

	must_load(f, dns_then_web);
	for (uint32_t i = 0; i < N_DRAWS; i++) {
		const size_t n = draw(f, i, 0, r);

		assert_in_range(n, 1, 2);
		counts[n - 1]++;
		assert_string_equal(r[0].service, "dns");
		assert_int_equal(r[0].start_ns, (int64_t)i * NS_PER_S);
		if (n == 1)
			continue;
		assert_string_equal(r[1].service, "http");
		assert_int_equal(r[1].proto, 6);
		assert_int_equal(r[1].dst_port, 80);
		assert_int_equal(r[1].src_host, r[0].src_host);
		assert_true(ip_equal(&r[1].src, &r[0].src));
		assert_false(ip_equal(&r[1].src, &r[1].dst));
		assert_in_range(r[1].start_ns - r[0].start_ns, 0, 5 * NS_PER_S);
		quarters[(r[1].start_ns - r[0].start_ns) * 4 / (5 * NS_PER_S + 1)]++;
	}
	/* Two chi-squares, false alarm 1e-6 each. */
	assert_true(chi_square_fits(counts, law, 2, N_DRAWS));
	assert_true(chi_square_fits(quarters, flat, 4, counts[1]));
}

/* How far an occurrence reaches is known before its flows are drawn, from its pattern. */
static void reach_is_told(void **state)
{
	static const char patterns[] =
		"{ name = \"short\"; occurrences = 1; rows = ( { service = \"http\"; } ); },\n"
		"{ name = \"long\"; occurrences = 1; rows = ( { service = \"dns\"; },\n"
		"  { service = \"http\"; delay = [ 1.0, 1.5 ]; }, { service = \"http\"; within = "
		"3.0; "
		"} ); }";
	struct fixture *f = *state;
	struct flow_record r[FLOW_EXPAND_MAX];
	uint32_t n_long = 0;

	must_load(f, patterns);
	assert_int_equal(f->ops->reach_ns(&f->flows, NULL, 99), 4500 * NS_PER_MS);
	for (uint32_t i = 0; i < 1000; i++) {
		const struct flow_start start = draw_start(i);
		const size_t n = draw(f, i, 0, r);

		assert_int_equal(f->ops->reach_ns(&f->flows, &start, 99),
				 n == 1 ? 0 : 4500 * NS_PER_MS);
		assert_in_range(r[n - 1].start_ns - start.start_ns, 0, 4500 * NS_PER_MS);
		n_long += n > 1;
	}
	/* Six standard deviations. */
	assert_in_range(n_long, 400, 600);
}

static void what_is_fixed_is_so(void **state)
{
	struct fixture *f = *state;
	struct flow_record r[FLOW_EXPAND_MAX];
	char *text = NULL;
	const char *name = f->hosts.hosts[f->table.rows[0].src_host].name;

	assert_true(
		asprintf(&text,
			 "{ name = \"fixed\"; occurrences = 5; rows = (\n"
			 "{ service = \"dns\"; client = \"$a = %s\"; server = \"$b\"; state = "
			 "\"S0\"; fwd_packets = 1; bwd_packets = 0; label = \"beacon\"; },\n"
			 "{ service = \"dns\"; client = \"$a\"; server = \"$b\"; delay = [ "
			 "0.25 ]; },\n"
			 "{ proto = \"tcp\"; port = 22; client = \"$a\"; duration = 0.0; } ); }",
			 name) > 0);
	must_load(f, text);
	for (uint32_t i = 0; i < 2000; i++) {
		assert_int_equal(draw(f, i, i % 3, r), 3);
		for (int k = 0; k < 3; k++)
			assert_string_equal(f->hosts.hosts[r[k].src_host].name, name);
		assert_int_equal(r[0].dst_host, r[1].dst_host);
		assert_int_equal(r[0].state, CONN_S0);
		assert_int_equal(r[0].bwd_packets, 0);
		assert_string_equal(r[0].label, "beacon");
		assert_int_equal(r[1].start_ns - r[0].start_ns, NS_PER_S / 4);
		assert_int_equal(r[2].dst_port, 22);
		assert_int_equal(r[2].duration_ns, 0);
	}
	free(text);
}

/* Shares by weight and by hour: chi-square at two hours, false alarm 1e-6 each. */
static void patterns_come_as_often_as_they_say(void **state)
{
	static const char patterns[] =
		"{ name = \"a\"; occurrences = 600; rows = ( { service = \"dns\"; } ); },\n"
		"{ name = \"b\"; occurrences = 300; rows = ( { service = \"http\"; } );\n"
		"  hours = [ 0,0,0,0, 0,0,0,0, 0,2000,2000,2000, 1000,1000,1000,1000, 1000,0,0,0, "
		"0,0,0,0 ]; },\n"
		"{ name = \"c\"; share = 0.25; rows = ( { service = \"ping\"; } ); }";
	static const char *const services[] = { "dns", "http", "ping" };
	/* c has a quarter of all: 300 beside 900. */
	const double laws[2][3] = { { 600 / 900., 0, 300 / 900. },
				    { 600 / 1500., 600 / 1500., 300 / 1500. } };
	struct fixture *f = *state;
	struct flow_record r[FLOW_EXPAND_MAX];

	must_load(f, patterns);
	for (int night = 0; night < 2; night++) {
		uint64_t counts[3] = { 0 };

		for (uint32_t i = 0; i < N_DRAWS; i++) {
			const struct flow_start start = { .start_ns =
								  (night == 0 ? 3 : 10) * NS_PER_H,
							  .window = i };
			int k = 0;

			assert_int_equal(f->ops->expand(&f->flows, NULL, &start, 5, 0, r), 1);
			while (strcmp(services[k], r[0].service) != 0)
				k++;
			counts[k]++;
		}
		assert_true(chi_square_fits(counts, laws[night], 3, N_DRAWS));
	}
}

/* The share of flows labelled "beacon" that a pattern draws. */
static double beacons(struct fixture *f, const char *pattern, uint32_t n, uint64_t *ret_counts)
{
	struct flow_record r[FLOW_EXPAND_MAX];

	must_load(f, pattern);
	assert_int_equal(f->flows.base.n_labels, 2);
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(draw(f, i, 0, r), 1);
		ret_counts[strcmp(r[0].label, "beacon") == 0]++;
	}
	return (double)ret_counts[1] / n;
}

/*
 * A node's counts, and the base network in d of n + d draws. What the base network draws is
 * measured with ten times the draws, so that its error hardly adds to chi-square's, false alarm
 * 1e-6.
 */
static void tables_give_way_to_the_base_network(void **state)
{
	static const char base[] =
		"{ name = \"n\"; occurrences = 1; rows = ( { service = \"nbns\"; } ); }";
	static const char pattern[] =
		"{ name = \"n\"; occurrences = 1; rows = ( { service = \"nbns\"; nodes = (\n"
		"  { name = \"label\"; parents = [ ]; rows = ( [ 0,1, 1,7 ] ); } ); } ); }";
	struct fixture *f = *state;
	uint64_t counts[2] = { 0 }, base_counts[2] = { 0 };
	double law[2];

	law[1] = (7 + 2 * beacons(f, base, 10 * N_DRAWS, base_counts)) / 10;
	law[0] = 1 - law[1];
	beacons(f, pattern, N_DRAWS, counts);
	assert_true(strcmp(f->flows.base.labels[1], "beacon") == 0);
	assert_true(chi_square_fits(counts, law, 2, N_DRAWS));
}

static void other_attempts_keep_what_belongs_together(void **state)
{
	struct fixture *f = *state;
	struct flow_record a[FLOW_EXPAND_MAX], b[FLOW_EXPAND_MAX];
	uint32_t n_other = 0;

	must_load(f, dns_then_web);
	for (uint32_t i = 0; i < 2000; i++) {
		const size_t n = draw(f, i, 0, a);

		assert_int_equal(draw(f, i, 2, b), n);
		n_other += a[0].src_host != b[0].src_host;
		for (size_t k = 0; k < n; k++) {
			assert_int_equal(a[k].start_ns, b[k].start_ns);
			assert_int_equal(a[k].fwd_packets, b[k].fwd_packets);
			assert_string_equal(a[k].service, b[k].service);
			assert_int_equal(b[k].src_host, b[0].src_host);
		}
	}
	assert_true(n_other > 1000);
}

static void learned_saved_and_loaded_draws_the_same(void **state)
{
	struct fixture *f = *state, *g = fixture_new();
	struct flow_record a[FLOW_EXPAND_MAX], b[FLOW_EXPAND_MAX];
	struct err err = { "" };
	char *again;

	assert_string_equal(f->text, g->text);
	if (load(f, f->text, &err) < 0)
		fail_msg("%s", err.text);
	again = saved(f, &f->flows);
	assert_string_equal(f->text, again);
	assert_int_equal(load(g, again, &err), 0);
	assert_int_equal(f->ops->bind(&f->flows, f->network, &err), 0);
	assert_int_equal(g->ops->bind(&g->flows, g->network, &err), 0);
	for (uint32_t i = 0; i < 2000; i++) {
		const size_t n = draw(f, i, i % 2, a);

		assert_in_range(n, 1, CHRONICLE_MAX_ROWS);
		assert_int_equal(draw(g, i, i % 2, b), n);
		assert_memory_equal(a, b, n * sizeof(*a));
		for (size_t k = 1; k < n; k++)
			assert_true(a[k].start_ns >= a[k - 1].start_ns);
	}
	free(again);
	fixture_free(g);
}

/*
 * The first occurrences of a seed are the same on every machine and compiler. A change here is a
 * change of what seeds mean: say so where versions are told.
 */
static void the_seed_decides(void **state)
{
	struct fixture *f = *state;
	struct flow_record r[FLOW_EXPAND_MAX];
	struct err err = { "" };
	uint64_t learned = hash_text(f->text, 1), digest = 0;

	assert_int_equal(load(f, f->text, &err), 0);
	assert_int_equal(f->ops->bind(&f->flows, f->network, &err), 0);
	for (uint32_t i = 0; i < 1000; i++) {
		const size_t n = draw(f, i, 0, r);

		for (size_t k = 0; k < n; k++) {
			digest = hash_mix(digest, (uint64_t)r[k].start_ns);
			digest = hash_mix(digest, r[k].src_host);
			digest = hash_mix(digest, r[k].dst_host);
			digest = hash_mix(digest, r[k].fwd_payload);
			digest = hash_mix(digest, r[k].bwd_payload);
			digest = hash_mix(digest, (uint64_t)r[k].duration_ns);
		}
	}
	if (learned != UINT64_C(0xbb29d130b62f47f1) || digest != UINT64_C(0x26a3ceb7b3d12291))
		fail_msg("learned %#llx, drawn %#llx", (unsigned long long)learned,
			 (unsigned long long)digest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_in_ten_lines_works),
		cmocka_unit_test(reach_is_told),
		cmocka_unit_test(what_is_fixed_is_so),
		cmocka_unit_test(patterns_come_as_often_as_they_say),
		cmocka_unit_test(tables_give_way_to_the_base_network),
		cmocka_unit_test(other_attempts_keep_what_belongs_together),
		cmocka_unit_test(learned_saved_and_loaded_draws_the_same),
		cmocka_unit_test(the_seed_decides),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
