/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of a page: head with the style, sections, figures. Needs nothing from any network. */
#ifndef SOSIE_GEN_REPORT_PAGE_H
#define SOSIE_GEN_REPORT_PAGE_H

#include <stdio.h>

/* style.css; made by the build. */
extern const char report_style[];

/* Titles, captions and paragraphs are texts of any origin; they are escaped. */
void page_begin(FILE *out, const char *title, const char *kicker);
void page_end(FILE *out);

void page_section_begin(FILE *out, const char *title, const char *intro); /* intro may be NULL */
void page_section_end(FILE *out);

/* Figures stand in a grid. */
void page_grid_begin(FILE *out, const char *kind); /* a class of style.css, or "" */
void page_grid_end(FILE *out);
void page_figure_begin(FILE *out, const char *title);
void page_figure_end(FILE *out, const char *caption);

/* One row of a list of facts (<dl>). */
void page_fact(FILE *out, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Which colour is which side. */
void page_legend(FILE *out);

#endif
