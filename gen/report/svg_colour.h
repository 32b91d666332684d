/* SPDX-License-Identifier: Apache-2.0 */
/* Colours as gnuplot and dot write them, and as the page wants them. */
#ifndef SOSIE_GEN_REPORT_SVG_COLOUR_H
#define SOSIE_GEN_REPORT_SVG_COLOUR_H

#include <stdbool.h>
#include <stddef.h>

enum { SVG_COLOUR_BYTES = 24 };

/*
 * "rgb(0, 114, 178)", "#0072b2", "black", "none" ...: "var(--real)" for a colour of the theme, else
 * "#rrggbb" or the keyword. False for what is none of these.
 */
bool svg_colour(const char *text, size_t n, char ret_colour[SVG_COLOUR_BYTES]);

#endif
