/* SPDX-License-Identifier: Apache-2.0 */
/* Ports and numbers to makers. */
#include <string.h>

#include "flow/service.h"
#include "packet/payload_makers.h"
#include "packet/wire.h"

enum { T = RULE_TCP, U = RULE_UDP, TU = T | U };

/* Sorted by port: by_port() searches by halves. */
static const struct payload_rule rules[] = {
	{ 7, TU, &payload_opaque_ops },	       { 9, TU, &payload_opaque_ops },
	{ 13, TU, &payload_text_ops },	       { 19, TU, &payload_text_ops },
	{ 21, T, &payload_ftp_ops },	       { 22, T, &payload_ssh_ops },
	{ 23, T, &payload_telnet_ops },	       { 25, T, &payload_smtp_ops },
	{ 43, T, &payload_text_ops },	       { 53, U, &payload_dns_ops },
	{ 53, T, &payload_dns_tcp_ops },       { 67, U, &payload_dhcp_ops },
	{ 68, U, &payload_dhcp_ops },	       { 69, U, &payload_tftp_ops },
	{ 79, T, &payload_text_ops },	       { 80, T, &payload_http_ops },
	{ 88, U, &payload_kerberos_ops },      { 88, T, &payload_kerberos_tcp_ops },
	{ 102, T, &payload_s7_ops },	       { 110, T, &payload_pop3_ops },
	{ 111, T, &payload_rpc_ops },	       { 111, U, &payload_rpc_udp_ops },
	{ 113, T, &payload_ident_ops },	       { 119, T, &payload_nntp_ops },
	{ 123, U, &payload_ntp_ops },	       { 137, U, &payload_nbns_ops },
	{ 138, U, &payload_nbdgm_ops },	       { 139, T, &payload_smb_ops },
	{ 143, T, &payload_imap_ops },	       { 161, U, &payload_snmp_ops },
	{ 162, U, &payload_snmptrap_ops },     { 179, T, &payload_bgp_ops },
	{ 389, T, &payload_ldap_ops },	       { 389, U, &payload_cldap_ops },
	{ 443, T, &payload_tls_ops },	       { 443, U, &payload_quic_ops },
	{ 445, T, &payload_smb_ops },	       { 465, T, &payload_tls_ops },
	{ 500, U, &payload_isakmp_ops },       { 502, T, &payload_modbus_ops },
	{ 514, U, &payload_syslog_ops },       { 520, U, &payload_rip_ops },
	{ 546, U, &payload_dhcpv6_ops },       { 547, U, &payload_dhcpv6_ops },
	{ 554, TU, &payload_rtsp_ops },	       { 587, T, &payload_smtp_ops },
	{ 591, T, &payload_http_ops },	       { 631, T, &payload_http_ops },
	{ 636, T, &payload_tls_ops },	       { 853, T, &payload_tls_ops },
	{ 853, U, &payload_dtls_ops },	       { 989, T, &payload_tls_ops },
	{ 990, T, &payload_tls_ops },	       { 993, T, &payload_tls_ops },
	{ 995, T, &payload_tls_ops },	       { 1194, U, &payload_openvpn_ops },
	{ 1194, T, &payload_openvpn_tcp_ops }, { 1433, T, &payload_tds_ops },
	{ 1645, U, &payload_radius_ops },      { 1646, U, &payload_radius_ops },
	{ 1812, U, &payload_radius_ops },      { 1813, U, &payload_radius_ops },
	{ 1883, T, &payload_mqtt_ops },	       { 1900, U, &payload_ssdp_ops },
	{ 1900, T, &payload_http_ops },	       { 2049, T, &payload_rpc_ops },
	{ 2049, U, &payload_rpc_udp_ops },     { 2221, T, &payload_tls_ops },
	{ 2375, T, &payload_http_ops },	       { 2376, T, &payload_tls_ops },
	{ 2710, T, &payload_http_ops },	       { 2869, T, &payload_http_ops },
	{ 3128, T, &payload_http_ops },	       { 3132, T, &payload_http_ops },
	{ 3268, T, &payload_ldap_ops },	       { 3269, T, &payload_tls_ops },
	{ 3306, T, &payload_mysql_ops },       { 3389, T, &payload_rdp_ops },
	{ 3478, U, &payload_stun_ops },	       { 3478, T, &payload_opaque_ops },
	{ 3689, T, &payload_http_ops },	       { 4433, U, &payload_dtls_ops },
	{ 4500, U, &payload_isakmp_nat_ops },  { 4789, U, &payload_vxlan_ops },
	{ 4840, T, &payload_opcua_ops },       { 5004, U, &payload_rtp_ops },
	{ 5060, T, &payload_sip_tcp_ops },     { 5060, U, &payload_sip_ops },
	{ 5061, T, &payload_tls_ops },	       { 5222, T, &payload_xmpp_ops },
	{ 5223, T, &payload_tls_ops },	       { 5228, T, &payload_tls_ops },
	{ 5269, T, &payload_xmpp_ops },	       { 5349, U, &payload_dtls_ops },
	{ 5349, T, &payload_tls_ops },	       { 5353, U, &payload_mdns_ops },
	{ 5353, T, &payload_dns_tcp_ops },     { 5355, U, &payload_dns_ops },
	{ 5355, T, &payload_dns_tcp_ops },     { 5432, T, &payload_pgsql_ops },
	{ 5671, T, &payload_tls_ops },	       { 5672, T, &payload_amqp_ops },
	{ 5683, U, &payload_coap_ops },	       { 5684, U, &payload_dtls_ops },
	{ 5684, T, &payload_tls_ops },	       { 5985, T, &payload_http_ops },
	{ 5986, T, &payload_tls_ops },	       { 6379, T, &payload_redis_ops },
	{ 6443, T, &payload_tls_ops },	       { 6514, T, &payload_tls_ops },
	{ 6667, T, &payload_irc_ops },	       { 6697, T, &payload_tls_ops },
	{ 6881, T, &payload_bittorrent_ops },  { 8000, T, &payload_http_ops },
	{ 8008, T, &payload_http_ops },	       { 8080, T, &payload_http_ops },
	{ 8088, T, &payload_http_ops },	       { 8443, T, &payload_tls_ops },
	{ 8883, T, &payload_tls_ops },	       { 8888, T, &payload_http_ops },
	{ 9200, T, &payload_http_ops },	       { 11211, T, &payload_memcached_ops },
	{ 11371, T, &payload_http_ops },       { 27017, T, &payload_mongodb_ops },
	{ 29418, T, &payload_ssh_ops },	       { 44818, T, &payload_enip_ops },
	{ 44818, U, &payload_enip_udp_ops },   { 47808, U, &payload_bacnet_ops },
	{ 51820, U, &payload_wireguard_ops },  { 57000, T, &payload_irc_ops },
};

