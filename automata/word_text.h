/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timed words from texts.
 *
 * Tokens: one word a line, events separated by blanks, an event `symbol`, `symbol:value` or
 * `symbol:value:value` (values of up to nine digits), the same form throughout; a last `$` or `$:0`
 * is the end, which need not be written. Empty lines are no words. Event ids alone, as in the
 * HDFS_v1 sequences of DeepLog, are the untimed form.
 *
 * Traces: HDFS_v1's Event_traces.csv of loghub, columns BlockId,Label,Type,Features,TimeInterval,
 * Latency: Features is a quoted list of event ids, TimeInterval one of the seconds before each
 * event (or before each but the first), rounded down here; Label is Success or Fail.
 */
#ifndef SOSIE_AUTOMATA_WORD_TEXT_H
#define SOSIE_AUTOMATA_WORD_TEXT_H

#include "automata/word_build.h"

enum { WORD_VALUE_DIGITS = 9, WORD_TEXT_LIMIT_BYTES = 1 << 30 };

/* How many values an event of the first word has; 0 for a text without words. */
uint32_t word_text_n_values(const char *text);

/*
 * Adds the words of a NUL-terminated text to the builder, all with this label. Errors are
 * "name:line: what". After one, the builder holds the words before it.
 */
int word_text_read(const char *name, const char *text, uint8_t label, struct word_builder *builder,
		   struct err *err);

/* As above, for traces; the builder has one value an event. Labels are 0 (Success) and 1 (Fail). */
int word_traces_read(const char *name, const char *text, struct word_builder *builder,
		     struct err *err);

/* A file of tokens as a set of its own, with as many values as its first word has. */
int word_text_load(const char *path, struct word_set *ret_set, struct err *err);

#endif
