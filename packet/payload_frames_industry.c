/* SPDX-License-Identifier: Apache-2.0 */
/* Heads of industrial protocols. */
#include "packet/payload_frames.h"
#include "packet/payload_makers.h"

/* Modbus/TCP */
static const struct frame_spec modbus_spec = {
	.side = { { .head = "\x00\x00\x00\x00\x00\x00\x01\x64",
		    .n_head = 8,
		    .lengths = { { 4, 2, FRAME_BIG, -6 } },
		    .id_at = 0,
		    .id_width = 2 },
		  { .head = "\x00\x00\x00\x00\x00\x00\x01\x64",
		    .n_head = 8,
		    .lengths = { { 4, 2, FRAME_BIG, -6 } },
		    .id_at = 0,
		    .id_width = 2 } },
	.filler = STREAM_ZERO,
	.limit = 260,
};
const struct payload_ops payload_modbus_ops = { .name = "modbus",
						.context = &modbus_spec,
						.fit = payload_frames_fit,
						.fill = payload_frames_fill };

/* S7: TPKT and COTP data. */
static const struct frame_spec s7_spec = {
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
const struct payload_ops payload_s7_ops = { .name = "s7comm",
					    .context = &s7_spec,
					    .fit = payload_frames_fit,
					    .fill = payload_frames_fill };

/* EtherNet/IP (CIP volume 2): list services. */
static const struct frame_spec enip_spec = {
	.side = { { .head = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
			    "\x00\x00\x00\x00\x00\x00\x00",
		    .n_head = 24,
		    .lengths = { { 2, 2, FRAME_LITTLE, -24 } } },
		  { .head = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
			    "\x00\x00\x00\x00\x00\x00\x00",
		    .n_head = 24,
		    .lengths = { { 2, 2, FRAME_LITTLE, -24 } } } },
	.filler = STREAM_ZERO,
};
const struct payload_ops payload_enip_ops = { .name = "enip",
					      .context = &enip_spec,
					      .fit = payload_frames_fit,
					      .fill = payload_frames_fill };

/* The same over UDP. */
static const struct frame_spec enip_udp_spec = {
	.side = { { .head = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
			    "\x00\x00\x00\x00\x00\x00\x00",
		    .n_head = 24,
		    .lengths = { { 2, 2, FRAME_LITTLE, -24 } } },
		  { .head = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
			    "\x00\x00\x00\x00\x00\x00\x00",
		    .n_head = 24,
		    .lengths = { { 2, 2, FRAME_LITTLE, -24 } } } },
	.filler = STREAM_ZERO,
};
const struct payload_ops payload_enip_udp_ops = { .name = "enip-udp",
						  .context = &enip_udp_spec,
						  .fit = payload_frames_datagram_fit,
						  .fill = payload_frames_datagram_fill };

/* OPC UA (part 6) */
static const struct frame_spec opcua_spec = {
	.side = { { .head = "\x4d\x53\x47\x46\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
			    "\x00\x00\x00\x00\x00\x00\x00",
		    .n_head = 24,
		    .lengths = { { 4, 4, FRAME_LITTLE, 0 } },
		    .least = 80 },
		  { .head = "\x4d\x53\x47\x46\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
			    "\x00\x00\x00\x00\x00\x00\x00",
		    .n_head = 24,
		    .lengths = { { 4, 4, FRAME_LITTLE, 0 } },
		    .least = 80 } },
	.filler = STREAM_ZERO,
	.segment_least = 26,
};
const struct payload_ops payload_opcua_ops = { .name = "opcua",
					       .context = &opcua_spec,
					       .fit = payload_frames_fit,
					       .fill = payload_frames_fill };

/* BACnet/IP */
static const struct frame_spec bacnet_spec = {
	.side = { { .head = "\x81\x0b\x00\x00\x01\x00\x10\x07",
		    .n_head = 8,
		    .lengths = { { 2, 2, FRAME_BIG, 0 } } },
		  { .head = "\x81\x0a\x00\x00\x01\x00\x10\x07",
		    .n_head = 8,
		    .lengths = { { 2, 2, FRAME_BIG, 0 } } } },
	.filler = STREAM_ZERO,
};
const struct payload_ops payload_bacnet_ops = { .name = "bacnet",
						.context = &bacnet_spec,
						.fit = payload_frames_datagram_fit,
						.fill = payload_frames_datagram_fill };
