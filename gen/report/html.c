/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/report/html.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

/* U+202A to U+202E and U+2066 to U+2069 reorder what stands beside them (Unicode TR 36). */
static bool may_be_shown(uint32_t c)
{
	return c >= 0x20 && !(c >= 0x7f && c < 0xa0) && !(c >= 0xd800 && c < 0xe000) &&
	       !(c >= 0x202a && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069) &&
	       (c & 0xfffe) != 0xfffe && c <= 0x10ffff;
}

size_t utf8_shown(const char *text)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *bytes = (const unsigned char *)text;
	size_t n = bytes[0] < 0x80   ? 1
		   : bytes[0] < 0xc0 ? 0
		   : bytes[0] < 0xe0 ? 2
		   : bytes[0] < 0xf0 ? 3
		   : bytes[0] < 0xf8 ? 4
				     : 0;
	uint32_t c = n <= 1 ? bytes[0] : bytes[0] & (0x7fu >> n);

	for (size_t i = 1; i < n; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (bytes[i] & 0x3f);
	}
	return n > 0 && c >= least[n] && may_be_shown(c) ? n : 0;
}

static const char *entity_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void html_text(FILE *out, const char *text)
{
	while (*text != '\0') {
		size_t n = utf8_shown(text);
		const char *entity = entity_of(*text);

		if (n == 0)
			fputs("\xef\xbf\xbd", out);
		else if (entity != NULL)
			fputs(entity, out);
		else
			fwrite(text, 1, n, out);
		text += n > 0 ? n : 1;
	}
}

void html_textf(FILE *out, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	html_text(out, text);
}
