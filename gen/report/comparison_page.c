/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/report/comparison_page.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/ns.h"
#include "flow/service.h"
#include "gen/report/html.h"
#include "gen/report/judge_section.h"
#include "gen/report/metrics_table.h"
#include "gen/report/page.h"
#include "gen/report/picture.h"

struct comparison {
	struct eval_run *run;
	const struct flow_table *tables[2];
	const struct canvas *canvas;
	struct metrics_table metrics;
	struct err *err;
};

/* A file's name without its folders: pages are sent around. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static void put_side(FILE *out, const char *what, const char *class, const struct eval_side *side)
{
	const struct flow_table *table = &side->table;
	const int64_t first_ns = table->rows[0].start_ns;
	const int64_t span_ns = table->rows[table->n_rows - 1].start_ns - first_ns;
	uint64_t packets = 0;
	char first[NS_TEXT_BYTES], span[NS_TEXT_BYTES];

	for (size_t i = 0; i < table->n_rows; i++)
		packets += table->rows[i].fwd_packets + table->rows[i].bwd_packets;
	fprintf(out, "<div><dt class=\"%s\">%s</dt><dd>", class, what);
	html_text(out, base_name(side->name));
	fprintf(out, "</dd><dd class=\"note\">%s: %zu flows, %" PRIu64 " packets, from ",
		side->is_capture ? "capture" : "flow table", table->n_rows, packets);
	html_textf(out, "%s, for %s", ns_format_time(first_ns / NS_PER_S * NS_PER_S, first),
		   ns_format_duration(span_ns / NS_PER_S * NS_PER_S, span));
	fputs("</dd></div>\n", out);
}

static void put_facts(const struct comparison *c, FILE *out)
{
	const struct eval_options *o = &c->run->options;
	const struct eval_side *train = eval_run_train(c->run);

	fputs("<dl class=\"facts\">\n", out);
	put_side(out, "real", "real", &c->run->sides[0]);
	put_side(out, "synthetic", "synth", &c->run->sides[1]);
	if (train != NULL)
		put_side(out, "learned from", "train", train);
	page_fact(out, "samples", "%" PRIu32 " draws of up to %zu flows, seed %" PRIu64, o->n_draws,
		  o->n_rows, o->seed);
	fputs("</dl>\n", out);
}

static int put_bars(const struct comparison *c)
{
	static const struct {
		enum eval_bars_column column;
		const char *title, *caption;
	} rows[] = {
		{ EVAL_BARS_SERVICE, "Services",
		  "Look for bars of one colour only: services that were never made, or made up." },
		{ EVAL_BARS_DST_PORT, "Destination ports",
		  "Look at the longest bars: the ports asked for most should be the same." },
		{ EVAL_BARS_FLAGS, "TCP flags of a flow",
		  "Look for combinations that only one side has; none is what is not TCP." },
		{ EVAL_BARS_STATE, "How connections end",
		  "Look at S0 and REJ (nobody answered): scans and failures are easily lost." },
		{ EVAL_BARS_PROTO, "Protocols", "The pairs of bars should be equally long." },
	};
	int r = 0;

	page_section_begin(c->canvas->page, "Which flows there are", NULL);
	page_legend(c->canvas->page);
	page_grid_begin(c->canvas->page, "");
	for (size_t i = 0; r == 0 && i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct eval_bars bars;

		r = eval_bars_of(c->tables, rows[i].column, &bars, c->err);
		if (r == 0)
			r = picture_bars(&bars, rows[i].title, rows[i].caption, c->canvas, c->err);
	}
	page_grid_end(c->canvas->page);
	page_section_end(c->canvas->page);
	return r;
}

static int put_curves(const struct comparison *c)
{
	static const struct {
		enum eval_curve_column column;
		enum picture_unit unit;
		const char *title, *caption;
	} rows[] = {
		{ EVAL_CURVE_PACKETS, PICTURE_COUNT, "Packets per flow",
		  "The line should follow the area's peaks: each is a kind of conversation." },
		{ EVAL_CURVE_BYTES, PICTURE_BYTES, "Bytes per flow",
		  "Look at the right end: few large flows carry most of the bytes." },
		{ EVAL_CURVE_FWD_PACKETS, PICTURE_COUNT, "Packets from the originator",
		  "The line should follow the area." },
		{ EVAL_CURVE_BWD_PACKETS, PICTURE_COUNT, "Packets to the originator",
		  "Look at 0: flows without an answer." },
		{ EVAL_CURVE_FWD_BYTES, PICTURE_BYTES, "Bytes from the originator",
		  "Look for single peaks: requests that always have one size." },
		{ EVAL_CURVE_BWD_BYTES, PICTURE_BYTES, "Bytes to the originator",
		  "The line should follow the area, to the largest answers." },
	};
	int r = 0;

	page_section_begin(c->canvas->page, "How large they are",
			   "Shares of flows, on a logarithmic axis: real as a line over synthetic "
			   "as an area.");
	page_legend(c->canvas->page);
	page_grid_begin(c->canvas->page, "");
	for (size_t i = 0; r == 0 && i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct eval_curve curve;

		eval_curve_of(c->tables, rows[i].column, &curve);
		r = picture_curve(&curve, rows[i].unit, rows[i].title, rows[i].caption, c->canvas,
				  c->err);
	}
	page_grid_end(c->canvas->page);
	page_section_end(c->canvas->page);
	return r;
}

static int put_time(const struct comparison *c)
{
	CLEANUP(freep) struct eval_rate *rate = mem_array(1, sizeof(*rate));
	CLEANUP(freep) struct eval_curve *curve = mem_array(1, sizeof(*curve));
	FILE *page = c->canvas->page;
	int r;

	if (rate == NULL || curve == NULL)
		return err_no_memory(c->err);
	eval_rate_of(c->tables, rate);
	eval_curve_of(c->tables, EVAL_CURVE_START_GAP, curve);
	page_section_begin(page, "When they begin, how long they last", NULL);
	page_legend(page);
	page_grid_begin(page, "wide");
	r = picture_rate(rate, "Rate over time",
			 "Flows per second; not the same instants but the same character: level, "
			 "bursts and lulls should be alike.",
			 c->canvas, c->err);
	page_grid_end(page);
	page_grid_begin(page, "");
	if (r == 0)
		r = picture_curve(curve, PICTURE_TIME, "Gaps between starts",
				  "Look at the left: flows that begin together are what plain "
				  "random arrivals lack.",
				  c->canvas, c->err);
	eval_curve_of(c->tables, EVAL_CURVE_DURATION, curve);
	if (r == 0)
		r = picture_curve(curve, PICTURE_TIME, "Duration",
				  "Look for peaks at round times: timeouts and keep-alives that a "
				  "model smooths away.",
				  c->canvas, c->err);
	page_grid_end(page);
	page_section_end(page);
	return r;
}

static int lift_matrices(const struct comparison *c, struct eval_lift_matrices *ret_matrices)
{
	struct eval_rows rows[2];
	int r = eval_rows_encode(c->tables, 2, rows, c->err);

	if (r < 0)
		return r;
	r = eval_lift_matrices_of(c->tables[0], &rows[0], c->tables[1], &rows[1], ret_matrices,
				  c->err);
	eval_rows_done(&rows[0]);
	eval_rows_done(&rows[1]);
	return r;
}

static int put_lift(const struct comparison *c)
{
	CLEANUP(freep) struct eval_lift_matrices *m = mem_array(1, sizeof(*m));
	FILE *page = c->canvas->page;
	int r = m != NULL ? lift_matrices(c, m) : err_no_memory(c->err);

	if (r < 0)
		return r;
	page_section_begin(page, "What follows what",
			   "Of flows of a service, how often the same client begins one of another "
			   "within 5 seconds, against how often it would by chance. The stronger "
			   "the colour, the further from chance; a dot is a pair too rare to "
			   "tell.");
	fputs("<p class=\"legend\"><span class=\"key more\">more often</span> "
	      "<span class=\"key less\">less often</span></p>\n",
	      page);
	page_grid_begin(page, "");
	r = picture_lift(m, 0, "Real",
			 "Dark squares off the diagonal are habits, such as a lookup before a "
			 "connection.",
			 c->canvas, c->err);
	if (r == 0)
		r = picture_lift(m, 1, "Synthetic",
				 "Should have the same squares: a pale picture means that flows do "
				 "not know of each other.",
				 c->canvas, c->err);
	page_grid_end(page);
	page_section_end(page);
	return r;
}

static int put_packet_curves(const struct comparison *c)
{
	static const char *const titles[] = { "Gaps before packets of the originator",
					      "Gaps before packets to the originator" };
	const struct eval_packets *real = &c->run->sides[0].packets;
	const struct eval_packets *synth = &c->run->sides[1].packets;
	const struct eval_counts *sizes[] = { &real->counts[EVAL_PACKET_SIZE],
					      &synth->counts[EVAL_PACKET_SIZE] };
	const struct eval_counts *gaps[] = { &real->counts[EVAL_PACKET_GAP],
					     &synth->counts[EVAL_PACKET_GAP] };
	enum { SIZE_BIN_BYTES = 16, N_SIZE_BINS = 100 };
	struct eval_curve curve;
	int r;

	eval_curve_of_numbers(sizes, SIZE_BIN_BYTES, N_SIZE_BINS, &curve);
	r = picture_sizes(&curve, "Packet sizes",
			  "Look at the peaks at both ends, acknowledgements and full segments; the "
			  "last bin has all that is larger.",
			  c->canvas, c->err);
	for (unsigned int direction = 0; r == 0 && direction < 2; direction++) {
		eval_curve_of_octaves(gaps, EVAL_PACKET_GAP_SHIFT, direction, &curve);
		r = picture_curve(&curve, PICTURE_TIME, titles[direction],
				  "Look for the hump of the round trip and that of human or timer "
				  "pauses to its right.",
				  c->canvas, c->err);
	}
	return r;
}

static int put_fingerprints(const struct comparison *c)
{
	CLEANUP(freep) struct eval_fingerprints *prints = mem_array(1, sizeof(*prints));
	const struct eval_watch *watch = &c->run->options.watch;
	int r = prints != NULL ? eval_fingerprints_choose(c->tables, prints, c->err)
			       : err_no_memory(c->err);

	for (int side = 0; r == 0 && side < 2; side++)
		r = eval_fingerprints_read(c->run->sides[side].name, side, watch, prints, c->err);
	for (size_t i = 0; r == 0 && i < prints->n; i++) {
		const struct eval_fingerprint *print = &prints->items[i];
		char title[FLOW_SERVICE_BYTES + 32], proto[PROTO_TEXT_BYTES];

		snprintf(title, sizeof(title), "Fingerprint of %s/%s",
			 strcmp(print->service, "-") == 0 ? "flows without a name" : print->service,
			 proto_format(print->proto, proto));
		r = picture_fingerprint(print, title,
					"Payload size (up: by the originator, down: to it) over "
					"the time since the flow began; spots should be at the "
					"same places in both halves.",
					c->canvas, c->err);
	}
	return r;
}

static int put_packets(const struct comparison *c)
{
	FILE *page = c->canvas->page;
	int r;

	if (!c->run->sides[0].is_capture || !c->run->sides[1].is_capture)
		return 0;
	page_section_begin(page, "Packets", NULL);
	page_legend(page);
	page_grid_begin(page, "");
	r = put_packet_curves(c);
	if (r == 0)
		r = put_fingerprints(c);
	page_grid_end(page);
	page_section_end(page);
	return r;
}

static void put_head(const struct comparison *c)
{
	FILE *page = c->canvas->page;
	char title[600];

	snprintf(title, sizeof(title), "%.250s against %.250s", base_name(c->run->sides[1].name),
		 base_name(c->run->sides[0].name));
	page_begin(page, title, "sosie report");
	put_facts(c, page);
	metrics_table_summary(&c->metrics, page);
}

static int put_metrics(const struct comparison *c)
{
	FILE *page = c->canvas->page;

	page_section_begin(page, "Metrics", NULL);
	metrics_table_print(&c->metrics, page);
	page_section_end(page);
	return 0;
}

static int put_judges(const struct comparison *c)
{
	const struct eval_judges *judges = eval_run_judges(c->run);

	return judges != NULL ? judge_section_put(judges, c->canvas, c->err) : 0;
}

int comparison_page_write(struct eval_run *run, const struct eval_line *floor,
			  const struct canvas *canvas, struct err *err)
{
	static int (*const parts[])(const struct comparison *) = {
		put_judges, put_metrics, put_bars, put_curves, put_time, put_lift, put_packets
	};
	struct comparison c = { .run = run,
				.tables = { &run->sides[0].table, &run->sides[1].table },
				.canvas = canvas,
				.err = err };
	const size_t n = sizeof(parts) / sizeof(parts[0]);
	int r = 0;

	metrics_table_init(&c.metrics, run->lines, floor, eval_run_judges(run));
	put_head(&c);
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = eval_run_look(run, "pictures", (double)i / (double)n);
		if (r == 0)
			r = parts[i](&c);
	}
	page_end(canvas->page);
	return r;
}
