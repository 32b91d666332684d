/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One picture by gnuplot: a script written line by line, then drawn and set into the page as a
 * figure. Data are numbers in here-documents; texts of any origin go through plot_string only.
 */
#ifndef SOSIE_GEN_REPORT_PLOT_H
#define SOSIE_GEN_REPORT_PLOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "gen/report/svg.h"

/* Where pictures go. */
struct canvas {
	FILE *page;
	const atomic_bool *interrupted; /* may be NULL */
};

struct plot {
	FILE *script, *alt; /* write to both; the alternative as plain text, of any origin */
	char *script_text, *alt_text;
	size_t n_script, n_alt;
};

/* Size in SVG units; pages show about one unit as one pixel. Afterwards plot_done. */
int plot_init(struct plot *plot, unsigned int width, unsigned int height, struct err *err);
void plot_done(struct plot *plot);

/* A text as a gnuplot string that means itself, also as the label of a tic; cut at 24 characters.
 */
void plot_string(FILE *script, const char *text);
/* "set xtics ('1 kB' 40, ...)": axis 'x' or 'y'. */
struct plot_tic {
	const char *label;
	double at;
};
void plot_tics(FILE *script, char axis, const struct plot_tic *tics, size_t n);

/*
 * Runs gnuplot and writes <figure> with the picture, title and caption. Errors: those of child_run
 * and svg_inline.
 */
int plot_draw(struct plot *plot, const char *title, const char *caption,
	      const struct canvas *canvas, struct err *err);

#endif
