/* SPDX-License-Identifier: Apache-2.0 */
/* Heads of services of offices: directories, files, databases, management. */
#include "packet/payload_frames.h"
#include "packet/payload_makers.h"

/* LDAP (RFC 4511): searches and entries, lengths in the long form. */
static const struct frame_spec ldap_spec = {
	.side = { { .head = "\x30\x84\x00\x00\x00\x00\x02\x04\x00\x00\x00\x00\x63\x84\x00\x00\x00"
			    "\x00\x04\x00\x0a\x01\x02\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01"
			    "\x00\x87\x0b\x6f\x62\x6a\x65\x63\x74\x63\x6c\x61\x73\x73\x30\x84\x00"
			    "\x00\x00\x00\x04\x84\x00\x00\x00\x00",
		    .n_head = 60,
		    .least = 61,
		    .lengths = { { 2, 4, FRAME_BIG, -6 },
				 { 14, 4, FRAME_BIG, -18 },
				 { 50, 4, FRAME_BIG, -54 },
				 { 56, 4, FRAME_BIG, -60 } },
		    .id_at = 8,
		    .id_width = 4 },
		  { .head = "\x30\x84\x00\x00\x00\x00\x02\x04\x00\x00\x00\x00\x64\x84\x00\x00\x00"
			    "\x00\x04\x00\x30\x84\x00\x00\x00\x00\x30\x84\x00\x00\x00\x00\x04\x02"
			    "\x63\x6e\x31\x84\x00\x00\x00\x00\x04\x84\x00\x00\x00\x00",
		    .n_head = 48,
		    .least = 49,
		    .lengths = { { 2, 4, FRAME_BIG, -6 },
				 { 14, 4, FRAME_BIG, -18 },
				 { 22, 4, FRAME_BIG, -26 },
				 { 28, 4, FRAME_BIG, -32 },
				 { 38, 4, FRAME_BIG, -42 },
				 { 44, 4, FRAME_BIG, -48 } },
		    .id_at = 8,
		    .id_width = 4 } },
	.filler = STREAM_WORDS,
	.segment_least = 6,
};
const struct payload_ops payload_ldap_ops = { .name = "ldap",
					      .context = &ldap_spec,
					      .fit = payload_frames_fit,
					      .fill = payload_frames_fill };

/* The same over UDP (MS-ADTS, section 6.3.3). */
static const struct frame_spec cldap_spec = {
	.side = { { .head = "\x30\x84\x00\x00\x00\x00\x02\x04\x00\x00\x00\x00\x63\x84\x00\x00\x00"
			    "\x00\x04\x00\x0a\x01\x02\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01"
			    "\x00\x87\x0b\x6f\x62\x6a\x65\x63\x74\x63\x6c\x61\x73\x73\x30\x84\x00"
			    "\x00\x00\x00\x04\x84\x00\x00\x00\x00",
		    .n_head = 60,
		    .lengths = { { 2, 4, FRAME_BIG, -6 },
				 { 14, 4, FRAME_BIG, -18 },
				 { 50, 4, FRAME_BIG, -54 },
				 { 56, 4, FRAME_BIG, -60 } },
		    .id_at = 8,
		    .id_width = 4 },
		  { .head = "\x30\x84\x00\x00\x00\x00\x02\x04\x00\x00\x00\x00\x64\x84\x00\x00\x00"
			    "\x00\x04\x00\x30\x84\x00\x00\x00\x00\x30\x84\x00\x00\x00\x00\x04\x02"
			    "\x63\x6e\x31\x84\x00\x00\x00\x00\x04\x84\x00\x00\x00\x00",
		    .n_head = 48,
		    .lengths = { { 2, 4, FRAME_BIG, -6 },
				 { 14, 4, FRAME_BIG, -18 },
				 { 22, 4, FRAME_BIG, -26 },
				 { 28, 4, FRAME_BIG, -32 },
				 { 38, 4, FRAME_BIG, -42 },
				 { 44, 4, FRAME_BIG, -48 } },
		    .id_at = 8,
		    .id_width = 4 } },
	.filler = STREAM_WORDS,
};
const struct payload_ops payload_cldap_ops = { .name = "cldap",
					       .context = &cldap_spec,
					       .fit = payload_frames_datagram_fit,
					       .fill = payload_frames_datagram_fill };

