/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/flags.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/ns.h"
#include "packet/capture.h"
#include "packet/meter.h"

enum { LOOK_UP_EVERY = 4096 /* packets, a power of two */, SHIFT_CLASS = 56 };

const char *const eval_flag_summary_names[EVAL_N_FLAG_SUMMARIES] = {
	"header_fwd", "header_bwd", "payload_fwd", "payload_bwd",
	"gap_fwd",    "gap_bwd",    "window_fwd",  "window_bwd",
};

struct reading {
	struct eval_flags *flags;
	const struct eval_labels *labels;
};

void eval_flags_freep(struct eval_flags **flags)
{
	struct eval_flags *f = *flags;

	if (f == NULL)
		return;
	free(f->classes);
	eval_counts_done(&f->bins);
	eval_counts_done(&f->openings);
	eval_counts_done(&f->grams);
	free(f);
	*flags = NULL;
}

static void on_packet(void *context, void *state, const struct packet_view *view, bool backward,
		      int64_t gap_ns)
{
	struct eval_flags *flags = ((struct reading *)context)->flags;
	struct eval_flag_flow *flow = state;
	double gap_us = gap_ns > 0 ? (double)gap_ns / (double)NS_PER_US : 0;
	bool first = flow->n_packets[0] + flow->n_packets[1] == 0;
	struct eval_summary *side = flags->packets + backward;

	if (view->proto != IPPROTO_TCP || view->fragment_offset > 0)
		return;
	flags->n_tcp++;
	flags->bytes[view->tcp_flags]++;
	eval_summary_add(side + EVAL_PACKETS_HEADER_FWD, eval_header_bytes(view), 1);
	eval_summary_add(side + EVAL_PACKETS_PAYLOAD_FWD, view->payload_bytes, 1);
	eval_summary_add(side + EVAL_PACKETS_WINDOW_FWD, view->window, 1);
	if (!first)
		eval_summary_add(side + EVAL_PACKETS_GAP_FWD, gap_us, 1);
	eval_flag_flow_add(flow, view, backward, gap_us);
}

/* The class of that name, new if need be. */
static size_t class_of(struct eval_flags *flags, const char *name)
{
	struct eval_flag_class *classes = flags->classes;

	for (size_t i = 0; i < flags->n_classes; i++) {
		if (strcmp(classes[i].name, name) == 0)
			return i;
	}
	if (flags->n_classes == EVAL_FLAGS_LIMIT_CLASSES)
		return EVAL_FLAGS_LIMIT_CLASSES - 1;
	snprintf(classes[flags->n_classes].name, sizeof(classes[0].name), "%s",
		 flags->n_classes < EVAL_FLAGS_LIMIT_CLASSES - 1 ? name : "(others)");
	return flags->n_classes++;
}

static int count_gram(struct eval_flags *flags, struct eval_counts *counts, uint64_t key)
{
	if (counts->n_keys >= EVAL_FLAGS_LIMIT_GRAMS && eval_counts_get(counts, key) == 0) {
		flags->n_left_out++;
		return 0;
	}
	return eval_counts_add(counts, key);
}

static int count_words(struct eval_flags *flags, size_t i_class, const struct eval_flag_flow *flow)
{
	static const uint64_t gram_mask = (UINT64_C(1) << EVAL_WORD_BITS * EVAL_GRAM_WORDS) - 1;
	uint64_t class_bits = (uint64_t)i_class << SHIFT_CLASS, words = 0;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < flow->n_words; i++) {
		words = words << EVAL_WORD_BITS | flow->words[i];
		if (i + 1 == EVAL_OPENING_WORDS ||
		    (i + 1 == flow->n_words && i + 1 < EVAL_OPENING_WORDS))
			r = count_gram(flags, &flags->openings, class_bits | words);
		if (r == 0 && i + 1 >= EVAL_GRAM_WORDS) {
			flags->classes[i_class].n_grams++;
			r = count_gram(flags, &flags->grams, class_bits | (words & gram_mask));
		}
	}
	return r;
}

