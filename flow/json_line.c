/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/json_line.h"

#include <errno.h>
#include <string.h>

enum { LIMIT_DEPTH = 64 };

void json_line_init(struct json_line *json, char *line, size_t n_line)
{
	*json = (struct json_line) { line, line + n_line, false };
}

static void skip_space(struct json_line *json)
{
	while (json->at < json->end &&
	       (*json->at == ' ' || *json->at == '\t' || *json->at == '\r' || *json->at == '\n'))
		json->at++;
}

static bool skip_char(struct json_line *json, char c)
{
	skip_space(json);
	if (json->at == json->end || *json->at != c)
		return false;
	json->at++;
	return true;
}

/* Four hex digits at json->at, or -1. */
static int32_t hex4(struct json_line *json)
{
	int32_t value = 0;

	if (json->end - json->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = *json->at++;

		value <<= 4;
		if (c >= '0' && c <= '9')
			value |= c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value |= (c | 0x20) - 'a' + 10;
		else
			return -1;
	}
	return value;
}

/* UTF-8 takes no more room than the \uXXXX it came from. */
static char *utf8_put(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*to++ = (char)(0xe0 | c >> 12);
		} else {
			*to++ = (char)(0xf0 | c >> 18);
			*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (c & 0x3f));
	return to;
}

/* Behind "\u"; a surrogate pair is one character. */
static char *unescape_unicode(struct json_line *json, char *to)
{
	int32_t c = hex4(json), low;

	if (c < 0)
		return NULL;
	if (c >= 0xd800 && c < 0xdc00 && json->end - json->at >= 6 && json->at[0] == '\\' &&
	    json->at[1] == 'u') {
		json->at += 2;
		low = hex4(json);
		if (low < 0xdc00 || low > 0xdfff)
			return NULL;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	return utf8_put(to, (uint32_t)c);
}

static bool string_get(struct json_line *json, struct field *ret_text)
{
	static const char escapes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	char *to;

	if (!skip_char(json, '"'))
		return false;
	to = json->at;
	ret_text->text = to;
	while (json->at < json->end && *json->at != '"') {
		char c = *json->at++;

		if (c == '\\') {
			const char *escape;

			if (json->at == json->end)
				return false;
			c = *json->at++;
			if (c == 'u') {
				to = unescape_unicode(json, to);
				if (to == NULL)
					return false;
				continue;
			}
			escape = memchr(escapes, c, sizeof(escapes) - 1);
			if (escape == NULL)
				return false;
			c = meant[escape - escapes];
		}
		*to++ = c;
	}
	if (json->at == json->end)
		return false;
	json->at++;
	ret_text->n = (size_t)(to - ret_text->text);
	return true;
}

/* Passes over an array or object: brackets must balance, strings must end. */
static bool nested_skip(struct json_line *json)
{
	struct field text;
	int depth = 0;

	do {
		skip_space(json);
		if (json->at == json->end)
			return false;
		switch (*json->at) {
		case '"':
			if (!string_get(json, &text))
				return false;
			continue;
		case '{':
		case '[':
			if (++depth > LIMIT_DEPTH)
				return false;
			break;
		case '}':
		case ']':
			depth--;
			break;
		default:
			break;
		}
		json->at++;
	} while (depth > 0);
	return true;
}

static bool value_get(struct json_line *json, struct field *ret_value)
{
	char *start;

	skip_space(json);
	start = json->at;
	*ret_value = (struct field) { start, 0 };
	if (start == json->end)
		return false;
	if (*start == '"')
		return string_get(json, ret_value);
	if (*start == '{' || *start == '[')
		return nested_skip(json);
	while (json->at < json->end && strchr(",}] \t\r\n", *json->at) == NULL)
		json->at++;
	ret_value->n = (size_t)(json->at - start);
	if (field_is(*ret_value, "null"))
		ret_value->n = 0;
	return json->at > start;
}

int json_line_next(struct json_line *json, struct field *ret_key, struct field *ret_value)
{
	bool first = !json->begun;

	json->begun = true;
	if (first && !skip_char(json, '{'))
		return -EINVAL;
	if (skip_char(json, '}')) {
		skip_space(json);
		return json->at == json->end ? 0 : -EINVAL;
	}
	if (!first && !skip_char(json, ','))
		return -EINVAL;
	if (!string_get(json, ret_key) || !skip_char(json, ':') || !value_get(json, ret_value))
		return -EINVAL;
	return 1;
}
