/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/truth.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "flow/row_order.h"

enum { FIRST_SLOTS = 1024 };

struct truth_row {
	struct flow_record record;
	uint64_t flow_id;
	uint64_t window;
	uint32_t occurrence;
};

/* A flow some of whose frames are written. */
struct truth_flow {
	struct flow_record planned;
	struct truth_row row;
	struct conn_track track;
	uint64_t ticket;
	int64_t last_ns;
	bool used;
};

struct truth {
	struct out_file file;
	FILE *out;
	enum flow_format format;
	const struct model *model;
	struct row_order *order;
	struct truth_flow **slots; /* open addressing by flow id */
	size_t n_slots, n_used;
	uint64_t n_rows, n_wrong;
};

static const char *pattern_of(const struct model *model, const struct flow_record *record)
{
	if (record->pattern == 0 || model->flow_ops->pattern_name == NULL)
		return "-";
	return model->flow_ops->pattern_name(model->flow, record->pattern - 1u);
}

static int write_row(void *context, const void *row)
{
	struct truth *truth = context;
	const struct truth_row *r = row;
	const struct flow_truth columns = {
		.flow_id = r->flow_id,
		.model = truth->model->name,
		.window = r->window,
		.occurrence = r->occurrence,
		.pattern = pattern_of(truth->model, &r->record),
	};

	truth->n_rows++;
	errno = 0;
	if (flow_write_row(truth->out, truth->format, &r->record, &columns) < 0)
		return errno != 0 ? -errno : -EIO; /* the stream says that, errno why */
	return 0;
}

int truth_new(const struct truth_options *options, struct truth **ret_truth, struct err *err)
{
	CLEANUP(truth_freep) struct truth *truth = calloc(1, sizeof(*truth));
	int r;

	if (truth == NULL)
		return err_no_memory(err);
	truth->file.fd = -1;
	truth->format = flow_format_of(options->path);
	truth->model = options->model;
	truth->n_slots = FIRST_SLOTS;
	truth->slots = mem_array(truth->n_slots, sizeof(*truth->slots));
	if (truth->slots == NULL)
		return err_no_memory(err);
	r = row_order_new(sizeof(struct truth_row), ROW_ORDER_WAITING, write_row, truth,
			  &truth->order, err);
	if (r == 0)
		r = out_file_open(&truth->file, options->path, err);
	if (r < 0)
		return err_wrap(err, r, "labels");
	truth->out = fdopen(dup(truth->file.fd), "w");
	if (truth->out == NULL)
		return err_set(err, -errno, "labels '%s': %s", options->path, strerror(errno));
	r = flow_write_header(truth->out, truth->format, true);
	if (r < 0)
		return err_set(err, r, "labels '%s': %s", options->path, strerror(-r));
	*ret_truth = take(&truth);
	return 0;
}

void truth_freep(struct truth **truth)
{
	struct truth *t = *truth;

	*truth = NULL;
	if (t == NULL)
		return;
	for (size_t i = 0; t->slots != NULL && i < t->n_slots; i++)
		free(t->slots[i]);
	free(t->slots);
	row_order_freep(&t->order);
	fclosep(&t->out);
	out_file_abort(&t->file);
	free(t);
}

uint64_t truth_n_rows(const struct truth *truth)
{
	return truth->n_rows;
}

uint64_t truth_n_wrong(const struct truth *truth)
{
	return truth->n_wrong;
}

/* Flow ids are consecutive numbers: they need no mixing. */
static size_t slot_of(const struct truth *truth, uint64_t flow_id)
{
	size_t i = flow_id & (truth->n_slots - 1);

	while (truth->slots[i] != NULL && truth->slots[i]->row.flow_id != flow_id)
		i = (i + 1) & (truth->n_slots - 1);
	return i;
}

static int grow(struct truth *truth)
{
	struct truth_flow **old = truth->slots;
	const size_t n_old = truth->n_slots;
	struct truth_flow **slots = mem_array(n_old * 2, sizeof(*slots));

	if (slots == NULL)
		return -ENOMEM;
	truth->slots = slots;
	truth->n_slots = n_old * 2;
	for (size_t i = 0; i < n_old; i++)
		if (old[i] != NULL)
			slots[slot_of(truth, old[i]->row.flow_id)] = old[i];
	free(old);
	return 0;
}

/* Takes slot i out and closes the gap, so that no tombstones pile up. */
static void erase(struct truth *truth, size_t i)
{
	const size_t mask = truth->n_slots - 1;
	size_t hole = i;

	free(truth->slots[i]);
	truth->slots[i] = NULL;
	truth->n_used--;
	for (size_t j = (i + 1) & mask; truth->slots[j] != NULL; j = (j + 1) & mask) {
		const size_t home = truth->slots[j]->row.flow_id & mask;

		if (((j - home) & mask) >= ((j - hole) & mask)) {
			truth->slots[hole] = truth->slots[j];
			truth->slots[j] = NULL;
			hole = j;
		}
	}
}

