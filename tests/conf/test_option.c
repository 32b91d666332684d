/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/ns.h"
#include "conf/conf.h"
#include "conf/option.h"

struct args {
	bool quiet, verbose;
	const char *model;
	struct option_strings local;
	uint64_t seed, snaplen;
	int64_t duration_ns, start_ns;
	struct option_rate rate;
	int mark;
};

static const char *const marks[] = { "none", "evil-bit", NULL };

static const struct option_spec specs[] = {
	{ .name = "model",
	  .letter = 'm',
	  .type = OPTION_STRING,
	  .metavar = "NAME",
	  .offset = offsetof(struct args, model),
	  .help = "what to generate from" },
	{ .name = "seed",
	  .letter = 's',
	  .type = OPTION_COUNT,
	  .offset = offsetof(struct args, seed),
	  .min = 1,
	  .max = 1000,
	  .help = "the same seed gives the same bytes, on every machine and for any number of "
		  "threads" },
	{ .name = "snaplen",
	  .type = OPTION_SIZE,
	  .offset = offsetof(struct args, snaplen),
	  .help = "cut packets" },
	{ .name = "duration",
	  .letter = 'd',
	  .type = OPTION_DURATION,
	  .group = "Time",
	  .offset = offsetof(struct args, duration_ns),
	  .min = 1,
	  .max = NS_PER_D,
	  .help = "how long" },
	{ .name = "start",
	  .letter = 't',
	  .type = OPTION_TIME,
	  .offset = offsetof(struct args, start_ns),
	  .help = "when" },
	{ .name = "rate",
	  .type = OPTION_RATE,
	  .offset = offsetof(struct args, rate),
	  .help = "how fast" },
	{ .name = "mark",
	  .type = OPTION_CHOICE,
	  .choices = marks,
	  .group = "Marks",
	  .offset = offsetof(struct args, mark),
	  .help = "how packets are marked" },
	{ .name = "local",
	  .type = OPTION_STRINGS,
	  .metavar = "CIDR",
	  .offset = offsetof(struct args, local),
	  .help = "what is inside" },
	{ .name = "quiet",
	  .letter = 'q',
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct args, quiet),
	  .help = "say less" },
	{ .name = "verbose",
	  .letter = 'v',
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct args, verbose),
	  .help = "say more" },
};

enum { N_SPECS = sizeof(specs) / sizeof(specs[0]), N_ARGS_MAX = 32 };

struct run {
	struct args args;
	struct option_strings operands;
	uint64_t given;
	struct err err;
	int r;
	char *line; /* argv points into it */
};

/* Arguments are the words of line; '~' stands for an empty word. */
static void run(struct run *run, const char *line, bool with_operands)
{
	char *argv[N_ARGS_MAX], *word, *save = NULL;
	int argc = 0;

	memset(run, 0, sizeof(*run));
	run->args.model = "office";
	run->line = strdup(line);
	assert_non_null(run->line);
	for (word = strtok_r(run->line, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save)) {
		assert_true(argc < N_ARGS_MAX - 1);
		if (strcmp(word, "~") == 0)
			*word = '\0';
		argv[argc++] = word;
	}
	argv[argc] = NULL;
	run->r = option_parse(specs, N_SPECS, argc, argv, &run->args,
			      with_operands ? &run->operands : NULL, &run->given, &run->err);
}

static void done(struct run *run)
{
	option_done(specs, N_SPECS, &run->args);
	option_strings_done(&run->operands);
	free(run->line);
}

