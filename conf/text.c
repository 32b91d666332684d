/* SPDX-License-Identifier: Apache-2.0 */
/* A lexer with the same idea of strings, comments, names and numbers as libconfig's scanner. */
#include "conf/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct scanner {
	const char *name;
	const char *p;
	unsigned int line;
	char *out;   /* what was written so far ends here */
	char before; /* first character of the last token; 0: none */
	size_t n_values;
	unsigned int depth;
	unsigned int n_keys[CONF_LIMIT_DEPTH + 1]; /* of the open group at each depth */
	char opened_by[CONF_LIMIT_DEPTH + 1];	   /* its bracket; 0 at the top */
};

static void copy(struct scanner *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		s->line += s->p[i] == '\n';
	memcpy(s->out, s->p, n);
	s->out += n;
	s->p += n;
}

#define REFUSE(s, err, ...) refuse((s), err_set((err), -EINVAL, __VA_ARGS__), (err))

static int refuse(const struct scanner *s, int code, struct err *err)
{
	return err_wrap(err, code, "%s:%u", s->name, s->line);
}

/* Whether a value may follow: after "=", at the head of a list, or after another one in it. */
static bool may_hold_string(const struct scanner *s)
{
	char open = s->opened_by[s->depth];

	if (s->before == ',')
		return open == '(' || open == '[';
	return s->before != '\0' && strchr("=:([\"", s->before) != NULL;
}

/* From a quote to the one that ends it; a backslash keeps the next character from doing so. */
static int scan_string(struct scanner *s, struct err *err)
{
	const char *q = s->p + 1;

	/* libconfig refuses it as well, but then leaks it. */
	if (!may_hold_string(s))
		return REFUSE(s, err, "a string stands where no value can");
	while (*q != '"') {
		if (*q == '\\' && q[1] != '\0')
			q++;
		if (*q == '\0')
			return REFUSE(s, err, "the string that begins here does not end");
		q++;
	}
	copy(s, (size_t)(q + 1 - s->p));
	return 0;
}

static int scan_block_comment(struct scanner *s, struct err *err)
{
	const char *end = strstr(s->p + 2, "*/");

	if (end == NULL)
		return REFUSE(s, err, "the comment that begins here does not end");
	copy(s, (size_t)(end + 2 - s->p));
	return 0;
}

/* A key, or true or false. */
static int scan_name(struct scanner *s, struct err *err)
{
	size_t n = 0;

	while (isalnum((unsigned char)s->p[n]) || (s->p[n] != '\0' && strchr("-_*", s->p[n])))
		n++;
	if (n > CONF_LIMIT_NAME_BYTES)
		return REFUSE(s, err, "a name of %zu characters; at most %d are allowed", n,
			      CONF_LIMIT_NAME_BYTES);
	copy(s, n);
	return 0;
}

/* The characters that a number could have, so that "12abc" is seen whole and refused whole. */
static size_t number_length(const char *p)
{
	bool hex = p[0] == '0' && (p[1] == 'x' || p[1] == 'X');
	size_t n = p[0] == '-' || p[0] == '+';

	while (isalnum((unsigned char)p[n]) || p[n] == '.' || p[n] == '_' ||
	       (!hex && n > 0 && (p[n] == '-' || p[n] == '+') && (p[n - 1] | 0x20) == 'e'))
		n++;
	return n;
}

/* [+-]digits[.digits][e[+-]digits], with "." or "e" and a digit before or behind the ".". */
static bool is_float(const char *p, size_t n)
{
	size_t i = p[0] == '-' || p[0] == '+', n_digits = 0;
	bool marked = false;

	for (; i < n && isdigit((unsigned char)p[i]); i++)
		n_digits++;
	if (i < n && p[i] == '.') {
		marked = true;
		for (i++; i < n && isdigit((unsigned char)p[i]); i++)
			n_digits++;
	}
	if (n_digits == 0)
		return false;
	if (i < n && (p[i] | 0x20) == 'e') {
		marked = true;
		i++;
		if (i < n && (p[i] == '-' || p[i] == '+'))
			i++;
		if (i == n)
			return false;
		while (i < n && isdigit((unsigned char)p[i]))
			i++;
	}
	return marked && i == n;
}