enum { N_RULES = sizeof(rules) / sizeof(rules[0]) };

static const struct payload_number numbers[] = {
	{ PROTO_ICMP, &payload_icmp_ops },   { PROTO_IGMP, &payload_igmp_ops },
	{ PROTO_IPV6, &payload_six_ops },    { PROTO_GRE, &payload_gre_ops },
	{ PROTO_ESP, &payload_esp_ops },     { PROTO_AH, &payload_ah_ops },
	{ PROTO_ICMP6, &payload_icmp6_ops }, { PROTO_OSPF, &payload_ospf_ops },
	{ PROTO_SCTP, &payload_sctp_ops },
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
	size_t low = 0, high = N_RULES;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (rules[middle].port < port)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < N_RULES && rules[low].port == port; low++)
		if ((rules[low].over & over) != 0)
			return rules[low].ops;
	return NULL;
}

/* They ascend by their last port, and those that share one follow one another. */
static const struct payload_ops *by_range(uint8_t over, uint16_t port)
{
	size_t n, low = 0, high;
	const struct payload_range *ranges = payload_ranges(&n);

	high = n;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (ranges[middle].last < port)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < n && ranges[low].first <= port; low++)
		if ((ranges[low].over & over) != 0)
			return ranges[low].ops;
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
	if (ops == NULL && strcmp(record->service, "-") != 0)
		ops = by_name(record->service, record->proto, over);
	if (ops == NULL)
		ops = by_range(over, record->dst_port);
	return ops == NULL ? &payload_opaque_ops : ops;
}

