/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/f1.h"

double eval_macro_f1(const uint16_t *truth, const uint16_t *answers, size_t n)
{
	double right[EVAL_MAX_CLASSES] = { 0 }, of_truth[EVAL_MAX_CLASSES] = { 0 },
	       of_answers[EVAL_MAX_CLASSES] = { 0 };
	double sum = 0, n_classes = 0;

	for (size_t i = 0; i < n; i++) {
		of_truth[truth[i]]++;
		if (answers[i] < EVAL_MAX_CLASSES)
			of_answers[answers[i]]++;
		right[truth[i]] += truth[i] == answers[i];
	}
	for (int c = 0; c < EVAL_MAX_CLASSES; c++) {
		if (of_truth[c] > 0) {
			sum += 2 * right[c] / (of_truth[c] + of_answers[c]);
			n_classes++;
		}
	}
	return n_classes > 0 ? sum / n_classes : 0;
}
