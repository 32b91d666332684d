/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/observe.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "packet/tcp_options.h"

enum { NO_SYN, FROM_ANSWER, FROM_SYN };

enum { N_KINDS = 4 /* of SYN that an address is seen with; later ones are not counted */ };

struct sight {
	struct host_seen seen;
	uint8_t source; /* of the SYN's fields: NO_SYN, FROM_ANSWER, FROM_SYN */
	bool ttl_of_tcp;
	uint32_t n_tcp, n_df, n_df_zero; /* TCP packets; with DF; with DF and id 0 */
	uint16_t port_min, port_max;	 /* sources of SYNs; 0: none */
	uint16_t answer[2]; /* windows of its first answers to SYNs, without and with timestamps */
	struct {
		struct host_stack syn;
		uint32_t n;
	} kinds[N_KINDS]; /* of SYNs, from that source */
};

struct stack_observer {
	size_t limit;
	struct sight *sights;
	size_t n_sights, capacity;
	uint32_t *cells; /* index into sights + 1; 0: free; at most half full */
	size_t n_cells;
	struct host_seen *result;
};

int stack_observer_new(size_t limit, struct stack_observer **ret_observer, struct err *err)
{
	CLEANUP(stack_observer_freep)
	struct stack_observer *observer = calloc(1, sizeof(*observer));

	if (observer == NULL)
		return err_no_memory(err);
	observer->limit = limit < UINT32_MAX / 4 ? limit : UINT32_MAX / 4;
	observer->n_cells = 256;
	observer->cells = mem_array(observer->n_cells, sizeof(*observer->cells));
	if (observer->cells == NULL)
		return err_no_memory(err);
	*ret_observer = take(&observer);
	return 0;
}

void stack_observer_freep(struct stack_observer **observer)
{
	if (*observer == NULL)
		return;
	free((*observer)->sights);
	free((*observer)->cells);
	free((*observer)->result);
	free(*observer);
	*observer = NULL;
}

static uint32_t *cell_find(const struct stack_observer *observer, const struct ip_addr *addr)
{
	size_t i = hash_bytes(addr, sizeof(*addr), observer->limit) & (observer->n_cells - 1);

	while (observer->cells[i] != 0 &&
	       !ip_equal(&observer->sights[observer->cells[i] - 1].seen.addr, addr))
		i = (i + 1) & (observer->n_cells - 1);
	return &observer->cells[i];
}

static int cells_double(struct stack_observer *observer, struct err *err)
{
	uint32_t *old = observer->cells;

	observer->cells = mem_array(observer->n_cells * 2, sizeof(*old));
	if (observer->cells == NULL) {
		observer->cells = old;
		return err_no_memory(err);
	}
	observer->n_cells *= 2;
	free(old);
	for (size_t i = 0; i < observer->n_sights; i++)
		*cell_find(observer, &observer->sights[i].seen.addr) = (uint32_t)i + 1;
	return 0;
}

/* The address's entry, made when it is new; NULL in *ret_sight when there are enough. */
static int sight_get(struct stack_observer *observer, const struct ip_addr *addr,
		     struct sight **ret_sight, struct err *err)
{
	uint32_t *cell = cell_find(observer, addr);
	int r;

	*ret_sight = NULL;
	if (*cell == 0) {
		if (observer->n_sights >= observer->limit)
			return 0;
		if (observer->n_sights * 2 >= observer->n_cells) {
			r = cells_double(observer, err);
			if (r < 0)
				return r;
			cell = cell_find(observer, addr);
		}
		if (mem_grow(&observer->sights, &observer->capacity, observer->n_sights + 1,
			     sizeof(*observer->sights), observer->limit) < 0)
			return err_no_memory(err);
		memset(&observer->sights[observer->n_sights], 0, sizeof(*observer->sights));
		observer->sights[observer->n_sights].seen.addr = *addr;
		observer->sights[observer->n_sights].seen.stack.window_scale = -1;
		*cell = (uint32_t)++observer->n_sights;
	}
	*ret_sight = &observer->sights[*cell - 1];
	return 0;
}

static bool syn_equal(const struct host_stack *a, const struct host_stack *b)
{
	return a->window == b->window && a->mss == b->mss && a->window_scale == b->window_scale &&
	       a->sack == b->sack && a->timestamps == b->timestamps;
}

/* The commonest counts: one address may be several machines, one machine several programs. */
static void count_syn(struct sight *sight, const struct host_stack *syn)
{
	uint32_t i = 0;

	while (i < N_KINDS && sight->kinds[i].n > 0 && !syn_equal(&sight->kinds[i].syn, syn))
		i++;
	if (i == N_KINDS || sight->kinds[i].n == UINT32_MAX)
		return;
	sight->kinds[i].syn = *syn;
	sight->kinds[i].n++;
}

