/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/flow/bayes_fixture.h"

static void every_record_is_consistent(void **state)
{
	struct fixture *f = made(*state);
	uint32_t n_labels = 0;

	bind_to(f, f->network);
	for (uint32_t i = 0; i < N_DRAWS; i++) {
		struct flow_record r = draw(f, i, 0);
		const struct host *src, *dst;

		assert_true(r.src_host < f->hosts.n_hosts && r.dst_host < f->hosts.n_hosts);
		src = &f->hosts.hosts[r.src_host];
		dst = &f->hosts.hosts[r.dst_host];
		assert_false(ip_equal(&r.src, &r.dst));
		assert_int_equal(r.src.version, r.dst.version);
		assert_true(r.fwd_packets >= 1);
		assert_true(r.bwd_packets > 0 || r.bwd_payload == 0);
		assert_true(r.fwd_packets + r.bwd_packets > 1 || r.duration_ns == 0);
		assert_true(r.state != CONN_S0 || r.bwd_packets == 0);
		assert_true(r.state != CONN_SF || r.bwd_packets > 0);
		assert_true(r.duration_ns >= 0);
		assert_int_equal(src->scope, HOST_LOCAL);
		if (strcmp(r.service, "nbns") == 0) {
			assert_int_equal(dst->scope, HOST_GROUP);
			assert_int_equal(r.src_port, 137);
			assert_int_equal(r.dst_port, 137);
		}
		if (strcmp(r.service, "dns") == 0) {
			assert_string_equal(dst->role, "server");
			assert_int_equal(r.src_port, 0);
			assert_int_equal(r.dst_port, 53);
		}
		if (strcmp(r.service, "-") == 0)
			assert_true(r.dst_port >= 40000);
		n_labels += strcmp(r.label, "beacon") == 0;
	}
	/* 1 in 50: binomial, six standard deviations are 168. */
	assert_in_range(n_labels, N_DRAWS / 50 - 280, N_DRAWS / 50 + 280);
	done(f);
}

/* Kinds come with their counts: chi-square against those of the table, false alarm 1e-6. */
static void kinds_follow_the_table(void **state)
{
	struct fixture *f = made("independent");
	uint64_t *counts = calloc(f->flows.n_kinds, sizeof(*counts));
	double *law = calloc(f->flows.n_kinds, sizeof(*law));
	struct bayes_row row = bayes_level_row(&f->flows.net.nodes[FLOW_KIND].levels[0], 0);
	uint16_t codes[FLOW_VARIABLES];
	struct rng rng;

	(void)state;
	for (uint32_t i = 0; i < row.n; i++)
		law[row.codes[i]] = (double)bayes_row_count(&row, i) / row.sums[row.n - 1];
	assert_int_equal(row.sums[row.n - 1], N_ROWS);
	rng_init(&rng, 41, 0, 0, RNG_TEST);
	for (int i = 0; i < N_DRAWS; i++) {
		memset(codes, 0xff, sizeof(codes));
		bayes_flows_draw_kind(&f->flows, codes, &rng);
		counts[codes[FLOW_KIND]]++;
	}
	assert_true(chi_square_fits(counts, law, f->flows.n_kinds, N_DRAWS));
	free(counts);
	free(law);
	done(f);
}

static const char plan_text[] =
	"local = [ \"172.20.0.0/24\" ];\n"
	"hosts = (\n"
	"{ name = \"a\"; addresses = [ \"172.20.0.10\" ]; weight = 2.0; uses = [ \"dns\", \"http\" "
	"]; },\n"
	"{ name = \"b\"; addresses = [ \"172.20.0.11\" ]; uses = [ \"dns\" ]; },\n"
	"{ name = \"s\"; addresses = [ \"172.20.0.2\" ]; serves = [ \"dns:5300\" ]; } );\n";

/*
 * With a plan: services by the masked and renormalised law of the table, users by weight. Two
 * chi-squares, false alarm 1e-6 each.
 */
