/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/pacer.h"

#include "base/ns.h"

__extension__ typedef unsigned __int128 uint128;
__extension__ typedef __int128 int128;

void pacer_init(struct pacer *pacer, const struct pace *pace, int64_t origin_ns)
{
	*pacer = (struct pacer) {
		.pace = *pace,
		.origin_ns = origin_ns,
		.sent_ns = origin_ns,
		.sent_due_ns = origin_ns,
	};
}

static uint128 bits_asked(const struct pacer *p)
{
	return (uint128)p->n_bits[1] << 64 | p->n_bits[0];
}

static void add_bits(struct pacer *p, uint32_t n_bytes)
{
	uint64_t bytes = n_bytes;
	uint128 sum;

	if (!p->pace.l2)
		bytes = (n_bytes < PACE_WIRE_MIN ? PACE_WIRE_MIN : n_bytes) + PACE_WIRE_BYTES;
	sum = bits_asked(p) + 8 * bytes;
	p->n_bits[0] = (uint64_t)sum;
	p->n_bits[1] = (uint64_t)(sum >> 64);
}

/* An instant that does not fit is one that never comes. */
static int64_t after_origin(const struct pacer *p, uint128 ns)
{
	int128 due = (int128)p->origin_ns + (int128)(ns >> 64 != 0 ? INT64_MAX : ns);

	return due > INT64_MAX ? INT64_MAX : (int64_t)due;
}

int64_t pacer_due(struct pacer *p, int64_t time_ns, uint32_t n_bytes)
{
	const uint64_t rate = p->pace.rate;
	uint128 ns = 0;

	if (!p->begun)
		p->first_ns = time_ns;
	p->begun = true;
	switch (p->pace.mode) {
	case PACE_ORIGINAL:
		if (time_ns > p->first_ns)
			ns = (uint128)((int128)time_ns - p->first_ns) * PACE_MICRO / rate;
		break;
	case PACE_PACKETS:
		ns = (uint128)p->n_packets * ((uint128)PACE_MICRO * NS_PER_S) / rate;
		break;
	case PACE_BITS:
		ns = bits_asked(p) * NS_PER_S / rate;
		break;
	default:
		break;
	}
	p->n_packets++;
	add_bits(p, n_bytes);
	return after_origin(p, ns);
}

int64_t pacer_send_at(const struct pacer *p, int64_t due_ns)
{
	int128 asked = (int128)due_ns - p->sent_due_ns;
	int128 eased = p->sent_ns + (asked * p->ease >> 32);

	return eased > due_ns ? (int64_t)eased : due_ns;
}

void pacer_sent(struct pacer *p, int64_t due_ns, int64_t now_ns)
{
	int64_t faster = now_ns - due_ns;

	if (faster < PACE_EASE_MIN_NS)
		faster = PACE_EASE_MIN_NS;
	if (faster > PACE_EASE_NS)
		faster = PACE_EASE_NS;
	p->ease = (int64_t)(((uint64_t)PACE_EASE_NS << 32) / (uint64_t)(PACE_EASE_NS + faster) + 1);
	p->sent_due_ns = due_ns;
	p->sent_ns = now_ns;
}

static void move_origin(struct pacer *p, int64_t by_ns, int64_t *due_ns)
{
	p->origin_ns += by_ns;
	p->sent_due_ns += by_ns;
	*due_ns += by_ns;
	p->n_stalls++;
	p->stalled_ns += by_ns;
}

bool pacer_admit(struct pacer *p, int64_t now_ns, int64_t *due_ns)
{
	int64_t late_ns = now_ns - *due_ns;

	if (p->pace.mode == PACE_TOP)
		return true;
	switch (p->pace.late) {
	case PACE_SHIFT:
		if (late_ns > p->pace.tolerance_ns)
			move_origin(p, late_ns, due_ns);
		return true;
	case PACE_DROP:
		return late_ns <= p->pace.tolerance_ns;
	default:
		if (p->pace.stall_ns > 0 && late_ns > p->pace.stall_ns)
			move_origin(p, late_ns, due_ns);
		return true;
	}
}

void pacer_change_rate(struct pacer *p, uint64_t rate, int64_t now_ns)
{
	p->pace.rate = rate;
	p->origin_ns = p->sent_ns = p->sent_due_ns = now_ns;
	p->n_packets = 0;
	p->n_bits[0] = p->n_bits[1] = 0;
	p->begun = false;
}
