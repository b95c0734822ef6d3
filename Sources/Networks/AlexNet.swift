import Torch

/// AlexNet (Krizhevsky 2014, "One weird trick"), torchvision's `alexnet`.
func alexNet(_ scope: Scope, _ classCount: Int) throws -> (body: any Layer, head: any Layer) {
  let features = scope("features")
  let classifier = scope("classifier")
  let body = Sequential([
    try Conv2d(features(0), 3, 64, size: 11, stride: 4, padding: 2), ReLU(), MaxPool2d(3, stride: 2),
    try Conv2d(features(3), 64, 192, size: 5, padding: 2), ReLU(), MaxPool2d(3, stride: 2),
    try Conv2d(features(6), 192, 384, size: 3, padding: 1), ReLU(),
    try Conv2d(features(8), 384, 256, size: 3, padding: 1), ReLU(),
    try Conv2d(features(10), 256, 256, size: 3, padding: 1), ReLU(), MaxPool2d(3, stride: 2),
    AdaptiveAveragePool2d(6, 6), Flatten(),
    Dropout(0.5), try Linear(classifier(1), 256 * 6 * 6, 4096), ReLU(),
    Dropout(0.5), try Linear(classifier(4), 4096, 4096), ReLU(),
  ])
  return (body, try Linear(classifier(6), 4096, classCount))
}
