/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What payloads look like, without what they say: a sketch has the size of one payload, coarse
 * shares of its first bytes, the kind of each of the first eight, and whether a field among them
 * counts the payload. An automaton may carry how often each was seen in the first payloads of its
 * flows. Only the classifier (automata/classify.h) reads that: generation does not.
 */
#ifndef SOSIE_AUTOMATA_SKETCH_H
#define SOSIE_AUTOMATA_SKETCH_H

#include "conf/conf.h"
#include <stdint.h>
#include <stdio.h>

enum {
	SKETCH_PAYLOADS = 6, /* of a flow: its first, of both directions together */
	SKETCH_BYTES = 32,   /* of a payload that are looked at */
	SKETCH_KINDS = 8,    /* bytes whose kind is kept */
};

/* Which payload of a flow: the first, the second, a later one of its direction. */
enum { SKETCH_OF_WAY = 3, SKETCH_SLOTS = 2 * SKETCH_OF_WAY };

enum sketch_feature {
	SKETCH_SIZE,	  /* payload bytes, four classes to an octave */
	SKETCH_PRINTABLE, /* eighths of the bytes looked at: ASCII text with its white space, */
	SKETCH_ZERO,	  /* 0, */
	SKETCH_HIGH,	  /* 128 and above, */
	SKETCH_UPPER,	  /* letters of upper case, */
	SKETCH_LOWER,	  /* of lower case, */
	SKETCH_DISTINCT,  /* different values */
	SKETCH_LENGTH,	  /* the first 16-bit field that counts payload; 0: none (sketch_length) */
	SKETCH_BYTE,	  /* kind of the first byte (sketch_kind); the others follow */
	SKETCH_FEATURES = SKETCH_BYTE + SKETCH_KINDS,
};

enum sketch_kind {
	SKETCH_KIND_ZERO,
	SKETCH_KIND_FEW, /* 1 to 3 */
	SKETCH_KIND_CONTROL,
	SKETCH_KIND_DIGIT,
	SKETCH_KIND_UPPER,
	SKETCH_KIND_LOWER,
	SKETCH_KIND_SIGN, /* other ASCII signs, the space among them */
	SKETCH_KIND_HIGH, /* 127 to 191 */
	SKETCH_KIND_WHITE,
	SKETCH_KIND_HIGHER, /* 192 to 254 */
	SKETCH_KIND_ONES,   /* 255 */
	SKETCH_KIND_NONE,   /* the payload ends before */
	SKETCH_N_KINDS,
};

enum {
	SKETCH_SIZE_CLASSES = 64,
	SKETCH_SHARES = 8,
	/* A length field begins at byte 0 to 6, is in one of two byte orders, and counts the whole
	 * payload, what follows the field, or all but some other usual header. */
	SKETCH_LENGTH_PLACES = 7,
	SKETCH_LENGTH_CLASSES = 1 + SKETCH_LENGTH_PLACES * 2 * 3,
	SKETCH_VALUES = SKETCH_SIZE_CLASSES + 6 * SKETCH_SHARES + SKETCH_LENGTH_CLASSES +
			SKETCH_KINDS * SKETCH_N_KINDS,
	SKETCH_UNKNOWN = UINT8_MAX, /* the capture does not hold the bytes */
};

enum sketch_kind sketch_kind_of(uint8_t byte);

struct sketch {
	uint8_t slot; /* direction * SKETCH_OF_WAY + payload of it, from 0 */
	uint8_t value[SKETCH_FEATURES];
};

/* Of a payload of n_payload bytes (1 or more), of which bytes (n_bytes, may be 0) were captured;
 * the slot is the caller's. */
void sketch_make(const uint8_t *bytes, uint32_t n_bytes, uint32_t n_payload,
		 struct sketch *ret_sketch);

/* Where the values of a feature begin among SKETCH_VALUES; how many it has. */
uint32_t sketch_first(int feature);
uint32_t sketch_classes(int feature);

/* How often each value was seen; counts stop at the type's end. */
struct sketch_table {
	uint32_t count[SKETCH_SLOTS][SKETCH_VALUES];
};
void sketch_table_add(struct sketch_table *table, const struct sketch *sketches, uint32_t n);

/*
 * The text form, a list of (slot, feature, value, count, value, count ...): ( ">1", "size", 20, 3 )
 * is three first payloads of the originator in size class 20. Values ascend.
 */
int sketch_table_read(const struct conf *conf, const config_setting_t *list,
		      struct sketch_table *table, struct err *err); /* table is zeroed before */
void sketch_table_print(const struct sketch_table *table, FILE *out);

#endif
