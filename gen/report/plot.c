/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/report/plot.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gen/report/child.h"
#include "gen/report/html.h"
#include "gen/report/page.h"

enum { LIMIT_LABEL = 24 };

int plot_init(struct plot *plot, unsigned int width, unsigned int height, struct err *err)
{
	memset(plot, 0, sizeof(*plot));
	plot->script = open_memstream(&plot->script_text, &plot->n_script);
	plot->alt = open_memstream(&plot->alt_text, &plot->n_alt);
	if (plot->script == NULL || plot->alt == NULL)
		return err_no_memory(err);
	fprintf(plot->script,
		"set encoding utf8\n"
		"set terminal svg size %u,%u dynamic noenhanced font 'sans-serif,13'\n"
		"set border 3 lc rgb '#000000'\n"
		"set tics nomirror scale 0.5\n"
		"set grid y lt 1 lw 1 lc rgb '" SVG_GRID "'\n"
		"set style fill solid 1 noborder\n"
		"unset key\n",
		width, height);
	return 0;
}

void plot_done(struct plot *plot)
{
	fclosep(&plot->script);
	fclosep(&plot->alt);
	free(plot->script_text);
	free(plot->alt_text);
}

void plot_string(FILE *script, const char *text)
{
	size_t n = 0;

	/* In single quotes nothing is substituted, but tic labels are formats. */
	fputc('\'', script);
	for (; *text != '\0' && n < LIMIT_LABEL; n++) {
		size_t n_bytes = utf8_shown(text);

		if (n_bytes == 0)
			fputs("\xef\xbf\xbd", script);
		else if (*text == '`')
			fputs("\xcb\x8b", script); /* U+02CB looks alike and starts no command */
		else
			fprintf(script, "%.*s%s", (int)n_bytes, text,
				*text == '\''  ? "'"
				: *text == '%' ? "%"
					       : "");
		text += n_bytes > 0 ? n_bytes : 1;
	}
	fputs(*text != '\0' ? "\xe2\x80\xa6'" : "'", script);
}

void plot_tics(FILE *script, char axis, const struct plot_tic *tics, size_t n)
{
	fprintf(script, "set %ctics (", axis);
	for (size_t i = 0; i < n; i++) {
		fputs(i > 0 ? ", " : "", script);
		plot_string(script, tics[i].label);
		fprintf(script, " %.6g", tics[i].at);
	}
	fputs(")\n", script);
}

int plot_draw(struct plot *plot, const char *title, const char *caption,
	      const struct canvas *canvas, struct err *err)
{
	/* -d: nobody's ~/.gnuplot changes the picture. */
	static const char *const argv[] = { "gnuplot", "-d", "-", NULL };
	const struct child gnuplot = { argv, "gnuplot-nox", canvas->interrupted };
	CLEANUP(freep) char *svg = NULL;
	size_t n = 0;
	int r;

	if (fflush(plot->script) != 0 || fflush(plot->alt) != 0 || ferror(plot->script) ||
	    ferror(plot->alt))
		return err_no_memory(err);
	r = child_run(&gnuplot, plot->script_text, plot->n_script, &svg, &n, err);
	if (r < 0)
		return r;
	page_figure_begin(canvas->page, title);
	r = svg_inline(svg, plot->alt_text, NULL, canvas->page, err);
	page_figure_end(canvas->page, caption);
	return r < 0 ? err_wrap(err, r, "picture '%s'", title) : 0;
}
