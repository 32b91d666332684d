/* SPDX-License-Identifier: Apache-2.0 */
/* Options as help and as a conf text. */
#include "conf/option.h"

#include <float.h>
#include <string.h>

#include "base/ns.h"
#include "conf/conf.h"

enum { N_COLUMNS = 80, HELP_COLUMN = 28, FIELD_BYTES = 400 };

static const void *field_of(const struct option_spec *spec, const void *from)
{
	return (const char *)from + spec->offset;
}

static const char *const metavars[OPTION_N_TYPES] = {
	[OPTION_STRING] = "TEXT", [OPTION_STRINGS] = "TEXT",	  [OPTION_COUNT] = "N",
	[OPTION_SIZE] = "SIZE",	  [OPTION_DURATION] = "DURATION", [OPTION_TIME] = "TIME",
	[OPTION_RATE] = "RATE",	  [OPTION_CHOICE] = "CHOICE",
};

/* "  -m, --model NAME"; choices read "none|evil-bit" unless the table has a metavar. */
static size_t print_names(const struct option_spec *spec, FILE *out)
{
	const char *metavar = spec->metavar != NULL ? spec->metavar : metavars[spec->type];
	int n;
	size_t i;

	if (spec->letter != 0)
		n = fprintf(out, "  -%c, --%s", spec->letter, spec->name);
	else
		n = fprintf(out, "      --%s", spec->name);
	if (spec->type == OPTION_CHOICE && spec->metavar == NULL) {
		for (i = 0; spec->choices[i] != NULL; i++)
			n += fprintf(out, "%c%s", i == 0 ? ' ' : '|', spec->choices[i]);
	} else if (spec->type != OPTION_FLAG) {
		n += fprintf(out, " %s", metavar);
	}
	return n < 0 ? 0 : (size_t)n;
}

