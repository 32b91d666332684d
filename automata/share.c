/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/share.h"

#include "automata/code_length.h"

#define LOG2_100 6.643856189774724 /* probabilities are described to a hundredth */

double share_bits(uint32_t n_states, uint32_t n_symbols, uint64_t n_uses)
{
	const double edge = 2 * code_log2(n_states) + code_log2(n_symbols + 1.0) + LOG2_100;

	return edge / (double)(n_uses > 0 ? n_uses : 1);
}
