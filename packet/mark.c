/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/mark.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

enum {
	IPV4_BYTES = 20,
	IPV4_FLAGS_AT = 6,
	IPV4_CHECKSUM_AT = 10,
	EVIL_BIT = 0x8000,
	IPV6_BYTES = 40,
};

#define LABEL_BITS 0xfffffu

static int parse_label(const char *text, struct mark *mark, struct err *err)
{
	char *end;
	unsigned long label = strtoul(text, &end, 0), mask;

	if (end == text || *end != '/')
		return err_set(err, -EINVAL, "mark: '%s' is not LABEL/MASK", text);
	text = end + 1;
	mask = strtoul(text, &end, 0);
	if (end == text || *end != '\0' || label > LABEL_BITS || mask > LABEL_BITS)
		return err_set(err, -EINVAL,
			       "mark: LABEL/MASK: numbers up to 0xfffff were expected, not '%s'",
			       text);
	if ((label & ~mask) != 0)
		return err_set(err, -EINVAL, "mark: label 0x%lx has bits outside its mask 0x%lx",
			       label, mask);
	if (mask != 0 && label == 0)
		return err_set(err, -EINVAL, "mark: label 0 is what unmarked packets have");
	mark->label = (uint32_t)label;
	mark->label_mask = (uint32_t)mask;
	return 0;
}

int mark_parse(const char *text, struct mark *ret_mark, struct err *err)
{
	static const char name[] = "evil-bit";
	size_t n = strlen(name);

	*ret_mark = (struct mark) { false, MARK_LABEL, MARK_LABEL_MASK };
	if (strcmp(text, "none") == 0)
		return 0;
	if (strncmp(text, name, n) != 0 || (text[n] != '\0' && text[n] != ':'))
		return err_set(err, -EINVAL, "mark '%s': none, evil-bit or evil-bit:LABEL/MASK",
			       text);
	ret_mark->on = true;
	return text[n] == ':' ? parse_label(text + n + 1, ret_mark, err) : 0;
}

static bool is_ipv4(const uint8_t *ip, size_t n)
{
	return n >= IPV4_BYTES && ip[0] >> 4 == 4;
}

static bool is_ipv6(const uint8_t *ip, size_t n)
{
	return n >= IPV6_BYTES && ip[0] >> 4 == 6;
}

/* RFC 1624, equation 3: what was under the checksum changed from `from` to `to`. */
static void change_flags(uint8_t *ip, uint16_t to)
{
	uint16_t from = be16_get(ip + IPV4_FLAGS_AT);
	uint32_t sum = (uint16_t)~be16_get(ip + IPV4_CHECKSUM_AT);

	sum += (uint16_t)~from + (uint32_t)to;
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	be16_put(ip + IPV4_FLAGS_AT, to);
	be16_put(ip + IPV4_CHECKSUM_AT, (uint16_t)~sum);
}

static void change_label(const struct mark *mark, uint8_t *ip, uint32_t bits)
{
	be32_put(ip, (be32_get(ip) & ~mark->label_mask) | bits);
}

bool mark_is_set(const struct mark *mark, const uint8_t *ip, size_t n)
{
	if (is_ipv4(ip, n))
		return (be16_get(ip + IPV4_FLAGS_AT) & EVIL_BIT) != 0;
	return is_ipv6(ip, n) && mark->label_mask != 0 &&
	       (be32_get(ip) & mark->label_mask) == mark->label;
}

bool mark_set(const struct mark *mark, uint8_t *ip, size_t n)
{
	if (is_ipv4(ip, n)) {
		uint16_t flags = be16_get(ip + IPV4_FLAGS_AT);

		if ((flags & EVIL_BIT) == 0)
			change_flags(ip, flags | EVIL_BIT);
		return true;
	}
	if (!is_ipv6(ip, n) || mark->label_mask == 0)
		return false;
	change_label(mark, ip, mark->label);
	return true;
}

bool mark_clear(const struct mark *mark, uint8_t *ip, size_t n)
{
	if (!mark_is_set(mark, ip, n))
		return false;
	if (is_ipv4(ip, n))
		change_flags(ip, (uint16_t)(be16_get(ip + IPV4_FLAGS_AT) & ~EVIL_BIT));
	else
		change_label(mark, ip, 0);
	return true;
}
