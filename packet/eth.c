/* SPDX-License-Identifier: Apache-2.0 */
/* Ethernet: who a frame is from and for. Groups have the MAC their address stands for (RFC 1112,
 * RFC 2464); everything outside is behind the gateway. */
#include "packet/headers.h"

#include "base/bytes.h"
#include "packet/wire.h"

static bool mac_is_zero(const uint8_t mac[6])
{
	return (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]) == 0;
}

static void group_mac(const struct ip_addr *addr, uint8_t ret_mac[6])
{
	if (ip_is_multicast(addr) && addr->version == 4) {
		const uint8_t mac[6] = { 0x01,		 0x00,		0x5e, addr->bytes[1] & 0x7f,
					 addr->bytes[2], addr->bytes[3] };

		memcpy(ret_mac, mac, 6);
	} else if (ip_is_multicast(addr)) {
		ret_mac[0] = ret_mac[1] = 0x33;
		memcpy(ret_mac + 2, addr->bytes + 12, 4);
	} else {
		memset(ret_mac, 0xff, 6);
	}
}

/* A locally administered address that follows from the IP address. */
static void made_up_mac(const struct ip_addr *addr, uint8_t ret_mac[6])
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < sizeof(addr->bytes); i++)
		hash = (hash ^ addr->bytes[i]) * 16777619u;
	ret_mac[0] = 0x02;
	ret_mac[1] = 0x00;
	be32_put(ret_mac + 2, hash);
}

void eth_mac(const struct host *host, const struct ip_addr *addr,
	     const struct build_options *options, uint8_t ret_mac[6])
{
	bool group = (host != NULL && host->scope == HOST_GROUP) || ip_is_multicast(addr);

	if (ip_is_unspecified(addr)) /* a sender that has no address yet */
		made_up_mac(addr, ret_mac);
	else if (group)
		group_mac(addr, ret_mac);
	else if (host == NULL || host->scope == HOST_INTERNET)
		memcpy(ret_mac, options->gateway_mac, 6);
	else if (mac_is_zero(host->mac))
		made_up_mac(addr, ret_mac);
	else
		memcpy(ret_mac, host->mac, 6);
}

void eth_write(const struct build_flow *flow, uint8_t direction, uint8_t *ret_bytes)
{
	memcpy(ret_bytes, flow->side[1 - direction].mac, 6);
	memcpy(ret_bytes + 6, flow->side[direction].mac, 6);
	be16_put(ret_bytes + 12, flow->record.src.version == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
}
