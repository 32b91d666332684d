/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/meter_flows.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/mem.h"

enum { BLOCK_FLOWS = 256, FIRST_BUCKETS = 1024 };

struct flow_block {
	struct flow_block *next;
	struct open_flow flows[BLOCK_FLOWS];
};

int open_flows_init(struct open_flows *flows, struct err *err)
{
	memset(flows, 0, sizeof(*flows));
	/* No order follows from the seed, so that it may differ from run to run; 0 does too. */
	if (getrandom(&flows->seed, sizeof(flows->seed), GRND_NONBLOCK) < 0)
		flows->seed = 0;
	flows->n_buckets = FIRST_BUCKETS;
	flows->buckets = mem_array(flows->n_buckets, sizeof(*flows->buckets));
	return flows->buckets == NULL ? err_no_memory(err) : 0;
}

void open_flows_done(struct open_flows *flows)
{
	while (flows->blocks != NULL) {
		struct flow_block *block = flows->blocks;

		flows->blocks = block->next;
		free(block);
	}
	free(flows->buckets);
	memset(flows, 0, sizeof(*flows));
}

static struct flow_list *list_of(struct open_flows *flows, const struct open_flow *flow)
{
	return &flows->lists[flow->key.proto == IPPROTO_TCP ? IDLE_TCP : IDLE_OTHER];
}

static void list_append(struct flow_list *list, struct open_flow *flow)
{
	flow->older = list->newest;
	flow->newer = NULL;
	if (list->newest != NULL)
		list->newest->newer = flow;
	else
		list->oldest = flow;
	list->newest = flow;
}

static void list_take_out(struct flow_list *list, struct open_flow *flow)
{
	if (flow->older != NULL)
		flow->older->newer = flow->newer;
	else
		list->oldest = flow->newer;
	if (flow->newer != NULL)
		flow->newer->older = flow->older;
	else
		list->newest = flow->older;
}

static struct open_flow **bucket_of(const struct open_flows *flows, uint64_t hash)
{
	return &flows->buckets[hash & (flows->n_buckets - 1)];
}

/* Twice the buckets. Without memory the chains just grow longer. */
static void buckets_double(struct open_flows *flows)
{
	size_t n_old = flows->n_buckets;
	struct open_flow **old = flows->buckets;
	struct open_flow **buckets = mem_array(n_old * 2, sizeof(*buckets));

	if (buckets == NULL)
		return;
	flows->buckets = buckets;
	flows->n_buckets = n_old * 2;
	for (size_t i = 0; i < n_old; i++) {
		while (old[i] != NULL) {
			struct open_flow *flow = old[i];
			struct open_flow **bucket = bucket_of(flows, flow->hash);

			old[i] = flow->chain;
			flow->chain = *bucket;
			*bucket = flow;
		}
	}
	free(old);
}

static struct open_flow *pool_take(struct open_flows *flows)
{
	struct open_flow *flow;

	if (flows->spare == NULL) {
		struct flow_block *block = malloc(sizeof(*block));

		if (block == NULL)
			return NULL;
		block->next = flows->blocks;
		flows->blocks = block;
		for (size_t i = BLOCK_FLOWS; i-- > 0;) {
			block->flows[i].chain = flows->spare;
			flows->spare = &block->flows[i];
		}
	}
	flow = flows->spare;
	flows->spare = flow->chain;
	return flow;
}

struct open_flow *open_flows_find(const struct open_flows *flows, const struct flow_key *key,
				  uint64_t hash)
{
	struct open_flow *flow = *bucket_of(flows, hash);

	while (flow != NULL && (flow->hash != hash || !flow_key_equal(&flow->key, key)))
		flow = flow->chain;
	return flow;
}

struct open_flow *open_flows_add(struct open_flows *flows, const struct flow_key *key,
				 uint64_t hash)
{
	struct open_flow *flow = pool_take(flows);
	struct open_flow **bucket;

	if (flow == NULL)
		return NULL;
	if (flows->n_open >= flows->n_buckets)
		buckets_double(flows);
	bucket = bucket_of(flows, hash);
	flow->key = *key;
	flow->hash = hash;
	flow->chain = *bucket;
	*bucket = flow;
	list_append(list_of(flows, flow), flow);
	flows->n_open++;
	return flow;
}

void open_flows_touch(struct open_flows *flows, struct open_flow *flow)
{
	struct flow_list *list = list_of(flows, flow);

	if (list->newest == flow)
		return;
	list_take_out(list, flow);
	list_append(list, flow);
}

void open_flows_remove(struct open_flows *flows, struct open_flow *flow)
{
	struct open_flow **link = bucket_of(flows, flow->hash);

	while (*link != flow)
		link = &(*link)->chain;
	*link = flow->chain;
	list_take_out(list_of(flows, flow), flow);
	flows->n_open--;
}

void open_flows_give_back(struct open_flows *flows, struct open_flow *flow)
{
	flow->chain = flows->spare;
	flows->spare = flow;
}
