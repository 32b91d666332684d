/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/player.h"

#include "base/ns.h"

enum { GATE_TIMEOUT_MS = 1000, LIMIT_GRACE_MS = 100 };

/* Frames that are due together on one port: a range of what is being played. */
struct batch {
	const struct packet_frame *frames;
	size_t n;
	uint32_t port;
	int64_t due_ns[PLAYER_BATCH];
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
static int64_t wait_until(struct player *p, int64_t until_ns)
{
	const struct clock *clock = &p->options.clock;
	int64_t now = clock->now(clock->context);

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

static int flush(struct player *p, struct batch *batch, int64_t now, struct err *err)
{
	const struct player_port *port = &p->options.ports[batch->port];
	int r;

	if (batch->n == 0)
		return 0;
	if (p->pacer.pace.mode != PACE_TOP)
		for (size_t i = 0; i < batch->n; i++)
			lateness_add(&p->lateness, now - batch->due_ns[i]);
	r = p->options.retime && p->pacer.pace.mode != PACE_TOP
		    ? write_retimed(p, port, batch, err)
		    : port->ops->write(port->state, batch->frames, batch->n, err);
	if (r == 0 && p->options.gate && port->ops->drain != NULL)
		r = port->ops->drain(port->state, GATE_TIMEOUT_MS * NS_PER_MS, err);
	batch->n = 0;
	p->ended_ns = now;
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

int player_play(struct player *p, const struct packet_frame *frames, size_t n_frames,
		struct err *err)
{
	const struct clock *clock = &p->options.clock;
	struct batch batch = { .n = 0 };
	enum player_end end;
	int64_t now;
	int r = 0;

	if (!p->begun)
		begin(p);
	now = clock->now(clock->context);
	for (size_t i = 0; r == 0 && i < n_frames; i++) {
		const struct packet_frame *frame = &frames[i];
		int64_t due = pacer_due(&p->pacer, frame->time_ns, frame->n_bytes);
		uint32_t port = port_of(p, frame);

		if (batch.n == PLAYER_BATCH || due > now || (batch.n > 0 && port != batch.port)) {
			r = flush(p, &batch, now, err);
			now = wait_until(p, due);
			look(p, now);
		}
		if (r < 0)
			break;
		end = end_of(p, due, now);
		if (end != PLAYER_GO_ON) {
			r = flush(p, &batch, now, err);
			return r < 0 ? r : (int)end;
		}
		p->n_asked++;
		p->asked_bytes += frame->n_bytes;
		if (!pacer_admit(&p->pacer, now, &due)) {
			p->n_too_late++;
			r = flush(p, &batch, now, err);
			continue;
		}
		if (batch.n == 0)
			batch.frames = frame;
		batch.port = port;
		batch.due_ns[batch.n++] = due;
	}
	return r < 0 ? r : flush(p, &batch, now, err);
}
