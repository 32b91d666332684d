/* SPDX-License-Identifier: Apache-2.0 */
/* sosie flows: captures, or flow tables of any layout, as one flow table. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/ns.h"
#include "conf/option.h"
#include "flow/table.h"
#include "gen/cmd.h"
#include "gen/interrupt.h"
#include "gen/progress.h"
#include "packet/capture.h"
#include "packet/meter.h"
#include "replay/digest.h"

enum { OUT_BUFFER_BYTES = 1 << 18, LOOK_UP_EVERY = 1024 /* packets, a power of two */ };

struct settings {
	const char *output;
	int format; /* CHOICE_* */
	bool content, digest, table, quiet, verbose;
};

enum { CHOICE_BY_NAME, CHOICE_CSV, CHOICE_JSONL, CHOICE_ZEEK };
static const char *const format_names[] = { "by-name", "csv", "jsonl", "zeek", NULL };

#define AT(field) offsetof(struct settings, field)
static const struct option_spec specs[] = {
	{ .name = "output",
	  .letter = 'o',
	  .type = OPTION_STRING,
	  .offset = AT(output),
	  .metavar = "FILE",
	  .help = "where the table goes; by its name .csv, .jsonl, or .log (Zeek's conn.log); - is "
		  "stdout" },
	{ .name = "format",
	  .type = OPTION_CHOICE,
	  .offset = AT(format),
	  .metavar = "FORMAT",
	  .help = "csv, jsonl or zeek, whatever FILE's name",
	  .choices = format_names },
	{ .name = "content",
	  .type = OPTION_FLAG,
	  .offset = AT(content),
	  .help = "name services by what the packets hold (libndpi), not by port" },
	{ .name = "digest",
	  .type = OPTION_FLAG,
	  .offset = AT(digest),
	  .help = "print a digest of the captures' frames and their times to stderr" },
	{ .name = "table",
	  .type = OPTION_FLAG,
	  .offset = AT(table),
	  .help = "what is on stdin is a flow table; files are told apart by themselves" },
	{ .name = "quiet",
	  .letter = 'q',
	  .type = OPTION_FLAG,
	  .offset = AT(quiet),
	  .help = "no progress and no summary" },
	{ .name = "verbose",
	  .letter = 'v',
	  .type = OPTION_FLAG,
	  .offset = AT(verbose),
	  .help = "progress and summary also when stderr is no terminal" },
};
enum { N_SPECS = sizeof(specs) / sizeof(specs[0]) };

static const char usage[] = "sosie flows CAPTURE... [-o FILE] [OPTION...]\n"
			    "sosie flows TABLE... [-o FILE] [OPTION...]";
static const char about[] =
	"Writes the flow table of captures, read one after the other as one; or reads flow tables "
	"(ours, Zeek's conn.log, CIDDS) and writes them in another format.";

struct run {
	struct settings settings;
	enum flow_format format;
	struct out_file file;
	FILE *out;
	char *buffer;
	struct meter *meter;
	struct digest *digest;
	struct progress *progress;
	const atomic_bool *interrupted;
	uint64_t n_rows, n_skipped;
};

static void run_done(struct run *run)
{
	progress_freep(&run->progress);
	digest_freep(&run->digest);
	meter_freep(&run->meter);
	fclosep(&run->out);
	free(run->buffer);
	out_file_abort(&run->file);
}

static int write_error(const struct run *run, int code, struct err *err)
{
	const char *path = run->settings.output;
	bool is_stdout = strcmp(path, "-") == 0;

	return err_set(err, code, "writing %s%s%s: %s", is_stdout ? "" : "'",
		       is_stdout ? "stdout" : path, is_stdout ? "" : "'", strerror(-code));
}

static int output_open(struct run *run, struct err *err)
{
	const char *path = run->settings.output;
	int fd, r;

	switch (run->settings.format) {
	case CHOICE_CSV:
		run->format = FLOW_CSV;
		break;
	case CHOICE_JSONL:
		run->format = FLOW_JSONL;
		break;
	case CHOICE_ZEEK:
		run->format = FLOW_ZEEK;
		break;
	default:
		run->format = flow_format_of(path);
		break;
	}
	r = out_file_open(&run->file, path, err);
	if (r < 0)
		return r;
	/* stdio closes what it was given, and so does out_file. */
	fd = fcntl(run->file.fd, F_DUPFD_CLOEXEC, 0);
	run->out = fd >= 0 ? fdopen(fd, "w") : NULL;
	run->buffer = malloc(OUT_BUFFER_BYTES);
	if (run->out == NULL || run->buffer == NULL) {
		if (run->out == NULL && fd >= 0)
			close(fd);
		return err_no_memory(err);
	}
	setvbuf(run->out, run->buffer, _IOFBF, OUT_BUFFER_BYTES);
	r = flow_write_header(run->out, run->format, false);
	return r < 0 ? write_error(run, -errno, err) : 0;
}

