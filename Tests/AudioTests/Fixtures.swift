import CSndfile
import Foundation

@testable import Audio

/// A new folder for one test, removed when the test is over.
final class TemporaryFolder {
  let path = NSTemporaryDirectory() + "emotive-audio-" + UUID().uuidString

  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name)))) }
}

/// A sine of `frequency` Hz.
func tone(_ frequency: Double, rate: Int, seconds: Double = 0.5, amplitude: Double = 0.5) -> [Float] {
  (0..<Int((Double(rate) * seconds).rounded())).map {
    Float(amplitude * sin(2 * .pi * frequency * Double($0) / Double(rate)))
  }
}

/// The same white noise of amplitude 0.5 every time.
func noise(_ count: Int) -> [Float] {
  var state: UInt32 = 1
  return (0..<count).map { _ in
    state = state &* 1_664_525 &+ 1_013_904_223
    return Float(Int32(bitPattern: state) >> 16) / 65_536
  }
}

/// Encodes with libsndfile; each of `channels` holds all samples of one channel.
func encode(_ channels: [[Float]], rate: Int, format: Int, to path: String) throws {
  var info = SF_INFO()
  info.samplerate = Int32(rate)
  info.channels = Int32(channels.count)
  info.format = Int32(format)
  guard let file = sf_open(path, Int32(SFM_WRITE), &info) else {
    throw AudioError.notWritable(path, reason: String(cString: sf_strerror(nil)))
  }
  defer { sf_close(file) }
  // In pieces: libsndfile's Vorbis encoder puts a whole write on its stack.
  let frames = channels.first?.count ?? 0
  for start in stride(from: 0, to: frames, by: 1024) {
    let block = (start..<min(start + 1024, frames)).flatMap { frame in channels.map { $0[frame] } }
    sf_writef_float(file, block, sf_count_t(block.count / channels.count))
  }
}

/// A 16-bit WAV file by hand, with `chunks` before its data and the data's size as `promised`.
func wav(
  _ samples: [Int16], rate: Int = 16_000, channels: Int = 1, chunks: [(String, [UInt8])] = [], promised: Int? = nil,
  riffSize: Int? = nil
) -> [UInt8] {
  var body = Array("WAVEfmt ".utf8) + little(16, 4) + little(1, 2) + little(channels, 2) + little(rate, 4)
  body += little(rate * channels * 2, 4) + little(channels * 2, 2) + little(16, 2)
  for (name, content) in chunks {
    body += Array(name.utf8) + little(content.count, 4) + content
  }
  body += Array("data".utf8) + little(promised ?? samples.count * 2, 4) + samples.flatMap { little(Int($0), 2) }
  return Array("RIFF".utf8) + little(riffSize ?? body.count, 4) + body
}

/// `value` as `length` bytes, the lowest first.
func little(_ value: Int, _ length: Int) -> [UInt8] {
  (0..<length).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// The largest difference between two signals, over the samples that both have.
func distance(_ one: some Sequence<Float>, _ other: some Sequence<Float>) -> Float {
  zip(one, other).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

/// The error that `body` throws, if it is one of ours.
func audioError(_ body: () throws -> Void) -> AudioError? {
  do { try body() } catch { return error as? AudioError }
  return nil
}
