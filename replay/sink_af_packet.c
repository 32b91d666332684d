/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's packet sockets (packet(7)): any interface, no driver, no set-up. One sendmmsg(2) for
 * up to 64 frames; the interface's queueing discipline is respected unless told otherwise.
 *
 * A frame is handed over when the kernel took it; the interface's own counters say later what left.
 */
#include "replay/registry.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if_arp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/ns.h"
#include "replay/link.h"
#include "replay/netns.h"

enum {
	BATCH = 64,
	SEND_BUFFER_BYTES = 4 << 20,
	/* How long a frame waits for room in a full queue before it is given up as SINK_NO_ROOM. */
	ROOM_MS = 1000,
	ROOM_SLICE_MS = 20,
	STOP_MS = 20, /* what is under way gets so long once the run is stopped */
};

struct af_packet {
	struct sink_options options;
	int fd; /* -1: closed; 0 is never ours, so a zeroed state is closed too */
	struct link *link;
	struct link_info at_open;
	struct sink_counters counters;
	uint64_t n_refused; /* tries that an interface may have counted as drops */
	struct mmsghdr messages[BATCH];
	struct iovec bytes[BATCH];
};

static const char *name_of(const struct af_packet *s)
{
	return s->options.interface;
}

static int open_socket(void *context, struct err *err)
{
	struct af_packet *s = context;
	const struct sockaddr_ll here = { .sll_family = AF_PACKET,
					  .sll_ifindex = s->at_open.index };
	const int room = SEND_BUFFER_BYTES, yes = 1;

	/* Protocol 0: the socket sends only, and costs received frames nothing. */
	s->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return err_set(err, -errno, "packet socket: %s%s", strerror(errno),
			       errno == EPERM ? " (it needs CAP_NET_RAW: run as root, or setcap "
						"cap_net_raw+ep)"
					      : "");
	/* Beyond net.core.wmem_max with CAP_NET_ADMIN only; less room is slower, not wrong. */
	if (setsockopt(s->fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0)
		(void)setsockopt(s->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	if (s->options.qdisc_bypass &&
	    setsockopt(s->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof(yes)) < 0)
		return err_set(err, -errno, "bypassing the queueing discipline of '%s': %s",
			       name_of(s), strerror(errno));
	if (bind(s->fd, (const struct sockaddr *)&here, sizeof(here)) < 0)
		return err_set(err, -errno, "packet socket on '%s': %s", name_of(s),
			       strerror(errno));
	return 0;
}

static int check_link(const struct link_info *info, struct err *err)
{
	if (info->arp_type != ARPHRD_ETHER && info->arp_type != ARPHRD_LOOPBACK)
		return err_set(err, -EPROTONOSUPPORT,
			       "interface '%s' is not Ethernet (ARP type %u)", info->name,
			       info->arp_type);
	return link_check(info, err);
}

static int af_packet_open(void *state, const struct sink_options *options, struct err *err)
{
	struct af_packet *s = state;
	int r;

	s->options = *options;
	s->fd = -1;
	s->counters.confirms = true;
	for (size_t i = 0; i < BATCH; i++)
		s->messages[i].msg_hdr =
			(struct msghdr) { .msg_iov = &s->bytes[i], .msg_iovlen = 1 };
	if (options->interface == NULL)
		return err_set(err, -EINVAL, "sink af_packet needs an interface (-i)");
	r = link_open(options->interface, options->netns, &s->link, err);
	if (r == 0)
		r = link_read(s->link, &s->at_open, err);
	if (r == 0)
		r = check_link(&s->at_open, err);
	return r < 0 ? r : netns_call(options->netns, open_socket, s, err);
}

static bool is_stopped(const struct af_packet *s)
{
	return s->options.stop != NULL &&
	       atomic_load_explicit(s->options.stop, memory_order_relaxed);
}

static void count_failed(struct af_packet *s, enum sink_failure cause, size_t n_frames)
{
	s->counters.failed[cause] += n_frames;
}

/* The queue is full: waits a slice for room. False: waited long enough. */
static bool wait_for_room(struct af_packet *s, int code, int64_t *began_ns)
{
	struct pollfd p = { .fd = s->fd, .events = POLLOUT };
	int64_t now = ns_monotonic();

	if (*began_ns == 0)
		*began_ns = now;
	if (is_stopped(s) || now - *began_ns > ROOM_MS * NS_PER_MS)
		return false;
	/* The socket's own room can be waited for; that of a queueing discipline cannot. */
	if (code == EAGAIN)
		poll(&p, 1, ROOM_SLICE_MS);
	else
		usleep(50);
	return true;
}

/*
 * The first of n frames was refused. Returns how many to give up (0: try again), or -errno to end
 * the run; all n are then counted.
 */
static int refused(struct af_packet *s, int code, size_t n, int64_t *room_ns, struct err *err)
{
	switch (code) {
	case EINTR:
		return 0;
	case EAGAIN:
	case ENOBUFS:
		s->n_refused += code == ENOBUFS;
		if (wait_for_room(s, code, room_ns))
			return 0;
		*room_ns = 0;
		count_failed(s, SINK_NO_ROOM, is_stopped(s) ? n : 1);
		return is_stopped(s) ? (int)n : 1;
	case EMSGSIZE:
		count_failed(s, SINK_TOO_LONG, 1);
		return 1;
	case ENETDOWN:
	case ENXIO:
	case ENODEV:
		if (!link_is_gone(s->link)) {
			count_failed(s, SINK_LINK_DOWN, n);
			return err_set(err, -ENETDOWN, "interface '%s' went down", name_of(s));
		}
		count_failed(s, SINK_GONE, n);
		return err_set(err, -ENODEV, "interface '%s' is gone", name_of(s));
	default:
		count_failed(s, SINK_REFUSED, 1);
		return 1;
	}
}

static int send_some(struct af_packet *s, const struct packet_frame *frames, size_t n,
		     struct err *err)
{
	int64_t room_ns = 0;
	size_t i = 0;

	while (i < n) {
		int r = sendmmsg(s->fd, s->messages + i, (unsigned int)(n - i), 0);

		if (r > 0)
			room_ns = 0;
		for (int k = 0; k < r; k++)
			s->counters.handed_bytes += frames[i + (size_t)k].n_bytes;
		s->counters.n_handed += r > 0 ? (uint64_t)r : 0;
		if (r < 0)
			r = refused(s, errno, n - i, &room_ns, err);
		if (r < 0)
			return r;
		i += (size_t)r;
	}
	return 0;
}

/*
 * One frame, which is what a paced run has at a time: nothing stands before the system call. False:
 * it was refused, and is to be sent as others are.
 */
static bool send_one(struct af_packet *s, const struct packet_frame *frame)
{
	if (send(s->fd, frame->bytes, frame->n_bytes, 0) < 0) {
		s->n_refused += errno == ENOBUFS;
		return false;
	}
	s->counters.n_frames++;
	s->counters.n_bytes += frame->n_bytes;
	s->counters.n_handed++;
	s->counters.handed_bytes += frame->n_bytes;
	return true;
}

static int af_packet_write(void *state, const struct packet_frame *frames, size_t n_frames,
			   struct err *err)
{
	struct af_packet *s = state;
	int r = 0;

	if (n_frames == 1 && send_one(s, frames))
		return 0;

	for (size_t i = 0; i < n_frames; i += BATCH) {
		size_t n = n_frames - i < BATCH ? n_frames - i : BATCH;

		s->counters.n_frames += n;
		for (size_t k = 0; k < n; k++) {
			s->bytes[k] = (struct iovec) { (void *)frames[i + k].bytes,
						       frames[i + k].n_bytes };
			s->counters.n_bytes += frames[i + k].n_bytes;
		}
		/* After an end all that is asked for fails for the same reason. */
		r = send_some(s, frames + i, n, err);
		if (r < 0)
			break;
	}
	return r;
}

/* What the socket was charged for is freed when the driver is done with it. */
static int af_packet_drain(void *state, int64_t timeout_ns, struct err *err)
{
	struct af_packet *s = state;
	int64_t now = ns_monotonic(), until = now + timeout_ns;
	int outstanding;

	for (;;) {
		if (ioctl(s->fd, SIOCOUTQ, &outstanding) < 0)
			return err_set(err, -errno, "interface '%s': %s", name_of(s),
				       strerror(errno));
		if (outstanding == 0)
			return 0;
		now = ns_monotonic();
		if (is_stopped(s) && until - now > STOP_MS * NS_PER_MS)
			until = now + STOP_MS * NS_PER_MS;
		if (now >= until)
			return err_set(err, -ETIMEDOUT,
				       "interface '%s' still holds %d bytes that it took",
				       name_of(s), outstanding);
		usleep(20);
	}
}

static void af_packet_counters(void *state, struct sink_counters *ret_counters)
{
	struct af_packet *s = state;
	struct link_info now;

	*ret_counters = s->counters;
	if (s->link == NULL || link_read(s->link, &now, NULL) < 0) {
		ret_counters->confirms = false;
		return;
	}
	ret_counters->n_confirmed = now.tx_packets - s->at_open.tx_packets;
	ret_counters->n_dropped =
		sink_dropped(ret_counters, now.tx_dropped - s->at_open.tx_dropped, s->n_refused);
}

static int af_packet_commit(void *state, struct err *err)
{
	struct af_packet *s = state;

	return af_packet_drain(s, ROOM_MS * NS_PER_MS, err);
}

static int af_packet_result(const void *state, char *ret_text, size_t n_text)
{
	const struct af_packet *s = state;

	snprintf(ret_text, n_text, "%s: %" PRIu64 " frames, %" PRIu64 " bytes", name_of(s),
		 s->counters.n_handed, s->counters.handed_bytes);
	return 0;
}

static void af_packet_close(void *state)
{
	struct af_packet *s = state;

	if (s->fd > 0)
		close(s->fd);
	s->fd = -1;
	link_freep(&s->link);
}

const struct sink_ops sink_af_packet = {
	.name = "af_packet",
	.summary = "an interface, through the kernel's packet sockets",
	.is_wire = true,
	.state_bytes = sizeof(struct af_packet),
	.open = af_packet_open,
	.write = af_packet_write,
	.drain = af_packet_drain,
	.counters = af_packet_counters,
	.commit = af_packet_commit,
	.result = af_packet_result,
	.close = af_packet_close,
};
