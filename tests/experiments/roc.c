/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/experiments/roc.h"

#include <stdlib.h>

static int descending(const void *left, const void *right)
{
	const double *a = left, *b = right;

	return (*a < *b) - (*a > *b);
}

static double f1_of(double tpr, double fpr, double prevalence)
{
	const double found = prevalence * tpr, false_alarms = (1 - prevalence) * fpr;

	return 2 * found / (found + false_alarms + prevalence);
}

struct roc roc_of(double *normal, size_t n_normal, double *anomalous, size_t n_anomalous,
		  double prevalence)
{
	struct roc roc = { 0 };
	size_t i = 0, j = 0;

	qsort(normal, n_normal, sizeof(*normal), descending);
	qsort(anomalous, n_anomalous, sizeof(*anomalous), descending);
	/* Thresholds from the highest score down; all scores equal to one pass it together. */
	while (i < n_normal || j < n_anomalous) {
		const double fpr_before = (double)i / (double)n_normal;
		const double tpr_before = (double)j / (double)n_anomalous;
		const double at = i == n_normal		     ? anomalous[j]
				  : j == n_anomalous	     ? normal[i]
				  : normal[i] > anomalous[j] ? normal[i]
							     : anomalous[j];
		double tpr, fpr, f1;

		while (i < n_normal && normal[i] >= at)
			i++;
		while (j < n_anomalous && anomalous[j] >= at)
			j++;
		fpr = (double)i / (double)n_normal;
		tpr = (double)j / (double)n_anomalous;
		f1 = f1_of(tpr, fpr, prevalence);
		roc.auc += (fpr - fpr_before) * (tpr + tpr_before) / 2;
		if (tpr - fpr > roc.tpr - roc.fpr) {
			roc.tpr = tpr;
			roc.fpr = fpr;
			roc.f1 = f1;
		}
		if (f1 > roc.best_f1)
			roc.best_f1 = f1;
	}
	return roc;
}
