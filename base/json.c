/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <stddef.h>
#include <string.h>

/* How many bytes the character takes that begins here; 0: this is no UTF-8 (RFC 3629, section 4).
 */
static size_t utf8_bytes(const unsigned char *c)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t n = c[0] < 0x80			  ? 1
		   : c[0] >= 0xc2 && c[0] <= 0xdf ? 2
		   : c[0] >= 0xe0 && c[0] <= 0xef ? 3
		   : c[0] >= 0xf0 && c[0] <= 0xf4 ? 4
						  : 0;

	/* Neither longer than need be, nor half of a pair, nor beyond the last character. */
	if (c[0] == 0xe0)
		low = 0xa0;
	else if (c[0] == 0xed)
		high = 0x9f;
	else if (c[0] == 0xf0)
		low = 0x90;
	else if (c[0] == 0xf4)
		high = 0x8f;
	/* The text's end is no byte of a character, so nothing is read beyond it. */
	for (size_t i = 1; i < n; i++) {
		if (c[i] < low || c[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return n;
}

void json_put_string(FILE *out, const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t n;

	fputc('"', out);
	for (; *c != '\0'; c += n) {
		n = utf8_bytes(c);
		if (*c == '"' || *c == '\\') {
			fprintf(out, "\\%c", *c);
		} else if (n == 0 || *c < 0x20 || *c == 0x7f) {
			fprintf(out, "\\u%04x", *c);
			n = 1;
		} else {
			fwrite(c, 1, n, out);
		}
	}
	fputc('"', out);
}
