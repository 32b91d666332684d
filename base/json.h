/* SPDX-License-Identifier: Apache-2.0 */
/* Strings as JSON (RFC 8259) has them. */
#ifndef SOSIE_BASE_JSON_H
#define SOSIE_BASE_JSON_H

#include <stdio.h>

/*
 * The text in quotes, escaped. Names of interfaces, files and models need not be UTF-8: a byte that
 * is none comes out as the character of its number, so that the output is JSON and names that
 * differ stay apart. Errors stay in the stream.
 */
void json_put_string(FILE *out, const char *text);

#endif
