/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS 1.3 (RFC 8446), or an older version where habits have that, as an observer sees it:
 * ClientHello, ServerHello, the compatibility change of cipher specification, then records of
 * application data. Session ids, padding and the number of extensions take up whatever length was
 * asked for.
 */
#include "packet/payload_tls.h"

#include "packet/payload_makers.h"
#include "packet/payload_noise.h"
#include "packet/payload_stream.h"
#include "packet/payload_writer.h"

enum { KIND_CLIENT_HELLO, KIND_SERVER_HELLO, KIND_CHANGE, KIND_DATA, KIND_ALERT };

enum {
	RECORD_HEAD = TLS_HEAD,
	RECORD_LEAST = 6,
	RECORD_LIMIT = RECORD_HEAD + 16384,
	CHANGE_BYTES = 6,
	CLIENT_HELLO_LEAST = 59,
	CLIENT_HELLO_USUAL = 517,
	CLIENT_HELLO_LIMIT = 2400, /* with post-quantum key shares */
	SERVER_HELLO_LEAST = 55,
	SERVER_HELLO_USUAL = 127,
	SESSION_ID_BYTES = 32,
	MINOR_1_0 = 1, /* of a record's version */
	MINOR_1_2 = 3, /* and of TLS 1.3 */
	MINOR_1_3 = 4, /* of no record, but of hellos */
	SUITE_1_0 = 0x002f,
	SUITE_1_3 = 0x1301,
	VERSION_1_2 = TLS_MAJOR << 8 | MINOR_1_2,
};

/* n bytes now leave nothing behind that is no record. */
static bool leaves_records(const struct stream_plan *plan, uint32_t n)
{
	return plan->run >= n && (plan->run == n || plan->run - n >= RECORD_LEAST) &&
	       (plan->total == n || plan->total - n >= RECORD_LEAST);
}

/* The minor version of the flow's records. */
static uint32_t minor(const struct build_flow *flow)
{
	const int value = payload_habit(flow, STEP_BACKWARD, HABIT_TLS_VERSION, 0, MINOR_1_2);

	return value < MINOR_1_0 ? MINOR_1_0 : value > MINOR_1_2 ? MINOR_1_2 : (uint32_t)value;
}

/* What is left of the segment in which a record of data begins, where the side's habit in this run
 * is that records end there; else 0. */
static uint32_t cut_bytes(const struct stream_plan *plan)
{
	const struct build_flow *flow = plan->flow;
	const struct build_side *side = &flow->side[plan->direction];
	const uint64_t at = side->run_end - plan->run - side->payload_at;
	const uint32_t n_segment = stream_cuts_kept(flow, plan->direction).at[0];
	const uint32_t run = flow->side[1 - plan->direction].n_messages;

	if (payload_habit(flow, plan->direction, HABIT_TLS_CUT, run, 0) == 0 || at > n_segment ||
	    n_segment - at < RECORD_LEAST || !leaves_records(plan, (uint32_t)(n_segment - at)))
		return 0;
	return (uint32_t)(n_segment - at);
}

static uint32_t plan_hello(const struct stream_plan *plan, uint32_t least, uint32_t usual,
			   uint32_t limit, uint16_t *ret_kind)
{
	if (plan->total < least) { /* cannot be a hello: the side gives up */
		*ret_kind = KIND_ALERT;
		return (uint32_t)plan->total;
	}
	if ((plan->run > limit || limit == usual) && leaves_records(plan, usual))
		return usual;
	return stream_one_per_run(plan, least, RECORD_LIMIT);
}

