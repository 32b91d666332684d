/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connection states: what the packets of a flow amount to, named as Zeek names them in conn_state.
 *
 * The tracker is the one definition that the meter, the automaton learner and the ground truth
 * share; because its memory is one byte, an automaton can carry it in its states and so end in
 * exactly the state asked for. For TCP 15 bytes can occur, for others 2, none of them needlessly.
 *
 * "Established" is: one side's part of the handshake was seen (the originator's SYN, the
 * responder's SYN-ACK) and the other side then sent anything but RST. What ends a connection first,
 * a RST or FINs of both, decides its state. See conn.c for where this differs from Zeek.
 */
#ifndef SOSIE_BASE_CONN_H
#define SOSIE_BASE_CONN_H

#include <stdbool.h>
#include <stdint.h>

enum conn_state {
	CONN_S0,     /* attempt seen, no answer (UDP, ICMP, others: only the originator spoke) */
	CONN_S1,     /* established, not closed */
	CONN_SF,     /* established and closed by both (UDP, ICMP, others: both spoke) */
	CONN_REJ,    /* attempt answered by RST */
	CONN_S2,     /* established, only the originator closed */
	CONN_S3,     /* established, only the responder closed */
	CONN_RSTO,   /* established, originator sent RST */
	CONN_RSTR,   /* established, responder sent RST */
	CONN_RSTOS0, /* SYN, then RST from the originator, no SYN-ACK seen */
	CONN_RSTRH,  /* SYN-ACK, then RST from the responder, no SYN seen */
	CONN_SH,     /* SYN, then FIN from the originator, no SYN-ACK seen */
	CONN_SHR,    /* SYN-ACK, then FIN from the responder, no SYN seen */
	CONN_OTH,    /* no SYN at all: joined in the middle */
	CONN_N_STATES
};

/* TCP flag bits as on the wire. */
enum {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
	TCP_ECE = 0x40,
	TCP_CWR = 0x80,
};

struct conn_track {
	uint8_t bits; /* 0 at the start; private to conn.c, but all there is: equal bits, equal
			 future */
};

/* Takes one packet into account. backward: sent by the responder. proto is the IP protocol number.
 */
void conn_track_step(struct conn_track *track, uint8_t proto, bool backward, uint8_t tcp_flags);

/* The state if the flow ended here. */
enum conn_state conn_track_state(const struct conn_track *track, uint8_t proto);

/* True once a FIN or RST was seen: a pure SYN now starts a new flow (cli.md). */
bool conn_track_closing(const struct conn_track *track);

const char *conn_state_name(enum conn_state state);
/* Returns the state, or -1 for no such name. "-" is not a state. */
int conn_state_parse(const char *name);

/* "FSRPAUEC" letters of the bits set, in that order; "-" for none. */
enum { TCP_FLAGS_TEXT_BYTES = 10 };
const char *tcp_flags_format(uint8_t flags, char ret_text[TCP_FLAGS_TEXT_BYTES]);
int tcp_flags_parse(const char *text, uint8_t *ret_flags); /* letters in any order, or "-" */

#endif
