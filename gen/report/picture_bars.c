/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/report/picture.h"

#include "base/mem.h"

enum { WIDTH = 440, HEIGHT_FRAME = 62, HEIGHT_BAR = 26 };

/* A bar's extent on the y axis, from the middle of its pair; the real one is above. */
static void put_boxes(FILE *script, const struct eval_bars *bars, int side)
{
	const double from = side == 0 ? 0.02 : -0.38, to = side == 0 ? 0.38 : -0.02;

	fprintf(script, "$side%d << EOD\n", side);
	for (size_t i = 0; i < bars->n; i++) {
		double y = (double)(bars->n - i), x = 100 * bars->bars[i].share[side];

		fprintf(script, "%.6g %.6g 0 %.6g %.6g %.6g\n", x / 2, y, x, y + from, y + to);
	}
	fputs("EOD\n", script);
}

static void write_alt(FILE *alt, const struct eval_bars *bars)
{
	fputs("Bars, per cent of flows, real and synthetic: ", alt);
	for (size_t i = 0; i < bars->n; i++)
		fprintf(alt, "%s%s %.1f and %.1f", i > 0 ? "; " : "", bars->bars[i].label,
			100 * bars->bars[i].share[0], 100 * bars->bars[i].share[1]);
}

/* Steps of the axis: four or five tics, which is what there is room for. */
static double step_of(const struct eval_bars *bars)
{
	static const double steps[] = { 0.1, 0.2, 0.5, 1, 2, 5, 10, 20 };
	double most = 0, step = 20;

	for (size_t i = 0; i < bars->n; i++) {
		for (int side = 0; side < 2; side++)
			most = bars->bars[i].share[side] > most ? bars->bars[i].share[side] : most;
	}
	for (size_t i = sizeof(steps) / sizeof(steps[0]); i-- > 0 && 100 * most / step < 3;)
		step = steps[i];
	return step;
}

int picture_bars(const struct eval_bars *bars, const char *title, const char *caption,
		 const struct canvas *canvas, struct err *err)
{
	CLEANUP(plot_done) struct plot plot;
	struct plot_tic tics[EVAL_BARS_LIMIT + 1];
	int r = plot_init(&plot, WIDTH, HEIGHT_FRAME + HEIGHT_BAR * (unsigned int)bars->n, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < bars->n; i++)
		tics[i] = (struct plot_tic) { bars->bars[i].label, (double)(bars->n - i) };
	plot_tics(plot.script, 'y', tics, bars->n);
	fprintf(plot.script,
		"unset grid\nset grid x lt 1 lw 1 lc rgb '" SVG_GRID "'\nset border 2\n"
		"set ytics scale 0\nset yrange [0.4:%zu.6]\nset xrange [0:*]\n"
		"set xtics 0,%g\nset format x '%%g %%%%'\nset xlabel 'share of flows'\n",
		bars->n, step_of(bars));
	put_boxes(plot.script, bars, 0);
	put_boxes(plot.script, bars, 1);
	fputs("plot $side0 using 1:2:3:4:5:6 with boxxyerror fc rgb '" SVG_REAL "', "
	      "$side1 using 1:2:3:4:5:6 with boxxyerror fc rgb '" SVG_SYNTH "'\n",
	      plot.script);
	write_alt(plot.alt, bars);
	return plot_draw(&plot, title, caption, canvas, err);
}
