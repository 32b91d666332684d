/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/player.h"

#include "base/ns.h"

enum {
	GATE_TIMEOUT_MS = 1000,
	LIMIT_GRACE_MS = 100,
	/* Late frames that were due within this leave together, later ones apart. */
	TOGETHER_NS = 10000,
	CACHE_LINE = 64,
};

/* Frames that are due together on one port: a range of what is being played. */
struct batch {
	const struct packet_frame *frames;
	size_t n;
	uint32_t port;
	int64_t due_ns[PLAYER_BATCH]; /* nothing at top speed */
};

void player_init(struct player *player, const struct player_options *options)
{
	*player = (struct player) { .options = *options };
}

static bool is_stopped(const struct player *p)
{
	return p->options.stop != NULL &&
	       atomic_load_explicit(p->options.stop, memory_order_relaxed);
}

static void look(struct player *p, int64_t now)
{
	if (p->options.look == NULL || now < p->next_look_ns)
		return;
	p->next_look_ns = now + p->options.look_ns;
	p->options.look(p->options.context, p, now);
}

/* Returns the time, at or after until_ns unless stopped or limited. */
static int64_t wait_until(struct player *p, int64_t until_ns, int64_t now)
{
	const struct clock *clock = &p->options.clock;

	if (p->options.limit_ns > 0 && until_ns > p->begun_ns + p->options.limit_ns)
		until_ns = p->begun_ns + p->options.limit_ns;

	while (now < until_ns && !is_stopped(p)) {
		int64_t next = until_ns;

		look(p, now);
		if (p->options.look != NULL && !clock->is_virtual && next > p->next_look_ns)
			next = p->next_look_ns;
		now = clock_wait(clock, next, p->options.stop);
	}
	return now;
}

static int write_retimed(const struct player *p, const struct player_port *port,
			 const struct batch *batch, struct err *err)
{
	struct packet_frame frames[PLAYER_BATCH];

	for (size_t i = 0; i < batch->n; i++) {
		frames[i] = batch->frames[i];
		frames[i].time_ns = ns_add(p->pacer.first_ns, batch->due_ns[i] - p->begun_ns);
	}
	return port->ops->write(port->state, frames, batch->n, err);
}

static void measure(struct player *p, const struct batch *batch, int64_t sent, int64_t done)
{
	for (size_t i = 0; i < batch->n; i++)
		lateness_add(&p->lateness, sent - batch->due_ns[i]);
	pacer_sent(&p->pacer, batch->due_ns[batch->n - 1], sent);
	p->write_ns[p->n_writes++ % 2] = done - sent;
}

/* Hands a batch over now; *now is then the time after. */
static int flush(struct player *p, struct batch *batch, int64_t *now, struct err *err)
{
	const struct player_port *port = &p->options.ports[batch->port];
	const struct clock *clock = &p->options.clock;
	int64_t sent = *now;
	int r;

	if (batch->n == 0)
		return 0;
	/* Nothing before the sink that can wait until after it. */
	r = p->options.retime && p->pacer.pace.mode != PACE_TOP
		    ? write_retimed(p, port, batch, err)
		    : port->ops->write(port->state, batch->frames, batch->n, err);
	if (r == 0 && p->options.gate && port->ops->drain != NULL)
		r = port->ops->drain(port->state, GATE_TIMEOUT_MS * NS_PER_MS, err);
	*now = clock->now(clock->context);
	if (p->pacer.pace.mode != PACE_TOP)
		measure(p, batch, sent, *now);
	batch->n = 0;
	p->ended_ns = sent;
	return r;
}

static uint32_t port_of(const struct player *p, const struct packet_frame *frame)
{
	return p->options.n_ports > 1 ? frame->direction : 0;
}

/* A frame that is due in time is played, even if a bit late; at top speed all are due at once. */
static enum player_end end_of(const struct player *p, int64_t due, int64_t now)
{
	int64_t limit = p->options.limit_ns;

	if (is_stopped(p))
		return PLAYER_STOPPED;
	if (limit == 0)
		return PLAYER_GO_ON;
	if (p->pacer.pace.mode != PACE_TOP)
		limit += LIMIT_GRACE_MS * NS_PER_MS;
	if (due - p->begun_ns >= p->options.limit_ns || now - p->begun_ns >= limit)
		return PLAYER_TIME_IS_UP;
	return PLAYER_GO_ON;
}

