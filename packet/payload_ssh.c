/* SPDX-License-Identifier: Apache-2.0 */
/* SSH (RFC 4253): banners, key exchange in clear, then encrypted packets. */
#include "packet/payload_makers.h"
#include "packet/payload_noise.h"
#include "packet/payload_stream.h"
#include "packet/payload_writer.h"

enum { KIND_BANNER, KIND_INIT, KIND_EXCHANGE, KIND_NEW_KEYS, KIND_ENCRYPTED, KIND_NOISE };

enum {
	MSG_KEXINIT = 20,
	MSG_NEWKEYS = 21,
	MSG_ECDH_INIT = 30,
	MSG_ECDH_REPLY = 31,
	BANNER_LEAST = 12,
	BANNER_USUAL = 41,
	BANNER_LIMIT = 255,
	INIT_LEAST = 71, /* ten empty lists and 4 bytes of padding */
	CLIENT_EXCHANGE_LEAST = 16,
	SERVER_EXCHANGE_LEAST = 140,
	NEW_KEYS_BYTES = 16,
	PACKET_LIMIT = 35000,
	EXCHANGE_LIMIT = 1000,
	SEGMENT_LEAST = 20,
};

static uint32_t plan_banner(const struct stream_plan *plan)
{
	if (plan->run > BANNER_LIMIT && plan->run - BANNER_USUAL >= INIT_LEAST)
		return BANNER_USUAL;
	return stream_one_per_run(plan, BANNER_LEAST, BANNER_LIMIT);
}

static uint32_t exchange_least(uint8_t direction)
{
	return direction == STEP_FORWARD ? CLIENT_EXCHANGE_LEAST : SERVER_EXCHANGE_LEAST;
}

static uint32_t plan_exchange(const struct stream_plan *plan)
{
	uint32_t least =
		plan->direction == STEP_FORWARD ? CLIENT_EXCHANGE_LEAST : SERVER_EXCHANGE_LEAST;

	if (plan->run >= least + NEW_KEYS_BYTES && plan->run <= EXCHANGE_LIMIT)
		return plan->run - NEW_KEYS_BYTES;
	return stream_one_per_run(plan, least, EXCHANGE_LIMIT);
}

/* A message in clear takes the scrap of its segment in as padding, comment or list. */
static uint32_t without_scrap(const struct stream_plan *plan, uint32_t n, uint32_t limit)
{
	return stream_without_scrap(plan, n, limit, SEGMENT_LEAST);
}

static uint32_t ssh_plan(const struct stream_plan *plan, uint16_t *ret_kind)
{
	const struct build_side *side = &plan->flow->side[plan->direction];

	if (!plan->flow->fresh || side->n_messages >= KIND_ENCRYPTED) {
		*ret_kind = plan->flow->fresh ? KIND_ENCRYPTED : KIND_NOISE;
		return stream_one_per_run(plan, 1, PACKET_LIMIT);
	}
	*ret_kind = (uint16_t)side->n_messages;
	switch (side->n_messages) {
	case KIND_BANNER:
		return without_scrap(plan, plan_banner(plan), BANNER_LIMIT);
	case KIND_INIT:
		return without_scrap(plan, stream_one_per_run(plan, INIT_LEAST, PACKET_LIMIT),
				     PACKET_LIMIT);
	case KIND_EXCHANGE:
		return without_scrap(plan, plan_exchange(plan), EXCHANGE_LIMIT + SEGMENT_LEAST);
	default: /* with more padding rather than a scrap of the next packet */
		return without_scrap(plan, NEW_KEYS_BYTES, NEW_KEYS_BYTES + SEGMENT_LEAST);
	}
}

/* n bytes with the line end; what is beyond the name is comment. */
static void put_banner(struct writer *w, uint32_t n)
{
	static const char banner[] = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3 ";
	uint32_t n_text = n > 2 ? n - 2 : 0;
	uint32_t n_name = (uint32_t)sizeof(banner) - 1;

	put_bytes(w, banner, n_text < n_name ? n_text : n_name);
	put_repeat(w, 'x', n_text < n_name ? 0 : n_text - n_name);
	put_text(w, "\r\n");
}

