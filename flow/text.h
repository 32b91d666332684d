/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers into text without printf, which would be most of the cost of writing a flow table. Each
 * writes at p (no NUL) and returns the place after. */
#ifndef SOSIE_FLOW_TEXT_H
#define SOSIE_FLOW_TEXT_H

#include "base/addr.h"
#include <stdint.h>
#include <string.h>

enum { TEXT_U64_BYTES = 20, TEXT_SECONDS_BYTES = 1 + 10 + 1 + 9 };

static inline char *text_put_u64(char *p, uint64_t value)
{
	char digits[TEXT_U64_BYTES];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	memcpy(p, digits + i, sizeof(digits) - i);
	return p + (sizeof(digits) - i);
}

/* "[-]seconds.nnnnnnnnn" */
static inline char *text_put_seconds(char *p, int64_t ns)
{
	uint64_t magnitude = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	uint32_t fraction = (uint32_t)(magnitude % 1000000000u);

	if (ns < 0)
		*p++ = '-';
	p = text_put_u64(p, magnitude / 1000000000u);
	*p = '.';
	for (int i = 9; i > 0; i--) {
		p[i] = (char)('0' + fraction % 10);
		fraction /= 10;
	}
	return p + 10;
}

static inline char *text_put_string(char *p, const char *text)
{
	size_t n = strlen(text);

	memcpy(p, text, n);
	return p + n;
}

static inline char *text_put_ip(char *p, const struct ip_addr *addr)
{
	char text[IP_TEXT_BYTES];

	if (addr->version != 4)
		return text_put_string(p, ip_format(addr, text));
	for (int i = 0; i < 4; i++) {
		uint8_t b = addr->bytes[i];

		if (i > 0)
			*p++ = '.';
		if (b >= 100)
			*p++ = (char)('0' + b / 100);
		if (b >= 10)
			*p++ = (char)('0' + b / 10 % 10);
		*p++ = (char)('0' + b % 10);
	}
	return p;
}

#endif
