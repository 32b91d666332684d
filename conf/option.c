/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/option.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/ns.h"
#include "conf/conf.h"

enum { LIMIT_STRINGS = 1 << 20 };

struct parser {
	const struct option_spec *specs;
	size_t n_specs;
	int argc, i;
	char **argv;
	void *into;
	struct option_strings *operands;
	uint64_t given;
};

static void *field_of(const struct option_spec *spec, void *into)
{
	return (char *)into + spec->offset;
}

static int strings_add(struct option_strings *strings, const char *text, struct err *err)
{
	int r = mem_grow(&strings->items, &strings->capacity, strings->n + 1,
			 sizeof(*strings->items), LIMIT_STRINGS);

	if (r < 0)
		return r == -ENOMEM ? err_no_memory(err)
				    : err_set(err, -EINVAL, "more than %d times", LIMIT_STRINGS);
	strings->items[strings->n++] = text;
	return 0;
}

void option_strings_done(struct option_strings *strings)
{
	free(strings->items);
	memset(strings, 0, sizeof(*strings));
}

/* Digits, or 0x and hexadecimal ones; *ret_end behind them. -EINVAL without any, -ERANGE. */
static int read_count(const char *text, uint64_t *ret_value, const char **ret_end)
{
	unsigned int base = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;
	const char *p = base == 16 ? text + 2 : text, *first = p;
	uint64_t value = 0;

	for (;; p++) {
		unsigned int digit;

		if (*p >= '0' && *p <= '9')
			digit = (unsigned int)(*p - '0');
		else if (base == 16 && (*p | 0x20) >= 'a' && (*p | 0x20) <= 'f')
			digit = (unsigned int)((*p | 0x20) - 'a' + 10);
		else
			break;
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return -ERANGE;
	}
	if (p == first)
		return -EINVAL;
	*ret_value = value;
	*ret_end = p;
	return 0;
}

/* 0 when text is no unit of size. */
static uint64_t size_unit(const char *text)
{
	static const char letters[] = "kMG";
	const char *letter = text[0] != '\0' ? strchr(letters, text[0]) : NULL;
	uint64_t unit = 1, base = 1000;
	int i;

	if (text[0] == '\0')
		return 1;
	if (letter == NULL && text[0] == 'K')
		letter = letters;
	if (letter == NULL)
		return 0;
	if (text[1] == 'i')
		base = 1024;
	if (text[base == 1024 ? 2 : 1] != '\0')
		return 0;
	for (i = 0; i <= letter - letters; i++)
		unit *= base;
	return unit;
}

static int set_count(const struct option_spec *spec, const char *text, uint64_t *ret_value,
		     struct err *err)
{
	uint64_t value, unit = 1;
	const char *end;
	int r = read_count(text, &value, &end);

	if (r == 0 && spec->type == OPTION_SIZE)
		unit = size_unit(end);
	else if (r == 0 && *end != '\0')
		unit = 0;
	if (r == -EINVAL || unit == 0)
		return err_set(err, -EINVAL, "'%.60s' is no %s", text,
			       spec->type == OPTION_SIZE ? "size such as 1500, 64k or 2G"
							 : "whole number of 0 or more");
	if (r == -ERANGE || __builtin_mul_overflow(value, unit, &value))
		return err_set(err, -EINVAL, "'%.60s' is beyond 64 bits", text);
	if (spec->min > 0 && value < (uint64_t)spec->min)
		return err_set(err, -EINVAL, "%s is below %lld", text, (long long)spec->min);
	if (spec->max > 0 && value > (uint64_t)spec->max)
		return err_set(err, -EINVAL, "%s is above %lld", text, (long long)spec->max);
	*ret_value = value;
	return 0;
}

static int set_duration(const struct option_spec *spec, const char *text, int64_t *ret_ns,
			struct err *err)
{
	char bound[NS_TEXT_BYTES];
	int64_t ns;

	if (ns_parse_duration(text, &ns, err) < 0)
		return -EINVAL;
	if (ns < spec->min)
		return err_set(err, -EINVAL, "%s is below %s", text,
			       ns_format_duration(spec->min, bound));
	if (spec->max > 0 && ns > spec->max)
		return err_set(err, -EINVAL, "%s is above %s", text,
			       ns_format_duration(spec->max, bound));
	*ret_ns = ns;
	return 0;
}