/* The lists a KEXINIT has room for: the first ones that fit, then one long made-up name. */
static void put_init(struct writer *w, const struct build_flow *flow, uint8_t direction, uint32_t n)
{
	static const char *const lists[10] = {
		"curve25519-sha256",
		"ssh-ed25519",
		"aes128-ctr",
		"aes128-ctr",
		"umac-64@openssh.com",
		"umac-64@openssh.com",
		"none",
		"none",
		"",
		"",
	};
	uint32_t rest = n - INIT_LEAST;
	uint8_t cookie[16];

	rng_fill(payload_hash(flow, direction), cookie, sizeof(cookie));
	put_be32(w, n - 4);
	put_u8(w, 4);
	put_u8(w, MSG_KEXINIT);
	put_bytes(w, cookie, sizeof(cookie));
	for (int k = 0; k < 8; k++) {
		uint32_t n_list = (uint32_t)strlen(lists[k]);

		n_list = n_list <= rest ? n_list : 0;
		rest -= n_list;
		put_be32(w, n_list);
		put_bytes(w, lists[k], n_list);
	}
	put_be32(w, 0);
	put_be32(w, rest); /* languages: what is left */
	put_repeat(w, 'a', rest);
	put_repeat(w, 0, 5 + 4);
}

static void put_noise32(struct writer *w, const struct build_flow *flow, uint64_t what)
{
	uint8_t bytes[32];

	rng_fill(payload_hash(flow, what), bytes, sizeof(bytes));
	put_be32(w, sizeof(bytes));
	put_bytes(w, bytes, sizeof(bytes));
}

/* The client's share, of any length; or host key, share and signature, which takes up the rest. */
static void put_exchange(struct writer *w, const struct build_flow *flow, uint8_t direction,
			 uint32_t n)
{
	bool client = direction == STEP_FORWARD;
	uint32_t rest = n - 4 - 2 - 4;

	put_be32(w, n - 4);
	put_u8(w, 4);
	put_u8(w, client ? MSG_ECDH_INIT : MSG_ECDH_REPLY);
	if (client) {
		put_be32(w, rest - 4);
		return;
	}
	put_be32(w, 4 + 11 + 4 + 32);
	put_be32(w, 11);
	put_text(w, "ssh-ed25519");
	put_noise32(w, flow, 10);
	put_noise32(w, flow, 11);
	rest -= 4 + 51 + 4 + 32;
	put_be32(w, rest - 4);
	put_be32(w, 11);
	put_text(w, "ssh-ed25519");
	put_be32(w, rest - 4 - 4 - 11 - 4);
}

static uint32_t ssh_head(const struct build_flow *flow, uint8_t direction, uint8_t *ret_bytes)
{
	const struct build_side *side = &flow->side[direction];
	struct writer w = { ret_bytes, 0, STREAM_HEAD_LIMIT };
	uint32_t n = side->message_bytes;
	uint32_t least;

	switch (side->message_kind) {
	case KIND_BANNER:
		put_banner(&w, n);
		break;
	case KIND_INIT:
		put_init(&w, flow, direction, n < INIT_LEAST ? INIT_LEAST : n);
		break;
	case KIND_EXCHANGE:
		least = exchange_least(direction);
		put_exchange(&w, flow, direction, n < least ? least : n);
		break;
	case KIND_NEW_KEYS:
		put_be32(&w, n - 4);
		put_u8(&w, n - 6);
		put_u8(&w, MSG_NEWKEYS);
		put_repeat(&w, 0, n - 6);
		break;
	default:
		break;
	}
	return w.n < w.room ? w.n : w.room;
}

static const struct stream_ops ssh_stream = {
	.filler = STREAM_NOISE,
	.plan = ssh_plan,
	.head = ssh_head,
};

static void ssh_fill(struct build_flow *flow, const struct automaton_step *steps, uint32_t n_steps,
		     uint32_t i, int64_t time_ns, uint8_t *ret_bytes)
{
	struct stream_cuts cuts = stream_cuts_after(steps, n_steps, i);

	(void)time_ns;
	if (flow->fresh && flow->side[steps[i].direction].n_messages <= KIND_NEW_KEYS)
		stream_cuts_keep(flow, steps[i].direction, &cuts);
	stream_fill(flow, &ssh_stream, steps, n_steps, i, ret_bytes);
}

/* Encrypted packets have 16 bytes and a code of authentication at least; tshark calls fragments of
 * less malformed because it cannot know where they belong. */
static uint32_t ssh_fit(const struct build_flow *flow, const struct automaton_step *steps,
			uint32_t n_steps, uint32_t i, uint32_t n, uint32_t max)
{
	(void)flow;
	(void)steps;
	(void)n_steps;
	(void)i;
	(void)max;
	return n < SEGMENT_LEAST ? SEGMENT_LEAST : n;
}

const struct payload_ops payload_ssh_ops = { .name = "ssh", .fit = ssh_fit, .fill = ssh_fill };
