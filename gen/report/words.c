/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/report/words.h"

#include <stddef.h>
#include <stdio.h>

struct unit {
	double size;
	const char *name;
};

/* The largest unit that the value has at least one of; the first has all that is smaller. */
static const char *in_units(double value, const struct unit *units, size_t n,
			    char ret_text[WORDS_BYTES])
{
	size_t i = n - 1;
	double x;

	value = value > 0 ? value : 0;
	while (i > 0 && value < units[i].size)
		i--;
	x = value / units[i].size;
	/* %.3g would say 1e+03 of 999.6. */
	snprintf(ret_text, WORDS_BYTES, "%.*f %s",
		 i == 0 || x >= 99.95 ? 0
		 : x >= 9.995	      ? 1
				      : 2,
		 x, units[i].name);
	return ret_text;
}

const char *words_bytes(int64_t bytes, char ret_text[WORDS_BYTES])
{
	static const struct unit units[] = {
		{ 1, "B" }, { 1e3, "kB" }, { 1e6, "MB" }, { 1e9, "GB" }, { 1e12, "TB" }
	};

	return in_units((double)bytes, units, sizeof(units) / sizeof(units[0]), ret_text);
}

const char *words_duration(int64_t ns, char ret_text[WORDS_BYTES])
{
	static const struct unit units[] = { { 1, "ns" },     { 1e3, "\xc2\xb5s" }, { 1e6, "ms" },
					     { 1e9, "s" },    { 60e9, "min" },	    { 3600e9, "h" },
					     { 86400e9, "d" } };

	return in_units((double)ns, units, sizeof(units) / sizeof(units[0]), ret_text);
}
