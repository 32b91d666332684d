/* SPDX-License-Identifier: Apache-2.0 */
/* How well a score tells normal from anomalous: higher is more anomalous. */
#ifndef SOSIE_TESTS_EXPERIMENTS_ROC_H
#define SOSIE_TESTS_EXPERIMENTS_ROC_H

#include <stddef.h>

struct roc {
	double auc;	     /* area under the curve, ties count half */
	double tpr, fpr, f1; /* at the threshold of the largest tpr - fpr */
	double best_f1;	     /* at whatever threshold it is largest */
};

/* Sorts the scores. prevalence, within (0, 1), is the part of anomalies that F1 is worked out for,
 * whatever the numbers of scores. */
struct roc roc_of(double *normal, size_t n_normal, double *anomalous, size_t n_anomalous,
		  double prevalence);

#endif