static int open_flow(struct truth *truth, const struct packet_frame *frame,
		     const struct batch_flow *planned)
{
	struct truth_flow *flow;
	struct flow_record *record;

	if ((truth->n_used + 1) * 2 > truth->n_slots) {
		int r = grow(truth);

		if (r < 0)
			return r;
	}
	flow = calloc(1, sizeof(*flow));
	if (flow == NULL)
		return -ENOMEM;
	flow->planned = planned->record;
	flow->row = (struct truth_row) { planned->record, frame->flow_id, planned->start.window,
					 planned->start.occurrence };
	record = &flow->row.record;
	record->start_ns = frame->time_ns;
	record->duration_ns = 0;
	record->flags = 0;
	record->fwd_packets = record->bwd_packets = 0;
	record->fwd_bytes = record->bwd_bytes = 0;
	record->fwd_payload = record->bwd_payload = 0;
	flow->ticket = row_order_begin(truth->order);
	if (flow->ticket == UINT64_MAX) {
		free(flow);
		return -ENOMEM;
	}
	truth->slots[slot_of(truth, frame->flow_id)] = flow;
	truth->n_used++;
	return 0;
}

static void count_frame(struct truth_flow *flow, const struct packet_frame *frame)
{
	struct flow_record *r = &flow->row.record;
	const bool backward = frame->direction == STEP_BACKWARD;

	*(backward ? &r->bwd_packets : &r->fwd_packets) += 1;
	*(backward ? &r->bwd_bytes : &r->fwd_bytes) += frame->ip_bytes;
	*(backward ? &r->bwd_payload : &r->fwd_payload) += frame->payload_bytes;
	if (r->proto == 6)
		r->flags |= frame->tcp_flags;
	conn_track_step(&flow->track, r->proto, backward, frame->tcp_flags);
	flow->last_ns = frame->time_ns;
}

static bool as_planned(const struct flow_record *a, const struct flow_record *b)
{
	return a->start_ns == b->start_ns && a->duration_ns == b->duration_ns &&
	       a->state == b->state && a->flags == b->flags && a->fwd_packets == b->fwd_packets &&
	       a->bwd_packets == b->bwd_packets && a->fwd_bytes == b->fwd_bytes &&
	       a->bwd_bytes == b->bwd_bytes && a->fwd_payload == b->fwd_payload &&
	       a->bwd_payload == b->bwd_payload;
}

static int finish_flow(struct truth *truth, struct truth_flow *flow)
{
	struct flow_record *record = &flow->row.record;

	record->duration_ns = flow->last_ns - record->start_ns;
	record->state = (uint8_t)conn_track_state(&flow->track, record->proto);
	return row_order_end(truth->order, flow->ticket, &flow->row);
}

static int not_written(const struct truth *truth, int r, struct err *err)
{
	return err_set(err, r, "writing labels '%s': %s", truth->file.path, strerror(-r));
}

int truth_frames(struct truth *truth, const struct packet_frame *frames, size_t n_frames,
		 const struct batch_flow *flows, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < n_frames && r == 0; i++) {
		const struct packet_frame *frame = &frames[i];
		size_t slot;

		if (frame->i_packet == 0)
			r = open_flow(truth, frame, flows++);
		if (r < 0)
			break;
		slot = slot_of(truth, frame->flow_id);
		count_frame(truth->slots[slot], frame);
		if (frame->last) {
			r = finish_flow(truth, truth->slots[slot]);
			truth->n_wrong += !as_planned(&truth->slots[slot]->row.record,
						      &truth->slots[slot]->planned);
			erase(truth, slot);
		}
	}
	return r < 0 ? not_written(truth, r, err) : 0;
}

static int by_ticket(const void *a, const void *b)
{
	const uint64_t x = (*(struct truth_flow *const *)a)->ticket;
	const uint64_t y = (*(struct truth_flow *const *)b)->ticket;

	return (x > y) - (x < y);
}

int truth_finish(struct truth *truth, struct err *err)
{
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < truth->n_slots; i++) {
		struct truth_flow *flow = truth->slots[i];

		truth->slots[i] = NULL;
		if (flow != NULL)
			truth->slots[n++] = flow;
	}
	qsort(truth->slots, n, sizeof(*truth->slots), by_ticket);
	for (size_t i = 0; i < n && r == 0; i++)
		r = finish_flow(truth, truth->slots[i]);
	if (r == 0)
		r = row_order_flush(truth->order);
	if (r == 0)
		r = flow_write_footer(truth->out, truth->format);
	if (r == 0 && fflush(truth->out) != 0)
		r = -errno;
	return r < 0 ? not_written(truth, r, err) : 0;
}

int truth_commit(struct truth *truth, struct err *err)
{
	return out_file_commit(&truth->file, err);
}
