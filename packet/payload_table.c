/* SPDX-License-Identifier: Apache-2.0 */
/* Ports and numbers to makers. */
#include "flow/service.h"
#include "packet/payload_makers.h"
#include "packet/wire.h"

enum { T = RULE_TCP, U = RULE_UDP, TU = T | U };

static const struct payload_rule rules[] = {
	{ 22, T, &payload_ssh_ops },	 { 53, U, &payload_dns_ops },
	{ 53, T, &payload_dns_tcp_ops }, { 80, T, &payload_http_ops },
	{ 123, U, &payload_ntp_ops },	 { 443, T, &payload_tls_ops },
	{ 8080, T, &payload_http_ops },
};

enum { N_RULES = sizeof(rules) / sizeof(rules[0]) };

static const struct payload_number numbers[] = {
	{ PROTO_ICMP, &payload_icmp_ops },
	{ PROTO_ICMP6, &payload_icmp6_ops },
};

enum { N_NUMBERS = sizeof(numbers) / sizeof(numbers[0]) };

const struct payload_rule *payload_rules(size_t *ret_n)
{
	*ret_n = N_RULES;
	return rules;
}

const struct payload_number *payload_numbers(size_t *ret_n)
{
	*ret_n = N_NUMBERS;
	return numbers;
}

static const struct payload_ops *by_port(uint8_t over, uint16_t port)
{
	for (size_t i = 0; i < N_RULES; i++)
		if (rules[i].port == port && (rules[i].over & over) != 0)
			return rules[i].ops;
	return NULL;
}

/* A service on a port of its own, as a network plan may have it. */
static const struct payload_ops *by_name(const char *name, uint8_t proto, uint8_t over)
{
	uint8_t usual_proto;
	uint16_t usual_port;

	if (service_port(name, &usual_proto, &usual_port) < 0 || usual_proto != proto)
		return NULL;
	return by_port(over, usual_port);
}

const struct payload_ops *payload_choose(const struct flow_record *record)
{
	uint8_t over = record->proto == PROTO_TCP ? T : U;
	const struct payload_ops *ops;

	if (record->proto != PROTO_TCP && record->proto != PROTO_UDP) {
		for (size_t i = 0; i < N_NUMBERS; i++)
			if (numbers[i].proto == record->proto)
				return numbers[i].ops;
		return &payload_opaque_ops;
	}
	ops = by_port(over, record->dst_port);
	if (ops == NULL)
		ops = by_port(over, record->src_port);
	if (ops == NULL)
		ops = by_name(record->service, record->proto, over);
	return ops == NULL ? &payload_opaque_ops : ops;
}

/* Each maker once. */
static const struct payload_ops *const makers[] = {
	&payload_dns_ops,    &payload_dns_tcp_ops,
	&payload_http_ops,   &payload_icmp_ops,
	&payload_icmp6_ops,  &payload_ntp_ops,
	&payload_opaque_ops, &payload_ssh_ops,
	&payload_tls_ops,    NULL,
};

const struct payload_ops *const *payload_all(void)
{
	return makers;
}
