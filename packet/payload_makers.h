/* SPDX-License-Identifier: Apache-2.0 */
/* Every payload maker, one file each, and the table that chooses. */
#ifndef SOSIE_PACKET_PAYLOAD_MAKERS_H
#define SOSIE_PACKET_PAYLOAD_MAKERS_H

#include "packet/payload.h"

/* Template mode: by protocol number, ICMP, port, then the record's service name. */
const struct payload_ops *payload_choose(const struct flow_record *record);

extern const struct payload_ops payload_opaque_ops;

#endif
