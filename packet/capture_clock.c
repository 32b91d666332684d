/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/capture_clock.h"

#include <errno.h>

#include "base/ns.h"

__extension__ typedef unsigned __int128 uint128;

static uint64_t power_of_ten(unsigned int exponent)
{
	uint64_t v = 1;

	while (exponent-- > 0)
		v *= 10;
	return v;
}

int capture_clock_init(struct capture_clock *clock, uint8_t resolution, int64_t offset_s)
{
	uint8_t exponent = resolution & 0x7f;

	*clock = (struct capture_clock) { .offset_s = offset_s };
	if (resolution & 0x80) {
		if (exponent > 63)
			return -EINVAL;
		clock->binary = true;
		clock->shift = exponent;
	} else if (exponent > 19) {
		return -EINVAL;
	} else if (exponent <= 9) {
		clock->factor = power_of_ten(9u - exponent);
	} else {
		clock->divisor = power_of_ten(exponent - 9u);
	}
	return 0;
}

int capture_clock_ns(const struct capture_clock *clock, uint64_t ticks, int64_t *ret_ns)
{
	uint128 wide;
	int64_t ns;

	if (clock->binary)
		wide = ((uint128)ticks * (uint64_t)NS_PER_S) >> clock->shift;
	else if (clock->factor != 0)
		wide = (uint128)ticks * clock->factor;
	else
		wide = ticks / clock->divisor;
	if (clock->offset_s == 0) {
		if (wide > INT64_MAX)
			return -ERANGE;
		*ret_ns = (int64_t)wide;
		return 0;
	}
	if (wide > (uint128)INT64_MAX * 2 || __builtin_mul_overflow(clock->offset_s, NS_PER_S, &ns))
		return -ERANGE;
	/* wide may exceed int64 where a negative offset brings it back. */
	if (wide > INT64_MAX) {
		if (__builtin_add_overflow(ns, INT64_MAX, &ns))
			return -ERANGE;
		wide -= INT64_MAX;
	}
	if (__builtin_add_overflow(ns, (int64_t)wide, &ns))
		return -ERANGE;
	*ret_ns = ns;
	return 0;
}
