/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/paced.h"

#include <errno.h>
#include <stdlib.h>

#include "base/ns.h"

int paced_open(struct paced *p, const struct sink_ops *wire, const struct sink_options *options,
	       const atomic_bool *stop, struct err *err)
{
	struct player_options o = {
		.clock = clock_machine(),
		.pace = { .mode = PACE_ORIGINAL, .rate = PACE_MICRO, .stall_ns = NS_PER_S },
		.n_ports = 1,
		.stop = stop,
	};

	p->plan.sink = wire;
	p->plan.n_ports = 1;
	p->plan.ports[0] = *options;
	p->plan.ports[0].stop = stop;
	o.ports[0].ops = wire;
	o.ports[0].state = calloc(1, wire->state_bytes + 1);
	if (o.ports[0].state == NULL)
		return err_no_memory(err);
	player_init(&p->player, &o);
	return wire->open(o.ports[0].state, &p->plan.ports[0], err);
}

static int paced_write(void *state, const struct packet_frame *frames, size_t n_frames,
		       struct err *err)
{
	struct paced *p = state;
	int r = player_play(&p->player, frames, n_frames, err);

	/* Stopped: what is left of the run is not waited for; the run sees the stop itself. */
	return r < 0 ? r : 0;
}

static int paced_commit(void *state, struct err *err)
{
	const struct player_port *port = &((struct paced *)state)->player.options.ports[0];

	return port->ops->commit(port->state, err);
}

static int paced_result(const void *state, char *ret_text, size_t n_text)
{
	const struct player_port *port = &((const struct paced *)state)->player.options.ports[0];

	return port->ops->result(port->state, ret_text, n_text);
}

static void paced_close(void *state)
{
	struct player_port *port = &((struct paced *)state)->player.options.ports[0];

	if (port->state != NULL)
		port->ops->close(port->state);
	free(port->state);
	port->state = NULL;
}

void paced_account(struct paced *p, struct replay_account *ret_account)
{
	const struct player_port *port = &p->player.options.ports[0];

	*ret_account =
		(struct replay_account) { .plan = &p->plan,
					  .player = p->player,
					  .done = -1,
					  .played_ns = p->player.ended_ns - p->player.begun_ns };
	port->ops->counters(port->state, &ret_account->ports[0]);
}

const struct sink_ops paced_ops = {
	.name = "paced",
	.summary = "a wire, each frame when it is due",
	.state_bytes = sizeof(struct paced),
	.write = paced_write,
	.commit = paced_commit,
	.result = paced_result,
	.close = paced_close,
};
