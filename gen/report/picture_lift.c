/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/report/picture.h"

#include <string.h>

#include "base/mem.h"

enum { WIDTH = 440, HEIGHT = 420, OPAQUE = 255 };

static size_t n_shown(const struct eval_lift_matrices *m)
{
	return m->n < PICTURE_LIFT_SERVICES ? m->n : PICTURE_LIFT_SERVICES;
}

/* How see-through: not at all for always (1) or never (0), wholly for independent (1/2). */
static unsigned int see_through(double lift)
{
	double strength = (lift > 0.5 ? lift - 0.5 : 0.5 - lift) * 2;

	strength = strength < 1 ? strength : 1;
	return OPAQUE - (unsigned int)(strength * OPAQUE);
}

/* Cells of one colour; the first services of a pair go up the y axis. False: there are none. */
static bool put_cells(FILE *script, const struct eval_lift_matrices *m, int side, bool more)
{
	const unsigned int colour = more ? 0x009e73 : 0xcc79a7;
	const size_t n = n_shown(m);
	bool any = false;

	fprintf(script, "$%s << EOD\n", more ? "more" : "less");
	for (size_t a = 0; a < n; a++) {
		for (size_t b = 0; b < n; b++) {
			double lift = m->lift[side][a][b];
			double y = (double)(n - a);

			if (lift < 0 || (lift >= 0.5) != more)
				continue;
			any = true;
			fprintf(script, "%zu %.6g %.6g %.6g %.6g %.6g %u\n", b + 1, y,
				(double)b + 0.52, (double)b + 1.48, y - 0.48, y + 0.48,
				see_through(lift) << 24 | colour);
		}
	}
	fputs("EOD\n", script);
	return any;
}

/* Pairs of which nothing can be told are a dot. */
static bool put_unknown(FILE *script, const struct eval_lift_matrices *m, int side)
{
	const size_t n = n_shown(m);
	bool any = false;

	fputs("$unknown << EOD\n", script);
	for (size_t a = 0; a < n; a++) {
		for (size_t b = 0; b < n; b++) {
			double y = (double)(n - a);

			if (m->lift[side][a][b] >= 0)
				continue;
			any = true;
			fprintf(script, "%zu %.6g %.6g %.6g %.6g %.6g\n", b + 1, y,
				(double)b + 0.95, (double)b + 1.05, y - 0.05, y + 0.05);
		}
	}
	fputs("EOD\n", script);
	return any;
}

static void write_alt(FILE *alt, const struct eval_lift_matrices *m, int side)
{
	const size_t n = n_shown(m);
	const char *between = "";

	fprintf(alt,
		"%s: ordered pairs of services seen together at least twice as often as by "
		"chance: ",
		side == 0 ? "Real" : "Synthetic");
	for (size_t a = 0; a < n; a++) {
		for (size_t b = 0; b < n; b++) {
			/* lift / (1 + lift) of a lift of 2 */
			if (m->lift[side][a][b] < 2.0 / 3)
				continue;
			fprintf(alt, "%s%s then %s", between, m->names[a], m->names[b]);
			between = ", ";
		}
	}
	fputs(between[0] == '\0' ? "none." : ".", alt);
}

static void put_axes(FILE *script, const struct eval_lift_matrices *m)
{
	struct plot_tic tics[PICTURE_LIFT_SERVICES];
	const size_t n = n_shown(m);
	size_t longest = 4;

	for (size_t i = 0; i < n; i++)
		longest = strlen(m->names[i]) > longest ? strlen(m->names[i]) : longest;
	for (size_t i = 0; i < n; i++)
		tics[i] = (struct plot_tic) { m->names[i], (double)(i + 1) };
	plot_tics(script, 'x', tics, n);
	for (size_t i = 0; i < n; i++)
		tics[i].at = (double)(n - i);
	plot_tics(script, 'y', tics, n);
	fprintf(script,
		"set xtics scale 0 rotate by 45 right offset 0.5,0\nset ytics scale 0\n"
		"unset grid\nunset border\n"
		"set lmargin %zu\nset bmargin %zu\nset tmargin 0.5\nset rmargin 1\n"
		"set xrange [0.4:%zu.6]\nset yrange [0.4:%zu.6]\n"
		"set xlabel 'then' offset 0,0.5\nset ylabel 'first'\n",
		longest + 6, longest / 4 + 3, n, n);
}

int picture_lift(const struct eval_lift_matrices *matrices, int side, const char *title,
		 const char *caption, const struct canvas *canvas, struct err *err)
{
	CLEANUP(plot_done) struct plot plot;
	bool more, less, unknown;
	int r = plot_init(&plot, WIDTH, HEIGHT, err);

	if (r < 0)
		return r;
	put_axes(plot.script, matrices);
	more = put_cells(plot.script, matrices, side, true);
	less = put_cells(plot.script, matrices, side, false);
	unknown = put_unknown(plot.script, matrices, side);
	/* A function far below draws nothing, and gives gnuplot something to plot in any case. */
	fprintf(plot.script, "plot -9 lc rgb '" SVG_FAINT "'%s%s%s\n",
		more ? ", $more using 1:2:3:4:5:6:7 with boxxyerror fc rgb variable" : "",
		less ? ", $less using 1:2:3:4:5:6:7 with boxxyerror fc rgb variable" : "",
		unknown ? ", $unknown using 1:2:3:4:5:6 with boxxyerror fc rgb '" SVG_FAINT "'"
			: "");
	write_alt(plot.alt, matrices, side);
	return plot_draw(&plot, title, caption, canvas, err);
}
