/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/report/picture.h"

#include "base/mem.h"

enum { WIDTH = 440, HEIGHT = 260, LIMIT_TICS = 16 };

struct mark {
	const char *label;
	uint64_t value;
};

static const struct mark counts[] = {
	{ "0", 0 },
	{ "1", 1 },
	{ "10", 10 },
	{ "100", 100 },
	{ "1k", 1000 },
	{ "10k", 10000 },
	{ "100k", 100000 },
	{ "1M", 1000000 },
	{ "10M", 10000000 },
	{ "1G", 1000000000 },
	{ "1T", 1000000000000 },
};
static const struct mark bytes[] = {
	{ "0", 0 },
	{ "10 B", 10 },
	{ "100 B", 100 },
	{ "1 kB", 1000 },
	{ "10 kB", 10000 },
	{ "100 kB", 100000 },
	{ "1 MB", 1000000 },
	{ "10 MB", 10000000 },
	{ "1 GB", 1000000000 },
	{ "1 TB", 1000000000000 },
};
static const struct mark times[] = {
	{ "0", 0 },
	{ "10 \xc2\xb5s", 10 },
	{ "1 ms", 1000 },
	{ "100 ms", 100000 },
	{ "1 s", 1000000 },
	{ "10 s", 10000000 },
	{ "2 min", 120000000 },
	{ "1 h", 3600000000 },
	{ "1 d", 86400000000 },
	{ "30 d", 2592000000000 },
};

static const struct mark *marks_of(enum picture_unit unit, size_t *ret_n)
{
	static const struct {
		const struct mark *marks;
		size_t n;
	} tables[] = {
		[PICTURE_COUNT] = { counts, sizeof(counts) / sizeof(counts[0]) },
		[PICTURE_BYTES] = { bytes, sizeof(bytes) / sizeof(bytes[0]) },
		[PICTURE_TIME] = { times, sizeof(times) / sizeof(times[0]) },
	};

	*ret_n = tables[unit].n;
	return tables[unit].marks;
}

/* The axis counts bins: quarter octaves are even steps of it. */
static void put_axis(FILE *script, const struct eval_curve *curve, enum picture_unit unit)
{
	struct plot_tic tics[LIMIT_TICS];
	size_t n_marks, n = 0;
	const struct mark *marks = marks_of(unit, &n_marks);

	for (size_t i = 0; i < n_marks && n < LIMIT_TICS; i++) {
		uint32_t bin = eval_quarter_octave(marks[i].value);

		if (bin >= curve->low && bin <= curve->high)
			tics[n++] = (struct plot_tic) { marks[i].label, bin };
	}
	plot_tics(script, 'x', tics, n);
	fprintf(script, "set xrange [%zu:%zu]\n", curve->low,
		curve->high > curve->low ? curve->high : curve->low + 1);
}

/* Both sides as steps of boxes: a bin's height from its left edge to its right. */
static void put_steps(FILE *script, const struct eval_curve *curve, int side, bool edges)
{
	fprintf(script, "$side%d << EOD\n", side);
	for (size_t bin = curve->low; bin < curve->high; bin++) {
		double share = 100 * curve->share[side][bin];

		fprintf(script, "%.6g %.6g\n%.6g %.6g\n", edges ? curve->edge[bin] : (double)bin,
			share, edges ? curve->edge[bin + 1] : (double)(bin + 1), share);
	}
	fputs("EOD\n", script);
}

/* The value that a share of a side's is below, by its bin. */
static double quantile(const struct eval_curve *curve, int side, double share)
{
	double sum = 0;

	for (size_t bin = curve->low; bin < curve->high; bin++) {
		sum += curve->share[side][bin];
		if (sum >= share)
			return curve->edge[bin];
	}
	return curve->edge[curve->high];
}

static void write_alt(FILE *alt, const struct eval_curve *curve, const char *unit)
{
	static const char *const names[] = { "Real", "Synthetic" };

	fputs("Two distributions.", alt);
	for (int side = 0; side < 2; side++) {
		if (curve->n[side] > 0)
			fprintf(alt,
				" %s: a tenth below %.4g, half below %.4g, nine tenths below "
				"%.4g%s.",
				names[side], quantile(curve, side, 0.1), quantile(curve, side, 0.5),
				quantile(curve, side, 0.9), unit);
		else
			fprintf(alt, " %s: none.", names[side]);
	}
}

static void put_plot(FILE *script)
{
	fputs("set yrange [0:*]\nset format y '%g %%'\n"
	      "plot $side1 using 1:2 with filledcurves y1=0 fc rgb '" SVG_SYNTH
	      "' fs solid 0.35 noborder, "
	      "$side1 using 1:2 with lines lw 1 lc rgb '" SVG_SYNTH "', "
	      "$side0 using 1:2 with lines lw 2 lc rgb '" SVG_REAL "'\n",
	      script);
}

int picture_curve(const struct eval_curve *curve, enum picture_unit unit, const char *title,
		  const char *caption, const struct canvas *canvas, struct err *err)
{
	static const char *const units[] = { "", " bytes", " microseconds" };
	CLEANUP(plot_done) struct plot plot;
	int r = plot_init(&plot, WIDTH, HEIGHT, err);

	if (r < 0)
		return r;
	put_axis(plot.script, curve, unit);
	put_steps(plot.script, curve, 0, false);
	put_steps(plot.script, curve, 1, false);
	put_plot(plot.script);
	write_alt(plot.alt, curve, units[unit]);
	return plot_draw(&plot, title, caption, canvas, err);
}

int picture_sizes(const struct eval_curve *curve, const char *title, const char *caption,
		  const struct canvas *canvas, struct err *err)
{
	CLEANUP(plot_done) struct plot plot;
	int r = plot_init(&plot, WIDTH, HEIGHT, err);

	if (r < 0)
		return r;
	fprintf(plot.script, "set xrange [0:%.6g]\nset xtics 0,300\nset format x '%%g B'\n",
		curve->edge[curve->high > 0 ? curve->high : 1]);
	put_steps(plot.script, curve, 0, true);
	put_steps(plot.script, curve, 1, true);
	put_plot(plot.script);
	write_alt(plot.alt, curve, " bytes");
	return plot_draw(&plot, title, caption, canvas, err);
}
