/* SPDX-License-Identifier: Apache-2.0 */
/* The TCP options that tell stacks apart (RFC 9293, RFC 7323, RFC 2018). */
#ifndef SOSIE_PACKET_TCP_OPTIONS_H
#define SOSIE_PACKET_TCP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct tcp_options {
	uint16_t mss;	     /* option 2; 0: absent */
	int8_t window_scale; /* option 3; -1: absent */
	bool sack;	     /* option 4 */
	bool timestamps;     /* option 8 */
};

/* Reads n bytes behind the fixed header; a damaged list ends where it is damaged. */
struct tcp_options tcp_options_read(const uint8_t *bytes, uint32_t n_bytes);

#endif
