"""Golden values for EvaluationTests, made with scikit-learn, audmetric and SciPy.

python tools/golden_metrics.py Tests/EvaluationTests/Golden
"""

import json
import pathlib
import sys
import warnings

import audmetric
import numpy as np
from scipy import optimize, special, stats
from sklearn import calibration, metrics

warnings.filterwarnings("ignore")  # absent classes are the point of some cases


def labels_case(name, classes, truth, predicted):
    every = list(range(classes))
    present = sorted(set(truth))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truth, predicted, labels=every, zero_division=0)
    uar = metrics.balanced_accuracy_score(truth, predicted)
    recalls = audmetric.recall_per_class(truth, predicted, zero_division=0)
    assert abs(uar - np.mean([recalls[label] for label in present])) < 1e-12
    return {
        "name": name, "classes": classes, "truth": truth, "predicted": predicted,
        "confusion": metrics.confusion_matrix(truth, predicted, labels=every).tolist(),
        "wa": audmetric.accuracy(truth, predicted), "uar": uar,
        "macro_f1": metrics.f1_score(truth, predicted, average="macro", zero_division=0),
        "precision": precision.tolist(), "recall": recall.tolist(), "f1": f1.tolist(), "support": support.tolist(),
    }


def label_cases(random):
    def draw(classes, count, accuracy):
        truth = random.integers(0, classes, count)
        predicted = np.where(random.random(count) < accuracy, truth, random.integers(0, classes, count))
        return truth.tolist(), predicted.tolist()

    cases = [labels_case("eight classes", 8, *draw(8, 400, 0.6)), labels_case("two classes", 2, *draw(2, 30, 0.5))]
    truth, predicted = draw(5, 60, 0.3)
    cases.append(labels_case("a class that never occurs and is predicted", 5, [t if t != 2 else 3 for t in truth],
                             predicted))
    cases.append(labels_case("a class that is never predicted", 5, truth, [p if p != 1 else 0 for p in predicted]))
    cases.append(labels_case("classes that appear nowhere", 8, truth, predicted))
    cases.append(labels_case("all wrong", 3, [0, 1, 2, 0], [1, 2, 0, 2]))
    cases.append(labels_case("one recording", 8, [4], [4]))
    return cases


def calibration_case(name, logits, truth):
    probabilities = special.softmax(logits, axis=1)
    confidence, correct = probabilities.max(1), probabilities.argmax(1) == truth
    accuracy_of_bin, confidence_of_bin = calibration.calibration_curve(correct, confidence, n_bins=15)
    counts = np.bincount(np.searchsorted(np.linspace(0, 1, 16)[1:-1], confidence), minlength=15)
    used = counts[counts > 0]

    def loss(log_temperature):
        return metrics.log_loss(truth, special.softmax(logits / np.exp(log_temperature), axis=1),
                                labels=range(logits.shape[1]))

    found = optimize.minimize_scalar(loss, bounds=(np.log(0.05), np.log(20)), method="bounded",
                                     options={"xatol": 1e-12})
    return {
        "name": name, "logits": logits.tolist(), "truth": truth.tolist(),
        "ece": float((used * np.abs(accuracy_of_bin - confidence_of_bin)).sum() / used.sum()),
        "counts": counts.tolist(), "accuracies": accuracy_of_bin.tolist(), "confidences": confidence_of_bin.tolist(),
        "nll": loss(0.0), "temperature": float(np.exp(found.x)), "scaled_nll": float(found.fun),
    }


def calibration_cases(random):
    def draw(count, classes, sharpness, signal):
        logits = random.normal(size=(count, classes))
        truth = random.integers(0, classes, count)
        logits[np.arange(count), truth] += signal
        return np.round(logits * sharpness, 4), truth

    return [calibration_case("too sure", *draw(150, 8, 3.0, 1.5)), calibration_case("too modest", *draw(100, 4, 0.2, 2)),
            calibration_case("two classes", *draw(60, 2, 1.0, 0.5))]


def uncertainty_cases(random):
    cases = []
    for members, classes, sharpness in [(4, 8, 1.0), (4, 8, 6.0), (2, 3, 0.1), (1, 8, 1.0)]:
        probabilities = special.softmax(random.normal(size=(members, classes)) * sharpness, axis=1)
        average = probabilities.mean(0)
        cases.append({
            "members": probabilities.tolist(), "predictive_entropy": float(stats.entropy(average)),
            "mutual_information": float(np.mean([stats.entropy(row, average) for row in probabilities])),
            "disagreement": float((probabilities.argmax(1) != average.argmax()).mean()),
        })
    return cases


def bootstrap_case(random):
    """By recording, from SciPy; the two sides draw differently, so the test allows for the spread of the ends."""
    truth = random.integers(0, 4, 300)
    predicted = np.where(random.random(300) < 0.7, truth, random.integers(0, 4, 300))
    result = {"truth": truth.tolist(), "predicted": predicted.tolist()}
    for name, statistic in [("wa", metrics.accuracy_score), ("uar", metrics.balanced_accuracy_score)]:
        interval = stats.bootstrap((truth, predicted), statistic, paired=True, vectorized=False, n_resamples=10_000,
                                   method="percentile", random_state=1).confidence_interval
        result[name] = [float(interval.low), float(interval.high)]
    return result


def main(folder):
    random = np.random.default_rng(20180512)
    golden = {"labels": label_cases(random), "calibration": calibration_cases(random),
              "uncertainty": uncertainty_cases(random), "bootstrap": bootstrap_case(random)}
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    pathlib.Path(folder, "metrics.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
