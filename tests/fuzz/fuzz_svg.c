/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a picture: refused, or an element without anything that is not a shape or text. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen/report/svg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every tag that was let through is one of these. */
static void check_tags(const char *html)
{
	static const char *const names[] = { "svg",	 "g",	 "path",  "polygon",
					     "polyline", "line", "rect",  "ellipse",
					     "circle",	 "text", "tspan", NULL };

	for (const char *tag = strchr(html, '<'); tag != NULL; tag = strchr(tag, '<')) {
		size_t n, i = 0;

		tag += tag[1] == '/' ? 2 : 1;
		n = strcspn(tag, " >");
		while (names[i] != NULL &&
		       (strlen(names[i]) != n || strncmp(tag, names[i], n) != 0))
			i++;
		if (names[i] == NULL)
			abort();
	}
	if (strstr(html, "href") != NULL && strstr(html, " href=") != NULL)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *svg = malloc(size + 1), *html = NULL;
	struct err err = { "" };
	char width[64];
	size_t n = 0;
	FILE *out = open_memstream(&html, &n);
	int r;

	if (svg == NULL || out == NULL)
		abort();
	memcpy(svg, data, size);
	svg[size] = '\0';
	r = svg_inline(svg, "", NULL, out, &err);
	svg_natural_width(svg, width, sizeof(width));
	fclose(out);
	if (r == 0)
		check_tags(html);
	else if (err.text[0] == '\0')
		abort(); /* a refusal says why */
	free(svg);
	free(html);
	return 0;
}
