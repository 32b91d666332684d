/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/payload_noise.h"

#include <string.h>

enum { STRETCH_BITS = 14 /* of a stream: what is loaded changes its kind every 16 KB */ };

static const char words[] =
	"the quarterly figures are in the folder of the project and the room is "
	"booked until noon while nothing else has changed since then so please "
	"look at them before the meeting on the second floor begins with ";

static const char text[] =
	"The quarterly figures are in the folder of the project. Please look at "
	"them by\r\n"
	"Friday, so that the meeting can begin with the open questions. The "
	"room is\r\n"
	"booked until noon; coffee will be there. Minutes of the last meeting "
	"follow.\r\n"
	"Nothing else has changed since. Best regards from the second floor.\r\n";

uint64_t payload_hash(const struct build_flow *flow, uint64_t what)
{
	uint64_t z = flow->noise + (what + 1) * UINT64_C(0x9e3779b97f4a7c15);

	/* splitmix64's finaliser (Steele, Lea, Flood, OOPSLA 2014) */
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void payload_noise(const struct build_flow *flow, uint8_t direction, uint64_t at,
		   uint8_t *ret_bytes, uint32_t n)
{
	rng_fill(payload_hash(flow, at << 1 | direction), ret_bytes, n);
}

int payload_habit(const struct build_flow *flow, uint8_t direction, int habit, uint64_t what,
		  int usual)
{
	const uint64_t key = what << 8 | (unsigned int)habit << 1 | direction;
	int value;

	if (flow->habits == NULL)
		return usual;
	value = habit_draw(flow->habits, direction, habit,
			   (uint32_t)payload_hash(flow, ~key)); /* apart from ids and noise */
	return value < 0 ? usual : value;
}

/* Noise becomes plain filler. Words of 8 bytes, which compilers make wider. */
static void shape(const struct habit_pool *pool, uint32_t from, uint8_t *bytes, uint32_t n)
{
	while (n > 0) {
		const uint32_t part = HABIT_POOL - from < n ? HABIT_POOL - from : n;
		const uint8_t *base = pool->base + from, *mask = pool->mask + from;

		for (uint32_t i = 0; i < part; i++)
			bytes[i] = (uint8_t)((bytes[i] & mask[i]) ^ base[i]);
		bytes += part;
		n -= part;
		from = 0;
	}
}

void payload_filler(const struct build_flow *flow, uint8_t direction, uint64_t at,
		    uint8_t *ret_bytes, uint32_t n)
{
	const int kind =
		payload_habit(flow, direction, HABIT_FILLER, at >> STRETCH_BITS, HABIT_NOISE);

	if (kind == HABIT_TEXT) {
		payload_text(flow, direction, at, ret_bytes, n);
		return;
	}
	payload_noise(flow, direction, at, ret_bytes, n);
	if (kind == HABIT_PLAIN && flow->habits->pool[direction] != NULL)
		shape(flow->habits->pool[direction],
		      (uint32_t)payload_hash(flow, at) % HABIT_POOL / HABIT_WORD * HABIT_WORD,
		      ret_bytes, n);
}

/* Copies n bytes of the endless repetition of unit, from place `at`. */
static void repeat_from(const char *unit, uint32_t n_unit, uint64_t at, uint8_t *ret_bytes,
			uint32_t n)
{
	uint32_t from = (uint32_t)(at % n_unit);

	while (n > 0) {
		uint32_t part = n_unit - from < n ? n_unit - from : n;

		memcpy(ret_bytes, unit + from, part);
		ret_bytes += part;
		n -= part;
		from = 0;
	}
}

void payload_text(const struct build_flow *flow, uint8_t direction, uint64_t at, uint8_t *ret_bytes,
		  uint32_t n)
{
	repeat_from(text, sizeof(text) - 1, at + direction + (flow->noise & 0xff), ret_bytes, n);
}

void payload_words(const struct build_flow *flow, uint8_t direction, uint64_t at,
		   uint8_t *ret_bytes, uint32_t n)
{
	repeat_from(words, sizeof(words) - 1, at + direction + (flow->noise & 0xff), ret_bytes, n);
}
