/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *err, int code, const char *fmt, ...)
{
	char text[ERR_TEXT_BYTES]; /* apart from err, because an argument may point into err->text
				    */
	va_list ap;

	if (err == NULL)
		return code;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	memcpy(err->text, text, sizeof(text));
	return code;
}

int err_wrap(struct err *err, int code, const char *fmt, ...)
{
	char text[ERR_TEXT_BYTES];
	va_list ap;

	if (err == NULL)
		return code;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (err->text[0] != '\0') {
		size_t n = strnlen(text, sizeof(text) - 1);
		size_t n_more;

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s",
				      n + 3 < sizeof(text) ? ": " : "");
		n_more = strnlen(err->text, sizeof(text) - 1 - n);
		memcpy(text + n, err->text, n_more);
		text[n + n_more] = '\0';
	}
	memcpy(err->text, text, sizeof(text));
	return code;
}

int err_no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "out of memory");
}
