/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/link.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "replay/netns.h"

enum { ANSWER_BYTES = 32768, TIMEOUT_S = 2 };

struct link {
	struct mnl_socket *socket;
	int index;
	uint32_t sequence;
	char name[IFNAMSIZ], where[300]; /* where: " in network namespace 'blue'" */
	char answer[ANSWER_BYTES];
};

bool link_is_gone(struct link *link)
{
	enum { TRIES = 10, WAIT_US = 5000 };
	struct link_info info;

	for (int i = 0; i < TRIES; i++) {
		if (link_read(link, &info, NULL) == -ENODEV)
			return true;
		usleep(WAIT_US);
	}
	return false;
}

void link_freep(struct link **link)
{
	if (*link != NULL && (*link)->socket != NULL)
		mnl_socket_close((*link)->socket);
	freep(link);
}

static void copy_text(char *to, size_t n, const struct nlattr *attr)
{
	snprintf(to, n, "%s", mnl_attr_get_str(attr));
}

static int on_link_kind(const struct nlattr *attr, void *context)
{
	struct link_info *info = context;

	if (mnl_attr_get_type(attr) == IFLA_INFO_KIND &&
	    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
		copy_text(info->kind, sizeof(info->kind), attr);
	return MNL_CB_OK;
}

static void read_counters(const struct nlattr *attr, struct link_info *info)
{
	struct rtnl_link_stats64 stats;
	size_t n = mnl_attr_get_payload_len(attr);

	/* Older kernels send a shorter struct. */
	memset(&stats, 0, sizeof(stats));
	memcpy(&stats, mnl_attr_get_payload(attr), n < sizeof(stats) ? n : sizeof(stats));
	info->tx_packets = stats.tx_packets;
	info->tx_bytes = stats.tx_bytes;
	info->tx_dropped = stats.tx_dropped;
	info->tx_errors = stats.tx_errors;
	info->rx_packets = stats.rx_packets;
	info->rx_dropped = stats.rx_dropped;
}

static int on_attribute(const struct nlattr *attr, void *context)
{
	struct link_info *info = context;

	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFNAME:
		if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
			copy_text(info->name, sizeof(info->name), attr);
		break;
	case IFLA_QDISC:
		if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
			copy_text(info->qdisc, sizeof(info->qdisc), attr);
		break;
	case IFLA_MTU:
		if (mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
			info->mtu = mnl_attr_get_u32(attr);
		break;
	case IFLA_NUM_TX_QUEUES:
		if (mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
			info->n_tx_queues = mnl_attr_get_u32(attr);
		break;
	case IFLA_CARRIER:
		if (mnl_attr_validate(attr, MNL_TYPE_U8) >= 0)
			info->has_carrier = mnl_attr_get_u8(attr) != 0;
		break;
	case IFLA_ADDRESS:
		if (mnl_attr_get_payload_len(attr) == sizeof(info->mac))
			memcpy(info->mac, mnl_attr_get_payload(attr), sizeof(info->mac));
		break;
	case IFLA_LINKINFO:
		mnl_attr_parse_nested(attr, on_link_kind, info);
		break;
	case IFLA_STATS64:
		read_counters(attr, info);
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

static int on_answer(const struct nlmsghdr *nlh, void *context)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct link_info *info = context;

	if (nlh->nlmsg_type != RTM_NEWLINK ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(struct ifinfomsg))
		return MNL_CB_ERROR;
	info->index = ifi->ifi_index;
	info->arp_type = ifi->ifi_type;
	info->is_up = (ifi->ifi_flags & IFF_UP) != 0;
	mnl_attr_parse(nlh, sizeof(*ifi), on_attribute, info);
	return MNL_CB_STOP;
}

int link_read(struct link *link, struct link_info *ret_info, struct err *err)
{
	char request[MNL_NLMSG_HDRLEN + sizeof(struct ifinfomsg)] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);
	struct ifinfomsg *ifi;
	ssize_t n;

	memset(ret_info, 0, sizeof(*ret_info));
	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = ++link->sequence;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = link->index;
	n = mnl_socket_sendto(link->socket, nlh, nlh->nlmsg_len);
	if (n >= 0)
		n = mnl_socket_recvfrom(link->socket, link->answer, sizeof(link->answer));
	if (n >= 0)
		n = mnl_cb_run(link->answer, (size_t)n, link->sequence,
			       mnl_socket_get_portid(link->socket), on_answer, ret_info);
	if (n >= 0)
		return 0;
	if (errno == ENODEV)
		return err_set(err, -ENODEV, "interface '%s'%s is gone", link->name, link->where);
	return err_set(err, -errno, "interface '%s'%s: %s", link->name, link->where,
		       strerror(errno));
}

static int no_such_interface(const struct link *link, struct err *err)
{
	struct if_nameindex *all = if_nameindex();
	char text[400] = "";
	size_t n = 0;

	for (size_t i = 0; all != NULL && all[i].if_index != 0 && n < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
				      i == 0 ? "; there are: " : ", ", all[i].if_name);
	if (all != NULL)
		if_freenameindex(all);
	return err_set(err, -ENODEV, "no interface '%s'%s%s", link->name, link->where, text);
}

/* In the interface's namespace. */
static int open_here(void *context, struct err *err)
{
	struct link *link = context;
	/* An answer that never comes must not hold the program. */
	const struct timeval timeout = { .tv_sec = TIMEOUT_S };

	link->index = (int)if_nametoindex(link->name);
	if (link->index == 0)
		return no_such_interface(link, err);
	link->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (link->socket == NULL || mnl_socket_bind(link->socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    setsockopt(mnl_socket_get_fd(link->socket), SOL_SOCKET, SO_RCVTIMEO, &timeout,
		       sizeof(timeout)) < 0)
		return err_set(err, -errno, "netlink: %s", strerror(errno));
	return 0;
}

int link_open(const char *interface, const char *netns, struct link **ret_link, struct err *err)
{
	CLEANUP(link_freep) struct link *link = calloc(1, sizeof(*link));
	int r;

	if (link == NULL)
		return err_no_memory(err);
	if (strlen(interface) >= sizeof(link->name))
		return err_set(err, -ENODEV, "interface '%.40s': a name has at most %zu characters",
			       interface, sizeof(link->name) - 1);
	snprintf(link->name, sizeof(link->name), "%s", interface);
	if (netns != NULL)
		snprintf(link->where, sizeof(link->where), " in network namespace '%s'", netns);
	r = netns_call(netns, open_here, link, err);
	if (r < 0)
		return r;
	*ret_link = take(&link);
	return 0;
}

int link_check(const struct link_info *info, struct err *err)
{
	if (!info->is_up)
		return err_set(err, -ENETDOWN, "interface '%s' is down (ip link set %s up)",
			       info->name, info->name);
	if (!info->has_carrier)
		return err_set(err, -ENETDOWN,
			       "interface '%s' has no carrier: nothing is at its other end",
			       info->name);
	return 0;
}
