/* SPDX-License-Identifier: Apache-2.0 */
#include "base/addr.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static_assert(INET6_ADDRSTRLEN + 4 <= IP_TEXT_BYTES, "an IPv6 prefix fits");

static unsigned int n_bits_of(const struct ip_addr *addr)
{
	return addr->version == 4 ? 32 : addr->version == 6 ? 128 : 0;
}

int ip_parse(const char *text, struct ip_addr *ret_addr, struct err *err)
{
	struct ip_addr addr = { .version = 4 };

	if (inet_pton(AF_INET, text, addr.bytes) != 1) {
		addr.version = 6;
		if (inet_pton(AF_INET6, text, addr.bytes) != 1)
			return err_set(err, -EINVAL, "'%.60s' is no IPv4 or IPv6 address", text);
	}
	*ret_addr = addr;
	return 0;
}

static char *put_decimal(char *out, unsigned int value)
{
	if (value >= 100)
		*out++ = (char)('0' + value / 100);
	if (value >= 10)
		*out++ = (char)('0' + value / 10 % 10);
	*out++ = (char)('0' + value % 10);
	return out;
}

static char *put_v4(char *out, const uint8_t *b)
{
	int i;

	for (i = 0; i < 4; i++) {
		if (i > 0)
			*out++ = '.';
		out = put_decimal(out, b[i]);
	}
	return out;
}

