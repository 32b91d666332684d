/* SPDX-License-Identifier: Apache-2.0 */
/* Ports: the IANA service name and port registry, and common practice where it differs. */
#include "flow/service.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { T = 1, U = 2, TU = T | U };

struct port_name {
	uint16_t port;
	uint8_t over; /* T, U */
	const char *name;
};

/*
 * Sorted by port, then by transport. A name that stands several times has its usual port in its
 * first line of the transport it is mostly used over (service_port takes the first line).
 */
static const struct port_name ports[] = {
	{ 7, TU, "echo" },
	{ 9, TU, "discard" },
	{ 13, TU, "daytime" },
	{ 19, TU, "chargen" },
	{ 20, T, "ftp-data" },
	{ 21, T, "ftp" },
	{ 22, T, "ssh" },
	{ 23, T, "telnet" },
	{ 25, T, "smtp" },
	{ 37, TU, "time" },
	{ 43, T, "whois" },
	{ 49, T, "tacacs" },
	{ 53, U, "dns" },
	{ 53, T, "dns" },
	{ 67, U, "dhcp" },
	{ 68, U, "dhcp" },
	{ 69, U, "tftp" },
	{ 70, T, "gopher" },
	{ 79, T, "finger" },
	{ 80, T, "http" },
	{ 88, U, "kerberos" },
	{ 88, T, "kerberos" },
	{ 102, T, "s7comm" },
	{ 110, T, "pop3" },
	{ 111, TU, "rpcbind" },
	{ 113, T, "ident" },
	{ 119, T, "nntp" },
	{ 123, U, "ntp" },
	{ 135, TU, "msrpc" },
	{ 137, U, "nbns" },
	{ 138, U, "nbdgm" },
	{ 139, T, "nbss" },
	{ 143, T, "imap" },
	{ 161, U, "snmp" },
	{ 162, U, "snmptrap" },
	{ 179, T, "bgp" },
	{ 319, U, "ptp" },
	{ 320, U, "ptp" },
	{ 389, TU, "ldap" },
	{ 427, TU, "slp" },
	{ 443, T, "https" },
	{ 443, U, "quic" },
	{ 445, T, "smb" },
	{ 464, TU, "kpasswd" },
	{ 465, T, "submissions" },
	{ 500, U, "isakmp" },
	{ 502, T, "modbus" },
	{ 514, U, "syslog" },
	{ 515, T, "printer" },
	{ 520, U, "rip" },
	{ 521, U, "ripng" },
	{ 546, U, "dhcpv6" },
	{ 547, U, "dhcpv6" },
	{ 548, T, "afp" },
	{ 554, TU, "rtsp" },
	{ 587, T, "submission" },
	{ 623, U, "ipmi" },
	{ 631, TU, "ipp" },
	{ 636, T, "ldaps" },
	{ 853, TU, "dot" },
	{ 873, T, "rsync" },
	{ 989, T, "ftps-data" },
	{ 990, T, "ftps" },
	{ 993, T, "imaps" },
	{ 995, T, "pop3s" },
	{ 1080, T, "socks" },
	{ 1194, U, "openvpn" },
	{ 1194, T, "openvpn" },
	{ 1433, T, "mssql" },
	{ 1434, U, "mssql-browser" },
	{ 1521, T, "oracle" },
	{ 1701, U, "l2tp" },
	{ 1723, T, "pptp" },
	{ 1812, U, "radius" },
	{ 1813, U, "radius-acct" },
	{ 1883, T, "mqtt" },
	{ 1900, U, "ssdp" },
	{ 1935, T, "rtmp" },
	{ 2049, TU, "nfs" },
	{ 2055, U, "netflow" },
	{ 2123, U, "gtp-c" },
	{ 2152, U, "gtp-u" },
	{ 2181, T, "zookeeper" },
	{ 2222, U, "enip-io" },
	{ 2375, T, "docker" },
	{ 2376, T, "docker-tls" },
	{ 2379, T, "etcd" },
	{ 2404, T, "iec104" },
	{ 2945, U, "megaco" },
	{ 3128, T, "proxy" },
	{ 3260, T, "iscsi" },
	{ 3268, T, "ldap-gc" },
	{ 3306, T, "mysql" },
	{ 3389, TU, "rdp" },
	{ 3478, U, "stun" },
	{ 3478, T, "stun" },
	{ 3544, U, "teredo" },
	{ 3702, U, "wsd" },
	{ 4222, T, "nats" },
	{ 4500, U, "ipsec-nat" },
	{ 4739, TU, "ipfix" },
	{ 4789, U, "vxlan" },
	{ 4840, T, "opcua" },
	{ 5060, U, "sip" },
	{ 5060, T, "sip" },
	{ 5061, T, "sips" },
	{ 5222, T, "xmpp" },
	{ 5223, T, "push" },
	{ 5228, T, "gcm" },
	{ 5269, T, "xmpp-server" },
	{ 5349, TU, "stuns" },
	{ 5351, U, "nat-pmp" },
	{ 5353, U, "mdns" },
	{ 5355, TU, "llmnr" },
	{ 5432, T, "postgresql" },
	{ 5555, T, "adb" },
	{ 5671, T, "amqps" },
	{ 5672, T, "amqp" },
	{ 5683, U, "coap" },
	{ 5684, U, "coaps" },
	{ 5900, T, "vnc" },
	{ 5985, T, "winrm" },
	{ 5986, T, "winrms" },
	{ 6000, T, "x11" },
	{ 6343, U, "sflow" },
	{ 6379, T, "redis" },
	{ 6443, T, "kubernetes" },
	{ 6514, T, "syslog-tls" },
	{ 6667, T, "irc" },
	{ 6697, T, "ircs" },
	{ 6881, TU, "bittorrent" },
	{ 8000, T, "http-alt" },
	{ 8008, T, "http-alt" },
	{ 8080, T, "http-alt" },
	{ 8443, T, "https-alt" },
	{ 8883, T, "mqtts" },
	{ 8888, T, "http-alt" },
	{ 9000, T, "http-alt" },
	{ 9092, T, "kafka" },
	{ 9100, T, "jetdirect" },
	{ 9200, T, "elasticsearch" },
	{ 9418, T, "git" },
	{ 10050, T, "zabbix-agent" },
	{ 10051, T, "zabbix" },
	{ 10161, U, "snmps" },
	{ 11211, TU, "memcached" },
	{ 17500, U, "dropbox-lan" },
	{ 19132, U, "minecraft-be" },
	{ 20000, T, "dnp3" },
	{ 25565, T, "minecraft" },
	{ 27015, U, "steam" },
	{ 27017, T, "mongodb" },
	{ 34964, U, "profinet-cm" },
	{ 41641, U, "tailscale" },
	{ 44818, TU, "enip" },
	{ 47808, U, "bacnet" },
	{ 51820, U, "wireguard" },
};

