/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/conn.h"

enum { TCP = 6, UDP = 17, ICMP = 1 };

/*
 * Takes packets written as letters: S SYN, h SYN-ACK, A ACK, D data (PSH ACK), F FIN ACK, R RST,
 * B RST ACK, X SYN FIN, Y SYN RST; upper case from the originator, after '<' from the responder.
 */
static void run(struct conn_track *track, uint8_t proto, const char *packets)
{
	bool backward = false;

	for (; *packets != '\0'; packets++) {
		uint8_t flags = 0;

		switch (*packets) {
		case '<':
			backward = true;
			continue;
		case 'S':
			flags = TCP_SYN;
			break;
		case 'h':
			flags = TCP_SYN | TCP_ACK;
			break;
		case 'A':
			flags = TCP_ACK;
			break;
		case 'D':
			flags = TCP_PSH | TCP_ACK;
			break;
		case 'F':
			flags = TCP_FIN | TCP_ACK;
			break;
		case 'R':
			flags = TCP_RST;
			break;
		case 'B':
			flags = TCP_RST | TCP_ACK;
			break;
		case 'X':
			flags = TCP_SYN | TCP_FIN;
			break;
		case 'Y':
			flags = TCP_SYN | TCP_RST;
			break;
		default:
			fail_msg("no packet '%c'", *packets);
		}
		conn_track_step(track, proto, backward, flags);
		backward = false;
	}
}

static const struct {
	const char *packets, *state;
	bool closing;
} cases[] = {
	{ "S", "S0", false },
	{ "SSS", "S0", false },
	{ "SAD", "S0", false }, /* only the originator's side was captured */
	{ "S<h", "S1", false },
	{ "S<hA", "S1", false },
	{ "S<h<hAD<D<AD", "S1", false },
	{ "S<S", "S1", false },	   /* simultaneous open */
	{ "S<AD<D", "S1", false }, /* the SYN-ACK was lost by the capture */
	{ "<hSA", "S1", false },   /* captured in the wrong order */
	{ "<hA", "S1", false },	   /* the SYN was lost by the capture */
	{ "DS<hA", "S1", false },  /* data before the SYN: reordered */
	{ "S<hADF<AF", "S2", true },
	{ "S<hAF", "S2", true },
	{ "S<hAFFF<D<D", "S2", true },
	{ "SF<A", "S2", true },
	{ "S<hA<F", "S3", true },
	{ "S<hA<FADD", "S3", true },
	{ "S<F", "S3", true },
	{ "<hA<F", "S3", true },
	{ "S<hAD<DF<FA", "SF", true },
	{ "S<hA<FAF<A", "SF", true },
	{ "SF<F", "SF", true },
	{ "S<hAF<FR", "SF", true }, /* a RST after both FINs changes nothing */
	{ "S<hAF<F<RD", "SF", true },
	{ "S<B", "REJ", true },
	{ "SS<BS<B", "REJ", true },
	{ "SF<B", "REJ", true },
	{ "X<B", "REJ", true },
	{ "S<hR", "RSTO", true }, /* what a half-open scan sends to an open port */
	{ "S<hADR", "RSTO", true },
	{ "S<hADF<AR", "RSTO", true },
	{ "S<hA<FR", "RSTO", true },
	{ "S<hADR<D<R<F", "RSTO", true },
	{ "SR<h", "RSTO", true },
	{ "<hR", "RSTO", true },
	{ "S<hA<R", "RSTR", true },
	{ "S<hADF<B", "RSTR", true },
	{ "S<hA<F<R", "RSTR", true },
	{ "S<hA<RRF", "RSTR", true },
	{ "<h<RA", "RSTR", true },
	{ "SR", "RSTOS0", true },
	{ "SSB", "RSTOS0", true },
	{ "SFR", "RSTOS0", true },
	{ "Y", "RSTOS0", true },
	{ "SR<R", "RSTOS0", true },
	{ "<h<R", "RSTRH", true },
	{ "<h<A<F<R", "RSTRH", true },
	{ "SF", "SH", true },
	{ "X", "SH", true },
	{ "SAF", "SH", true },
	{ "<h<F", "SHR", true },
	{ "<h<h<D<F", "SHR", true },
	{ "", "OTH", false },
	{ "D<DA<A", "OTH", false },
	{ "<h", "OTH", false },
	{ "<h<h<D", "OTH", false },
	{ "DF<F", "OTH", true },
	{ "D<R", "OTH", true },
	{ "F", "OTH", true },
	{ "RS<hA", "OTH", true }, /* the meter starts a new flow at this SYN; the old one stays */
	{ "hS", "S0", false },	  /* a SYN-ACK from the originator says nothing */
};

static void sequences_end_in_their_state(void **state)
{
	bool seen[CONN_N_STATES] = { false };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conn_track track = { 0 };
		enum conn_state end;

		run(&track, TCP, cases[i].packets);
		end = conn_track_state(&track, TCP);
		if (strcmp(conn_state_name(end), cases[i].state) != 0)
			fail_msg("'%s' gave %s, not %s", cases[i].packets, conn_state_name(end),
				 cases[i].state);
		assert_int_equal(conn_track_closing(&track), cases[i].closing);
		seen[end] = true;
	}
	for (i = 0; i < CONN_N_STATES; i++)
		assert_true(seen[i]);
}

/* All bytes that any packets can lead to: the automaton learner pays for each. */
static unsigned int reach(uint8_t proto, bool reached[256])
{
	uint8_t queue[256];
	unsigned int n = 1, at = 0;

	memset(reached, 0, 256 * sizeof(*reached));
	queue[0] = 0;
	reached[0] = true;
	for (; at < n; at++) {
		unsigned int flags;

		for (flags = 0; flags < 512; flags++) {
			struct conn_track track = { queue[at] };

			conn_track_step(&track, proto, flags >= 256, (uint8_t)flags);
			if (!reached[track.bits]) {
				reached[track.bits] = true;
				queue[n++] = track.bits;
			}
		}
	}
	return n;
}

