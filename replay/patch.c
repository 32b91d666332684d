/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/patch.h"

#include <string.h>

#include "base/bytes.h"

/* What a one's-complement sum grows by when n bytes become others. */
static uint32_t difference(const uint8_t *from, const uint8_t *to, uint32_t n)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < n; i += 2)
		sum += (uint16_t)~be16_get(from + i) + (uint32_t)be16_get(to + i);
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static void adjust(const struct cover *cover, uint32_t by)
{
	for (; cover != NULL && cover->field != NULL; cover = cover->outer) {
		uint16_t from = be16_get(cover->field), to;

		if (cover->is_udp && from == 0)
			return;
		to = (uint16_t)~fold((uint16_t)~from + fold(by));
		if (cover->is_udp && to == 0)
			to = 0xffff;
		be16_put(cover->field, to);
		by = (uint16_t)~from + (uint32_t)to;
	}
}

void patch_bytes(const struct patch *patch, uint8_t *at, const uint8_t *to, uint32_t n)
{
	uint32_t by = difference(at, to, n);

	if (memcmp(at, to, n) == 0)
		return;
	for (uint32_t i = 0; i < patch->n_covers; i++)
		adjust(patch->covers[i], by);
	memcpy(at, to, n);
}