/*
 * Decimal digits with an optional point, as the double nearest to digits / 10^n: by one exact
 * integer and one division, not by strtod(), which reads hexadecimal, "inf" and the locale's comma.
 */
static int set_rate(const char *text, struct option_rate *ret_rate, struct err *err)
{
	struct option_rate rate = { .is_factor = text[0] == 'x' };
	const char *p = text + rate.is_factor;
	int64_t digits = 0, scale = 1;
	bool any = false, point = false;

	for (; *p != '\0'; p++) {
		if (*p == '.' && !point) {
			point = true;
			continue;
		}
		if (*p < '0' || *p > '9')
			break;
		any = true;
		if (digits > INT64_C(99999999999999)) /* 15 digits: exact in a double */
			return err_set(err, -EINVAL, "'%.60s' has more than 15 digits", text);
		digits = digits * 10 + (*p - '0');
		scale *= point ? 10 : 1;
	}
	if (!any || *p != '\0')
		return err_set(err, -EINVAL, "'%.60s' is no rate such as 200 or x2", text);
	if (digits == 0)
		return err_set(err, -EINVAL, "a rate above 0 was expected");
	rate.value = (double)digits / (double)scale;
	*ret_rate = rate;
	return 0;
}

static int set_choice(const struct option_spec *spec, const char *text, int *ret_index,
		      struct err *err)
{
	char list[ERR_TEXT_BYTES / 2] = "";
	const char *nearest;
	size_t n = 0, used = 0, i;

	for (; spec->choices[n] != NULL; n++) {
		if (strcmp(text, spec->choices[n]) == 0) {
			*ret_index = (int)n;
			return 0;
		}
	}
	nearest = conf_nearest(text, spec->choices, n);
	if (nearest != NULL)
		return err_set(err, -EINVAL, "unknown '%.60s'; did you mean '%s'?", text, nearest);
	for (i = 0; i < n && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
					 i > 0 ? ", " : "", spec->choices[i]);
	return err_set(err, -EINVAL, "unknown '%.60s'; one of %s was expected", text, list);
}

static int set_value(const struct option_spec *spec, const char *text, void *into, struct err *err)
{
	void *field = field_of(spec, into);

	switch (spec->type) {
	case OPTION_FLAG:
		if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
			return err_set(err, -EINVAL, "true or false was expected, not '%.60s'",
				       text);
		*(bool *)field = text[0] == 't';
		return 0;
	case OPTION_STRING:
	case OPTION_STRINGS:
		if (text[0] == '\0')
			return err_set(err, -EINVAL, "the value is empty");
		if (spec->type == OPTION_STRINGS)
			return strings_add(field, text, err);
		*(const char **)field = text;
		return 0;
	case OPTION_COUNT:
	case OPTION_SIZE:
		return set_count(spec, text, field, err);
	case OPTION_DURATION:
		return set_duration(spec, text, field, err);
	case OPTION_TIME:
		return ns_parse_time(text, field, err) < 0 ? -EINVAL : 0;
	case OPTION_RATE:
		return set_rate(text, field, err);
	case OPTION_CHOICE:
		return set_choice(spec, text, field, err);
	case OPTION_N_TYPES:
		break;
	}
	return err_set(err, -EINVAL, "an option of unknown type");
}

int option_set(const struct option_spec *spec, const char *text, void *into, struct err *err)
{
	int r = set_value(spec, text, into, err);

	return r < 0 ? err_wrap(err, r, "--%s", spec->name) : 0;
}

static const struct option_spec *by_letter(const struct parser *ps, char letter)
{
	size_t i;

	for (i = 0; i < ps->n_specs; i++)
		if (ps->specs[i].letter == letter)
			return &ps->specs[i];
	return NULL;
}

static const struct option_spec *by_name(const struct option_spec *specs, size_t n_specs,
					 const char *name, size_t n_name)
{
	size_t i;

	for (i = 0; i < n_specs; i++)
		if (strlen(specs[i].name) == n_name && memcmp(specs[i].name, name, n_name) == 0)
			return &specs[i];
	return NULL;
}