static char *put_hex(char *out, unsigned int value)
{
	static const char hex[] = "0123456789abcdef";
	int shift = 12;

	while (shift > 0 && value >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*out++ = hex[value >> shift & 15];
	return out;
}

/* RFC 5952: the first longest run of two or more zero groups becomes "::". */
static void longest_zeros(const uint16_t groups[8], int *ret_first, int *ret_n)
{
	int i, j;

	*ret_first = -1;
	*ret_n = 1;
	for (i = 0; i < 8; i = j + 1) {
		for (j = i; j < 8 && groups[j] == 0; j++)
			;
		if (j - i > *ret_n) {
			*ret_first = i;
			*ret_n = j - i;
		}
	}
}

static char *put_v6(char *out, const uint8_t *b)
{
	uint16_t groups[8];
	int first, n, i;

	for (i = 0; i < 8; i++)
		groups[i] = (uint16_t)(b[2 * i] << 8 | b[2 * i + 1]);
	longest_zeros(groups, &first, &n);
	if (first == 0 && n == 5 && groups[5] == 0xffff) { /* sec. 5: IPv4-mapped */
		memcpy(out, "::ffff:", 7);
		return put_v4(out + 7, b + 12);
	}
	for (i = 0; i < 8; i++) {
		if (i == first) {
			*out++ = ':';
			i += n - 1;
			if (i == 7)
				*out++ = ':';
			continue;
		}
		if (i > 0)
			*out++ = ':';
		out = put_hex(out, groups[i]);
	}
	return out;
}

const char *ip_format(const struct ip_addr *addr, char ret_text[IP_TEXT_BYTES])
{
	char *end = ret_text;

	if (addr->version == 4)
		end = put_v4(ret_text, addr->bytes);
	else if (addr->version == 6)
		end = put_v6(ret_text, addr->bytes);
	else
		*end++ = '-';
	*end = '\0';
	return ret_text;
}

/* The bits of byte i that belong to a prefix of n_bits. */
static uint8_t mask_of(unsigned int n_bits, unsigned int i)
{
	if (n_bits >= 8 * (i + 1))
		return 0xff;
	if (n_bits <= 8 * i)
		return 0;
	return (uint8_t)(0xff00 >> (n_bits - 8 * i));
}

int ip_prefix_parse(const char *text, struct ip_prefix *ret_prefix, struct err *err)
{
	const char *slash = strchr(text, '/');
	struct ip_prefix prefix = { .n_bits = 0 };
	size_t n = slash != NULL ? (size_t)(slash - text) : strlen(text);
	char addr_text[IP_TEXT_BYTES];
	unsigned int n_bits, i;

	if (n >= sizeof(addr_text))
		return err_set(err, -EINVAL, "'%.60s' is no prefix such as 10.0.0.0/8", text);
	memcpy(addr_text, text, n);
	addr_text[n] = '\0';
	if (ip_parse(addr_text, &prefix.addr, NULL) < 0)
		return err_set(err, -EINVAL, "'%.60s' is no prefix such as 10.0.0.0/8", text);
	n_bits = n_bits_of(&prefix.addr);
	if (slash != NULL) {
		size_t n_digits = strspn(slash + 1, "0123456789");
		unsigned long value = strtoul(slash + 1, NULL, 10);

		if (n_digits < 1 || n_digits > 3 || slash[1 + n_digits] != '\0' || value > n_bits)
			return err_set(err, -EINVAL,
				       "'%.60s': a length from 0 to %u belongs after "
				       "the '/'",
				       text, n_bits);
		n_bits = (unsigned int)value;
	}
	for (i = 0; i < 16; i++)
		if (prefix.addr.bytes[i] & (uint8_t)~mask_of(n_bits, i))
			return err_set(err, -EINVAL, "'%.60s' has bits set beyond its %u", text,
				       n_bits);
	prefix.n_bits = (uint8_t)n_bits;
	*ret_prefix = prefix;
	return 0;
}

const char *ip_prefix_format(const struct ip_prefix *prefix, char ret_text[IP_TEXT_BYTES])
{
	size_t n;

	ip_format(&prefix->addr, ret_text);
	n = strlen(ret_text);
	if (prefix->addr.version != 0)
		snprintf(ret_text + n, IP_TEXT_BYTES - n, "/%u", prefix->n_bits);
	return ret_text;
}

bool ip_prefix_holds(const struct ip_prefix *prefix, const struct ip_addr *addr)
{
	unsigned int i;

	if (prefix->addr.version != addr->version || addr->version == 0)
		return false;
	for (i = 0; 8 * i < prefix->n_bits; i++)
		if ((prefix->addr.bytes[i] ^ addr->bytes[i]) & mask_of(prefix->n_bits, i))
			return false;
	return true;
}

bool ip_equal(const struct ip_addr *a, const struct ip_addr *b)
{
	return ip_compare(a, b) == 0;
}

int ip_compare(const struct ip_addr *a, const struct ip_addr *b)
{
	if (a->version != b->version)
		return a->version < b->version ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

struct ip_addr ip_from_v4(uint32_t host_order)
{
	struct ip_addr addr = { .version = 4 };

	addr.bytes[0] = (uint8_t)(host_order >> 24);
	addr.bytes[1] = (uint8_t)(host_order >> 16);
	addr.bytes[2] = (uint8_t)(host_order >> 8);
	addr.bytes[3] = (uint8_t)host_order;
	return addr;
}

struct ip_addr ip_from_v4_bytes(const uint8_t bytes[4])
{
	struct ip_addr addr = { .version = 4 };

	memcpy(addr.bytes, bytes, 4);
	return addr;
}

struct ip_addr ip_from_v6_bytes(const uint8_t bytes[16])
{
	struct ip_addr addr = { .version = 6 };

	memcpy(addr.bytes, bytes, 16);
	return addr;
}

bool ip_is_multicast(const struct ip_addr *addr)
{
	if (addr->version == 4)
		return addr->bytes[0] >= 224 && addr->bytes[0] < 240;
	return addr->version == 6 && addr->bytes[0] == 0xff;
}

bool ip_is_unspecified(const struct ip_addr *addr)
{
	static const uint8_t zero[16];

	return addr->version != 0 && memcmp(addr->bytes, zero, sizeof(zero)) == 0;
}

bool ip_is_link_local(const struct ip_addr *addr)
{
	if (addr->version == 4)
		return addr->bytes[0] == 169 && addr->bytes[1] == 254;
	return addr->version == 6 && addr->bytes[0] == 0xfe && (addr->bytes[1] & 0xc0) == 0x80;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int mac_parse(const char *text, uint8_t ret_mac[6], struct err *err)
{
	uint8_t mac[6];
	int i;

	for (i = 0; i < 6; i++) {
		const char *p = text + 3 * i;
		int high = hex_value(p[0]);
		int low = high < 0 ? -1 : hex_value(p[1]);

		if (low < 0 || p[2] != (i < 5 ? ':' : '\0'))
			return err_set(err, -EINVAL,
				       "'%.60s' is no MAC address such as "
				       "02:00:00:00:00:01",
				       text);
		mac[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(ret_mac, mac, 6);
	return 0;
}

const char *mac_format(const uint8_t mac[6], char ret_text[MAC_TEXT_BYTES])
{
	snprintf(ret_text, MAC_TEXT_BYTES, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
	return ret_text;
}
