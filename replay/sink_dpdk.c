/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any device of DPDK's: a card by its PCI address, or a virtual one. `--sink dpdk -i eth0@blue`
 * makes a net_af_xdp device of an interface of the kernel's; `--sink dpdk:ARGS` hands ARGS to the
 * environment layer (EAL) and takes its ports in order: `dpdk:--vdev=net_null0`,
 * `dpdk:-a 0000:03:00.0`.
 */
#include "replay/registry.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <rte_bus.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#undef NS_PER_S /* rte_cycles.h has one too */
#include "base/mem.h"
#include "base/ns.h"
#include "replay/dpdk_eal.h"
#include "replay/link.h"
#include "replay/netns.h"

enum {
	BURST = 32,
	POOL_MBUFS = 8191, /* a power of two less one, as the pool likes it */
	POOL_CACHE = 256,
	TX_DESCRIPTORS = 1024,
	ROOM_MS = 1000,
	LOOK_MS = 20, /* between looks at an interface that takes nothing */
	STOP_MS = 20, /* what is under way gets so long once the run is stopped */
};

struct dpdk {
	struct sink_options options;
	struct sink_counters counters;
	struct rte_mempool *pool;
	struct rte_eth_stats at_open;
	struct link *link; /* of -i; else NULL */
	struct link_info link_at_open;
	uint16_t port;
	bool has_port, is_open;
	uint32_t mtu, max_frame_bytes;
	char device[96]; /* "net_af_xdp0", made by us; "" else */
	struct rte_mbuf *mbufs[BURST];
};

static int probe_interface(struct dpdk *s, struct err *err)
{
	char arguments[160];
	int r;

	snprintf(arguments, sizeof(arguments), "%s,iface=%s", s->device, s->options.interface);
	r = rte_dev_probe(arguments);
	if (r < 0)
		return err_set(err, r, "dpdk: no net_af_xdp device on '%s': %s",
			       s->options.interface, strerror(-r));
	r = rte_eth_dev_get_port_by_name(s->device, &s->port);
	return r < 0 ? err_set(err, r, "dpdk: device %s: %s", s->device, strerror(-r)) : 0;
}

/* Names no sink has taken yet: the first free number. */
static void name_device(struct dpdk *s)
{
	uint16_t port;

	for (unsigned int i = 0; i < 1000; i++) {
		snprintf(s->device, sizeof(s->device), "net_af_xdp_sosie%u", i);
		if (rte_eth_dev_get_port_by_name(s->device, &port) < 0)
			return;
	}
}

/* The first port that no sink owns. */
static int find_port(struct dpdk *s, struct err *err)
{
	uint16_t port = (uint16_t)rte_eth_find_next_owned_by(0, RTE_ETH_DEV_NO_OWNER);

	if (port >= RTE_MAX_ETHPORTS)
		return err_set(err, -ENODEV,
			       "dpdk: no device: -i IFACE, or for example --sink "
			       "'dpdk:--vdev=net_null0'");
	s->port = port;
	return 0;
}

static int own_port(const struct dpdk *s, struct err *err)
{
	struct rte_eth_dev_owner owner = { .id = RTE_ETH_DEV_NO_OWNER, .name = "sosie" };
	int r = rte_eth_dev_owner_new(&owner.id);

	if (r == 0)
		r = rte_eth_dev_owner_set(s->port, &owner);
	return r < 0 ? err_set(err, r, "dpdk: port %u: %s", s->port, strerror(-r)) : 0;
}

static int make_pool(struct dpdk *s, struct err *err)
{
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "sosie%u", s->port);
	s->pool = rte_pktmbuf_pool_create(name, POOL_MBUFS, POOL_CACHE, 0,
					  (uint16_t)(RTE_PKTMBUF_HEADROOM + s->max_frame_bytes),
					  SOCKET_ID_ANY);
	if (s->pool == NULL)
		return err_set(err, -rte_errno, "dpdk: no memory for %d frames: %s", POOL_MBUFS,
			       rte_strerror(rte_errno));
	return 0;
}

