/* SPDX-License-Identifier: Apache-2.0 */
/* Heads of services of networks: tunnels, media, things. */
#include "packet/payload_frames.h"
#include "packet/payload_makers.h"

/* STUN (RFC 8489) */
static const struct frame_spec stun_spec = {
	.side = { { .head = "\x00\x01\x00\x00\x21\x12\xa4\x42\x00\x00\x00\x00\x00\x00\x00\x00\x00"
			    "\x00\x00\x00\x80\x22\x00\x00",
		    .n_head = 24,
		    .lengths = { { 2, 2, FRAME_BIG, -20 }, { 22, 2, FRAME_BIG, -24 } },
		    .id_at = 8,
		    .id_width = 4 },
		  { .head = "\x01\x01\x00\x00\x21\x12\xa4\x42\x00\x00\x00\x00\x00\x00\x00\x00\x00"
			    "\x00\x00\x00\x80\x22\x00\x00",
		    .n_head = 24,
		    .lengths = { { 2, 2, FRAME_BIG, -20 }, { 22, 2, FRAME_BIG, -24 } },
		    .id_at = 8,
		    .id_width = 4 } },
	.filler = STREAM_WORDS,
	.unit = 4,
};
const struct payload_ops payload_stun_ops = { .name = "stun",
					      .context = &stun_spec,
					      .fit = payload_frames_datagram_fit,
					      .fill = payload_frames_datagram_fill };

/* DTLS 1.2 (RFC 6347): application data. */
static const struct frame_spec dtls_spec = {
	.side = { { .head = "\x17\xfe\xfd\x00\x01\x00\x00\x00\x00\x00\x01\x00\x00",
		    .n_head = 13,
		    .lengths = { { 11, 2, FRAME_BIG, -13 } },
		    .least = 14 },
		  { .head = "\x17\xfe\xfd\x00\x01\x00\x00\x00\x00\x00\x01\x00\x00",
		    .n_head = 13,
		    .lengths = { { 11, 2, FRAME_BIG, -13 } },
		    .least = 14 } },
	.filler = STREAM_NOISE,
};
const struct payload_ops payload_dtls_ops = { .name = "dtls",
					      .context = &dtls_spec,
					      .fit = payload_frames_datagram_fit,
					      .fill = payload_frames_datagram_fill };

/* QUIC (RFC 9000): short headers; keys are not on the wire. */
static const struct frame_spec quic_spec = {
	.side = { { .head = "\x5a", .n_head = 1, .least = 21 },
		  { .head = "\x5b", .n_head = 1, .least = 21 } },
	.filler = STREAM_NOISE,
};
const struct payload_ops payload_quic_ops = { .name = "quic",
					      .context = &quic_spec,
					      .fit = payload_frames_datagram_fit,
					      .fill = payload_frames_datagram_fill };

/* VXLAN (RFC 7348): frames of the experimental EtherType. */
static const struct frame_spec vxlan_spec = {
	.side = { { .head = "\x08\x00\x00\x00\x00\x00\x01\x00\x02\x00\x00\x00\x00\x01\x02\x00\x00"
			    "\x00\x00\x02\x88\xb5",
		    .n_head = 22 },
		  { .head = "\x08\x00\x00\x00\x00\x00\x01\x00\x02\x00\x00\x00\x00\x02\x02\x00\x00"
			    "\x00\x00\x01\x88\xb5",
		    .n_head = 22 } },
	.filler = STREAM_NOISE,
};
const struct payload_ops payload_vxlan_ops = { .name = "vxlan",
					       .context = &vxlan_spec,
					       .fit = payload_frames_datagram_fit,
					       .fill = payload_frames_datagram_fill };

/* WireGuard: transport data, in units of 16 bytes. */
static const struct frame_spec wireguard_spec = {
	.side = { { .head = "\x04\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		    .n_head = 16,
		    .least = 32 },
		  { .head = "\x04\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		    .n_head = 16,
		    .least = 32 } },
	.filler = STREAM_NOISE,
	.unit = 16,
};
const struct payload_ops payload_wireguard_ops = { .name = "wireguard",
						   .context = &wireguard_spec,
						   .fit = payload_frames_datagram_fit,
						   .fill = payload_frames_datagram_fill };

/* OpenVPN: data packets, version 2. */
static const struct frame_spec openvpn_spec = {
	.side = { { .head = "\x48\x00\x00\x01", .n_head = 4, .least = 20 },
		  { .head = "\x48\x00\x00\x01", .n_head = 4, .least = 20 } },
	.filler = STREAM_NOISE,
};
const struct payload_ops payload_openvpn_ops = { .name = "openvpn",
						 .context = &openvpn_spec,
						 .fit = payload_frames_datagram_fit,
						 .fill = payload_frames_datagram_fill };

