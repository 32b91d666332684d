/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From record and steps to frames: Ethernet, IPv4 and IPv6, TCP with right sequence arithmetic (SYN
 * and FIN count), UDP, ICMP, ICMPv6, others by number; checksums; payload. Nothing is allocated;
 * one call makes one frame.
 */
#ifndef SOSIE_PACKET_BUILD_H
#define SOSIE_PACKET_BUILD_H

#include "automata/habit.h"
#include "automata/step.h"
#include "flow/host.h"
#include "flow/record.h"
#include "packet/mark.h"
#include "packet/noise.h"

enum payload_mode { PAYLOAD_TEMPLATE, PAYLOAD_RANDOM, PAYLOAD_ZERO };

enum {
	BUILD_MTU = 1500,
	BUILD_LIMIT_FRAME_BYTES = 14 + 65535,
};

struct build_options {
	enum payload_mode payload;
	uint32_t mtu;		/* IP packet length at most; 576..9000 */
	uint8_t gateway_mac[6]; /* of everything outside */
	uint64_t seed;
	struct mark mark; /* on every packet, unless off */
	struct noise noise;
	const struct window_set *windows; /* NULL: none are known */
};

/* One side as the packets see it. */
struct build_side {
	struct host_stack stack;
	uint8_t mac[6];
	uint16_t ip_id;
	uint32_t seq;	      /* next sequence number */
	uint32_t isn;	      /* of the SYN, once sent: every repeat has it again */
	uint32_t fin_seq;     /* of the FIN, likewise */
	uint32_t acked;	      /* what of the other side it acknowledged last */
	uint32_t clock;	      /* TCP timestamp at the flow's start */
	uint32_t recent;      /* latest timestamp of the other side */
	uint32_t label;	      /* IPv6 flow label */
	uint16_t last_window; /* field of its last segment */
	/* packet/tcp_window.c */
	const struct window_profile *windows; /* NULL: not known */
	uint64_t window_key;		      /* of its draws */
	uint64_t heard;	   /* payload bytes of the other side at its last segment */
	uint32_t quantile; /* of its fields, in 2^-32 */
	uint32_t edge;	   /* sequence number up to which the other may send */
	uint16_t field;	   /* drawn last; 0: none yet */
	bool has_edge;
	bool sent, syn_sent, fin_sent, has_acked;
	/* Payload makers of streams, see packet/payload_stream.h. */
	uint64_t payload_at;	/* payload bytes sent */
	uint64_t run_end;	/* where the run that was looked at last ends */
	uint32_t run_more;	/* bytes of the run after it */
	uint32_t message_left;	/* bytes left of the message begun */
	uint32_t message_bytes; /* its whole length */
	uint32_t n_messages;	/* messages begun */
	uint16_t message_kind;	/* the maker's */
	uint16_t head_bytes;	/* its length without filler */
	uint32_t memory;	/* the maker's, from message to message */
};

struct payload_ops;

/* The state of one flow while it is played; the caller's storage, 1 KB at most. */
struct build_flow {
	struct flow_record record;
	const struct build_options *options;
	const struct payload_ops *payload;
	struct build_side side[2];	  /* by direction */
	const struct habit_table *habits; /* see build_flow_habits() */
	uint64_t noise;			  /* key of the flow's filler bytes */
	uint64_t pseudo_sum;		  /* of the pseudo header without the length */
	uint64_t scratch[8]; /* payload makers: what request and answer share (ids, cookies) */
	bool timestamps;     /* TCP option on every segment */
	bool fresh;	     /* TCP: begins with a SYN; else joined in the middle */
	bool established;    /* TCP: both SYNs are out */
	/* Noise; see build_flow_noise(). */
	uint8_t *kept;		/* a frame: what is repeated, or has been overtaken */
	uint32_t n_kept;	/* its length */
	uint64_t n_repeated[2]; /* payload bytes of re-emissions, by direction */
};

/* Borrows options. src and dst are the record's hosts. Streams: (options->seed, start) RNG_STACK
 * and RNG_PAYLOAD. */
void build_flow_init(struct build_flow *flow, const struct flow_record *record,
		     const struct flow_start *start, const struct host *src, const struct host *dst,
		     const struct build_options *options);

/* Before build_flow_settle: borrows what is known of payloads of the flow's service; without it, or
 * NULL, they are as the templates have them. */
void build_flow_habits(struct build_flow *flow, const struct habit_table *habits);

/* Payload bytes one packet of this flow and direction can carry within the MTU (for walk_request).
 */
uint32_t build_max_payload(const struct build_flow *flow, uint8_t direction);

/*
 * Needed once before the first build_frame. Makes steps playable: payload lengths that the protocol
 * cannot have (a DNS message of 3 bytes) move to the nearest legal one. Then fills in the record:
 * bytes, payload, flags, state, duration as the steps say. Returns the number of steps changed.
 */
uint32_t build_flow_settle(struct build_flow *flow, struct automaton_step *steps, uint32_t n_steps);

/*
 * After build_flow_settle: lets noise mark steps of a TCP flow (stream RNG_NOISE). Returns how many
 * are marked; where that is above 0, flow->kept must be set to room for a frame (MTU + 18 bytes,
 * the caller's) before the first build_frame.
 */
uint32_t build_flow_noise(struct build_flow *flow, const struct noise *noise,
			  const struct flow_start *start, struct automaton_step *steps,
			  uint32_t n_steps);

/*
 * Writes the frame of step i (i ascending from 0; all steps are given because a payload maker may
 * look ahead) at time_ns into ret_bytes (room for MTU + 18). Returns its length; *ret_ip_bytes is
 * that of the IP packet. The frame is what a capture at the sender shows: no padding to 60 bytes,
 * no FCS. Acknowledgements cover all the other side has sent, but where several pure ones follow
 * each other they share it between them, so that none is a duplicate by accident. Budget: 250 ns
 * for 400 bytes of payload; see tests/bench/bench_build.c.
 */
uint32_t build_frame(struct build_flow *flow, const struct automaton_step *steps, uint32_t n_steps,
		     uint32_t i, int64_t time_ns, uint8_t *ret_bytes, uint32_t *ret_ip_bytes);

#endif
