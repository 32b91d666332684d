/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One TCP flow as features of its headers: what is counted packet by packet, in fixed memory, and
 * the numbers that come of it when the flow ends. The kinds of features are those of CICFlowMeter
 * and of the analyses of TCP flags made with it: shares of flags, header bytes, gaps, rates,
 * windows, counts.
 */
#ifndef SOSIE_EVAL_FLAG_FLOW_H
#define SOSIE_EVAL_FLAG_FLOW_H

#include "flow/record.h"
#include "packet/decode.h"

enum {
	EVAL_N_FLAGS = 8,     /* bits of the flags' byte, FIN first */
	EVAL_FLAG_WORDS = 32, /* packets of a flow whose order is looked at */
};
extern const char *const eval_flag_names[EVAL_N_FLAGS]; /* "FIN" ... "CWR" */

/*
 * A packet as a word: 1 << 9, flags << 1, direction (1: by the responder). Words in a row are one
 * number, the latest in the lowest bits; because a word is never 0 its length is known.
 */
enum { EVAL_WORD_BITS = 10, EVAL_GRAM_WORDS = 3, EVAL_OPENING_WORDS = 5 };
uint64_t eval_flag_word(uint8_t flags, bool backward);

/* All zeroes before the first packet. */
struct eval_flag_flow {
	uint64_t n_flags[EVAL_N_FLAGS];				/* packets with the flag */
	uint64_t n_packets[2];					/* by direction, forward first */
	uint64_t header_bytes[2], payload_bytes[2], windows[2]; /* sums */
	uint16_t first_window[2];
	uint32_t n_words;
	uint64_t n_gaps;
	double gap_mean_us, gap_m2, gap_max_us;
	uint16_t words[EVAL_FLAG_WORDS];
};

/* A TCP packet with its header, no later fragment. Allocates nothing. gap_us >= 0, since the flow's
 * packet before. */
void eval_flag_flow_add(struct eval_flag_flow *flow, const struct packet_view *view, bool backward,
			double gap_us);

/* IP and TCP headers, with options. */
uint32_t eval_header_bytes(const struct packet_view *view);

enum eval_flag_feature {
	EVAL_FLAG_FEATURE_FLAGS, /* share of packets with the flag, FIN first: EVAL_N_FLAGS of them
				  */
	EVAL_FLAG_FEATURE_HEADER_FWD = EVAL_FLAG_FEATURE_FLAGS + EVAL_N_FLAGS, /* bytes, mean */
	EVAL_FLAG_FEATURE_HEADER_BWD,
	EVAL_FLAG_FEATURE_PAYLOAD_FWD, /* bytes, mean */
	EVAL_FLAG_FEATURE_PAYLOAD_BWD,
	EVAL_FLAG_FEATURE_GAP_MEAN, /* us; from the second packet on, as are the next two */
	EVAL_FLAG_FEATURE_GAP_STD,
	EVAL_FLAG_FEATURE_GAP_MAX,
	EVAL_FLAG_FEATURE_PACKET_RATE, /* per second; where the duration is above 0 */
	EVAL_FLAG_FEATURE_BYTE_RATE,
	EVAL_FLAG_FEATURE_WINDOW_FIRST_FWD, /* as on the wire */
	EVAL_FLAG_FEATURE_WINDOW_FIRST_BWD,
	EVAL_FLAG_FEATURE_WINDOW_MEAN_FWD,
	EVAL_FLAG_FEATURE_WINDOW_MEAN_BWD,
	EVAL_FLAG_FEATURE_DURATION, /* us */
	EVAL_FLAG_FEATURE_PACKETS_FWD,
	EVAL_FLAG_FEATURE_PACKETS_BWD,
	EVAL_FLAG_FEATURE_BYTES_FWD, /* IP packets */
	EVAL_FLAG_FEATURE_BYTES_BWD,
	EVAL_N_FLAG_FEATURES
};

struct eval_flag_feature_info {
	const char *key;  /* "gap_mean" */
	const char *unit; /* "us" */
	double scale;	  /* for struct eval_summary */
	bool is_share;	  /* in [0, 1]; else a size, of which the logarithm counts */
};
const struct eval_flag_feature_info *eval_flag_feature_info(enum eval_flag_feature feature);

/* Bit i of the result: ret_values[i] is defined. A direction without packets has no features. */
uint32_t eval_flag_features(const struct eval_flag_flow *flow, const struct flow_record *record,
			    double ret_values[EVAL_N_FLAG_FEATURES]);

/* The bin of a value for mutual information: shares in 64ths, sizes by quarter octaves of value *
 * scale. Below 256. */
uint32_t eval_flag_feature_bin(enum eval_flag_feature feature, double value);

#endif
