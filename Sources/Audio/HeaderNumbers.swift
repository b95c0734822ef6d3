/// Whether a size in a header is one that its writer knew.
///
/// Writers to a pipe put 0, 0xFFFFFFFF or a little under 2 GiB where they cannot know a size; with the 8 bytes that come
/// before what it counts, a size may also lie a little beyond.
func isKnownSize(_ size: Int) -> Bool {
  size > 0 && !(0x7F00_0000...0x8000_0100).contains(size) && !(0xFFFF_0000...0x1_0000_0007).contains(size)
}

/// Whether a WAV file of which the chunk of samples, at `start`, has the size 0 does have none: then it says with its
/// own size that it ends later, with other chunks. Otherwise its writer never came back to fill in the sizes.
///
/// - parameter wholeSize: the size behind `RIFF`.
func isKnownEmpty(wholeSize: Int, samplesChunkAt start: Int) -> Bool { isKnownSize(wholeSize) && wholeSize > start }

extension BidirectionalCollection<UInt8> {
  /// The number in `length` bytes from `offset` behind the beginning on, the lowest byte first unless `bigEndian`.
  func number(_ offset: Int, _ length: Int, bigEndian: Bool = false) -> Int {
    let digits = Array(dropFirst(offset).prefix(length))
    return (bigEndian ? digits : digits.reversed()).reduce(0) { $0 << 8 | Int($1) }
  }
}
