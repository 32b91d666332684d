/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/sketch.h"

#include <stdbool.h>
#include <string.h>

enum { LEAST_LENGTH = 8 }; /* smaller numbers agree by chance */

enum sketch_kind sketch_kind_of(uint8_t byte)
{
	if (byte == 0)
		return SKETCH_KIND_ZERO;
	if (byte < 4)
		return SKETCH_KIND_FEW;
	if (byte == '\t' || byte == '\n' || byte == '\r')
		return SKETCH_KIND_WHITE;
	if (byte < ' ')
		return SKETCH_KIND_CONTROL;
	if (byte >= '0' && byte <= '9')
		return SKETCH_KIND_DIGIT;
	if (byte >= 'A' && byte <= 'Z')
		return SKETCH_KIND_UPPER;
	if (byte >= 'a' && byte <= 'z')
		return SKETCH_KIND_LOWER;
	if (byte < 127)
		return SKETCH_KIND_SIGN;
	if (byte < 192)
		return SKETCH_KIND_HIGH;
	return byte < UINT8_MAX ? SKETCH_KIND_HIGHER : SKETCH_KIND_ONES;
}

static bool kind_is_printable(enum sketch_kind kind)
{
	return (kind >= SKETCH_KIND_DIGIT && kind <= SKETCH_KIND_SIGN) || kind == SKETCH_KIND_WHITE;
}

/* Four classes to an octave, 0 for 1 byte, 63 from 57344 on. */
static uint8_t size_class(uint32_t n_bytes)
{
	uint32_t octave = 0;

	if (n_bytes > UINT16_MAX)
		n_bytes = UINT16_MAX;
	while (n_bytes >> (octave + 1) != 0)
		octave++;
	return (uint8_t)(4 * octave + (((n_bytes - (1U << octave)) * 4) >> octave));
}

/* What a field of that value, ending at byte `end`, counts of n bytes: 0 to 2; -1: nothing. */
static int counted(uint32_t value, uint32_t end, uint32_t n)
{
	/* Headers that lengths leave out: UDP-like, RADIUS-like, STUN, GTP and their kin. */
	static const uint8_t others[] = { 2, 4, 5, 6, 8, 12, 20 };

	if (value < LEAST_LENGTH || value > n)
		return -1;
	if (value == n)
		return 0;
	if (n - value == end)
		return 1;
	for (size_t i = 0; i < sizeof(others); i++) {
		if (n - value == others[i])
			return 2;
	}
	return -1;
}

static uint8_t length_class(const uint8_t *bytes, uint32_t n_bytes, uint32_t n_payload)
{
	for (uint32_t i = 0; i < SKETCH_LENGTH_PLACES && i + 2 <= n_bytes; i++) {
		const uint32_t value[2] = { (uint32_t)bytes[i] << 8 | bytes[i + 1],
					    (uint32_t)bytes[i + 1] << 8 | bytes[i] };

		for (uint32_t order = 0; order < 2; order++) {
			const int what = counted(value[order], i + 2, n_payload);

			if (what >= 0)
				return (uint8_t)(1 + (i * 2 + order) * 3 + (uint32_t)what);
		}
	}
	return 0;
}

static uint8_t share(uint32_t part, uint32_t whole)
{
	const uint32_t eighths = part * SKETCH_SHARES / whole;

	return (uint8_t)(eighths < SKETCH_SHARES ? eighths : SKETCH_SHARES - 1);
}

void sketch_make(const uint8_t *bytes, uint32_t n_bytes, uint32_t n_payload,
		 struct sketch *ret_sketch)
{
	const uint32_t n = n_bytes < SKETCH_BYTES ? n_bytes : SKETCH_BYTES;
	uint32_t printable = 0, zero = 0, high = 0, upper = 0, lower = 0, distinct = 0;
	uint8_t *value = ret_sketch->value;
	bool seen[UINT8_MAX + 1] = { false };

	memset(value, SKETCH_UNKNOWN, SKETCH_FEATURES);
	value[SKETCH_SIZE] = size_class(n_payload);
	if (n == 0)
		return;
	for (uint32_t i = 0; i < n; i++) {
		const enum sketch_kind kind = sketch_kind_of(bytes[i]);

		printable += kind_is_printable(kind);
		zero += bytes[i] == 0;
		high += bytes[i] >= 128;
		upper += kind == SKETCH_KIND_UPPER;
		lower += kind == SKETCH_KIND_LOWER;
		distinct += !seen[bytes[i]];
		seen[bytes[i]] = true;
	}
	value[SKETCH_PRINTABLE] = share(printable, n);
	value[SKETCH_ZERO] = share(zero, n);
	value[SKETCH_HIGH] = share(high, n);
	value[SKETCH_UPPER] = share(upper, n);
	value[SKETCH_LOWER] = share(lower, n);
	value[SKETCH_DISTINCT] = share(distinct, n);
	value[SKETCH_LENGTH] = length_class(bytes, n, n_payload);
	for (uint32_t i = 0; i < SKETCH_KINDS; i++)
		value[SKETCH_BYTE + i] =
			i < n ? (uint8_t)sketch_kind_of(bytes[i]) : SKETCH_KIND_NONE;
}

uint32_t sketch_classes(int feature)
{
	switch (feature) {
	case SKETCH_SIZE:
		return SKETCH_SIZE_CLASSES;
	case SKETCH_PRINTABLE:
	case SKETCH_ZERO:
	case SKETCH_HIGH:
	case SKETCH_UPPER:
	case SKETCH_LOWER:
	case SKETCH_DISTINCT:
		return SKETCH_SHARES;
	case SKETCH_LENGTH:
		return SKETCH_LENGTH_CLASSES;
	default:
		return SKETCH_N_KINDS;
	}
}

uint32_t sketch_first(int feature)
{
	uint32_t first = 0;

	for (int f = 0; f < feature; f++)
		first += sketch_classes(f);
	return first;
}

void sketch_table_add(struct sketch_table *table, const struct sketch *sketches, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t *count = table->count[sketches[i].slot];
		uint32_t first = 0;

		for (int f = 0; f < SKETCH_FEATURES; first += sketch_classes(f), f++) {
			const uint8_t value = sketches[i].value[f];

			if (value != SKETCH_UNKNOWN && count[first + value] < UINT32_MAX)
				count[first + value]++;
		}
	}
}