static uint32_t tls_plan(const struct stream_plan *plan, uint16_t *ret_kind)
{
	const struct build_side *side = &plan->flow->side[plan->direction];
	uint32_t n;

	*ret_kind = KIND_DATA;
	if (plan->flow->fresh && side->n_messages == 0) {
		if (plan->direction == STEP_FORWARD) {
			*ret_kind = KIND_CLIENT_HELLO;
			return plan_hello(plan, CLIENT_HELLO_LEAST, CLIENT_HELLO_USUAL,
					  CLIENT_HELLO_LIMIT, ret_kind);
		}
		*ret_kind = KIND_SERVER_HELLO;
		return plan_hello(plan, SERVER_HELLO_LEAST, SERVER_HELLO_USUAL, SERVER_HELLO_USUAL,
				  ret_kind);
	}
	if (plan->flow->fresh && side->n_messages == 1 && leaves_records(plan, CHANGE_BYTES)) {
		*ret_kind = KIND_CHANGE;
		return CHANGE_BYTES;
	}
	n = cut_bytes(plan);
	return n > 0 ? n : stream_one_per_run(plan, RECORD_LEAST, RECORD_LIMIT);
}

/* Takes up `rest` bytes with a session id and, from 4 bytes on, a padding extension. */
static uint32_t session_id_bytes(uint32_t rest)
{
	uint32_t n = rest < SESSION_ID_BYTES ? rest : SESSION_ID_BYTES;

	return rest - n > 0 && rest - n < 4 ? n - 4 : n;
}

static void put_noise(struct writer *w, const struct build_flow *flow, uint64_t what, uint32_t n)
{
	uint8_t bytes[64];

	rng_fill(payload_hash(flow, what), bytes, n);
	put_bytes(w, bytes, n);
}

static void put_padding(struct writer *w, uint32_t rest)
{
	if (rest < 4)
		return;
	put_be16(w, 21); /* RFC 7685 */
	put_be16(w, rest - 4);
	put_repeat(w, 0, rest - 4);
}

static bool fits(uint32_t *rest, uint32_t n)
{
	if (*rest != n && *rest < n + 4)
		return false;
	*rest -= n;
	return true;
}

static void put_server_name(struct writer *w, uint32_t number)
{
	char name[] = "host-00.example.net";

	name[5] = (char)('0' + number / 10 % 10);
	name[6] = (char)('0' + number % 10);
	put_be16(w, 0);
	put_be16(w, 24);
	put_be16(w, 22);
	put_u8(w, 0);
	put_be16(w, 19);
	put_text(w, name);
}

static void put_handshake(struct writer *w, uint32_t record_version, uint32_t version,
			  uint32_t type, uint32_t n)
{
	put_u8(w, 22);
	put_be16(w, record_version);
	put_be16(w, n - RECORD_HEAD);
	put_u8(w, type);
	put_be24(w, n - RECORD_HEAD - 4);
	put_be16(w, version);
}

static void client_hello(struct writer *w, const struct build_flow *flow, uint32_t n)
{
	static const uint8_t groups[] = { 0, 10, 0, 4, 0, 2, 0, 29 };
	static const uint8_t signatures[] = { 0, 13, 0, 6, 0, 4, 4, 3, 8, 4 };
	static const uint8_t alpn[] = { 0, 16, 0, 5, 0, 3, 2, 'h', '2' };
	static const uint8_t modes[] = { 0, 45, 0, 2, 1, 1 };
	static const uint8_t share[] = { 0, 51, 0, 38, 0, 36, 0, 29, 0, 32 };
	const uint32_t version = TLS_MAJOR << 8 | minor(flow);
	const bool old = version < VERSION_1_2;
	const uint8_t versions[] = { 0, 43, 0, 3, 2, 3, old ? (uint8_t)version : MINOR_1_3 };
	uint32_t rest = n - CLIENT_HELLO_LEAST;
	uint32_t n_session = session_id_bytes(rest);

	put_handshake(w, 0x0301, version, 1, n);
	put_noise(w, flow, 1, 32);
	put_u8(w, n_session);
	put_noise(w, flow, 2, n_session);
	put_be16(w, 2);
	put_be16(w, old ? SUITE_1_0 : SUITE_1_3);
	put_be16(w, 0x0100); /* one compression method: none */
	rest -= n_session;
	put_be16(w, sizeof(versions) + rest);
	put_bytes(w, versions, sizeof(versions));
	if (fits(&rest, 28))
		put_server_name(w, (uint32_t)(payload_hash(flow, 3) % 100));
	if (fits(&rest, sizeof(groups)))
		put_bytes(w, groups, sizeof(groups));
	if (fits(&rest, sizeof(signatures)))
		put_bytes(w, signatures, sizeof(signatures));
	if (fits(&rest, sizeof(share) + 32)) {
		put_bytes(w, share, sizeof(share));
		put_noise(w, flow, 4, 32);
	}
	if (fits(&rest, sizeof(alpn)))
		put_bytes(w, alpn, sizeof(alpn));
	if (fits(&rest, sizeof(modes)))
		put_bytes(w, modes, sizeof(modes));
	put_padding(w, rest);
}