/* One queue each way: drivers such as af_xdp make their socket with the receiving one. */
static int start_port(struct dpdk *s, struct err *err)
{
	struct rte_eth_conf conf;
	struct rte_eth_dev_info info;
	uint16_t mtu = 1500, n_rx, n_tx;
	int r = rte_eth_dev_info_get(s->port, &info);

	memset(&conf, 0, sizeof(conf));
	rte_eth_dev_get_mtu(s->port, &mtu);
	s->mtu = mtu;
	s->max_frame_bytes = s->mtu + RTE_ETHER_HDR_LEN + 2 * RTE_VLAN_HLEN;
	if (s->max_frame_bytes < RTE_MBUF_DEFAULT_DATAROOM)
		s->max_frame_bytes = RTE_MBUF_DEFAULT_DATAROOM;
	if (r == 0)
		r = make_pool(s, err);
	if (r < 0)
		return r;
	n_rx = n_tx = TX_DESCRIPTORS;
	r = rte_eth_dev_configure(s->port, 1, 1, &conf);
	if (r == 0)
		r = rte_eth_dev_adjust_nb_rx_tx_desc(s->port, &n_rx, &n_tx);
	if (r == 0)
		r = rte_eth_rx_queue_setup(s->port, 0, n_rx, SOCKET_ID_ANY, NULL, s->pool);
	if (r == 0)
		r = rte_eth_tx_queue_setup(s->port, 0, n_tx, SOCKET_ID_ANY, NULL);
	if (r == 0)
		r = rte_eth_dev_start(s->port);
	if (r < 0)
		return err_set(err, r, "dpdk: port %u (%s) does not start: %s", s->port,
			       info.driver_name, strerror(-r));
	s->is_open = true;
	rte_eth_stats_get(s->port, &s->at_open);
	return 0;
}

static int check_link(struct dpdk *s, struct err *err)
{
	int r = link_open(s->options.interface, s->options.netns, &s->link, err);

	if (r == 0)
		r = link_read(s->link, &s->link_at_open, err);
	return r < 0 ? r : link_check(&s->link_at_open, err);
}

/* In the interface's namespace: drivers make their sockets while a port is set up. */
static int open_device(void *context, struct err *err)
{
	struct dpdk *s = context;
	int r;

	if (s->options.interface != NULL) {
		name_device(s);
		r = probe_interface(s, err);
	} else {
		r = find_port(s, err);
	}
	if (r < 0)
		return r;
	s->has_port = true;
	r = own_port(s, err);
	return r < 0 ? r : start_port(s, err);
}

static int dpdk_open(void *state, const struct sink_options *options, struct err *err)
{
	struct dpdk *s = state;
	struct dpdk_log log;
	const char *said;
	int r;

	s->options = *options;
	s->counters.confirms = true;
	libbpf_set_print(NULL);
	libxdp_set_print(NULL);
	dpdk_log_begin(&log);
	r = dpdk_eal_start(options->arguments, err);
	if (r == 0 && options->interface != NULL)
		r = check_link(s, err);
	if (r == 0)
		r = netns_call(options->netns, open_device, s, err);
	said = dpdk_log_last(&log);
	if (r < 0 && said[0] != '\0')
		err_set(err, r, "%s (%s)", err->text, said);
	dpdk_log_end(&log);
	return r;
}

static bool is_stopped(const struct dpdk *s)
{
	return s->options.stop != NULL &&
	       atomic_load_explicit(s->options.stop, memory_order_relaxed);
}

/* The interface can take frames, or there is none to ask. */
static bool has_link(const struct dpdk *s)
{
	struct link_info info;

	if (s->link == NULL)
		return true;
	return link_read(s->link, &info, NULL) == 0 && info.is_up && info.has_carrier;
}

