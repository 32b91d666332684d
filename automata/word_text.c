/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/word_text.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"

static const char blanks[] = " \t\r";
static const char token_ends[] = " \t\r\n";
static const char name_ends[] = ": \t\r\n";

/* The length of a token's symbol. */
static size_t name_length(const char *token)
{
	return strcspn(token, name_ends);
}

uint32_t word_text_n_values(const char *text)
{
	uint32_t n = 0;

	text += strspn(text, " \t\r\n");
	for (text += name_length(text); *text == ':'; text += 1 + name_length(text + 1))
		n++;
	return n;
}

/* Digits at *cursor, moved behind them. */
static int parse_value(const char **cursor, int32_t *ret_value, struct err *err)
{
	const char *c = *cursor;
	size_t n = strspn(c, "0123456789");
	int32_t value = 0;

	if (n == 0 || n > WORD_VALUE_DIGITS)
		return err_set(err, -EINVAL, "'%.*s' is not a value of 1 to %d digits",
			       (int)(name_length(c) < 32 ? name_length(c) : 32), c,
			       WORD_VALUE_DIGITS);
	for (size_t i = 0; i < n; i++)
		value = value * 10 + (c[i] - '0');
	*cursor = c + n;
	*ret_value = value;
	return 0;
}

/* One event, or the end: *ret_end. */
static int parse_token(const char **cursor, uint32_t n_values, struct word_builder *builder,
		       bool *ret_end, struct err *err)
{
	const char *token = *cursor, *c = token + name_length(token);
	size_t n_name = (size_t)(c - token), n_token = strcspn(token, token_ends);
	int32_t values[WORD_MAX_VALUES] = { 0 };
	uint32_t n = 0;

	*ret_end = n_name == 1 && token[0] == '$';
	for (; *c == ':'; n++) {
		int r;

		c++;
		if (n == n_values && !*ret_end)
			return err_set(err, -EINVAL, "'%.*s' has more than %u values",
				       (int)(n_token < 32 ? n_token : 32), token, n_values);
		r = parse_value(&c, &values[n < WORD_MAX_VALUES ? n : 0], err);
		if (r < 0)
			return r;
	}
	*cursor = c;
	if (c != token + n_token)
		return err_set(err, -EINVAL, "'%.*s': symbol:value expected",
			       (int)(n_token < 32 ? n_token : 32), token);
	if (*ret_end)
		return 0;
	if (n < n_values)
		return err_set(err, -EINVAL, "'%.*s' has %u values, the others have %u",
			       (int)(n_token < 32 ? n_token : 32), token, n, n_values);
	return word_builder_event(builder, token, n_name, values, err);
}

/* A line with a word on it; *cursor is left at the line's end. */
static int parse_word(const char **cursor, uint32_t n_values, uint8_t label,
		      struct word_builder *builder, struct err *err)
{
	bool end = false;
	int r = 0;

	for (;;) {
		*cursor += strspn(*cursor, blanks);
		if (**cursor == '\n' || **cursor == '\0')
			return word_builder_end(builder, label, err);
		if (end)
			return err_set(err, -EINVAL, "an event after the end '$'");
		r = parse_token(cursor, n_values, builder, &end, err);
		if (r < 0)
			return r;
	}
}

int word_text_read(const char *name, const char *text, uint8_t label, struct word_builder *builder,
		   struct err *err)
{
	uint32_t n_values = word_builder_n_values(builder);

	for (size_t line = 1; *text != '\0'; line++) {
		int r = 0;

		text += strspn(text, blanks);
		if (*text != '\n' && *text != '\0')
			r = parse_word(&text, n_values, label, builder, err);
		if (r < 0) {
			word_builder_drop(builder);
			return err_wrap(err, r, "%s:%zu", name, line);
		}
		if (*text == '\n')
			text++;
	}
	return 0;
}

int word_text_load(const char *path, struct word_set *ret_set, struct err *err)
{
	CLEANUP(word_builder_freep) struct word_builder *builder = NULL;
	CLEANUP(freep) char *text = NULL;
	size_t n;
	int r = file_read(path, WORD_TEXT_LIMIT_BYTES, &text, &n, err);

	if (r < 0)
		return r;
	if (strlen(text) != n)
		return err_set(err, -EINVAL, "%s: not a text, it has NUL bytes", path);
	r = word_builder_new(word_text_n_values(text), &builder, err);
	if (r < 0)
		return err_wrap(err, r, "%s", path);
	r = word_text_read(path, text, 0, builder, err);
	if (r < 0)
		return r;
	return word_builder_take(builder, ret_set, NULL, err);
}