/* [+-]digits or 0xdigits, and L or LL. ret_n_digits: without that suffix. */
static bool is_integer(const char *p, size_t n, bool *ret_hex, size_t *ret_n_digits)
{
	size_t i = p[0] == '-' || p[0] == '+', first;

	*ret_hex = n > 2 && p[0] == '0' && (p[1] | 0x20) == 'x';
	first = *ret_hex ? 2 : i;
	for (i = first; i < n; i++)
		if (*ret_hex ? !isxdigit((unsigned char)p[i]) : !isdigit((unsigned char)p[i]))
			break;
	*ret_n_digits = i;
	if (i == first)
		return false;
	for (first = i; i < n && p[i] == 'L'; i++)
		;
	return i == n && i - first <= 2;
}

static int scan_number(struct scanner *s, struct err *err)
{
	char digits[CONF_LIMIT_NUMBER_BYTES + 1];
	size_t n = number_length(s->p), n_digits, sign;
	bool hex;

	if (n > CONF_LIMIT_NUMBER_BYTES)
		return REFUSE(s, err, "a number of %zu characters; at most %d are allowed", n,
			      CONF_LIMIT_NUMBER_BYTES);
	if (!is_integer(s->p, n, &hex, &n_digits)) {
		if (!is_float(s->p, n))
			return REFUSE(s, err, "'%.*s' is no number", (int)n, s->p);
		copy(s, n);
		return 0;
	}
	sign = s->p[0] == '-' || s->p[0] == '+';
	/* Versions of libconfig differ on whether this is octal. */
	if (!hex && n_digits - sign > 1 && s->p[sign] == '0')
		return REFUSE(s, err, "'%.*s' has a leading zero", (int)n, s->p);
	memcpy(digits, s->p, n_digits);
	digits[n_digits] = '\0';
	errno = 0;
	(void)strtoll(digits, NULL, hex ? 16 : 10);
	if (errno == ERANGE)
		return REFUSE(s, err, "'%.*s' is beyond 64 bits", (int)n, s->p);
	copy(s, n_digits);
	*s->out++ = 'L';
	s->p += n - n_digits;
	return 0;
}

/* Counts what the text would cost; called at each character that is no part of a token. */
static int scan_mark(struct scanner *s, struct err *err)
{
	switch (*s->p) {
	case '{':
	case '(':
	case '[':
		if (s->depth == CONF_LIMIT_DEPTH)
			return REFUSE(s, err, "nested deeper than %d", CONF_LIMIT_DEPTH);
		s->n_keys[++s->depth] = 0;
		s->opened_by[s->depth] = *s->p;
		s->n_values++;
		break;
	case '}':
	case ')':
	case ']':
		if (s->depth > 0)
			s->depth--;
		break;
	case '=':
	case ':':
		if (++s->n_keys[s->depth] > CONF_LIMIT_KEYS)
			return REFUSE(s, err, "more than %d keys in one group", CONF_LIMIT_KEYS);
		break;
	case ',':
		s->n_values++;
		break;
	case '@':
		return REFUSE(s, err, "'@' has no meaning here; @include is not supported");
	default:
		break;
	}
	if (s->n_values > CONF_LIMIT_VALUES)
		return REFUSE(s, err, "more than %d values in all", CONF_LIMIT_VALUES);
	copy(s, 1);
	return 0;
}

static int scan_token(struct scanner *s, struct err *err)
{
	const char *p = s->p;
	int r;

	if (*p == '#' || (p[0] == '/' && p[1] == '/')) {
		copy(s, strcspn(p, "\n"));
		return 0;
	}
	if (p[0] == '/' && p[1] == '*')
		return scan_block_comment(s, err);
	if (strchr(" \t\n\r\f", *p) != NULL) {
		copy(s, 1);
		return 0;
	}
	if (*p == '"')
		r = scan_string(s, err);
	else if (isalpha((unsigned char)*p) || *p == '*')
		r = scan_name(s, err);
	else if (isdigit((unsigned char)*p) || strchr("+-.", *p) != NULL)
		r = scan_number(s, err);
	else
		r = scan_mark(s, err);
	s->before = *p;
	return r;
}

int conf_text_normalise(const char *name, const char *text, char **ret_text, struct err *err)
{
	CLEANUP(freep) char *out = NULL;
	struct scanner s = { .name = name, .p = text, .line = 1 };

	out = mem_array(strlen(text) + 1,
			2); /* at worst each character is a digit and gets its L */
	if (out == NULL)
		return err_no_memory(err);
	s.out = out;
	while (*s.p != '\0') {
		int r = scan_token(&s, err);

		if (r < 0)
			return r;
	}
	*s.out = '\0';
	*ret_text = take(&out);
	return 0;
}
