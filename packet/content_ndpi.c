/* SPDX-License-Identifier: Apache-2.0 */
/* libndpi 4.2 (Debian 12: libndpi-dev). */
#include "packet/content.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config.h"

#if HAVE_NDPI

/* Its headers come from a system folder, so that our warnings do not apply to them. */
#include <ndpi/ndpi_api.h>

struct content {
	struct ndpi_detection_module_struct *ndpi;
	size_t n_flow; /* bytes of its flow struct */
};

struct content_flow {
	struct ndpi_flow_struct *ndpi; /* NULL once the name is settled */
	uint32_t n_packets;
	uint16_t protocol; /* NDPI_PROTOCOL_* */
};

int content_new(struct content **ret_content, struct err *err)
{
	CLEANUP(content_freep) struct content *content = calloc(1, sizeof(*content));
	NDPI_PROTOCOL_BITMASK all;

	if (content == NULL)
		return err_no_memory(err);
	content->ndpi = ndpi_init_detection_module(ndpi_dont_load_tor_hosts);
	if (content->ndpi == NULL)
		return err_set(err, -ENOMEM, "libndpi could not be started");
	NDPI_BITMASK_SET_ALL(all);
	ndpi_set_protocol_detection_bitmask2(content->ndpi, &all);
	ndpi_finalize_initialization(content->ndpi);
	content->n_flow = ndpi_detection_get_sizeof_ndpi_flow_struct();
	*ret_content = take(&content);
	return 0;
}

void content_freep(struct content **content)
{
	if (*content == NULL)
		return;
	if ((*content)->ndpi != NULL)
		ndpi_exit_detection_module((*content)->ndpi);
	free(*content);
	*content = NULL;
}

int content_flow_new(struct content *content, struct content_flow **ret_flow, struct err *err)
{
	struct content_flow *flow = calloc(1, sizeof(*flow));

	if (flow == NULL)
		return err_no_memory(err);
	/* By its own allocator, because ndpi_free_flow() frees it. */
	flow->ndpi = ndpi_flow_malloc(content->n_flow);
	if (flow->ndpi == NULL) {
		free(flow);
		return err_no_memory(err);
	}
	memset(flow->ndpi, 0, content->n_flow);
	*ret_flow = flow;
	return 0;
}

void content_flow_free(struct content_flow *flow)
{
	if (flow == NULL)
		return;
	if (flow->ndpi != NULL)
		ndpi_free_flow(flow->ndpi);
	free(flow);
}

/* The protocol that carries it: "TLS.Google" is TLS. */
static uint16_t carrier(ndpi_protocol protocol)
{
	return protocol.master_protocol != NDPI_PROTOCOL_UNKNOWN ? protocol.master_protocol
								 : protocol.app_protocol;
}

static void settle(struct content_flow *flow, uint16_t protocol)
{
	flow->protocol = protocol;
	ndpi_free_flow(flow->ndpi);
	flow->ndpi = NULL;
}

bool content_packet(struct content *content, struct content_flow *flow,
		    const struct packet_view *view, int64_t time_ns)
{
	uint16_t n = view->n_ip > UINT16_MAX ? UINT16_MAX : (uint16_t)view->n_ip;
	uint64_t time_ms = time_ns > 0 ? (uint64_t)time_ns / 1000000 : 0;
	ndpi_protocol protocol;
	uint8_t guessed;

	if (flow->ndpi == NULL)
		return false;
	protocol = ndpi_detection_process_packet(content->ndpi, flow->ndpi, view->ip, n, time_ms);
	flow->n_packets++;
	if (carrier(protocol) == NDPI_PROTOCOL_UNKNOWN && flow->n_packets == CONTENT_LIMIT_PACKETS)
		protocol = ndpi_detection_giveup(content->ndpi, flow->ndpi, 0, &guessed);
	else if (carrier(protocol) == NDPI_PROTOCOL_UNKNOWN)
		return true;
	settle(flow, carrier(protocol));
	return false;
}

