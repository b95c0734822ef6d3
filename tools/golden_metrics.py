"""Golden values for EvaluationTests, made with scikit-learn, audmetric and SciPy.

python tools/golden_metrics.py
"""

import json
import pathlib
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

    cases = [labels_case(f"random {number}", classes, *draw(classes, count, accuracy)) for number, (classes, count, accuracy)
             in enumerate([(8, 1, 0.5), (3, 7, 0), (8, 20, 0.9), (12, 50, 0.2), (2, 99, 0.8), (8, 150, 0.1)])]
    cases += [labels_case("eight classes", 8, *draw(8, 400, 0.6)), labels_case("two classes", 2, *draw(2, 30, 0.5))]
    truth, predicted = draw(5, 60, 0.3)
    cases.append(labels_case("a class that never occurs and is predicted", 5, [t if t != 2 else 3 for t in truth],
                             predicted))
    cases.append(labels_case("a class that is never predicted", 5, truth, [p if p != 1 else 0 for p in predicted]))
    cases.append(labels_case("classes that appear nowhere", 8, truth, predicted))
    cases.append(labels_case("all wrong", 3, [0, 1, 2, 0], [1, 2, 0, 2]))
    cases.append(labels_case("one recording", 8, [4], [4]))
    return cases


def expected_error(probabilities, truth):
    confidence, correct = probabilities.max(1), probabilities.argmax(1) == truth
    accuracy_of_bin, confidence_of_bin = calibration.calibration_curve(correct, confidence, n_bins=15)
    counts = np.bincount(np.searchsorted(np.linspace(0, 1, 16)[1:-1], confidence), minlength=15)
    used = counts[counts > 0]
    error = float((used * np.abs(accuracy_of_bin - confidence_of_bin)).sum() / used.sum())
    return error, counts, accuracy_of_bin, confidence_of_bin


def fit_temperature(logits, truth):
    def loss(log_temperature):
        return metrics.log_loss(truth, special.softmax(logits / np.exp(log_temperature), axis=1),
                                labels=range(logits.shape[1]))

    found = optimize.minimize_scalar(loss, bounds=(np.log(0.05), np.log(20)), method="bounded",
                                     options={"xatol": 1e-12})
    return float(np.exp(found.x)), float(found.fun), loss(0.0)


