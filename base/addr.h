/* SPDX-License-Identifier: Apache-2.0 */
/* IP addresses of either version, as values: compared, hashed, parsed, printed. */
#ifndef SOSIE_BASE_ADDR_H
#define SOSIE_BASE_ADDR_H

#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>

/* IPv4 stands in the first four bytes and the rest is 0, so that equal addresses are equal bytes.
 */
struct ip_addr {
	uint8_t bytes[16];
	uint8_t version; /* 4, 6, or 0 for "none" */
};

struct ip_prefix {
	struct ip_addr addr; /* host bits are 0 */
	uint8_t n_bits;
};

enum { IP_TEXT_BYTES = 52 };

int ip_parse(const char *text, struct ip_addr *ret_addr, struct err *err);
const char *ip_format(const struct ip_addr *addr,
		      char ret_text[IP_TEXT_BYTES]); /* RFC 5952; "-" for none */
int ip_prefix_parse(const char *text, struct ip_prefix *ret_prefix,
		    struct err *err); /* "10.0.0.0/8" */
const char *ip_prefix_format(const struct ip_prefix *prefix, char ret_text[IP_TEXT_BYTES]);
bool ip_prefix_holds(const struct ip_prefix *prefix, const struct ip_addr *addr);

bool ip_equal(const struct ip_addr *a, const struct ip_addr *b);
int ip_compare(const struct ip_addr *a, const struct ip_addr *b); /* by version, then bytes */
struct ip_addr ip_from_v4(uint32_t host_order);
struct ip_addr ip_from_v4_bytes(const uint8_t bytes[4]);
struct ip_addr ip_from_v6_bytes(const uint8_t bytes[16]);

bool ip_is_multicast(const struct ip_addr *addr);   /* 224/4, ff00::/8 */
bool ip_is_unspecified(const struct ip_addr *addr); /* 0.0.0.0, :: */
bool ip_is_link_local(const struct ip_addr *addr);  /* 169.254/16, fe80::/10 */

enum { MAC_TEXT_BYTES = 18 };
int mac_parse(const char *text, uint8_t ret_mac[6], struct err *err);
const char *mac_format(const uint8_t mac[6], char ret_text[MAC_TEXT_BYTES]);

#endif
