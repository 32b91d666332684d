/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as timed words: as tokens, and as traces where it says so. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "automata/word_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_text(const char *text, bool traces)
{
	const uint32_t n_values = traces ? 1 : word_text_n_values(text);
	struct word_builder *builder = NULL;
	struct word_set set = { 0 };
	struct err err = { "" };
	uint8_t *labels = NULL;
	int r;

	if (word_builder_new(n_values, &builder, &err) < 0) {
		if (n_values <= WORD_MAX_VALUES)
			abort();
		return;
	}
	r = traces ? word_traces_read("fuzz", text, builder, &err)
		   : word_text_read("fuzz", text, 0, builder, &err);
	if (r < 0 && err.text[0] == '\0')
		abort();
	if (word_builder_take(builder, &set, &labels, &err) == 0) {
		for (size_t w = 0; w < set.n_words; w++) {
			struct word word = word_at(&set, w);

			if (labels[w] > 1)
				abort();
			for (uint32_t i = 0; i < word.n_events; i++) {
				if (word.events[i].symbol >= set.n_symbols ||
				    word.events[i].value[0] < 0)
					abort();
			}
		}
	}
	free(labels);
	word_set_done(&set);
	word_builder_freep(&builder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	read_text(text, strncmp(text, "BlockId", 7) == 0);
	free(text);
	return 0;
}
