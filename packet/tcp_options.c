/* SPDX-License-Identifier: Apache-2.0 */
#include "packet/tcp_options.h"

#include "base/bytes.h"

enum { END = 0, NOTHING = 1, MSS = 2, SCALE = 3, SACK = 4, TIMESTAMPS = 8, LIMIT_SCALE = 14 };

struct tcp_options tcp_options_read(const uint8_t *bytes, uint32_t n_bytes)
{
	struct tcp_options options = { .window_scale = -1 };
	uint32_t i = 0;

	while (i < n_bytes && bytes[i] != END) {
		uint32_t n;

		if (bytes[i] == NOTHING) {
			i++;
			continue;
		}
		if (i + 2 > n_bytes)
			break;
		n = bytes[i + 1];
		if (n < 2 || n > n_bytes - i)
			break;
		if (bytes[i] == MSS && n == 4)
			options.mss = be16_get(bytes + i + 2);
		else if (bytes[i] == SCALE && n == 3)
			/* RFC 7323: above 14 counts as 14. */
			options.window_scale =
				(int8_t)(bytes[i + 2] > LIMIT_SCALE ? LIMIT_SCALE : bytes[i + 2]);
		else if (bytes[i] == SACK && n == 2)
			options.sack = true;
		else if (bytes[i] == TIMESTAMPS && n == 10)
			options.timestamps = true;
		i += n;
	}
	return options;
}
