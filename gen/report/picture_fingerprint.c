/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/report/picture.h"

#include "base/mem.h"

enum {
	WIDTH = 440,
	HEIGHT = 420,
	OPAQUE = 255,
	/* A cell below this share of its side's packets is not drawn: thousands of specks. */
	LEAST_PER_CENT_OF_CENT = 4,
};

struct extent {
	uint32_t low_time, high_time, high_size; /* cells drawn are in [low, high) */
};

static bool is_drawn(const struct eval_fingerprint *print, int side, uint32_t n)
{
	return (uint64_t)n * 10000 > print->n_packets[side] * LEAST_PER_CENT_OF_CENT;
}

static struct extent extent_of(const struct eval_fingerprint *print)
{
	struct extent extent = { EVAL_PRINT_TIMES, 0, 1 };

	for (int side = 0; side < 2; side++) {
		for (uint32_t t = 0; t < EVAL_PRINT_TIMES; t++) {
			for (uint32_t s = 0; s < 2 * EVAL_PRINT_SIZES; s++) {
				const uint32_t size = s / 2;

				if (!is_drawn(print, side, print->cells[side][s % 2][t][size]))
					continue;
				extent.low_time = t < extent.low_time ? t : extent.low_time;
				extent.high_time =
					t + 1 > extent.high_time ? t + 1 : extent.high_time;
				extent.high_size =
					size + 1 > extent.high_size ? size + 1 : extent.high_size;
			}
		}
	}
	if (extent.low_time >= extent.high_time)
		extent = (struct extent) { 0, 1, extent.high_size };
	return extent;
}

/* The darkest cell is that with most packets; the square root lets rare ones show. */
static unsigned int see_through(uint32_t n, uint32_t most)
{
	uint64_t level = (uint64_t)n * OPAQUE * OPAQUE / most;
	unsigned int root = 0;

	while ((uint64_t)(root + 1) * (root + 1) <= level)
		root++;
	return OPAQUE - (root > 56 ? root : 56);
}

static uint32_t most_of(const struct eval_fingerprint *print, int side)
{
	uint32_t most = 1;

	for (uint32_t t = 0; t < EVAL_PRINT_TIMES; t++) {
		for (uint32_t s = 0; s < 2 * EVAL_PRINT_SIZES; s++) {
			uint32_t n = print->cells[side][s % 2][t][s / 2];

			most = n > most ? n : most;
		}
	}
	return most;
}

static bool put_cells(FILE *script, const struct eval_fingerprint *print, int side)
{
	const uint32_t most = most_of(print, side), colour = side == 0 ? 0x0072b2 : 0xd55e00;
	bool any = false;

	fprintf(script, "$side%d << EOD\n", side);
	for (uint32_t t = 0; t < EVAL_PRINT_TIMES; t++) {
		for (uint32_t s = 0; s < 2 * EVAL_PRINT_SIZES; s++) {
			const int size = (int)(s / 2);
			const uint32_t n = print->cells[side][s % 2][t][size];
			const double y = s % 2 == 0 ? size + 1.0 : -size - 1.0;

			if (!is_drawn(print, side, n))
				continue;
			any = true;
			fprintf(script, "%.6g %.6g %u %u %.6g %.6g %u\n", t + 0.5, y, t, t + 1,
				y - 0.5, y + 0.5, see_through(n, most) << 24 | colour);
		}
	}
	fputs("EOD\n", script);
	return any;
}

static void put_axes(FILE *script, const struct extent *extent)
{
	static const struct plot_tic times[] = {
		{ "start", 0 },		 { "30 \xc2\xb5s", 30 }, { "1 ms", 1000 },
		{ "30 ms", 30000 },	 { "1 s", 1000000 },	 { "30 s", 30000000 },
		{ "10 min", 600000000 },
	};
	static const struct plot_tic sizes[] = { { "10 B", 10 },
						 { "100 B", 100 },
						 { "1 kB", 1000 },
						 { "10 kB", 10000 },
						 { "64 kB", 65535 } };
	struct plot_tic tics[16];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		uint32_t bin = eval_half_octave((uint64_t)times[i].at);

		if (bin >= extent->low_time && bin <= extent->high_time)
			tics[n++] = (struct plot_tic) { times[i].label, bin };
	}
	plot_tics(script, 'x', tics, n);
	/* Without payload: beside the axis, on its own side of it. */
	tics[0] = (struct plot_tic) { "none", 0 };
	n = 1;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint32_t bin = eval_half_octave((uint64_t)sizes[i].at);

		if (bin >= extent->high_size)
			break;
		tics[n++] = (struct plot_tic) { sizes[i].label, bin + 1.0 };
		tics[n++] = (struct plot_tic) { sizes[i].label, -1.0 - bin };
	}
	plot_tics(script, 'y', tics, n);
	fprintf(script,
		"set xrange [%u:%u]\nset yrange [%d:%d]\nset lmargin 8\nset rmargin 3\n"
		"set arrow from graph 0, first 0 to graph 1, first 0 nohead lc rgb '" SVG_FAINT
		"'\n",
		extent->low_time, extent->high_time, -(int)extent->high_size - 1,
		(int)extent->high_size + 1);
}

static void write_alt(FILE *alt, const struct eval_fingerprint *print)
{
	static const char *const names[] = { "Real", "Synthetic" };

	fputs("Payload sizes against time since the flow's start.", alt);
	for (int side = 0; side < 2; side++)
		fprintf(alt, " %s: %llu flows, %llu packets.", names[side],
			(unsigned long long)print->n_flows[side],
			(unsigned long long)print->n_packets[side]);
}

int picture_fingerprint(const struct eval_fingerprint *print, const char *title,
			const char *caption, const struct canvas *canvas, struct err *err)
{
	const struct extent extent = extent_of(print);
	CLEANUP(plot_done) struct plot plot;
	int r = plot_init(&plot, WIDTH, HEIGHT, err);

	if (r < 0)
		return r;
	put_axes(plot.script, &extent);
	fputs("unset grid\nset multiplot layout 2,1\n", plot.script);
	for (int side = 0; side < 2; side++) {
		bool any = put_cells(plot.script, print, side);

		fprintf(plot.script,
			"set label 1 '%s' at graph 1, graph 1.06 right tc rgb '%s'\n"
			"plot -999 lc rgb '" SVG_FAINT "'",
			side == 0 ? "real" : "synthetic", side == 0 ? SVG_REAL : SVG_SYNTH);
		if (any)
			fprintf(plot.script,
				", $side%d using 1:2:3:4:5:6:7 with boxxyerror fc rgb variable",
				side);
		fputc('\n', plot.script);
	}
	fputs("unset multiplot\n", plot.script);
	write_alt(plot.alt, print);
	return plot_draw(&plot, title, caption, canvas, err);
}
