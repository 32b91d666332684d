/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/probe.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/genetlink.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "replay/netns.h"
#include "replay/sink.h"

/*
 * The kernel's "netdev" family of generic netlink (Documentation/netlink/specs/netdev.yaml), which
 * Debian 12's headers do not have yet.
 */
enum {
	NETDEV_CMD_DEV_GET = 1,
	NETDEV_A_DEV_IFINDEX = 1,
	NETDEV_A_DEV_XDP_FEATURES = 3,
	NETDEV_XDP_ACT_BASIC = 1,
	NETDEV_XDP_ACT_XSK_ZEROCOPY = 8,
	ANSWER_BYTES = 32768,
	TIMEOUT_S = 2,
};

static const struct {
	const char *name;
	uint32_t command; /* of SIOCETHTOOL: ethtool_value */
} offloads[PROBE_N_OFFLOADS] = {
	{ "tx-checksumming", ETHTOOL_GTXCSUM },
	{ "scatter-gather", ETHTOOL_GSG },
	{ "tcp-segmentation-offload", ETHTOOL_GTSO },
	{ "generic-segmentation-offload", ETHTOOL_GGSO },
	{ "generic-receive-offload", ETHTOOL_GGRO },
};

const char *probe_offload_name(enum probe_offload offload)
{
	return offloads[offload].name;
}

const char *probe_xdp_text(enum probe_xdp xdp)
{
	switch (xdp) {
	case PROBE_XDP_GENERIC:
		return "generic only (copies)";
	case PROBE_XDP_NATIVE:
		return "native; AF_XDP sockets copy";
	case PROBE_XDP_ZEROCOPY:
		return "native, AF_XDP without copying";
	default:
		return "not told by this kernel";
	}
}

static bool ethtool(int fd, const char *name, void *data)
{
	struct ifreq request;

	memset(&request, 0, sizeof(request));
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	request.ifr_data = data;
	return ioctl(fd, SIOCETHTOOL, &request) == 0;
}

static void read_driver(int fd, struct probe *probe)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };

	if (ethtool(fd, probe->link.name, &info))
		memcpy(probe->driver, info.driver, sizeof(probe->driver) - 1);
}

static void read_offloads(int fd, struct probe *probe)
{
	for (int i = 0; i < PROBE_N_OFFLOADS; i++) {
		struct ethtool_value value = { .cmd = offloads[i].command };

		probe->has_offload[i] = ethtool(fd, probe->link.name, &value);
		probe->offload[i] = value.data != 0;
	}
}

/* The first call asks how many words of link modes there are (a negative number), the second is
 * heard. */
static void read_speed(int fd, struct probe *probe)
{
	uint32_t words[sizeof(struct ethtool_link_settings) / 4 + 3 * 127];
	struct ethtool_link_settings *settings = (struct ethtool_link_settings *)words;

	memset(words, 0, sizeof(words));
	settings->cmd = ETHTOOL_GLINKSETTINGS;
	if (!ethtool(fd, probe->link.name, settings) || settings->link_mode_masks_nwords >= 0)
		return;
	settings->link_mode_masks_nwords = (int8_t)-settings->link_mode_masks_nwords;
	settings->cmd = ETHTOOL_GLINKSETTINGS;
	if (ethtool(fd, probe->link.name, settings) && settings->speed != (uint32_t)SPEED_UNKNOWN)
		probe->speed_mbps = settings->speed;
}

struct genl {
	struct mnl_socket *socket;
	uint32_t sequence;
	char buffer[ANSWER_BYTES];
};

static struct nlmsghdr *genl_request(struct genl *genl, uint16_t family, uint8_t command)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(genl->buffer);
	struct genlmsghdr *head;

	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = ++genl->sequence;
	head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));
	head->cmd = command;
	head->version = 1;
	return nlh;
}

static bool genl_ask(struct genl *genl, const struct nlmsghdr *nlh, mnl_attr_cb_t on_attribute,
		     void *context)
{
	const struct nlmsghdr *answer = (const struct nlmsghdr *)genl->buffer;
	ssize_t n = mnl_socket_sendto(genl->socket, nlh, nlh->nlmsg_len);

	if (n >= 0)
		n = mnl_socket_recvfrom(genl->socket, genl->buffer, sizeof(genl->buffer));
	return n > 0 && mnl_nlmsg_ok(answer, (int)n) && answer->nlmsg_type != NLMSG_ERROR &&
	       mnl_attr_parse(answer, sizeof(struct genlmsghdr), on_attribute, context) >= 0;
}

