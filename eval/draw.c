/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/draw.h"

#include <string.h>

#include "base/mem.h"
#include "eval/cmd.h"
#include "eval/dcr.h"
#include "eval/emd.h"
#include "eval/jsd.h"
#include "eval/md.h"
#include "eval/pcd.h"
#include "eval/prdc.h"

enum { REAL, SYNTH, TRAIN };

struct samples {
	const struct eval_side *const *sides;
	size_t n_sides;
	const struct eval_options *options;
	struct eval_rows rows[EVAL_MAX_TABLES];
	const struct eval_rows *pointers[EVAL_MAX_TABLES];
};

static void publish(struct eval_drawn *drawn, enum eval_metric metric, double value)
{
	drawn->published[metric] = value;
	drawn->has_published[metric] = true;
}

static void correct(struct eval_drawn *drawn, enum eval_metric metric, double value)
{
	drawn->corrected[metric] = value;
	drawn->has_corrected[metric] = true;
}

static int draw_prdc(const struct samples *s, struct eval_drawn *drawn, struct err *err)
{
	struct eval_points points[2];
	struct eval_prdc prdc;
	int r = 0;

	/* Without a fifth neighbour there is neither. */
	if (s->rows[REAL].n <= EVAL_PRDC_K)
		return 0;
	for (int closed = 0; r == 0 && closed < 2; closed++) {
		r = eval_points_encode(s->pointers, 2,
				       closed ? EVAL_SPACE_CORRECTED : EVAL_SPACE_PUBLISHED, points,
				       err);
		if (r < 0)
			break;
		r = eval_prdc(&points[REAL], &points[SYNTH], closed, &prdc, err);
		if (r == 0) {
			(closed ? correct : publish)(drawn, EVAL_DENSITY, prdc.density);
			(closed ? correct : publish)(drawn, EVAL_COVERAGE, prdc.coverage);
		}
		eval_points_done(&points[REAL]);
		eval_points_done(&points[SYNTH]);
	}
	return r;
}

typedef int row_metric_fn(const struct eval_rows *real, const struct eval_rows *synth,
			  double *ret_value, struct err *err);

static const struct {
	enum eval_metric metric;
	row_metric_fn *published, *corrected;
} row_metrics[] = {
	{ EVAL_CMD, eval_cmd_published, eval_cmd_corrected },
	{ EVAL_PCD, eval_pcd_published, eval_pcd_corrected },
	{ EVAL_EMD, eval_emd_published, eval_emd_corrected },
	{ EVAL_JSD, eval_jsd_published, eval_jsd_corrected },
};

static int draw_rows(const struct samples *s, struct eval_drawn *drawn, struct err *err)
{
	double value = 0;

	for (size_t i = 0; i < sizeof(row_metrics) / sizeof(row_metrics[0]); i++) {
		int r = row_metrics[i].published(&s->rows[REAL], &s->rows[SYNTH], &value, err);

		if (r < 0)
			return r;
		publish(drawn, row_metrics[i].metric, value);
		r = row_metrics[i].corrected(&s->rows[REAL], &s->rows[SYNTH], &value, err);
		if (r < 0)
			return r;
		correct(drawn, row_metrics[i].metric, value);
	}
	return 0;
}

static int draw_dkc(const struct samples *s, struct eval_drawn *drawn, struct err *err)
{
	const struct flow_table *table = &s->sides[SYNTH]->table;
	struct eval_dkc dkc;
	int r = eval_dkc(s->options->published_rules, table, &s->rows[SYNTH], &dkc, err);

	if (r < 0)
		return r;
	publish(drawn, EVAL_DKC, dkc.sum);
	r = eval_dkc(s->options->corrected_rules, table, &s->rows[SYNTH], &dkc, err);
	if (r < 0)
		return r;
	correct(drawn, EVAL_DKC, dkc.any);
	return 0;
}

/* MD, DCR and copies by distance: as many training rows as real ones, for of more the nearest is
 * nearer. */
static int draw_nearest(struct eval_points points[EVAL_MAX_TABLES], struct eval_drawn *drawn,
			struct err *err)
{
	size_t n = points[TRAIN].n < points[REAL].n ? points[TRAIN].n : points[REAL].n;
	CLEANUP(freep) double *room = mem_array(2 * (n + points[SYNTH].n), sizeof(*room));
	double *of_train, *of_real, *to_train, *to_real;
	struct eval_dcr dcr;

	if (room == NULL)
		return err_no_memory(err);
	of_train = room;
	of_real = of_train + n;
	to_train = of_real + n;
	to_real = to_train + points[SYNTH].n;
	points[TRAIN].n = points[REAL].n = n;
	eval_nearest(&points[SYNTH], &points[TRAIN], to_train, of_train);
	eval_nearest(&points[SYNTH], &points[REAL], to_real, of_real);
	dcr = eval_dcr(to_train, to_real, points[SYNTH].n);
	correct(drawn, EVAL_DCR, dcr.nearer_to_train);
	correct(drawn, EVAL_COPIES, dcr.copies);
	correct(drawn, EVAL_MD, eval_md_corrected(of_train, n, of_real, n));
	return 0;
}

/* What needs to know what was learned from. */
static int draw_privacy(const struct samples *s, struct eval_drawn *drawn, struct err *err)
{
	struct eval_points points[EVAL_MAX_TABLES];
	double value = 0;
	int r;

	if (s->n_sides <= TRAIN)
		return 0;
	r = eval_md_published(&s->rows[TRAIN], &s->rows[REAL], &s->rows[SYNTH], &value, err);
	if (r < 0)
		return r;
	publish(drawn, EVAL_MD, value);
	r = eval_points_encode(s->pointers, 3, EVAL_SPACE_CORRECTED, points, err);
	if (r < 0)
		return r;
	r = draw_nearest(points, drawn, err);
	for (int i = 0; i < 3; i++)
		eval_points_done(&points[i]);
	return r;
}

int eval_draw(const struct eval_side *const *sides, const struct eval_rows *rows, size_t n_sides,
	      const struct eval_options *options, uint32_t draw, struct eval_drawn *ret_drawn,
	      struct err *err)
{
	struct samples s = { sides, n_sides, options, { { 0 } }, { NULL } };
	struct eval_drawn drawn;
	int r = 0;

	memset(&drawn, 0, sizeof(drawn));
	for (size_t i = 0; r == 0 && i < n_sides; i++) {
		r = eval_sample(&rows[i], options->n_rows, options->seed, draw, (uint32_t)i,
				&s.rows[i], err);
		s.pointers[i] = &s.rows[i];
	}
	if (r == 0)
		r = draw_prdc(&s, &drawn, err);
	if (r == 0)
		r = draw_rows(&s, &drawn, err);
	if (r == 0)
		r = draw_dkc(&s, &drawn, err);
	if (r == 0)
		r = draw_privacy(&s, &drawn, err);
	if (r == 0)
		*ret_drawn = drawn;
	for (size_t i = 0; i < n_sides; i++)
		eval_rows_done(&s.rows[i]);
	return r;
}