static int output_commit(struct run *run, struct err *err)
{
	int r = flow_write_footer(run->out, run->format);

	if (r == 0 && fflush(run->out) != 0)
		r = -errno;
	if (r < 0)
		return write_error(run, r, err);
	fclosep(&run->out);
	return out_file_commit(&run->file, err);
}

static int on_flow(void *context, const struct meter_flow *flow)
{
	struct run *run = context;

	run->n_rows++;
	if (flow_write_row(run->out, run->format, flow->record, NULL) < 0)
		return errno != 0 ? -errno : -EIO;
	return 0;
}

/* What the run hears and says now and then. */
static int look_up(struct run *run, const struct capture *capture)
{
	const struct meter_stats *stats = meter_statistics(run->meter);
	int64_t size = capture_file_bytes(capture);

	if (atomic_load_explicit(run->interrupted, memory_order_relaxed))
		return -EINTR;
	if (run->progress != NULL)
		progress_update(run->progress,
				size > 0 ? (double)capture_file_position(capture) / (double)size
					 : -1,
				stats->n_packets, stats->n_bytes);
	return 0;
}

/* *ret_damaged: the capture ended before its time; err says how. */
static int read_capture(struct run *run, const char *path, bool *ret_damaged, struct err *err)
{
	CLEANUP(capture_freep) struct capture *capture = NULL;
	struct capture_packet packet;
	uint64_t n = 0;
	int r = capture_open(path, &capture, err);

	if (r < 0)
		return r;
	if (run->progress != NULL)
		progress_stage(run->progress, path);
	while ((r = capture_next(capture, &packet, err)) > 0) {
		if (run->digest != NULL)
			digest_add(run->digest, packet.time_ns, packet.bytes, packet.n_captured);
		r = meter_packet(run->meter, &packet, err);
		if (r == 0 && (++n & (LOOK_UP_EVERY - 1)) == 0)
			r = look_up(run, capture);
		if (r == 0)
			continue;
		if (r != -EINTR && err->text[0] == '\0')
			write_error(run, r, err);
		return r;
	}
	/* The program that feeds a pipe gets the Ctrl-C, too: its end is not the capture's. */
	if (atomic_load_explicit(run->interrupted, memory_order_relaxed))
		return -EINTR;
	*ret_damaged = r < 0;
	return 0;
}

/* Reads captures until one is damaged; the flows of all packets read are written in any case. */
static int flows_of_captures(struct run *run, const struct option_strings *paths, bool *ret_damaged,
			     struct err *err)
{
	const struct meter_options options = {
		.content = run->settings.content,
		.on_flow = on_flow,
		.context = run,
	};
	struct err damage = { "" };
	int r = meter_new(&options, &run->meter, err);

	if (r == 0 && run->settings.digest)
		r = digest_new(&run->digest, err);
	if (r == 0)
		r = output_open(run, err);
	for (size_t i = 0; r == 0 && i < paths->n && !*ret_damaged; i++)
		r = read_capture(run, paths->items[i], ret_damaged, err);
	if (r < 0)
		return r;
	damage = *err;
	r = meter_flush(run->meter, err);
	if (r < 0 && err->text[0] == '\0')
		write_error(run, r, err);
	if (r == 0)
		r = output_commit(run, err);
	if (r == 0)
		*err = damage;
	return r;
}

static int flows_of_tables(struct run *run, const struct option_strings *paths, struct err *err)
{
	struct flow_table table = { NULL, 0, 0 };
	struct flow_read_stats stats;
	int r = 0;

	for (size_t i = 0; r == 0 && i < paths->n; i++) {
		r = flow_table_read(paths->items[i], &table, &stats, err);
		if (r == 0)
			run->n_skipped += stats.n_skipped;
		if (r == 0 && atomic_load(run->interrupted))
			r = -EINTR;
	}
	if (r == 0)
		r = output_open(run, err);
	if (r == 0)
		flow_table_sort(&table);
	for (size_t i = 0; r == 0 && i < table.n_rows; i++) {
		r = flow_write_row(run->out, run->format, &table.rows[i], NULL);
		if (r < 0)
			write_error(run, -errno, err);
		run->n_rows++;
	}
	flow_table_done(&table);
	return r < 0 ? r : output_commit(run, err);
}

