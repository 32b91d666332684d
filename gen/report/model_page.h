/* SPDX-License-Identifier: Apache-2.0 */
/* The page of `sosie show MODEL --html`. */
#ifndef SOSIE_GEN_REPORT_MODEL_PAGE_H
#define SOSIE_GEN_REPORT_MODEL_PAGE_H

#include "gen/model.h"
#include "gen/report/plot.h"

/* Draws from the model, which is of no other use afterwards. Errors: those of gnuplot and dot,
 * -ENOMEM, -EINTR. */
int model_page_write(struct model *model, const struct canvas *canvas, struct err *err);

#endif