static void begin(struct player *p)
{
	const struct clock *clock = &p->options.clock;

	p->begun = true;
	p->begun_ns = clock->now(clock->context);
	p->next_look_ns = p->begun_ns + p->options.look_ns;
	pacer_init(&p->pacer, &p->options.pace, p->begun_ns);
}

/*
 * Waits for the instant at which a frame is to be sent. Where there is nothing to wait for, time
 * for a look is taken all the same. Returns whether it waited; *now is the time then.
 */
static bool wait_for(struct player *p, const struct packet_frame *frame, int64_t send_at,
		     int64_t *now)
{
	if (send_at <= *now) {
		look(p, *now);
		return false;
	}
	/* A frame that has to be fetched from memory when it is due leaves up to 100 ns later. */
	for (uint32_t i = 0; i < frame->n_bytes; i += CACHE_LINE)
		__builtin_prefetch(frame->bytes + i);
	*now = wait_until(p, send_at, *now);
	return true;
}

/*
 * Does a frame go with those before it? Not when it is time to wait, and not when it is due so long
 * after the first that both together would be a burst: a sink that takes long for each call gets
 * more at a time, one that was held up once does not.
 */
static bool joins(const struct player *p, const struct batch *batch, int64_t due, uint32_t port)
{
	int64_t usual_ns = p->write_ns[0] < p->write_ns[1] ? p->write_ns[0] : p->write_ns[1];
	int64_t span_ns = 2 * usual_ns > TOGETHER_NS ? 2 * usual_ns : TOGETHER_NS;

	if (batch->n == PLAYER_BATCH || port != batch->port)
		return false;
	return due - batch->due_ns[0] < span_ns;
}

/* Top speed: runs of frames for one port, as large as sinks take them. */
static int play_at_once(struct player *p, const struct packet_frame *frames, size_t n_frames,
			int64_t now, struct err *err)
{
	size_t i = 0;
	int r = 0;

	while (r == 0 && i < n_frames) {
		struct batch batch = { .frames = frames + i, .port = port_of(p, frames + i) };
		enum player_end end = end_of(p, p->begun_ns, now);

		if (end != PLAYER_GO_ON)
			return (int)end;
		for (; i < n_frames && batch.n < PLAYER_BATCH; i++, batch.n++) {
			if (port_of(p, frames + i) != batch.port)
				break;
			p->asked_bytes += frames[i].n_bytes;
		}
		p->n_asked += batch.n;
		r = flush(p, &batch, &now, err);
		look(p, now);
	}
	return r;
}

/* At a pace: what has come due leaves, then the next frame is waited for. */
static int play_paced(struct player *p, const struct packet_frame *frames, size_t n_frames,
		      int64_t now, struct err *err)
{
	struct batch batch = { .n = 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < n_frames; i++) {
		const struct packet_frame *frame = &frames[i];
		int64_t due = pacer_due(&p->pacer, frame->time_ns, frame->n_bytes);
		uint32_t port = port_of(p, frame);
		bool waited = false;
		enum player_end end;

		if (pacer_send_at(&p->pacer, due) > now ||
		    (batch.n > 0 && !joins(p, &batch, due, port))) {
			r = flush(p, &batch, &now, err);
			waited = wait_for(p, frame, pacer_send_at(&p->pacer, due), &now);
		}
		if (r < 0)
			break;
		end = end_of(p, due, now);
		if (end != PLAYER_GO_ON) {
			r = flush(p, &batch, &now, err);
			return r < 0 ? r : (int)end;
		}
		p->n_asked++;
		p->asked_bytes += frame->n_bytes;
		if (!pacer_admit(&p->pacer, now, &due)) {
			p->n_too_late++;
			r = flush(p, &batch, &now, err);
			continue;
		}
		if (batch.n == 0)
			batch.frames = frame;
		batch.port = port;
		batch.due_ns[batch.n++] = due;
		/* What was waited for leaves before anything else is thought of. */
		if (waited)
			r = flush(p, &batch, &now, err);
	}
	return r < 0 ? r : flush(p, &batch, &now, err);
}

int player_play(struct player *p, const struct packet_frame *frames, size_t n_frames,
		struct err *err)
{
	int64_t now;

	if (!p->begun)
		begin(p);
	now = p->options.clock.now(p->options.clock.context);
	return p->pacer.pace.mode == PACE_TOP ? play_at_once(p, frames, n_frames, now, err)
					      : play_paced(p, frames, n_frames, now, err);
}
