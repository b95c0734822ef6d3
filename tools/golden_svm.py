"""Decision values of scikit-learn's StandardScaler and LinearSVC for Tests/TrainingTests/Golden/svm.json.

Run with a Python that has scikit-learn:  python tools/golden_svm.py
"""

import json
import pathlib

import numpy as np
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

FILE = pathlib.Path(__file__).parent.parent / "Tests/TrainingTests/Golden/svm.json"
COSTS = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0]


def fit(features, labels, cost, **settings):
    return make_pipeline(StandardScaler(), LinearSVC(C=cost, random_state=0, **settings)).fit(features, labels)


def decisions(features, labels, test, cost, **settings):
    values = fit(features, labels, cost, **settings).decision_function(test)
    return np.stack([-values, values], 1) if values.ndim == 1 else values


def case(random, name, classes, count, width, cost):
    """Overlapping classes; features of very different scales, the last one constant."""
    labels = np.arange(count) % classes
    centres = random.normal(size=(classes, width))
    scales = 10 ** random.uniform(-2, 2, width)

    def draw(labels):
        features = (centres[labels] * 0.5 + random.normal(size=(len(labels), width))) * scales + 3 * scales
        features[:, -1] = 2.5
        return features.astype(np.float32).astype(np.float64)

    features, test = draw(labels), draw(np.arange(12) % classes)
    folds = [fold.tolist() for fold in np.array_split(np.arange(count), 3)]
    scores = []
    for cost_tried in COSTS:
        predicted = np.empty(count, int)
        for fold in folds:
            rest = np.setdiff1d(np.arange(count), fold)
            model = fit(features[rest], labels[rest], cost_tried, tol=1e-10, max_iter=1_000_000)
            predicted[fold] = model.predict(features[fold])
        scores.append(balanced_accuracy_score(labels, predicted))
    return {
        "name": name, "classes": classes, "cost": cost, "labels": labels.tolist(), "folds": folds,
        "features": [[float(f"{value:.9g}") for value in row] for row in features],
        "test": [[float(f"{value:.9g}") for value in row] for row in test],
        "decisions": decisions(features, labels, test, cost).tolist(),
        "converged": decisions(features, labels, test, cost, tol=1e-10, max_iter=1_000_000).tolist(),
        "costs": COSTS, "scores": scores,
    }


random = np.random.default_rng(3)
golden = [
    case(random, "more examples than features: primal", 4, 60, 6, 1.0),
    case(random, "more features than examples: dual", 3, 24, 30, 0.01),
    case(random, "two classes", 2, 40, 5, 0.1),
]
FILE.write_text(json.dumps(golden))
