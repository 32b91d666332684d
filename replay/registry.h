/* SPDX-License-Identifier: Apache-2.0 */
/* The sinks there are, for registry.c and the files that make them. */
#ifndef SOSIE_REPLAY_REGISTRY_H
#define SOSIE_REPLAY_REGISTRY_H

#include "replay/sink.h"

extern const struct sink_ops sink_af_packet;
extern const struct sink_ops sink_digest;
extern const struct sink_ops sink_dpdk;
extern const struct sink_ops sink_file;
extern const struct sink_ops sink_null;

#endif
