/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/portrait.h"

#include <string.h>

#include "base/ns.h"

static void curve_clear(struct eval_curve *curve)
{
	memset(curve, 0, sizeof(*curve));
}

static void curve_add(struct eval_curve *curve, int side, size_t bin, double n)
{
	bin = bin < EVAL_CURVE_BINS ? bin : EVAL_CURVE_BINS - 1;
	curve->share[side][bin] += n;
	curve->n[side] += n;
}

/* From counts to shares, and what is used. */
static void curve_finish(struct eval_curve *curve)
{
	curve->low = EVAL_CURVE_BINS;
	for (size_t bin = 0; bin < EVAL_CURVE_BINS; bin++) {
		if (!(curve->share[0][bin] + curve->share[1][bin] > 0))
			continue;
		curve->low = bin < curve->low ? bin : curve->low;
		curve->high = bin + 1;
	}
	curve->low = curve->low < curve->high ? curve->low : 0;
	for (int side = 0; side < 2; side++) {
		for (size_t bin = 0; bin < EVAL_CURVE_BINS && curve->n[side] > 0; bin++)
			curve->share[side][bin] /= curve->n[side];
	}
}

/* The smallest value of a quarter octave; see eval_quarter_octave. */
static double octave_edge(size_t bin)
{
	return bin < 8 ? (double)bin
		       : (double)(4 + bin % 4) * (double)(UINT64_C(1) << (bin / 4 - 1));
}

static void edges_of_octaves(struct eval_curve *curve)
{
	/* Above 2^63 there are no more bins, and no more room in a shift. */
	for (size_t bin = 0; bin <= EVAL_CURVE_BINS; bin++)
		curve->edge[bin] = octave_edge(bin < 255 ? bin : 255);
}

static uint64_t not_negative(int64_t value)
{
	return value > 0 ? (uint64_t)value : 0;
}

static uint64_t value_of(const struct flow_record *row, enum eval_curve_column column)
{
	switch (column) {
	case EVAL_CURVE_DURATION:
		return not_negative(row->duration_ns / NS_PER_US);
	case EVAL_CURVE_FWD_BYTES:
		return row->fwd_bytes;
	case EVAL_CURVE_BWD_BYTES:
		return row->bwd_bytes;
	case EVAL_CURVE_FWD_PACKETS:
		return row->fwd_packets;
	case EVAL_CURVE_BWD_PACKETS:
		return row->bwd_packets;
	case EVAL_CURVE_BYTES:
		return row->fwd_bytes + row->bwd_bytes;
	case EVAL_CURVE_PACKETS:
		return row->fwd_packets + row->bwd_packets;
	default:
		return 0;
	}
}

void eval_curve_of(const struct flow_table *const tables[2], enum eval_curve_column column,
		   struct eval_curve *ret_curve)
{
	const size_t first = column == EVAL_CURVE_START_GAP ? 1 : 0;

	curve_clear(ret_curve);
	edges_of_octaves(ret_curve);
	for (int side = 0; side < 2; side++) {
		for (size_t i = first; i < tables[side]->n_rows; i++) {
			const struct flow_record *row = &tables[side]->rows[i];
			uint64_t value = first == 0
						 ? value_of(row, column)
						 : not_negative((row->start_ns - row[-1].start_ns) /
								NS_PER_US);

			curve_add(ret_curve, side, eval_quarter_octave(value), 1);
		}
	}
	curve_finish(ret_curve);
}

void eval_curve_of_octaves(const struct eval_counts *const counts[2], unsigned int shift,
			   uint64_t group, struct eval_curve *ret_curve)
{
	curve_clear(ret_curve);
	edges_of_octaves(ret_curve);
	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < counts[side]->capacity; i++) {
			const struct eval_cell *cell = &counts[side]->cells[i];

			if (cell->n > 0 && cell->key >> shift == group)
				curve_add(ret_curve, side, cell->key & ((UINT64_C(1) << shift) - 1),
					  (double)cell->n);
		}
	}
	curve_finish(ret_curve);
}

void eval_curve_of_numbers(const struct eval_counts *const counts[2], uint64_t width, size_t n_bins,
			   struct eval_curve *ret_curve)
{
	n_bins = n_bins < EVAL_CURVE_BINS ? n_bins : EVAL_CURVE_BINS;
	curve_clear(ret_curve);
	for (size_t bin = 0; bin <= EVAL_CURVE_BINS; bin++)
		ret_curve->edge[bin] = (double)bin * (double)width;
	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < counts[side]->capacity; i++) {
			const struct eval_cell *cell = &counts[side]->cells[i];
			uint64_t bin = cell->key / width;

			if (cell->n > 0)
				curve_add(ret_curve, side, bin < n_bins ? bin : n_bins - 1,
					  (double)cell->n);
		}
	}
	curve_finish(ret_curve);
}

static int64_t span_of(const struct flow_table *table)
{
	return not_negative(table->rows[table->n_rows - 1].start_ns - table->rows[0].start_ns);
}

static int64_t bin_seconds(int64_t span_ns)
{
	static const int64_t steps[] = { 1,	 2,	 5,	  10,	  15,	 30,
					 60,	 120,	 300,	  600,	  900,	 1800,
					 3600,	 7200,	 10800,	  21600,  43200, 86400,
					 172800, 604800, 1209600, 2592000 };
	int64_t seconds = 0;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		seconds = steps[i];
		if (span_ns / NS_PER_S / seconds < EVAL_RATE_BINS)
			return seconds;
	}
	/* Centuries. */
	return span_ns / NS_PER_S / (EVAL_RATE_BINS - 1) + 1;
}

void eval_rate_of(const struct flow_table *const tables[2], struct eval_rate *ret_rate)
{
	const int64_t spans[2] = { span_of(tables[0]), span_of(tables[1]) };
	const int64_t seconds = bin_seconds(spans[0] > spans[1] ? spans[0] : spans[1]);

	memset(ret_rate, 0, sizeof(*ret_rate));
	ret_rate->bin_s = (double)seconds;
	for (int side = 0; side < 2; side++) {
		const struct flow_record *rows = tables[side]->rows;
		/* The last bin is not whole, and would look like a lull; a single one is shown. */
		size_t n = (size_t)(spans[side] / NS_PER_S / seconds);

		ret_rate->n[side] = n > 0 ? n : 1;
		for (size_t i = 0; i < tables[side]->n_rows; i++) {
			size_t bin = not_negative(rows[i].start_ns - rows[0].start_ns) /
				     (uint64_t)(NS_PER_S * seconds);

			if (bin < ret_rate->n[side])
				ret_rate->hz[side][bin] += 1 / (double)seconds;
		}
	}
}
