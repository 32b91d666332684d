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
	size_t n;

	if (err == NULL)
		return code;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	n = strlen(text);
	if (err->text[0] != '\0')
		snprintf(text + n, sizeof(text) - n, ": %s", err->text);
	memcpy(err->text, text, sizeof(text));
	return code;
}

int err_no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "out of memory");
}
