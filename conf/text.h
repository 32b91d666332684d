/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a conf file before libconfig sees it: refused when it would cost too much or mean
 * something else than it says, and normalised. Why a pass of our own:
 *
 * - libconfig 1.5 cuts an integer without "L" to 32 bits without a word (3000000000 reads as
 *   -1294967296) and refuses an array that has both widths. Here every integer becomes a 64-bit
 * one.
 * - It looks for duplicate keys by comparing each with all, destroys what it read by recursion, and
 *   takes some 100 bytes for a value of one character. So keys of a group, depth and number of
 *   values have limits.
 * - @include would open any file the text names.
 */
#ifndef SOSIE_CONF_TEXT_H
#define SOSIE_CONF_TEXT_H

#include "base/err.h"

enum {
	CONF_LIMIT_DEPTH = 32,	       /* groups, lists and arrays inside one another */
	CONF_LIMIT_KEYS = 512,	       /* in one group */
	CONF_LIMIT_VALUES = 4000000,   /* in all */
	CONF_LIMIT_NAME_BYTES = 128,   /* of a key */
	CONF_LIMIT_NUMBER_BYTES = 400, /* of a number: a float of any size fits */
};

/*
 * Writes the normalised text, lines kept, which the caller frees. name stands in messages. Returns
 * 0, -EINVAL with "name:line: ...", -ENOMEM.
 */
int conf_text_normalise(const char *name, const char *text, char **ret_text, struct err *err);

#endif
