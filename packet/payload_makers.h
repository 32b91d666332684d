/* SPDX-License-Identifier: Apache-2.0 */
/* Every payload maker, and the table that chooses. */
#ifndef SOSIE_PACKET_PAYLOAD_MAKERS_H
#define SOSIE_PACKET_PAYLOAD_MAKERS_H

#include "packet/payload.h"

/* Which ports have which maker. */
enum { RULE_TCP = 1, RULE_UDP = 2 };
struct payload_rule {
	uint16_t port;
	uint8_t over;
	const struct payload_ops *ops;
};
const struct payload_rule *payload_rules(size_t *ret_n);

/* The other IP protocols with a maker; ICMP and ICMPv6 too. */
struct payload_number {
	uint8_t proto;
	const struct payload_ops *ops;
};
const struct payload_number *payload_numbers(size_t *ret_n);

/* Template mode: by protocol number, port, then the port usual for the record's service name. */
const struct payload_ops *payload_choose(const struct flow_record *record);

extern const struct payload_ops payload_dns_ops;
extern const struct payload_ops payload_dns_tcp_ops;
extern const struct payload_ops payload_http_ops;
extern const struct payload_ops payload_icmp_ops;
extern const struct payload_ops payload_icmp6_ops;
extern const struct payload_ops payload_ntp_ops;
extern const struct payload_ops payload_opaque_ops;
extern const struct payload_ops payload_ssh_ops;
extern const struct payload_ops payload_tls_ops;

#endif
