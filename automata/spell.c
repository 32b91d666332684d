/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/spell.h"

#include "automata/code_length.h"
#include "base/detmath.h"

double spell_bits(struct word word, uint32_t i_event, uint32_t n_symbols, uint32_t n_values)
{
	const double symbol = det_log2((double)n_symbols + 1); /* or the end */
	double bits = symbol;

	for (uint32_t i = i_event; i < word.n_events; i++) {
		bits += symbol;
		if (n_values > 0)
			bits += code_integer(word.events[i].value[0], false);
	}
	return bits;
}
