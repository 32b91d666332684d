/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options of a command line as a table: the same rows parse the arguments, print --help, and write
 * the values back as a conf text.
 *
 *	struct args { bool quiet; uint64_t seed; const char *model; };
 *	static const struct option_spec specs[] = {
 *		{ .name = "model", .letter = 'm', .type = OPTION_STRING, .metavar = "NAME",
 *		  .offset = offsetof(struct args, model), .help = "what to generate from" },
 *		{ .name = "seed", .letter = 's', .type = OPTION_COUNT, .metavar = "N",
 *		  .offset = offsetof(struct args, seed), .max = INT64_MAX,
 *		  .help = "the same seed gives the same bytes" },
 *		{ .name = "quiet", .letter = 'q', .type = OPTION_FLAG,
 *		  .offset = offsetof(struct args, quiet), .help = "print nothing but results" },
 *	};
 *
 * The struct is filled with defaults by the caller before parsing; what is not given stays. GNU
 * style: "--name=value", "--name value", "-nvalue", "-n value", bundled flags "-qv", options and
 * operands in any order, "--" ends the options, "-" is an operand. Names are never abbreviated: a
 * later version may add a longer one. Every option may be given once, except OPTION_STRINGS (adds)
 * and OPTION_FLAG (no harm). "-h" and "--help" are always there and not in the table.
 *
 * Strings are borrowed from argv.
 */
#ifndef SOSIE_CONF_OPTION_H
#define SOSIE_CONF_OPTION_H

#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum option_type {
	OPTION_FLAG,	 /* bool: no value, becomes true */
	OPTION_STRING,	 /* const char *: not empty; NULL is "not given" */
	OPTION_STRINGS,	 /* struct option_strings: repeatable; needs option_done() */
	OPTION_COUNT,	 /* uint64_t: decimal, or hexadecimal after 0x; in [min, max] */
	OPTION_SIZE,	 /* uint64_t: the same with k, M or G (1000s) or Ki, Mi, Gi (1024s) */
	OPTION_DURATION, /* int64_t ns: "90s", "2h30m"; in [min, max] */
	OPTION_TIME,	 /* int64_t ns since 1970: RFC 3339 or Unix seconds */
	OPTION_RATE,	 /* struct option_rate: "200" or "x2", above 0 */
	OPTION_CHOICE,	 /* int: index into choices */
	OPTION_N_TYPES
};

struct option_strings {
	const char **items;
	size_t n, capacity;
};

struct option_rate {
	double value;	/* 0: not given */
	bool is_factor; /* "x2": times the model's own rate, else per second */
};

struct option_spec {
	const char *name; /* without "--" */
	char letter;	  /* 0: none */
	enum option_type type;
	size_t offset;	     /* of the value in the struct parsed into */
	const char *metavar; /* "FILE"; NULL: the type's own, or the choices */
	const char *help;    /* one sentence, no full stop; wrapped when printed */
	int64_t min, max;    /* COUNT, SIZE, DURATION; max 0: no upper bound but the type's */
	const char *const *choices; /* CHOICE: names, NULL after the last */
	const char *group;	    /* heading in --help; NULL: as the row before */
};

enum { OPTION_LIMIT = 64 }; /* rows of a table: option_given is one bit each */

/*
 * Reads argv[1..argc) (argv[0] is the verb). operands may be NULL: then any is an error. ret_given
 * (may be NULL) gets bit i for each specs[i] that was given. Returns 0, 1 when help was asked for,
 * -EINVAL with a sentence, -ENOMEM. In all cases *into and *operands need option_done() and
 * option_strings_done() afterwards.
 */
int option_parse(const struct option_spec *specs, size_t n_specs, int argc, char **argv, void *into,
		 struct option_strings *operands, uint64_t *ret_given, struct err *err);

/* One value as if "--name=text" had been given: for keys of a conf file. */
int option_set(const struct option_spec *spec, const char *text, void *into, struct err *err);

/* Whether the option of that name is in given; false for a name that is not in the table. */
bool option_given(const struct option_spec *specs, size_t n_specs, uint64_t given,
		  const char *name);

/* Frees what the STRINGS options of *from hold. */
void option_done(const struct option_spec *specs, size_t n_specs, void *from);
void option_strings_done(struct option_strings *strings);

/*
 * Prints "Usage: <usage>", the sentence about, and the options, aligned and wrapped at 80 columns,
 * each with its default as found in defaults (a struct as given to option_parse before parsing;
 * NULL: none shown; values that are 0, false, NULL or empty are not shown). "usage" may have
 * several lines.
 */
void option_print_help(const struct option_spec *specs, size_t n_specs, const char *usage,
		       const char *about, const void *defaults, FILE *out);

/*
 * Writes the values as lines "name = value;" of a libconfig text, '-' in names as '_'. Durations,
 * times, rates and choices are strings, sizes plain integers; NULL strings, times and rates of 0
 * and empty lists are left out, because they say "not given".
 */
void option_print(const struct option_spec *specs, size_t n_specs, const void *from, FILE *out);

#endif
