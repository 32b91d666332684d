/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The noise floor: one side in two random halves, to be compared as if one were synthetic. No model
 * can be expected to come closer to the real traffic than half of it does to the other half.
 */
#ifndef SOSIE_EVAL_HALVES_H
#define SOSIE_EVAL_HALVES_H

#include "eval/suite.h"

/*
 * Flows are halved one by one; the packets of a capture, which is read again from side->name, by
 * conversation (5-tuple). ret_halves borrow side->name; each needs eval_side_done, also after an
 * error. Depends on seed and side only.
 */
int eval_halves(const struct eval_side *side, uint64_t seed, const struct eval_watch *watch,
		struct eval_side ret_halves[2], struct err *err);

#endif