enum { N_PORTS = sizeof(ports) / sizeof(ports[0]) };

struct number_name {
	uint8_t number;
	const char *name;
};

static const struct number_name icmp_types[] = {
	{ 0, "ping" },		 { 3, "unreachable" },	  { 4, "source-quench" },
	{ 5, "redirect" },	 { 8, "ping" },		  { 9, "router" },
	{ 10, "router" },	 { 11, "time-exceeded" }, { 12, "parameter" },
	{ 13, "timestamp" },	 { 14, "timestamp" },	  { 15, "information" },
	{ 16, "information" },	 { 17, "mask" },	  { 18, "mask" },
	{ 42, "extended-echo" }, { 43, "extended-echo" },
};

static const struct number_name icmp6_types[] = {
	{ 1, "unreachable" }, { 2, "too-big" },	     { 3, "time-exceeded" }, { 4, "parameter" },
	{ 128, "ping" },      { 129, "ping" },	     { 130, "mld" },	     { 131, "mld" },
	{ 132, "mld" },	      { 133, "router" },     { 134, "router" },	     { 135, "nd" },
	{ 136, "nd" },	      { 137, "redirect" },   { 139, "node-info" },   { 140, "node-info" },
	{ 143, "mld" },	      { 144, "home-agent" }, { 145, "home-agent" },
};

static const struct number_name protocols[] = {
	{ 2, "igmp" },	   { 4, "ipip" },   { 41, "6in4" },	{ 46, "rsvp" },
	{ 47, "gre" },	   { 50, "esp" },   { 51, "ah" },	{ 88, "eigrp" },
	{ 89, "ospf" },	   { 103, "pim" },  { 108, "ipcomp" },	{ 112, "vrrp" },
	{ 115, "l2tpv3" }, { 132, "sctp" }, { 136, "udplite" }, { 137, "mpls" },
};

static const char *name_of(const struct number_name *names, size_t n_names, uint8_t number)
{
	for (size_t i = 0; i < n_names; i++) {
		if (names[i].number == number)
			return names[i].name;
	}
	return "-";
}

static const char *name_of_port(uint16_t port, uint8_t over)
{
	size_t low = 0, high = N_PORTS;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ports[middle].port < port)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < N_PORTS && ports[low].port == port; low++) {
		if (ports[low].over & over)
			return ports[low].name;
	}
	return NULL;
}

