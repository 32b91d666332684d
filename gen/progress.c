/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ns.h"

#define TERMINAL_EVERY_NS (200 * NS_PER_MS)
#define PIPE_EVERY_NS	  (5 * NS_PER_S)

struct progress {
	char what[32], stage[96];
	bool terminal;
	bool shown; /* a line stands on the terminal */
	int64_t begun_ns, next_ns;
	uint64_t n_packets, n_bytes;		   /* latest */
	uint64_t n_packets_before, n_bytes_before; /* when the stage began */
};

int progress_new(const char *what, bool always, struct progress **ret_progress, struct err *err)
{
	bool terminal = isatty(STDERR_FILENO) == 1;
	struct progress *progress;

	*ret_progress = NULL;
	if (!terminal && !always)
		return 0;
	progress = calloc(1, sizeof(*progress));
	if (progress == NULL)
		return err_no_memory(err);
	snprintf(progress->what, sizeof(progress->what), "%s", what);
	progress->terminal = terminal;
	progress_stage(progress, "");
	*ret_progress = progress;
	return 0;
}

void progress_freep(struct progress **progress)
{
	if (*progress == NULL)
		return;
	progress_end(*progress);
	free(*progress);
	*progress = NULL;
}

void progress_stage(struct progress *progress, const char *name)
{
	snprintf(progress->stage, sizeof(progress->stage), "%s", name);
	progress->n_packets_before = progress->n_packets;
	progress->n_bytes_before = progress->n_bytes;
	progress->begun_ns = ns_monotonic();
	progress->next_ns =
		progress->begun_ns + (progress->terminal ? TERMINAL_EVERY_NS : PIPE_EVERY_NS);
}

/* "1.2 M" */
static void count_format(double count, char *ret_text, size_t n_text)
{
	static const char *const units[] = { "", " k", " M", " G", " T" };
	size_t i = 0;

	while (count >= 1000 && i < 4) {
		count /= 1000;
		i++;
	}
	snprintf(ret_text, n_text, i > 0 && count < 10 ? "%.1f%s" : "%.0f%s", count, units[i]);
}

static void progress_show(struct progress *progress, double done, int64_t passed_ns)
{
	double n_packets = (double)(progress->n_packets - progress->n_packets_before);
	double n_bytes = (double)(progress->n_bytes - progress->n_bytes_before);
	double seconds = (double)passed_ns / 1e9;
	char line[256], count[24], rate[24];
	size_t n = 0;

	line[0] = '\0';
	if (done >= 0) {
		done = done > 1 ? 1 : done;
		n += (size_t)snprintf(line + n, sizeof(line) - n, " %.0f %%", done * 100);
	}
	if (n_packets > 0) {
		count_format((double)progress->n_packets, count, sizeof(count));
		count_format(n_packets / seconds, rate, sizeof(rate));
		n += (size_t)snprintf(line + n, sizeof(line) - n, "  %s packets  %s/s", count,
				      rate);
	}
	if (n_bytes > 0) {
		count_format(n_bytes / seconds, rate, sizeof(rate));
		n += (size_t)snprintf(line + n, sizeof(line) - n, "  %sB/s", rate);
	}
	if (done > 0.01 && passed_ns > NS_PER_S) {
		char left[NS_TEXT_BYTES];
		int64_t left_ns = (int64_t)((double)passed_ns * (1 - done) / done);

		snprintf(line + n, sizeof(line) - n, "  %s left",
			 ns_format_duration(left_ns / NS_PER_S * NS_PER_S, left));
	}
	fprintf(stderr, "%s%s%s%s:%s%s", progress->terminal ? "\r" : "", progress->what,
		progress->stage[0] != '\0' ? " " : "", progress->stage, line,
		progress->terminal ? "\x1b[K" : "\n");
	fflush(stderr);
	progress->shown = progress->terminal;
}

void progress_update(struct progress *progress, double done, uint64_t n_packets, uint64_t n_bytes)
{
	int64_t now = ns_monotonic();

	if (n_packets >= progress->n_packets)
		progress->n_packets = n_packets;
	if (n_bytes >= progress->n_bytes)
		progress->n_bytes = n_bytes;
	if (now < progress->next_ns)
		return;
	progress->next_ns = now + (progress->terminal ? TERMINAL_EVERY_NS : PIPE_EVERY_NS);
	progress_show(progress, done, now - progress->begun_ns);
}

void progress_say(struct progress *progress, const char *text)
{
	snprintf(progress->stage, sizeof(progress->stage), "%s", text);
	progress_update(progress, -1, 0, 0);
}

void progress_end(struct progress *progress)
{
	if (!progress->shown)
		return;
	fputs("\r\x1b[K", stderr);
	fflush(stderr);
	progress->shown = false;
}
