/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/report/picture.h"

#include "base/mem.h"

enum { WIDTH = 900, HEIGHT = 380 };

static const char *unit_of(double span_s, double *ret_seconds)
{
	*ret_seconds = span_s < 600	    ? 1
		       : span_s < 6 * 3600  ? 60
		       : span_s < 4 * 86400 ? 3600
					    : 86400;
	return *ret_seconds < 60      ? "s"
	       : *ret_seconds < 3600  ? "min"
	       : *ret_seconds < 86400 ? "h"
				      : "d";
}

static void put_steps(FILE *script, const struct eval_rate *rate, int side, double unit_s)
{
	fprintf(script, "$side%d << EOD\n", side);
	for (size_t i = 0; i < rate->n[side]; i++)
		fprintf(script, "%.6g %.6g\n%.6g %.6g\n", (double)i * rate->bin_s / unit_s,
			rate->hz[side][i], (double)(i + 1) * rate->bin_s / unit_s,
			rate->hz[side][i]);
	fputs("EOD\n", script);
}

static void write_alt(FILE *alt, const struct eval_rate *rate)
{
	static const char *const names[] = { "Real", "Synthetic" };

	fprintf(alt, "Flows begun per second, in bins of %.6g s.", rate->bin_s);
	for (int side = 0; side < 2; side++) {
		double sum = 0, top = 0;

		for (size_t i = 0; i < rate->n[side]; i++) {
			sum += rate->hz[side][i];
			top = rate->hz[side][i] > top ? rate->hz[side][i] : top;
		}
		fprintf(alt, " %s: %.3g on average, %.3g at most.", names[side],
			sum / (double)rate->n[side], top);
	}
}

static double top_of(const struct eval_rate *rate)
{
	double top = 0;

	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < rate->n[side]; i++)
			top = rate->hz[side][i] > top ? rate->hz[side][i] : top;
	}
	return top;
}

/* One above the other on the same axes: two bursty series over each other cannot be read. */
int picture_rate(const struct eval_rate *rate, const char *title, const char *caption,
		 const struct canvas *canvas, struct err *err)
{
	static const char *const colours[] = { SVG_REAL, SVG_SYNTH };
	CLEANUP(plot_done) struct plot plot;
	const double top = top_of(rate);
	const size_t n = rate->n[0] > rate->n[1] ? rate->n[0] : rate->n[1];
	double unit_s;
	const char *unit = unit_of((double)n * rate->bin_s, &unit_s);
	int r = plot_init(&plot, WIDTH, HEIGHT, err);

	if (r < 0)
		return r;
	put_steps(plot.script, rate, 0, unit_s);
	put_steps(plot.script, rate, 1, unit_s);
	fprintf(plot.script,
		"set xrange [0:%.6g]\nset yrange [0:%.6g]\nset format x '%%g %s'\n"
		"set lmargin 8\nset rmargin 3\nset tmargin 1.5\nset bmargin 3.5\nset multiplot "
		"layout 2,1\n",
		(double)n * rate->bin_s / unit_s, top > 0 ? 1.1 * top : 1, unit);
	for (int side = 0; side < 2; side++)
		fprintf(plot.script,
			"set label 1 '%s' at graph 1, graph 1.04 right tc rgb '%s'\n%s"
			"plot $side%d using 1:2 with filledcurves y1=0 fc rgb '%s' fs solid 0.35 "
			"noborder, $side%d using 1:2 with lines lw 1.5 lc rgb '%s'\n",
			side == 0 ? "real" : "synthetic", colours[side],
			side == 0 ? "" : "set xlabel 'since the first flow'\n", side, colours[side],
			side, colours[side]);
	fputs("unset multiplot\n", plot.script);
	write_alt(plot.alt, rate);
	return plot_draw(&plot, title, caption, canvas, err);
}
