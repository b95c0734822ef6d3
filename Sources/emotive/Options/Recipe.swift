import ArgumentParser
import Features
import Training

/// Settings to start from.
enum Recipe: String, ExpressibleByArgument, CaseIterable {
  /// The paper's final settings.
  case paper
  /// What the shipped bundle was trained with, chosen by speakers held back from training sides (docs/LOG.md).
  case shipped

  var features: FeatureSettings {
    var settings = FeatureSettings()
    if self == .shipped {
      settings.fit = .pad
      settings.whitening = .none
    }
    return settings
  }

  var training: TrainingSettings {
    var settings = TrainingSettings()
    if self == .shipped {
      settings.epochs = 60
      settings.learningRate = 8e-4
      settings.schedule = .oneCycle(warmUp: 0.3)
      settings.weightDecay = 1e-2
      settings.labelSmoothing = 0.1
      settings.gradientClipping = 5
      settings.weightAveraging = 0.99
      settings.isClassBalanced = true
      settings.augmentation.timeShift = 40
      settings.augmentation.timeMask = 40
      settings.augmentation.frequencyMask = 20
      settings.augmentation.mixup = 0.3
      settings.augmentation.speed = 0.15
      // Without it two in five right answers are lost on compressed sound (docs/LOG.md).
      settings.augmentation.lossyCoding = 0.5
    }
    return settings
  }
}
