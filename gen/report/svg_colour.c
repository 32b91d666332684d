/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/report/svg_colour.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "gen/report/svg.h"

enum { TEXT_BYTES = 32 };

static const struct {
	const char *hex, *variable;
} theme[] = {
	{ SVG_REAL, "var(--real)" },  { SVG_SYNTH, "var(--synth)" },
	{ SVG_MORE, "var(--more)" },  { SVG_LESS, "var(--less)" },
	{ SVG_GRID, "var(--grid)" },  { SVG_FAINT, "var(--faint)" },
	{ "#000000", "var(--ink)" },  { "black", "var(--ink)" },
	{ "#ffffff", "var(--page)" }, { "white", "var(--page)" },
	{ "gray", "var(--faint)" },   { "transparent", "none" },
	{ "none", "none" },	      { "currentcolor", "currentColor" },
};

static bool is_hex(const char *text)
{
	if (text[0] != '#' || strlen(text) != 7)
		return false;
	for (int i = 1; i < 7; i++) {
		if (!isxdigit((unsigned char)text[i]))
			return false;
	}
	return true;
}

/* "rgb(0,114,178)" (no blanks) as "#0072b2". */
static bool hex_of_rgb(const char *text, char ret_hex[TEXT_BYTES])
{
	unsigned int r, g, b;
	char end;

	if (sscanf(text, "rgb(%3u,%3u,%3u%c", &r, &g, &b, &end) != 4 || end != ')' || r > 255 ||
	    g > 255 || b > 255)
		return false;
	snprintf(ret_hex, TEXT_BYTES, "#%02x%02x%02x", r, g, b);
	return true;
}

bool svg_colour(const char *text, size_t n, char ret_colour[SVG_COLOUR_BYTES])
{
	char plain[TEXT_BYTES], hex[TEXT_BYTES];
	size_t n_plain = 0;

	for (size_t i = 0; i < n; i++) {
		if (isspace((unsigned char)text[i]))
			continue;
		if (n_plain + 1 >= sizeof(plain))
			return false;
		plain[n_plain++] = (char)tolower((unsigned char)text[i]);
	}
	plain[n_plain] = '\0';
	if (!hex_of_rgb(plain, hex))
		memcpy(hex, plain, sizeof(hex));
	for (size_t i = 0; i < sizeof(theme) / sizeof(theme[0]); i++) {
		if (strcmp(theme[i].hex, hex) == 0) {
			snprintf(ret_colour, SVG_COLOUR_BYTES, "%s", theme[i].variable);
			return true;
		}
	}
	if (!is_hex(hex))
		return false;
	snprintf(ret_colour, SVG_COLOUR_BYTES, "%.7s", hex);
	return true;
}
