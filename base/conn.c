/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tracker is a table of 15 memories for TCP and 2 for all else: one for each conn_state, and
 * three for "other", which differ in what may still come. The rules behind the table:
 *
 * - A connection is established once one side's part of the handshake was seen (the originator's
 *   SYN or the responder's SYN-ACK) and the other side then sent anything but RST. So a packet the
 *   capture lost does not turn a conversation into an attempt, and the ACK that completes the
 *   handshake needs no memory (as in Zeek, SYN and SYN-ACK alone are S1).
 * - What ends a connection first, decides: a RST, or FIN from both sides. Nothing after that
 *   changes the state, except that a late answer shows that RSTOS0 was RSTO (or RSTRH RSTR) after
 *   all. Zeek would call an RST after both FINs RSTO or RSTR.
 * - Without SYN and SYN-ACK it is OTH whatever follows; Zeek says SF of two FINs seen there.
 */
#include "base/conn.h"

#include <stddef.h>
#include <string.h>

enum memory {
	M_NONE,	 /* no SYN, no SYN-ACK: nothing yet, or joined in the middle */
	M_LATE,	 /* the same, and a FIN or RST was seen */
	M_TRY,	 /* SYN, no answer */
	M_TRY_F, /* ... and the originator's FIN */
	M_TRY_R, /* ... and the originator's RST */
	M_REJECT,
	M_HALF,	  /* SYN-ACK, nothing from the originator */
	M_HALF_F, /* ... and the responder's FIN */
	M_HALF_R, /* ... and the responder's RST */
	M_OPEN,
	M_OPEN_FO, /* the originator's FIN */
	M_OPEN_FR, /* the responder's FIN */
	M_CLOSED,
	M_RESET_O,
	M_RESET_R,
	M_REPLY, /* not TCP: both spoke */
	N_MEMORIES
};

static const struct {
	enum conn_state state;
	bool closing;
} memories[N_MEMORIES] = {
	[M_NONE] = { CONN_OTH, false },	   [M_LATE] = { CONN_OTH, true },
	[M_TRY] = { CONN_S0, false },	   [M_TRY_F] = { CONN_SH, true },
	[M_TRY_R] = { CONN_RSTOS0, true }, [M_REJECT] = { CONN_REJ, true },
	[M_HALF] = { CONN_OTH, false },	   [M_HALF_F] = { CONN_SHR, true },
	[M_HALF_R] = { CONN_RSTRH, true }, [M_OPEN] = { CONN_S1, false },
	[M_OPEN_FO] = { CONN_S2, true },   [M_OPEN_FR] = { CONN_S3, true },
	[M_CLOSED] = { CONN_SF, true },	   [M_RESET_O] = { CONN_RSTO, true },
	[M_RESET_R] = { CONN_RSTR, true }, [M_REPLY] = { CONN_SF, false },
};

/* What a packet says, RST before FIN before the rest. */
enum event { E_PLAIN, E_FIN, E_RST, N_EVENTS };

/* [memory][backward][event], for packets that are not the first part of a handshake. */
static const uint8_t next_memory[N_MEMORIES][2][N_EVENTS] = {
	[M_NONE] = { { M_NONE, M_LATE, M_LATE }, { M_NONE, M_LATE, M_LATE } },
	[M_LATE] = { { M_LATE, M_LATE, M_LATE }, { M_LATE, M_LATE, M_LATE } },
	[M_TRY] = { { M_TRY, M_TRY_F, M_TRY_R }, { M_OPEN, M_OPEN_FR, M_REJECT } },
	[M_TRY_F] = { { M_TRY_F, M_TRY_F, M_TRY_R }, { M_OPEN_FO, M_CLOSED, M_REJECT } },
	[M_TRY_R] = { { M_TRY_R, M_TRY_R, M_TRY_R }, { M_RESET_O, M_RESET_O, M_TRY_R } },
	[M_REJECT] = { { M_REJECT, M_REJECT, M_REJECT }, { M_REJECT, M_REJECT, M_REJECT } },
	[M_HALF] = { { M_OPEN, M_OPEN_FO, M_RESET_O }, { M_HALF, M_HALF_F, M_HALF_R } },
	[M_HALF_F] = { { M_OPEN_FR, M_CLOSED, M_RESET_O }, { M_HALF_F, M_HALF_F, M_HALF_R } },
	[M_HALF_R] = { { M_RESET_R, M_RESET_R, M_HALF_R }, { M_HALF_R, M_HALF_R, M_HALF_R } },
	[M_OPEN] = { { M_OPEN, M_OPEN_FO, M_RESET_O }, { M_OPEN, M_OPEN_FR, M_RESET_R } },
	[M_OPEN_FO] = { { M_OPEN_FO, M_OPEN_FO, M_RESET_O }, { M_OPEN_FO, M_CLOSED, M_RESET_R } },
	[M_OPEN_FR] = { { M_OPEN_FR, M_CLOSED, M_RESET_O }, { M_OPEN_FR, M_OPEN_FR, M_RESET_R } },
	[M_CLOSED] = { { M_CLOSED, M_CLOSED, M_CLOSED }, { M_CLOSED, M_CLOSED, M_CLOSED } },
	[M_RESET_O] = { { M_RESET_O, M_RESET_O, M_RESET_O }, { M_RESET_O, M_RESET_O, M_RESET_O } },
	[M_RESET_R] = { { M_RESET_R, M_RESET_R, M_RESET_R }, { M_RESET_R, M_RESET_R, M_RESET_R } },
	[M_REPLY] = { { M_REPLY, M_REPLY, M_REPLY }, { M_REPLY, M_REPLY, M_REPLY } },
};

