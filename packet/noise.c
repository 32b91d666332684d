/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/noise.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/conn.h"
#include "base/ns.h"

#define MOST_SHARE 0.5
/* What overtakes is of a burst. A dissector that takes bytes as they come would call smaller ones
 * malformed, being whole messages of others. */
#define SWAP_LEAST_BYTES 512
/* A single byte again is a keep-alive. */
#define REPEAT_LEAST_BYTES 2
/* Segments farther apart do not overtake each other, and look like re-emissions where they do. */
#define SWAP_GAP_NS NS_PER_MS

static int parse_share(const char *text, size_t n, uint32_t *ret_share, struct err *err)
{
	char number[32], *end;
	double share;

	if (n == 0 || n >= sizeof(number))
		return err_set(err, -EINVAL, "noise '%.*s': expected a share like 0.01",
			       (int)(n < 40 ? n : 40), text);
	memcpy(number, text, n);
	number[n] = '\0';
	share = strtod(number, &end);
	if (*end != '\0' || !(share >= 0 && share <= MOST_SHARE))
		return err_set(err, -EINVAL, "noise '%s': expected a share from 0 to 0.5", number);
	*ret_share = (uint32_t)(share * 0x1p32);
	return 0;
}

static int parse_class(const char *text, size_t n, struct noise *noise, struct err *err)
{
	static const char *const refused[] = { "omission", "addition" };
	const char *equals = memchr(text, '=', n);
	const size_t n_name = equals != NULL ? (size_t)(equals - text) : n;

	for (size_t k = 0; k < sizeof(refused) / sizeof(*refused); k++) {
		if (n_name == strlen(refused[k]) && memcmp(text, refused[k], n_name) == 0)
			return err_set(err, -EINVAL,
				       "noise %s: not made by this version, for it would change "
				       "what a flow's counts are of; reemission and transposition "
				       "are",
				       refused[k]);
	}
	if (equals != NULL && n_name == 10 && memcmp(text, "reemission", n_name) == 0)
		return parse_share(equals + 1, n - n_name - 1, &noise->reemission, err);
	if (equals != NULL && n_name == 13 && memcmp(text, "transposition", n_name) == 0)
		return parse_share(equals + 1, n - n_name - 1, &noise->transposition, err);
	return err_set(err, -EINVAL,
		       "noise '%.*s': expected a share, or reemission=SHARE or "
		       "transposition=SHARE",
		       (int)(n < 40 ? n : 40), text);
}

int noise_parse(const char *text, struct noise *ret_noise, struct err *err)
{
	struct noise noise = { 0, 0 };
	int r = 0;

	if (text[0] == '.' || (text[0] >= '0' && text[0] <= '9')) {
		r = parse_share(text, strlen(text), &noise.reemission, err);
		noise.transposition = noise.reemission;
	} else {
		for (const char *at = text; r == 0; at++) {
			const size_t n = strcspn(at, ",");

			r = parse_class(at, n, &noise, err);
			at += n;
			if (*at == '\0')
				break;
		}
	}
	if (r == 0)
		*ret_noise = noise;
	return r;
}

static bool is_data(const struct automaton_step *step)
{
	return step->payload_bytes > 0 && (step->flags & (TCP_SYN | TCP_FIN | TCP_RST)) == 0;
}

/* Step i and the one before are of one kind and direction. */
static bool is_pair(const struct automaton_step *steps, uint32_t i)
{
	return is_data(&steps[i]) && is_data(&steps[i - 1]) &&
	       steps[i].direction == steps[i - 1].direction && steps[i].flags == steps[i - 1].flags;
}

static bool can_repeat(const struct automaton_step *steps, uint32_t i)
{
	return is_pair(steps, i) && steps[i].payload_bytes <= steps[i - 1].payload_bytes &&
	       steps[i].payload_bytes >= REPEAT_LEAST_BYTES;
}

/* Of one length, so that the lengths of frames, too, are as they were drawn. */
static bool can_swap(const struct automaton_step *steps, uint32_t i)
{
	return is_pair(steps, i) && steps[i].payload_bytes == steps[i - 1].payload_bytes &&
	       steps[i].payload_bytes >= SWAP_LEAST_BYTES && steps[i].gap_ns <= SWAP_GAP_NS;
}

/* The chance of each of n_can that share of n_all are met, in 2^-32. */
static uint64_t chance_of(uint32_t share, uint64_t n_all, uint64_t n_can)
{
	return n_can == 0 ? 0 : (uint64_t)share * n_all / n_can;
}

uint32_t noise_mark(const struct noise *noise, struct automaton_step *steps, uint32_t n_steps,
		    struct rng *rng)
{
	uint64_t n_data = 0, n_repeat = 0, n_swap = 0, repeat, swap;
	uint32_t n_marked = 0, quiet_until = 0;

	for (uint32_t i = 0; i < n_steps; i++) {
		n_data += is_data(&steps[i]);
		n_repeat += i > 0 && can_repeat(steps, i);
		n_swap += i > 0 && can_swap(steps, i);
	}
	repeat = chance_of(noise->reemission, n_data, n_repeat);
	swap = chance_of(noise->transposition, n_data, n_swap);
	for (uint32_t i = 1; i < n_steps; i++) {
		if (i < quiet_until)
			continue;
		if (can_repeat(steps, i) && rng_u32(rng) < repeat) {
			steps[i].edge = NOISE_REEMISSION;
			n_marked++;
		} else if (can_swap(steps, i) && steps[i - 1].edge != NOISE_REEMISSION &&
			   rng_u32(rng) < swap) {
			steps[i - 1].edge = NOISE_TRANSPOSITION;
			n_marked++;
			/* The one after would repeat what is on its way already. */
			quiet_until = i + 2;
		}
	}
	return n_marked;
}
