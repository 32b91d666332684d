/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/split.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/bytes.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "packet/decode.h"

enum {
	MAX_ITEMS = 256,
	HOSTS_BITS = 21, /* slots: twice as many as hosts */
	MAX_HOSTS = 1 << 20,
	CACHE_HEADER_BYTES =
		24, /* tcpprep's: magic 8, version 4, packets 8, per byte 2, comment 2 */
	CACHE_LIMIT_BYTES = 1 << 30,
	CACHE_PRIMARY = 1,
	CACHE_SEND = 2,
};

enum split_kind { BY_FIRST, BY_CIDR, BY_PORT, BY_MAC, BY_CACHE };

struct host_side {
	uint8_t key[17]; /* version and address; 0 and MAC */
	uint8_t side;	 /* 1 + side; 0: a free slot */
};

struct split {
	enum split_kind kind;
	size_t n_items, n_hosts;
	struct ip_prefix prefixes[MAX_ITEMS];
	uint8_t macs[MAX_ITEMS][6];
	struct host_side *hosts; /* 1 << HOSTS_BITS */
	char *cache;
	size_t cache_at;
	uint64_t n_cached, i_cached;
};

void split_freep(struct split **split)
{
	if (*split != NULL) {
		free((*split)->hosts);
		free((*split)->cache);
	}
	freep(split);
}

/* Items between commas, each through fn. */
static int each_item(struct split *s, const char *text,
		     int (*fn)(struct split *, const char *, struct err *), struct err *err)
{
	CLEANUP(freep) char *copy = strdup(text);
	char *save = NULL;
	int r = 0;

	if (copy == NULL)
		return err_no_memory(err);
	for (char *item = strtok_r(copy, ",", &save); item != NULL && r == 0;
	     item = strtok_r(NULL, ",", &save)) {
		if (s->n_items == MAX_ITEMS)
			return err_set(err, -E2BIG, "split: more than %d of them", MAX_ITEMS);
		r = fn(s, item, err);
		s->n_items++;
	}
	if (r == 0 && s->n_items == 0)
		return err_set(err, -EINVAL, "split: nothing after the colon");
	return r;
}

static int add_prefix(struct split *s, const char *item, struct err *err)
{
	return ip_prefix_parse(item, &s->prefixes[s->n_items], err);
}

static int add_mac(struct split *s, const char *item, struct err *err)
{
	return mac_parse(item, s->macs[s->n_items], err);
}

static int load_cache(struct split *s, const char *path, struct err *err)
{
	size_t n, n_comment;
	const char *h;
	int r = file_read(path, CACHE_LIMIT_BYTES, &s->cache, &n, err);

	if (r < 0)
		return r;
	h = s->cache;
	if (n < CACHE_HEADER_BYTES || memcmp(h, "tcpprep", 8) != 0)
		return err_set(err, -EBADMSG, "'%s' is not a cache file of tcpprep's", path);
	if (memcmp(h + 8, "04", 3) != 0 || be16_get(h + 20) != 4)
		return err_set(err, -EBADMSG, "'%s': a tcpprep cache of version %.2s; 04 is known",
			       path, h + 8);
	s->n_cached = be64_get(h + 12);
	n_comment = be16_get(h + 22);
	s->cache_at = CACHE_HEADER_BYTES + n_comment;
	if (n_comment > n - CACHE_HEADER_BYTES || s->n_cached > (n - s->cache_at) * 4)
		return err_set(err, -EBADMSG, "'%s': cut off", path);
	return 0;
}

static int parse(struct split *s, const char *text, struct err *err)
{
	if (strcmp(text, "auto") == 0) {
		s->kind = BY_FIRST;
		s->hosts = mem_array((size_t)1 << HOSTS_BITS, sizeof(*s->hosts));
		return s->hosts != NULL ? 0 : err_no_memory(err);
	}
	if (strcmp(text, "port") == 0) {
		s->kind = BY_PORT;
		return 0;
	}
	if (strncmp(text, "cidr:", 5) == 0) {
		s->kind = BY_CIDR;
		return each_item(s, text + 5, add_prefix, err);
	}
	if (strncmp(text, "mac:", 4) == 0) {
		s->kind = BY_MAC;
		return each_item(s, text + 4, add_mac, err);
	}
	if (strncmp(text, "cache:", 6) == 0) {
		s->kind = BY_CACHE;
		return load_cache(s, text + 6, err);
	}
	return err_set(err, -EINVAL,
		       "split '%s': auto, cidr:NET,.., port, mac:MAC,.. or cache:FILE", text);
}

