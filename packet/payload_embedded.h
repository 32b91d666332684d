/* SPDX-License-Identifier: Apache-2.0 */
/* The packet an ICMP error complains about. */
#ifndef SOSIE_PACKET_PAYLOAD_EMBEDDED_H
#define SOSIE_PACKET_PAYLOAD_EMBEDDED_H

#include "packet/build.h"

/* The shortest: IP header and UDP header. */
uint32_t embedded_least(const struct flow_record *record);
/* n (at least embedded_least) bytes: a UDP probe that the receiver of the error sent to its sender.
 */
void embedded_write(const struct build_flow *flow, uint8_t direction, uint8_t *ret_bytes,
		    uint32_t n);

#endif
