/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fillers for services nobody has told us about: noise whose first byte no guessing dissector takes
 * for its own; and, for ports whose dissectors in tshark 4.0 call noise malformed, what they accept
 * instead, found by trying: words, zeros, or either with a least length.
 */
#include <string.h>

#include "packet/payload_makers.h"
#include "packet/payload_noise.h"

/*
 * Guessing dissectors begin with the first byte: versions of RTP, QUIC and DTLS, types of STUN and
 * of dozens of others are below 0x60 or above 0x7f, and words in 0x7. are not followed by noise.
 */
enum { FIRST_BYTE = 0x70, FIRST_BYTE_MASK = 0x0f, LONG_LEAST = 64 };

static uint32_t long_fit(const struct build_flow *flow, const struct automaton_step *steps,
			 uint32_t n_steps, uint32_t i, uint32_t n, uint32_t max)
{
	(void)flow;
	(void)steps;
	(void)n_steps;
	(void)i;
	(void)max;
	return n < LONG_LEAST ? LONG_LEAST : n;
}

/* First bytes of the kinds that the network's have. */
static bool start_fill(const struct build_flow *flow, uint8_t direction, uint32_t i,
		       uint8_t *ret_bytes, uint32_t n)
{
	const struct habit_start *start =
		flow->habits != NULL ? flow->habits->start[direction] : NULL;
	uint64_t random = payload_hash(flow, (uint64_t)i << 32 | direction);

	if (start == NULL)
		return false;
	for (uint32_t place = 0; place < HABIT_STARTS && place < n; place++, random >>= 8)
		ret_bytes[place] = start->byte[place][random & UINT8_MAX];
	if (n > 1 && (ret_bytes[0] & 0xc0) == 0x80 && (ret_bytes[1] & 0xc0) == 0xc0)
		ret_bytes[1] ^= 0x40; /* RTCP, on any port */
	if (n > 1 && ret_bytes[0] == 'S' && ret_bytes[1] == '5')
		ret_bytes[1] = '4'; /* SINEC H1, on any port */
	return true;
}

static void noise_fill(struct build_flow *flow, const struct automaton_step *steps,
		       uint32_t n_steps, uint32_t i, int64_t time_ns, uint8_t *ret_bytes)
{
	uint8_t direction = steps[i].direction;

	(void)n_steps;
	(void)time_ns;
	payload_filler(flow, direction, flow->side[direction].payload_at, ret_bytes,
		       steps[i].payload_bytes);
	if (start_fill(flow, direction, i, ret_bytes, steps[i].payload_bytes))
		return;
	ret_bytes[0] = (uint8_t)(FIRST_BYTE | (ret_bytes[0] & FIRST_BYTE_MASK));
	/* 0x4. would be a unit data TPDU to the one who guesses at R-GOOSE. */
	if (steps[i].payload_bytes > 1 && (ret_bytes[1] & 0xf0) == 0x40)
		ret_bytes[1] |= 0x80;
}

/* Each segment begins with the same letter. */
static void words_fill(struct build_flow *flow, const struct automaton_step *steps,
		       uint32_t n_steps, uint32_t i, int64_t time_ns, uint8_t *ret_bytes)
{
	(void)n_steps;
	(void)time_ns;
	payload_words(flow, steps[i].direction, 0, ret_bytes, steps[i].payload_bytes);
	ret_bytes[0] = 'h';
}

/* Words, unless the network's messages begin with a zero, as nothing does that is looked for there
 * (QUIC). */
static void words_start_fill(struct build_flow *flow, const struct automaton_step *steps,
			     uint32_t n_steps, uint32_t i, int64_t time_ns, uint8_t *ret_bytes)
{
	noise_fill(flow, steps, n_steps, i, time_ns, ret_bytes);
	if (ret_bytes[0] != 0)
		words_fill(flow, steps, n_steps, i, time_ns, ret_bytes);
}

static void zeros_fill(struct build_flow *flow, const struct automaton_step *steps,
		       uint32_t n_steps, uint32_t i, int64_t time_ns, uint8_t *ret_bytes)
{
	(void)flow;
	(void)n_steps;
	(void)time_ns;
	memset(ret_bytes, 0, steps[i].payload_bytes);
}

const struct payload_ops payload_opaque_ops = {
	.name = "opaque", .fill = noise_fill, .habits = PAYLOAD_HABITS_BODY | PAYLOAD_HABITS_START
};
const struct payload_ops payload_words_ops = { .name = "words", .fill = words_fill };
const struct payload_ops payload_words_start_ops = { .name = "words-start",
						     .fill = words_start_fill,
						     .habits = PAYLOAD_HABITS_BODY |
							       PAYLOAD_HABITS_START };
