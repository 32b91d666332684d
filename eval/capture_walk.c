/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/capture_walk.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "packet/capture.h"

enum { LOOK_UP_EVERY = 4096 /* packets, a power of two */ };

static int look(const struct eval_watch *watch, const char *path, const struct capture *capture)
{
	int64_t size = capture_file_bytes(capture);

	if (watch == NULL || watch->look == NULL)
		return 0;
	return watch->look(watch->context, path,
			   size > 0 ? (double)capture_file_position(capture) / (double)size : -1);
}

static int read_packets(struct capture *capture, const char *path, const struct eval_watch *watch,
			struct meter *meter, eval_packet_fn *on_packet, void *context,
			struct err *err)
{
	struct capture_packet packet;
	struct packet_view view;
	uint64_t n = 0;
	int r;

	while ((r = capture_next(capture, &packet, err)) > 0) {
		enum decode_result result = packet_decode(&packet, &view);

		r = result == DECODE_IP && on_packet != NULL ? on_packet(context, &view) : 0;
		if (r == 0)
			r = meter_view(meter, &packet, result, &view, err);
		if (r == 0 && (++n & (LOOK_UP_EVERY - 1)) == 0)
			r = look(watch, path, capture);
		if (r < 0)
			return r;
	}
	return r;
}

int eval_capture_walk(const char *path, const struct eval_watch *watch, eval_packet_fn *on_packet,
		      const struct meter_options *options, struct err *err)
{
	CLEANUP(capture_freep) struct capture *capture = NULL;
	CLEANUP(meter_freep) struct meter *meter = NULL;
	int r = capture_open(path, &capture, err);

	if (r == 0)
		r = meter_new(options, &meter, err);
	if (r == 0)
		r = read_packets(capture, path, watch, meter, on_packet, options->context, err);
	if (r == 0)
		r = meter_flush(meter, err);
	if (r < 0 && r != -EINTR && err != NULL && err->text[0] == '\0')
		err_set(err, r, "'%s': %s", path, strerror(-r));
	return r;
}