/* SMB 3 (MS-SMB2, section 2.2.41): encrypted messages in NetBIOS session frames. The first
 * encrypted byte is fixed: tshark takes some for the start of a plain message. */
static const struct frame_spec smb_spec = {
	.side = { { .head = "\x00\x00\x00\x00\xfd\x53\x4d\x42\x00\x00\x00\x00\x00\x00\x00\x00\x00"
			    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
			    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x11\x22\x33"
			    "\x44\x55\x66\x77\x88\x11",
		    .n_head = 57,
		    .lengths = { { 1, 3, FRAME_BIG, -4 }, { 40, 4, FRAME_LITTLE, -56 } },
		    .least = 60 },
		  { .head = "\x00\x00\x00\x00\xfd\x53\x4d\x42\x00\x00\x00\x00\x00\x00\x00\x00\x00"
			    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
			    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x11\x22\x33"
			    "\x44\x55\x66\x77\x88\x11",
		    .n_head = 57,
		    .lengths = { { 1, 3, FRAME_BIG, -4 }, { 40, 4, FRAME_LITTLE, -56 } },
		    .least = 60 } },
	.filler = STREAM_NOISE,
};
const struct payload_ops payload_smb_ops = {
	.name = "smb", .context = &smb_spec, .fit = payload_frames_fit, .fill = payload_frames_fill
};

/* PostgreSQL, protocol 3: queries, and rows of one column. */
static const struct frame_spec pgsql_spec = {
	.side = { { .head = "\x51\x00\x00\x00\x00",
		    .n_head = 5,
		    .lengths = { { 1, 4, FRAME_BIG, -1 } },
		    .tail = "\x00",
		    .n_tail = 1 },
		  { .head = "\x44\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00",
		    .n_head = 11,
		    .lengths = { { 1, 4, FRAME_BIG, -1 }, { 7, 4, FRAME_BIG, -11 } } } },
	.first = { { .head = "\x00\x00\x00\x00\x00\x03\x00\x00\x75\x73\x65\x72\x00",
		     .n_head = 13,
		     .lengths = { { 0, 4, FRAME_BIG, 0 } },
		     .tail = "\x00\x00",
		     .n_tail = 2 },
		   { .head = "\x53\x00\x00\x00\x00\x61\x00",
		     .n_head = 7,
		     .lengths = { { 1, 4, FRAME_BIG, -1 } },
		     .tail = "\x00",
		     .n_tail = 1 } },
	.filler = STREAM_WORDS,
};
const struct payload_ops payload_pgsql_ops = { .name = "postgresql",
					       .context = &pgsql_spec,
					       .fit = payload_frames_fit,
					       .fill = payload_frames_fill };

/* MQTT 3.1.1: publications; the length takes its four bytes always. */
static const struct frame_spec mqtt_spec = {
	.side = { { .head = "\x30\x00\x00\x00\x00\x00\x06\x6f\x66\x66\x69\x63\x65",
		    .n_head = 13,
		    .lengths = { { 1, 4, FRAME_VARINT4, -5 } } },
		  { .head = "\x30\x00\x00\x00\x00\x00\x06\x6f\x66\x66\x69\x63\x65",
		    .n_head = 13,
		    .lengths = { { 1, 4, FRAME_VARINT4, -5 } } } },
	.first = { { .head = "\x10\x00\x00\x00\x00\x00\x04\x4d\x51\x54\x54\x04\x02\x00\x3c\x00\x00",
		     .n_head = 17,
		     .lengths = { { 1, 4, FRAME_VARINT4, -5 }, { 15, 2, FRAME_BIG, -17 } } },
		   { .n_head = 0 } },
	.filler = STREAM_WORDS,
	.segment_least = 8,
};
const struct payload_ops payload_mqtt_ops = { .name = "mqtt",
					      .context = &mqtt_spec,
					      .fit = payload_frames_fit,
					      .fill = payload_frames_fill };