static int count_features(struct eval_flags *flags, size_t i_class,
			  const struct eval_flag_flow *flow, const struct flow_record *record)
{
	double values[EVAL_N_FLAG_FEATURES];
	uint32_t defined = eval_flag_features(flow, record, values);
	int r = 0;

	eval_correlations_add(&flags->correlations, defined, values);
	for (uint32_t i = 0; r == 0 && i < EVAL_N_FLAG_FEATURES; i++) {
		enum eval_flag_feature feature = (enum eval_flag_feature)i;

		if ((defined >> i & 1) == 0)
			continue;
		eval_summary_add(&flags->flows[i], values[i],
				 eval_flag_feature_info(feature)->scale);
		eval_range_add(&flags->classes[i_class].features[i], values[i]);
		r = eval_counts_add(&flags->bins,
				    i << 16 | eval_flag_feature_bin(feature, values[i]) << 8 |
					    (uint32_t)i_class);
	}
	return r;
}

static int on_flow(void *context, const struct meter_flow *meter_flow)
{
	const struct reading *reading = context;
	const struct eval_flag_flow *flow = meter_flow->state;
	const struct flow_record *record = meter_flow->record;
	struct eval_flags *flags = reading->flags;
	const char *name = record->service;
	struct eval_flag_class *class;
	size_t i_class;
	int r;

	flags->n_flows++;
	if (record->proto != IPPROTO_TCP || flow->n_words == 0)
		return 0;
	if (reading->labels != NULL) {
		name = eval_label_of(reading->labels, record);
		flags->n_labelled += name != NULL;
		name = name != NULL ? name : "-";
	}
	i_class = class_of(flags, name);
	class = &flags->classes[i_class];
	flags->n_tcp_flows++;
	class->n_flows++;
	class->n_packets += flow->n_packets[0] + flow->n_packets[1];
	for (int i = 0; i < EVAL_N_FLAGS; i++)
		class->n_flags[i] += flow->n_flags[i];
	r = count_words(flags, i_class, flow);
	return r == 0 ? count_features(flags, i_class, flow, record) : r;
}

static int look(const struct eval_watch *watch, const char *path, const struct capture *capture)
{
	int64_t size = capture_file_bytes(capture);

	if (watch == NULL || watch->look == NULL)
		return 0;
	return watch->look(watch->context, path,
			   size > 0 ? (double)capture_file_position(capture) / (double)size : -1);
}

static int read_capture(const char *path, struct reading *reading, const struct eval_watch *watch,
			struct err *err)
{
	const struct meter_options options = { .on_flow = on_flow,
					       .on_packet = on_packet,
					       .state_bytes = sizeof(struct eval_flag_flow),
					       .context = reading };
	CLEANUP(capture_freep) struct capture *capture = NULL;
	CLEANUP(meter_freep) struct meter *meter = NULL;
	struct capture_packet packet;
	int r = capture_open(path, &capture, err);

	if (r == 0)
		r = meter_new(&options, &meter, err);
	while (r == 0 && (r = capture_next(capture, &packet, err)) > 0) {
		r = meter_packet(meter, &packet, err);
		if (r == 0 && (++reading->flags->n_packets & (LOOK_UP_EVERY - 1)) == 0)
			r = look(watch, path, capture);
	}
	if (r == 0)
		r = meter_flush(meter, err);
	if (r < 0 && r != -EINTR && err != NULL && err->text[0] == '\0')
		err_set(err, r, "'%s': %s", path, strerror(-r));
	return r;
}

int eval_flags_read(const char *path, const struct eval_labels *labels,
		    const struct eval_watch *watch, struct eval_flags **ret_flags, struct err *err)
{
	CLEANUP(eval_flags_freep) struct eval_flags *flags = calloc(1, sizeof(*flags));
	struct reading reading = { flags, labels };
	int r;

	if (flags == NULL)
		return err_no_memory(err);
	flags->by_label = labels != NULL;
	flags->classes = mem_array(EVAL_FLAGS_LIMIT_CLASSES, sizeof(*flags->classes));
	if (flags->classes == NULL)
		return err_no_memory(err);
	r = read_capture(path, &reading, watch, err);
	if (r < 0)
		return r;
	if (flags->n_tcp_flows == 0)
		return err_set(err, -EINVAL, "'%s': no TCP flows", path);
	if (labels != NULL && flags->n_labelled == 0)
		return err_set(err, -EINVAL,
			       "'%s': none of its TCP flows is in the table of labels", path);
	*ret_flags = take(&flags);
	return 0;
}