/* No two bytes may mean the same: in one step or more some packets tell them apart. */
static void memory_is_minimal(void **state)
{
	uint8_t class[256] = { 0 };
	bool reached[256];
	int n_classes = 0, before = -1, a, b, flags;

	(void)state;
	assert_int_equal(reach(TCP, reached), 15);
	for (a = 0; a < 256; a++) {
		struct conn_track track = { (uint8_t)a };

		class[a] =
			(uint8_t)(2 * conn_track_state(&track, TCP) + conn_track_closing(&track));
	}
	while (n_classes != before) { /* Moore's refinement */
		uint8_t next[256] = { 0 };

		before = n_classes;
		n_classes = 0;
		for (a = 0; a < 256; a++) {
			if (!reached[a])
				continue;
			next[a] = (uint8_t)n_classes;
			for (b = 0; b < a; b++) {
				bool same = reached[b] && class[a] == class[b];

				for (flags = 0; same && flags < 512; flags++) {
					struct conn_track x = { (uint8_t)a }, y = { (uint8_t)b };

					conn_track_step(&x, TCP, flags >= 256, (uint8_t)flags);
					conn_track_step(&y, TCP, flags >= 256, (uint8_t)flags);
					same = class[x.bits] == class[y.bits];
				}
				if (same) {
					next[a] = next[b];
					break;
				}
			}
			n_classes += next[a] == n_classes;
		}
		memcpy(class, next, sizeof(class));
	}
	assert_int_equal(n_classes, 15);
}

/* Closing never goes back, and what the flags other than SYN, ACK, FIN, RST say has no weight. */
static void steps_keep_their_promises(void **state)
{
	bool reached[256];
	int a, flags;

	(void)state;
	reach(TCP, reached);
	for (a = 0; a < 256; a++) {
		for (flags = 0; reached[a] && flags < 512; flags++) {
			struct conn_track x = { (uint8_t)a }, y = { (uint8_t)a };
			bool was = conn_track_closing(&x);

			conn_track_step(&x, TCP, flags >= 256, (uint8_t)flags);
			assert_true(conn_track_closing(&x) >= was);
			if (flags & (TCP_FIN | TCP_RST))
				assert_true(conn_track_closing(&x));
			conn_track_step(&y, TCP, flags >= 256,
					(uint8_t)(flags & (TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST)));
			assert_int_equal(x.bits, y.bits);
		}
	}
}

static void others_are_s0_or_sf(void **state)
{
	static const uint8_t protos[] = { UDP, ICMP, 58, 47, 132, 0, 255 };
	bool reached[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(protos); i++) {
		struct conn_track track = { 0 };

		assert_int_equal(conn_track_state(&track, protos[i]), CONN_S0);
		run(&track, protos[i], "DDRF");
		assert_int_equal(conn_track_state(&track, protos[i]), CONN_S0);
		run(&track, protos[i], "<DD<R");
		assert_int_equal(conn_track_state(&track, protos[i]), CONN_SF);
		assert_false(conn_track_closing(&track));
		assert_int_equal(reach(protos[i], reached), 2);
	}
}

/* A byte from a file may be anything. */
static void any_byte_is_safe(void **state)
{
	int a, flags;

	(void)state;
	for (a = 0; a < 256; a++) {
		for (flags = 0; flags < 512; flags++) {
			struct conn_track track = { (uint8_t)a };

			conn_track_step(&track, TCP, flags >= 256, (uint8_t)flags);
			assert_true(conn_track_state(&track, TCP) < CONN_N_STATES);
			assert_true(conn_track_state(&track, UDP) < CONN_N_STATES);
		}
	}
}

static void names(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < CONN_N_STATES; i++)
		assert_int_equal(conn_state_parse(conn_state_name((enum conn_state)i)), i);
	assert_int_equal(conn_state_parse("-"), -1);
	assert_int_equal(conn_state_parse(""), -1);
	assert_int_equal(conn_state_parse("sf"), -1);
	assert_int_equal(conn_state_parse("SFX"), -1);
	assert_string_equal(conn_state_name(CONN_N_STATES), "-");
}

static void flags_read_back(void **state)
{
	char text[TCP_FLAGS_TEXT_BYTES];
	uint8_t back;
	int flags;

	(void)state;
	for (flags = 0; flags < 256; flags++) {
		assert_int_equal(tcp_flags_parse(tcp_flags_format((uint8_t)flags, text), &back), 0);
		assert_int_equal(back, flags);
	}
	assert_string_equal(tcp_flags_format(0xff, text), "FSRPAUEC");
	assert_string_equal(tcp_flags_format(TCP_SYN | TCP_ACK, text), "SA");
	assert_string_equal(tcp_flags_format(0, text), "-");
	assert_int_equal(tcp_flags_parse("AS", &back), 0);
	assert_int_equal(back, TCP_SYN | TCP_ACK);
	assert_int_equal(tcp_flags_parse("", &back), -1);
	assert_int_equal(tcp_flags_parse("s", &back), -1);
	assert_int_equal(tcp_flags_parse("S-", &back), -1);
	assert_int_equal(back, TCP_SYN | TCP_ACK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sequences_end_in_their_state),
		cmocka_unit_test(memory_is_minimal),
		cmocka_unit_test(steps_keep_their_promises),
		cmocka_unit_test(others_are_s0_or_sf),
		cmocka_unit_test(any_byte_is_safe),
		cmocka_unit_test(names),
		cmocka_unit_test(flags_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
