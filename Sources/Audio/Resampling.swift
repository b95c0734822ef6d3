import CSoxr

extension Waveform {
  /// Brings the waveform to another sample rate with soxr at its very high quality (28 bits, linear phase).
  ///
  /// The result has `samples.count * rate / sampleRate` samples, rounded to the nearest (a half upwards).
  ///
  /// - parameter rate: samples a second of the result.
  /// - throws: `AudioError.resampling` for a rate outside 1...1,000,000 Hz and for a failure of soxr.
  public func resampled(to rate: Int) throws -> Waveform {
    guard rate != sampleRate else { return self }
    func failure(_ reason: String) -> AudioError { .resampling(from: sampleRate, to: rate, reason: reason) }
    let range = 1...1_000_000
    guard range.contains(rate), range.contains(sampleRate) else { throw failure("a rate is out of range") }
    let length = Int((Double(samples.count) * Double(rate) / Double(sampleRate)).rounded())
    guard length > 0 else { return Waveform(samples: [], sampleRate: rate) }

    var format = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I)
    var quality = soxr_quality_spec(UInt(SOXR_VHQ), 0)
    var runtime = soxr_runtime_spec(1)
    var message: soxr_error_t?
    let output = [Float](unsafeUninitializedCapacity: length) { buffer, filled in
      var done = 0
      message = soxr_oneshot(
        Double(sampleRate), Double(rate), 1, samples, samples.count, nil, buffer.baseAddress, length, &done,
        &format, &quality, &runtime)
      // soxr's own count can differ by one from the rounded length; the end fades into nothing there anyway.
      buffer[done...].initialize(repeating: 0)
      filled = length
    }
    if let message { throw failure(String(cString: message)) }
    return Waveform(samples: output, sampleRate: rate)
  }
}
