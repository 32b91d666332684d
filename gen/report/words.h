/* SPDX-License-Identifier: Apache-2.0 */
/* Quantities to three digits, for people; what is below 0 is shown as 0. */
#ifndef SOSIE_GEN_REPORT_WORDS_H
#define SOSIE_GEN_REPORT_WORDS_H

#include <stdint.h>

enum { WORDS_BYTES = 24 };

const char *words_bytes(int64_t bytes, char ret_text[WORDS_BYTES]); /* "1.50 kB" */
const char *words_duration(int64_t ns, char ret_text[WORDS_BYTES]); /* "12.3 ms" */

#endif
