/* SPDX-License-Identifier: Apache-2.0 */
/* Text of any origin in HTML. */
#ifndef SOSIE_GEN_REPORT_HTML_H
#define SOSIE_GEN_REPORT_HTML_H

#include <stdio.h>

/*
 * Bytes of the UTF-8 character (RFC 3629) that text begins with, 1 to 4; 0 when it is none that may
 * be shown: not UTF-8, a control character, or one that turns the direction of writing around.
 */
size_t utf8_shown(const char *text);

/* Escaped for text and for attributes in either quotes; what utf8_shown refuses becomes U+FFFD. */
void html_text(FILE *out, const char *text);
/* The same for a formatted text, which is cut at 1023 bytes. */
void html_textf(FILE *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