/* MySQL: queries, and answers that are opaque. */
static const struct frame_spec mysql_spec = {
	.side = { { .head = "\x00\x00\x00\x00\x03",
		    .n_head = 5,
		    .lengths = { { 0, 3, FRAME_LITTLE, -4 } } },
		  { .head = "\x00\x00\x00\x01\xfe",
		    .n_head = 5,
		    .lengths = { { 0, 3, FRAME_LITTLE, -4 } } } },
	.filler = STREAM_WORDS,
	.limit = 60000,
	.segment_least = 10,
};
const struct payload_ops payload_mysql_ops = { .name = "mysql",
					       .context = &mysql_spec,
					       .fit = payload_frames_fit,
					       .fill = payload_frames_fill };

/* TDS (MS-TDS): bulk data. */
static const struct frame_spec tds_spec = {
	.side = { { .head = "\x07\x01\x00\x00\x00\x00\x01\x00",
		    .n_head = 8,
		    .lengths = { { 2, 2, FRAME_BIG, 0 } } },
		  { .head = "\x07\x01\x00\x00\x00\x00\x01\x00",
		    .n_head = 8,
		    .lengths = { { 2, 2, FRAME_BIG, 0 } } } },
	.filler = STREAM_ZERO,
	.limit = 32000,
	.segment_least = 9,
};
const struct payload_ops payload_tds_ops = { .name = "mssql",
					     .context = &tds_spec,
					     .fit = payload_frames_fit,
					     .fill = payload_frames_fill };

/* MongoDB */
static const struct frame_spec mongodb_spec = {
	.side = { { .head = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xd4\x07\x00\x00",
		    .n_head = 16,
		    .lengths = { { 0, 4, FRAME_LITTLE, 0 } },
		    .id_at = 4,
		    .id_width = 4 },
		  { .head = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xd4\x07\x00\x00",
		    .n_head = 16,
		    .lengths = { { 0, 4, FRAME_LITTLE, 0 } },
		    .id_at = 4,
		    .id_width = 4 } },
	.filler = STREAM_ZERO,
};
const struct payload_ops payload_mongodb_ops = { .name = "mongodb",
						 .context = &mongodb_spec,
						 .fit = payload_frames_fit,
						 .fill = payload_frames_fill };

/* AMQP 0-9-1: bodies of messages. */
static const struct frame_spec amqp_spec = {
	.side = { { .head = "\x03\x00\x01\x00\x00\x00\x00",
		    .n_head = 7,
		    .lengths = { { 3, 4, FRAME_BIG, -8 } },
		    .tail = "\xce",
		    .n_tail = 1 },
		  { .head = "\x03\x00\x01\x00\x00\x00\x00",
		    .n_head = 7,
		    .lengths = { { 3, 4, FRAME_BIG, -8 } },
		    .tail = "\xce",
		    .n_tail = 1 } },
	.filler = STREAM_NOISE,
};
const struct payload_ops payload_amqp_ops = { .name = "amqp",
					      .context = &amqp_spec,
					      .fit = payload_frames_fit,
					      .fill = payload_frames_fill };

/* SNMP 2c (RFC 3416). */
static const struct frame_spec snmp_spec = {
	.side = { { .head = "\x30\x82\x00\x00\x02\x01\x01\x04\x06\x70\x75\x62\x6c\x69\x63\xa0\x82"
			    "\x00\x00\x02\x04\x00\x00\x00\x00\x02\x01\x00\x02\x01\x00\x30\x82\x00"
			    "\x00\x30\x82\x00\x00\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x04\x82"
			    "\x00\x00",
		    .n_head = 53,
		    .lengths = { { 2, 2, FRAME_BIG, -4 },
				 { 17, 2, FRAME_BIG, -19 },
				 { 33, 2, FRAME_BIG, -35 },
				 { 37, 2, FRAME_BIG, -39 },
				 { 51, 2, FRAME_BIG, -53 } },
		    .id_at = 21,
		    .id_width = 4 },
		  { .head = "\x30\x82\x00\x00\x02\x01\x01\x04\x06\x70\x75\x62\x6c\x69\x63\xa2\x82"
			    "\x00\x00\x02\x04\x00\x00\x00\x00\x02\x01\x00\x02\x01\x00\x30\x82\x00"
			    "\x00\x30\x82\x00\x00\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x04\x82"
			    "\x00\x00",
		    .n_head = 53,
		    .lengths = { { 2, 2, FRAME_BIG, -4 },
				 { 17, 2, FRAME_BIG, -19 },
				 { 33, 2, FRAME_BIG, -35 },
				 { 37, 2, FRAME_BIG, -39 },
				 { 51, 2, FRAME_BIG, -53 } },
		    .id_at = 21,
		    .id_width = 4 } },
	.filler = STREAM_WORDS,
};
const struct payload_ops payload_snmp_ops = { .name = "snmp",
					      .context = &snmp_spec,
					      .fit = payload_frames_datagram_fit,
					      .fill = payload_frames_datagram_fill };