static void plans_condition_exactly(void **state)
{
	struct fixture *f = made("independent");
	uint64_t services[5] = { 0 }, users[2] = { 0 };
	double law[5] = { 0 }, total = 0, weights[2] = { 2 / 3., 1 / 3. };
	static const char *const names[5] = { "dns", "http", "nbns", "ping", "other" };
	struct network *plan = NULL;
	struct conf *conf = NULL;
	struct err err = { "" };
	uint64_t n_dns = 0;

	(void)state;
	assert_int_equal(conf_parse("plan.conf", plan_text, &conf, &err), 0);
	if (network_from_plan(conf, &f->hosts, &plan, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < f->table.n_rows; i++)
		for (int k = 0; k < 4; k++)
			law[k] += strcmp(f->table.rows[i].service, names[k]) == 0;
	for (int k = 0; k < 5; k++)
		total += law[k];
	for (int k = 0; k < 5; k++)
		law[k] /= total;
	bind_to(f, plan);
	for (uint32_t i = 0; i < N_DRAWS; i++) {
		struct flow_record r = draw(f, i, 0);
		int k = 0;

		while (k < 4 && strcmp(r.service, names[k]) != 0)
			k++;
		services[k]++;
		if (k != 0)
			continue;
		assert_int_equal(r.dst_port, 5300);
		assert_int_equal(r.dst.bytes[3], 2);
		users[r.src.bytes[3] - 10]++;
		n_dns++;
	}
	assert_true(chi_square_fits(services, law, 5, N_DRAWS));
	assert_true(chi_square_fits(users, weights, 2, n_dns));
	conf_freep(&conf);
	done(f);
	network_freep(&plan);
}

static void a_plan_may_leave_nothing(void **state)
{
	static const char text[] =
		"local = [ \"2001:db8:7::/64\" ];\ninternet = false;\n"
		"hosts = ( { name = \"a\"; addresses = [ \"2001:db8:7::1\" ]; } );";
	struct fixture *f = made(*state);
	struct network *plan = NULL;
	struct conf *conf = NULL;
	struct err err = { "" };

	assert_int_equal(conf_parse("plan.conf", text, &conf, &err), 0);
	assert_int_equal(network_from_plan(conf, &f->hosts, &plan, &err), 0);
	assert_int_equal(f->ops->bind(&f->flows, plan, &err), -ENOENT);
	assert_non_null(strstr(err.text, "allows none"));
	network_freep(&plan);
	conf_freep(&conf);
	done(f);
}

static void another_attempt_changes_only_the_tuple(void **state)
{
	struct fixture *f = made(*state);
	uint32_t n_other = 0;

	bind_to(f, f->network);
	for (uint32_t i = 0; i < 2000; i++) {
		struct flow_record a = draw(f, i, 0), b = draw(f, i, 1), c = draw(f, i, 1);

		assert_memory_equal(&b, &c, sizeof(b));
		n_other += a.src_host != b.src_host || a.dst_host != b.dst_host ||
			   a.dst_port != b.dst_port;
		b.src = a.src;
		b.dst = a.dst;
		b.src_host = a.src_host;
		b.dst_host = a.dst_host;
		b.src_port = a.src_port;
		b.dst_port = a.dst_port;
		assert_memory_equal(&a, &b, sizeof(a));
	}
	assert_true(n_other > 1000);
	done(f);
}

/* Attempts in between leave what follows as it is, but for the hosts that the next flows see. */
static void attempts_leave_the_memory_in_order(void **state)
{
	struct fixture *f = made("sequence");
	struct bayes_memory before;

	(void)state;
	bind_to(f, f->network);
	for (uint32_t i = 0; i < 20; i++)
		draw(f, i, 0);
	before = f->memory;
	draw(f, 19, 0);
	assert_memory_equal(&before, &f->memory, sizeof(before));
	draw(f, 19, 3);
	assert_memory_equal(before.codes[1], f->memory.codes[1],
			    sizeof(before.codes) - sizeof(before.codes[0]));
	assert_int_equal(before.codes[0][FLOW_STATE], f->memory.codes[0][FLOW_STATE]);
	draw(f, 20, 0);
	assert_memory_equal(f->memory.codes[2], before.codes[1], sizeof(before.codes[1]));
	done(f);
}

static void saved_and_loaded_draws_the_same(void **state)
{
	struct fixture *f = made(*state), *g = made(*state);
	char *again = save(f->ops, &f->flows);

	assert_string_equal(f->text, again);
	assert_string_equal(f->text, g->text);
	bind_to(f, f->network);
	bind_to(g, g->network);
	for (uint32_t i = 0; i < 1000; i++) {
		struct flow_record a = draw(f, i, 0), b = draw(g, i, 0);

		assert_memory_equal(&a, &b, sizeof(a));
	}
	free(again);
	done(f);
	done(g);
}

static uint64_t record_digest(uint64_t digest, const struct flow_record *r)
{
	const uint64_t parts[] = { (uint64_t)r->duration_ns,
				   r->src_port,
				   r->dst_port,
				   r->src_host,
				   r->dst_host,
				   r->proto,
				   r->state,
				   r->fwd_packets,
				   r->bwd_packets,
				   r->fwd_payload,
				   r->bwd_payload };

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		digest = hash_mix(digest, parts[i]);
	digest = hash_mix(digest, hash_bytes(r->src.bytes, 16, r->src.version));
	digest = hash_mix(digest, hash_bytes(r->dst.bytes, 16, r->dst.version));
	return hash_mix(hash_mix(digest, hash_text(r->service, 0)), hash_text(r->label, 0));
}

/*
 * The first 1,000 records of a seed are the same on every machine and compiler. A change here is a
 * change of what seeds mean: say so where versions are told.
 */
static void the_seed_decides(void **state)
{
	static const struct {
		const char *family;
		uint64_t digest;
	} golden[] = {
		{ "independent", UINT64_C(0x391b8bb44ed20171) },
		{ "sequence", UINT64_C(0x6a90d4b1a8e01721) },
	};

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct fixture *f = made(golden[k].family);
		uint64_t digest = 0;

		bind_to(f, f->network);
		for (uint32_t i = 0; i < 1000; i++) {
			struct flow_record r = draw(f, i, 0);

			digest = record_digest(digest, &r);
		}
		if (digest != golden[k].digest)
			fail_msg("%s: %#llx", golden[k].family, (unsigned long long)digest);
		done(f);
	}
}