static int on_family(const struct nlattr *attr, void *context)
{
	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
	    mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
		*(uint16_t *)context = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

struct features {
	bool told;
	uint64_t bits;
};

static int on_device(const struct nlattr *attr, void *context)
{
	struct features *features = context;

	if (mnl_attr_get_type(attr) == NETDEV_A_DEV_XDP_FEATURES &&
	    mnl_attr_validate(attr, MNL_TYPE_U64) >= 0) {
		features->told = true;
		features->bits = mnl_attr_get_u64(attr);
	}
	return MNL_CB_OK;
}

/* Each question has a socket of its own: the acknowledgement of one would be the next one's answer.
 */
static bool genl_open(struct genl *genl)
{
	const struct timeval timeout = { .tv_sec = TIMEOUT_S };

	genl->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	return genl->socket != NULL && mnl_socket_bind(genl->socket, 0, MNL_SOCKET_AUTOPID) == 0 &&
	       setsockopt(mnl_socket_get_fd(genl->socket), SOL_SOCKET, SO_RCVTIMEO, &timeout,
			  sizeof(timeout)) == 0;
}

static void genl_close(struct genl *genl)
{
	if (genl->socket != NULL)
		mnl_socket_close(genl->socket);
}

static uint16_t find_family(const char *name)
{
	struct genl genl = { .socket = NULL };
	struct nlmsghdr *nlh;
	uint16_t family = 0;

	if (genl_open(&genl)) {
		nlh = genl_request(&genl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
		mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, name);
		genl_ask(&genl, nlh, on_family, &family);
	}
	genl_close(&genl);
	return family;
}

static enum probe_xdp read_xdp(const struct probe *probe)
{
	struct features features = { false, 0 };
	struct genl genl = { .socket = NULL };
	uint16_t family = find_family("netdev");
	struct nlmsghdr *nlh;

	if (family != 0 && genl_open(&genl)) {
		nlh = genl_request(&genl, family, NETDEV_CMD_DEV_GET);
		mnl_attr_put_u32(nlh, NETDEV_A_DEV_IFINDEX, (uint32_t)probe->link.index);
		genl_ask(&genl, nlh, on_device, &features);
	}
	genl_close(&genl);
	if (!features.told)
		return PROBE_XDP_UNKNOWN;
	if ((features.bits & NETDEV_XDP_ACT_XSK_ZEROCOPY) != 0)
		return PROBE_XDP_ZEROCOPY;
	return (features.bits & NETDEV_XDP_ACT_BASIC) != 0 ? PROBE_XDP_NATIVE : PROBE_XDP_GENERIC;
}

/* In the interface's namespace. */
static int probe_here(void *context, struct err *err)
{
	struct probe *probe = context;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_set(err, -errno, "socket: %s", strerror(errno));
	read_driver(fd, probe);
	read_offloads(fd, probe);
	read_speed(fd, probe);
	close(fd);
	probe->xdp = read_xdp(probe);
	return 0;
}

/* By doing it: nothing else knows all that can stand in the way. */
static void try_af_packet(const char *interface, const char *netns, struct probe *probe)
{
	const struct sink_ops *ops = sink_named("af_packet");
	const struct sink_options options = { .interface = interface, .netns = netns };
	CLEANUP(freep) void *state = mem_array(1, ops->state_bytes);
	struct err err = { "" };

	probe->af_packet = state != NULL ? ops->open(state, &options, &err) : err_no_memory(&err);
	if (state != NULL)
		ops->close(state);
	snprintf(probe->af_packet_why, sizeof(probe->af_packet_why), "%.*s",
		 (int)sizeof(probe->af_packet_why) - 1, err.text);
}

int probe_interface(const char *interface, const char *netns, struct probe *ret_probe,
		    struct err *err)
{
	CLEANUP(link_freep) struct link *link = NULL;
	int r;

	memset(ret_probe, 0, sizeof(*ret_probe));
	r = link_open(interface, netns, &link, err);
	if (r == 0)
		r = link_read(link, &ret_probe->link, err);
	if (r == 0)
		r = netns_call(netns, probe_here, ret_probe, err);
	if (r == 0)
		try_af_packet(interface, netns, ret_probe);
	return r;
}
