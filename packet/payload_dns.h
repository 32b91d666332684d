/* SPDX-License-Identifier: Apache-2.0 */
/* DNS messages (RFC 1035) of a given length, for DNS, mDNS and LLMNR. */
#ifndef SOSIE_PACKET_PAYLOAD_DNS_H
#define SOSIE_PACKET_PAYLOAD_DNS_H

#include "packet/payload_writer.h"
#include <stdbool.h>

enum { DNS_HEADER = 12, DNS_LEAST = 17 /* the root and its type */ };

struct dns_message {
	uint16_t id, flags; /* flags with the response bit */
	uint16_t type;	    /* asked for */
	uint32_t n_name;    /* length of the name on the wire, see dns_name_bytes */
	uint32_t number;    /* of the host asked about */
	bool local;	    /* name in .local */
};

/* The name length of a question of n bytes in all; the rest is an OPT record (RFC 6891). */
uint32_t dns_name_bytes(uint32_t n);
/* The nearest length a question may have, and that an answer to a name of n_name bytes may have. */
uint32_t dns_fit_question(uint32_t n, uint32_t max);
uint32_t dns_fit_answer(uint32_t n_name, uint32_t n, uint32_t max);
/* Writes n bytes, a length dns_fit_ gave. An answer too short for its question is a bare header. */
void dns_put(struct writer *w, const struct dns_message *m, uint32_t n);

#endif
