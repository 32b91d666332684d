/* SPDX-License-Identifier: Apache-2.0 */
/* NTP version 4 (RFC 5905): the server's origin timestamp is the client's transmit timestamp. */
#include "base/ns.h"
#include "packet/payload_makers.h"
#include "packet/payload_match.h"
#include "packet/payload_noise.h"
#include "packet/payload_writer.h"

enum {
	PLAIN = 48,
	SIGNED = 68, /* with key id and MD5 digest */
	MODE_CLIENT = 3,
	MODE_SERVER = 4,
	POLL_USUAL = 6,	      /* every 64 s */
	PRECISION_USUAL = 23, /* 2^-23 s */
};

#define SECONDS_1900_TO_1970 UINT64_C(2208988800)

static uint32_t fit(const struct build_flow *flow, const struct automaton_step *steps,
		    uint32_t n_steps, uint32_t i, uint32_t n, uint32_t max)
{
	(void)flow;
	(void)steps;
	(void)n_steps;
	(void)i;
	return n < (PLAIN + SIGNED) / 2 || max < SIGNED ? PLAIN : SIGNED;
}

static uint64_t timestamp(int64_t ns)
{
	uint64_t t = ns > 0 ? (uint64_t)ns : 0;
	uint64_t fraction = ((t % (uint64_t)NS_PER_S) << 32) / (uint64_t)NS_PER_S;

	return (t / (uint64_t)NS_PER_S + SECONDS_1900_TO_1970) << 32 | fraction;
}

static int64_t time_between(const struct automaton_step *steps, uint32_t first, uint32_t last)
{
	int64_t sum = 0;

	for (uint32_t j = first + 1; j <= last; j++)
		sum += steps[j].gap_ns;
	return sum;
}

static void fill(struct build_flow *flow, const struct automaton_step *steps, uint32_t n_steps,
		 uint32_t i, int64_t time_ns, uint8_t *ret_bytes)
{
	const uint8_t direction = steps[i].direction;
	bool server = direction == STEP_BACKWARD;
	uint32_t request = server ? payload_match(steps, i) : i;
	uint64_t sent = timestamp(time_ns - time_between(steps, request, i));
	struct writer w = { ret_bytes, 0, steps[i].payload_bytes };
	uint8_t digest[SIGNED - PLAIN];

	(void)n_steps;
	put_u8(&w, 4u << 3 | (server ? MODE_SERVER : MODE_CLIENT)); /* no leap second, version 4 */
	put_u8(&w, server ? 2 : 0);
	put_u8(&w, (uint32_t)payload_habit(flow, direction, HABIT_NTP_POLL, i, POLL_USUAL));
	put_u8(&w,
	       (uint8_t)-payload_habit(flow, direction, HABIT_NTP_PRECISION, i, PRECISION_USUAL));
	put_be32(&w, server ? 0x00000123 : 0);
	put_be32(&w, server ? 0x00000321 : 0);
	put_be32(&w, server ? 0xc0000201u + (uint32_t)(flow->noise % 200) : 0); /* RFC 5737 */
	put_be64(&w, server ? timestamp(time_ns - 64 * NS_PER_S) : 0);
	put_be64(&w, server ? sent : 0);
	put_be64(&w, server ? timestamp(time_ns - 40 * NS_PER_US) : 0);
	put_be64(&w, server ? timestamp(time_ns - 10 * NS_PER_US) : sent);
	payload_noise(flow, steps[i].direction, i, digest, sizeof(digest));
	digest[0] = digest[1] = digest[2] = 0; /* key numbers are small */
	put_bytes(&w, digest, sizeof(digest));
}

const struct payload_ops payload_ntp_ops = { .name = "ntp",
					     .fit = fit,
					     .fill = fill,
					     .habits = PAYLOAD_HABIT(HABIT_NTP_POLL) |
						       PAYLOAD_HABIT(HABIT_NTP_PRECISION) };
