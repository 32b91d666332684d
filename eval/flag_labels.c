/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/flag_labels.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "flow/key.h"

static void key_of(const struct flow_record *record, struct flow_key *ret_key)
{
	flow_key_make(&record->src, record->src_port, &record->dst, record->dst_port, record->proto,
		      ret_key);
}

/* Rows of the table are sorted by start, so that row numbers order by start, too. */
static int compare_places(const void *a, const void *b)
{
	const struct eval_label_place *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

int eval_labels_read(const char *path, struct eval_labels *ret_labels, struct err *err)
{
	struct eval_labels labels = { { NULL, 0, 0 }, NULL };
	struct flow_read_stats stats;
	bool labelled = false;
	int r = flow_table_read(path, &labels.table, &stats, err);

	if (r < 0)
		return r;
	flow_table_sort(&labels.table);
	labels.places = mem_array(labels.table.n_rows, sizeof(*labels.places));
	if (labels.places == NULL) {
		eval_labels_done(&labels);
		return err_no_memory(err);
	}
	for (size_t i = 0; i < labels.table.n_rows; i++) {
		const struct flow_record *row = &labels.table.rows[i];
		struct flow_key key;

		key_of(row, &key);
		labels.places[i] = (struct eval_label_place) { flow_key_hash(&key, 0), i };
		labelled |= strcmp(row->label, "-") != 0;
	}
	if (!labelled) {
		eval_labels_done(&labels);
		return err_set(err, -EINVAL, "'%s': no row has a label", path);
	}
	qsort(labels.places, labels.table.n_rows, sizeof(*labels.places), compare_places);
	*ret_labels = labels;
	return 0;
}

void eval_labels_done(struct eval_labels *labels)
{
	flow_table_done(&labels->table);
	freep(&labels->places);
}

/* The first place of the hash whose row starts at start_ns or later, or where it would be. */
static size_t place_of(const struct eval_labels *labels, uint64_t hash, int64_t start_ns)
{
	size_t low = 0, high = labels->table.n_rows;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct eval_label_place *place = &labels->places[middle];

		if (place->hash < hash ||
		    (place->hash == hash && labels->table.rows[place->row].start_ns < start_ns))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The sum, at the end of the range where it does not fit. */
static int64_t later(int64_t time_ns, int64_t by_ns)
{
	int64_t sum;

	return __builtin_add_overflow(time_ns, by_ns, &sum) ? INT64_MAX : sum;
}

static uint64_t apart(int64_t a, int64_t b)
{
	return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

/* The row at a place when it is of the flow's key and both overlap, else NULL. */
static const struct flow_record *match(const struct eval_labels *labels, size_t place,
				       const struct flow_record *flow, const struct flow_key *key)
{
	const struct flow_record *row = &labels->table.rows[labels->places[place].row];
	struct flow_key other;

	key_of(row, &other);
	if (!flow_key_equal(key, &other) ||
	    later(later(flow->start_ns, flow->duration_ns), EVAL_LABEL_SLACK_NS) < row->start_ns ||
	    later(later(row->start_ns, row->duration_ns), EVAL_LABEL_SLACK_NS) < flow->start_ns)
		return NULL;
	return row;
}

const char *eval_label_of(const struct eval_labels *labels, const struct flow_record *flow)
{
	const struct flow_record *before = NULL, *after = NULL;
	const struct eval_label_place *places = labels->places;
	struct flow_key key;
	uint64_t hash;
	size_t at;

	key_of(flow, &key);
	hash = flow_key_hash(&key, 0);
	at = place_of(labels, hash, flow->start_ns);
	for (size_t i = 0; i < EVAL_LABEL_ROWS && after == NULL && at + i < labels->table.n_rows &&
			   places[at + i].hash == hash;
	     i++)
		after = match(labels, at + i, flow, &key);
	for (size_t i = 1;
	     i <= EVAL_LABEL_ROWS && before == NULL && i <= at && places[at - i].hash == hash; i++)
		before = match(labels, at - i, flow, &key);
	if (before == NULL || after == NULL)
		return before != NULL ? before->label : after != NULL ? after->label : NULL;
	return apart(before->start_ns, flow->start_ns) <= apart(after->start_ns, flow->start_ns)
		       ? before->label
		       : after->label;
}