/* Since when there is no room, and when to look next whether there can be any. */
struct room {
	int64_t began_ns, look_ns;
};

/* False: no room for too long, or for ever. */
static bool wait_for_room(const struct dpdk *s, struct room *room)
{
	int64_t now = ns_monotonic();

	if (room->began_ns == 0)
		*room = (struct room) { now, now + LOOK_MS * NS_PER_MS };
	if (now >= room->look_ns) {
		room->look_ns = now + LOOK_MS * NS_PER_MS;
		if (!has_link(s))
			return false;
	}
	return !is_stopped(s) && now - room->began_ns < ROOM_MS * NS_PER_MS;
}

/* The device took nothing for too long: counts n frames under the reason; -errno when it is one
 * that ends the run. */
static int give_up(struct dpdk *s, uint64_t n, struct err *err)
{
	if (has_link(s)) {
		s->counters.failed[SINK_NO_ROOM] += n;
		return 0;
	}
	if (link_is_gone(s->link)) {
		s->counters.failed[SINK_GONE] += n;
		return err_set(err, -ENODEV, "interface '%s' is gone", s->options.interface);
	}
	s->counters.failed[SINK_LINK_DOWN] += n;
	return err_set(err, -ENETDOWN, "interface '%s' went down", s->options.interface);
}

static int send_burst(struct dpdk *s, uint16_t n, struct err *err)
{
	uint16_t sent = 0;
	struct room room = { 0, 0 };

	while (sent < n) {
		uint16_t k = rte_eth_tx_burst(s->port, 0, s->mbufs + sent, (uint16_t)(n - sent));

		if (k > 0)
			room.began_ns = 0;
		sent = (uint16_t)(sent + k);
		if (k > 0 || wait_for_room(s, &room))
			continue;
		break;
	}
	s->counters.n_handed += sent;
	if (sent == n)
		return 0;
	rte_pktmbuf_free_bulk(s->mbufs + sent, (unsigned int)(n - sent));
	return give_up(s, (uint64_t)(n - sent), err);
}

/* Buffers come back when the device is done with them. */
static bool take_buffers(struct dpdk *s, uint16_t n)
{
	struct room room = { 0, 0 };

	while (rte_pktmbuf_alloc_bulk(s->pool, s->mbufs, n) != 0) {
		rte_eth_tx_done_cleanup(s->port, 0, 0);
		if (!wait_for_room(s, &room))
			return false;
	}
	return true;
}

static int write_some(struct dpdk *s, const struct packet_frame *frames, uint16_t n,
		      struct err *err)
{
	uint32_t lengths[BURST];
	uint16_t k = 0;
	uint64_t before = s->counters.n_handed;
	int r;

	if (!take_buffers(s, n))
		return give_up(s, n, err);
	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *m = s->mbufs[i];

		if (frames[i].n_bytes > s->mtu + RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN) {
			s->counters.failed[SINK_TOO_LONG]++;
			rte_pktmbuf_free(m);
			continue;
		}
		memcpy(rte_pktmbuf_mtod(m, uint8_t *), frames[i].bytes, frames[i].n_bytes);
		m->data_len = (uint16_t)frames[i].n_bytes;
		m->pkt_len = frames[i].n_bytes;
		lengths[k] = frames[i].n_bytes;
		s->mbufs[k++] = m;
	}
	r = send_burst(s, k, err);
	/* The buffers of what was sent are the device's now. */
	for (uint64_t i = 0; i < s->counters.n_handed - before; i++)
		s->counters.handed_bytes += lengths[i];
	return r;
}

static int dpdk_write(void *state, const struct packet_frame *frames, size_t n_frames,
		      struct err *err)
{
	struct dpdk *s = state;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n_frames; i += BURST) {
		size_t n = n_frames - i < BURST ? n_frames - i : BURST;

		s->counters.n_frames += n;
		for (size_t k = 0; k < n; k++)
			s->counters.n_bytes += frames[i + k].n_bytes;
		r = write_some(s, frames + i, (uint16_t)n, err);
	}
	return r;
}

