/* SPDX-License-Identifier: Apache-2.0 */
/* The models shipped with the program, compiled in: the texts of models/trained/<name>/, made into
 * a table by embed.py. */
#ifndef SOSIE_MODELS_TRAINED_TRAINED_H
#define SOSIE_MODELS_TRAINED_TRAINED_H

struct trained_file {
	const char *model; /* "office" */
	const char *name;  /* "flow.conf", "automata/https_SF.conf" */
	const char *text;  /* NUL-terminated */
	const char *end;   /* the NUL */
};

/* Sorted by model, then name; model NULL after the last. */
extern const struct trained_file trained_files[];

#endif
