/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "gen/cmd.h"

int verb_answer(const struct verb *verb, int r, const void *defaults, const struct err *err)
{
	if (r == 1) {
		option_print_help(verb->specs, verb->n_specs, verb->usage, verb->about, defaults,
				  stdout);
		return fflush(stdout) == 0 ? 0 : 1;
	}
	if (r < 0) {
		fprintf(stderr, "sosie %s: %s\n", verb->name, err->text);
		return 2;
	}
	return VERB_WORKS;
}
