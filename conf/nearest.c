/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": the nearest name by optimal string alignment (Damerau 1964). */
#include "conf/conf.h"

#include <string.h>

enum { LONGEST = 64 };

static unsigned int min2(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/*
 * The inserted, deleted, changed and swapped characters between a and b; more than LONGEST when
 * either is longer than that. Three rows: a swap looks two back.
 */
static unsigned int distance(const char *a, const char *b)
{
	size_t n = strnlen(a, LONGEST + 1), m = strnlen(b, LONGEST + 1), i, j;
	unsigned int rows[3][LONGEST + 1];

	if (n > LONGEST || m > LONGEST)
		return LONGEST + 1;
	for (j = 0; j <= m; j++)
		rows[0][j] = (unsigned int)j;
	for (i = 1; i <= n; i++) {
		unsigned int *row = rows[i % 3], *above = rows[(i + 2) % 3];
		const unsigned int *above2 = rows[(i + 1) % 3];

		row[0] = (unsigned int)i;
		for (j = 1; j <= m; j++) {
			row[j] = min2(above[j - 1] + (a[i - 1] != b[j - 1]),
				      min2(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = min2(row[j], above2[j - 2] + 1);
		}
	}
	return rows[n % 3][m];
}

const char *conf_nearest(const char *text, const char *const *names, size_t n_names)
{
	/* Up to a third of the text may be wrong: "wieght" is near "weight", "x" is near nothing.
	 */
	unsigned int best = (unsigned int)min2((unsigned int)strnlen(text, LONGEST) / 3, 3);
	const char *nearest = NULL;
	size_t i;

	for (i = 0; i < n_names; i++) {
		unsigned int d = distance(text, names[i]);

		if (d < best || (d == best && nearest == NULL)) {
			best = d;
			nearest = names[i];
		}
	}
	return nearest;
}
