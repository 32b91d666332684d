/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/word_text.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static const char header[] = "BlockId,Label,Type,Features,TimeInterval,Latency";

/* A span of the text. */
struct field {
	const char *begin, *end;
};

enum { BLOCK, LABEL, TYPE, FEATURES, INTERVALS, LATENCY, N_FIELDS };

/* The fields of a line, quotes taken off; there are no quotes inside. Returns the line's end. */
static const char *split_fields(const char *line, struct field fields[N_FIELDS], size_t *ret_n)
{
	size_t n = 0;

	for (;;) {
		bool quoted = *line == '"';
		const char *begin = line + quoted;
		size_t length = strcspn(begin, quoted ? "\"\r\n" : ",\r\n");

		if (n < N_FIELDS)
			fields[n] = (struct field) { begin, begin + length };
		n++;
		line = begin + length;
		if (quoted && *line == '"')
			line++;
		if (*line != ',')
			break;
		line++;
	}
	*ret_n = n;
	return line;
}

/* The next item of a list "[a, b]": false at its end. */
static bool list_next(struct field *list, struct field *ret_item)
{
	while (list->begin < list->end && strchr("[, ']", *list->begin) != NULL)
		list->begin++;
	ret_item->begin = list->begin;
	while (list->begin < list->end && strchr("[, ']", *list->begin) == NULL)
		list->begin++;
	ret_item->end = list->begin;
	return ret_item->begin < ret_item->end;
}

static size_t list_length(struct field list)
{
	struct field item;
	size_t n = 0;

	while (list_next(&list, &item))
		n++;
	return n;
}

/* "12.0": whole seconds; the fraction must be digits, and is dropped. */
static int parse_seconds(struct field item, int32_t *ret_seconds, struct err *err)
{
	const char *c = item.begin;
	int32_t value = 0;

	for (; c < item.end && *c >= '0' && *c <= '9' && c - item.begin < WORD_VALUE_DIGITS; c++)
		value = value * 10 + (*c - '0');
	if (c > item.begin && c < item.end && *c == '.') {
		for (c++; c < item.end && *c >= '0' && *c <= '9'; c++)
			;
	}
	if (c == item.begin || c != item.end)
		return err_set(err, -EINVAL, "TimeInterval: '%.*s' is not a number of seconds",
			       (int)(item.end - item.begin < 32 ? item.end - item.begin : 32),
			       item.begin);
	*ret_seconds = value;
	return 0;
}

static int parse_label(struct field field, uint8_t *ret_label, struct err *err)
{
	size_t n = (size_t)(field.end - field.begin);

	if (n == 7 && memcmp(field.begin, "Success", n) == 0)
		*ret_label = 0;
	else if (n == 4 && memcmp(field.begin, "Fail", n) == 0)
		*ret_label = 1;
	else
		return err_set(err, -EINVAL, "Label: Success or Fail expected, not '%.*s'",
			       (int)(n < 32 ? n : 32), field.begin);
	return 0;
}

static int parse_trace(const struct field fields[N_FIELDS], struct word_builder *builder,
		       struct err *err)
{
	struct field features = fields[FEATURES], intervals = fields[INTERVALS], symbol, item;
	size_t n_features = list_length(features), n_intervals = list_length(intervals);
	bool first_without = n_intervals + 1 == n_features;
	uint8_t label = 0;
	int r = parse_label(fields[LABEL], &label, err);

	if (r < 0)
		return r;
	if (n_intervals != n_features && !first_without)
		return err_set(err, -EINVAL,
			       "%zu intervals for %zu events: as many, or one fewer, "
			       "expected",
			       n_intervals, n_features);
	for (size_t i = 0; list_next(&features, &symbol); i++) {
		int32_t seconds = 0;

		if ((i > 0 || !first_without) && list_next(&intervals, &item))
			r = parse_seconds(item, &seconds, err);
		if (r == 0)
			r = word_builder_event(builder, symbol.begin,
					       (size_t)(symbol.end - symbol.begin), &seconds, err);
		if (r < 0)
			return r;
	}
	return word_builder_end(builder, label, err);
}

int word_traces_read(const char *name, const char *text, struct word_builder *builder,
		     struct err *err)
{
	size_t n_header = strcspn(text, "\r\n");

	if (word_builder_n_values(builder) != 1)
		return err_set(err, -EINVAL, "%s: traces have one value an event, not %u", name,
			       word_builder_n_values(builder));
	if (n_header != strlen(header) || memcmp(text, header, n_header) != 0)
		return err_set(err, -EINVAL, "%s:1: the columns are not %s", name, header);
	text += n_header;
	for (size_t line = 1; *text != '\0'; line++) {
		struct field fields[N_FIELDS];
		size_t n = N_FIELDS;
		int r = 0;

		if (line > 1 && strcspn(text, "\r\n") > 0) {
			text = split_fields(text, fields, &n);
			r = n == N_FIELDS
				    ? parse_trace(fields, builder, err)
				    : err_set(err, -EINVAL, "%zu columns, not %d", n, N_FIELDS);
		}
		if (r == 0 && strcspn(text, "\r\n") > 0)
			r = err_set(err, -EINVAL, "text after a closing quote");
		if (r < 0) {
			word_builder_drop(builder);
			return err_wrap(err, r, "%s:%zu", name, line);
		}
		text += *text == '\r';
		text += *text == '\n';
	}
	return 0;
}
