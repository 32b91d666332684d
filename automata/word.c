/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/word.h"

#include <stdlib.h>

void word_set_done(struct word_set *set)
{
	if (set->symbols != NULL) {
		for (uint32_t i = 0; i < set->n_symbols; i++)
			free(set->symbols[i]);
	}
	free(set->symbols);
	free(set->first);
	free(set->events);
	*set = (struct word_set) { 0 };
}