/* What depends on the flow before is seen: a client that answers itself alternates services. */
/* Each kind has its rows, also one that is there only as the first flow, which nothing precedes. */
static void the_first_flow_is_learned(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err = { "" };

	(void)state;
	f->ops = flow_model_named("sequence");
	assert_int_equal(made_flows(&f->table, 300, N_CLIENTS, 31), 0);
	f->table.rows[0].proto = 17;
	f->table.rows[0].dst_port = 67;
	snprintf(f->table.rows[0].service, FLOW_SERVICE_BYTES, "dhcp");
	fit_table(f);
	if (load(f, f->text, &f->flows, &err) < 0)
		fail_msg("%s", err.text);
	done(f);
}

static void sequences_are_learned(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err = { "" };
	uint32_t n_broken = 0;
	uint8_t last = 0;

	(void)state;
	f->ops = flow_model_named("sequence");
	for (int i = 0; i < 3000; i++) {
		struct flow_record r = { .start_ns = i, .proto = i % 2 ? 6 : 17, .fwd_packets = 1 };

		r.src = ip_from_v4(UINT32_C(0xc0a80001));
		r.dst = ip_from_v4(UINT32_C(0x08080808));
		r.dst_port = i % 2 ? 443 : 53;
		r.src_port = (uint16_t)(33000 + i);
		snprintf(r.service, sizeof(r.service), "%s", i % 2 ? "https" : "dns");
		assert_int_equal(flow_table_append(&f->table, &r, &err), 0);
	}
	fit_table(f);
	assert_int_equal(load(f, f->text, &f->flows, &err), 0);
	assert_int_equal(network_from_hosts(&f->hosts, &f->network, &err), 0);
	bind_to(f, f->network);
	for (uint32_t i = 0; i < 1000; i++) {
		struct flow_record r = draw(f, i, 0);

		n_broken += r.proto == last;
		last = r.proto;
	}
	assert_int_equal(n_broken, 0);
	done(f);
}

/* Replaces the first `from` of text; the caller frees. */
static char *with(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *changed = malloc(strlen(text) + strlen(to) + 1);

	assert_non_null(at);
	memcpy(changed, text, (size_t)(at - text));
	strcpy(changed + (at - text), to);
	strcat(changed, at + strlen(from));
	return changed;
}

