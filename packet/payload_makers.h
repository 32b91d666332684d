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

/* Ports that noise does not suit; looked at after the rules. */
struct payload_range {
	uint16_t first, last;
	uint8_t over;
	const struct payload_ops *ops;
};
const struct payload_range *payload_ranges(size_t *ret_n);

/* The other IP protocols with a maker; ICMP and ICMPv6 too. */
struct payload_number {
	uint8_t proto;
	const struct payload_ops *ops;
};
const struct payload_number *payload_numbers(size_t *ret_n);

/* Template mode: by protocol number, port, then the port usual for the record's service name. */
const struct payload_ops *payload_choose(const struct flow_record *record);

extern const struct payload_ops payload_ah_ops;
extern const struct payload_ops payload_amqp_ops;
extern const struct payload_ops payload_bacnet_ops;
extern const struct payload_ops payload_bgp_ops;
extern const struct payload_ops payload_bittorrent_ops;
extern const struct payload_ops payload_cldap_ops;
extern const struct payload_ops payload_coap_ops;
extern const struct payload_ops payload_dhcp_ops;
extern const struct payload_ops payload_dhcpv6_ops;
extern const struct payload_ops payload_dns_ops;
extern const struct payload_ops payload_dns_tcp_ops;
extern const struct payload_ops payload_dtls_ops;
extern const struct payload_ops payload_enip_ops;
extern const struct payload_ops payload_enip_udp_ops;
extern const struct payload_ops payload_esp_ops;
extern const struct payload_ops payload_ftp_ops;
extern const struct payload_ops payload_gre_ops;
extern const struct payload_ops payload_http_ops;
extern const struct payload_ops payload_icmp_ops;
extern const struct payload_ops payload_icmp6_ops;
extern const struct payload_ops payload_ident_ops;
extern const struct payload_ops payload_igmp_ops;
extern const struct payload_ops payload_imap_ops;
extern const struct payload_ops payload_irc_ops;
extern const struct payload_ops payload_isakmp_ops;
extern const struct payload_ops payload_isakmp_nat_ops;
extern const struct payload_ops payload_kerberos_ops;
extern const struct payload_ops payload_kerberos_tcp_ops;
extern const struct payload_ops payload_ldap_ops;
extern const struct payload_ops payload_mdns_ops;
extern const struct payload_ops payload_memcached_ops;
extern const struct payload_ops payload_modbus_ops;
extern const struct payload_ops payload_mongodb_ops;
extern const struct payload_ops payload_mqtt_ops;
extern const struct payload_ops payload_mysql_ops;
extern const struct payload_ops payload_nbdgm_ops;
extern const struct payload_ops payload_nbns_ops;
extern const struct payload_ops payload_nntp_ops;
extern const struct payload_ops payload_ntp_ops;
extern const struct payload_ops payload_opaque_ops;
extern const struct payload_ops payload_opcua_ops;
extern const struct payload_ops payload_openvpn_ops;
extern const struct payload_ops payload_openvpn_tcp_ops;
extern const struct payload_ops payload_ospf_ops;
extern const struct payload_ops payload_pgsql_ops;
extern const struct payload_ops payload_pop3_ops;
extern const struct payload_ops payload_quic_ops;
extern const struct payload_ops payload_radius_ops;
extern const struct payload_ops payload_rdp_ops;
extern const struct payload_ops payload_redis_ops;
extern const struct payload_ops payload_rip_ops;
extern const struct payload_ops payload_rpc_ops;
extern const struct payload_ops payload_rpc_udp_ops;
extern const struct payload_ops payload_rtp_ops;
extern const struct payload_ops payload_rtsp_ops;
extern const struct payload_ops payload_s7_ops;
extern const struct payload_ops payload_sctp_ops;
extern const struct payload_ops payload_sip_ops;
extern const struct payload_ops payload_sip_tcp_ops;
extern const struct payload_ops payload_six_ops;
extern const struct payload_ops payload_smb_ops;
extern const struct payload_ops payload_smtp_ops;
extern const struct payload_ops payload_snmp_ops;
extern const struct payload_ops payload_snmptrap_ops;
extern const struct payload_ops payload_ssdp_ops;
extern const struct payload_ops payload_ssh_ops;
extern const struct payload_ops payload_stun_ops;
extern const struct payload_ops payload_syslog_ops;
extern const struct payload_ops payload_tds_ops;
extern const struct payload_ops payload_telnet_ops;
extern const struct payload_ops payload_text_ops;
extern const struct payload_ops payload_tftp_ops;
extern const struct payload_ops payload_tls_ops;
extern const struct payload_ops payload_vxlan_ops;
extern const struct payload_ops payload_wireguard_ops;
extern const struct payload_ops payload_words_ops;
extern const struct payload_ops payload_words_long_ops;
extern const struct payload_ops payload_words_start_ops;
extern const struct payload_ops payload_xmpp_ops;
extern const struct payload_ops payload_zeros_ops;
extern const struct payload_ops payload_zeros_long_ops;

#endif