static void all_types_are_read(void **state)
{
	struct run t;

	(void)state;
	run(&t,
	    "generate --model=dmz -s 7 --snaplen 64k -d2h30m --start 2026-11-21T06:00:00Z "
	    "--rate x1.5 --mark evil-bit --local 10.0.0.0/8 --local=fd00::/8 -qv",
	    false);
	assert_int_equal(t.r, 0);
	assert_string_equal(t.args.model, "dmz");
	assert_int_equal(t.args.seed, 7);
	assert_int_equal(t.args.snaplen, 64000);
	assert_true(t.args.duration_ns == 9000 * NS_PER_S);
	assert_true(t.args.start_ns == 1795240800 * NS_PER_S);
	assert_true(t.args.rate.is_factor && t.args.rate.value == 1.5);
	assert_int_equal(t.args.mark, 1);
	assert_int_equal(t.args.local.n, 2);
	assert_string_equal(t.args.local.items[0], "10.0.0.0/8");
	assert_string_equal(t.args.local.items[1], "fd00::/8");
	assert_true(t.args.quiet && t.args.verbose);
	assert_int_equal(t.given, (1 << N_SPECS) - 1);
	done(&t);
}

static void what_is_not_given_stays(void **state)
{
	struct run t;

	(void)state;
	run(&t, "generate -s5", true);
	assert_int_equal(t.r, 0);
	assert_string_equal(t.args.model, "office");
	assert_int_equal(t.args.seed, 5);
	assert_true(option_given(specs, N_SPECS, t.given, "seed"));
	assert_false(option_given(specs, N_SPECS, t.given, "model"));
	assert_false(option_given(specs, N_SPECS, t.given, "nothing"));
	assert_false(option_given(specs, N_SPECS, t.given, "see"));
	assert_int_equal(t.operands.n, 0);
	done(&t);
}

static void operands_and_options_mix(void **state)
{
	struct run t;

	(void)state;
	run(&t, "learn a.pcap -q - b.pcap -s 3 -- -x --seed", true);
	assert_int_equal(t.r, 0);
	assert_int_equal(t.operands.n, 5);
	assert_string_equal(t.operands.items[0], "a.pcap");
	assert_string_equal(t.operands.items[1], "-");
	assert_string_equal(t.operands.items[2], "b.pcap");
	assert_string_equal(t.operands.items[3], "-x");
	assert_string_equal(t.operands.items[4], "--seed");
	assert_true(t.args.quiet);
	assert_int_equal(t.args.seed, 3);
	done(&t);
}

static void help_is_asked_for(void **state)
{
	static const char *const lines[] = { "x -h", "x --help", "x -qh", "x a --help --nonsense" };
	struct run t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		run(&t, lines[i], true);
		assert_int_equal(t.r, 1);
		done(&t);
	}
	run(&t, "x -- --help", true);
	assert_int_equal(t.r, 0);
	done(&t);
	run(&t, "x -m -h", true); /* a value, not a question */
	assert_int_equal(t.r, 0);
	assert_string_equal(t.args.model, "-h");
	done(&t);
}

