/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from the counts of struct eval_flags. */
#ifndef SOSIE_EVAL_FLAG_FINDINGS_H
#define SOSIE_EVAL_FLAG_FINDINGS_H

#include "eval/flags.h"
#include "eval/mutual.h"

/* Two flags in one packet, over the TCP packets. */
struct eval_flag_pair {
	uint64_t n; /* packets with both */
	double phi; /* correlation of the two bits; 0 where one never changes */
	struct eval_mutual mutual;
};
int eval_flags_pair(const struct eval_flags *flags, int a, int b, struct eval_flag_pair *ret_pair,
		    struct err *err);

/* A flag's bit and the class of the packet's flow, over the TCP packets. */
int eval_flags_of_class(const struct eval_flags *flags, int flag, struct eval_mutual *ret_mutual,
			struct err *err);

/*
 * What a feature tells about the class, over the flows that have it: rows are bins
 * (eval_flag_feature_bin), columns classes. The most telling first, by the corrected bits; ties in
 * order of the features.
 */
struct eval_importance {
	enum eval_flag_feature feature;
	uint64_t n;
	struct eval_mutual mutual;
};
int eval_flags_importance(const struct eval_flags *flags,
			  struct eval_importance ret_importance[EVAL_N_FLAG_FEATURES],
			  struct err *err);

/*
 * The sequences typical of a class: those that add most to the divergence of its sequences from
 * everybody's, share * log2(share / share among all). Of a single class: the most frequent.
 */
struct eval_signature {
	uint64_t words, n;
	double share; /* of the class's sequences */
	double lift;  /* share / share among all classes' */
};

/* counts: flags->openings or flags->grams. Fills ret_best[class * n_best ...], the most typical
 * first, and ret_n[class] of them; of several classes only what is more frequent in one than in all
 * together. */
int eval_flags_signatures(const struct eval_flags *flags, const struct eval_counts *counts,
			  size_t n_best, struct eval_signature *ret_best, size_t *ret_n,
			  struct err *err);

/* ">S <SA >A": a direction and the flags' letters for each packet, in order of time. */
enum { EVAL_SIGNATURE_TEXT_BYTES = 80 };
const char *eval_words_format(uint64_t words, char ret_text[EVAL_SIGNATURE_TEXT_BYTES]);

#endif