/* The same over TCP. */
static const struct frame_spec openvpn_tcp_spec = {
	.side = { { .head = "\x00\x00\x48\x00\x00\x01",
		    .n_head = 6,
		    .lengths = { { 0, 2, FRAME_BIG, -2 } },
		    .least = 20 },
		  { .head = "\x00\x00\x48\x00\x00\x01",
		    .n_head = 6,
		    .lengths = { { 0, 2, FRAME_BIG, -2 } },
		    .least = 20 } },
	.filler = STREAM_NOISE,
	.limit = 1400,
};
const struct payload_ops payload_openvpn_tcp_ops = { .name = "openvpn-tcp",
						     .context = &openvpn_tcp_spec,
						     .fit = payload_frames_fit,
						     .fill = payload_frames_fill };

/* CoAP (RFC 7252) */
static const struct frame_spec coap_spec = {
	.side = { { .head = "\x50\x02\x00\x00\xb2\x75\x70\xff",
		    .n_head = 8,
		    .id_at = 2,
		    .id_width = 2,
		    .least = 9 },
		  { .head = "\x60\x45\x00\x00\xff",
		    .n_head = 5,
		    .id_at = 2,
		    .id_width = 2,
		    .least = 6 } },
	.filler = STREAM_WORDS,
};
const struct payload_ops payload_coap_ops = { .name = "coap",
					      .context = &coap_spec,
					      .fit = payload_frames_datagram_fit,
					      .fill = payload_frames_datagram_fill };

/* BitTorrent: pieces. */
static const struct frame_spec bittorrent_spec = {
	.side = { { .head = "\x00\x00\x00\x00\x07\x00\x00\x00\x01\x00\x00\x00\x00",
		    .n_head = 13,
		    .lengths = { { 0, 4, FRAME_BIG, -4 } } },
		  { .head = "\x00\x00\x00\x00\x07\x00\x00\x00\x02\x00\x00\x00\x00",
		    .n_head = 13,
		    .lengths = { { 0, 4, FRAME_BIG, -4 } } } },
	.filler = STREAM_NOISE,
	.segment_least = 20,
};
const struct payload_ops payload_bittorrent_ops = { .name = "bittorrent",
						    .context = &bittorrent_spec,
						    .fit = payload_frames_fit,
						    .fill = payload_frames_fill };

/* IKE version 2 (RFC 7296) */
static const struct frame_spec isakmp_spec = {
	.side = { { .head = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x2b"
			    "\x20\x22\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		    .n_head = 32,
		    .lengths = { { 24, 4, FRAME_BIG, 0 }, { 30, 2, FRAME_BIG, -28 } } },
		  { .head = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x2b"
			    "\x20\x22\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		    .n_head = 32,
		    .lengths = { { 24, 4, FRAME_BIG, 0 }, { 30, 2, FRAME_BIG, -28 } } } },
	.filler = STREAM_NOISE,
};
const struct payload_ops payload_isakmp_ops = { .name = "isakmp",
						.context = &isakmp_spec,
						.fit = payload_frames_datagram_fit,
						.fill = payload_frames_datagram_fill };

/* ESP in UDP (RFC 3948). */
static const struct frame_spec isakmp_nat_spec = {
	.side = { { .head = "\x12\x34\x56\x78\x00\x00\x00\x01", .n_head = 8, .least = 40 },
		  { .head = "\x12\x34\x56\x79\x00\x00\x00\x01", .n_head = 8, .least = 40 } },
	.filler = STREAM_NOISE,
};
const struct payload_ops payload_isakmp_nat_ops = { .name = "ipsec-nat",
						    .context = &isakmp_nat_spec,
						    .fit = payload_frames_datagram_fit,
						    .fill = payload_frames_datagram_fill };

/* RTP (RFC 3550) */
static const struct frame_spec rtp_spec = {
	.side = { { .head = "\x80\x00\x00\x01\x00\x00\x00\x01\x12\x34\x56\x78", .n_head = 12 },
		  { .head = "\x80\x00\x00\x01\x00\x00\x00\x01\x12\x34\x56\x79", .n_head = 12 } },
	.filler = STREAM_NOISE,
};
const struct payload_ops payload_rtp_ops = { .name = "rtp",
					     .context = &rtp_spec,
					     .fit = payload_frames_datagram_fit,
					     .fill = payload_frames_datagram_fill };
