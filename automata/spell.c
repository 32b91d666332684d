/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/spell.h"

#include "automata/code_length.h"
#include "base/detmath.h"

double spell_event_bits(const struct word_event *event, uint32_t n_symbols, uint32_t n_values)
{
	const double symbol = det_log2((double)n_symbols + 1); /* or the end */

	return event != NULL && n_values > 0 ? symbol + code_integer(event->value[0], false)
					     : symbol;
}