static void hostile_texts_are_refused(void **state)
{
	static const struct {
		const char *from, *to, *why;
	} cases[] = {
		{ "flows =", "flow =", "did you mean 'flows'" },
		{ "flows = 4000", "flows = 0", "flows" },
		{ "kinds = (", "kinds = ( 3,", "a kind is a group" },
		{ "proto = \"udp\"", "proto = \"utp\"", "'utp' is no protocol" },
		{ "version = 4", "version = 5", "expected 4 or 6" },
		{ "port = 53", "port = 70000", "port" },
		{ "port = 53", "type = 8; code = 0", "only ICMP" },
		{ "to = \"local\"", "to = \"moon\"", "none of local, internet, group" },
		{ "to = \"local\"", "to = \"internet\"", "not of kind" },
		{ "version = 4", "version = 6", "not of kind" },
		{ "labels = [", "labels = [ \"\",", "labels" },
		{ "columns = {", "columns = { extra = 1;", "extra" },
		{ "\tdst_port = {", "\tdst_pot = {", "did you mean 'dst_port'" },
		{ "name = \"kind\"; parents = [", "name = \"kind\"; parents = [ \"nothing\"",
		  "is no column" },
		{ "nodes = (", "nodes = ( { name = \"kind\"; },", "parents" },
	};
	struct fixture *f = made("independent");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text = with(f->text, cases[i].from, cases[i].to);
		struct bayes_flows flows;
		struct err err = { "" };

		if (load(f, text, &flows, &err) == 0)
			fail_msg("case %zu was accepted", i);
		f->ops->close(&flows);
		if (strstr(err.text, cases[i].why) == NULL ||
		    strstr(err.text, "flow.conf:") == NULL)
			fail_msg("case %zu: %s", i, err.text);
		free(text);
	}
	done(f);
}

/* What a small model written by hand may not say: the order of drawing, and what it promises. */
static void the_order_of_drawing_is_checked(void **state)
{
	static const struct {
		const char *from, *to, *why;
	} cases[] = {
		{ "[ \"kind\" ]; rows = ([0, 2,5], [1, 0,1, 2,2], [2, 0,2])",
		  "[ \"label\" ]; rows = ([0, 2,5], [1, 0,1])",
		  "state: the first parent must be kind" },
		{ "parents = []; rows = ([0,5, 1,3, 2,2])",
		  "parents = [ \"label\" ]; rows = ([0, 0,5, 1,3, 2,2])",
		  "'label' is drawn later" },
		{ "rows = ([0, 0,5], [1, 0,2, 1,1], [2, 1,2])", "rows = ([0, 0,5], [1, 0,2, 1,1])",
		  "src_host: no row for kind 2" },
		{ "[1,1, 2,1], [2,1, 2,2]", "[1,1, 1,1], [2,1, 2,2]",
		  "dst_host: host 1 (server) is not of kind 1's scope" },
		{ "atoms = [0, 123]", "atoms = [0, 70000]", "70000 is no port" },
		{ "parents = []; rows = ([0,9, 1,1])",
		  "parents = [ \"kind@1\" ]; rows = ([0, 0,9, 1,1])", "is no column" },
	};
	struct host hosts[4] = {
		{ .name = "client", .span = 1, .addr = ip_from_v4(0x0a000001) },
		{ .name = "server", .span = 1, .addr = ip_from_v4(0x0a000002) },
		{ .name = "out",
		  .scope = HOST_INTERNET,
		  .span = 9,
		  .addr = ip_from_v4(0xc6120001) },
		{ .name = "group", .scope = HOST_GROUP, .span = 1, .addr = ip_from_v4(0xe00000fb) },
	};
	struct fixture f = { .ops = flow_model_named("independent"),
			     .hosts = { .hosts = hosts, .n_hosts = 4 } };
	struct bayes_flows flows;
	struct err err = { "" };
	size_t n;

	(void)state;
	assert_int_equal(file_read("tests/fuzz/seeds/fuzz_flow_model/small.conf", 1 << 20, &f.text,
				   &n, &err),
			 0);
	if (load(&f, f.text, &flows, &err) < 0)
		fail_msg("%s", err.text);
	f.ops->close(&flows);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text = with(f.text, cases[i].from, cases[i].to);

		if (load(&f, text, &flows, &err) == 0)
			fail_msg("case %zu was accepted", i);
		f.ops->close(&flows);
		if (strstr(err.text, cases[i].why) == NULL)
			fail_msg("case %zu: %s", i, err.text);
		free(text);
	}
	free(f.text);
}