def calibration_case(name, logits, truth):
    error, counts, accuracies, confidences = expected_error(special.softmax(logits, axis=1), truth)
    temperature, scaled_nll, nll = fit_temperature(logits, truth)
    return {
        "name": name, "logits": logits.tolist(), "truth": truth.tolist(), "ece": error, "counts": counts.tolist(),
        "accuracies": accuracies.tolist(), "confidences": confidences.tolist(), "nll": nll, "temperature": temperature,
        "scaled_nll": scaled_nll,
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


def errors_by_entropy(random):
    """An ensemble of three on 60 recordings: its entropies where it is right and wrong, and how well they tell the two."""
    truth = random.integers(0, 4, 60)
    logits = random.normal(size=(60, 3, 4))
    logits[np.arange(60), :, truth] += 1
    members = special.softmax(logits, axis=2)
    average = members.mean(1)
    entropy, right = stats.entropy(average, axis=1), average.argmax(1) == truth
    return {"members": members.tolist(), "right": right.tolist(), "right_entropy": float(entropy[right].mean()),
            "wrong_entropy": float(entropy[~right].mean()), "auroc": metrics.roc_auc_score(~right, entropy)}


FIGURES = [("wa", metrics.accuracy_score), ("uar", metrics.balanced_accuracy_score),
           ("macro_f1", lambda truth, predicted: metrics.f1_score(truth, predicted, average="macro"))]


def tail(clusters, level=0.95):
    """The share beyond each end of an expanded percentile interval (Hesterberg 2015)."""
    return stats.norm.cdf(-np.sqrt(clusters / (clusters - 1)) * stats.t.ppf((1 + level) / 2, clusters - 1))


def tail_cases():
    return [{"clusters": clusters, "tail": float(tail(clusters)), "tail_90": float(tail(clusters, 0.9))}
            for clusters in (2, 3, 4, 5, 12, 20, 300, 2437)]


def bootstrap_case(random):
    """By recording, from SciPy; the two sides draw differently, so the test allows for the spread of the ends."""
    truth = random.integers(0, 4, 300)
    predicted = np.where(random.random(300) < 0.7, truth, random.integers(0, 4, 300))
    result = {"truth": truth.tolist(), "predicted": predicted.tolist()}
    for name, statistic in FIGURES:
        interval = stats.bootstrap((truth, predicted), statistic, paired=True, vectorized=False, n_resamples=10_000,
                                   confidence_level=1 - 2 * tail(300), method="percentile",
                                   random_state=1).confidence_interval
        result[name] = [float(interval.low), float(interval.high)]
    return result


def speaker_bootstrap_case(random):
    """By speaker: SciPy draws speakers, and the figures are of all their recordings."""
    speakers = random.integers(0, 12, 300)
    skill = random.uniform(0.3, 0.95, 12)
    truth = random.integers(0, 4, 300)
    predicted = np.where(random.random(300) < skill[speakers], truth, random.integers(0, 4, 300))
    result = {"truth": truth.tolist(), "predicted": predicted.tolist(),
              "speakers": [f"speaker {speaker}" for speaker in speakers]}
    for name, figure in FIGURES:
        def statistic(drawn):
            indices = np.concatenate([np.flatnonzero(speakers == speaker) for speaker in drawn])
            return figure(truth[indices], predicted[indices])

        interval = stats.bootstrap((np.arange(12),), statistic, vectorized=False, n_resamples=10_000,
                                   confidence_level=1 - 2 * tail(12), method="percentile",
                                   random_state=1).confidence_interval
        result[name] = [float(interval.low), float(interval.high)]
    return result


def mcnemar_cases():
    """As statsmodels.stats.contingency_tables.mcnemar has it: exact, and with the continuity correction."""
    cases = []
    for first, second in [(0, 1), (3, 0), (5, 5), (10, 4), (34, 15), (15, 34), (120, 180), (1000, 1090)]:
        statistic = (abs(first - second) - 1) ** 2 / (first + second)
        cases.append({
            "first_only": first, "second_only": second,
            "exact_p": float(stats.binomtest(first, first + second, 0.5).pvalue),
            "chi_squared": statistic, "chi_squared_p": float(stats.chi2.sf(statistic, 1)),
        })
    return cases


def ensemble_case(random):
    """Predictions of three members and their majority, judged with scikit-learn."""
    truth = random.integers(0, 4, 200)
    members = [np.where(random.random(200) < share, truth, random.integers(0, 4, 200)) for share in (0.4, 0.7, 0.6)]
    ensemble = stats.mode(np.stack(members), axis=0).mode
    figures = {"wa": metrics.accuracy_score, "uar": metrics.balanced_accuracy_score,
               "macro_f1": lambda truth, predicted: metrics.f1_score(truth, predicted, average="macro")}
    gain = {name: figure(truth, ensemble) - np.mean([figure(truth, member) for member in members])
            for name, figure in figures.items()}
    return {"truth": truth.tolist(), "ensemble": ensemble.tolist(), "members": [member.tolist() for member in members],
            **gain}


def scaling_case(random):
    """Three splits of one network's logits; each gets the temperature that fits the two others best (SciPy)."""
    splits = []
    for count, sharpness in [(60, 3.0), (80, 4.0), (70, 2.0)]:
        truth = random.integers(0, 4, count)
        logits = random.normal(size=(count, 4))
        logits[np.arange(count), truth] += 1.2
        splits.append((np.round(logits * sharpness, 4), truth))
    temperatures, scaled = [], []
    for held in range(3):
        logits = np.concatenate([part for index, (part, _) in enumerate(splits) if index != held])
        truth = np.concatenate([part for index, (_, part) in enumerate(splits) if index != held])
        temperatures.append(fit_temperature(logits, truth)[0])
        scaled.append(special.softmax(splits[held][0] / temperatures[-1], axis=1))
    truth = np.concatenate([truth for _, truth in splits])
    before = np.concatenate([special.softmax(logits, axis=1) for logits, _ in splits])
    return {"logits": [logits.tolist() for logits, _ in splits], "truth": [truth.tolist() for _, truth in splits],
            "temperatures": temperatures, "before": expected_error(before, truth)[0],
            "after": expected_error(np.concatenate(scaled), truth)[0]}


def main():
    random = np.random.default_rng(20180512)
    golden = {"labels": label_cases(random), "calibration": calibration_cases(random),
              "uncertainty": uncertainty_cases(random), "bootstrap": bootstrap_case(random),
              "tails": tail_cases(), "mcnemar": mcnemar_cases(), "ensemble": ensemble_case(random),
              "scaling": scaling_case(random),
              "speaker_bootstrap": speaker_bootstrap_case(random),
              "errors_by_entropy": errors_by_entropy(random)}
    folder = pathlib.Path(__file__).parent.parent / "Tests/EvaluationTests/Golden"
    (folder / "metrics.json").write_text(json.dumps(golden) + "\n")


main()
