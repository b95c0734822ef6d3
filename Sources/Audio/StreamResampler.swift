import CSoxr

/// Brings a stream of samples to another rate with soxr, as `Waveform.resampled(to:)` does whole waveforms.
public final class StreamResampler {
  private let from: Int
  private let to: Int
  private let handle: soxr_t
  private var taken = 0
  private var given = 0

  /// A resampler at the beginning of a stream.
  ///
  /// - throws: `AudioError.resampling` for a rate outside 1...1,000,000 Hz and for a failure of soxr.
  public init(from: Int, to: Int) throws {
    let range = 1...1_000_000
    guard range.contains(from), range.contains(to) else {
      throw AudioError.resampling(from: from, to: to, reason: "a rate is out of range")
    }
    var message: soxr_error_t?
    var format = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I)
    var quality = soxr_quality_spec(UInt(SOXR_VHQ), 0)
    var runtime = soxr_runtime_spec(1)
    guard let handle = soxr_create(Double(from), Double(to), 1, &message, &format, &quality, &runtime) else {
      let reason = message.map { String(cString: $0) } ?? "no memory"
      throw AudioError.resampling(from: from, to: to, reason: reason)
    }
    self.from = from
    self.to = to
    self.handle = handle
  }

  deinit { soxr_delete(handle) }

  /// Takes samples and returns what they make certain; the filter keeps some back.
  ///
  /// - throws: `AudioError.resampling` for a failure of soxr.
  public func add(_ block: UnsafeBufferPointer<Float>) throws -> [Float] {
    guard block.count > 0 else { return [] }
    taken += block.count
    var consumed = 0
    return try process(room: Int(Double(block.count) * Double(to) / Double(from)) + 1_024) { output, room, done in
      var used = 0
      let rest = UnsafeBufferPointer(rebasing: block[consumed...])
      let message = soxr_process(handle, rest.baseAddress, rest.count, &used, output, room, &done)
      consumed += used
      return (message, consumed < block.count || done == room)
    }
  }

  /// What the filter has kept back: in all, as many samples as the rates promise, rounded to the nearest.
  ///
  /// - throws: `AudioError.resampling` for a failure of soxr.
  public func finish() throws -> [Float] {
    let length = Int((Double(taken) * Double(to) / Double(from)).rounded())
    let missing = max(0, length - given)
    var rest = try process(room: missing + 1_024) { output, room, done in
      (soxr_process(handle, nil, 0, nil, output, room, &done), done == room)
    }
    // soxr's own count can differ by one; the end fades into nothing there anyway.
    rest = Array(rest.prefix(missing))
    return rest + [Float](repeating: 0, count: missing - rest.count)
  }

  /// Calls `step`, which says whether there is more to come, as often as it takes.
  private func process(
    room: Int, _ step: (UnsafeMutablePointer<Float>?, Int, inout Int) -> (message: soxr_error_t?, more: Bool)
  ) throws -> [Float] {
    var output: [Float] = []
    var more = true
    while more {
      var message: soxr_error_t?
      output += [Float](unsafeUninitializedCapacity: room) { buffer, filled in
        (message, more) = step(buffer.baseAddress, room, &filled)
      }
      if let message { throw AudioError.resampling(from: from, to: to, reason: String(cString: message)) }
    }
    given += output.count
    return output
  }
}
