/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which links are worth a look: one pass over the rows counts what follows what, by kind and by
 * the address they share, and the bits their instants would save.
 */
#ifndef SOSIE_MODELS_CHRONICLE_PAIRS_H
#define SOSIE_MODELS_CHRONICLE_PAIRS_H

#include "models/chronicle/candidate.h"

enum { PAIRS_OFFERED = 400 }; /* candidates a pass gives, best first */

/* Into ret (PAIRS_OFFERED); returns how many, or -ENOMEM. Windows longer than max_rows are not
 * offered, nor delays above the horizon (0: none). */
int pairs_find(const struct cover *cover, uint32_t max_rows, int64_t horizon_ticks,
	       struct candidate *ret, uint32_t *ret_n);

#endif
