import Foundation

/// The processors that the program may use.
package enum ProcessorCount {
  /// Those of the machine, or as many as the quota of a container comes to.
  package static let available = limited(
    ProcessInfo.processInfo.activeProcessorCount,
    by: try? String(contentsOfFile: "/sys/fs/cgroup/cpu.max", encoding: .utf8))

  /// As many of `count` as a quota leaves, at least one.
  ///
  /// - Parameter quota: what Linux says of a control group: microseconds of work or "max", and in which period of time.
  package static func limited(_ count: Int, by quota: String?) -> Int {
    let numbers = (quota ?? "").split(whereSeparator: \.isWhitespace).map { Double($0) ?? .infinity }
    guard numbers.count == 2, numbers[0] > 0, numbers[1] > 0 else { return count }
    return max(1, Int(min(Double(count), (numbers[0] / numbers[1]).rounded(.up))))
  }
}
