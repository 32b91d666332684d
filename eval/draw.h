/* SPDX-License-Identifier: Apache-2.0 */
/* One draw of the suite: samples of all sides, and the metrics on them. */
#ifndef SOSIE_EVAL_DRAW_H
#define SOSIE_EVAL_DRAW_H

#include "eval/suite.h"

enum { EVAL_N_DRAWN = EVAL_ACF /* metrics below it are drawn */ };

struct eval_drawn {
	double published[EVAL_N_DRAWN], corrected[EVAL_N_DRAWN];
	bool has_published[EVAL_N_DRAWN], has_corrected[EVAL_N_DRAWN];
};

/* sides and rows: real, synthetic and, when n_sides is 3, training. */
int eval_draw(const struct eval_side *const *sides, const struct eval_rows *rows, size_t n_sides,
	      const struct eval_options *options, uint32_t draw, struct eval_drawn *ret_drawn,
	      struct err *err);

#endif
