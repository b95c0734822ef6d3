import Corpora
import Features

/// Other voices and other paces, by bending an image's axes.
extension Augmentation {
  /// Bends one image (channel, mel, time) in place, all channels alike.
  ///
  /// - Parameters:
  ///   - vocalTract: what the voice's frequencies are multiplied by.
  ///   - tempo: how many times as fast the speech becomes.
  static func warp(
    _ image: UnsafeMutableBufferPointer<Float>, features: FeatureSettings, vocalTract: Double, tempo: Double
  ) {
    guard let start = image.baseAddress else { return }
    let (melCount, frameCount) = (features.melCount, features.frameCount)
    let mels = SourcePositions(vocalTract: vocalTract, melCount: melCount, rate: features.melRate)
    let frames = SourcePositions(tempo: tempo, frameCount: frameCount)
    let size = melCount * frameCount
    withUnsafeTemporaryAllocation(of: Float.self, capacity: size) { copy in
      guard let source = copy.baseAddress else { return }
      for channel in 0..<(image.count / size) {
        let target = start + channel * size
        source.update(from: target, count: size)
        for mel in 0..<melCount {
          let low = source + mels.lower[mel] * frameCount
          let high = source + mels.upper[mel] * frameCount
          let share = mels.share[mel]
          for frame in 0..<frameCount {
            let (left, right) = (frames.lower[frame], frames.upper[frame])
            let first = low[left] + (high[left] - low[left]) * share
            let second = low[right] + (high[right] - low[right]) * share
            target[mel * frameCount + frame] = first + (second - first) * frames.share[frame]
          }
        }
      }
    }
  }
}

/// Where each row or column of a bent image comes from: between two of the image that is bent, the edge beyond it.
private struct SourcePositions {
  private(set) var lower: [Int] = []
  private(set) var upper: [Int] = []
  /// How far each position is from the lower to the upper one.
  private(set) var share: [Float] = []

  /// Mel bins of a voice whose frequencies are all multiplied by `factor`: vocal tract length perturbation (Jaitly and
  /// Hinton 2013), on the HTK mel scale that `MelBank` lays up to half the rate.
  init(vocalTract factor: Double, melCount: Int, rate: Int) {
    let step = MelScale.mel(Double(rate) / 2) / Double(melCount + 1)
    self.init(count: melCount) { bin in
      MelScale.mel(MelScale.hertz(Double(bin + 1) * step) / factor) / step - 1
    }
  }

  /// Frames of speech that is `factor` times as fast, around the middle of the image.
  init(tempo factor: Double, frameCount: Int) {
    let middle = Double(frameCount - 1) / 2
    self.init(count: frameCount) { middle + (Double($0) - middle) * factor }
  }

  private init(count: Int, _ source: (Int) -> Double) {
    for index in 0..<count {
      let position = min(max(source(index), 0), Double(count - 1))
      lower.append(Int(position))
      upper.append(min(Int(position) + 1, count - 1))
      share.append(Float(position - position.rounded(.down)))
    }
  }
}