const struct payload_ops payload_words_long_ops = { .name = "words-long",
						    .fit = long_fit,
						    .fill = words_fill };
const struct payload_ops payload_zeros_ops = { .name = "zeros", .fill = zeros_fill };
const struct payload_ops payload_zeros_long_ops = { .name = "zeros-long",
						    .fit = long_fit,
						    .fill = zeros_fill };

enum { T = RULE_TCP, U = RULE_UDP };

static const struct payload_range ranges[] = {
	{ 37, 37, T, &payload_zeros_long_ops },	      { 37, 37, U, &payload_zeros_long_ops },
	{ 49, 49, U, &payload_zeros_long_ops },	      { 80, 80, U, &payload_words_start_ops },
	{ 123, 123, T, &payload_zeros_long_ops },     { 173, 173, U, &payload_zeros_long_ops },
	{ 199, 199, T, &payload_zeros_long_ops },     { 210, 210, T, &payload_words_ops },
	{ 213, 213, U, &payload_words_long_ops },     { 319, 320, U, &payload_zeros_long_ops },
	{ 427, 427, U, &payload_zeros_long_ops },     { 496, 496, U, &payload_zeros_long_ops },
	{ 500, 500, T, &payload_zeros_ops },	      { 524, 524, T, &payload_zeros_long_ops },
	{ 524, 525, U, &payload_zeros_long_ops },     { 548, 548, T, &payload_zeros_long_ops },
	{ 664, 664, U, &payload_zeros_long_ops },     { 701, 701, U, &payload_zeros_long_ops },
	{ 854, 854, U, &payload_words_long_ops },     { 873, 873, T, &payload_zeros_long_ops },
	{ 910, 910, U, &payload_zeros_long_ops },     { 921, 921, U, &payload_zeros_long_ops },
	{ 988, 988, T, &payload_zeros_long_ops },     { 1001, 1001, U, &payload_zeros_long_ops },
	{ 1102, 1102, T, &payload_zeros_long_ops },   { 1293, 1293, U, &payload_zeros_long_ops },
	{ 1344, 1344, T, &payload_words_ops },	      { 1521, 1521, T, &payload_zeros_long_ops },
	{ 1628, 1629, U, &payload_zeros_long_ops },   { 1701, 1701, U, &payload_zeros_long_ops },
	{ 1723, 1723, T, &payload_zeros_long_ops },   { 1745, 1745, U, &payload_zeros_long_ops },
	{ 1861, 1861, T, &payload_zeros_ops },	      { 1998, 1998, T, &payload_zeros_long_ops },
	{ 2048, 2048, U, &payload_zeros_long_ops },   { 2222, 2222, U, &payload_zeros_long_ops },
	{ 2268, 2269, U, &payload_zeros_long_ops },   { 2269, 2269, T, &payload_zeros_long_ops },
	{ 2321, 2322, T, &payload_words_long_ops },   { 2345, 2345, U, &payload_zeros_long_ops },
	{ 2404, 2404, T, &payload_zeros_ops },	      { 2428, 2428, U, &payload_zeros_long_ops },
	{ 2600, 2600, T, &payload_words_ops },	      { 2812, 2812, T, &payload_zeros_long_ops },
	{ 2944, 2944, T, &payload_zeros_long_ops },   { 2944, 2944, U, &payload_zeros_long_ops },
	{ 2948, 2949, U, &payload_zeros_long_ops },   { 3000, 3000, U, &payload_zeros_long_ops },
	{ 3002, 3003, T, &payload_words_ops },	      { 3006, 3006, T, &payload_words_ops },
	{ 3250, 3250, U, &payload_zeros_long_ops },   { 3343, 3343, U, &payload_zeros_long_ops },
	{ 3357, 3357, T, &payload_zeros_long_ops },   { 3357, 3357, U, &payload_zeros_long_ops },
	{ 3389, 3389, U, &payload_zeros_long_ops },   { 3452, 3452, T, &payload_zeros_ops },
	{ 3452, 3452, U, &payload_zeros_long_ops },   { 3455, 3455, U, &payload_zeros_long_ops },
	{ 3632, 3632, T, &payload_zeros_long_ops },   { 3671, 3671, U, &payload_zeros_long_ops },
	{ 3784, 3784, U, &payload_zeros_long_ops },   { 4222, 4222, T, &payload_words_ops },
	{ 4223, 4224, T, &payload_zeros_long_ops },   { 4249, 4250, T, &payload_words_ops },
	{ 4306, 4307, U, &payload_zeros_long_ops },   { 4321, 4321, T, &payload_zeros_long_ops },
	{ 4342, 4342, U, &payload_zeros_long_ops },   { 4533, 4534, U, &payload_words_long_ops },
	{ 4551, 4551, T, &payload_zeros_long_ops },   { 4551, 4551, U, &payload_zeros_long_ops },
	{ 4555, 4555, T, &payload_zeros_long_ops },   { 4555, 4556, U, &payload_zeros_long_ops },
	{ 4569, 4569, U, &payload_words_long_ops },   { 4729, 4729, U, &payload_zeros_long_ops },
	{ 4754, 4754, U, &payload_zeros_long_ops },   { 4784, 4784, U, &payload_zeros_long_ops },
	{ 4790, 4790, U, &payload_zeros_long_ops },   { 4791, 4791, U, &payload_words_long_ops },
	{ 5000, 5000, T, &payload_words_ops },	      { 5000, 5001, U, &payload_zeros_long_ops },
	{ 5010, 5010, T, &payload_zeros_long_ops },   { 5031, 5031, U, &payload_zeros_long_ops },
	{ 5072, 5072, U, &payload_zeros_long_ops },   { 5094, 5094, T, &payload_zeros_long_ops },
	{ 5436, 5436, U, &payload_zeros_long_ops },   { 5555, 5555, T, &payload_zeros_long_ops },
	{ 5683, 5683, T, &payload_zeros_ops },	      { 6000, 6063, T, &payload_words_ops },
	{ 6081, 6081, U, &payload_zeros_long_ops },   { 6118, 6118, U, &payload_words_long_ops },
	{ 6160, 6160, T, &payload_zeros_long_ops },   { 6160, 6160, U, &payload_zeros_long_ops },
	{ 6343, 6343, U, &payload_zeros_long_ops },   { 6417, 6417, T, &payload_words_ops },
	{ 6666, 6666, T, &payload_zeros_long_ops },   { 6668, 6668, T, &payload_zeros_ops },
	{ 6784, 6784, U, &payload_zeros_long_ops },   { 6970, 6970, U, &payload_zeros_long_ops },
	{ 7074, 7074, U, &payload_zeros_long_ops },   { 7255, 7255, U, &payload_zeros_long_ops },
	{ 7275, 7275, U, &payload_zeros_long_ops },   { 7784, 7784, U, &payload_zeros_long_ops },
	{ 7911, 7911, T, &payload_zeros_long_ops },   { 8085, 8085, T, &payload_zeros_long_ops },
	{ 8200, 8200, U, &payload_zeros_long_ops },   { 8600, 8600, U, &payload_zeros_long_ops },
	{ 8611, 8614, U, &payload_zeros_long_ops },   { 8767, 8767, U, &payload_zeros_long_ops },
	{ 8848, 8848, U, &payload_zeros_long_ops },   { 9200, 9200, U, &payload_zeros_long_ops },
	{ 9202, 9203, U, &payload_zeros_long_ops },   { 9600, 9600, T, &payload_zeros_long_ops },
	{ 9901, 9901, U, &payload_zeros_long_ops },   { 9956, 9956, T, &payload_zeros_long_ops },
	{ 9956, 9956, U, &payload_zeros_long_ops },   { 10253, 10253, U, &payload_words_long_ops },
	{ 11273, 11273, U, &payload_zeros_long_ops }, { 12000, 12004, U, &payload_zeros_long_ops },
	{ 12220, 12220, U, &payload_zeros_long_ops }, { 17220, 17220, U, &payload_zeros_long_ops },
	{ 17755, 17756, U, &payload_zeros_long_ops }, { 22222, 22222, T, &payload_zeros_ops },
	{ 24576, 24577, U, &payload_zeros_long_ops }, { 26000, 26000, U, &payload_zeros_long_ops },
	{ 27500, 27500, U, &payload_zeros_long_ops }, { 27910, 27910, U, &payload_zeros_long_ops },
	{ 27950, 27953, U, &payload_zeros_long_ops }, { 27960, 27963, U, &payload_zeros_long_ops },
	{ 34962, 34962, U, &payload_zeros_long_ops }, { 34980, 34980, T, &payload_zeros_long_ops },
	{ 34980, 34980, U, &payload_zeros_long_ops }, { 48049, 48049, T, &payload_zeros_long_ops },
	{ 48898, 48898, T, &payload_zeros_long_ops },
};

const struct payload_range *payload_ranges(size_t *ret_n)
{
	*ret_n = sizeof(ranges) / sizeof(ranges[0]);
	return ranges;
}