static void mistakes_are_named(void **state)
{
	static const char *const cases[][2] = {
		{ "x --modle a", "unknown option '--modle'; did you mean '--model'?" },
		{ "x --mod a", "unknown option '--mod'; did you mean '--model'?" },
		{ "x --verb", "unknown option '--verb'; did you mean '--verbose'?" },
		{ "x --hlep", "unknown option '--hlep'; did you mean '--help'?" },
		{ "x --zzz=1", "unknown option '--zzz'" },
		{ "x --=1", "unknown option '--'" },
		{ "x -z", "unknown option '-z'" },
		{ "x -qz", "unknown option '-z'" },
		{ "x a", "unexpected argument 'a'" },
		{ "x ~", "unexpected argument ''" },
		{ "x --quiet=1", "--quiet takes no value" },
		{ "x --seed", "--seed needs a value" },
		{ "x -qs", "--seed needs a value" },
		{ "x -s 1 --seed=1", "--seed is given twice" },
		{ "x -m ~", "--model: the value is empty" },
		{ "x --model=", "--model: the value is empty" },
		{ "x -s 0", "--seed: 0 is below 1" },
		{ "x -s 1001", "--seed: 1001 is above 1000" },
		{ "x -s -1", "--seed: '-1' is no whole number of 0 or more" },
		{ "x -s 1.5", "--seed: '1.5' is no whole number of 0 or more" },
		{ "x -s 5k", "--seed: '5k' is no whole number of 0 or more" },
		{ "x -s 0x", "--seed: '0x' is no whole number of 0 or more" },
		{ "x -s 99999999999999999999", "--seed: '99999999999999999999' is beyond 64 bits" },
		{ "x --snaplen 5T", "--snaplen: '5T' is no size such as 1500, 64k or 2G" },
		{ "x --snaplen 5kk", "--snaplen: '5kk' is no size such as 1500, 64k or 2G" },
		{ "x --snaplen k", "--snaplen: 'k' is no size such as 1500, 64k or 2G" },
		{ "x --snaplen 20000000000G", "--snaplen: '20000000000G' is beyond 64 bits" },
		{ "x -d 0", "--duration: 0 is below 1ns" },
		{ "x -d 2d", "--duration: 2d is above 1d" },
		{ "x -d soon", "--duration: 'soon' is no duration such as 90s, 15m, 2h30m, 7d or "
			       "250ms" },
		{ "x -t now", "--start: 'now' is no instant such as 2026-11-21T06:00:00Z or "
			      "1795240800.5" },
		{ "x --rate 0", "--rate: a rate above 0 was expected" },
		{ "x --rate x", "--rate: 'x' is no rate such as 200 or x2" },
		{ "x --rate 1e5", "--rate: '1e5' is no rate such as 200 or x2" },
		{ "x --rate -1", "--rate: '-1' is no rate such as 200 or x2" },
		{ "x --rate 1.2.3", "--rate: '1.2.3' is no rate such as 200 or x2" },
		{ "x --rate 1234567890123456", "--rate: '1234567890123456' has more than 15 "
					       "digits" },
		{ "x --mark evilbit", "--mark: unknown 'evilbit'; did you mean 'evil-bit'?" },
		{ "x --mark blue", "--mark: unknown 'blue'; one of none, evil-bit was expected" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run t;

		run(&t, cases[i][0], false);
		assert_int_equal(t.r, -EINVAL);
		assert_string_equal(t.err.text, cases[i][1]);
		done(&t);
	}
}

static void numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
	} sizes[] = {
		{ "0", 0 },
		{ "1500", 1500 },
		{ "64k", 64000 },
		{ "64K", 64000 },
		{ "2M", 2000000 },
		{ "2G", 2000000000 },
		{ "64Ki", 65536 },
		{ "1Mi", 1 << 20 },
		{ "3Gi", UINT64_C(3) << 30 },
		{ "0xffff", 0xffff },
		{ "18446744073709551615", UINT64_MAX },
		{ "0xFFFFFFFFFFFFFFFF", UINT64_MAX },
	};
	static const struct {
		const char *text;
		double value;
	} rates[] = {
		{ "200", 200 },
		{ "0.1", 0.1 },
		{ "12.345", 12.345 },
		{ ".5", 0.5 },
		{ "3.", 3 },
		{ "123456789012345", 123456789012345 },
		{ "0.000001", 0.000001 },
	};
	struct args args = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_int_equal(option_set(&specs[2], sizes[i].text, &args, NULL), 0);
		assert_true(args.snaplen == sizes[i].value);
	}
	for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		assert_int_equal(option_set(&specs[5], rates[i].text, &args, NULL), 0);
		assert_true(args.rate.value == rates[i].value);
	}
	assert_int_equal(option_set(&specs[8], "true", &args, NULL), 0);
	assert_true(args.quiet);
	assert_int_equal(option_set(&specs[8], "false", &args, NULL), 0);
	assert_false(args.quiet);
	assert_int_equal(option_set(&specs[8], "yes", &args, NULL), -EINVAL);
}

