import Evaluation
import Reporting
import Training

/// Shows a run's training: one progress bar for each member.
final class TrainingReporter {
  private let epochs: Int
  private var label = ""
  private var bar: ProgressBar?
  private var startEpoch = 0
  private var lastEpoch = ""

  init(epochs: Int) { self.epochs = epochs }

  func report(_ event: ProtocolRun.Event) {
    switch event {
    case .member(let member, let count, let network, let split, let number, let splitCount):
      finish()
      label = split.name
      if splitCount > 1 { label += " (\(number)/\(splitCount))" }
      label += " \(network.title)"
      if count > 1 { label += " \(member)/\(count)" }
      (startEpoch, lastEpoch) = (0, "")
    case .training(.resumed(let finished)):
      startEpoch = finished
      note(finished < epochs ? "\(label): continuing after epoch \(finished)" : "\(label): already trained")
    case .training(.step(let epoch, _, let steps, let images, let loss)):
      if bar == nil {
        bar = ProgressBar(
          label, total: epochs * steps * images, unit: "images", startingAt: startEpoch * steps * images)
      }
      bar?.advance(by: images, note: "epoch \(epoch)/\(epochs), loss \(decimals(loss))\(lastEpoch)")
    case .training(.epoch(let record)):
      lastEpoch = record.validationUAR.map { ", validation UAR \(decimals($0))" } ?? ""
    }
  }

  func finish() {
    bar?.finish()
    bar = nil
  }
}