/* The same: traps. */
static const struct frame_spec snmptrap_spec = {
	.side = { { .head = "\x30\x82\x00\x00\x02\x01\x01\x04\x06\x70\x75\x62\x6c\x69\x63\xa7\x82"
			    "\x00\x00\x02\x04\x00\x00\x00\x00\x02\x01\x00\x02\x01\x00\x30\x82\x00"
			    "\x00\x30\x82\x00\x00\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x04\x82"
			    "\x00\x00",
		    .n_head = 53,
		    .lengths = { { 2, 2, FRAME_BIG, -4 },
				 { 17, 2, FRAME_BIG, -19 },
				 { 33, 2, FRAME_BIG, -35 },
				 { 37, 2, FRAME_BIG, -39 },
				 { 51, 2, FRAME_BIG, -53 } },
		    .id_at = 21,
		    .id_width = 4 },
		  { .head = "\x30\x82\x00\x00\x02\x01\x01\x04\x06\x70\x75\x62\x6c\x69\x63\xa2\x82"
			    "\x00\x00\x02\x04\x00\x00\x00\x00\x02\x01\x00\x02\x01\x00\x30\x82\x00"
			    "\x00\x30\x82\x00\x00\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x04\x82"
			    "\x00\x00",
		    .n_head = 53,
		    .lengths = { { 2, 2, FRAME_BIG, -4 },
				 { 17, 2, FRAME_BIG, -19 },
				 { 33, 2, FRAME_BIG, -35 },
				 { 37, 2, FRAME_BIG, -39 },
				 { 51, 2, FRAME_BIG, -53 } },
		    .id_at = 21,
		    .id_width = 4 } },
	.filler = STREAM_WORDS,
};
const struct payload_ops payload_snmptrap_ops = { .name = "snmptrap",
						  .context = &snmptrap_spec,
						  .fit = payload_frames_datagram_fit,
						  .fill = payload_frames_datagram_fill };

/* RADIUS (RFC 2865): one vendor attribute. */
static const struct frame_spec radius_spec = {
	.side = { { .head = "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
			    "\x00\x00\x00\x1a\x00\x00\x00\x00\x09\xfe\x00",
		    .n_head = 28,
		    .lengths = { { 2, 2, FRAME_BIG, 0 },
				 { 21, 1, FRAME_BIG, -20 },
				 { 27, 1, FRAME_BIG, -26 } },
		    .id_at = 1,
		    .id_width = 1,
		    .least = 29 },
		  { .head = "\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
			    "\x00\x00\x00\x1a\x00\x00\x00\x00\x09\xfe\x00",
		    .n_head = 28,
		    .lengths = { { 2, 2, FRAME_BIG, 0 },
				 { 21, 1, FRAME_BIG, -20 },
				 { 27, 1, FRAME_BIG, -26 } },
		    .id_at = 1,
		    .id_width = 1,
		    .least = 29 } },
	.filler = STREAM_NOISE,
	.limit = 270,
};
const struct payload_ops payload_radius_ops = { .name = "radius",
						.context = &radius_spec,
						.fit = payload_frames_datagram_fit,
						.fill = payload_frames_datagram_fill };