int split_new(const char *text, struct split **ret_split, struct err *err)
{
	CLEANUP(split_freep) struct split *s = calloc(1, sizeof(*s));
	int r;

	if (s == NULL)
		return err_no_memory(err);
	r = parse(s, text, err);
	if (r < 0)
		return r;
	*ret_split = take(&s);
	return 0;
}

/* The slot of a host, free or its own. */
static struct host_side *find_host(struct split *s, const uint8_t key[17])
{
	uint64_t mask = ((uint64_t)1 << HOSTS_BITS) - 1;
	uint64_t i = hash_bytes(key, 17, 0) & mask;

	while (s->hosts[i].side != 0 && memcmp(s->hosts[i].key, key, 17) != 0)
		i = (i + 1) & mask;
	return &s->hosts[i];
}

static void remember(struct split *s, struct host_side *host, const uint8_t key[17], int side)
{
	if (host->side != 0 || s->n_hosts == MAX_HOSTS)
		return;
	memcpy(host->key, key, 17);
	host->side = (uint8_t)(1 + side);
	s->n_hosts++;
}

static void key_of_addr(const struct ip_addr *addr, uint8_t key[17])
{
	key[0] = addr->version;
	memcpy(key + 1, addr->bytes, 16);
}

static void key_of_mac(const uint8_t mac[6], uint8_t key[17])
{
	memset(key, 0, 17);
	memcpy(key + 1, mac, 6);
}

static int by_first(struct split *s, const uint8_t src[17], const uint8_t dst[17], int otherwise)
{
	struct host_side *from = find_host(s, src), *to;
	int side;

	if (from->side != 0)
		side = from->side - 1;
	else {
		/* A stranger that speaks to a server is a client, and the other way round. */
		to = find_host(s, dst);
		side = to->side != 0		? 2 - to->side
		       : s->n_hosts < MAX_HOSTS ? SPLIT_CLIENT
						: otherwise;
		remember(s, from, src, side);
	}
	to = find_host(s, dst);
	remember(s, to, dst, 1 - side);
	return side;
}

static int by_port(const struct packet_view *view)
{
	return view->src_port < view->dst_port ? SPLIT_SERVER : SPLIT_CLIENT;
}

static int by_cidr(const struct split *s, const struct packet_view *view)
{
	for (size_t i = 0; i < s->n_items; i++)
		if (ip_prefix_holds(&s->prefixes[i], &view->src))
			return SPLIT_CLIENT;
	return SPLIT_SERVER;
}

static int by_mac(const struct split *s, const uint8_t *src_mac)
{
	for (size_t i = 0; i < s->n_items && src_mac != NULL; i++)
		if (memcmp(s->macs[i], src_mac, 6) == 0)
			return SPLIT_CLIENT;
	return SPLIT_SERVER;
}

static int by_cache(struct split *s, struct err *err)
{
	uint64_t i = s->i_cached++;
	uint8_t bits;

	if (i >= s->n_cached)
		return err_set(err, -ERANGE,
			       "the tcpprep cache has %llu packets, the captures have more",
			       (unsigned long long)s->n_cached);
	bits = (uint8_t)((uint8_t)s->cache[s->cache_at + i / 4] >> 2 * (i % 4) & 3);
	if ((bits & CACHE_SEND) == 0)
		return SPLIT_NEITHER;
	return (bits & CACHE_PRIMARY) != 0 ? SPLIT_CLIENT : SPLIT_SERVER;
}

int split_side(struct split *s, const struct source_frame *frame, struct err *err)
{
	const struct capture_packet packet = { .link_type = frame->link_type,
					       .n_captured = frame->n_bytes,
					       .n_original = frame->n_original,
					       .bytes = frame->bytes };
	uint8_t src[17], dst[17];
	struct packet_view view;
	bool is_ip;

	if (s->kind == BY_CACHE) {
		/* Each loop has the same packets. */
		if (frame->loop > 0 && s->i_cached == s->n_cached)
			s->i_cached = 0;
		return by_cache(s, err);
	}
	is_ip = packet_decode(&packet, &view) == DECODE_IP;
	switch (s->kind) {
	case BY_CIDR:
		return is_ip ? by_cidr(s, &view) : SPLIT_CLIENT;
	case BY_PORT:
		return is_ip ? by_port(&view) : SPLIT_CLIENT;
	case BY_MAC:
		return by_mac(s, view.src_mac);
	default:
		break;
	}
	if (is_ip) {
		key_of_addr(&view.src, src);
		key_of_addr(&view.dst, dst);
	} else if (view.src_mac != NULL) {
		key_of_mac(view.src_mac, src);
		key_of_mac(view.dst_mac, dst);
	} else {
		return SPLIT_CLIENT;
	}
	return by_first(s, src, dst, is_ip ? by_port(&view) : SPLIT_CLIENT);
}