static const struct {
	uint16_t protocol;
	const char *name;
} names[] = {
	{ NDPI_PROTOCOL_FTP_CONTROL, "ftp" },	  { NDPI_PROTOCOL_FTP_DATA, "ftp-data" },
	{ NDPI_PROTOCOL_MAIL_POP, "pop3" },	  { NDPI_PROTOCOL_MAIL_POPS, "pop3s" },
	{ NDPI_PROTOCOL_MAIL_SMTP, "smtp" },	  { NDPI_PROTOCOL_MAIL_SMTPS, "submissions" },
	{ NDPI_PROTOCOL_MAIL_IMAP, "imap" },	  { NDPI_PROTOCOL_MAIL_IMAPS, "imaps" },
	{ NDPI_PROTOCOL_SMBV1, "smb" },		  { NDPI_PROTOCOL_SMBV23, "smb" },
	{ NDPI_PROTOCOL_POSTGRES, "postgresql" }, { NDPI_PROTOCOL_DCERPC, "msrpc" },
	{ NDPI_PROTOCOL_MSSQL_TDS, "mssql" },	  { NDPI_PROTOCOL_JABBER, "xmpp" },
	{ NDPI_PROTOCOL_DOH_DOT, "dot" },	  { NDPI_PROTOCOL_ETHERNET_IP, "enip" },
	{ NDPI_PROTOCOL_IEC60870, "iec104" },	  { NDPI_PROTOCOL_WHOIS_DAS, "whois" },
	{ NDPI_PROTOCOL_HTTP_PROXY, "proxy" },	  { NDPI_PROTOCOL_HTTP_CONNECT, "proxy" },
	{ NDPI_PROTOCOL_IP_IPSEC, "isakmp" },
};

/* Services that are something else inside TLS, or turn to TLS on the way: the port says which. */
static bool port_tells(uint16_t protocol, const char *by_port)
{
	static const char *const tls[] = { "https", "https-alt",  "imaps", "pop3s",  "ldaps",
					   "mqtts", "sips",	  "ftps",  "winrms", "submissions",
					   "dot",   "amqps",	  "ircs",  "stuns",  "docker-tls",
					   "push",  "gcm",	  "coaps", "xmpp",   "syslog-tls",
					   "rdp",   "mssql",	  "ldap",  "imap",   "kubernetes",
					   "smtp",  "submission", "pop3" };
	static const char *const mail[] = { "smtp", "submission", "submissions" };
	static const char *const netbios[] = { "nbns", "nbdgm", "nbss", "smb" };
	const char *const *set = tls;
	size_t n = sizeof(tls) / sizeof(tls[0]);

	switch (protocol) {
	case NDPI_PROTOCOL_TLS:
	case NDPI_PROTOCOL_DTLS:
		break;
	case NDPI_PROTOCOL_MAIL_SMTP:
	case NDPI_PROTOCOL_MAIL_SMTPS:
		set = mail;
		n = sizeof(mail) / sizeof(mail[0]);
		break;
	case NDPI_PROTOCOL_NETBIOS:
	case NDPI_PROTOCOL_SMBV1:
	case NDPI_PROTOCOL_SMBV23:
		set = netbios;
		n = sizeof(netbios) / sizeof(netbios[0]);
		break;
	case NDPI_PROTOCOL_IP_ICMP:
	case NDPI_PROTOCOL_IP_ICMPV6:
		return true; /* our names go by type */
	default:
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (strcmp(set[i], by_port) == 0)
			return true;
	}
	return false;
}

void content_name(struct content *content, struct content_flow *flow, const char *by_port,
		  char *ret_name, size_t n_name)
{
	const char *name = NULL;
	uint8_t guessed;
	size_t i;

	if (flow->ndpi != NULL)
		settle(flow,
		       carrier(ndpi_detection_giveup(content->ndpi, flow->ndpi, 0, &guessed)));
	if (flow->protocol == NDPI_PROTOCOL_UNKNOWN)
		name = "-";
	else if (port_tells(flow->protocol, by_port))
		name = by_port;
	for (i = 0; name == NULL && i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].protocol == flow->protocol)
			name = names[i].name;
	}
	if (name != NULL) {
		snprintf(ret_name, n_name, "%s", name);
		return;
	}
	name = ndpi_get_proto_name(content->ndpi, flow->protocol);
	for (i = 0; i + 1 < n_name && name[i] != '\0'; i++) {
		char c = name[i];

		ret_name[i] = (char)(c >= 'A' && c <= 'Z'   ? c + 32
				     : c == '_' || c == ' ' ? '-'
							    : c);
	}
	ret_name[i] = '\0';
}

#endif
