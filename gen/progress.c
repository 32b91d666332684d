/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/ns.h"

enum { STAGE_BYTES = 48, LINE_BYTES = 200 };

#define TERMINAL_STEP_NS (NS_PER_S / 10)
#define PIPE_STEP_NS	 (5 * NS_PER_S)

struct progress {
	const char *verb;
	char stage[STAGE_BYTES];
	bool terminal, always;
	bool shown; /* a line stands on the terminal */
	int64_t began_ns, next_ns;
};

int progress_new(const char *verb, bool always, struct progress **ret_progress, struct err *err)
{
	struct progress *progress = calloc(1, sizeof(*progress));

	if (progress == NULL)
		return err_no_memory(err);
	progress->verb = verb;
	progress->terminal = isatty(STDERR_FILENO) == 1;
	progress->always = always;
	progress->began_ns = ns_monotonic();
	progress->next_ns = progress->began_ns + TERMINAL_STEP_NS * 5; /* short runs need no line */
	*ret_progress = progress;
	return 0;
}

void progress_freep(struct progress **progress)
{
	if (*progress != NULL)
		progress_end(*progress);
	free(*progress);
	*progress = NULL;
}

void progress_stage(struct progress *progress, const char *stage)
{
	const char *slash = strrchr(stage, '/');

	snprintf(progress->stage, sizeof(progress->stage), "%s",
		 slash != NULL && slash[1] != '\0' ? slash + 1 : stage);
	progress->began_ns = ns_monotonic();
}

/* Appends to a line of LINE_BYTES; what does not fit is cut. */
__attribute__((format(printf, 3, 4))) static void append(char *line, size_t *at, const char *fmt,
							 ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(line + *at, LINE_BYTES - *at, fmt, args);
	va_end(args);
	if (n > 0)
		*at = *at + (size_t)n < LINE_BYTES ? *at + (size_t)n : LINE_BYTES - 1;
}

static void compose(const struct progress *p, int64_t now_ns, double done, uint64_t n_packets,
		    uint64_t n_bytes, char line[LINE_BYTES])
{
	const double seconds = (double)(now_ns - p->began_ns) / 1e9;
	char left[NS_TEXT_BYTES];
	size_t at = 0;

	append(line, &at, "%s", p->verb);
	if (p->stage[0] != '\0')
		append(line, &at, " %s", p->stage);
	append(line, &at, ":");
	if (done >= 0)
		append(line, &at, " %3.0f %%", done > 1 ? 100 : done * 100);
	if (n_packets > 0 && seconds > 0)
		append(line, &at, "  %.2f M packets  %.2f M/s  %.0f MB/s", (double)n_packets / 1e6,
		       (double)n_packets / 1e6 / seconds, (double)n_bytes / 1e6 / seconds);
	if (done > 0.005 && done < 1)
		append(line, &at, "  %s left",
		       ns_format_duration((int64_t)(seconds / done * (1 - done) + 0.5) * NS_PER_S,
					  left));
}

void progress_update(struct progress *progress, double done, uint64_t n_packets, uint64_t n_bytes)
{
	const int64_t now_ns = ns_monotonic();
	char line[LINE_BYTES] = "";

	if (now_ns < progress->next_ns || (!progress->terminal && !progress->always))
		return;
	compose(progress, now_ns, done, n_packets, n_bytes, line);
	if (progress->terminal) {
		fprintf(stderr, "\r\033[K%s", line);
		progress->shown = true;
	} else {
		fprintf(stderr, "%s\n", line);
	}
	progress->next_ns = now_ns + (progress->terminal ? TERMINAL_STEP_NS : PIPE_STEP_NS);
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fprintf(stderr, "\r\033[K");
	progress->shown = false;
}