static void print_count(uint64_t count, const char *what)
{
	if (count > 0)
		fprintf(stderr, "; %" PRIu64 " %s", count, what);
}

static void print_summary(const struct run *run)
{
	const struct meter_stats *stats = run->meter != NULL ? meter_statistics(run->meter) : NULL;
	char span[NS_TEXT_BYTES];

	if (stats == NULL) {
		fprintf(stderr, "%" PRIu64 " flows", run->n_rows);
		print_count(run->n_skipped, "rows without addresses or a time left out");
		fputc('\n', stderr);
		return;
	}
	fprintf(stderr, "%" PRIu64 " packets, %" PRIu64 " bytes, in %s: %" PRIu64 " flows",
		stats->n_packets, stats->n_bytes,
		ns_format_duration((stats->last_ns - stats->first_ns) / NS_PER_MS * NS_PER_MS,
				   span),
		stats->n_flows);
	print_count(stats->n_open_max, "open at most");
	print_count(stats->n_not_ip, "packets not IP");
	print_count(stats->n_malformed, "malformed");
	print_count(stats->n_fragments, "later fragments");
	print_count(stats->n_orphan_fragments, "fragments without their first, in no flow");
	print_count(stats->n_backward, "times the clock went back");
	print_count(stats->n_late_rows, "rows out of order: too many flows waited");
	fputc('\n', stderr);
}

/* Captures (0) or tables (1)? Not both: rows of tables have no packets to be ordered among. */
static int inputs_are_tables(const struct settings *s, const struct option_strings *paths,
			     struct err *err)
{
	size_t n_captures = 0;

	for (size_t i = 0; i < paths->n; i++) {
		int r = strcmp(paths->items[i], "-") == 0 ? !s->table
							  : capture_recognise(paths->items[i], err);

		if (r < 0 && r != -ESPIPE)
			return r;
		n_captures += r == -ESPIPE ? !s->table : r > 0;
		err->text[0] = '\0';
	}
	if (n_captures > 0 && n_captures < paths->n)
		return err_set(err, -EINVAL,
			       "captures and flow tables together: convert the captures first");
	return n_captures == 0;
}

static int run_all(struct run *run, const struct option_strings *paths, bool *ret_damaged,
		   struct err *err)
{
	const struct settings *s = &run->settings;
	int r, tables = inputs_are_tables(s, paths, err);

	if (tables < 0)
		return tables;
	if (tables > 0 && (s->content || s->digest))
		return err_set(err, -EINVAL, "%s: '%s' is no capture, it has no packets",
			       s->content ? "--content" : "--digest", paths->items[0]);
	r = s->quiet ? 0 : progress_new("flows", s->verbose, &run->progress, err);
	if (r < 0)
		return r;
	r = tables > 0 ? flows_of_tables(run, paths, err)
		       : flows_of_captures(run, paths, ret_damaged, err);
	progress_freep(&run->progress);
	if (r < 0)
		return r;
	if (!s->quiet && (s->verbose || isatty(STDERR_FILENO)))
		print_summary(run);
	if (run->digest != NULL) {
		char text[DIGEST_TEXT_BYTES];

		fprintf(stderr, "digest: %s\n", digest_text(run->digest, text));
	}
	return 0;
}

static int flows(struct run *run, const struct option_strings *paths)
{
	struct err err = { "" };
	bool damaged = false;
	int r;

	run->interrupted = interrupt_flag();
	r = run_all(run, paths, &damaged, &err);
	run_done(run);
	if (r == -EINTR) {
		fprintf(stderr, "sosie flows: interrupted; nothing was left behind\n");
		return 130;
	}
	if (r < 0 || damaged)
		fprintf(stderr, "sosie flows: %s\n", err.text);
	return r < 0 || damaged ? 1 : 0;
}

static const struct verb verb = { "flows", specs, N_SPECS, usage, about };

int cmd_flows(int argc, char **argv)
{
	static const struct settings defaults = { .output = "-" };
	struct run run = { .settings = defaults, .file = { .fd = -1 } };
	struct option_strings paths = { NULL, 0, 0 };
	struct err err = { "" };
	int r = option_parse(specs, N_SPECS, argc, argv, &run.settings, &paths, NULL, &err);
	int status;

	if (r == 0 && paths.n == 0)
		r = err_set(&err, -EINVAL, "which capture? a file, or - for stdin");
	status = verb_answer(&verb, r, &defaults, &err);
	if (status == VERB_WORKS)
		status = flows(&run, &paths);
	option_strings_done(&paths);
	option_done(specs, N_SPECS, &run.settings);
	return status;
}