/* What a host offers of itself in a SYN says more than what it answers to another's offer. */
static void see_syn(struct sight *sight, const struct packet_view *view)
{
	uint8_t source = view->tcp_flags & TCP_ACK ? FROM_ANSWER : FROM_SYN;
	struct tcp_options options = tcp_options_read(view->tcp_options, view->n_tcp_options);
	const struct host_stack syn = { .window = view->window,
					.mss = options.mss,
					.window_scale = options.window_scale,
					.sack = options.sack,
					.timestamps = options.timestamps };

	if (source == FROM_SYN && view->src_port >= 1024) {
		if (sight->port_min == 0 || view->src_port < sight->port_min)
			sight->port_min = view->src_port;
		if (view->src_port > sight->port_max)
			sight->port_max = view->src_port;
	}
	if (source == FROM_ANSWER && sight->answer[options.timestamps] == 0)
		sight->answer[options.timestamps] = view->window;
	if (source < sight->source)
		return;
	if (source > sight->source)
		memset(sight->kinds, 0, sizeof(sight->kinds));
	sight->source = source;
	count_syn(sight, &syn);
}

/* The commonest SYN; of equals the one seen first. */
static void settle_syn(const struct sight *sight, struct host_stack *stack)
{
	const struct host_stack *syn;
	uint32_t best = 0;

	if (sight->source == NO_SYN)
		return;
	for (uint32_t i = 1; i < N_KINDS; i++)
		if (sight->kinds[i].n > sight->kinds[best].n)
			best = i;
	syn = &sight->kinds[best].syn;
	stack->window = syn->window;
	stack->mss = syn->mss;
	stack->window_scale = syn->window_scale;
	stack->sack = syn->sack;
	stack->timestamps = syn->timestamps;
	for (int k = 0; k < 2; k++)
		stack->answer[k] = sight->answer[k] != syn->window ? sight->answer[k] : 0;
}

static void see_tcp(struct sight *sight, const struct packet_view *view)
{
	struct host_stack *stack = &sight->seen.stack;

	sight->n_tcp++;
	if (view->df) {
		sight->n_df++;
		sight->n_df_zero += view->ip_id == 0;
	}
	if (!sight->ttl_of_tcp) {
		sight->ttl_of_tcp = true;
		stack->ttl = view->ttl;
	}
	if ((view->tcp_flags & (TCP_SYN | TCP_RST)) == TCP_SYN)
		see_syn(sight, view);
	else if (sight->source == NO_SYN && !stack->timestamps)
		stack->timestamps =
			tcp_options_read(view->tcp_options, view->n_tcp_options).timestamps;
}

int stack_observer_packet(struct stack_observer *observer, const struct packet_view *view,
			  struct err *err)
{
	struct sight *sight;
	int r;

	if (view->fragment_offset > 0 || ip_is_unspecified(&view->src) ||
	    ip_is_multicast(&view->src))
		return 0;
	r = sight_get(observer, &view->src, &sight, err);
	if (r < 0 || sight == NULL)
		return r;
	/* TTLs of UDP and ICMP are set by programs (mDNS: 255, IGMP: 1): TCP's decides. */
	if (view->proto == IPPROTO_TCP)
		see_tcp(sight, view);
	else if (!sight->ttl_of_tcp && view->ttl > sight->seen.stack.ttl && view->ttl != 255)
		sight->seen.stack.ttl = view->ttl;
	return 0;
}

/*
 * A few ports show a range's place, not its ends: they are taken for those of the system that fits.
 * 32768-60999 is Linux's, 49152-65535 that of IANA, Windows and macOS; in both at once, the TTL
 * tells Windows' 128.
 */
static void guess_ports(const struct sight *sight, struct host_stack *stack)
{
	bool in_linux = sight->port_min >= 32768 && sight->port_max <= 60999;
	bool in_iana = sight->port_min >= 49152;

	if (sight->port_min == 0)
		return;
	if (in_linux && !(in_iana && stack->ttl > 64)) {
		stack->port_low = 32768;
		stack->port_high = 60999;
	} else if (in_iana) {
		stack->port_low = 49152;
		stack->port_high = 65535;
	} else {
		stack->port_low = sight->port_min < 32768 ? 1024 : 32768;
		stack->port_high = 65535;
	}
}

static int by_address(const void *a, const void *b)
{
	return ip_compare(&((const struct host_seen *)a)->addr,
			  &((const struct host_seen *)b)->addr);
}

int stack_observer_result(struct stack_observer *observer, const struct host_seen **ret_seen,
			  size_t *ret_n, struct err *err)
{
	struct host_seen *result = mem_array(observer->n_sights, sizeof(*result));

	if (result == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < observer->n_sights; i++) {
		const struct sight *sight = &observer->sights[i];
		struct host_stack *stack = &result[i].stack;

		result[i] = sight->seen;
		stack->df = sight->n_df * 2 > sight->n_tcp;
		stack->ip_id_zero = sight->n_df_zero > 0 && sight->n_df_zero * 2 > sight->n_df;
		settle_syn(sight, stack);
		guess_ports(sight, stack);
	}
	/* Addresses are unique: the order is. */
	qsort(result, observer->n_sights, sizeof(*result), by_address);
	free(observer->result);
	observer->result = result;
	*ret_seen = result;
	*ret_n = observer->n_sights;
	return 0;
}
