/* SPDX-License-Identifier: Apache-2.0 */
/* Community ID v1 (the published specification of Corelight): one hash of a flow's tuple, the same
 * in every tool. */
#ifndef SOSIE_FLOW_COMMUNITY_ID_H
#define SOSIE_FLOW_COMMUNITY_ID_H

#include "base/addr.h"
#include <stdint.h>

enum { COMMUNITY_ID_BYTES = 31 + 1 }; /* "1:" and 28 base64 characters, NUL, rounded */

void community_id(const struct ip_addr *src, uint16_t src_port, const struct ip_addr *dst,
		  uint16_t dst_port, uint8_t proto, uint16_t seed,
		  char ret_text[COMMUNITY_ID_BYTES]);

#endif
