/* SPDX-License-Identifier: Apache-2.0 */
/* The internet checksum (RFC 1071). */
#ifndef SOSIE_PACKET_CHECKSUM_H
#define SOSIE_PACKET_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Adds n bytes to a running one's-complement sum (not folded to 16 bits; start with 0). Every part
 * but the last has even length. */
uint64_t checksum_add(uint64_t sum, const void *bytes, size_t n_bytes);
/* Folds and complements: the value for the header field, in host order. */
uint16_t checksum_finish(uint64_t sum);

#endif