/* A model for other hosts than its own is refused: fewer, or of other scopes. */
static void other_hosts_are_refused(void **state)
{
	struct fixture *f = made(*state);
	size_t n = f->hosts.n_hosts;
	struct bayes_flows flows;
	struct err err = { "" };

	f->hosts.n_hosts = 2;
	assert_true(load(f, f->text, &flows, &err) < 0);
	assert_non_null(strstr(err.text, "is not in 0..1"));
	f->ops->close(&flows);
	f->hosts.n_hosts = 0;
	assert_true(load(f, f->text, &flows, &err) < 0);
	f->ops->close(&flows);
	f->hosts.n_hosts = n;
	done(f);
}

static void too_little_is_refused(void **state)
{
	struct fixture *f = made(*state);
	struct flow_table few = f->table;
	struct flow_fit fit = { .table = &few, .hosts = &f->hosts };
	struct bayes_flows flows = { 0 };
	struct err err = { "" };

	few.n_rows = 3;
	assert_int_equal(f->ops->fit(&flows, &fit, &err), -EINVAL);
	assert_non_null(strstr(err.text, "too few"));
	f->ops->close(&flows);
	done(f);
}

static void explained_in_words_and_json(void **state)
{
	struct fixture *f = made(*state);
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	assert_int_equal(f->ops->explain(&f->flows, &f->hosts, out, FLOW_EXPLAIN_SUMMARY), 0);
	fclose(out);
	assert_non_null(strstr(text, "4000 flows"));
	assert_non_null(strstr(text, "dns/udp"));
	assert_non_null(strstr(text, "local client -> local server"));
	assert_non_null(strstr(text, "duration: given the packets forward"));
	free(text);
	out = open_memstream(&text, &n);
	assert_int_equal(f->ops->explain(&f->flows, &f->hosts, out, FLOW_EXPLAIN_JSON), 0);
	fclose(out);
	assert_memory_equal(text, "{\"flows\":4000,", 14);
	assert_string_equal(text + n - 3, "}}\n");
	free(text);
	done(f);
}

/* A scan of every port, twice over: kinds stay few, and the ports drawn are spread. */
static void scans_are_pooled(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err = { "" };
	uint32_t n_high = 0;

	(void)state;
	f->ops = flow_model_named("independent");
	for (uint32_t i = 1; i < 65536; i += 3) {
		struct flow_record r = { .start_ns = i, .proto = 6, .fwd_packets = 1 };

		r.src = ip_from_v4(UINT32_C(0xc0a80001));
		r.dst = ip_from_v4(UINT32_C(0xc0a80002));
		r.dst_port = (uint16_t)i;
		r.src_port = 61000;
		snprintf(r.service, sizeof(r.service), "%s", service_name(6, 61000, (uint16_t)i));
		assert_int_equal(flow_table_append(&f->table, &r, &err), 0);
	}
	fit_table(f);
	if (load(f, f->text, &f->flows, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(f->flows.n_kinds <= BAYES_LIMIT_KINDS);
	assert_int_equal(network_from_hosts(&f->hosts, &f->network, &err), 0);
	bind_to(f, f->network);
	for (uint32_t i = 0; i < 10000; i++) {
		struct flow_record r = draw(f, i, 0);

		n_high += r.dst_port >= 32768;
		assert_int_equal(r.src_port, 61000);
	}
	/* Half of the ports, within six standard deviations and the bins' rounding. */
	assert_in_range(n_high, 4600, 5400);
	done(f);
}

#define BOTH(test)                                                                                 \
	{ #test " (independent)", test, NULL, NULL, (char[]) { "independent" } },                  \
	{                                                                                          \
#test " (sequence)", test, NULL, NULL, (char[])                                    \
		{                                                                                  \
			"sequence"                                                                 \
		}                                                                                  \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(every_record_is_consistent),
		cmocka_unit_test(kinds_follow_the_table),
		cmocka_unit_test(plans_condition_exactly),
		BOTH(a_plan_may_leave_nothing),
		BOTH(another_attempt_changes_only_the_tuple),
		cmocka_unit_test(attempts_leave_the_memory_in_order),
		BOTH(saved_and_loaded_draws_the_same),
		cmocka_unit_test(the_seed_decides),
		cmocka_unit_test(the_first_flow_is_learned),
		cmocka_unit_test(sequences_are_learned),
		cmocka_unit_test(hostile_texts_are_refused),
		cmocka_unit_test(the_order_of_drawing_is_checked),
		BOTH(other_hosts_are_refused),
		BOTH(too_little_is_refused),
		BOTH(explained_in_words_and_json),
		cmocka_unit_test(scans_are_pooled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
