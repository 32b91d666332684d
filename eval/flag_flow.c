/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/flag_flow.h"

#include "base/detmath.h"
#include "base/ns.h"
#include "eval/count.h"

const char *const eval_flag_names[EVAL_N_FLAGS] = { "FIN", "SYN", "RST", "PSH",
						    "ACK", "URG", "ECE", "CWR" };

static const struct eval_flag_feature_info infos[EVAL_N_FLAG_FEATURES] = {
	{ "fin", "share", 1000, true },
	{ "syn", "share", 1000, true },
	{ "rst", "share", 1000, true },
	{ "psh", "share", 1000, true },
	{ "ack", "share", 1000, true },
	{ "urg", "share", 1000, true },
	{ "ece", "share", 1000, true },
	{ "cwr", "share", 1000, true },
	[EVAL_FLAG_FEATURE_HEADER_FWD] = { "header_fwd", "bytes", 1, false },
	[EVAL_FLAG_FEATURE_HEADER_BWD] = { "header_bwd", "bytes", 1, false },
	[EVAL_FLAG_FEATURE_PAYLOAD_FWD] = { "payload_fwd", "bytes", 1, false },
	[EVAL_FLAG_FEATURE_PAYLOAD_BWD] = { "payload_bwd", "bytes", 1, false },
	[EVAL_FLAG_FEATURE_GAP_MEAN] = { "gap_mean", "us", 1, false },
	[EVAL_FLAG_FEATURE_GAP_STD] = { "gap_std", "us", 1, false },
	[EVAL_FLAG_FEATURE_GAP_MAX] = { "gap_max", "us", 1, false },
	[EVAL_FLAG_FEATURE_PACKET_RATE] = { "packet_rate", "/s", 1000, false },
	[EVAL_FLAG_FEATURE_BYTE_RATE] = { "byte_rate", "B/s", 1000, false },
	[EVAL_FLAG_FEATURE_WINDOW_FIRST_FWD] = { "window_first_fwd", "", 1, false },
	[EVAL_FLAG_FEATURE_WINDOW_FIRST_BWD] = { "window_first_bwd", "", 1, false },
	[EVAL_FLAG_FEATURE_WINDOW_MEAN_FWD] = { "window_mean_fwd", "", 1, false },
	[EVAL_FLAG_FEATURE_WINDOW_MEAN_BWD] = { "window_mean_bwd", "", 1, false },
	[EVAL_FLAG_FEATURE_DURATION] = { "duration", "us", 1, false },
	[EVAL_FLAG_FEATURE_PACKETS_FWD] = { "packets_fwd", "", 1, false },
	[EVAL_FLAG_FEATURE_PACKETS_BWD] = { "packets_bwd", "", 1, false },
	[EVAL_FLAG_FEATURE_BYTES_FWD] = { "bytes_fwd", "bytes", 1, false },
	[EVAL_FLAG_FEATURE_BYTES_BWD] = { "bytes_bwd", "bytes", 1, false },
};

const struct eval_flag_feature_info *eval_flag_feature_info(enum eval_flag_feature feature)
{
	return &infos[feature];
}

uint64_t eval_flag_word(uint8_t flags, bool backward)
{
	return UINT64_C(1) << (EVAL_WORD_BITS - 1) | (uint64_t)flags << 1 | (backward ? 1 : 0);
}

uint32_t eval_header_bytes(const struct packet_view *view)
{
	return view->ip_bytes > view->payload_bytes ? view->ip_bytes - view->payload_bytes : 0;
}

static void add_gap(struct eval_flag_flow *flow, double gap_us)
{
	double delta = gap_us - flow->gap_mean_us;

	flow->n_gaps++;
	flow->gap_mean_us += delta / (double)flow->n_gaps;
	flow->gap_m2 += delta * (gap_us - flow->gap_mean_us);
	if (gap_us > flow->gap_max_us)
		flow->gap_max_us = gap_us;
}

void eval_flag_flow_add(struct eval_flag_flow *flow, const struct packet_view *view, bool backward,
			double gap_us)
{
	int side = backward ? 1 : 0;

	for (unsigned int i = 0; i < EVAL_N_FLAGS; i++)
		flow->n_flags[i] += view->tcp_flags >> i & 1;
	if (flow->n_packets[0] + flow->n_packets[1] > 0)
		add_gap(flow, gap_us);
	if (flow->n_packets[side]++ == 0)
		flow->first_window[side] = view->window;
	flow->header_bytes[side] += eval_header_bytes(view);
	flow->payload_bytes[side] += view->payload_bytes;
	flow->windows[side] += view->window;
	if (flow->n_words < EVAL_FLAG_WORDS)
		flow->words[flow->n_words++] = (uint16_t)eval_flag_word(view->tcp_flags, backward);
}