enum { PROTO_TCP = 6 };

/* Hands out M_NONE for bytes no tracker can hold, as a file might give. */
static enum memory memory_of(const struct conn_track *track)
{
	return track->bits < N_MEMORIES ? (enum memory)track->bits : M_NONE;
}

void conn_track_step(struct conn_track *track, uint8_t proto, bool backward, uint8_t tcp_flags)
{
	enum memory m = memory_of(track);
	enum event event = E_PLAIN;

	if (proto != PROTO_TCP) {
		if (backward)
			track->bits = M_REPLY;
		return;
	}
	if (tcp_flags & TCP_RST)
		event = E_RST;
	else if (tcp_flags & TCP_FIN)
		event = E_FIN;
	/* The first part of the handshake; FIN or RST may stand in the same packet (scans do that).
	 */
	if (m == M_NONE && (tcp_flags & TCP_SYN)) {
		if (!backward && !(tcp_flags & TCP_ACK))
			m = M_TRY;
		else if (backward && (tcp_flags & TCP_ACK))
			m = M_HALF;
	}
	track->bits = next_memory[m][backward][event];
}

enum conn_state conn_track_state(const struct conn_track *track, uint8_t proto)
{
	enum memory m = memory_of(track);

	if (proto != PROTO_TCP)
		return m == M_REPLY ? CONN_SF : CONN_S0;
	return m == M_REPLY ? CONN_OTH : memories[m].state;
}

bool conn_track_closing(const struct conn_track *track)
{
	return memories[memory_of(track)].closing;
}

static const char *const state_names[CONN_N_STATES] = {
	[CONN_S0] = "S0",	[CONN_S1] = "S1",     [CONN_SF] = "SF",
	[CONN_REJ] = "REJ",	[CONN_S2] = "S2",     [CONN_S3] = "S3",
	[CONN_RSTO] = "RSTO",	[CONN_RSTR] = "RSTR", [CONN_RSTOS0] = "RSTOS0",
	[CONN_RSTRH] = "RSTRH", [CONN_SH] = "SH",     [CONN_SHR] = "SHR",
	[CONN_OTH] = "OTH",
};

const char *conn_state_name(enum conn_state state)
{
	return (unsigned int)state < CONN_N_STATES ? state_names[state] : "-";
}

int conn_state_parse(const char *name)
{
	int i;

	for (i = 0; i < CONN_N_STATES; i++)
		if (strcmp(name, state_names[i]) == 0)
			return i;
	return -1;
}

static const char flag_letters[] = "FSRPAUEC";

const char *tcp_flags_format(uint8_t flags, char ret_text[TCP_FLAGS_TEXT_BYTES])
{
	size_t n = 0;
	int i;

	for (i = 0; i < 8; i++)
		if (flags & 1 << i)
			ret_text[n++] = flag_letters[i];
	if (n == 0)
		ret_text[n++] = '-';
	ret_text[n] = '\0';
	return ret_text;
}

int tcp_flags_parse(const char *text, uint8_t *ret_flags)
{
	unsigned int flags = 0;
	const char *p;

	if (text[0] == '\0')
		return -1;
	if (strcmp(text, "-") != 0) {
		for (p = text; *p != '\0'; p++) {
			const char *letter = strchr(flag_letters, *p);

			if (letter == NULL)
				return -1;
			flags |= 1u << (letter - flag_letters);
		}
	}
	*ret_flags = (uint8_t)flags;
	return 0;
}