static int unknown(const struct parser *ps, const char *name, size_t n_name, struct err *err)
{
	const char *names[OPTION_LIMIT + 1], *nearest;
	char text[64];
	size_t i;

	for (i = 0; i < ps->n_specs; i++)
		names[i] = ps->specs[i].name;
	names[i] = "help";
	snprintf(text, sizeof(text), "%.*s", (int)(n_name < 60 ? n_name : 60), name);
	nearest = conf_nearest(text, names, ps->n_specs + 1);
	for (i = 0; nearest == NULL && i <= ps->n_specs; i++) /* what was meant to be shortened */
		if (n_name >= 2 && strncmp(names[i], text, strlen(text)) == 0)
			nearest = names[i];
	if (nearest != NULL)
		return err_set(err, -EINVAL, "unknown option '--%s'; did you mean '--%s'?", text,
			       nearest);
	return err_set(err, -EINVAL, "unknown option '--%s'", text);
}

/* Sets the option; value NULL: none was attached, so the next argument is it. */
static int take_option(struct parser *ps, const struct option_spec *spec, const char *value,
		       struct err *err)
{
	uint64_t bit = UINT64_C(1) << (spec - ps->specs);

	if (spec->type == OPTION_FLAG) {
		if (value != NULL)
			return err_set(err, -EINVAL, "--%s takes no value", spec->name);
		value = "true";
	} else if ((ps->given & bit) && spec->type != OPTION_STRINGS) {
		return err_set(err, -EINVAL, "--%s is given twice", spec->name);
	} else if (value == NULL) {
		if (ps->i + 1 >= ps->argc)
			return err_set(err, -EINVAL, "--%s needs a value", spec->name);
		value = ps->argv[++ps->i];
	}
	ps->given |= bit;
	return option_set(spec, value, ps->into, err);
}

static int take_long(struct parser *ps, const char *text, struct err *err)
{
	const char *equals = strchr(text, '=');
	size_t n = equals != NULL ? (size_t)(equals - text) : strlen(text);
	const struct option_spec *spec = by_name(ps->specs, ps->n_specs, text, n);

	if (spec != NULL)
		return take_option(ps, spec, equals != NULL ? equals + 1 : NULL, err);
	if (strcmp(text, "help") == 0)
		return 1;
	return unknown(ps, text, n, err);
}

/* "-qv": flags may follow one another; the first that takes a value takes the rest, if any. */
static int take_letters(struct parser *ps, const char *text, struct err *err)
{
	for (; *text != '\0'; text++) {
		const struct option_spec *spec = by_letter(ps, *text);
		int r;

		if (spec == NULL && *text == 'h')
			return 1;
		if (spec == NULL)
			return err_set(err, -EINVAL, "unknown option '-%c'", *text);
		if (spec->type != OPTION_FLAG)
			return take_option(ps, spec, text[1] != '\0' ? text + 1 : NULL, err);
		r = take_option(ps, spec, NULL, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int take_operand(struct parser *ps, const char *text, struct err *err)
{
	if (ps->operands == NULL)
		return err_set(err, -EINVAL, "unexpected argument '%.200s'", text);
	return strings_add(ps->operands, text, err);
}

int option_parse(const struct option_spec *specs, size_t n_specs, int argc, char **argv, void *into,
		 struct option_strings *operands, uint64_t *ret_given, struct err *err)
{
	struct parser ps = { .specs = specs,
			     .n_specs = n_specs,
			     .argc = argc,
			     .argv = argv,
			     .into = into,
			     .operands = operands };
	bool only_operands = false;

	if (n_specs > OPTION_LIMIT)
		return err_set(err, -EINVAL, "a table of %zu options; at most %d are allowed",
			       n_specs, OPTION_LIMIT);
	for (ps.i = 1; ps.i < argc; ps.i++) {
		const char *text = argv[ps.i];
		int r;

		if (only_operands || text[0] != '-' || text[1] == '\0')
			r = take_operand(&ps, text, err);
		else if (strcmp(text, "--") == 0)
			r = 0, only_operands = true;
		else if (text[1] == '-')
			r = take_long(&ps, text + 2, err);
		else
			r = take_letters(&ps, text + 1, err);
		if (r != 0)
			return r;
	}
	if (ret_given != NULL)
		*ret_given = ps.given;
	return 0;
}

bool option_given(const struct option_spec *specs, size_t n_specs, uint64_t given, const char *name)
{
	const struct option_spec *spec = by_name(specs, n_specs, name, strlen(name));

	return spec != NULL && (given >> (spec - specs) & 1) != 0;
}

void option_done(const struct option_spec *specs, size_t n_specs, void *from)
{
	size_t i;

	for (i = 0; i < n_specs; i++)
		if (specs[i].type == OPTION_STRINGS)
			option_strings_done(field_of(&specs[i], from));
}