static void server_hello(struct writer *w, const struct build_flow *flow, uint32_t n)
{
	static const uint8_t versions[] = { 0, 43, 0, 2, 3, 4 };
	static const uint8_t share[] = { 0, 51, 0, 36, 0, 29, 0, 32 };
	const uint32_t version = TLS_MAJOR << 8 | minor(flow);
	const bool old = version < VERSION_1_2;
	uint32_t rest = n - SERVER_HELLO_LEAST;
	uint32_t n_session = session_id_bytes(rest);

	put_handshake(w, version, version, 2, n);
	put_noise(w, flow, 5, 32);
	put_u8(w, n_session);
	put_noise(w, flow, 2, n_session);
	put_be16(w, old ? SUITE_1_0 : SUITE_1_3);
	put_u8(w, 0);
	rest -= n_session;
	put_be16(w, sizeof(versions) + rest);
	if (old) {
		put_padding(w, sizeof(versions) + rest);
		return;
	}
	put_bytes(w, versions, sizeof(versions));
	if (fits(&rest, sizeof(share) + 32)) {
		put_bytes(w, share, sizeof(share));
		put_noise(w, flow, 6, 32);
	}
	put_padding(w, rest);
}

static uint32_t tls_head(const struct build_flow *flow, uint8_t direction, uint8_t *ret_bytes)
{
	const struct build_side *side = &flow->side[direction];
	struct writer w = { ret_bytes, 0, STREAM_HEAD_LIMIT };
	uint32_t n = side->message_bytes;

	switch (side->message_kind) {
	case KIND_CLIENT_HELLO:
		client_hello(&w, flow, n);
		break;
	case KIND_SERVER_HELLO:
		server_hello(&w, flow, n);
		break;
	case KIND_CHANGE:
		put_u8(&w, TLS_CHANGE);
		put_be16(&w, TLS_MAJOR << 8 | minor(flow));
		put_bytes(&w, "\x00\x01\x01", 3);
		break;
	default:
		put_u8(&w, side->message_kind == KIND_ALERT ? TLS_ALERT : TLS_DATA);
		put_be16(&w, TLS_MAJOR << 8 | minor(flow));
		put_be16(&w, n > RECORD_HEAD ? n - RECORD_HEAD : 2);
		break;
	}
	return w.n < w.room ? w.n : w.room;
}

static const struct stream_ops tls_stream = {
	.filler = STREAM_NOISE,
	.plan = tls_plan,
	.head = tls_head,
};

static void tls_fill(struct build_flow *flow, const struct automaton_step *steps, uint32_t n_steps,
		     uint32_t i, int64_t time_ns, uint8_t *ret_bytes)
{
	const struct stream_cuts cuts = { .at = { (uint16_t)steps[i].payload_bytes } };

	(void)time_ns;
	stream_cuts_keep(flow, steps[i].direction, &cuts);
	stream_fill(flow, &tls_stream, steps, n_steps, i, ret_bytes);
}

const struct payload_ops payload_tls_ops = { .name = "tls",
					     .fill = tls_fill,
					     .habits = PAYLOAD_HABIT(HABIT_TLS_VERSION) |
						       PAYLOAD_HABIT(HABIT_TLS_CUT) };
