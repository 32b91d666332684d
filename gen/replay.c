/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/replay.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/ns.h"

struct replay {
	const struct replay_plan *plan;
	struct replay_account *account;
	struct feed *feed;
	struct player_port ports[PLAYER_MAX_PORTS];
	struct player player;
	int64_t virtual_ns;
};

static void read_counters(struct replay *r)
{
	for (uint32_t i = 0; i < r->plan->n_ports; i++) {
		const struct player_port *port = &r->ports[i];

		if (port->state != NULL && port->ops->counters != NULL)
			port->ops->counters(port->state, &r->account->ports[i]);
	}
}

/* Sinks without counters of their own took what they were given. */
static void count_plain(struct replay *r)
{
	struct sink_counters *c = &r->account->ports[0];

	if (r->ports[0].ops->counters != NULL)
		return;
	c->n_frames = c->n_handed = r->player.n_asked - r->player.n_too_late;
	c->n_bytes = c->handed_bytes = r->player.asked_bytes;
}

static void take_account(struct replay *r, int64_t now_ns)
{
	struct replay_account *a = r->account;

	a->player = r->player;
	a->played_ns = r->player.begun ? now_ns - r->player.begun_ns : 0;
	a->done = feed_done(r->feed);
	read_counters(r);
	count_plain(r);
}

static void on_look(void *context, const struct player *player, int64_t now_ns)
{
	struct replay *r = context;

	(void)player;
	take_account(r, now_ns);
	r->plan->look(r->plan->context, r->account);
}

static void close_ports(struct replay *r)
{
	for (int i = 0; i < PLAYER_MAX_PORTS; i++) {
		if (r->ports[i].state != NULL)
			r->ports[i].ops->close(r->ports[i].state);
		free(r->ports[i].state);
		r->ports[i].state = NULL;
	}
}

static int open_ports(struct replay *r, struct err *err)
{
	int e = 0;

	for (uint32_t i = 0; e == 0 && i < r->plan->n_ports; i++) {
		r->ports[i].ops = r->plan->sink;
		r->ports[i].state = calloc(1, r->plan->sink->state_bytes + 1);
		if (r->ports[i].state == NULL)
			return err_no_memory(err);
		e = r->plan->sink->open(r->ports[i].state, &r->plan->ports[i], err);
	}
	return e;
}

/* A dry run has opened what it would have used, and uses it no more. */
static int replace_ports(struct replay *r, struct err *err)
{
	close_ports(r);
	for (uint32_t i = 0; i < r->plan->n_ports; i++) {
		r->ports[i].ops = sink_named("null");
		r->ports[i].state = calloc(1, r->ports[i].ops->state_bytes + 1);
		if (r->ports[i].state == NULL)
			return err_no_memory(err);
	}
	return 0;
}

static void begin(struct replay *r)
{
	const struct replay_plan *plan = r->plan;
	bool is_virtual = plan->dry_run || plan->sink->keeps_time;
	struct player_options options = {
		.clock = is_virtual ? clock_virtual(&r->virtual_ns) : clock_machine(),
		.pace = plan->pace,
		.n_ports = plan->n_ports,
		.gate = plan->gate,
		.retime = plan->sink->keeps_time,
		.limit_ns = plan->limit_ns,
		.stop = plan->stop,
		.look = plan->look != NULL ? on_look : NULL,
		.context = r,
		.look_ns = plan->look_ns,
	};

	for (uint32_t i = 0; i < plan->n_ports; i++)
		options.ports[i] = r->ports[i];
	player_init(&r->player, &options);
}

/* How many of n frames the limit leaves. */
static size_t within_limit(const struct replay *r, size_t n)
{
	uint64_t limit = r->plan->limit_frames, left = limit - r->player.n_asked;

	return limit > 0 && left < n ? (size_t)left : n;
}

/* enum player_end (PLAYER_GO_ON: to its end) or -errno. */
static int play_all(struct replay *r, struct err *err)
{
	const struct packet_frame *frames;
	size_t n, m;
	int e;

	while ((e = feed_next(r->feed, &frames, &n, err)) > 0) {
		m = within_limit(r, n);
		e = player_play(&r->player, frames, m, err);
		if (e != 0)
			return e;
		if (m < n)
			return 0;
	}
	return e;
}

static int finish(struct replay *r, int played, struct err *err)
{
	struct err late = { "" };
	int e = 0;

	/* What was handed over before an end is confirmed like anything else. */
	for (uint32_t i = 0; i < r->plan->n_ports; i++) {
		const struct player_port *port = &r->ports[i];
		bool file_of_broken_run = played < 0 && !port->ops->is_wire;

		if (port->state != NULL && !file_of_broken_run && e == 0)
			e = port->ops->commit(port->state, &late);
	}
	/* After a stop nobody waits long; what is not confirmed shows in the counters. */
	if (played < 0 || played == PLAYER_STOPPED || e == 0)
		return played;
	*err = late;
	return e;
}

static int run(struct replay *r, struct err *err)
{
	const struct replay_plan *plan = r->plan;
	int e = open_ports(r, err);

	if (e == 0 && plan->dry_run)
		e = replace_ports(r, err);
	if (e == 0)
		e = feed_open(&plan->feed, &r->feed, err);
	if (e < 0)
		return e;
	begin(r);
	e = play_all(r, err);
	if (e == -EINTR)
		e = PLAYER_STOPPED;
	r->account->interrupted = e == PLAYER_STOPPED;
	r->account->whole = e == PLAYER_GO_ON || e == PLAYER_TIME_IS_UP;
	e = finish(r, e, err);
	take_account(r, r->player.ended_ns);
	if (e >= 0 && !plan->sink->is_wire && plan->ports[0].path == NULL && !plan->dry_run)
		r->ports[0].ops->result(r->ports[0].state, r->account->result,
					sizeof(r->account->result));
	r->account->source = feed_count(r->feed);
	return e < 0 ? e : 0;
}

int replay_run(const struct replay_plan *plan, struct replay_account *ret_account, struct err *err)
{
	struct replay *r = calloc(1, sizeof(*r));
	int64_t cpu_ns = ns_process_cpu();
	int e;

	*ret_account = (struct replay_account) { .plan = plan, .done = -1 };
	if (r == NULL)
		return err_no_memory(err);
	r->plan = plan;
	r->account = ret_account;
	e = run(r, err);
	ret_account->cpu_ns = ns_process_cpu() - cpu_ns;
	feed_freep(&r->feed);
	close_ports(r);
	free(r);
	return e;
}

uint64_t replay_missing(const struct replay_account *a)
{
	uint64_t handed = 0, dropped = 0;

	for (int i = 0; i < PLAYER_MAX_PORTS; i++) {
		handed += a->ports[i].n_handed;
		dropped += a->ports[i].n_dropped;
	}
	return a->player.n_asked - (handed < a->player.n_asked ? handed : a->player.n_asked) +
	       dropped;
}
