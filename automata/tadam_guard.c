/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guards: a normal distribution for each value of an edge. No value costs more than CODE_LEAST_MASS
 * says, so a fit that gives a few outliers up can be the cheaper one; it is looked for where the
 * plain one has values far out.
 */
#include "automata/tadam_internal.h"

#include "base/detmath.h"

#define LEAST_VARIANCE 1e-6
#define VARIANCE_STEP  0.1
#define FAR_OUT	       2.5 /* deviations */

enum { REFITS = 4 };

struct normal {
	double mean, variance, inverse_deviation;
	int64_t cost; /* of the values */
};

static double size_of(double x)
{
	return x < 0 ? -x : x;
}

/* Mean and variance of the values within `reach` of a centre; false: there are none. */
static bool moments(const struct tadam_hist *hist, double centre, double reach,
		    struct normal *ret_normal)
{
	double sum = 0, squares = 0, weight = 0;

	for (uint32_t i = 0; i < hist->n; i++) {
		if (size_of(hist->items[i].value - centre) > reach)
			continue;
		sum += (double)hist->items[i].value * hist->items[i].weight;
		weight += hist->items[i].weight;
	}
	if (weight == 0)
		return false;
	ret_normal->mean = sum / weight;
	for (uint32_t i = 0; i < hist->n; i++) {
		const double off = hist->items[i].value - ret_normal->mean;

		if (size_of(hist->items[i].value - centre) <= reach)
			squares += off * off * hist->items[i].weight;
	}
	ret_normal->variance = squares / weight;
	if (ret_normal->variance < LEAST_VARIANCE)
		ret_normal->variance = LEAST_VARIANCE;
	return true;
}

static void cost_normal(const struct tadam *t, const struct tadam_hist *hist, struct normal *normal)
{
	normal->inverse_deviation = 1 / det_sqrt(normal->variance);
	normal->cost = 0;
	for (uint32_t i = 0; i < hist->n; i++)
		normal->cost += hist->items[i].weight *
				code_normal_value(&t->frame->normal, normal->mean,
						  normal->inverse_deviation, hist->items[i].value);
}

static bool has_outliers(const struct tadam_hist *hist, const struct normal *normal)
{
	const double reach = FAR_OUT / normal->inverse_deviation;

	return normal->mean - hist->items[0].value > reach ||
	       hist->items[hist->n - 1].value - normal->mean > reach;
}

/* The value below which a fraction of the weight lies. */
static int32_t quantile(const struct tadam_hist *hist, double fraction)
{
	double left = fraction * (double)hist->weight;
	uint32_t i = 0;

	while (i + 1 < hist->n && left >= hist->items[i].weight)
		left -= hist->items[i++].weight;
	return hist->items[i].value;
}

/* From the middle half outwards, as far as values cost less than the most. */
static struct normal fit_robust(const struct tadam *t, const struct tadam_hist *hist,
				struct normal best)
{
	double centre = quantile(hist, 0.5);
	double reach = 3.0 * (quantile(hist, 0.75) - quantile(hist, 0.25)) + 1;

	for (int i = 0; i < REFITS; i++) {
		struct normal normal;

		if (!moments(hist, centre, reach, &normal))
			break;
		cost_normal(t, hist, &normal);
		if (normal.cost >= best.cost)
			break;
		best = normal;
		centre = normal.mean;
		reach = 3.5 / normal.inverse_deviation + 0.5;
	}
	return best;
}

static struct normal fit(const struct tadam *t, const struct tadam_hist *hist)
{
	struct normal normal = { .variance = LEAST_VARIANCE };

	if (hist != NULL)
		moments(hist, 0, 1e18, &normal);
	normal.inverse_deviation = 1 / det_sqrt(normal.variance);
	if (hist == NULL || hist->n == 1)
		return normal;
	cost_normal(t, hist, &normal);
	if (t->robust && hist->weight > 2 && has_outliers(hist, &normal))
		normal = fit_robust(t, hist, normal);
	return normal;
}

void tadam_cost_edge(const struct tadam *t, struct tadam_edge *edge)
{
	const bool compat = t->frame->compat;
	double bits = 0;

	edge->guard_data = 0;
	for (uint32_t k = 0; k < t->frame->n_values; k++) {
		const struct normal normal = fit(t, edge->hist[k]);

		edge->mean[k] = normal.mean;
		edge->variance[k] = normal.variance;
		edge->inverse_deviation[k] = normal.inverse_deviation;
		edge->guard_data += normal.cost;
		bits += code_integer((int64_t)normal.mean, compat) +
			(t->frame->negative && normal.mean >= 0) +
			code_integer((int64_t)(normal.variance / VARIANCE_STEP), compat);
	}
	edge->guard_model = code_of_bits(bits);
}