const char *service_name(uint8_t proto, uint16_t src_port, uint16_t dst_port)
{
	uint8_t over = proto == IPPROTO_TCP ? T : U;
	const char *name;

	switch (proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		name = name_of_port(dst_port, over);
		if (name == NULL)
			name = name_of_port(src_port, over);
		return name != NULL ? name : "-";
	case IPPROTO_ICMP:
		return name_of(icmp_types, sizeof(icmp_types) / sizeof(icmp_types[0]),
			       (uint8_t)src_port);
	case IPPROTO_ICMPV6:
		return name_of(icmp6_types, sizeof(icmp6_types) / sizeof(icmp6_types[0]),
			       (uint8_t)src_port);
	default:
		return name_of(protocols, sizeof(protocols) / sizeof(protocols[0]), proto);
	}
}

static bool find_number(const struct number_name *names, size_t n_names, const char *name,
			uint8_t *ret_number)
{
	/* Requests come before or stand for their answers: "ping" is 8 (128), not 0. */
	for (size_t i = 0; i < n_names; i++) {
		if (strcmp(names[i].name, name) == 0 && names[i].number != 0) {
			*ret_number = names[i].number;
			return true;
		}
	}
	return false;
}

int service_port(const char *name, uint8_t *ret_proto, uint16_t *ret_port)
{
	uint8_t number;

	for (size_t i = 0; i < N_PORTS; i++) {
		if (strcmp(ports[i].name, name) != 0)
			continue;
		*ret_proto = ports[i].over & T ? IPPROTO_TCP : IPPROTO_UDP;
		*ret_port = ports[i].port;
		return 0;
	}
	if (find_number(icmp_types, sizeof(icmp_types) / sizeof(icmp_types[0]), name, &number)) {
		*ret_proto = IPPROTO_ICMP;
		*ret_port = 0;
		return 0;
	}
	if (find_number(icmp6_types, sizeof(icmp6_types) / sizeof(icmp6_types[0]), name, &number)) {
		*ret_proto = IPPROTO_ICMPV6;
		*ret_port = 0;
		return 0;
	}
	if (find_number(protocols, sizeof(protocols) / sizeof(protocols[0]), name, &number)) {
		*ret_proto = number;
		*ret_port = 0;
		return 0;
	}
	return -1;
}

const char *proto_format(uint8_t proto, char ret_text[PROTO_TEXT_BYTES])
{
	switch (proto) {
	case IPPROTO_TCP:
		return strcpy(ret_text, "tcp");
	case IPPROTO_UDP:
		return strcpy(ret_text, "udp");
	case IPPROTO_ICMP:
		return strcpy(ret_text, "icmp");
	case IPPROTO_ICMPV6:
		return strcpy(ret_text, "icmp6");
	default:
		snprintf(ret_text, PROTO_TEXT_BYTES, "%u", proto);
		return ret_text;
	}
}

/* Other ways to write some protocols, as in Zeek, nfdump and tshark. */
static const struct number_name proto_names[] = {
	{ IPPROTO_TCP, "tcp" },	     { IPPROTO_UDP, "udp" },	   { IPPROTO_ICMP, "icmp" },
	{ IPPROTO_ICMPV6, "icmp6" }, { IPPROTO_ICMPV6, "icmpv6" }, { IPPROTO_ICMPV6, "ipv6-icmp" },
	{ IPPROTO_IGMP, "igmp" },    { IPPROTO_GRE, "gre" },	   { IPPROTO_ESP, "esp" },
	{ IPPROTO_AH, "ah" },	     { IPPROTO_SCTP, "sctp" },
};

int proto_parse(const char *text, uint8_t *ret_proto)
{
	char name[16];
	size_t n = 0;
	unsigned int number = 0;

	while (*text == ' ')
		text++;
	for (; text[n] != '\0' && text[n] != ' '; n++) {
		if (n == sizeof(name) - 1)
			return -1;
		name[n] = (char)(text[n] >= 'A' && text[n] <= 'Z' ? text[n] + 32 : text[n]);
	}
	name[n] = '\0';
	if (text[n + strspn(text + n, " ")] != '\0' || n == 0)
		return -1;
	for (size_t i = 0; i < sizeof(proto_names) / sizeof(proto_names[0]); i++) {
		if (strcmp(proto_names[i].name, name) == 0) {
			*ret_proto = proto_names[i].number;
			return 0;
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (name[i] < '0' || name[i] > '9' || number > 255)
			return -1;
		number = number * 10 + (unsigned int)(name[i] - '0');
	}
	if (number > 255)
		return -1;
	*ret_proto = (uint8_t)number;
	return 0;
}
