/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/record.h"

#include <netinet/in.h>

int64_t flow_timeout_ns(uint8_t proto)
{
	return proto == IPPROTO_TCP ? FLOW_TIMEOUT_TCP_NS : FLOW_TIMEOUT_OTHER_NS;
}
