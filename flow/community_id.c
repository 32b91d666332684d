/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/community_id.h"

#include <netinet/in.h>
#include <sha1.h>
#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"
#include "flow/key.h"

/* seed 2, addresses 2 * 16, protocol 1, padding 1, ports 2 * 2 */
enum { HASHED_BYTES = 2 + 2 * 16 + 2 + 4 };

static void base64(const uint8_t *bytes, size_t n, char *ret_text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *p = ret_text;

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)bytes[i] << 16;

		if (i + 1 < n)
			v |= (uint32_t)bytes[i + 1] << 8;
		if (i + 2 < n)
			v |= bytes[i + 2];
		*p++ = digits[v >> 18];
		*p++ = digits[v >> 12 & 63];
		*p++ = i + 1 < n ? digits[v >> 6 & 63] : '=';
		*p++ = i + 2 < n ? digits[v & 63] : '=';
	}
	*p = '\0';
}

/* ICMP has no ports: the type stands for one, its counterpart for the other; where there is no
 * counterpart, the code, and the tuple keeps its direction. Returns whether it does. */
static bool icmp_ports(uint8_t proto, uint16_t *type, uint16_t *code)
{
	int other = flow_icmp_answer(proto, (uint8_t)*type);

	if (other < 0)
		other = flow_icmp_request(proto, (uint8_t)*type);
	if (other < 0)
		return true;
	*code = (uint16_t)other;
	return false;
}

static bool has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP ||
	       proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

void community_id(const struct ip_addr *src, uint16_t src_port, const struct ip_addr *dst,
		  uint16_t dst_port, uint8_t proto, uint16_t seed,
		  char ret_text[COMMUNITY_ID_BYTES])
{
	size_t n_addr = src->version == 6 ? 16 : 4;
	uint8_t hashed[HASHED_BYTES], digest[SHA1_DIGEST_LENGTH];
	bool one_way = false;
	SHA1_CTX sha1;
	size_t n = 0;
	int order;

	if (proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6)
		one_way = icmp_ports(proto, &src_port, &dst_port);
	order = memcmp(src->bytes, dst->bytes, n_addr);
	if (!one_way && (order > 0 || (order == 0 && src_port >= dst_port))) {
		const struct ip_addr *addr = src;
		uint16_t port = src_port;

		src = dst;
		src_port = dst_port;
		dst = addr;
		dst_port = port;
	}
	be16_put(hashed, seed);
	memcpy(hashed + 2, src->bytes, n_addr);
	memcpy(hashed + 2 + n_addr, dst->bytes, n_addr);
	n = 2 + 2 * n_addr;
	hashed[n++] = proto;
	hashed[n++] = 0;
	if (has_ports(proto)) {
		be16_put(hashed + n, src_port);
		be16_put(hashed + n + 2, dst_port);
		n += 4;
	}
	SHA1Init(&sha1);
	SHA1Update(&sha1, hashed, n);
	SHA1Final(digest, &sha1);
	memcpy(ret_text, "1:", 2);
	base64(digest, sizeof(digest), ret_text + 2);
}
