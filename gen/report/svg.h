/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A picture that gnuplot or dot has drawn, as an element of an HTML page. Only shapes and text are
 * let through, with attributes of geometry and colour; no element can bring a script, a link, an
 * identifier or a resource along. Colours of the theme become CSS variables, so that the page
 * decides what they are.
 */
#ifndef SOSIE_GEN_REPORT_SVG_H
#define SOSIE_GEN_REPORT_SVG_H

#include <stdio.h>

#include "base/err.h"

/* The theme: what pictures are drawn with, and what style.css gives values to. */
#define SVG_REAL  "#0072b2"
#define SVG_SYNTH "#d55e00"
#define SVG_MORE  "#009e73"
#define SVG_LESS  "#cc79a7"
#define SVG_GRID  "#cccccc"
#define SVG_FAINT "#888888"

enum { SVG_LIMIT_DEPTH = 64 };

/*
 * svg is NUL-terminated. alt: the text alternative. style: of the element, CSS; NULL for
 * none. Returns 0, or -EINVAL with a sentence when it is not well-formed, has no
 * viewBox or is nested deeper than SVG_LIMIT_DEPTH; then nothing useful was written.
 */
int svg_inline(const char *svg, const char *alt, const char *style, FILE *out, struct err *err);

/* "width: 12.5rem" as the viewBox has it, 12 units (points) a rem; empty without one. */
void svg_natural_width(const char *svg, char *ret_style, size_t size);

#endif