/* Words of text from column on, later lines indented to HELP_COLUMN. */
static void print_wrapped(const char *text, size_t column, FILE *out)
{
	bool first = true;

	while (column < HELP_COLUMN) {
		fputc(' ', out);
		column++;
	}
	for (;;) {
		size_t n;

		text += strspn(text, " ");
		n = strcspn(text, " ");
		if (n == 0)
			break;
		if (!first && column + 1 + n > N_COLUMNS) {
			fprintf(out, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		} else if (!first) {
			fputc(' ', out);
			column++;
		}
		fwrite(text, 1, n, out);
		column += n;
		text += n;
		first = false;
	}
	fputc('\n', out);
}

/* The shortest decimal that reads back as the same double; at most 17 digits. */
static void format_double(double value, char *ret_text, size_t n_text)
{
	int digits;

	for (digits = 1; digits <= DBL_DECIMAL_DIG; digits++) {
		double back;

		snprintf(ret_text, n_text, "%.*g", digits, value);
		if (sscanf(ret_text, "%lf", &back) == 1 && back == value)
			return;
	}
}

/* An exact rate needs no exponent: option_parse takes 15 digits at most. */
static void format_rate(const struct option_rate *rate, char *ret_text, size_t n_text)
{
	char number[64];

	format_double(rate->value, number, sizeof(number));
	if (strchr(number, 'e') != NULL) {
		size_t n;

		snprintf(number, sizeof(number), "%.15f", rate->value);
		n = strlen(number);
		while (n > 1 && number[n - 1] == '0' && number[n - 2] != '.')
			number[--n] = '\0';
		if (n > 2 && number[n - 1] == '0' && number[n - 2] == '.')
			number[n - 2] = '\0';
	}
	snprintf(ret_text, n_text, "%s%s", rate->is_factor ? "x" : "", number);
}

/*
 * The value as one would type it. Returns false when it says "not given" (NULL, an empty list, a
 * time or rate of 0). A flag reads true or false.
 */
static bool format_value(const struct option_spec *spec, const void *from, char *ret_text,
			 size_t n_text)
{
	const void *field = field_of(spec, from);
	char text[NS_TEXT_BYTES];

	switch (spec->type) {
	case OPTION_FLAG:
		snprintf(ret_text, n_text, "%s", *(const bool *)field ? "true" : "false");
		return true;
	case OPTION_STRING:
		if (*(const char *const *)field == NULL)
			return false;
		snprintf(ret_text, n_text, "%s", *(const char *const *)field);
		return true;
	case OPTION_COUNT:
	case OPTION_SIZE:
		snprintf(ret_text, n_text, "%llu", (unsigned long long)*(const uint64_t *)field);
		return true;
	case OPTION_DURATION:
		snprintf(ret_text, n_text, "%s", ns_format_duration(*(const int64_t *)field, text));
		return true;
	case OPTION_TIME:
		if (*(const int64_t *)field == 0)
			return false;
		snprintf(ret_text, n_text, "%s", ns_format_time(*(const int64_t *)field, text));
		return true;
	case OPTION_RATE:
		if (((const struct option_rate *)field)->value == 0)
			return false;
		format_rate(field, ret_text, n_text);
		return true;
	case OPTION_CHOICE:
		snprintf(ret_text, n_text, "%s", spec->choices[*(const int *)field]);
		return true;
	case OPTION_STRINGS:
	case OPTION_N_TYPES:
		break;
	}
	return false;
}

/* What --help shows: not what merely says "nothing". */
static bool has_default(const struct option_spec *spec, const void *defaults, char *ret_text,
			size_t n_text)
{
	if (spec->type == OPTION_FLAG || !format_value(spec, defaults, ret_text, n_text))
		return false;
	return strcmp(ret_text, "0") != 0 && strcmp(ret_text, "0s") != 0;
}

void option_print_help(const struct option_spec *specs, size_t n_specs, const char *usage,
		       const char *about, const void *defaults, FILE *out)
{
	const char *group = NULL;
	size_t i;

	fprintf(out, "Usage: %s\n\n%s\n", usage, about);
	for (i = 0; i < n_specs; i++) {
		const struct option_spec *spec = &specs[i];
		char value[FIELD_BYTES], text[2 * FIELD_BYTES];
		size_t column;

		if (spec->group != NULL && (group == NULL || strcmp(group, spec->group) != 0)) {
			group = spec->group;
			fprintf(out, "\n%s:\n", group);
		} else if (i == 0) {
			fprintf(out, "\nOptions:\n");
		}
		column = print_names(spec, out);
		if (column + 2 > HELP_COLUMN) {
			fputc('\n', out);
			column = 0;
		}
		if (defaults != NULL && has_default(spec, defaults, value, sizeof(value)))
			snprintf(text, sizeof(text), "%.*s (default: %s)", FIELD_BYTES - 20,
				 spec->help, value);
		else
			snprintf(text, sizeof(text), "%s", spec->help);
		print_wrapped(text, column, out);
	}
	fprintf(out, "%s  -h, --help", n_specs == 0 ? "\nOptions:\n" : "\n");
	print_wrapped("print this and exit", 12, out);
}

static void print_key(const char *name, FILE *out)
{
	for (; *name != '\0'; name++)
		fputc(*name == '-' ? '_' : *name, out);
	fputs(" = ", out);
}

static void print_strings(const struct option_strings *strings, FILE *out)
{
	size_t i;

	fputc('[', out);
	for (i = 0; i < strings->n; i++) {
		fputs(i > 0 ? ", " : " ", out);
		conf_print_string(out, strings->items[i]);
	}
	fputs(" ]", out);
}

void option_print(const struct option_spec *specs, size_t n_specs, const void *from, FILE *out)
{
	size_t i;

	for (i = 0; i < n_specs; i++) {
		const struct option_spec *spec = &specs[i];
		const void *field = field_of(spec, from);
		char value[FIELD_BYTES];

		if (spec->type == OPTION_STRINGS) {
			if (((const struct option_strings *)field)->n == 0)
				continue;
			print_key(spec->name, out);
			print_strings(field, out);
		} else if (format_value(spec, from, value, sizeof(value))) {
			print_key(spec->name, out);
			if (spec->type == OPTION_STRING) /* whole, however long */
				conf_print_string(out, *(const char *const *)field);
			else if (spec->type == OPTION_FLAG || spec->type == OPTION_COUNT ||
				 spec->type == OPTION_SIZE)
				fputs(value, out);
			else
				conf_print_string(out, value);
		} else {
			continue;
		}
		fputs(";\n", out);
	}
}
