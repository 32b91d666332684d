/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/report/picture_model.h"

#include "base/mem.h"

enum { WIDTH = 900, HEIGHT = 280, BINS_PER_DAY = SCHEDULE_BINS / 7 };

static void put_steps(FILE *script, const struct schedule *schedule)
{
	fputs("$all << EOD\n", script);
	for (int b = 0; b < SCHEDULE_BINS; b++) {
		double hz = schedule->rate_uhz[b] / 1e6 * schedule->scale;

		fprintf(script, "%d %.6g\n%d %.6g\n", b, hz, b + 1, hz);
	}
	fputs("EOD\n", script);
}

/* Quarter hours that were seen, as boxes; false: none. */
static bool put_seen(FILE *script, const struct schedule *schedule)
{
	bool any = false;

	fputs("$seen << EOD\n", script);
	for (int b = 0; b < SCHEDULE_BINS; b++) {
		if (schedule->covered_s[b] == 0)
			continue;
		any = true;
		fprintf(script, "%g %g %d %d 0 %.6g\n", b + 0.5, 0.0, b, b + 1,
			schedule->rate_uhz[b] / 1e6 * schedule->scale);
	}
	fputs("EOD\n", script);
	return any;
}

static void write_alt(FILE *alt, const struct schedule *schedule)
{
	int low = 0, high = 0;

	for (int b = 0; b < SCHEDULE_BINS; b++) {
		low = schedule->rate_uhz[b] < schedule->rate_uhz[low] ? b : low;
		high = schedule->rate_uhz[b] > schedule->rate_uhz[high] ? b : high;
	}
	fprintf(alt,
		"Occurrences per second over the week, Monday to Sunday: between %.4g and %.4g, "
		"%.4g on average.",
		schedule->rate_uhz[low] / 1e6 * schedule->scale,
		schedule->rate_uhz[high] / 1e6 * schedule->scale, schedule_mean_hz(schedule));
}

int picture_week(const struct schedule *schedule, const struct canvas *canvas, struct err *err)
{
	static const char *const days[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
					    "Friday", "Saturday", "Sunday" };
	CLEANUP(plot_done) struct plot plot;
	struct plot_tic tics[7];
	bool seen;
	int r = plot_init(&plot, WIDTH, HEIGHT, err);

	if (r < 0)
		return r;
	for (int day = 0; day < 7; day++)
		tics[day] = (struct plot_tic) { days[day], (day + 0.5) * BINS_PER_DAY };
	plot_tics(plot.script, 'x', tics, 7);
	fprintf(plot.script,
		"set xtics scale 0\nset xrange [0:%d]\nset yrange [0:*]\n"
		"set ylabel 'occurrences per second'\n",
		(int)SCHEDULE_BINS);
	for (int day = 1; day < 7; day++)
		fprintf(plot.script,
			"set arrow from %d, graph 0 to %d, graph 1 nohead lc rgb '" SVG_GRID "'\n",
			day * BINS_PER_DAY, day * BINS_PER_DAY);
	put_steps(plot.script, schedule);
	seen = put_seen(plot.script, schedule);
	fprintf(plot.script,
		"plot $all using 1:2 with filledcurves y1=0 fc rgb '" SVG_REAL
		"' fs solid 0.15 noborder%s, $all using 1:2 with lines lw 1.5 lc rgb '" SVG_REAL
		"'\n",
		seen ? ", $seen using 1:2:3:4:5:6 with boxxyerror fc rgb '" SVG_REAL
		       "' fs solid 0.5 noborder"
		     : "");
	write_alt(plot.alt, schedule);
	return plot_draw(&plot, "Rate over the week (UTC)",
			 "Dark is what was seen; the pale quarter hours borrow from it, so a flat "
			 "pale week means that little was seen.",
			 canvas, err);
}