/* Without a maker, but read by dissectors that go by a client's port as well. */
enum { PORT_DOIP = 13400 };

bool payload_claims_port(uint8_t proto, uint16_t port)
{
	const uint8_t over = proto == PROTO_TCP ? T : U;

	return port == PORT_DOIP || by_port(over, port) != NULL || by_range(over, port) != NULL;
}

/* Each maker once. */
static const struct payload_ops *const makers[] = {
	&payload_ah_ops,	  &payload_amqp_ops,
	&payload_bacnet_ops,	  &payload_bgp_ops,
	&payload_bittorrent_ops,  &payload_cldap_ops,
	&payload_coap_ops,	  &payload_dhcp_ops,
	&payload_dhcpv6_ops,	  &payload_dns_ops,
	&payload_dns_tcp_ops,	  &payload_dtls_ops,
	&payload_enip_ops,	  &payload_enip_udp_ops,
	&payload_esp_ops,	  &payload_ftp_ops,
	&payload_gre_ops,	  &payload_http_ops,
	&payload_icmp_ops,	  &payload_icmp6_ops,
	&payload_ident_ops,	  &payload_igmp_ops,
	&payload_imap_ops,	  &payload_irc_ops,
	&payload_isakmp_ops,	  &payload_isakmp_nat_ops,
	&payload_kerberos_ops,	  &payload_kerberos_tcp_ops,
	&payload_ldap_ops,	  &payload_mdns_ops,
	&payload_memcached_ops,	  &payload_modbus_ops,
	&payload_mongodb_ops,	  &payload_mqtt_ops,
	&payload_mysql_ops,	  &payload_nbdgm_ops,
	&payload_nbns_ops,	  &payload_nntp_ops,
	&payload_ntp_ops,	  &payload_opaque_ops,
	&payload_opcua_ops,	  &payload_openvpn_ops,
	&payload_openvpn_tcp_ops, &payload_ospf_ops,
	&payload_pgsql_ops,	  &payload_pop3_ops,
	&payload_quic_ops,	  &payload_radius_ops,
	&payload_rdp_ops,	  &payload_redis_ops,
	&payload_rip_ops,	  &payload_rpc_ops,
	&payload_rpc_udp_ops,	  &payload_rtp_ops,
	&payload_rtsp_ops,	  &payload_s7_ops,
	&payload_sctp_ops,	  &payload_sip_ops,
	&payload_sip_tcp_ops,	  &payload_six_ops,
	&payload_smb_ops,	  &payload_smtp_ops,
	&payload_snmp_ops,	  &payload_snmptrap_ops,
	&payload_ssdp_ops,	  &payload_ssh_ops,
	&payload_stun_ops,	  &payload_syslog_ops,
	&payload_tds_ops,	  &payload_telnet_ops,
	&payload_text_ops,	  &payload_tftp_ops,
	&payload_tls_ops,	  &payload_vxlan_ops,
	&payload_wireguard_ops,	  &payload_words_ops,
	&payload_words_long_ops,  &payload_words_start_ops,
	&payload_xmpp_ops,	  &payload_zeros_ops,
	&payload_zeros_long_ops,  NULL,
};

const struct payload_ops *const *payload_all(void)
{
	return makers;
}