static void dpdk_counters(void *state, struct sink_counters *ret_counters)
{
	struct dpdk *s = state;
	struct rte_eth_stats now;
	struct link_info link;

	*ret_counters = s->counters;
	if (!s->is_open || rte_eth_stats_get(s->port, &now) < 0) {
		ret_counters->confirms = false;
		return;
	}
	ret_counters->n_confirmed = now.opackets - s->at_open.opackets;
	/* Drivers count each try of a frame that they have no room for as an error. */
	ret_counters->n_dropped =
		sink_dropped(ret_counters, now.oerrors - s->at_open.oerrors, UINT64_MAX);
	/* What the kernel counted is nearer to the wire than what the driver did. */
	if (s->link == NULL || link_read(s->link, &link, NULL) < 0)
		return;
	ret_counters->n_confirmed = link.tx_packets - s->link_at_open.tx_packets;
	ret_counters->n_dropped =
		sink_dropped(ret_counters, link.tx_dropped - s->link_at_open.tx_dropped, 0);
}

/* A driver completes frames when it is called: an empty burst does that. */
static int dpdk_drain(void *state, int64_t timeout_ns, struct err *err)
{
	struct dpdk *s = state;
	int64_t now = ns_monotonic(), until = now + timeout_ns;
	int64_t look_ns = now + LOOK_MS * NS_PER_MS;
	struct sink_counters c;

	for (;;) {
		rte_eth_tx_burst(s->port, 0, s->mbufs, 0);
		rte_eth_tx_done_cleanup(s->port, 0, 0);
		dpdk_counters(s, &c);
		if (!c.confirms || c.n_confirmed + c.n_dropped >= c.n_handed)
			return 0;
		now = ns_monotonic();
		if (is_stopped(s) && until - now > STOP_MS * NS_PER_MS)
			until = now + STOP_MS * NS_PER_MS;
		if (now >= look_ns && !has_link(s))
			until = now;
		if (now >= look_ns)
			look_ns = now + LOOK_MS * NS_PER_MS;
		if (now >= until)
			return err_set(err, -ETIMEDOUT,
				       "dpdk: port %u confirms %" PRIu64 " of %" PRIu64 " frames",
				       s->port, c.n_confirmed, c.n_handed);
		usleep(20);
	}
}

static int dpdk_commit(void *state, struct err *err)
{
	return dpdk_drain(state, ROOM_MS * NS_PER_MS, err);
}

static int dpdk_result(const void *state, char *ret_text, size_t n_text)
{
	const struct dpdk *s = state;

	snprintf(ret_text, n_text, "dpdk: %" PRIu64 " frames, %" PRIu64 " bytes",
		 s->counters.n_handed, s->counters.handed_bytes);
	return 0;
}

/* In the interface's namespace: af_xdp takes its program off the interface. */
static int close_device(void *context, struct err *err)
{
	struct dpdk *s = context;

	(void)err;
	if (s->is_open)
		rte_eth_dev_stop(s->port);
	rte_eth_dev_close(s->port);
	s->has_port = s->is_open = false;
	return 0;
}

static void dpdk_close(void *state)
{
	struct dpdk *s = state;

	if (s->has_port)
		netns_call(s->options.netns, close_device, s, NULL);
	rte_mempool_free(s->pool);
	s->pool = NULL;
	link_freep(&s->link);
}

const struct sink_ops sink_dpdk = {
	.name = "dpdk",
	.summary = "a device of DPDK's, or an interface through its net_af_xdp",
	.is_wire = true,
	.takes_arguments = true,
	.state_bytes = sizeof(struct dpdk),
	.open = dpdk_open,
	.write = dpdk_write,
	.drain = dpdk_drain,
	.counters = dpdk_counters,
	.commit = dpdk_commit,
	.result = dpdk_result,
	.close = dpdk_close,
};
