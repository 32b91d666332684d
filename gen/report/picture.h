/* SPDX-License-Identifier: Apache-2.0 */
/* The pictures of a comparison: each draws what eval/ has counted, as one figure of the page. */
#ifndef SOSIE_GEN_REPORT_PICTURE_H
#define SOSIE_GEN_REPORT_PICTURE_H

#include "eval/fingerprint.h"
#include "eval/lift.h"
#include "eval/portrait.h"
#include "gen/report/plot.h"

/* All return 0 or what plot_draw returns. */

/* Pairs of horizontal bars, the shares of flows. */
int picture_bars(const struct eval_bars *bars, const char *title, const char *caption,
		 const struct canvas *canvas, struct err *err);

enum picture_unit { PICTURE_COUNT, PICTURE_BYTES, PICTURE_TIME /* us */ };

/* The distribution of a number: real as a line over synthetic as an area. */
int picture_curve(const struct eval_curve *curve, enum picture_unit unit, const char *title,
		  const char *caption, const struct canvas *canvas, struct err *err);
/* The same on even bins of bytes. */
int picture_sizes(const struct eval_curve *curve, const char *title, const char *caption,
		  const struct canvas *canvas, struct err *err);

int picture_rate(const struct eval_rate *rate, const char *title, const char *caption,
		 const struct canvas *canvas, struct err *err);

/* One side's matrix of the n most frequent services, at most PICTURE_LIFT_SERVICES. */
enum { PICTURE_LIFT_SERVICES = 12 };
int picture_lift(const struct eval_lift_matrices *matrices, int side, const char *title,
		 const char *caption, const struct canvas *canvas, struct err *err);

/* Both sides of a service, one above the other. */
int picture_fingerprint(const struct eval_fingerprint *print, const char *title,
			const char *caption, const struct canvas *canvas, struct err *err);

#endif