static const char help[] =
	"Usage: sosie generate -o FILE\n"
	"\n"
	"Write a capture.\n"
	"\n"
	"Options:\n"
	"  -m, --model NAME          what to generate from (default: office)\n"
	"  -s, --seed N              the same seed gives the same bytes, on every machine\n"
	"                            and for any number of threads (default: 3)\n"
	"      --snaplen SIZE        cut packets\n"
	"\n"
	"Time:\n"
	"  -d, --duration DURATION   how long (default: 1h30m)\n"
	"  -t, --start TIME          when\n"
	"      --rate RATE           how fast\n"
	"\n"
	"Marks:\n"
	"      --mark none|evil-bit  how packets are marked (default: none)\n"
	"      --local CIDR          what is inside\n"
	"  -q, --quiet               say less\n"
	"  -v, --verbose             say more\n"
	"\n"
	"  -h, --help                print this and exit\n";

static void help_is_aligned(void **state)
{
	const struct args defaults = { .model = "office",
				       .seed = 3,
				       .duration_ns = 5400 * NS_PER_S };
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	assert_non_null(out);
	option_print_help(specs, N_SPECS, "sosie generate -o FILE", "Write a capture.", &defaults,
			  out);
	fclose(out);
	assert_string_equal(text, help);
	free(text);
}

/* Printed, parsed as a conf text, set again: the same struct. */
static void values_print_and_read_back(void **state)
{
	char *text = NULL, *again = NULL;
	struct args back = { 0 };
	struct conf *conf = NULL;
	const char *value = NULL;
	struct err err = { "" };
	struct run t;
	size_t n;
	FILE *out;

	(void)state;
	run(&t, "x -m a\"b -s 7 -d 1.5s -t 1.5 --rate x0.1 --local 10.0.0.0/8 --local ::/0 -q",
	    false);
	assert_int_equal(t.r, 0);
	out = open_memstream(&text, &n);
	option_print(specs, N_SPECS, &t.args, out);
	fclose(out);
	assert_string_equal(text, "model = \"a\\\"b\";\nseed = 7;\nsnaplen = 0;\n"
				  "duration = \"1.5s\";\n"
				  "start = \"1970-01-01T00:00:01.500000000Z\";\n"
				  "rate = \"x0.1\";\nmark = \"none\";\n"
				  "local = [ \"10.0.0.0/8\", \"::/0\" ];\n"
				  "quiet = true;\nverbose = false;\n");
	assert_int_equal(conf_parse("t", text, &conf, &err), 0);
	assert_int_equal(conf_get_string(conf, conf_root(conf), "start", true, &value, &err), 0);
	assert_int_equal(option_set(&specs[4], value, &back, &err), 0);
	assert_true(back.start_ns == t.args.start_ns);
	assert_int_equal(conf_get_string(conf, conf_root(conf), "rate", true, &value, &err), 0);
	assert_int_equal(option_set(&specs[5], value, &back, &err), 0);
	assert_true(back.rate.value == 0.1 && back.rate.is_factor);
	conf_freep(&conf);
	done(&t);
	free(text);

	memset(&back, 0, sizeof(back));
	back.rate.value = 0.000001;
	out = open_memstream(&again, &n);
	option_print(specs + 5, 1, &back, out);
	fclose(out);
	assert_string_equal(again, "rate = \"0.000001\";\n"); /* no exponent */
	free(again);
}

static void tables_have_a_limit(void **state)
{
	static const struct option_spec many[OPTION_LIMIT + 1];
	char *argv[] = { (char *)"x", NULL };
	struct err err = { "" };

	(void)state;
	assert_int_equal(option_parse(many, OPTION_LIMIT + 1, 1, argv, NULL, NULL, NULL, &err),
			 -EINVAL);
	assert_int_equal(option_parse(NULL, 0, 1, argv, NULL, NULL, NULL, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_types_are_read),
		cmocka_unit_test(what_is_not_given_stays),
		cmocka_unit_test(operands_and_options_mix),
		cmocka_unit_test(help_is_asked_for),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(numbers),
		cmocka_unit_test(help_is_aligned),
		cmocka_unit_test(values_print_and_read_back),
		cmocka_unit_test(tables_have_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