/* Those of one direction; the forward features stand before the backward ones. */
static uint32_t features_of_side(const struct eval_flag_flow *flow, int side,
				 double values[EVAL_N_FLAG_FEATURES])
{
	double n = (double)flow->n_packets[side];
	int header = EVAL_FLAG_FEATURE_HEADER_FWD + side,
	    payload = EVAL_FLAG_FEATURE_PAYLOAD_FWD + side;
	int first = EVAL_FLAG_FEATURE_WINDOW_FIRST_FWD + side,
	    mean = EVAL_FLAG_FEATURE_WINDOW_MEAN_FWD + side;

	if (flow->n_packets[side] == 0)
		return 0;
	values[header] = (double)flow->header_bytes[side] / n;
	values[payload] = (double)flow->payload_bytes[side] / n;
	values[first] = flow->first_window[side];
	values[mean] = (double)flow->windows[side] / n;
	return 1U << header | 1U << payload | 1U << first | 1U << mean;
}

static uint32_t features_of_time(const struct eval_flag_flow *flow,
				 const struct flow_record *record,
				 double values[EVAL_N_FLAG_FEATURES])
{
	double seconds = (double)record->duration_ns / (double)NS_PER_S;
	uint32_t defined = 1U << EVAL_FLAG_FEATURE_DURATION;

	values[EVAL_FLAG_FEATURE_DURATION] = (double)record->duration_ns / (double)NS_PER_US;
	if (flow->n_gaps > 0) {
		values[EVAL_FLAG_FEATURE_GAP_MEAN] = flow->gap_mean_us;
		values[EVAL_FLAG_FEATURE_GAP_STD] = det_sqrt(flow->gap_m2 / (double)flow->n_gaps);
		values[EVAL_FLAG_FEATURE_GAP_MAX] = flow->gap_max_us;
		defined |= 7U << EVAL_FLAG_FEATURE_GAP_MEAN;
	}
	if (record->duration_ns > 0) {
		values[EVAL_FLAG_FEATURE_PACKET_RATE] =
			(double)(record->fwd_packets + record->bwd_packets) / seconds;
		values[EVAL_FLAG_FEATURE_BYTE_RATE] =
			(double)(record->fwd_bytes + record->bwd_bytes) / seconds;
		defined |= 1U << EVAL_FLAG_FEATURE_PACKET_RATE | 1U << EVAL_FLAG_FEATURE_BYTE_RATE;
	}
	return defined;
}

uint32_t eval_flag_features(const struct eval_flag_flow *flow, const struct flow_record *record,
			    double ret_values[EVAL_N_FLAG_FEATURES])
{
	double n = (double)(flow->n_packets[0] + flow->n_packets[1]);
	uint32_t defined = features_of_time(flow, record, ret_values);

	for (int side = 0; side < 2; side++)
		defined |= features_of_side(flow, side, ret_values);
	for (int i = 0; n > 0 && i < EVAL_N_FLAGS; i++) {
		ret_values[EVAL_FLAG_FEATURE_FLAGS + i] = (double)flow->n_flags[i] / n;
		defined |= 1U << (EVAL_FLAG_FEATURE_FLAGS + i);
	}
	ret_values[EVAL_FLAG_FEATURE_PACKETS_FWD] = (double)record->fwd_packets;
	ret_values[EVAL_FLAG_FEATURE_PACKETS_BWD] = (double)record->bwd_packets;
	ret_values[EVAL_FLAG_FEATURE_BYTES_FWD] = (double)record->fwd_bytes;
	ret_values[EVAL_FLAG_FEATURE_BYTES_BWD] = (double)record->bwd_bytes;
	return defined | 15U << EVAL_FLAG_FEATURE_PACKETS_FWD;
}

uint32_t eval_flag_feature_bin(enum eval_flag_feature feature, double value)
{
	const struct eval_flag_feature_info *info = &infos[feature];

	if (!(value > 0))
		return 0;
	if (info->is_share)
		return (uint32_t)(value * 64);
	value *= info->scale;
	return eval_quarter_octave(value < 9e18 ? (uint64_t)value : UINT64_C(9000000000000000000));
}
