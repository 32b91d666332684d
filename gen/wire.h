/* SPDX-License-Identifier: Apache-2.0 */
/* How a command line names where frames leave: interfaces and sinks. */
#ifndef SOSIE_GEN_WIRE_H
#define SOSIE_GEN_WIRE_H

#include "replay/sink.h"

enum { WIRE_NAME_BYTES = 512 };

/* "eth0" or "eth0@blue"; the names are kept in name and borrowed by port. -EINVAL. */
int wire_interface(const char *text, char name[WIRE_NAME_BYTES], struct sink_options *port,
		   struct err *err);

/*
 * "af_packet", "dpdk", "dpdk:ARGUMENTS", "pcap:FILE", "null", "digest". What stands after the colon
 * is borrowed by port. -EINVAL: no such sink, or not in this build.
 */
int wire_sink(const char *text, const struct sink_ops **ret_sink, struct sink_options *port,
	      struct err *err);

#endif