/* DHCPv6 (RFC 8415): one option of private use. */
static const struct frame_spec dhcpv6_spec = {
	.side = { { .head = "\x01\x00\x00\x00\xff\x00\x00\x00",
		    .n_head = 8,
		    .lengths = { { 6, 2, FRAME_BIG, -8 } },
		    .id_at = 1,
		    .id_width = 3,
		    .least = 9 },
		  { .head = "\x02\x00\x00\x00\xff\x00\x00\x00",
		    .n_head = 8,
		    .lengths = { { 6, 2, FRAME_BIG, -8 } },
		    .id_at = 1,
		    .id_width = 3,
		    .least = 9 } },
	.filler = STREAM_NOISE,
};
const struct payload_ops payload_dhcpv6_ops = { .name = "dhcpv6",
						.context = &dhcpv6_spec,
						.fit = payload_frames_datagram_fit,
						.fill = payload_frames_datagram_fill };

/* TFTP (RFC 1350): requests and data. */
static const struct frame_spec tftp_spec = {
	.side = { { .head = "\x00\x01",
		    .n_head = 2,
		    .tail = "\x00\x6f\x63\x74\x65\x74\x00",
		    .n_tail = 7 },
		  { .head = "\x00\x03\x00\x00",
		    .n_head = 4,
		    .id_at = 2,
		    .id_width = 2,
		    .least = 5 } },
	.filler = STREAM_WORDS,
	.limit = 516,
};
const struct payload_ops payload_tftp_ops = { .name = "tftp",
					      .context = &tftp_spec,
					      .fit = payload_frames_datagram_fit,
					      .fill = payload_frames_datagram_fill };

/* ONC RPC (RFC 5531) with record marks. */
static const struct frame_spec rpc_spec = {
	.side = { { .head = "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00"
			    "\x01\x86\xa3\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
			    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		    .n_head = 44,
		    .lengths = { { 1, 3, FRAME_BIG, -4 } },
		    .id_at = 4,
		    .id_width = 4 },
		  { .head = "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00"
			    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		    .n_head = 28,
		    .lengths = { { 1, 3, FRAME_BIG, -4 } },
		    .id_at = 4,
		    .id_width = 4 } },
	.filler = STREAM_ZERO,
};
const struct payload_ops payload_rpc_ops = {
	.name = "rpc", .context = &rpc_spec, .fit = payload_frames_fit, .fill = payload_frames_fill
};

/* The same over UDP. */
static const struct frame_spec rpc_udp_spec = {
	.side = { { .head = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01\x86\xa0\x00"
			    "\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
			    "\x00\x00\x00\x00\x00\x00",
		    .n_head = 40,
		    .id_at = 0,
		    .id_width = 4 },
		  { .head = "\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00"
			    "\x00\x00\x00\x00\x00\x00\x00",
		    .n_head = 24,
		    .id_at = 0,
		    .id_width = 4 } },
	.filler = STREAM_ZERO,
};
const struct payload_ops payload_rpc_udp_ops = { .name = "rpc-udp",
						 .context = &rpc_udp_spec,
						 .fit = payload_frames_datagram_fit,
						 .fill = payload_frames_datagram_fill };

/* RDP: TPKT and X.224 data (RFC 2126). */
static const struct frame_spec rdp_spec = {
	.side = { { .head = "\x03\x00\x00\x00\x02\xf0\x80",
		    .n_head = 7,
		    .lengths = { { 2, 2, FRAME_BIG, 0 } },
		    .least = 8 },
		  { .head = "\x03\x00\x00\x00\x02\xf0\x80",
		    .n_head = 7,
		    .lengths = { { 2, 2, FRAME_BIG, 0 } },
		    .least = 8 } },
	.filler = STREAM_ZERO,
	.segment_least = 7,
};
const struct payload_ops payload_rdp_ops = {
	.name = "rdp", .context = &rdp_spec, .fit = payload_frames_fit, .fill = payload_frames_fill
};

/* BGP (RFC 4271): notifications; the data may be anything. */
static const struct frame_spec bgp_spec = {
	.side = { { .head = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00"
			    "\x00\x03\x06\x02",
		    .n_head = 21,
		    .lengths = { { 16, 2, FRAME_BIG, 0 } } },
		  { .head = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00"
			    "\x00\x03\x06\x02",
		    .n_head = 21,
		    .lengths = { { 16, 2, FRAME_BIG, 0 } } } },
	.filler = STREAM_NOISE,
	.limit = 4096,
};
const struct payload_ops payload_bgp_ops = {
	.name = "bgp", .context = &bgp_spec, .fit = payload_frames_fit, .fill = payload_frames_fill
};
