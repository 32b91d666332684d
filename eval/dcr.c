/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/dcr.h"

#include <stdint.h>

struct eval_dcr eval_dcr(const double *to_train, const double *to_real, size_t n)
{
	uint64_t halves = 0, copies = 0;

	for (size_t i = 0; i < n; i++) {
		halves += to_train[i] < to_real[i] ? 2 : to_train[i] == to_real[i];
		copies += to_train[i] == 0;
	}
	return (struct eval_dcr) { (double)halves / 2 / (double)n, (double)copies / (double)n };
}
