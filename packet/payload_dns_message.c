/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/payload_dns.h"

#include <assert.h>

enum {
	NAME_LIMIT = 80, /* longer questions carry padding (RFC 7830) instead */
	OPT_BYTES = 11,
	OPT_PADDED_LEAST = 15,
	ADDRESS_BYTES = 16, /* an A record with a pointer for its name */
	RESPONSE = 0x8000,
	DOMAIN_BYTES = 13, /* example.net on the wire */
};

uint32_t dns_name_bytes(uint32_t n)
{
	uint32_t room = n - DNS_HEADER - 4;

	if (room <= NAME_LIMIT)
		return room == 2 ? 1 : room;
	if (room < NAME_LIMIT + OPT_PADDED_LEAST)
		return room - OPT_PADDED_LEAST;
	return NAME_LIMIT;
}

/* Bytes after a question can be nothing, an OPT record, or one with padding. */
static bool tail_is_legal(uint32_t n)
{
	return n == 0 || n == OPT_BYTES || n >= OPT_PADDED_LEAST;
}

uint32_t dns_fit_question(uint32_t n, uint32_t max)
{
	n = n > max ? max : n;
	if (n < DNS_LEAST)
		return DNS_LEAST;
	return n == DNS_LEAST + 1 ? DNS_LEAST + 2 : n; /* no name has 2 bytes */
}

static bool answer_is_legal(uint32_t rest)
{
	return tail_is_legal(rest) || rest == ADDRESS_BYTES;
}

uint32_t dns_fit_answer(uint32_t n_name, uint32_t n, uint32_t max)
{
	uint32_t least = DNS_HEADER + n_name + 4;

	if (n <= least)
		return least;
	for (uint32_t d = 0; d < OPT_PADDED_LEAST; d++) {
		if (answer_is_legal(n - least + d) && n + d <= max)
			return n + d;
		if (n >= least + d && answer_is_legal(n - least - d))
			return n - d;
	}
	return least;
}

static_assert(sizeof("host-of-the-office-in-the-second-floor-of-the-building-number-") > 62,
	      "a label has 63 bytes, the last of them digits");

static void put_label(struct writer *w, uint32_t n, uint32_t number)
{
	static const char words[] =
		"host-of-the-office-in-the-second-floor-of-the-building-number-";
	char digits[10];
	uint32_t n_digits = 0;

	for (; n_digits < sizeof(digits) && n_digits + 6 <= n; number /= 10)
		digits[n_digits++] = (char)('0' + number % 10);
	put_u8(w, n);
	for (uint32_t i = 0; i < n; i++)
		put_u8(w, i < n - n_digits ? words[i] : digits[n - 1 - i]);
}

/* n bytes: host labels, then example.net where there is room. */
static void put_name(struct writer *w, const struct dns_message *m)
{
	uint32_t n_domain = m->local ? 7 : DOMAIN_BYTES;
	uint32_t left = m->n_name;

	n_domain = left >= n_domain + 2 ? n_domain : 1;
	left -= n_domain;
	while (left > 0) {
		uint32_t n = left > 64 ? (left == 65 ? 32 : 64) : left;

		put_label(w, n - 1, m->number);
		left -= n;
	}
	if (n_domain == DOMAIN_BYTES)
		put_bytes(w, "\7example\3net", DOMAIN_BYTES);
	else if (n_domain == 7)
		put_bytes(w, "\5local", 7);
	else
		put_u8(w, 0);
}

static void put_opt(struct writer *w, uint32_t n)
{
	put_u8(w, 0);
	put_be16(w, 41);
	put_be16(w, 1232);
	put_be32(w, 0);
	put_be16(w, n - OPT_BYTES);
	if (n < OPT_PADDED_LEAST)
		return;
	put_be16(w, 12); /* padding */
	put_be16(w, n - OPT_PADDED_LEAST);
	put_repeat(w, 0, n - OPT_PADDED_LEAST);
}

static void put_address(struct writer *w, uint32_t number)
{
	put_be16(w, 0xc00c);
	put_be16(w, 1);
	put_be16(w, 1);
	put_be32(w, 300);
	put_be16(w, 4);
	put_be32(w, 0xc6336400u | (number & 0xff)); /* 198.51.100.0/24, RFC 5737 */
}

void dns_put(struct writer *w, const struct dns_message *m, uint32_t n)
{
	uint32_t start = w->n;
	uint32_t n_question = DNS_HEADER + m->n_name + 4;
	bool bare = n_question > n;
	uint32_t rest = n - (bare ? DNS_HEADER : n_question);
	uint32_t n_answers = 0;

	if (!bare && (m->flags & RESPONSE) != 0)
		while (n_answers < 8 && rest >= ADDRESS_BYTES &&
		       tail_is_legal(rest - ADDRESS_BYTES)) {
			n_answers++;
			rest -= ADDRESS_BYTES;
		}
	put_be16(w, m->id);
	put_be16(w, m->flags);
	put_be16(w, bare ? 0 : 1);
	put_be16(w, n_answers);
	put_be16(w, 0);
	put_be16(w, rest >= OPT_BYTES);
	if (!bare) {
		put_name(w, m);
		put_be16(w, m->type);
		put_be16(w, 1);
	}
	for (uint32_t i = 0; i < n_answers; i++)
		put_address(w, m->number + i);
	if (rest >= OPT_BYTES)
		put_opt(w, rest);
	if (w->n < start + n) /* a rest no record fits into; only in streams */
		put_repeat(w, 0, start + n - w->n);
}
